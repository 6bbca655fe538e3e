"""Builds notebooks from the texts that people edit.

The texts are in jupytext's py:percent format. A lecture becomes one notebook beside it. An
assignment becomes two: the instructor's notebook, which nbgrader reads and git ignores, and
the released one, which nbgrader's own preprocessors make. Two builds give the same bytes.
"""

import hashlib
import json
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import jupytext
import nbformat

from autograder import ROOT
from autograder.authoring.cells import Metadata, assignment_metadata
from autograder.authoring.inline import bound_names, expand
from autograder.errors import AuthorError
from autograder.exercises.catalogue import exercises_of

__all__ = [
    "AssignmentNotebooks",
    "DerivedFile",
    "assignment_notebooks",
    "build",
    "derived_files",
    "stale_files",
]

TABLE = "notebooks/built.json"  # Of each derived file: its source, and its hash when built.
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


Table = dict[str, dict[str, str]]


class DerivedFile(NamedTuple):
    """A notebook that is made from a text: the path of that text, and the notebook's bytes."""

    source: str
    content: bytes


@dataclass(frozen=True)
class AssignmentNotebooks:
    """What an assignment's text becomes.

    Attributes:
        answers: the instructor's notebook.
        released: the notebook for students.
        content: the bytes of the released notebook.
    """

    answers: nbformat.NotebookNode
    released: nbformat.NotebookNode
    content: bytes


def build(root: Path = ROOT, overwrite: bool = False) -> tuple[list[str], list[str]]:
    """Write every notebook that differs from what its source makes.

    Args:
        root: folder of the course.
        overwrite: also replace notebooks that a person has edited since they were built.

    Returns:
        Two lists of paths relative to ``root``: written, and kept because they were edited.

    Raises:
        AuthorError: if a source is wrong (with file, line and grade_id); then nothing is
            written.
    """
    files, recorded = derived_files(root), _table(root)
    written, kept = [], []
    for path, (_, content) in files.items():
        if _digest(root / path) == _digest_of(content):
            continue
        edited = _digest(root / path) not in (None, recorded.get(path, {}).get("sha256"))
        if edited and not overwrite:
            kept.append(path)
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
        written.append(path)
    (root / TABLE).write_text(json.dumps(_made(files), indent=1) + "\n")
    return written, kept


def stale_files(root: Path = ROOT) -> list[str]:
    """Committed files that differ from what their sources make, as paths under ``root``."""
    files = derived_files(root)
    stale = [
        path
        for path, (_, content) in files.items()
        if path.startswith("notebooks/") and _digest(root / path) != _digest_of(content)
    ]
    return stale if _table(root) == _made(files) else [*stale, TABLE]


def derived_files(root: Path = ROOT) -> dict[str, DerivedFile]:
    """Every derived notebook, by its path under ``root``."""
    files = {}
    for text in [root / "notebooks/index.py", *sorted(root.glob("notebooks/lectures/*.py"))]:
        if text.exists():
            source = text.relative_to(root).as_posix()
            content = _serialised(_notebook(text, root))
            path = text.with_suffix(".ipynb").relative_to(root).as_posix()
            files[path] = DerivedFile(source, content)
    for text in sorted(root.glob("solutions/*.py")):
        source, name = text.relative_to(root).as_posix(), text.stem
        built = assignment_notebooks(text, root)
        answers = DerivedFile(source, _serialised(built.answers))
        files[f"solutions/{name}/{name}.ipynb"] = answers
        files[f"notebooks/assignments/{name}/{name}.ipynb"] = DerivedFile(source, built.content)
    return files


def assignment_notebooks(text: Path, root: Path = ROOT) -> AssignmentNotebooks:
    """The notebooks that an assignment's text becomes."""
    answers = _notebook(text, root, assignment=text.stem)
    released = _released(answers)
    return AssignmentNotebooks(answers, released, _serialised(released))


def _notebook(text: Path, root: Path, assignment: str | None = None) -> nbformat.NotebookNode:
    source = text.read_text(encoding="utf-8")
    cells = jupytext.reads(source, fmt="py:percent").cells
    starts = [n for n, line in enumerate(source.splitlines(), start=1) if line.startswith("# %%")]
    if len(starts) != len(cells):
        raise AuthorError(f"{text.relative_to(root)}:1: the first line must start a cell ('# %%')")
    notebook = nbformat.v4.new_notebook(metadata=KERNEL)
    bound: set[str] = set()
    ids: set[str] = set()
    for cell, line in zip(cells, starts):
        try:
            # jupytext writes an empty list of tags on some cells and not on others.
            metadata = {key: value for key, value in cell.metadata.items() if value != []}
            if assignment:
                metadata = assignment_metadata(cell.cell_type, cell.source, metadata, assignment)
            if cell.cell_type == "code":
                cell.source = expand(cell.source, root, bound)
                bound |= bound_names(cell.source)
            cell_id = _cell_id(cell, metadata, ids)
            ids.add(cell_id)
        except AuthorError as error:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            where = f"{text.relative_to(root)}:{line}" + (f" ({grade_id})" if grade_id else "")
            raise AuthorError(f"{where}: {error}") from None
        new = (
            nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
        )
        notebook.cells.append(new(cell.source, id=cell_id, metadata=metadata))
    if assignment:
        _check_complete(notebook, assignment, text.relative_to(root))
    return notebook


def _check_complete(notebook: nbformat.NotebookNode, assignment: str, text: Path) -> None:
    asked = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells}
    for name in exercises_of(assignment):
        for grade_id in (name, f"check_{name}"):
            if grade_id not in asked:
                raise AuthorError(f"{text}:1: exercise {name} has no cell {grade_id}")


def _cell_id(cell: nbformat.NotebookNode, metadata: Metadata, taken: Container[str]) -> str:
    """The grade_id, or else a hash of what the cell contains: the same in every build."""
    grade_id: str | None = metadata.get("nbgrader", {}).get("grade_id")
    if grade_id in taken:
        raise AuthorError(f"grade_id {grade_id!r} is used twice in this notebook")
    digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
    cell_id, number = grade_id or digest, 1
    while cell_id in taken:
        number += 1
        cell_id = f"{digest}-{number}"
    return cell_id


def _released(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """What nbgrader's generate_assignment makes, without its entries in the gradebook."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.preprocessors import SaveCells

    released = nbformat.from_dict(notebook)
    resources: dict[str, object] = {"nbgrader": {}}
    for preprocessor in GenerateAssignment.preprocessors.default():
        if preprocessor is not SaveCells:
            released, resources = preprocessor().preprocess(released, resources)
    return released


def _serialised(notebook: nbformat.NotebookNode) -> bytes:
    nbformat.validate(notebook)
    text: str = nbformat.writes(notebook, version=4)
    return (text.rstrip("\n") + "\n").encode()


def _table(root: Path) -> Table:
    """The table that the last build wrote."""
    if not (root / TABLE).exists():
        return {}
    table: Table = json.loads((root / TABLE).read_text())
    return table


def _made(files: dict[str, DerivedFile]) -> Table:
    """The table of these files."""
    return {
        path: {"source": file.source, "sha256": _digest_of(file.content)}
        for path, file in files.items()
    }


def _digest(path: Path) -> str | None:
    return _digest_of(path.read_bytes()) if path.exists() else None


def _digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
