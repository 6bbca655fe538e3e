"""The same grading on the machines of a Dask cluster."""
