"""Reads a Python script that was handed in instead of a notebook."""

import re
import warnings

from autograder.errors import RefusedError
from autograder.submission.student_cells import MAX_CELLS

__all__ = ["cells_of_script"]

MAX_SCRIPT = 200_000  # Characters; jupytext needs about a second for that many.
MAX_BLANK_LINES = 4_000  # jupytext takes a blank line for the end of a cell.
CELL_MARK = re.compile(r"^# ?%%", re.MULTILINE)
EXPORT_MARK = re.compile(r"^# In\s?\[[ \d]*\]:[ \t]*$", re.MULTILINE)  # nbconvert --to script
INSTEAD = "hand in the notebook itself"


def cells_of_script(name: str, text: str) -> list[dict[str, object]]:
    """The cells of a script as nbformat 4 has them. Nothing is executed.

    Args:
        name: the file's name, safe to print.
        text: the script, with cell marks (``# %%``) or without.

    Raises:
        RefusedError: if it is too long, or jupytext cannot read it.
    """
    import jupytext

    if len(text) > MAX_SCRIPT or text.count("\n\n") > MAX_BLANK_LINES:
        raise RefusedError(
            f"{name} is a script of {len(text):,} characters, too long to be an answer: {INSTEAD}"
        )
    if len(CELL_MARK.findall(text)) > MAX_CELLS:
        raise RefusedError(f"{name} has more than {MAX_CELLS:,} cells: {INSTEAD}")
    layout = "percent" if CELL_MARK.search(text) else "light"
    text = EXPORT_MARK.sub("", _without_header(text.replace("\r\n", "\n")))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cells = jupytext.reads(text, fmt={"extension": ".py", "format_name": layout}).cells
    except Exception:  # jupytext does not promise which error it raises for a bad script.
        raise RefusedError(f"{name} cannot be read as a script: {INSTEAD}") from None
    return [dict(cell, id=None) for cell in cells]  # jupytext's ids are random.


def _without_header(text: str) -> str:
    """The script without jupytext's YAML header: aliases in YAML can fill any memory."""
    lines = text.split("\n")
    marks = [number for number, line in enumerate(lines) if line.strip(" #\t") == "---"]
    if len(marks) > 1 and all(line.startswith("#") for line in lines[: marks[1]]):
        lines = lines[marks[1] + 1 :]
    return "\n".join(line for line in lines if line.strip(" #\t") != "---")
