"""Does a released notebook ask for a function without telling it?"""

import functools

from autograder.authoring.build import assignment_notebooks
from autograder.authoring.case import Breach
from autograder.judging.check_cells import checked

__all__ = ["release_tells"]

SHORTEST = 16  # Characters of a line that says enough to be a leak; 'return x' says nothing.


def release_tells(case):
    """A ``Breach`` for each thing that a case's release lacks, or gives away."""
    source = f"solutions/{case.assignment}.py"
    answers, released, stale = _notebooks(case.assignment, case.root)
    cells = {cell.id: cell for cell in released.cells}
    function, check = cells[case.name].source, cells[f"check_{case.name}"].source
    if not function.endswith("raise NotImplementedError()") or not checked(check):
        yield Breach(
            "the release does not ask for the function",
            f"{source}, cell {case.name}",
            f"'# inline: solution' with {case.name} last, and a cell of 'check({case.name}, "
            "points=...)' alone",
            f"{function.splitlines()[-1]!r} and {check.splitlines()[0]!r}",
            "bring the cells into the form of the other exercises",
        )
    (answer,) = (cell.source for cell in answers.cells if cell.id == case.name)
    body = answer.partition("### BEGIN SOLUTION\n")[2].partition("    ### END SOLUTION")[0]
    lines = [line for line in map(str.strip, body.splitlines()) if len(line) >= SHORTEST]
    for line in dict.fromkeys([*lines, "SOLUTION"]):  # The last is nbgrader's mark.
        for cell in released.cells:
            if line in cell.source:
                yield Breach(
                    "the release tells a line of the answer",
                    f"{source}, cell {cell.id}",
                    "no line of the reference's body",
                    line,
                    "say it in other words, or give it away on purpose: out of the function",
                )
    if stale:
        yield Breach(
            "the released notebook is not what its text makes",
            stale,
            "the notebook as it would be built now",
            "another one, or none",
            "make build",
        )


@functools.cache
def _notebooks(assignment, root):
    """The instructor's notebook, the released one, and where that is not yet written."""
    answers, released, content = assignment_notebooks(root / f"solutions/{assignment}.py", root)
    path = root / f"notebooks/assignments/{assignment}/{assignment}.ipynb"
    is_fresh = path.exists() and path.read_bytes() == content
    return answers, released, None if is_fresh else path.relative_to(root).as_posix()
