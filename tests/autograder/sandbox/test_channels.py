"""Nothing of one submission is in the next one's memory, nor in any other place it can read."""

import re

import pytest
from hostile_bench import CHECK

pytestmark = pytest.mark.slow

# Written in two parts wherever a search must not find the text of the search itself.
CANARY = "CANARY" + "-7f3a-"
PLANTED = f"""
import sys
import numpy as np
from IPython.display import HTML, display
# {CANARY}comment
print("{CANARY}output")
print("{CANARY}error-stream", file=sys.stderr)
display(HTML("{CANARY}display"))
open("/tmp/left.txt", "w").write("{CANARY}file")
kept = ["{CANARY}" + str(number) for number in range(1000)]
def lp_norm(x, p):
    if p == 1:
        return "{CANARY}observed"
    raise ValueError("{CANARY}message")
"""
ENDS = {
    "an exception": f'raise RuntimeError("{CANARY}exception")',
    "a crash": f'left = "{CANARY}crash"\nimport ctypes\nctypes.string_at(0)',
    "a daemon": f'import os, time\nif os.fork() == 0:\n    os.setsid()\n    x = "{CANARY}daemon"\n'
    "    time.sleep(1000)",
}
# Copies all memory that can be read through a pipe: reading it in place could crash.
SEARCH = """
import ctypes, os, re
library = ctypes.CDLL(None, use_errno=True)
library.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
own = "CANARY" + "-7f3a-" + "own"
pattern, found, looked = re.compile(rb"[C]ANARY-7f3a-[a-z]+"), set(), 0
reader, writer = os.pipe()
for line in open("/proc/self/maps"):
    bounds, rights = line.split()[:2]
    if not rights.startswith("r"):
        continue
    at, end = (int(bound, 16) for bound in bounds.split("-"))
    while at < end:
        size = library.write(writer, at, min(end - at, 65536))
        if size <= 0:
            at += 4096
            continue
        piece = os.read(reader, size)
        found.update(pattern.findall(piece))
        looked += size
        at += max(1, size - 100) if at + size < end else size
print(sorted(found), looked > 2 * 10**7)
"""


@pytest.mark.parametrize("end", ENDS)
def test_no_byte_of_a_submission_is_in_the_memory_of_the_next(bench, end):
    """Cells, outputs, exceptions and observations are planted; only its own canary is found."""
    cells = [{"source": source, "check": None} for source in (PLANTED, ENDS[end])]
    runs = bench.run([*cells, CHECK])
    assert f"{CANARY}message" in repr(runs)  # What was planted did come out to the grader.
    assert f"{CANARY}display" in repr(runs)
    assert "[b'CANARY-7f3a-own'] True" in bench.show(SEARCH)


def test_no_byte_is_in_the_memory_of_the_next_with_tensorflow(tensorflow_bench):
    """The same in a worker that has what a class has: a hundred times as much memory."""
    cells = [{"source": source, "check": None} for source in (PLANTED, ENDS["an exception"])]
    tensorflow_bench.run([*cells, CHECK])
    assert "[b'CANARY-7f3a-own'] True" in tensorflow_bench.show(SEARCH)


def test_the_search_finds_what_is_there(bench):
    """In the same process all that was planted is found, but for what the grader alone has."""
    cells = [{"source": source, "check": None} for source in (PLANTED, SEARCH)]
    _, searched = bench.run(cells)
    for name in ("comment", "output", "display", "observed", "own"):
        assert f"CANARY-7f3a-{name}" in repr(searched)


def test_a_submission_sees_its_own_processes_and_no_other_of_the_machine(bench):
    """/proc holds one process, and nothing of the machine's own; that process has no parent."""
    shown = bench.show("import os\nprint(sorted(os.listdir('/proc')), os.getppid())")
    assert re.search(r"\['\d+', 'self', 'thread-self'\] 0\b", shown)


def test_every_mount_but_scratch_and_processes_is_read_only(bench):
    """As the kernel lists them, for the place that each path leads to now."""
    shown = bench.show(
        "last = {}\nfor line in open('/proc/self/mountinfo'):\n    parts = line.split()\n"
        "    last[parts[4]] = parts[5].split(',')[0]\n"
        "print(sorted(path for path, mode in last.items() if mode != 'ro'))"
    )
    assert "['/dev/shm', '/proc', '/tmp']" in shown


def test_what_is_open_at_the_first_byte_is_nothing_but_the_way_out(bench):
    """Three times /dev/null and the pipe of records: no job, no socket, no folder."""
    shown = bench.show(
        "import os\nopen_files = {}\nfor name in os.listdir('/proc/self/fd'):\n    try:\n"
        "        open_files[int(name)] = os.readlink(f'/proc/self/fd/{name}').split(':')[0]\n"
        "    except OSError:\n        pass\nprint(sorted(open_files.values()))"
    )
    assert "['/dev/null', '/dev/null', '/dev/null', 'pipe']" in shown


def test_a_crash_hands_its_memory_to_nobody(bench):
    """The kernel makes no dump: the process is not dumpable, and its limit is one byte."""
    shown = bench.show(
        "import ctypes, resource\nprint(ctypes.CDLL(None).prctl(3),\n"
        "      resource.getrlimit(resource.RLIMIT_CORE))"
    )
    assert re.search(r"'[02] \(1, 1\)", shown)
