"""Rewrites what Sphinx does not know in the course's docstrings."""

import re

__all__ = ["process"]

# `Source: a slide`, and the indented lines below.
SECTION = re.compile(r"^(Source|Deviation): (.*)$")
# ``Group``s: no letter may follow the end of a literal.
PLURAL = re.compile(r"(``[^`]+``)(\w?)")
# a6_: a name that ends in an underscore would be a link.
TRAILING = re.compile(r"(?<![\w`])(\w+)_(?![\w`])")


def process(app, what, name, obj, options, lines):
    """Rewrite the lines of a docstring in place, before napoleon reads its sections."""
    found = []
    for line in lines:
        line = PLURAL.sub(lambda m: rf"{m[1]}\ {m[2]}" if m[2] else m[1], line)
        line = TRAILING.sub(r"\1\\_", line)
        if section := SECTION.match(line):
            found += [f"{section[1]}:", f"    {section[2]}"]
        else:
            found.append(line)
    lines[:] = found
