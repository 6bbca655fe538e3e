"""Which submissions are alike in what is their own: fingerprints of functions, by copydetect.

Compared is everything that a student defined, together, by winnowing (Schleimer, Wilkerson and
Aiken, 2003) at window 1, so that no fingerprint is left out. Names, comments, docstrings, layout
and quotes count nothing. Whatever also stands in the course, in its known mistakes or in the
release is taken out first. Right answers to small questions are alike by nature: where an answer
is the course's own, nothing is left that could be compared, and that is said.

Two numbers were chosen by data, see ``test_similarity.py``: of the right answers in
``tests/styles``, each style being a student of their own, no pair reaches SHARE; copies with
every name changed are above it.
"""

import ast
import io
import itertools
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder import ROOT
from autograder.errors import RefusedError, UsageError
from autograder.submission.parse import Parser, normalised
from autograder.submission.read import check_folder, read_submission
from autograder.submission.repair import repair

__all__ = [
    "LEAST",
    "SHARE",
    "Comparison",
    "Pair",
    "compare",
    "compare_class",
    "fingerprints",
    "given_code",
]

LENGTH = 20  # Characters of one fingerprint, names counting one each.
SHARE = 0.5  # Of what is one's own that also the other has.
LEAST = 120  # Characters in common; what two share by chance in a short answer is less.
LEAST_OWN = 150  # Characters of one's own, without which nothing can be said.
MOST_PAIRS = 50  # Shown with their texts.
SHOWN = 0.25  # Of a function that is shared, for it to be shown.


@dataclass(frozen=True)
class Pair:
    """Two students with much in common.

    ``shares`` are how much of each one's own code also the other has, in [0, 1]; ``length``
    in characters with names counting one; ``texts`` the functions concerned, as they wrote them.
    """

    students: tuple
    shares: tuple
    length: int
    texts: tuple


@dataclass
class Comparison:
    """A class compared: ``Pair``s, the most alike first; who has too little that is their own;
    who cannot be read, with the reason."""

    pairs: list = field(default_factory=list)
    compared: list = field(default_factory=list)
    too_little: list = field(default_factory=list)
    unread: dict = field(default_factory=dict)

    @property
    def shown(self):
        """The pairs that a person can still read."""
        return self.pairs[:MOST_PAIRS]


def compare_class(classroom, assignment, share=SHARE):
    """Compare all submissions of an assignment with each other.

    Args:
        classroom: the ``Classroom``.
        assignment: name of the assignment.
        share: from which share on a pair is reported.

    Returns:
        A ``Comparison``.

    Raises:
        UsageError: if copydetect is not installed.
    """
    functions, unread = {}, {}
    release = classroom.path("release", ".", assignment)
    masters = [
        nbformat.read(release / f"{name}.ipynb", as_version=4)
        for name in classroom.notebooks(assignment)
    ]
    for student in classroom.submitted(assignment):
        folder = classroom.path("submitted", student, assignment)
        try:
            check_folder(folder)
            functions[student] = [
                text
                for name, master in zip(classroom.notebooks(assignment), masters)
                for text in _written(folder / f"{name}.ipynb", master)
            ]
        except RefusedError as error:
            unread[student] = str(error)
    given = given_code(assignment)
    for master in masters:
        given += [cell.source for cell in master.cells if cell.cell_type == "code"]
    found = compare(functions, fingerprints(given), share)
    found.unread = unread
    return found


def fingerprints(texts):
    """Set of all fingerprints of some Python texts.

    Raises:
        UsageError: if copydetect is not installed.
    """
    try:
        return set().union(*(_fingerprint(plain_code(text)).hashes for text in texts))
    except ImportError:
        raise UsageError(
            "similarity needs copydetect: pip install 'copydetect>=0.5,<0.6'"
        ) from None


def compare(functions, known, share=SHARE):
    """Compare students with each other.

    Args:
        functions: list of texts, one a definition, by student.
        known: ``fingerprints`` of what everybody has: the course's code, the release's.
        share: from which share on a pair is reported.

    Returns:
        A ``Comparison``.
    """
    from copydetect import compare_files

    own = {student: _Own(texts, known) for student, texts in functions.items()}
    done = Comparison()
    for student, code in own.items():
        enough = code.print.token_coverage >= LEAST_OWN
        (done.compared if enough else done.too_little).append(student)
    for one, other in itertools.combinations(done.compared, 2):
        first, second = own[one].print, own[other].print
        if len(first.hashes & second.hashes) * LENGTH < LEAST:
            continue  # Which is most pairs, and the rest takes time.
        length, shares, slices = compare_files(first, second)
        if length >= LEAST and max(shares) >= share:
            texts = (own[one].shown(slices[0]), own[other].shown(slices[1]))
            shares = tuple(min(1.0, float(part)) for part in shares)
            done.pairs.append(Pair((one, other), shares, int(length), texts))
    done.pairs.sort(key=lambda pair: (-max(pair.shares), -pair.length))
    return done


