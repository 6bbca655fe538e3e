"""Finds a Python that TensorFlow has wheels for.

Like install.py, it uses only the standard library and the syntax of Python 3.6.
"""

import re
import shutil
import subprocess
import sys

from setup_errors import SetupError

__all__ = ["check_output", "choose_python", "minor_of", "supported_versions", "version_of"]


def supported_versions(pyproject):
    """The minor versions that pyproject.toml allows, as [(3, 11), ...], oldest first."""
    text = pyproject.read_text(encoding="utf-8")
    first, end = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', text).groups()
    return [(3, minor) for minor in range(int(first), int(end))]


def choose_python(versions, exact=False):
    """The interpreter to install for, as (path, "3.11.7"): this one, or a better one from PATH.

    Raises:
        SetupError: this one is too old or too new, and there is no other; with `exact` no
            other is tried.
    """
    this = "{}.{}.{}".format(*sys.version_info[:3])
    if tuple(sys.version_info[:2]) in versions:
        return sys.executable, this
    names = ["python{}.{}".format(*version) for version in reversed(versions)]
    for name in [] if exact else names:
        path = shutil.which(name)
        # pyenv puts commands on PATH also for versions that are not active, and these fail.
        version = version_of(path) if path else None
        if version and minor_of(version) in versions:
            print(
                "Python {} is not supported; using {} ({}).".format(this, path, version), flush=True
            )
            return path, version
    raise SetupError(
        "Python {} ({}) is too {}: TensorFlow needs {}. Install one of them, or give its name: "
        "make lab PYTHON={}".format(
            this,
            sys.executable,
            "old" if tuple(sys.version_info[:2]) < versions[0] else "new",
            " or ".join("3.{}".format(minor) for _, minor in versions),
            names[1],
        )
    )


def version_of(python):
    """The version of an interpreter as text, or None if it does not run."""
    code = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    try:
        return check_output([str(python), "-c", code]).strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def minor_of(version):
    """(3, 11) of "3.11.7"."""
    return tuple(int(part) for part in version.split(".")[:2])


def check_output(command):
    """Standard output of a short command, as text; its errors are not shown."""
    return subprocess.check_output(
        command, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, universal_newlines=True
    )
