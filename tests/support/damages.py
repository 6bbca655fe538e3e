"""Ways to damage a notebook at random: its cells, its metadata, its format, its bytes."""

import copy
import json
import re

from odd_notebooks import ODD_NOTEBOOKS, odd_notebook

__all__ = [
    "BYTES",
    "CELLS",
    "damaged_cells",
    "delete",
    "duplicate",
    "forge",
    "merge",
    "move",
    "retype",
    "shuffle",
    "split",
    "strip",
]


def delete(notebook, rng):
    """A cell is gone."""
    del notebook["cells"][rng.randrange(len(notebook["cells"]))]


def duplicate(notebook, rng):
    """A cell stands twice."""
    cells = notebook["cells"]
    cells.insert(rng.randrange(len(cells)), copy.deepcopy(rng.choice(cells)))


def move(notebook, rng):
    """A cell stands elsewhere."""
    cells = notebook["cells"]
    cells.insert(rng.randrange(len(cells)), cells.pop(rng.randrange(len(cells))))


def shuffle(notebook, rng):
    """Nothing stands where it stood."""
    rng.shuffle(notebook["cells"])


def split(notebook, rng):
    """A cell became two, anywhere in its text."""
    cells = notebook["cells"]
    at = rng.randrange(len(cells))
    cut = rng.randrange(len(cells[at]["source"]) + 1)
    second = copy.deepcopy(cells[at])
    cells[at]["source"], second["source"] = second["source"][:cut], second["source"][cut:]
    cells.insert(at + 1, second)


def merge(notebook, rng):
    """Two cells became one."""
    cells = notebook["cells"]
    first, second = rng.sample(range(len(cells)), 2)
    cells[first]["source"] += "\n\n" + cells[second]["source"]
    del cells[second]


def retype(notebook, rng):
    """A cell is of another type."""
    rng.choice(notebook["cells"])["cell_type"] = rng.choice(["code", "markdown", "raw", "x", None])


def strip(notebook, rng):
    """Metadata and ids are gone."""
    for cell in rng.sample(notebook["cells"], rng.randint(1, len(notebook["cells"]))):
        cell.pop("metadata", None), cell.pop("id", None)


def forge(notebook, rng):
    """Metadata says something else, of any type."""
    values = [True, False, 1000, -1, "x", None, [], {}, float("nan"), "kl_loss", "check_kl_loss"]
    keys = ["grade", "points", "solution", "locked", "grade_id", "schema_version", "task"]
    for cell in rng.sample(notebook["cells"], min(3, len(notebook["cells"]))):
        claims = cell.setdefault("metadata", {}).setdefault("nbgrader", {})
        claims[rng.choice(keys)] = rng.choice(values)


def exchange(notebook, rng):
    """Two cells have each other's metadata, or each other's id."""
    first, second = rng.sample(notebook["cells"], 2)
    key = rng.choice(["metadata", "id", "cell_type"])
    first[key], second[key] = second.get(key), first.get(key)


def mangle(notebook, rng):
    """A few characters of a cell are others."""
    cell = rng.choice(notebook["cells"])
    source = list(cell["source"])
    for _ in range(min(3, len(source))):
        source[rng.randrange(len(source))] = rng.choice("()\"'\\\n\t\0#:@%!é\ud800")
    cell["source"] = "".join(source)


def misplace_key(notebook, rng):
    """A key of a cell has a value of another type."""
    cell = rng.choice(notebook["cells"])
    cell[rng.choice(["id", "metadata", "outputs", "attachments"])] = rng.choice([None, 3, [], "x"])


def as_lines(notebook, rng):
    """The sources are lists of lines, as Jupyter saves them."""
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)


CELLS = [
    delete,
    duplicate,
    move,
    shuffle,
    split,
    merge,
    retype,
    strip,
    forge,
    exchange,
    mangle,
    misplace_key,
]


def mix(notebook, other, rng):
    """Cells of another assignment stand among them."""
    cells = other["cells"]
    for cell in rng.sample(cells, rng.randint(1, len(cells))):
        at = rng.randrange(len(notebook["cells"]) + 1)
        notebook["cells"].insert(at, copy.deepcopy(cell))


def damaged_cells(notebook, other, rng):
    """A notebook damaged in up to five ways, and by what; as JSON has it.

    Args:
        notebook: plain JSON, which stays as it is.
        other: the notebook of another assignment.
        rng: a ``random.Random``.
    """
    damaged, done = copy.deepcopy(notebook), []
    for damage in rng.choices(CELLS, k=rng.randint(1, 4)):
        if len(damaged["cells"]) < 2:
            break
        try:
            damage(damaged, rng)
        except (TypeError, AttributeError, KeyError):  # An earlier damage is in the way.
            continue
        done.append(damage.__name__)
    if rng.random() < 0.2:
        mix(damaged, other, rng)
        done.append("mix")
    chance = rng.random()
    if chance < 0.2:
        name = rng.choice([each for each in ODD_NOTEBOOKS if not re.search("source|input", each)])
        damaged = _odd(damaged, name, done)
    elif chance < 0.3:
        as_lines(damaged, rng)
    return damaged, done


def _odd(damaged, name, done):
    try:
        odd = odd_notebook(damaged, name)
    except (TypeError, AttributeError, KeyError):
        return damaged
    done.append(name)
    return odd


def cut(content, rng):
    """The file ends too early."""
    return content[: rng.randrange(len(content))]


def flip(content, rng):
    """A few bytes are others."""
    changed = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def lose(content, rng):
    """A piece of the file is missing, or stands twice."""
    first, second = sorted(rng.sample(range(len(content)), 2))
    second = min(second, first + rng.choice([1, 2, 30, 2_000]))
    piece = rng.choice([b"", content[first:second] * 2])
    return content[:first] + piece + content[second:]


def recode(content, rng):
    """The file is in another encoding, or its lines end otherwise."""
    text = json.dumps(json.loads(content), ensure_ascii=False, indent=1)
    codes = ["utf-8-sig", "utf-16", "utf-32", "cp1252", "latin-1", "cp037"]
    return text.replace("\n", rng.choice(["\n", "\r\n", "\r"])).encode(
        rng.choice(codes), errors="replace"
    )


def retoken(content, rng):
    """A value of the JSON is another one."""
    places = list(re.finditer(rb'"(?:[^"\\]|\\.)*"|\d+|true|false|null', content))
    place = rng.choice(places)
    values = [b"null", b"[]", b"{}", b"1e999", b"-1", b'""', b"true", b"[[[[]]]]", b'"a2_vae"']
    return content[: place.start()] + rng.choice(values) + content[place.end() :]


BYTES = [cut, flip, lose, recode, retoken]
