"""Fingerprints of Python code, by copydetect: what names, comments and layout do not change.

They are those of winnowing (Schleimer, Wilkerson and Aiken, 2003) at window 1, so that no
fingerprint is left out. Before that, docstrings, annotations, layout and quotes are made alike.
"""

import ast
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from autograder.errors import UsageError
from autograder.submission.parse import Parser, normalised

if TYPE_CHECKING:  # copydetect is installed only where somebody wants to compare.
    from copydetect import CodeFingerprint

__all__ = ["LENGTH", "OwnCode", "fingerprints", "plain_code"]

LENGTH = 20  # Characters of one fingerprint; each name counts as one.
SHOWN = 0.25  # A function is shown if at least this part of it is shared.
MOST_SHOWN = 50_000  # Characters of code beside another's; an assignment has 5,000.
CUT = "\n\n# ... the rest is left out: it is too long to show."


def fingerprints(texts: Iterable[str]) -> set[int]:
    """All fingerprints of some Python texts.

    Raises:
        UsageError: if copydetect is not installed.
    """
    try:
        return {each for text in texts for each in _fingerprint(plain_code(text)).hashes}
    except ImportError:
        raise UsageError(
            "similarity needs copydetect: pip install 'copydetect>=0.5,<0.6'"
        ) from None


def plain_code(text: str, parser: Parser | None = None) -> str:
    """Code without comments, docstrings and layout; a text that is not Python as it is."""
    parsed = (parser or Parser()).tree(normalised(text))
    if parsed is None:
        return text
    try:
        tree = ast.fix_missing_locations(ast.parse("\n".join(parsed[1])))
        return ast.unparse(_Bare().visit(tree))
    except (RecursionError, MemoryError, ValueError, SyntaxError):
        return text


class _Bare(ast.NodeTransformer):
    """Removes what only people read: docstrings, other bare constants, annotations."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if getattr(node, "body", None) == [] and not isinstance(node, ast.Module):
            node.body = [ast.Pass()]  # type: ignore[attr-defined]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        return node


class OwnCode:
    """One student's definitions, and the fingerprints of all of them that only they have.

    Each definition has fingerprints of its own: one that spans two would depend on their order.

    Args:
        texts: one definition each.
        known: ``fingerprints`` of what everybody has.
    """

    def __init__(self, texts: Sequence[str], known: set[int]) -> None:
        from copydetect.utils import get_token_coverage

        self.texts = texts
        self.ends: list[int] = []  # Where each definition ends in the filtered code.
        self.fingerprint = _fingerprint("")
        parser = Parser()
        places: dict[int, list[int]] = {}
        for text in texts:
            begin, each = (
                len(self.fingerprint.filtered_code),
                _fingerprint(plain_code(text, parser)),
            )
            # copydetect 0.5 takes code that occurs twice in a text for boilerplate, and keeps
            # boilerplate that occurs there twice; so boilerplate is taken out here.
            for key in each.hashes - known:
                places.setdefault(key, []).extend(begin + at for at in each.hash_idx[key])
            self.fingerprint.filtered_code += each.filtered_code
            self.ends.append(len(self.fingerprint.filtered_code))
        self.fingerprint.hash_idx, self.fingerprint.hashes = places, {*places}
        self.fingerprint.token_coverage = get_token_coverage(
            places, LENGTH, len(self.fingerprint.filtered_code)
        )
        self.fingerprint.offsets = []  # Slices are to be places in the filtered code.

    @property
    def length(self) -> int:
        """Characters of their own."""
        return int(self.fingerprint.token_coverage)

    def shown(self, slices: Any) -> str:
        """The definitions of which more than a small part lies in the slices, cut to be read.

        Args:
            slices: array of shape (2, n), where each shared part begins and ends.
        """
        begin, shown = 0, []
        for text, end in zip(self.texts, self.ends):
            inside = sum(
                max(0, min(end, int(stop)) - max(begin, int(start))) for start, stop in slices.T
            )
            if inside >= SHOWN * (end - begin):
                shown.append(text)
            begin = end
        code = "\n\n".join(shown)
        return code if len(code) <= MOST_SHOWN else code[:MOST_SHOWN] + CUT


def _fingerprint(text: str) -> "CodeFingerprint":
    from copydetect import CodeFingerprint

    # At window 1 it keeps all fingerprints. A wider one keeps others each time Python starts,
    # because Python's hashes differ.
    return CodeFingerprint("code.py", LENGTH, 1, language="python", fp=io.StringIO(text))
