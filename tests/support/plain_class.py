"""A class whose notebook has asserts and a written answer, so its cells run in no time."""

import nbformat

from autograder.gradebook.classroom import Classroom

__all__ = ["make_plain_class", "plain_classroom"]

# Solution and test cells of an author who does not use this course's exercises.
STUDENT = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
NOISE = "import sys\nprint('cpu feature guard', file=sys.stderr)"
OWN = [
    ("double", None, STUDENT),
    ("asserts", 2, f"{NOISE}\nassert double(2) == 4"),
    ("data", 1, "assert double(int(open('data.txt').read())) == 42"),
    ("partial", 3, "double(1) if double(1) <= 2 else 99"),
    (
        "withheld",
        1,
        "import importlib.util\nassert not importlib.util.find_spec('autograder.judging')",
    ),
]


def own_notebook():
    """The author's notebook, with the solution."""
    cells = []
    for name, points, source in OWN:
        cell = nbformat.v4.new_code_cell(source)
        noted = {"grade_id": name, "schema_version": 3, "task": False, "locked": points is not None}
        noted |= {"grade": points is not None, "solution": points is None}
        cell.metadata.nbgrader = noted | ({"points": points} if points else {})
        cells.append(cell)
    written = nbformat.v4.new_markdown_cell("YOUR ANSWER HERE")
    written.metadata.nbgrader = {"grade_id": "why", "schema_version": 3, "task": False} | {
        "locked": False, "grade": True, "solution": True, "points": 4
    }  # fmt: skip
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.v4.new_notebook(cells=[*cells, written], metadata=kernel)


def plain_classroom(folder):
    """The ``Classroom`` in a folder, which also holds the assignment's source and release."""
    directories = {
        "source_directory": str(folder / "source"),
        "release_directory": str(folder / "release"),
        "include": ["*.ipynb", "data.txt"],
    }
    return Classroom(folder, {"CourseDirectory": directories})


def make_plain_class(folder, answers):
    """A class that handed in the assignment ``own``; ``answers`` are function bodies by student."""
    source = folder / "source" / "own"
    source.mkdir(parents=True)
    nbformat.write(own_notebook(), source / "own.ipynb")
    (source / "data.txt").write_text("21")
    classroom = plain_classroom(folder)
    outcome = classroom.api.generate_assignment("own", force=True, create=True)
    assert outcome["success"], outcome
    released = nbformat.read(folder / "release" / "own" / "own.ipynb", as_version=4)
    for student, answer in answers.items():
        handed_in = classroom.path("submitted", student, "own")
        handed_in.mkdir(parents=True)
        released.cells[0].source = f"def double(x):\n    {answer}"
        released.cells[-1].source = "Because twice is two times."
        nbformat.write(released, handed_in / "own.ipynb")
    return classroom
