"""Which system calls do answers make? `python tools/syscalls.py`, where strace is.

It runs every reference, every style of tests/styles and the lectures' own cells, each as a
submission, and watches their processes with strace. It prints each call that
``autograder.inside.syscalls`` does not allow, and how often; nothing printed means that the
list is long enough. With ``--used`` it prints what was made at all: the rest of the list is
there for its stated reason, or can go.

Run it after an update of Python, TensorFlow, NumPy or Keras: five minutes for the answers
(``--part answers``), half an hour for the lectures (``--part lectures``).
"""

import argparse
import inspect
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from autograder import ROOT
from autograder.inside.syscalls import ALLOWED, ANSWERED, CONDITIONS

__all__ = ["main"]

CELL_SECONDS = 10  # Enough for each cell's calls; what trains longer repeats itself.
MODULES = ("course.backend", "tensorflow", "keras", "matplotlib.pyplot")
CELL = re.compile(r"^# %%(.*)$", re.MULTILINE)
# How strace writes an allowed use of a call that depends on its arguments.
ALLOWED_USES = {
    "clone": re.compile(r"^(?!.*CLONE_NEW)"),
    "mmap": re.compile(r"^(?!.*MAP_SHARED\|(.*\|)?MAP_ANONYMOUS)"),
    "prlimit64": re.compile(r"0,"),
    "socket": re.compile(r"AF_UNIX"),
    "socketpair": re.compile(r"AF_UNIX"),
    "fcntl": re.compile(r"\d+, F_(DUPFD|GETFD|SETFD|GETFL|SETFL|DUPFD_CLOEXEC|GETPIPE_SZ)\b"),
    "ioctl": re.compile(r"\d+, (TCGETS|TIOCGWINSZ|FIONREAD|FIONBIO|FIONCLEX|FIOCLEX)\b"),
    "mbind": re.compile(r".*, 0\)"),
    "prctl": re.compile(r"PR_(SET_PDEATHSIG|GET_DUMPABLE|SET_NAME|GET_NAME|SET_VMA)\b"),
}
LINE = re.compile(r"^(?P<process>\d+) +(?P<call>\w+)\((?P<arguments>.*)$")
STARTED = re.compile(r"\) += (\d+)$|resumed>.*\) += (\d+)$")


def main():
    """Watch, and print what is missing; the exit code says whether anything is."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--used", action="store_true", help="print every call that was made")
    parser.add_argument("--part", choices=("answers", "lectures", "all"), default="all")
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.run:
        return run(chosen.part)
    with tempfile.NamedTemporaryFile("r", suffix=".strace", errors="replace") as log:
        traced = "all" if chosen.used else f"!{','.join(_unconditional())}"
        command = ["strace", "-f", "-qq", "-s", "64", "-e", "signal=none", "-o", log.name]
        command += ["-e", f"trace={traced}", *([] if chosen.used else ["--seccomp-bpf"])]
        command += [sys.executable, __file__, "--run", "--part", chosen.part]
        subprocess.run(command, check=True)
        used, missing = calls_in(log)
    if chosen.used:
        print("made:", *sorted(used))
    for (name, example), count in sorted(missing.items()):
        print(f"not allowed: {count:6,} x {name}({example}")
    print(f"{len(missing)} kinds of calls are missing from autograder/inside/syscalls.py")
    return bool(missing)


def calls_in(log):
    """Calls that submissions made, and those of them that the list lacks, from strace's lines.

    A submission begins where a worker's child enters its notebook's folder; before, it is the
    worker itself that works.
    """
    ours, used, missing = set(), set(), Counter()
    for line in log:
        found = LINE.match(line)
        if found is None:
            process = line.partition(" ")[0]
            if process in ours and (started := STARTED.search(line)) and "clone" in line:
                ours.add(started[1] or started[2])
            continue
        process, name, arguments = found["process"], found["call"], found["arguments"]
        if name == "chdir" and '/notebook"' in arguments:
            ours.add(process)
        if process not in ours:
            continue
        used.add(name)
        if name in ("clone", "clone3", "fork", "vfork") and (started := STARTED.search(line)):
            ours.add(started[1] or started[2])
        if not _is_allowed(name, arguments):
            missing[name, arguments[:60]] += 1
        if name == "exit_group":
            ours.discard(process)  # Its number may come again.
    return used, missing


def _is_allowed(name, arguments):
    if name in ANSWERED and name not in CONDITIONS:
        return True  # Programs know what to do without it.
    if name in CONDITIONS:
        return bool(ALLOWED_USES[name].match(arguments))
    return name in _names()


def _names():
    return {name for names in ALLOWED.values() for name in names.split()}


def _unconditional():
    """Calls that need not be looked at, so that they run at full speed."""
    looked_at = {"chdir", "clone", "fork", "vfork", "exit_group", *CONDITIONS}
    # strace passes over a name with '?' where the architecture has no such call.
    return [f"?{name}" for name in sorted(_names() - looked_at)]


def run(part):
    """Run everything on a worker without a sandbox; strace watches from outside."""
    from autograder.exercises.catalogue import assignments
    from autograder.sandbox.pool import Pool

    limits = {"cell_seconds": CELL_SECONDS, "notebook_seconds": 1e6, "memory": 2**40}
    for assignment in assignments() if part != "lectures" else ():
        pool = Pool(assignment, 1, None, MODULES, "none", limits)
        for cells in _notebooks(assignment):
            _report(assignment, pool.run(cells, 1)[0])
        pool.close()
    if part != "answers":
        pool = Pool("none of them", 1, None, MODULES, "none", limits)
        for path in sorted((ROOT / "notebooks" / "lectures").glob("*.py")):
            _report(path.name, pool.run(_cells_of(path), 1)[0])
        pool.close()


def _report(what, runs):
    reasons = Counter(run.reason or "ran" for run in runs)
    print(what, dict(reasons), file=sys.stderr, flush=True)


def _notebooks(assignment):
    """Cells of each submission: the references, then one for each style's file."""
    from autograder.exercises.catalogue import exercises_of

    exercises = exercises_of(assignment)
    checks = [{"source": "", "check": name} for name in exercises]
    modules = {
        inspect.getsourcefile(inspect.unwrap(exercise.reference)) for exercise in exercises.values()
    }
    sources = [Path(path).read_text(encoding="utf-8") for path in sorted(modules)]
    yield [*({"source": source, "check": None} for source in sources), *checks]
    styles = ROOT / "tests" / "styles" / f"{assignment}.py"
    if not styles.exists():
        return
    text = styles.read_text(encoding="utf-8")
    for number in range(20):
        picks = [
            f"{name} = STYLES[{name!r}][{number} % len(STYLES[{name!r}])]" for name in exercises
        ]
        cells = [{"source": source, "check": None} for source in (text, "\n".join(picks))]
        yield [*cells, *checks]


def _cells_of(path):
    """A lecture's cells of code."""
    parts = CELL.split(path.read_text(encoding="utf-8"))
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return [{"source": code, "check": None} for kind, code in pairs if "[markdown]" not in kind]


if __name__ == "__main__":
    sys.exit(main())
