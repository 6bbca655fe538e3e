import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from autograder.authoring.build import ROOT
from autograder.pages.feedback import FeedbackExporter

LECTURE = ROOT / "notebooks" / "lectures" / "01_distances.ipynb"


@pytest.fixture
def converter(configuration):
    """nbgrader's converter with nbgrader_config.py, for a classroom elsewhere."""
    course = CourseDirectory(config=configuration)
    return GenerateFeedback(coursedir=course, config=configuration)


def page(exporter):
    """A lecture as feedback."""
    names = {"notebook": "x", "score": 1, "max_score": 2, "late_penalty": 0}
    notebook = nbformat.read(LECTURE, as_version=4)
    return exporter.from_notebook_node(notebook, {"nbgrader": names})[0]


def test_feedback_is_made_by_our_exporter(converter):
    """nbgrader takes the exporter that the configuration names, and its settings with it."""
    assert converter.exporter_class is FeedbackExporter
    assert FeedbackExporter(config=converter.config).sanitize_html


def test_the_quick_page_is_the_stock_exporters(converter):
    """What is left out of the export changes nothing in the page, for each new exporter."""
    stock = page(HTMLExporter(config=converter.config))
    for _ in range(2):
        ours = page(FeedbackExporter(config=converter.config))
        assert str(BeautifulSoup(ours, features="html.parser")) == stock


def test_no_page_names_another_place(converter):
    """It has no scripts and no addresses to load from, with its formulas, and it is small."""
    made = page(FeedbackExporter(config=converter.config))
    assert "<math" in made
    assert not re.search(r"<script|<link|@import|src=\"http", made)
    assert len(made) < 400_000


def test_templates_are_compiled_once(converter, monkeypatch):
    """A second exporter finds every template compiled."""
    page(FeedbackExporter(config=converter.config))
    monkeypatch.setattr("jinja2.Environment.compile", None)
    assert page(FeedbackExporter(config=converter.config))
