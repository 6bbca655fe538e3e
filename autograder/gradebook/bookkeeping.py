"""nbgrader's own steps, with fewer trips to the database: a class has hundreds of submissions.

Each gives what nbgrader's gives; a test holds them to it.
"""

import contextlib
import functools
import json
import threading

from nbgrader import api, preprocessors
from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor
from sqlalchemy import Index, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import (
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
    "SaveAutoGrades",
    "at_the_desk",
    "away_from_the_desk",
    "cells_of",
    "shared_connections",
]


# nbgrader and what it uses are not made for threads: they set the working directory, variables
# and warnings of the whole process, and trees that CPython 3.11 parses in two threads break
# each other. So one thread at a time keeps the books, and gives way while its cells run.
_DESK, _seat = threading.Lock(), threading.local()


@contextlib.contextmanager
def at_the_desk():
    """Be the one thread that keeps books."""
    with _DESK:
        _seat.taken = True
        try:
            yield
        finally:
            _seat.taken = False


@contextlib.contextmanager
def away_from_the_desk():
    """Let others keep books meanwhile, if this thread does."""
    if not getattr(_seat, "taken", False):
        yield
        return
    _seat.taken = False
    _DESK.release()
    try:
        yield
    finally:
        _DESK.acquire()
        _seat.taken = True


class OverwriteCells(preprocessors.OverwriteCells):
    """nbgrader's, with one look at the assignment's cells instead of two a cell."""

    def preprocess(self, nb, resources):
        if self.add_missing_cells:
            return super().preprocess(nb, resources)
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(ids["notebook"], ids["assignment"])
            sources = gradebook.db.query(api.SourceCell)
            self.gradebook = _Looked(
                source_cell=sources.filter(api.SourceCell.notebook_id == notebook.id),
                graded_cell=[*notebook.grade_cells, *notebook.task_cells],
            )
            self.notebook_id, self.assignment_id = ids["notebook"], ids["assignment"]
            return NbGraderPreprocessor.preprocess(self, nb, resources)


class SaveAutoGrades(preprocessors.SaveAutoGrades):
    """nbgrader's, in one transaction a notebook: marks are never half written."""

    def preprocess(self, nb, resources):
        with _read_at_once(self, resources) as notebook:
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
            object_session(notebook).commit()
        return nb, resources


class GetGrades(preprocessors.GetGrades):
    """nbgrader's, for feedback, with one look at the notebook's grades and comments."""

    def preprocess(self, nb, resources):
        with _read_at_once(self, resources) as notebook:
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
            penalty = notebook.late_submission_penalty or 0
            told = {"score": notebook.score - penalty, "max_score": notebook.max_score}
            resources["nbgrader"].update(told, late_penalty=penalty)
        return nb, resources


@contextlib.contextmanager
def _read_at_once(step, resources):
    """The submitted notebook; its grades and comments are all that ``step`` finds meanwhile."""
    ids = resources["nbgrader"]
    names = ids["notebook"], ids["assignment"], ids["student"]
    with Gradebook(ids["db_url"]) as gradebook:
        notebook = gradebook.find_submission_notebook(*names)
        cells = cells_of(notebook)  # noqa: F841 -- kept until the step is done
        step.gradebook = _Looked(grade=notebook.grades, comment=notebook.comments)
        step.notebook_id, step.assignment_id, step.student_id = names
        yield notebook


class CheckCellMetadata(preprocessors.CheckCellMetadata):
    """nbgrader's; metadata that have passed once, as those of a repaired notebook, pass again."""

    passed = set()  # noqa: RUF012 -- of the whole process

    def preprocess(self, nb, resources):
        noted = [[cell.cell_type, cell.metadata.get("nbgrader")] for cell in nb.cells]
        noted = json.dumps([note for note in noted if note[1]], sort_keys=True)
        if noted not in self.passed:
            super().preprocess(nb, resources)
            self.passed.add(noted)
        return nb, resources


def cells_of(notebook):
    """All cells and grades of a submitted notebook, read at once.

    What is in the session already, SQLAlchemy does not ask for again: grades and comments
    look up the names and points of their cells one by one.
    """
    session = object_session(notebook)
    kinds = with_polymorphic(api.BaseCell, [api.GradeCell, api.SolutionCell, api.TaskCell])
    cells = session.query(kinds).filter(kinds.notebook_id == notebook.notebook_id)
    grades = session.query(Grade).filter(Grade.notebook_id == notebook.id)
    return [*cells, *grades.options(undefer(Grade.max_score))]


@contextlib.contextmanager
def shared_connections():
    """Let all gradebooks of this process on one database share what they have in common.

    nbgrader opens the database a dozen times a submission, each time with an engine for
    which SQLAlchemy compiles the same statements again, asks whether all tables are there,
    and hangs up afterwards: to a server that is a new connection, a process there.
    """
    Gradebook.__init__, Gradebook.close = _open, _close
    try:
        yield
    finally:
        Gradebook.__init__, Gradebook.close = _first_time, _hang_up
        while _engines:
            _engines.popitem()[1].dispose()


_first_time, _hang_up = Gradebook.__init__, Gradebook.close
_engines = {}
# nbgrader has none, and looks through the whole class for each submission's grades.
_INDICES = [
    Index(f"ix_{column.table.name}_{column.name}", column)
    for column in (
        Grade.__table__.c.notebook_id,
        api.Comment.__table__.c.notebook_id,
        api.SubmittedNotebook.__table__.c.assignment_id,
    )
]


def _open(self, db_url, course_id="default_course", authenticator=None):
    if (db_url, course_id) not in _engines:
        _first_time(self, db_url, course_id, authenticator)
        _add_indices(self.engine)
        _engines[db_url, course_id] = self.engine
        return
    self.engine = _engines[db_url, course_id]
    self.db = scoped_session(sessionmaker(autoflush=True, bind=self.engine, future=True))
    self.course_id, self.authenticator = course_id, authenticator


def _add_indices(engine):
    for index in _INDICES:
        there = {each["name"] for each in inspect(engine).get_indexes(index.table.name)}
        # Another grader may have just made it, or this one may not: then it is slower.
        with contextlib.suppress(DBAPIError):
            if index.name not in there:
                index.create(engine)


def _close(self):
    self.db.remove()
    if self.engine not in _engines.values():  # Opened before they were shared.
        self.engine.dispose()


class _Looked:
    """Stands for a ``Gradebook`` whose entries were all read before; ``commit`` comes later."""

    def __init__(self, **entries):
        self.db = self
        for kind, found in entries.items():
            by_name = {entry.name: entry for entry in found}
            setattr(self, f"find_{kind}", functools.partial(self._find, kind, by_name))

    def commit(self):
        """Not yet: the caller does, once for all."""

    def _find(self, kind, by_name, name, *_):
        if name not in by_name:
            raise MissingEntry(f"No such {kind.replace('_', ' ')}: {name}")
        return by_name[name]
