"""A seed for each attempt: what a student saw of one grading is no answer in the next.

The class has one secret seed. A student's first hand-in of an assignment is graded at a seed
made from it, the second at another, and so on. So numbers copied from feedback, or inputs that
a submission read while it ran, match nothing when they are handed in. The same content always
has the same number, so that a regrade gives the same marks.
"""

import hashlib
import os
import tempfile
from pathlib import Path

__all__ = ["ATTEMPTS", "attempt_at", "digest_of", "seed_of"]

ATTEMPTS = 16  # Seeds of an assignment, each with an answer key; further attempts start over.


def seed_of(class_seed: int, assignment: str, attempt: int) -> int:
    """The seed of an attempt, from which neither the class's nor another attempt's follows.

    Args:
        class_seed: the class's secret seed.
        assignment: its name; a seed that was seen in one assignment is none of the next.
        attempt: counted from 1; ``ATTEMPTS`` later the same seed comes again.
    """
    turn = (attempt - 1) % ATTEMPTS
    digest = hashlib.sha256(f"{class_seed} {assignment} {turn}".encode()).digest()
    return int.from_bytes(digest[:7], "big")


def digest_of(submitted: Path) -> str:
    """Digest of the notebooks in a submission's folder: their names and contents."""
    digest = hashlib.sha256()
    for path in sorted(submitted.glob("*.ipynb")):
        if path.is_file() and not path.is_symlink():
            for part in (os.fsencode(path.name), path.read_bytes()):
                digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def attempt_at(folder: Path, digest: str) -> int:
    """The number of an attempt, from 1: its content's first one, or the next that is free.

    Several graders may ask at once. If the folder is lost, contents get numbers again as they
    are graded: other seeds, the same marks.

    Args:
        folder: of one student at one assignment; made if it is not there. It has a file per
            attempt, named by its number, with the content's digest in it.
        digest: of what was handed in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = folder / str(number)
        if _noted(path, digest):
            return number
        if path.read_text() == digest:
            return number
        number += 1


def _noted(path: Path, digest: str) -> bool:
    """Write the digest to a file, unless the file is there; True if it was not."""
    if path.exists():
        return False
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:
        draft.write(digest)
        draft.flush()
        os.chmod(draft.name, 0o644)  # Another instructor of the class may have another account.
        try:
            os.link(draft.name, path)  # Whole or not at all, and never over another's.
        except FileExistsError:
            return False
        except OSError:  # This file system has no hard links.
            return _noted_in_place(path, digest)
    return True


def _noted_in_place(path: Path, digest: str) -> bool:
    try:
        with path.open("x") as file:
            file.write(digest)
    except FileExistsError:
        return False
    return True
