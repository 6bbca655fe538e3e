"""The parts of tools/hub/hub.py, which installs a JupyterHub for one class."""
