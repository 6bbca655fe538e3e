"""Compares grading by nbgrader, grading by ours, and the limit, in one run on one class.

    python benchmarks/grading.py                       60 submissions, about 12 minutes
    python benchmarks/grading.py --students 1000 --ours

Nothing is asserted, because machines are shared. Read the ratios, which are from one run. With
``--ours`` only our grader runs, and the first and last hundred submissions are compared.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path

import nbformat

from autograder import ROOT
from autograder.authoring.demo import ASSIGNMENT, make_class
from autograder.gradebook.classroom import Classroom
from autograder.gradebook.grade import grade
from course.threads import cores_here

FOLDER = "classroom/benchmark"
STOCK = {
    "Autograde": {
        "sanitize_preprocessors": [
            f"nbgrader.preprocessors.{name}"
            for name in (
                "ClearOutput",
                "DeduplicateIds",
                "OverwriteKernelspec",
                "OverwriteCells",
                "CheckCellMetadata",
            )
        ],
        "autograde_preprocessors": [
            "nbgrader.preprocessors.Execute",
            "nbgrader.preprocessors.LimitOutput",
            "nbgrader.preprocessors.SaveAutoGrades",
            "nbgrader.preprocessors.AssignLatePenalties",
            "nbgrader.preprocessors.CheckCellMetadata",
        ],
    },
    # Both leave out cells that only train.
    "Execute": {"skip_cells_with_tag": "skip-grading"},
    "GenerateFeedback": {"exporter_class": "nbconvert.exporters.HTMLExporter"},
    "HTMLExporter": {"sanitize_html": False, "filters": {}, "preprocessors": []},
}


def main():
    """Measure, and print one line each."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--students", type=int, default=60)
    arguments.add_argument("--ours", action="store_true", help="leave out nbgrader and the limit")
    arguments.add_argument("--limit", metavar="FOLDER", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.limit:
        return print(json.dumps(_in_one_process(Path(chosen.limit))))
    classroom = make_class(chosen.students, FOLDER)
    times, memory = _ours(classroom)
    count, first, last = len(times), times[0], times[-1]
    print(f"{count} submissions of {ASSIGNMENT}, {cores_here()} cores, feedback included")
    print(f"ours          {last / count:7.3f} s per submission, {first:.1f} s until the first one")
    if count >= 200:
        late = (times[-1] - times[-101]) / (times[99] - first)
        print(f"              the last hundred took {late:.2f} times as long as the first hundred")
        print(f"              {memory[99]} MB after a hundred, {memory[-1]} MB at the end")
    if chosen.ours:
        return None
    run = [sys.executable, __file__, "--limit", str(classroom.path("submitted"))]
    environment = os.environ | {"TF_NUM_INTRAOP_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(run, env=environment, capture_output=True, text=True, check=True)
    limit = sum(json.loads(done.stdout.splitlines()[-1])) / cores_here() / count
    print(f"limit         {limit:7.3f} s: the same cells and probes in one warm process, ", end="")
    print("divided by the number of cores")
    stock = _stock(chosen.students) / count
    print(f"nbgrader      {stock:7.3f} s")
    print(f"ours is {stock / (last / count):.1f} times as fast as nbgrader, and takes ", end="")
    print(f"{last / count / limit:.2f} times the limit ({(last - first) / count / limit:.2f} warm)")
    return None


def _ours(classroom):
    """For each submission, seconds from the start to its end, and this process's megabytes then."""
    started, times, memory = time.monotonic(), [], []
    for _ in grade(classroom, ASSIGNMENT):
        times.append(time.monotonic() - started)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        memory.append(pages * resource.getpagesize() // 2**20)
    return times, memory


def _stock(students):
    """Seconds that nbgrader's own autograde and generate_feedback take."""
    folder = f"{FOLDER}-stock"
    make_class(students, folder)
    overrides = {"CourseDirectory": {"release_directory": f"{folder}/release"}, **STOCK}
    classroom = Classroom(folder, overrides)
    started = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for student in classroom.submitted(ASSIGNMENT):
            for step in (classroom.api.autograde, classroom.api.generate_feedback):
                outcome = step(ASSIGNMENT, student)
                assert outcome["success"], outcome
    return time.monotonic() - started


def _in_one_process(submitted):
    """Seconds of each submission's cells and probes, run in this process one after the other."""
    import course.backend  # noqa: F401 -- imports TensorFlow quietly

    from autograder.inside import cellrun
    from autograder.judging.check_cells import checked
    from autograder.sandbox.policy import LIMITS

    cellrun.prepare()
    shell = cellrun._Shell.instance()
    shell.limits, times = LIMITS, []
    job = {"assignment": ASSIGNMENT, "seed": 1, "limits": LIMITS}
    for path in sorted(submitted.glob(f"*/{ASSIGNMENT}/*.ipynb")):
        started = time.monotonic()
        shell.reset(new_session=False)
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code" or "skip-grading" in cell.metadata.get("tags", ()):
                continue
            if checked(cell.source):
                cellrun._observe(shell, checked(cell.source)[0], job)
            else:
                shell.run(cell.source)
        times.append(time.monotonic() - started)
    return [*times[1:], min(times)]  # The first one warms the process up.


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
