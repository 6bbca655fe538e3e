"""Classes whose marks are exported, and whose submissions are collected."""

import os
import shutil

import pytest
from gradebooks import KINDS, new_gradebook, place_for
from lms_downloads import PEOPLE
from marked_class import CELLS, CLASS, DUE, add_student
from nbgrader.api import Gradebook

from autograder.gradebook.classroom import Classroom


@pytest.fixture(scope="session", params=KINDS)
def marked_gradebook(request, tmp_path_factory):
    """The place of a gradebook with ``CLASS``."""
    place = place_for(request, tmp_path_factory.mktemp("class"))
    with new_gradebook(place.url, DUE, CELLS) as book:
        for student in CLASS:
            add_student(book, student)
    return place


@pytest.fixture
def gradebook(marked_gradebook, tmp_path, monkeypatch):
    """The gradebook of ``CLASS``, below the folder that CLASSROOM names."""
    monkeypatch.setenv("CLASSROOM", str(tmp_path))
    monkeypatch.setenv("GRADEBOOK", marked_gradebook.copy(tmp_path))
    with Gradebook(os.environ["GRADEBOOK"], "generative-models") as book:
        yield book


@pytest.fixture(scope="session")
def class_of_people(tmp_path_factory):
    """The file of a gradebook with ``PEOPLE``."""
    file = tmp_path_factory.mktemp("class") / "gradebook.db"
    with new_gradebook(f"sqlite:///{file}", DUE, {"check_kl_loss": (3, "code")}) as book:
        for student, (first, last, email, number) in PEOPLE.items():
            names = {"first_name": first, "last_name": last, "email": email}
            book.add_student(student, lms_user_id=number, **names)
    return file


@pytest.fixture
def classroom(class_of_people, tmp_path, monkeypatch):
    """A class in which nobody has handed in."""
    monkeypatch.setenv("CLASSROOM", str(tmp_path))
    shutil.copy(class_of_people, tmp_path)
    return Classroom(tmp_path)
