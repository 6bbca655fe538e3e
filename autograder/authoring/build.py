"""Text to notebook: what a person edits, and what is made of it.

Sources are jupytext's py:percent. A lecture becomes one notebook beside it; an
assignment becomes the instructor's notebook, which nbgrader reads and git ignores, and
the released one, made by nbgrader's own preprocessors. Built twice, they have the same
bytes.
"""

import hashlib
import json
from pathlib import Path

import jupytext
import nbformat

from autograder import ROOT
from autograder.authoring.cells import assignment_metadata
from autograder.authoring.inline import bound_names, expand
from autograder.errors import AuthorError
from autograder.exercises.catalogue import exercises_of

__all__ = ["assignment_notebooks", "build", "derived_files", "stale_files"]

TABLE = "notebooks/built.json"  # Derived file: its source, and what it was when built.
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def build(root=ROOT, overwrite=False):
    """Write every notebook that is not what its source makes.

    Args:
        root: folder of the course.
        overwrite: also replace notebooks that a person has edited since they were built.

    Returns:
        Two lists of paths relative to ``root``: written, and kept because edited.

    Raises:
        AuthorError: if a source is wrong (file, line and grade_id); nothing is written.
    """
    root = Path(root)
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


def stale_files(root=ROOT):
    """Committed files that are not what their sources make, as paths under ``root``."""
    root = Path(root)
    files = derived_files(root)
    stale = [
        path
        for path, (_, content) in files.items()
        if path.startswith("notebooks/") and _digest(root / path) != _digest_of(content)
    ]
    return stale if _table(root) == _made(files) else [*stale, TABLE]


def derived_files(root=ROOT):
    """Every derived notebook: path -> (its source's path, its bytes)."""
    root, files = Path(root), {}
    for text in [root / "notebooks/index.py", *sorted(root.glob("notebooks/lectures/*.py"))]:
        if text.exists():
            source = text.relative_to(root).as_posix()
            content = _serialised(_notebook(text, root))
            files[text.with_suffix(".ipynb").relative_to(root).as_posix()] = (source, content)
    for text in sorted(root.glob("solutions/*.py")):
        source, name = text.relative_to(root).as_posix(), text.stem
        notebook, _, released = assignment_notebooks(text, root)
        files[f"solutions/{name}/{name}.ipynb"] = (source, _serialised(notebook))
        files[f"notebooks/assignments/{name}/{name}.ipynb"] = (source, released)
    return files


def assignment_notebooks(text, root=ROOT):
    """The instructor's notebook of an assignment's text, the released one, and its bytes."""
    notebook = _notebook(text, root, assignment=text.stem)
    released = _released(notebook)
    return notebook, released, _serialised(released)


def _notebook(text, root, assignment=None):
    source = text.read_text(encoding="utf-8")
    cells = jupytext.reads(source, fmt="py:percent").cells
    starts = [n for n, line in enumerate(source.splitlines(), start=1) if line.startswith("# %%")]
    if len(starts) != len(cells):
        raise AuthorError(f"{text.relative_to(root)}:1: the first line must start a cell ('# %%')")
    notebook = nbformat.v4.new_notebook(metadata=KERNEL)
    bound, ids = set(), set()
    for cell, line in zip(cells, starts):
        try:
            # jupytext notes an empty list of tags on some cells and not on others.
            metadata = {key: value for key, value in cell.metadata.items() if value != []}
            if assignment:
                metadata = assignment_metadata(cell.cell_type, cell.source, metadata, assignment)
            if cell.cell_type == "code":
                cell.source = expand(cell.source, root, bound)
                bound |= bound_names(cell.source)
            cell_id = _cell_id(cell, metadata, ids)
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


def _check_complete(notebook, assignment, text):
    asked = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells}
    for name in exercises_of(assignment):
        for grade_id in (name, f"check_{name}"):
            if grade_id not in asked:
                raise AuthorError(f"{text}:1: exercise {name} has no cell {grade_id}")


def _cell_id(cell, metadata, taken):
    """The grade_id, or else what the cell says: the same in every build."""
    grade_id = metadata.get("nbgrader", {}).get("grade_id")
    if grade_id in taken:
        raise AuthorError(f"grade_id {grade_id!r} stands twice in this notebook")
    digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
    base = grade_id or digest
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    cell_id = next(name for name in (base, *numbered) if name not in taken)
    taken.add(cell_id)
    return cell_id


def _released(notebook):
    """What nbgrader's generate_assignment makes, less its book-keeping in the gradebook."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.preprocessors import SaveCells

    released, resources = nbformat.from_dict(notebook), {"nbgrader": {}}
    for preprocessor in GenerateAssignment.preprocessors.default():
        if preprocessor is not SaveCells:
            released, resources = preprocessor().preprocess(released, resources)
    return released


def _serialised(notebook):
    nbformat.validate(notebook)
    return (nbformat.writes(notebook, version=4).rstrip("\n") + "\n").encode()


def _table(root):
    return json.loads((root / TABLE).read_text()) if (root / TABLE).exists() else {}


def _made(files):
    """The table of what was built, as it is written."""
    return {
        path: {"source": source, "sha256": _digest_of(content)}
        for path, (source, content) in files.items()
    }


def _digest(path):
    return _digest_of(path.read_bytes()) if path.exists() else None


def _digest_of(content):
    return hashlib.sha256(content).hexdigest()
