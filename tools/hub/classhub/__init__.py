"""The parts of tools/hub/hub.py: what a JupyterHub for one class is made of."""
