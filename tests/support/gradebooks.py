"""Empty nbgrader gradebooks for tests, in SQLite and on PostgreSQL."""

import contextlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy
from nbgrader.api import Gradebook
from postgresql import Server

__all__ = ["KINDS", "new_gradebook", "place_for"]

KINDS = ("SQLite", "PostgreSQL")


@dataclass(frozen=True)
class _InFile:
    """An SQLite gradebook in a folder of its own."""

    folder: Path

    @property
    def url(self):
        return f"sqlite:///{self.folder}/gradebook.db"

    def copy(self, folder):
        """URL of a copy in another folder."""
        return f"sqlite:///{shutil.copy(self.folder / 'gradebook.db', folder)}"


@dataclass(frozen=True)
class _Served:
    """A gradebook on a PostgreSQL server."""

    server: Server
    url: str

    def copy(self, folder):
        """URL of a copy on the same server."""
        return self.server.new_database(like=sqlalchemy.make_url(self.url).database)


def place_for(request, folder):
    """The place of a parametrised fixture's gradebook; it has a ``url``, and makes copies.

    Args:
        request: of the fixture; its parameter is one of ``KINDS``.
        folder: for SQLite's file.
    """
    if request.param == "SQLite":
        return _InFile(folder)
    server = request.getfixturevalue("postgresql")
    return _Served(server, server.new_database())


@contextlib.contextmanager
def new_gradebook(url, due, cells):
    """A new gradebook with assignment a2_vae and its cells: points and kind by name."""
    with pytest.MonkeyPatch.context() as patch:
        bin_folder = Path(sys.executable).parent  # nbgrader finds alembic there.
        patch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
        with Gradebook(url, "generative-models") as book:
            book.add_assignment("a2_vae", duedate=due)
            book.add_notebook("a2_vae", "a2_vae")
            for name, (points, kind) in cells.items():
                book.add_grade_cell(name, "a2_vae", "a2_vae", max_score=points, cell_type=kind)
            yield book
