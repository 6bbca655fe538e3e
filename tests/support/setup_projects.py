"""Small projects with the course's Makefile and installer, in which nothing is downloaded."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


INSTALLER = [
    f"tools/setup/{name}.py"
    for name in ("install", "find_python", "setup_errors", "system_packages")
]


# Runs a script under a version that the interpreter does not have.
PRETEND = """
import runpy, sys
sys.version_info = ({version}, "final", 0)
sys.argv = sys.argv[1:]
sys.path.insert(0, "tools/setup")
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def copy_project(folder):
    """A project with our Makefile and installer, and nothing to install."""
    for name in ("Makefile", "pyproject.toml", *INSTALLER):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "tests").mkdir()
    for name in ("requirements.txt", "tests/requirements.txt"):
        (folder / name).write_text("# nothing\n")
    return folder


def write_command(folder, name, script):
    """An executable shell script."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def write_wheel(folder, name):
    """A wheel of one empty module `tiny`, for whatever its name says."""
    folder.mkdir(exist_ok=True)
    info = "-".join(name.split("-")[:2]) + ".dist-info"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        project, version = name.split("-")[:2]
        wheel.writestr("tiny.py", "")
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", f"tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n")


def outside_make():
    """The environment without what `make test` passes on to any make that it starts."""
    inner = {"MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "ARGS", "PYTHON"}
    return {name: value for name, value in os.environ.items() if name not in inner}


def run(*command, cwd, **environment):
    """The finished process of a command, with some variables changed."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=outside_make() | {"PIP_RETRIES": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=600,
    )


def complaint(process):
    """The one line in which a failed set-up says what is wrong."""
    assert process.returncode == 1, process.stdout + process.stderr
    (line,) = process.stderr.splitlines()
    return line
