"""A seed for each attempt: numbers that one grading showed earn nothing in the next."""

import itertools
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import nbformat
import numpy as np
import pytest

from autograder import ROOT
from autograder.authoring.demo import make_class
from autograder.gradebook.attempts import ATTEMPTS, attempt_at, digest_of, seed_of
from autograder.gradebook.classroom import Classroom
from autograder.gradebook.grade import grade
from autograder.judging.compare import agree
from autograder.judging.key import answer_key

ASSIGNMENT = "a1_distances"
# Wrong in all that it returns, by factors with and without a name, and by kind.
WRONG = {
    "lp_norm": "def lp_norm(x, p):\n    return 1.2345 * np.sum(np.abs(x) ** min(p, 9)) + 1",
    "gaussian_pdf": "def gaussian_pdf(x, mean, std):\n"
    "    return np.exp(-0.5 * ((x - mean) / std) ** 2) / std",
    "kl_discrete": "def kl_discrete(p, q):\n    return p",
    "kl_continuous": "def kl_continuous(p, q, lower, upper):\n    return 'a number'",
    "kl_gaussian": "def kl_gaussian(mu, log_var):\n"
    "    return np.sum(mu**2 + np.exp(log_var) - log_var - 1, -1)",
}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def test_attempts_are_counted_by_content(tmp_path):
    """New content has the next number, what was seen before its own; a lost folder starts over."""
    assert [attempt_at(tmp_path / "ana", each) for each in "abacb"] == [1, 2, 1, 3, 2]
    assert attempt_at(tmp_path / "bela", "b") == 1
    for path in (tmp_path / "ana").iterdir():
        path.unlink()
    assert attempt_at(tmp_path / "ana", "c") == 1


def test_where_there_are_no_hard_links_attempts_are_counted_too(tmp_path, monkeypatch):
    """As on a memory stick."""

    def link(*_):
        raise PermissionError("no hard links here")

    monkeypatch.setattr("autograder.gradebook.attempts.os.link", link)
    assert [attempt_at(tmp_path, each) for each in "abac"] == [1, 2, 1, 3]


def test_graders_that_ask_at_once_agree(tmp_path):
    """Of 8 threads with two contents each, all hear the same two numbers, and no draft stays."""
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda n: attempt_at(tmp_path, "ab"[n % 2]), range(64)))
    assert {told[0], told[1]} == {1, 2}
    assert told == [told[0], told[1]] * 32
    assert sorted(os.listdir(tmp_path)) == ["1", "2"]


def test_a_grader_that_is_killed_leaves_no_half_number(tmp_path):
    """A draft that was never given its number is no attempt."""
    dying = (
        "import os, sys, pathlib\n"
        "os.link = lambda *_: os._exit(1)\n"
        "from autograder.gradebook.attempts import attempt_at\n"
        "attempt_at(pathlib.Path(sys.argv[1]), 'a')\n"
    )
    died = subprocess.run([sys.executable, "-c", dying, str(tmp_path)], cwd=ROOT)
    assert died.returncode == 1
    assert [attempt_at(tmp_path, each) for each in "ba"] == [1, 2]


def test_each_class_assignment_and_attempt_has_a_seed_of_its_own():
    """Sixteen attempts have different seeds, then they come again; none is the class's."""
    seeds = [seed_of(7, ASSIGNMENT, attempt) for attempt in range(1, ATTEMPTS + 1)]
    others = seed_of(8, ASSIGNMENT, 1), seed_of(7, "a2_vae", 1)
    assert len({*seeds, *others, 7}) == ATTEMPTS + 3
    assert seed_of(7, ASSIGNMENT, ATTEMPTS + 1) == seeds[0]


def test_a_digest_is_that_of_names_and_contents(tmp_path):
    """Another name or content is another attempt; time stamps and other files are none."""

    def digest(**files):
        for path in tmp_path.iterdir():
            path.unlink()
        for name, content in files.items():
            (tmp_path / f"{name}.ipynb").write_text(content)
        (tmp_path / "timestamp.txt").write_text(str(len(files)))
        return digest_of(tmp_path)

    first = digest(a="1", b="2")
    assert digest(b="2", a="1") == first
    assert len({first, digest(a="12"), digest(a="1"), digest(c="1", b="2"), digest()}) == 5


def shown_in(classroom, result):
    """All that a student or the report gets to see of a graded submission."""
    graded = classroom.path("autograded", result.student, ASSIGNMENT) / f"{ASSIGNMENT}.ipynb"
    page = classroom.path("feedback", result.student, ASSIGNMENT) / f"{ASSIGNMENT}.html"
    return "\n".join([graded.read_text(), page.read_text(), said_in(result)])


