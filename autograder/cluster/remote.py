"""What runs on a machine of a cluster: a pool of warm sandboxes in each Dask worker.

A machine needs the course installed, at the grader's version, and a sandbox of its own. All
else, such as an author's data files, comes from the grader as bytes; no file is shared.
"""

import base64
import functools
import hashlib
import importlib.metadata
import json
import socket
import sys
import threading
from pathlib import Path

from autograder import ROOT
from autograder.cluster.parcels import pack
from autograder.errors import AutograderError, MachineError
from autograder.sandbox import folders
from autograder.sandbox.pool import Pool

__all__ = ["prepare", "run", "settings_for", "versions"]

PACKAGES = {"Keras": "keras", "TensorFlow": "tensorflow", "NumPy": "numpy", "Dask": "distributed"}
# Of the autograder: what a submission meets, and what runs around the sandbox.
SOURCES = ("inside", "sandbox", "cluster/parcels.py", "cluster/remote.py")

PATIENCE = 60  # Seconds; the grader prepares a new worker within two.

_POOLS, _CHANGED = {}, threading.Condition()  # By settings, of this Dask worker; None: refused.


@functools.cache
def versions():
    """Whatever decides on what a machine observes: versions by name."""
    digest = hashlib.sha256()
    for top in [ROOT / "course", *(ROOT / "autograder" / name for name in SOURCES)]:
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(ROOT).as_posix()}\n".encode())
                digest.update(path.read_bytes())
    found = {name: importlib.metadata.version(package) for name, package in PACKAGES.items()}
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"the course": digest.hexdigest()[:12], "Python": python} | found


def settings_for(assignment, release, modules, isolation, limits):
    """All that a machine has to know of an assignment before its first job, as bytes.

    Args:
        assignment, modules, isolation, limits: as ``autograder.sandbox.pool.Pool`` takes them.
        release: folder of the released notebook; other files in it travel along.
    """
    folder = Path(release)
    files = {
        path.relative_to(folder).as_posix(): base64.b64encode(path.read_bytes()).decode()
        for path in sorted(folder.rglob("*") if folder.is_dir() else ())
        if path.is_file() and path.suffix != ".ipynb" and not path.name.startswith(".")
    }
    settings = {"assignment": assignment, "modules": modules, "isolation": isolation}
    settings |= {"limits": limits, "files": files, "versions": versions()}
    return json.dumps(settings, sort_keys=True).encode()


def prepare(settings, dask_worker):
    """Start this Dask worker's sandboxes, if it has the grader's versions.

    Args:
        settings: as ``settings_for`` makes them.
        dask_worker: Dask's worker, which ``Client.run`` hands in.

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
    told = {"machine": _machine(dask_worker), "versions": versions(), "trouble": trouble}
    return json.dumps(told)


def run(job):
    """One notebook's cells in a sandbox of this Dask worker.

    Args:
        job: as JSON, 'settings' (their name), 'cells' and 'seed'.

    Returns:
        A parcel; ``autograder.cluster.parcels`` says what is in it.
    """
    from distributed import get_worker

    job, worker = json.loads(job), get_worker()
    header = {"address": worker.address, "machine": _machine(worker)}
    # Dask may hand out what another worker died of before the grader has seen this one.
    with _CHANGED:
        _CHANGED.wait_for(lambda: job["settings"] in _POOLS, PATIENCE)
        pool = _POOLS.get(job["settings"])
    if pool is None:
        return pack(header | {"failure": "it is not ready for this class"})
    try:
        runs, seconds = pool.run(job["cells"], job["seed"])
    except MachineError as error:
        return pack(header | {"failure": str(error)})
    return pack(header | {"seconds": seconds}, runs)


def _name(settings):
    return hashlib.sha256(settings).hexdigest()


def _pool(settings, wanted, size):
    """The pool for some settings, with as many sandboxes as Dask's worker has threads."""
    if _POOLS.get(_name(settings)):
        return _POOLS[_name(settings)]
    for other in filter(None, _POOLS.values()):
        other.rest()  # Warm sandboxes of one assignment take enough memory.
    folder = folders.make() if wanted["files"] else None
    for path, content in wanted["files"].items():
        target = Path(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(content))
    return Pool(
        wanted["assignment"],
        size,
        folder,
        wanted["modules"],
        wanted["isolation"],
        wanted["limits"],
        threads=1,  # A machine runs as many of these workers as it has cores.
    )


def _machine(worker):
    """Host and, where somebody gave it one, the Dask worker's own name."""
    host = socket.gethostname()
    named = isinstance(worker.name, str) and "://" not in worker.name
    return f"{host}:{worker.name}" if named else f"{host}:{worker.address.rpartition(':')[2]}"
