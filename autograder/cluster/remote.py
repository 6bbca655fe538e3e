"""What runs on a machine of a cluster: a pool of warm sandboxes in each Dask worker.

A machine needs the course installed, in the grader's version, and a sandbox of its own. Everything
else, such as an author's data files, comes from the grader as bytes; machines share no file.
"""

import base64
import functools
import hashlib
import importlib.metadata
import json
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder import ROOT
from autograder.cluster.parcels import pack
from autograder.errors import AutograderError, MachineError
from autograder.sandbox import folders
from autograder.sandbox.pool import Pool

__all__ = ["prepare", "run", "settings_for", "versions"]

PACKAGES = {"Keras": "keras", "TensorFlow": "tensorflow", "NumPy": "numpy", "Dask": "distributed"}
# Of the autograder: what a submission sees, and what runs around the sandbox.
SOURCES = ("inside", "sandbox", "cluster/parcels.py", "cluster/remote.py")

PATIENCE = 60  # Seconds; the grader prepares a new worker within two.

# Pools of this Dask worker, by name of their settings; None where it refused the settings.
_POOLS: dict[str, Pool | None] = {}
_CHANGED = threading.Condition()


@functools.cache
def versions() -> dict[str, str]:
    """Versions, by name, of everything that influences what a machine observes."""
    digest = hashlib.sha256()
    for top in [ROOT / "course", *(ROOT / "autograder" / name for name in SOURCES)]:
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(ROOT).as_posix()}\n".encode())
                digest.update(path.read_bytes())
    found = {name: importlib.metadata.version(package) for name, package in PACKAGES.items()}
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"the course": digest.hexdigest()[:12], "Python": python} | found


def settings_for(
    assignment: str,
    release: str | Path,
    modules: Sequence[str],
    isolation: str,
    limits: Mapping[str, int],
) -> bytes:
    """All that a machine has to know of an assignment before its first job.

    Args:
        assignment, modules, isolation, limits: as for ``autograder.sandbox.pool.Pool``.
        release: folder of the released notebook; its other files are sent along.
    """
    folder = Path(release)
    files = {
        path.relative_to(folder).as_posix(): base64.b64encode(path.read_bytes()).decode()
        for path in sorted(folder.rglob("*") if folder.is_dir() else ())
        if path.is_file() and path.suffix != ".ipynb" and not path.name.startswith(".")
    }
    settings = {
        "assignment": assignment,
        "modules": list(modules),
        "isolation": isolation,
        "limits": dict(limits),
        "files": files,
        "versions": versions(),
    }
    return json.dumps(settings, sort_keys=True).encode()


def prepare(settings: bytes, dask_worker: Any) -> str:
    """Start this Dask worker's sandboxes, if it has the grader's versions.

    Args:
        settings: as ``settings_for`` makes them.
        dask_worker: Dask's worker, which ``Client.run`` passes.

    Returns:
        As JSON: 'machine', its name; 'versions', its own; 'trouble', why it cannot serve.
    """
    wanted, trouble, pool = json.loads(settings), "", None
    with _CHANGED:
        try:
            if versions() == wanted["versions"]:
                pool = _pool(settings, wanted, dask_worker.state.nthreads)
                pool.warm()
        except (AutograderError, OSError) as error:
            pool, trouble = None, str(error)
        _POOLS[_name(settings)] = pool
        _CHANGED.notify_all()
    answer = {"machine": _machine(dask_worker), "versions": versions(), "trouble": trouble}
    return json.dumps(answer)


def run(job: bytes) -> bytes:
    """Run one notebook's cells in a sandbox of this Dask worker.

    Args:
        job: as JSON, 'settings' (their name), 'cells' and 'seed'.

    Returns:
        A parcel; ``autograder.cluster.parcels`` says what is in it.
    """
    from distributed import get_worker

    content, worker = json.loads(job), get_worker()
    header = {"address": worker.address, "machine": _machine(worker)}
    # Dask may pass on what another worker died of before the grader has prepared this one.
    with _CHANGED:
        _CHANGED.wait_for(lambda: content["settings"] in _POOLS, PATIENCE)
        pool = _POOLS.get(content["settings"])
    if pool is None:
        return pack(header | {"failure": "it is not ready for this class"})
    try:
        runs, seconds = pool.run(content["cells"], content["seed"])
    except MachineError as error:
        return pack(header | {"failure": str(error)})
    return pack(header | {"seconds": seconds}, runs)


def _name(settings: bytes) -> str:
    return hashlib.sha256(settings).hexdigest()


def _pool(settings: bytes, wanted: dict[str, Any], size: int) -> Pool:
    """The pool for some settings, with one sandbox per thread of the Dask worker."""
    known = _POOLS.get(_name(settings))
    if known:
        return known
    for other in _POOLS.values():
        if other:
            other.rest()  # Warm sandboxes of one assignment alone take much memory.
    return Pool(
        wanted["assignment"],
        size,
        _unpacked(wanted["files"]) if wanted["files"] else None,
        wanted["modules"],
        wanted["isolation"],
        wanted["limits"],
        threads=1,  # A machine runs as many of these workers as it has cores.
    )


def _unpacked(files: dict[str, str]) -> str:
    """A new folder with the files, whose contents come as base64."""
    folder = folders.make()  # Removed when this process ends, also if it is killed.
    for path, content in files.items():
        target = Path(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(content))
    return folder


def _machine(worker: Any) -> str:
    """The host's name and, if somebody gave it one, the Dask worker's own name."""
    host = socket.gethostname()
    named = isinstance(worker.name, str) and "://" not in worker.name
    return f"{host}:{worker.name}" if named else f"{host}:{worker.address.rpartition(':')[2]}"
