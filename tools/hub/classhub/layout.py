"""Paths of all parts of a hub, below one folder."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

__all__ = ["COURSE_ID", "Layout"]

COURSE_ID = "generative-models"  # As in nbgrader_config.py.
SETTINGS = "settings.json"


@dataclass(frozen=True)
class Layout:
    """Paths of a hub by their purpose, and the settings of its installation.

    ``folder`` contains all of it, ``course`` is the instructor's own copy of the course,
    ``group`` the Unix group of the class, and ``port`` the hub's port on this machine.
    """

    folder: str
    instructor: str
    course: str
    group: str
    port: int

    def __getattr__(self, name):
        if name in PARTS:
            return Path(self.folder, PARTS[name])
        raise AttributeError(name)

    def settings(self):
        """The settings as text, which ``read`` reads."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def read(cls, folder):
        """The settings of the hub in a folder, as a dictionary; {} if there is no hub."""
        path = Path(folder, SETTINGS)
        known = {field.name for field in fields(cls)}
        found = json.loads(path.read_text()) if path.is_file() else {}
        return {name: value for name, value in found.items() if name in known}


PARTS = {
    "settings_file": SETTINGS,
    "hub_configuration": "jupyterhub_config.py",
    "unit": "generative-models-hub.service",
    "environment": "environment",  # Python with all packages
    "proxy": "proxy",  # configurable-http-proxy
    "shared": "course",  # the part of the course that students import and read
    "exchange": "exchange",
    "for_instructor": "instructor",  # Jupyter's settings for the instructor only
    "log": "private/install.log",
    "passwords": "private/passwords.csv",
    "private": "private",  # only for root: database, keys, initial passwords, logs
}
