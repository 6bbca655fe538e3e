"""How a comparison of submissions is told on a terminal: numbers, both texts, no verdict."""

from rich.table import Table
from rich.text import Text

from autograder.text import lines, listed, words

__all__ = ["show"]

NOTE = (
    "Alike is not copied: people work together, and look things up in the same place. Read both "
    "texts, and ask."
)


def show(found, console):
    """Print a ``Comparison``: a table a pair, then who could not be compared.

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
    told = [
        f"compared: {len(found.compared)}; alike: {len(found.pairs)} "
        f"pair{'s' * (len(found.pairs) != 1)}"
    ]
    if len(found.pairs) > len(found.shown):
        told.append(f"shown are the {len(found.shown)} most alike")
    if found.too_little:
        told.append(f"too little of their own to compare: {listed(found.too_little)}")
    told += [f"not compared: {words(who)}: {words(why)}" for who, why in found.unread.items()]
    for line in [*told, *([NOTE] if found.pairs else [])]:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def headline(pair):
    """How much two students have in common, as a sentence."""
    (one, other), (first, second) = pair.students, pair.shares
    return (
        f"{words(one)} and {words(other)}: {first:.0%} of what is the first one's own also the "
        f"second has, {second:.0%} the other way round; {pair.length} characters, names as one each"
    )
