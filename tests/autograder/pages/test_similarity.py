"""Copies are found whatever their names are; right answers of independent styles are not."""

import ast
import dataclasses
import re
import sys
import textwrap
from pathlib import Path

import nbformat
import numpy as np
import pytest
from gradebooks import new_gradebook
from typer.testing import CliRunner

from autograder import ROOT
from autograder.authoring.inline import function_source
from autograder.cli import app
from autograder.errors import UsageError
from autograder.exercises.catalogue import assignments, exercises_of
from autograder.gradebook.classroom import Classroom
from autograder.pages.fingerprint import MOST_SHOWN, OwnCode, fingerprints
from autograder.pages.report import write_report
from autograder.pages.similarity import SHARE, compare, compare_class, given_code

pytest.importorskip("copydetect", reason="copydetect is not installed")

STYLES = Path(__file__).parents[2] / "styles"


def students_of(assignment):
    """The functions of each style's student, by name: classes of ``tests/styles``."""
    source = (STYLES / f"{assignment}.py").read_text(encoding="utf-8")
    asked = exercises_of(assignment)
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            functions = [each for each in node.body if isinstance(each, ast.FunctionDef)]
            if any(each.name in asked for each in functions):
                found[node.name] = [
                    textwrap.dedent(ast.get_source_segment(source, each, padded=True))
                    for each in functions
                ]
    return found


