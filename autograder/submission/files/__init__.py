"""The kinds of files that are handed in: notebooks of any format, scripts, and times."""
