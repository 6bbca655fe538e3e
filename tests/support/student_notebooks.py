"""A notebook as students hand it in, and what must hold of it once it is repaired."""

import copy

import nbformat
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import DeduplicateIds

from autograder import ROOT
from autograder.authoring.demo import ANSWER, ASSIGNMENT
from autograder.authoring.inline import function_source
from autograder.exercises.catalogue import exercises_of

__all__ = [
    "EXERCISES",
    "FUNCTIONS",
    "QUESTIONS",
    "RELEASED",
    "as_percent",
    "assert_fit",
    "assert_right",
    "cell_of",
    "code",
    "grade_id_of",
    "number",
    "place",
    "sources",
    "text",
]

RELEASED = nbformat.read(
    ROOT / f"notebooks/assignments/{ASSIGNMENT}/{ASSIGNMENT}.ipynb", as_version=4
)
EXERCISES = exercises_of(ASSIGNMENT)
FUNCTIONS = {  # In the order of the notebook.
    cell.id: function_source(ROOT, EXERCISES[cell.id].reference.__module__, cell.id)
    for cell in RELEASED.cells
    if cell.id in EXERCISES
}
QUESTIONS = ("why_reparameterise", "without_kl")


def grade_id_of(cell):
    """The grade_id that nbgrader sees."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def place(notebook, grade_id):
    """Index of the only cell with a grade_id."""
    (index,) = [n for n, cell in enumerate(notebook["cells"]) if grade_id_of(cell) == grade_id]
    return index


def cell_of(notebook, grade_id):
    """The only cell with a grade_id."""
    return notebook["cells"][place(notebook, grade_id)]


def number(notebook, grade_id):
    """Number of a cell as the report counts."""
    return place(notebook, grade_id) + 1


def code(source, **metadata):
    """A code cell of a student's own."""
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def text(source):
    """A Markdown cell of a student's own."""
    return nbformat.v4.new_markdown_cell(source)


def sources(notebook):
    """Text of all cells in their order."""
    return [cell["source"] for cell in notebook["cells"]]


def as_percent(notebook):
    """A notebook as VS Code exports it: a script with cells."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            parts.append(f"# %%\n{cell.source}\n")
        else:
            lines = "\n".join(f"# {line}".rstrip() for line in cell.source.split("\n"))
            parts.append(f"# %% [markdown]\n{lines}\n")
    return "\n".join(parts)


def assert_fit(mended, report, released=RELEASED):
    """What nbgrader and the gradebook rely on holds."""
    nbformat.validate(mended)
    MetadataValidator().validate_nb(mended)
    guarded = [cell for cell in mended.cells if grade_id_of(cell)]
    masters = [cell for cell in released.cells if grade_id_of(cell)]
    assert [cell.metadata for cell in guarded] == [cell.metadata for cell in masters]
    assert [cell.cell_type for cell in guarded] == [cell.cell_type for cell in masters]
    for cell, master in zip(guarded, masters):
        if not master.metadata.nbgrader.solution:
            assert cell.source == master.source
    assert not any(cell.get("outputs") for cell in mended.cells)
    deduplicated, _ = DeduplicateIds().preprocess(copy.deepcopy(mended), {})
    assert deduplicated == mended
    assert len(report) <= 20
    for line in report:
        assert len(line) <= 200 and not set(line) & set("<>&\n\r\x1b")


def assert_right(mended, *but):
    """Each solution cell has the right answer, except those that are named."""
    for name, source in FUNCTIONS.items():
        if name not in but:
            assert cell_of(mended, name).source == source, name
    for name in QUESTIONS:
        if name not in but:
            assert cell_of(mended, name).source.endswith(ANSWER), name
