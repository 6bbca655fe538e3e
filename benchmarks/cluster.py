"""Grading on a Dask cluster: the gain per worker, the grader's own time, and the limit.

    python benchmarks/cluster.py                       60 submissions, about 4 minutes
    python benchmarks/cluster.py --students 24 --assignment a1_distances

It starts a scheduler with one and then with two workers on this machine, and grades the same
class with each and, for comparison, without Dask. Then it grades the class once more with the
stored outcome of every notebook, as if machines took no time: what is left is the grader's own
work, one submission after the other. The model at the end combines this limit with the measured
seconds in a sandbox, for a class of any size.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from distributed import Client

from autograder import ROOT
from autograder.authoring.demo import ASSIGNMENT, make_class
from autograder.cluster.pool import ClusterPool
from autograder.gradebook.classroom import Classroom
from autograder.gradebook.grade import grade

FOLDER = "classroom/benchmark-cluster"
CLASS = 100_000
WORKERS = (1, 2, 4, 8, 16, 64, 256)


def main():
    """Measure, and print one line each."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--students", type=int, default=60)
    arguments.add_argument("--assignment", default=ASSIGNMENT)
    chosen = arguments.parse_args()
    options = {} if chosen.assignment == ASSIGNMENT else {"changes": {"right": {}, "blank": None}}
    classroom = make_class(chosen.students, FOLDER, chosen.assignment, **options)
    _graded(classroom, chosen, workers=1)  # Makes the answer key.
    print(f"{chosen.students} submissions of {chosen.assignment}, feedback included")
    print("                       s per submission   processor s of the grader   s in a sandbox")
    for workers in (1, 2):
        _print(f"here, {workers} at a time", _graded(classroom, chosen, workers=workers))
    spent, outcomes = {}, {}
    for workers in (1, 2):
        with _cluster(workers) as address, _listening(outcomes) as sizes:
            spent[workers] = _graded(classroom, chosen, scheduler=address)
            _print(f"Dask, {workers} worker{'s' * (workers > 1)}", spent[workers])
            if workers == 1:
                with _remembering(outcomes):
                    limit = _graded(classroom, chosen, scheduler=address)
    _print("Dask, no work", limit)
    there, back = zip(*sizes)
    there, back = statistics.mean(there), statistics.mean(back)
    print(f"bytes per submission: {there:,.0f} there, {back:,.0f} back")
    print(f"two workers are {spent[1][0] / spent[2][0]:.2f} times as fast as one")
    sandbox, alone = spent[1][2], limit[0]
    print(f"more than {sandbox / alone:.1f} threads would have nothing to do")
    for workers in WORKERS:
        hours = CLASS * max(sandbox / workers, alone) / 3600
        print(f"model: {CLASS:,} submissions with {workers:3} threads: {hours:6.1f} h")


def _print(name, spent):
    print(f"{name:22} {spent[0]:14.3f} {spent[1]:27.3f} {spent[2]:16.3f}")


def _graded(classroom, chosen, workers=None, scheduler=""):
    """Seconds per submission without the first three: elapsed, of this process, in a sandbox."""
    overrides = classroom.overrides | {"SandboxedExecute": {"scheduler": scheduler}}
    again = Classroom(classroom.folder, overrides)
    marks, seconds = [], []
    for result in grade(again, chosen.assignment, workers=workers, again=True):
        assert result.is_graded, result
        marks.append((time.monotonic(), time.process_time()))
        seconds.append(result.seconds)
    (began, used), (ended, in_all) = marks[2], marks[-1]
    count = len(marks) - 3
    return (ended - began) / count, (in_all - used) / count, statistics.mean(seconds)


@contextlib.contextmanager
def _cluster(workers):
    """Address of a scheduler with so many workers of one thread; all are ended afterwards."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ending:
        file = Path(folder, "address")
        dashboard = ["--dashboard-address", "127.0.0.1:0", "--host", "127.0.0.1"]

        def start(*words):
            command = [sys.executable, "-m", "dask", *words, *dashboard]
            process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
            ending.callback(process.wait)
            ending.callback(process.terminate)
            return process

        scheduler = start("scheduler", "--port", "0", "--scheduler-file", str(file))
        while not file.exists() or not file.read_text():
            assert scheduler.poll() is None, "the scheduler has ended"
            time.sleep(0.1)
        for _ in range(workers):
            start("worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-nanny")
        with Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(workers)
            address = client.scheduler.address
        yield address


@contextlib.contextmanager
def _listening(outcomes):
    """Yield a list that collects the bytes of each job and parcel, and store the outcomes."""
    sizes, ask, run = [], ClusterPool._ask, ClusterPool.run

    def asked(self, job, *rest):
        parcel = ask(self, job, *rest)
        sizes.append((len(job), len(parcel)))
        return parcel

    def ran(self, cells, seed):
        came = outcomes[str(cells)] = run(self, cells, seed)
        return came

    ClusterPool._ask, ClusterPool.run = asked, ran
    try:
        yield sizes
    finally:
        ClusterPool._ask, ClusterPool.run = ask, run


@contextlib.contextmanager
def _remembering(outcomes):
    """Return the stored outcome of each notebook instead of running it."""
    run, ClusterPool.run = ClusterPool.run, lambda self, cells, seed: outcomes[str(cells)]
    try:
        yield
    finally:
        ClusterPool.run = run


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
