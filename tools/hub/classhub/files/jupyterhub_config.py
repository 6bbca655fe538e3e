"""JupyterHub for one class on one machine: users of PAM, each with their own server.

Put your own settings into local.py beside this file, such as TLS, another authenticator or
another spawner. It is read last, and upgrades keep it.
"""

import json
import pwd
import shutil
from pathlib import Path

c = get_config()  # noqa: F821  (JupyterHub calls this file with it)

HERE = Path(__file__).resolve().parent
SETTINGS = json.loads((HERE / "settings.json").read_text())
BIN = HERE / "environment" / "bin"
PRIVATE = HERE / "private"

c.JupyterHub.bind_url = f"http://127.0.0.1:{SETTINGS['port']}"
c.JupyterHub.db_url = f"sqlite:///{PRIVATE / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(PRIVATE / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(PRIVATE / "proxy.pid")
c.ConfigurableHTTPProxy.command = [
    shutil.which("node"),
    str(HERE / "proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy"),
]

# The group is read at each log-in, so new members of the class need no restart.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.allowed_groups = {SETTINGS["group"]}

c.Spawner.cmd = [str(BIN / "jupyterhub-singleuser")]
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
c.Spawner.env_keep = []
c.Spawner.environment = {
    "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    # Kernels use sockets in this folder, whose paths must be shorter than 108 characters.
    "JUPYTER_RUNTIME_DIR": lambda spawner: f"{pwd.getpwnam(spawner.user.name).pw_dir}/.jupyter-run",
}


def by_role(spawner):
    """The instructor works in the course, with formgrader; students work in their homes."""
    course = SETTINGS["course"]
    if spawner.user.name == SETTINGS["instructor"]:
        spawner.notebook_dir = course
        spawner.default_url = "/lab/tree/notebooks/index.ipynb"
        # A new dictionary, because all users may share the old one.
        spawner.environment = {
            **spawner.environment,
            "PYTHONPATH": course,
            "JUPYTER_CONFIG_PATH": f"{course}:{HERE / 'instructor'}",
            "NBGRADER_EXCHANGE": str(HERE / "exchange"),
        }
    else:
        spawner.default_url = "/lab/tree/lectures"
        lectures = str(HERE / "course" / "lectures")
        spawner.environment = {**spawner.environment, "COURSE_LECTURES": lectures}


c.Spawner.pre_spawn_hook = by_role

if (HERE / "local.py").exists():
    load_subconfig(str(HERE / "local.py"))  # noqa: F821
