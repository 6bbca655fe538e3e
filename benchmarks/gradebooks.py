"""Grades a class with the gradebook in SQLite and on PostgreSQL: checks marks, measures costs.

    python benchmarks/gradebooks.py                    60 submissions on each
    python benchmarks/gradebooks.py --students 1000

The class mixes right, wrong, crashing and blank answers of a1_distances. First each kind of
answer is graded alone, which gives the expected marks. Then the class is graded, and plain SQL
reads the database: there must be one row per student and question, with the expected points.
Otherwise the script prints whose mark is lost, doubled or wrong, and exits with 1. It starts its
own PostgreSQL server, which writes to the disk as Debian's does.

Machines are shared: compare only lines of the same run.
"""

import argparse
import contextlib
import os
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

import sqlalchemy
from sqlalchemy.engine.default import DefaultDialect

from autograder import ROOT
from autograder.authoring.demo import make_class
from autograder.gradebook.grade import grade

sys.path.append(str(ROOT / "tests" / "support"))  # Its helper starts PostgreSQL.

from postgresql import missing, running_server

ASSIGNMENT, FOLDER = "a1_distances", "classroom/benchmark-books"
KINDS = {
    "right": {},
    "unhalved": {
        "kl_gaussian": "def kl_gaussian(mu, log_var):\n"
        "    return np.sum(mu**2 + np.exp(log_var) - log_var - 1, -1)"
    },
    "crash": {"lp_norm": "def lp_norm(x, p):\n    import os\n    os._exit(1)"},
    "unfinished": {"kl_discrete": None, "kl_continuous": None},
    "blank": None,
}
MARKS = """
    SELECT whole.student_id, base_cell.name, grade.auto_score FROM grade
    JOIN submitted_notebook AS part ON part.id = grade.notebook_id
    JOIN submitted_assignment AS whole ON whole.id = part.assignment_id
    JOIN base_cell ON base_cell.id = grade.cell_id
"""


def main():
    """Measure, check, and print one line per database."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--students", type=int, default=60)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--only", choices=["SQLite", "PostgreSQL"])
    chosen = arguments.parse_args()
    names = [chosen.only] if chosen.only else ["SQLite", "PostgreSQL"]
    if "PostgreSQL" in names and missing():
        raise SystemExit(missing())
    count = chosen.students
    with contextlib.ExitStack() as ending:
        urls = {"SQLite": ""}
        if "PostgreSQL" in names:
            server = ending.enter_context(running_server(fsync="on", full_page_writes="on"))
            urls["PostgreSQL"] = server.new_database()
        wanted = _alone()
        print(f"{count} submissions of {ASSIGNMENT}, {chosen.workers} workers, feedback included")
        print(
            "                  s per submission   grader's processor   in the database   statements"
        )
        wrong = 0
        for name in names:
            wrong += _measured(name, urls[name], count, chosen.workers, wanted)
    raise SystemExit(wrong > 0)


def _alone():
    """Points by kind of answer and question, from a class with one student of each kind."""
    classroom = make_class(len(KINDS), FOLDER, ASSIGNMENT, KINDS)
    results = {result.student: result for result in grade(classroom, ASSIGNMENT)}
    assert all(result.is_graded for result in results.values()), results
    tests = {
        student: {name: mark for name, mark in result.marks.items() if name.startswith("check_")}
        for student, result in results.items()
    }
    assert all(points == out_of for points, out_of in tests["right"].values())
    assert all(points == 0 for points, _ in tests["blank"].values())
    assert len({str(marks) for marks in tests.values()}) == len(KINDS)
    return {student: {n: mark[0] for n, mark in marks.items()} for student, marks in tests.items()}


def _measured(name, url, count, workers, wanted):
    """Grade a new class with this gradebook, and print a line; return the number of wrong marks."""
    os.environ["GRADEBOOK"] = url
    classroom = make_class(count, FOLDER, ASSIGNMENT, KINDS)
    watch = _Watch()
    first = None
    started, processor = time.monotonic(), time.process_time()
    for _ in grade(classroom, ASSIGNMENT, workers=workers):
        first = first or time.monotonic() - started
    wall, processor = time.monotonic() - started, time.process_time() - processor
    print(
        f"{name:12}{wall / count:20.3f}{processor / count:21.3f}{watch.seconds / count:18.3f}"
        f"{watch.statements / count:13.0f}   {first:.0f} s until the first one"
    )
    wrong = list(_wrong(classroom, wanted))
    for line in wrong[:20]:
        print(f"  {line}")
    print(f"  {len(wrong)} marks lost, doubled or wrong")
    shutil.rmtree(ROOT / FOLDER)
    return len(wrong)


class _Watch:
    """Counts SQL statements, and the seconds that this process waits for databases, from now on."""

    def __init__(self):
        self.seconds, self.statements = 0.0, 0
        for method in ("do_execute", "do_commit", "do_rollback", "connect"):
            setattr(DefaultDialect, method, self._timed(getattr(DefaultDialect, method)))

    def _timed(self, function):
        while hasattr(function, "inner"):
            function = function.inner

        def timed(*arguments, **named):
            started = time.monotonic()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds += time.monotonic() - started
                self.statements += function.__name__ == "do_execute"

        timed.inner = function
        return timed


def _wrong(classroom, wanted):
    """A line for each mark that is missing, doubled or wrong."""
    engine = sqlalchemy.create_engine(classroom.config.CourseDirectory.db_url)
    with engine.connect() as database:
        rows = database.execute(sqlalchemy.text(MARKS)).all()
    engine.dispose()
    times = Counter((student, question) for student, question, _ in rows)
    given = {(student, question): points for student, question, points in rows}
    for student in classroom.submitted(ASSIGNMENT):
        for question, points in wanted[student.rstrip("0123456789")].items():
            name = student, question
            if times[name] != 1 or given[name] != points:
                found = f"{times[name]} rows, got {given.get(name)} points, expected {points}"
                yield f"{student} {question}: {found}"


if __name__ == "__main__":
    os.chdir(Path(ROOT))
    main()
