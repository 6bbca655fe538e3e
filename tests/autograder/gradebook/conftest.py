"""The gradebook that the tests of late submissions and extensions share."""

import os

import pytest
from gradebooks import KINDS, place_for
from late_class import fill_gradebook
from nbgrader.api import Gradebook


@pytest.fixture(scope="package", params=KINDS)
def database(request, tmp_path_factory):
    """The place of a gradebook with forty submissions around the due date, some extended."""
    place = place_for(request, tmp_path_factory.mktemp("books"))
    fill_gradebook(place.url)
    return place


@pytest.fixture
def book(database, tmp_path, monkeypatch):
    """A copy of that gradebook, open, and a class around it."""
    monkeypatch.setenv("CLASSROOM", str(tmp_path))
    monkeypatch.setenv("GRADEBOOK", database.copy(tmp_path))
    with Gradebook(os.environ["GRADEBOOK"], "generative-models") as opened:
        yield opened
