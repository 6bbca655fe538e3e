"""Database connections that all gradebooks of a process share while a class is graded."""

import contextlib
from collections.abc import Iterator
from typing import Any

from nbgrader import api
from nbgrader.api import Grade, Gradebook
from sqlalchemy import Engine, Index, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import scoped_session, sessionmaker

__all__ = ["shared_connections"]


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
