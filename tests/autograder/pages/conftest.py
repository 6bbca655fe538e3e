"""A class whose report the tests here write, and the settings by which pages are made."""

import datetime

import pytest
from gradebooks import KINDS, new_gradebook, place_for
from report_class import CELLS, DUE, RESULTS, give_feedback
from traitlets.config import PyFileConfigLoader

from autograder import ROOT
from autograder.gradebook.classroom import Classroom


@pytest.fixture(scope="module")
def configuration(tmp_path_factory):
    """nbgrader_config.py, for a classroom elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AUTOGRADER_SEED", "PATH"):  # It sets both.
            patch.setenv(name, "/usr/bin")
        patch.setenv("CLASSROOM", str(tmp_path_factory.mktemp("classroom")))
        yield PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()


@pytest.fixture(scope="module", params=KINDS)
def database(request, tmp_path_factory):
    """A gradebook that knows the students, when they handed in, and one who did not."""
    place = place_for(request, tmp_path_factory.mktemp("books"))
    with new_gradebook(place.url, DUE, CELLS) as book:
        for student in [*(each.student for each in RESULTS[:7]), "zoe"]:
            book.add_student(student, last_name=student.title(), first_name="<b>First</b>")
        late = book.add_submission("a2_vae", "bela", timestamp=DUE + datetime.timedelta(hours=2))
        late.notebooks[0].grades[0].auto_score = 3
        book.add_submission("a2_vae", "ada", timestamp=DUE - datetime.timedelta(days=1))
        book.db.commit()
    return place


@pytest.fixture
def classroom(database, tmp_path, monkeypatch):
    """A class with that gradebook, and feedback for everybody who was graded."""
    monkeypatch.setenv("CLASSROOM", str(tmp_path))
    monkeypatch.setenv("GRADEBOOK", database.copy(tmp_path))
    for each in RESULTS:
        if each.is_graded:
            give_feedback(tmp_path, each.student)
    return Classroom(tmp_path, {"LatePolicy": {"penalty_method": "points", "amount": 1}})
