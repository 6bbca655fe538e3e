"""Several people and processes grade one class: each submission once, and no mark is lost."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from lab_browser import running_lab
from plain_class import make_plain_class

from autograder import ROOT
from autograder.gradebook.locks import Claims

ANSWERS = {"right": "return 2 * x", "half": "return x", "large": "return 3 * x"}
POINTS = {"right": 6, "half": 2, "large": 1}  # Of the tests, by hand from their asserts.
# A grader that begins on a signal, notes what it runs, and prints every result.
GRADER = """
import os, sys
from pathlib import Path
from plain_class import plain_classroom
from autograder.gradebook.grade import grade
from autograder.gradebook.preprocessors import SandboxedExecute

folder, again = Path(sys.argv[1]), sys.argv[2:] == ["again"]
run = SandboxedExecute.preprocess

def noted(self, nb, resources):
    with open(folder / "runs", "a") as file:
        file.write(f"{os.getpid()} {resources['nbgrader']['student']}\\n")
    return run(self, nb, resources)

SandboxedExecute.preprocess = noted
classroom = plain_classroom(folder)
print("ready", flush=True)
input()
for result in grade(classroom, "own", workers=1, again=again):
    print(result.student, result.status, f"{result.points:g}", flush=True)
"""


def grader(folder, *arguments):
    """A grader's process that is ready to begin."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", GRADER, str(folder), *arguments],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "support")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def students(count):
    """Function bodies by student; a name says which of ``ANSWERS`` it is."""
    kinds = list(ANSWERS)
    return {f"{kinds[n % 3]}{n}": ANSWERS[kinds[n % 3]] for n in range(count)}


def points_of(student):
    """The points expected for a student's tests."""
    return POINTS[student.rstrip("0123456789")]


@pytest.mark.slow
@pytest.mark.usefixtures("either_gradebook")
def test_three_graders_of_one_class_share_it(tmp_path):
    """Each submission runs once, in one of them, and all three print the same complete class."""
    wanted = students(30)
    classroom = make_plain_class(tmp_path, wanted)
    graders = [grader(tmp_path) for _ in range(3)]
    for process in graders:
        process.stdin.write("\n")
        process.stdin.flush()
    told = [process.communicate(timeout=300)[0].splitlines() for process in graders]
    assert [process.returncode for process in graders] == [0, 0, 0]
    lines = sorted(f"{student} graded {points_of(student):g}" for student in wanted)
    assert [sorted(each) for each in told] == [lines] * 3
    runs = [line.split() for line in (tmp_path / "runs").read_text().splitlines()]
    assert sorted(student for _, student in runs) == sorted(wanted)
    assert len({process for process, _ in runs}) > 1
    with classroom.api.gradebook as gradebook:
        marks = {
            (each.student_id, grade.name): grade.auto_score
            for each in gradebook.assignment_submissions("own")
            for grade in each.notebooks[0].grades
            if grade.cell_type == "code"
        }
    assert len(marks) == 4 * len(wanted)
    for student in wanted:
        given = [points for (who, _), points in marks.items() if who == student]
        assert sum(given) == points_of(student)


def test_a_claim_holds_between_processes_until_its_owner_ends(tmp_path):
    """A submission that another process has cannot be claimed; SIGKILL releases it."""
    hold = (
        "import pathlib, sys, time\n"
        "from autograder.gradebook.locks import Claims\n"
        "with Claims(pathlib.Path(sys.argv[1])) as claims, claims.claimed('a1', 'ada') as mine:\n"
        "    print(mine, flush=True)\n"
        "    time.sleep(600)\n"
    )
    path = tmp_path / "claims"
    other = subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "True\n"
        with Claims(path) as claims:
            for name, free in [
                (("a1", "ada"), False),
                (("a1", "bela"), True),
                (("a2", "ada"), True),
            ]:
                with claims.claimed(*name) as mine:
                    assert mine == free, name
            other.kill()
            other.wait()
            with claims.claimed("a1", "ada") as mine:
                assert mine
    finally:
        other.kill()
        other.communicate()


@pytest.fixture
def below_the_course():
    """A folder for a class that formgrader can show."""
    folder = ROOT / "classroom" / "test-graders"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.usefixtures("either_gradebook")
def test_marks_given_in_formgrader_survive_a_grading_at_the_same_time(
    below_the_course, tmp_path, monkeypatch
):
    """Written answers are marked over and over while all are graded again: the last mark stays."""
    folder = below_the_course
    monkeypatch.setenv("CLASSROOM", str(folder.relative_to(ROOT)))
    wanted = students(6)
    classroom = make_plain_class(folder, wanted)
    process = grader(folder)
    process.communicate("\n", timeout=300)
    assert process.returncode == 0
    with running_lab(tmp_path) as address:

        def send(path, method="GET", **body):
            request = urllib.request.Request(
                f"{address}/formgrader/api/{path}",
                data=json.dumps(body).encode() if body else None,
                headers={"Authorization": "token t"},
                method=method,
            )
            with urllib.request.urlopen(request, timeout=120) as response:
                return json.loads(response.read())

        written = {}
        for notebook in send("submitted_notebooks/own/own"):
            (grade,) = [
                grade["id"]
                for grade in send(f"grades?submission_id={notebook['id']}")
                if grade["max_score"] == 4
            ]
            written[notebook["student"]] = grade
        assert written.keys() == wanted.keys()
        process, marks = grader(folder, "again"), {}
        process.stdin.write("\n")
        process.stdin.flush()
        rounds = 0
        while process.poll() is None or rounds < 2:
            rounds += 1
            for number, (student, grade) in enumerate(written.items()):
                marks[student] = (number + rounds) % 9 / 2
                send(f"grade/{grade}", "PUT", manual_score=marks[student])
        told = process.communicate()[0].splitlines()
    assert process.returncode == 0
    assert len(told) == len(wanted)
    for student, mark in marks.items():
        result = classroom.result("own", student)
        assert result.marks["why"] == (mark, 4)
        assert result.points == points_of(student) + mark