def said_in(result):
    """All that the verdicts say, as text."""
    return json.dumps([verdict.to_json() for verdict in result.verdicts.values()])


def findings_of(result):
    """Whether each observation agrees, by exercise and observation."""
    return {
        (name, finding.name): finding.agrees
        for name, verdict in result.verdicts.items()
        for finding in verdict.findings
    }


def assert_not_shown(values, text):
    """None of these numbers stands in the text, but for such as 0 or 0.5 that mean nothing."""
    for value in np.concatenate([np.ravel(value) for value in values]):
        written = [f"{value:.{digits}g}" for digits in (5, 6, 17)]
        assert not any(number in text for number in written if len(number) > 5), value


def numbers_of(key):
    """All expected arrays of a key, by exercise and observation."""
    return {
        (name, observation): value
        for name, part in key.items()
        for observation, value in part.expected.items()
        if isinstance(value, np.ndarray)
    }


def typed(name, inputs, values):
    """A function that returns the given values, call by call, and computes nothing."""
    listed = ", ".join(repr(value.tolist()) for value in values)
    return (
        f"ANSWERS_{name} = [{listed}]\n"
        f"def {name}({inputs}):\n"
        f"    return np.array(ANSWERS_{name}.pop(0) if ANSWERS_{name} else 0.0)"
    )


def hand_in(classroom, changes):
    """Fill in the functions of the one student's notebook; returns what was there before."""
    path = classroom.path("submitted", "ana", ASSIGNMENT) / f"{ASSIGNMENT}.ipynb"
    before = path.read_text()
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = changes.get(name, cell.source)
    nbformat.write(notebook, path)
    return before


def nbgrader(*arguments, classroom):
    """One of nbgrader's stock commands, on a class with a release of its own."""
    release = f"--CourseDirectory.release_directory={classroom.folder}/release"
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments, release],
        cwd=ROOT,
        env=os.environ | {"CLASSROOM": str(classroom.folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_what_feedback_showed_earns_nothing_when_it_is_typed_in(tmp_path):
    """No expected number is shown, and those of the first attempt are wrong in the second."""
    made = make_class(1, tmp_path, ASSIGNMENT, {"ana": WRONG})
    (tmp_path / "seed").write_text("7")  # Where no number agrees by accident.
    classroom = Classroom(tmp_path, made.overrides)
    (first,) = grade(classroom, ASSIGNMENT)
    keys = [
        answer_key(ASSIGNMENT, seed_of(7, ASSIGNMENT, attempt), tmp_path / "keys")
        for attempt in (1, 2)
    ]
    before, after = map(numbers_of, keys)
    # What is the same at every seed is no secret: it stands in the exercise.
    secrets = {place for place, value in before.items() if not agree(after[place], value)}
    assert len(secrets) > 10
    assert not any(findings_of(first)[place] for place in secrets)
    assert_not_shown([before[place] for place in secrets], shown_in(classroom, first))
    numbers = {float(text) for text in NUMBER.findall(said_in(first))}
    assert len(numbers) > 20
    for place, number in itertools.product(secrets, numbers):
        assert not agree(np.full(after[place].shape, number), after[place]), (place, number)

    # The strongest leak: all answers of the first attempt, as if its feedback had shown them.
    answers = {name: [] for name in ("lp_norm", "kl_gaussian", "kl_discrete")}
    for (name, _), value in before.items():
        if name in answers:
            answers[name].append(value)
    arguments = {"lp_norm": "x, p", "kl_gaussian": "mu, log_var", "kl_discrete": "p, q"}
    cheat = {name: typed(name, arguments[name], values) for name, values in answers.items()}
    honest = hand_in(classroom, cheat)
    (second,) = grade(classroom, ASSIGNMENT)
    assert not any(findings_of(second)[place] for place in secrets)
    assert_not_shown([after[place] for place in secrets], shown_in(classroom, second))

    # The same content is the same attempt, however and however often it is graded.
    (again,) = grade(classroom, ASSIGNMENT, again=True)
    assert again.marks == second.marks
    nbgrader("autograde", ASSIGNMENT, "--student=ana", "--force", classroom=classroom)
    assert classroom.result(ASSIGNMENT, "ana").marks == second.marks
    assert sorted(os.listdir(tmp_path / "attempts" / ASSIGNMENT / "ana")) == ["1", "2"]
    path = classroom.path("submitted", "ana", ASSIGNMENT) / f"{ASSIGNMENT}.ipynb"
    path.write_text(honest)
    (third,) = grade(classroom, ASSIGNMENT)
    assert third.marks == first.marks
    assert sorted(os.listdir(tmp_path / "attempts" / ASSIGNMENT / "ana")) == ["1", "2"]
    assert len(list((tmp_path / "keys").iterdir())) == 2
