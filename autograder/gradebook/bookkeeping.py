"""nbgrader's own steps, with fewer queries and connections: a class has hundreds of submissions.

Each step gives the same result as nbgrader's; a test compares them.
"""

import contextlib
import functools
import json
from collections.abc import Iterable, Iterator
from typing import Any, cast

from nbformat import NotebookNode
from nbgrader import api, preprocessors
from nbgrader.api import Grade, Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy import Engine, Index, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import (
    Session,
    object_session,
    scoped_session,
    sessionmaker,
    undefer,
    with_polymorphic,
)

__all__ = [
    "CheckCellMetadata",
    "GetGrades",
    "OverwriteCells",
    "Resources",
    "SaveAutoGrades",
    "cells_in_memory",
    "shared_connections",
]

Resources = dict[str, Any]  # nbconvert's; nbgrader's ids and URL are below 'nbgrader'.


class OverwriteCells(preprocessors.OverwriteCells):
    """nbgrader's step, with one query for the assignment's cells instead of two per cell."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        if self.add_missing_cells:
            return super().preprocess(nb, resources)  # type: ignore[no-any-return]
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(ids["notebook"], ids["assignment"])
            sources = gradebook.db.query(api.SourceCell)
            self.gradebook = _EntriesInMemory(
                source_cell=sources.filter(api.SourceCell.notebook_id == notebook.id),
                graded_cell=[*notebook.grade_cells, *notebook.task_cells],
            )
            self.notebook_id, self.assignment_id = ids["notebook"], ids["assignment"]
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
        return nb, resources


class SaveAutoGrades(preprocessors.SaveAutoGrades):
    """nbgrader's step, in one transaction per notebook: either all its marks are there or none."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        with _submitted_notebook_of(self, resources) as notebook:
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
            _session(notebook).commit()
        return nb, resources


class GetGrades(preprocessors.GetGrades):
    """nbgrader's step for feedback, with the notebook's grades and comments read at once."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        with _submitted_notebook_of(self, resources) as notebook:
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
            penalty = notebook.late_submission_penalty or 0
            resources["nbgrader"].update(
                score=notebook.score - penalty,
                max_score=notebook.max_score,
                late_penalty=penalty,
            )
        return nb, resources


class CheckCellMetadata(preprocessors.CheckCellMetadata):
    """nbgrader's step; it does not check again metadata that have passed, as most do.

    Submissions of one assignment have the same metadata once they are repaired.
    """

    passed: set[str] = set()  # noqa: RUF012 -- shared by all instances of the process

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        noted = [
            (cell.cell_type, cell.metadata["nbgrader"])
            for cell in nb.cells
            if cell.metadata.get("nbgrader")
        ]
        text = json.dumps(noted, sort_keys=True)
        if text not in self.passed:
            super().preprocess(nb, resources)
            self.passed.add(text)
        return nb, resources


@contextlib.contextmanager
def cells_in_memory(*notebooks: SubmittedNotebook) -> Iterator[None]:
    """Read all cells and grades of submitted notebooks at once, and keep them while inside.

    Grades and comments look up the names and points of their cells one by one. SQLAlchemy does
    not query for an object that its session knows, but the session forgets every object that
    nobody else refers to; the list here does.
    """
    kept = [entry for notebook in notebooks for entry in _cells_and_grades(notebook)]
    try:
        yield
    finally:
        kept.clear()


def _cells_and_grades(notebook: SubmittedNotebook) -> list[Any]:
    session = _session(notebook)
    kinds = with_polymorphic(api.BaseCell, [api.GradeCell, api.SolutionCell, api.TaskCell])
    cells = session.query(kinds).filter(kinds.notebook_id == notebook.notebook_id)
    grades = session.query(Grade).filter(Grade.notebook_id == notebook.id)
    return [*cells, *grades.options(undefer(Grade.max_score))]


def _session(notebook: SubmittedNotebook) -> Session:
    return cast(Session, object_session(notebook))  # It was read from an open gradebook.


@contextlib.contextmanager
def _submitted_notebook_of(
    step: NbGraderPreprocessor, resources: Resources
) -> Iterator[SubmittedNotebook]:
    """The submitted notebook; ``step`` finds its grades and comments without a query inside."""
    ids = resources["nbgrader"]
    names = ids["notebook"], ids["assignment"], ids["student"]
    with Gradebook(ids["db_url"]) as gradebook:
        notebook = gradebook.find_submission_notebook(*names)
        with cells_in_memory(notebook):
            step.gradebook = _EntriesInMemory(grade=notebook.grades, comment=notebook.comments)
            step.notebook_id, step.assignment_id, step.student_id = names
            yield notebook


class _EntriesInMemory:
    """Stands in for a ``Gradebook``, with entries that were read before: ``find_grade`` and so on.

    ``commit`` does nothing: the caller commits once, at the end.
    """

    def __init__(self, **entries: Iterable[Any]) -> None:
        self.db = self
        for kind, found in entries.items():
            by_name = {entry.name: entry for entry in found}
            setattr(self, f"find_{kind}", functools.partial(self._find, kind, by_name))

    def commit(self) -> None:
        """Do nothing."""

    def _find(self, kind: str, by_name: dict[str, Any], name: str, *_: str) -> Any:
        if name not in by_name:
            raise MissingEntry(f"No such {kind.replace('_', ' ')}: {name}")
        return by_name[name]


@contextlib.contextmanager
def shared_connections() -> Iterator[None]:
    """Let all gradebooks of this process on one database share an engine and its connections.

    nbgrader opens the database a dozen times per submission. Each time it makes a new engine,
    for which SQLAlchemy compiles the same statements again and checks that all tables exist, and
    then it disconnects. On a server, each connection is a new process.
    """
    Gradebook.__init__, Gradebook.close = _open, _close
    try:
        yield
    finally:
        Gradebook.__init__, Gradebook.close = _nbgraders_init, _nbgraders_close
        while _engines:
            _engines.popitem()[1].dispose()


_nbgraders_init, _nbgraders_close = Gradebook.__init__, Gradebook.close
_engines: dict[tuple[str, str], Engine] = {}  # By URL and course.
# Indexes by table and column. nbgrader has none, so it reads the whole class to find the grades
# of one submission.
_INDEXES = {
    column.table.name: Index(f"ix_{column.table.name}_{column.name}", column)
    for column in (
        Grade.__table__.c.notebook_id,
        api.Comment.__table__.c.notebook_id,
        api.SubmittedNotebook.__table__.c.assignment_id,
    )
}


def _open(
    self: Gradebook, db_url: str, course_id: str = "default_course", authenticator: Any = None
) -> None:
    if (db_url, course_id) not in _engines:
        _nbgraders_init(self, db_url, course_id, authenticator)
        _add_indexes(self.engine)
        _engines[db_url, course_id] = self.engine
        return
    self.engine = _engines[db_url, course_id]
    self.db = scoped_session(sessionmaker(autoflush=True, bind=self.engine, future=True))
    self.course_id, self.authenticator = course_id, authenticator


def _add_indexes(engine: Engine) -> None:
    for table, index in _INDEXES.items():
        present = {each["name"] for each in inspect(engine).get_indexes(table)}
        # Another grader may have made it just now, or this one may lack the permission. Without
        # an index grading is slower, and no less right.
        with contextlib.suppress(DBAPIError):
            if index.name not in present:
                index.create(engine)


def _close(self: Gradebook) -> None:
    self.db.remove()
    if self.engine not in _engines.values():  # It was opened before connections were shared.
        self.engine.dispose()
