"""What the name of a submitted file says, in each way in which it can be read.

Whose file it is finds autograder/lms/file_owners.py.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, IntEnum

from autograder.text import plain

__all__ = [
    "SHOWN_NAME",
    "FileName",
    "Fit",
    "Person",
    "Reading",
    "Stranger",
    "Unknown",
    "fit_of",
    "folded",
    "shown",
]

SHOWN_NAME = 40  # Characters of a name in a sentence.


class Unknown(Enum):
    """Why it cannot be said whose file it is."""

    NOBODY = "not in the gradebook"
    NOT_IN_ROSTER = "not in the roster"
    SEVERAL = "a name or id that several students have"
    OTHER_NAME = "the number is one student's and the name is not theirs: a group's file, or forged"
    ANONYMOUS = "anonymous: show the names in the system, then download again"
    TWO_WAYS = "the file's name can be read in two ways"
    SAME_NAME = (
        "somebody of this name is in the gradebook under another id: give them the roster's id "
        "with 'nbgrader db student add ID --lms-user-id=NUMBER', or add the second one so"
    )
    SEVERAL_NUMBERS = "several people in the system, and one of that name in the gradebook"
    NO_ID = "no login or id in the roster that can be a student's id here"
    TAKEN = "their id in the roster is another student's in the gradebook"


@dataclass(frozen=True)
class Stranger:
    """Somebody whose student is not known, and why; ``detail`` is safe to print."""

    reason: Unknown
    detail: str = ""


@dataclass(frozen=True)
class FileName:
    """What the name of a submitted file says.

    ``file_id`` is the name that the student gave it. ``order`` grows from one file to the next,
    where the system counts them; 0 elsewhere.
    """

    name: str
    lms_id: str
    file_id: str
    order: int = 0
    is_late: bool = False
    is_anonymous: bool = False


@dataclass(frozen=True)
class Person:
    """A person in a roster, with the id that they are to have in the gradebook."""

    student: str
    first_name: str
    last_name: str
    email: str | None = None
    lms_user_id: str | None = None


class Fit(IntEnum):
    """How well the name in a file's name fits the person with the number beside it."""

    NOBODY = 0  # No person has that number or name.
    OTHER = 1  # No part of the person's name is in it.
    UNKNOWN = 2  # The person has no name here.
    PART = 3
    WHOLE = 4


@dataclass(frozen=True)
class Reading:
    """One way to read a file's name, whose file that would be, and how well the name fits."""

    file: FileName
    student: str | Stranger
    fit: Fit


def fit_of(written: str, first: str, last: str, spellings: Collection[str]) -> Fit:
    """How well the name that a system wrote into a file's name fits that of a person.

    Args:
        written: the name in the file's.
        first, last: the person's names, empty where they are not known.
        spellings: the ways in which the system writes them, ``folded``.
    """
    if not folded(first + last):
        return Fit.UNKNOWN
    if folded(written) in spellings:
        return Fit.WHOLE
    letters = _without_accents(written)
    known = {_without_accents(part) for part in re.findall(r"\w+", f"{first} {last}")} - {""}
    # A single Latin letter is an initial, and stands in every name.
    telling = {part for part in known if len(part) > 1 or not part.isascii()}
    return Fit.PART if any(part in letters for part in telling or known) else Fit.OTHER


def folded(name: str) -> str:
    """A name as it is compared: only its letters and digits, in one case and one encoding."""
    name = unicodedata.normalize("NFC", name).casefold()
    return "".join(character for character in name if character.isalnum())


def shown(file: FileName) -> str:
    """Name and number in a file's name, safe to print."""
    number = f" ({plain(file.lms_id, SHOWN_NAME)})" if file.lms_id else ""
    return f"{plain(file.name, SHOWN_NAME)}{number}"


def _without_accents(name: str) -> str:
    """As ``folded``, and without the accents, which not every system keeps."""
    letters = unicodedata.normalize("NFKD", folded(name))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
