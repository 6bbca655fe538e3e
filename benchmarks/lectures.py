"""How long each lecture takes from top to bottom, in wall time and processor time.

    python benchmarks/lectures.py              all of them, one after the other
    python benchmarks/lectures.py 06 07        some, by number

Nothing is asserted, because machines are shared. Processor seconds hardly depend on other
processes. Wall time on two idle cores is at least half of them.
"""

import os
import resource
import sys
import time

from autograder import ROOT
from autograder.errors import UsageError

sys.path.append(str(ROOT / "tools" / "site"))  # Its module executes lectures.

from executed import execute, lectures


def main():
    """Run the lectures, and print one line for each."""
    try:
        chosen = lectures(sys.argv[1:])
    except UsageError as error:
        sys.exit(f"lectures: {error}")
    total = 0.0
    print(f"{'lecture':24} {'wall, s':>8} {'processor, s':>13}")
    for path in chosen:
        before, started = _processor_seconds(), time.monotonic()
        execute(path)
        wall = time.monotonic() - started
        total += wall
        print(f"{path.stem:24} {wall:8.0f} {_processor_seconds() - before:13.0f}", flush=True)
    print(f"{'all':24} {total:8.0f}   on {os.cpu_count()} cores")


def _processor_seconds():
    """Processor seconds of all kernels that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
