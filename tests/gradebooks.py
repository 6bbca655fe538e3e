"""Gradebooks of nbgrader's without a class that was graded."""

import contextlib
import os
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

__all__ = ["new_gradebook"]


@contextlib.contextmanager
def new_gradebook(file, due, cells):
    """A new gradebook in a file, with assignment a2_vae and its cells: points and kind by name."""
    with pytest.MonkeyPatch.context() as patch:
        bin_folder = Path(sys.executable).parent  # Where nbgrader finds alembic.
        patch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
        with Gradebook(f"sqlite:///{file}", "generative-models") as book:
            book.add_assignment("a2_vae", duedate=due)
            book.add_notebook("a2_vae", "a2_vae")
            for name, (points, kind) in cells.items():
                book.add_grade_cell(name, "a2_vae", "a2_vae", max_score=points, cell_type=kind)
            yield book
