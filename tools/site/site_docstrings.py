"""The course's docstrings as Sphinx reads them: their few ways that are not its own."""

import re

__all__ = ["process"]

# `Source: a slide` and what is indented below it.
SECTION = re.compile(r"^(Source|Deviation): (.*)$")
# ``Group``s: a literal's end-string must not be followed by a letter.
PLURAL = re.compile(r"(``[^`]+``)(\w?)")
# a6_: a name at its end would be a link.
TRAILING = re.compile(r"(?<![\w`])(\w+)_(?![\w`])")


def process(app, what, name, obj, options, lines):
    """Rewrite the lines of a docstring, in place, before napoleon reads its sections."""
    found = []
    for line in lines:
        line = PLURAL.sub(lambda m: rf"{m[1]}\ {m[2]}" if m[2] else m[1], line)
        line = TRAILING.sub(r"\1\\_", line)
        if section := SECTION.match(line):
            found += [f"{section[1]}:", f"    {section[2]}"]
        else:
            found.append(line)
    lines[:] = found
