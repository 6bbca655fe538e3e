"""A gradebook copied to another database, as from the SQLite of one laptop to a server.

Tools that know only the two databases get nbgrader's dates and extensions wrong: SQLite has no
type for either. SQLAlchemy has both tables from nbgrader, and writes what it reads.
"""

import sqlalchemy
from nbgrader.api import Base, Gradebook

from autograder.errors import UsageError

__all__ = ["copy_gradebook"]

AT_ONCE = 1_000  # Rows in memory.


def copy_gradebook(source, target):
    """Copy all of a gradebook into an empty one, or nothing of it.

    Args:
        source, target: URLs for SQLAlchemy. The source stays as it is.

    Returns:
        Number of rows by table.

    Raises:
        UsageError: if one of them cannot be opened, or there is something in the target.
    """
    counts = {}
    try:
        Gradebook(target, course_id="").close()  # Makes the tables, and no course in them.
        with _engine(source).connect() as old, _engine(target).begin() as new:
            for table in Base.metadata.sorted_tables:
                if new.execute(sqlalchemy.select(table).limit(1)).first():
                    raise UsageError(
                        f"there is something in {table.name} there: copy to an empty one"
                    )
                counts[table.name] = 0
                for rows in old.execute(sqlalchemy.select(table)).mappings().partitions(AT_ONCE):
                    new.execute(table.insert(), [dict(row) for row in rows])
                    counts[table.name] += len(rows)
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        said = str(error).partition("\n")[0]
        raise UsageError(f"the gradebook cannot be copied: {said}") from None
    return counts


def _engine(url):
    return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
