"""What runs on a hub: a Python that students can use but not change, the course, the proxy."""

import grp
import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

from find_python import minor_of, supported_versions, version_of
from install import LAB_SETTINGS, UV

from classhub.host import HubError, user

__all__ = [
    "check_course",
    "choose_python",
    "configure",
    "copy_course",
    "find_program",
    "install_proxy",
    "make_environment",
]

ROOT = Path(__file__).resolve().parents[3]
FILES = Path(__file__).resolve().parent / "files"


def check_course(layout):
    """Check that the instructor can work in this copy of the course.

    Raises:
        HubError: it belongs to somebody else, or its notebooks are not built.
    """
    course = Path(layout.course)
    owner = course.stat().st_uid
    if owner != user(layout.instructor).pw_uid:
        raise HubError(
            f"{course} does not belong to {layout.instructor}: run 'chown -R {layout.instructor}: "
            f"{course}', or let {layout.instructor} clone the course and start from there"
        )
    if not list(course.glob("solutions/*/*.ipynb")):
        raise HubError(
            f"the notebooks with the answers are not built: as {layout.instructor}, run "
            f"'make build' in {course}"
        )


def choose_python(asked):
    """A Python that every user of this machine can run.

    Args:
        asked: path of the interpreter to use, or None to look for one.

    Raises:
        HubError: there is none; the message lists what was tried.
    """
    versions = supported_versions(ROOT / "pyproject.toml")
    names = [f"python{major}.{minor}" for major, minor in reversed(versions)]
    places = ["/usr/bin", "/usr/local/bin"]
    known = [asked] if asked else [sys.executable, *(f"{p}/{n}" for n in names for p in places)]
    looked_at = []
    for python in known:
        path = os.path.realpath(python)
        version = version_of(path)
        if version is None:
            continue
        if minor_of(version) not in versions:
            looked_at.append(f"{path} is {version}")
        elif not is_open(path):
            looked_at.append(f"{path} is closed to students")
        else:
            return path, version
    raise HubError(
        f"no Python for everybody: {'; '.join(looked_at) or 'none found'}. Run "
        f"'apt-get install python3-venv', or add --python PATH with one of {', '.join(names)}"
    )


def is_open(path):
    """Whether everybody can read a file, and enter all folders above it."""
    path = Path(path)
    return bool(path.stat().st_mode & 0o004) and all(
        folder.stat().st_mode & 0o001 for folder in path.parents
    )


def find_program(name, package):
    """Path of a program of the system.

    Raises:
        HubError: it is missing; the message says how to install it.
    """
    found = shutil.which(name)
    if found is None:
        raise HubError(f"there is no {name} on this machine: run 'apt-get install {package}'")
    return found


def make_environment(host, layout, python):
    """Install the course's pinned packages and JupyterHub in a venv that only root can change."""
    path, version = python
    pins = (ROOT / "requirements.txt").read_text()
    # `copy_course` installs the course itself: in this venv the sandbox would see it.
    pins = re.sub(r"(?m)^-e .*\n", "", pins) + "jupyterhub\n"
    also = ROOT / "tests" / "requirements.txt"
    stamp = layout.environment / "installed"
    wanted = f"{path} {version}\n{hashlib.sha256(pins.encode() + also.read_bytes()).hexdigest()}\n"
    found = stamp.read_text() if stamp.is_file() else ""
    if found == wanted:
        return
    uv = shutil.which("uv") or shutil.which("uv", path=f"{layout.course}/.venv/bin")
    executable = layout.environment / "bin" / "python"
    if found.partition("\n")[0] != wanted.partition("\n")[0]:
        create = [path, "-m", "venv", "--clear", *(["--without-pip"] if uv else [])]
        line = f"make {layout.environment} with Python {version}"
        host.run(line, [*create, layout.environment], layout.log)
    requirements = layout.private / "requirements.txt"
    host.file(requirements, pins)
    if uv is None:
        host.run("download uv", [executable, "-m", "pip", "install", UV], layout.log)
        uv = layout.environment / "bin" / "uv"
    # Compile now: students cannot write here, so they would compile everything at each start.
    install = [uv, "pip", "install", "--python", executable, "--compile-bytecode"]
    install += ["--requirements", requirements, "--constraint", also]
    host.run("install the packages, which takes a minute or more", install, layout.log)
    host.file(stamp, wanted)


def install_proxy(host, layout, npm):
    """Install configurable-http-proxy in the versions of the lock beside its package.json."""
    lock = FILES / "package-lock.json"
    stamp = layout.proxy / "installed"
    if stamp.is_file() and stamp.read_text() == lock.read_text():
        return
    host.folder(layout.proxy, 0o755)
    for name in ("package.json", "package-lock.json"):
        host.file(layout.proxy / name, (FILES / name).read_text())
    install = [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    host.run("install configurable-http-proxy", install, layout.log, cwd=layout.proxy)
    host.file(stamp, lock.read_text())


def copy_course(host, layout):
    """Copy what students import and read: the modules, the autograder for checks, the lectures.

    Solutions, tests, history and the class are left out. A path file makes the copy
    importable. An installation would put it where the sandbox shows Python's own packages.
    """
    course = Path(layout.course)
    sources = {name: course / name for name in ("course", "autograder")}
    host.tree(layout.shared, sources | {"lectures": course / "notebooks" / "lectures"})
    for packages in layout.environment.glob("lib/python3*/site-packages"):
        host.file(packages / "course.pth", f"{layout.shared}\n")
    compile_all = [layout.environment / "bin" / "python", "-m", "compileall", "-q", layout.shared]
    host.run("compile the course", compile_all, layout.log)


def configure(host, layout, node):
    """Write the settings of Jupyter and of the hub."""
    host.file(layout.settings_file, layout.settings())
    host.file(layout.hub_configuration, (FILES / "jupyterhub_config.py").read_text())
    jupyter = layout.environment / "etc" / "jupyter"
    for name in ("nbgrader_config.py", "jupyter_server_config.py"):
        host.file(jupyter / name, (FILES / name).read_text())
    lab = layout.environment / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    host.file(lab, json.dumps(LAB_SETTINGS))
    group = grp.getgrgid(user(layout.instructor).pw_gid).gr_name
    host.folder(layout.for_instructor, 0o755, group=group)
    for folder, has_formgrader in ((jupyter, False), (layout.for_instructor, True)):
        servers = {f"nbgrader.server_extensions.{name}": has_formgrader for name in FOR_INSTRUCTOR}
        menus = {f"@jupyter/nbgrader:{name}": not has_formgrader for name in MENUS}
        host.file(
            folder / "jupyter_server_config.json",
            json.dumps({"ServerApp": {"jpserver_extensions": servers}}),
        )
        host.file(
            folder / "labconfig" / "page_config.json", json.dumps({"disabledExtensions": menus})
        )
    host.file(
        layout.unit,
        UNIT.format(
            folder=layout.folder, environment=layout.environment, node=os.path.dirname(node)
        ),
    )


FOR_INSTRUCTOR = ("formgrader", "course_list")
MENUS = ("formgrader", "course-list", "create-assignment")
UNIT = """[Unit]
Description=JupyterHub of the course on generative models
After=network.target

[Service]
ExecStart={environment}/bin/jupyterhub -f {folder}/jupyterhub_config.py
WorkingDirectory={folder}/private
Environment=PATH={environment}/bin:{node}:/usr/local/bin:/usr/bin:/bin
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""