def given_code(assignment):
    """Texts of the course, its lectures and the known mistakes of an assignment."""
    places = [
        ROOT / "course",
        ROOT / "notebooks" / "lectures",
        ROOT / "autograder" / "exercises" / assignment,
        ROOT / "autograder" / "exercises" / f"{assignment}.py",
    ]
    files = [
        path for place in places for path in ([place] if place.is_file() else place.rglob("*.py"))
    ]
    return [path.read_text(encoding="utf-8") for path in sorted(files)]


def plain_code(text, parser=None):
    """Code without comments, docstrings and layout; as it is if it is not Python."""
    parsed = (parser or Parser()).tree(normalised(text))
    if parsed is None:
        return text
    try:
        return ast.unparse(
            _Bare().visit(ast.fix_missing_locations(ast.parse("\n".join(parsed[1]))))
        )
    except (RecursionError, MemoryError, ValueError, SyntaxError):
        return text


class _Bare(ast.NodeTransformer):
    """Takes out what only people read: docstrings, other bare texts, annotations."""

    def visit_Expr(self, node):
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_arg(self, node):
        node.annotation = None
        return node

    def generic_visit(self, node):
        super().generic_visit(node)
        if getattr(node, "body", None) == [] and not isinstance(node, ast.Module):
            node.body = [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        return node


class _Own:
    """One student's definitions, and the fingerprints of them together.

    Each definition has its own: what stands at the border of two depends on their order.
    """

    def __init__(self, texts, known):
        from copydetect.utils import get_token_coverage

        parser, self.texts, self.ends, places = Parser(), texts, [], {}
        self.print = _fingerprint("")
        for text in texts:
            begin, each = len(self.print.filtered_code), _fingerprint(plain_code(text, parser))
            # copydetect 0.5 takes what stands twice in a text for boilerplate, and leaves
            # boilerplate that stands there twice; so it is taken out here.
            for key in each.hashes - known:
                places.setdefault(key, []).extend(begin + at for at in each.hash_idx[key])
            self.print.filtered_code += each.filtered_code
            self.ends.append(len(self.print.filtered_code))
        self.print.hash_idx, self.print.hashes = places, {*places}
        self.print.token_coverage = get_token_coverage(
            places, LENGTH, len(self.print.filtered_code)
        )
        self.print.offsets = []  # Slices are to be places in the filtered text.

    def shown(self, slices):
        """The texts of which more than a small part lies in the slices."""
        begin, shown = 0, []
        for text, end in zip(self.texts, self.ends):
            inside = sum(
                max(0, min(end, int(stop)) - max(begin, int(start))) for start, stop in slices.T
            )
            shown += [text] if inside >= SHOWN * (end - begin) else []
            begin = end
        return "\n\n".join(shown)


def _fingerprint(text):
    from copydetect import CodeFingerprint

    # At window 1 all fingerprints are kept: which ones a wider one keeps is different each time
    # Python starts, as its hashes are.
    return CodeFingerprint("code.py", LENGTH, 1, language="python", fp=io.StringIO(text))


def _written(path, master):
    """What a submission defines that the release does not, as it was written.

    Raises:
        RefusedError: if it cannot be read.
    """
    if not path.exists():
        raise RefusedError(f"there is no {path.name}; grade looks for it under other names")
    notebook, _ = repair(read_submission(Path(path)), master)
    parser, asked, released = Parser(), set(), set()
    for cell in master.cells:
        if cell.cell_type == "code":
            definitions = parser.definitions(cell.source)
            released |= {definition.text for definition in definitions}
            asked |= {each.name for each in definitions if each.is_function}
    return list(
        dict.fromkeys(
            definition.text
            for cell in notebook.cells
            if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("locked")
            for definition in parser.definitions(cell.source)
            if definition.text not in released
            and not definition.is_blank
            and (definition.is_function or definition.name in asked)
        )
    )
