"""Copies a gradebook to another database, for example from SQLite on a laptop to a server.

Tools that know only the two databases get nbgrader's dates and extensions wrong, because SQLite
has no type for either. SQLAlchemy knows the types from nbgrader's tables, and writes what it reads.
"""

import sqlalchemy
from nbgrader.api import Base, Gradebook

from autograder.errors import UsageError

__all__ = ["copy_gradebook"]

ROWS_IN_MEMORY = 1_000


def copy_gradebook(source: str, target: str) -> dict[str, int]:
    """Copy a whole gradebook into an empty one; if something fails, copy nothing.

    Args:
        source, target: URLs for SQLAlchemy. The source stays as it is.

    Returns:
        Number of rows by table.

    Raises:
        UsageError: if one of them cannot be opened, or the target is not empty.
    """
    counts = {}
    try:
        Gradebook(target, course_id="").close()  # Makes the tables, but no course in them.
        with _engine(source).connect() as old, _engine(target).begin() as new:
            for table in Base.metadata.sorted_tables:
                if new.execute(sqlalchemy.select(table).limit(1)).first():
                    raise UsageError(
                        f"the new database is not empty: its table {table.name} has rows. Give the "
                        "URL of an empty database"
                    )
                counts[table.name] = 0
                found = old.execute(sqlalchemy.select(table)).mappings()
                for rows in found.partitions(ROWS_IN_MEMORY):
                    new.execute(table.insert(), [dict(row) for row in rows])
                    counts[table.name] += len(rows)
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(f"the gradebook cannot be copied: {reason}") from None
    return counts


def _engine(url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
