"""Notebooks and times that break their format, each in one way, by what is odd."""

import copy

__all__ = ["ODD_NOTEBOOKS", "ODD_TIMES", "as_format_3", "odd_notebook"]

MISSING = object()
ODD_VALUES = {
    "missing": MISSING,
    "null": None,
    "a list": [1],
    "a text": "x",
    "a number": 3,
    "nested": {"nbgrader": [{"grade_id": 3}], "language": 3, "kernelspec": [], "tags": "x"},
}
ODD_ATTACHMENTS = {
    "null": None,
    "a list": ["x.png"],
    "a text": "x",
    "a number in it": {"x.png": 3},
    "a list in it": {"x.png": {"image/png": [1, 2]}},
    "no base64": {"x.png": {"image/png": "<b>"}},
}
ODD_NUMBERS = {
    "missing": MISSING,
    "null": None,
    "4.0": 4.0,
    "4.5": 4.5,
    "a text": "4",
}


def as_format_3(notebook):
    """The same notebook as Jupyter wrote it before 2015."""
    cells = []
    for cell in copy.deepcopy(notebook["cells"]):
        source, kind = cell["source"], cell["cell_type"]
        keys = {"input": source, "language": "python", "outputs": [], "collapsed": False}
        old = {"cell_type": kind, "metadata": cell["metadata"]}
        cells.append(old | (keys if kind == "code" else {"source": source}))
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}


def _set(item, key, value):
    if value is MISSING:
        item.pop(key, None)
    else:
        item[key] = copy.deepcopy(value)


def _with_number(key, value):
    def damage(notebook):
        _set(notebook, key, value)
        return notebook

    return damage


def _in_cells(key, value, every=3):
    def damage(notebook):
        for cell in notebook["cells"][::every]:
            _set(cell, key, value)
        return notebook

    return damage


def _in_old_cells(key, value):
    def damage(notebook):
        old = as_format_3(notebook)
        for cell in old["worksheets"][0]["cells"][::3]:
            _set(cell, key, value)
        return old

    return damage


def _old_without_number(notebook):
    old = as_format_3(notebook)
    del old["nbformat"]
    return old


ODD_NOTEBOOKS = {
    **{f"nbformat {name}": _with_number("nbformat", each) for name, each in ODD_NUMBERS.items()},
    **{
        f"nbformat_minor {name}": _with_number("nbformat_minor", each)
        for name, each in (ODD_NUMBERS | {"99": 99, "-1": -1, "an object": {}}).items()
    },
    **{f"metadata {name}": _with_number("metadata", each) for name, each in ODD_VALUES.items()},
    **{f"cells' metadata {name}": _in_cells("metadata", each) for name, each in ODD_VALUES.items()},
    **{
        f"attachments {name}": _in_cells("attachments", each)
        for name, each in ODD_ATTACHMENTS.items()
    },
    **{f"outputs {name}": _in_cells("outputs", each) for name, each in ODD_VALUES.items()},
    **{f"ids {name}": _in_cells("id", each) for name, each in ODD_VALUES.items()},
    **{f"types {name}": _in_cells("cell_type", each) for name, each in ODD_VALUES.items()},
    **{f"sources {name}": _in_cells("source", each) for name, each in ODD_VALUES.items()},
    **{
        f"format 3, {key} {name}": _in_old_cells(key, each)
        for key in ("metadata", "input", "source", "cell_type", "level", "language", "outputs")
        for name, each in ODD_VALUES.items()
    },
    "format 3 without its number": _old_without_number,
    "cells with half a pair": _in_cells("id", "\ud800"),
    "grade_ids with half a pair": _in_cells("metadata", {"nbgrader": {"grade_id": "\ud800"}}),
}
ODD_TIMES = {
    "of 50 MB": b"2026-11-20 18:30:00 UTC" + b" " * 50_000_000,
    "of the year 0": b"0000-01-01 00:00:00 UTC",
    "of the year 1": b"0001-01-01 00:00:00 +1400",
    "of the year 9999": b"9999-12-31 23:59:59 UTC",
    "bytes": b"\xff\xfe\x00",
    "another text": b"yesterday",
    "a weekday": b"Monday",
    "an hour": b"20:00",
    "null bytes": b"\0" * 30,
    "digits": b"9" * 90,
    "a formula": b"=1+1",
    "in a folder": None,
}


def odd_notebook(notebook, name):
    """A copy of a notebook, as plain JSON, that is odd in one way."""
    return ODD_NOTEBOOKS[name](copy.deepcopy(notebook))
