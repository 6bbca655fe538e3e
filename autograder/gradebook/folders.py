"""Folders that nbgrader expects to be there, and the seed of a class. nbgrader_config.py uses both.

Every command of nbgrader and JupyterLab reads nbgrader_config.py, so this imports nothing heavy.
"""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

__all__ = ["class_seed", "make_folders"]

FOR_ALL = 0o1777  # Everyone may write, but rename or remove only what is theirs (sticky bit).


def make_folders(classroom: Path, my_assignments: Path, exchange: Path) -> None:
    """Make the folders that are missing, where this user may.

    nbgrader fails on a missing folder instead of making it: SQLite in the classroom, Lab's
    assignment list in the exchange and in the folder that it fetches into. If one cannot be made
    here, nbgrader names it when it needs it.

    Args:
        classroom: folder of the class.
        my_assignments: where Lab's assignment list puts what it fetches.
        exchange: through which a class hands out and in; everyone writes into it.
    """
    for folder, mode in [(classroom, 0o755), (my_assignments, 0o755), (exchange, FOR_ALL)]:
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True)
            folder.chmod(mode)


def class_seed(classroom: Path) -> int | None:
    """The seed that a class is graded at, drawn the first time.

    It stays beside the gradebook, so that grading again gives the same marks.

    Returns:
        The seed, or None for a user who may not read it, such as a student on a shared machine.
    """
    path = classroom / "seed"
    if not path.exists():
        with contextlib.suppress(OSError):  # This user may not write there.
            _draw(path)
    return int(path.read_text()) if os.access(path, os.R_OK) else None


def _draw(path: Path) -> None:
    # Written to another file and then linked, so that no process ever finds it empty.
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        file.write(str(secrets.randbits(60)))
    try:
        with contextlib.suppress(FileExistsError):  # Another process was faster: its seed counts.
            os.link(draft, path)
    finally:
        os.unlink(draft)