class Renamed(ast.NodeTransformer):
    """Gives every name that a function binds another one."""

    def __init__(self, tree):
        bound = [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
        bound += [
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        ]
        self.names = {name: f"q{place}" for place, name in enumerate(dict.fromkeys(bound))}

    def visit_arg(self, node):
        node.arg = self.names.get(node.arg, node.arg)
        return node

    def visit_Name(self, node):
        node.id = self.names.get(node.id, node.id)
        return node


def renamed(text):
    """A function with other names and comments in it, and another layout."""
    tree = ast.parse(text)
    return f"# My own work.\n{ast.unparse(Renamed(tree).visit(tree))}\n\n"


@pytest.fixture(scope="module")
def known():
    """Fingerprints of what everybody has, by assignment; the course's take a while."""
    texts = {name: {*given_code(name)} for name in assignments()}
    common = set.intersection(*texts.values())
    shared = fingerprints(common)
    return {name: shared | fingerprints(own - common) for name, own in texts.items()}


@pytest.mark.slow
@pytest.mark.parametrize("assignment", assignments())
def test_independent_right_answers_are_not_alike(assignment, known):
    """No two styles of right answers are reported, and the threshold has room to spare."""
    students = students_of(assignment)
    assert len(students) >= 5
    found = compare(students, known[assignment], share=0)
    most = max((max(pair.shares) for pair in found.pairs), default=0)
    print(f"{assignment}: {len(students)} students, most alike {most:.2f}")
    assert most < SHARE - 0.1


@pytest.mark.slow
@pytest.mark.parametrize("assignment", assignments())
def test_a_copy_with_other_names_is_found(assignment, known):
    """Every style's copy is reported with its owner, in another order and with other names."""
    students = students_of(assignment)
    copies = {f"{who} again": [*map(renamed, reversed(texts))] for who, texts in students.items()}
    found = compare(students | copies, known[assignment])
    missed = {*students} - {*found.too_little}
    for pair in found.pairs:
        one, other = sorted(pair.students)
        assert other == f"{one} again", pair
        assert min(pair.shares) > 0.8
        missed -= {one}
    assert not missed
    assert len(found.too_little) <= 2


def released():
    """The released notebook, and the references by name."""
    path = ROOT / "notebooks" / "assignments" / "a2_vae" / "a2_vae.ipynb"
    references = {
        name: function_source(ROOT, exercise.reference.__module__, name)
        for name, exercise in exercises_of("a2_vae").items()
    }
    return nbformat.read(path, as_version=4), references


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """Ada and Bela wrote for themselves, Chandra has Bela's in other words, the rest the course's.

    Dmitri and Elif have the same known mistake; Farid handed in nothing that can be read.
    """
    folder = tmp_path_factory.mktemp("class")
    styles = students_of("a2_vae")
    _, references = released()
    with new_gradebook(f"sqlite:///{folder}/gradebook.db", None, {}):
        pass
    doubled = references["kl_loss"].replace("-0.5 *", "-")
    assert doubled != references["kl_loss"]
    mistaken = [*(references | {"kl_loss": doubled}).values()]
    hand_in(folder, "ada", styles["Textbook"])
    hand_in(folder, "bela", styles["KerasTwo"])
    hand_in(folder, "chandra", [*map(renamed, reversed(styles["KerasTwo"]))])
    hand_in(folder, "dmitri", mistaken)
    hand_in(folder, "elif", mistaken)
    (folder / "submitted" / "farid" / "a2_vae").mkdir(parents=True)
    (folder / "submitted" / "farid" / "a2_vae" / "a2_vae.ipynb").write_text("{")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLASSROOM", str(folder))
        yield Classroom(folder)


def hand_in(folder, student, functions):
    """The released notebook with a student's functions in its cells."""
    notebook, _ = released()
    for text in functions:
        (name,) = [node.name for node in ast.parse(text).body]
        (cell,) = [cell for cell in notebook.cells if cell.get("id") == name]
        cell.source = text
    path = folder / "submitted" / student / "a2_vae" / "a2_vae.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def found(classroom):
    """The class compared."""
    return compare_class(classroom, "a2_vae")


@pytest.mark.slow
def test_a_class_is_compared_by_what_is_its_own(found):
    """One pair; the same known mistake is no likeness, as two make it by themselves."""
    (pair,) = found.pairs
    assert pair.students == ("bela", "chandra")
    assert found.compared == ["ada", "bela", "chandra"]
    assert found.too_little == ["dmitri", "elif"]
    assert "farid" in found.unread
    assert "# My own work." not in pair.texts[0] and "q0" in pair.texts[1]


@pytest.mark.slow
def test_the_report_shows_both_texts_and_no_verdict(classroom, found):
    """A section that names neither copy nor cheat, with each text in a box for the keyboard."""
    without = write_report(classroom, "a2_vae", []).read_text(encoding="utf-8")
    page = write_report(classroom, "a2_vae", [], found).read_text(encoding="utf-8")
    assert 'id="alike"' in page and 'id="alike"' not in without and 'href="#alike"' not in without
    section = page.partition('<h2 id="alike">')[2].partition("</section>")[0]
    assert section.count('<pre tabindex="0" role="region"') == 2
    assert "2 more cannot be compared" in section and "Alike does not mean copied" in section
    assert not re.search("cheat|plagiar|guilt|suspect", section)


@pytest.mark.slow
def test_hostile_code_is_shown_as_text(classroom, found):
    """Markup is escaped, and marks that turn a line around are gone."""
    evil = "def kl_loss(x, p):\n\treturn '</pre><script>alert(1)</script>\u202e'"
    pair = dataclasses.replace(found.pairs[0], texts=(evil, evil * 500))
    shown = dataclasses.replace(found, pairs=[pair])
    page = write_report(classroom, "a2_vae", [], shown).read_text(encoding="utf-8")
    assert "<script>" not in page and "\u202e" not in page
    assert "\n    return &#39;&lt;/pre&gt;" in page and "more lines" in page
    many = dataclasses.replace(found, pairs=[pair] * 53)
    page = write_report(classroom, "a2_vae", [], many).read_text(encoding="utf-8")
    assert page.count("<pre ") == 100 and "3 more pairs are less alike" in page


@pytest.mark.slow
def test_the_command_shows_pairs_and_who_cannot_be_compared(classroom):
    """Both texts, the numbers, and what they do not say."""
    run = CliRunner().invoke(app, ["similarity", "a2_vae"], terminal_width=160)
    assert run.exit_code == 0, run.output
    assert "bela and chandra: 100% of the first one's own code" in run.output
    assert "compared: 3; alike: 1 pair\n" in run.output
    assert "too little of their own to compare: 2 (dmitri, elif)" in run.output
    assert "Alike does not mean copied" in run.output


def test_without_copydetect_one_line_says_what_to_install(monkeypatch):
    """It is not among what everybody needs."""
    monkeypatch.setitem(sys.modules, "copydetect", None)
    with pytest.raises(UsageError, match="similarity needs copydetect: pip install"):
        fingerprints(["x = 1"])


def test_code_that_nobody_could_read_is_cut():
    """Of half a million characters a beginning is shown, and that there was more."""
    own = OwnCode(["def f():\n    return 1", f"def g():\n    return [{'1, ' * 100_000}]"], set())
    everything = np.array([[0], [own.ends[-1]]])
    shown = own.shown(everything)
    assert shown.startswith("def f():") and "def g():" in shown
    assert shown.endswith("the rest is left out: it is too long to show.")
    assert len(shown) < MOST_SHOWN + 100
    assert own.shown(np.array([[0], [own.ends[0]]])) == own.texts[0]
