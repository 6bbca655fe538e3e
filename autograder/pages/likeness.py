"""Prints a comparison of submissions on a terminal: numbers and both texts, without a verdict."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.pages.similarity import Comparison, Pair
from autograder.text import lines, listed, words

__all__ = ["show"]

NOTE = (
    "Alike does not mean copied: people work together, and look things up in the same place. "
    "Read both texts, and ask."
)


def show(found: Comparison, console: Console) -> None:
    """Print a ``Comparison``: a table per pair, then who could not be compared.

    Args:
        found: the ``Comparison``.
        console: Rich's ``Console``.
    """
    for pair in found.shown:
        table = Table(title=Text(headline(pair)), title_justify="left", expand=True)
        for student in pair.students:
            table.add_column(Text(words(student)), ratio=1)
        table.add_row(*(Text(lines(text)) for text in pair.texts))
        console.print(table)
    pairs = "1 pair" if len(found.pairs) == 1 else f"{len(found.pairs)} pairs"
    said = [f"compared: {len(found.compared)}; alike: {pairs}"]
    if len(found.pairs) > len(found.shown):
        said.append(f"shown are the {len(found.shown)} most alike")
    if found.too_little:
        said.append(f"too little of their own to compare: {listed(found.too_little)}")
    said += [f"not compared: {words(who)}: {words(why)}" for who, why in found.unread.items()]
    if found.pairs:
        said.append(NOTE)
    for line in said:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def headline(pair: Pair) -> str:
    """How much two students have in common, as a sentence."""
    (one, other), (first, second) = pair.students, pair.shares
    return (
        f"{words(one)} and {words(other)}: {first:.0%} of the first one's own code is also in the "
        f"second's, and {second:.0%} the other way round; {pair.length} characters, with each name "
        "counted as one"
    )
