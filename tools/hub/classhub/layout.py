"""Where everything of a hub lies, below one folder."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

__all__ = ["COURSE_ID", "Layout"]

COURSE_ID = "generative-models"  # nbgrader_config.py's.
SETTINGS = "settings.json"


@dataclass(frozen=True)
class Layout:
    """Paths of a hub by what they are for, and the few choices that it was made with.

    ``folder`` holds all of it; ``course`` is the instructor's own copy of the course, ``group``
    the Unix group of the class, ``port`` where the hub listens on this machine.
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
        """The choices as text, which ``read`` understands."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def read(cls, folder):
        """The choices of a hub that is there, as a dictionary; {} without one."""
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
    "shared": "course",  # what students import and read of the course
    "exchange": "exchange",
    "for_instructor": "instructor",  # Jupyter's settings for the instructor alone
    "log": "private/install.log",
    "passwords": "private/passwords.csv",
    "private": "private",  # root's: database, keys, initial passwords, logs
}
