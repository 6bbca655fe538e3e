"""The rooms of the autograder: imports go down and make no circle, and no module grows too long."""

import ast
from graphlib import TopologicalSorter

import pytest

from autograder import ROOT

PACKAGE = ROOT / "autograder"
# From the top. A module may import from its own layer and from those below.
LAYERS = (
    {"__main__", "cli"},
    {"commands"},
    {"authoring", "check", "cluster", "gradebook", "lms", "pages"},
    {"judging", "sandbox", "submission"},
    {"exercises"},
    {"inside"},
    {"errors", "text"},
)
LINES, MODULES = 300, 15


def rooms():
    """What each room imports of the others, wherever in a module the import stands."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module == "autograder":
                names = [f"autograder.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            parts = [name.split(".")[1] for name in names if name.startswith("autograder.")]
            found.setdefault(room, set()).update(set(parts) - {room, "ROOT"})
    found.pop("__init__")
    return found


def layer(room):
    """Number of the layer that a room is in."""
    return next(number for number, layer in enumerate(LAYERS) if room in layer)


def test_every_room_has_a_layer():
    """A new folder or module beside the rooms has to say where it belongs."""
    assert set(rooms()) == set().union(*LAYERS)


def test_imports_go_down_and_make_no_circle():
    """Whoever changes a room need only look at those above it."""
    up = [
        (room, other)
        for room, others in rooms().items()
        for other in others
        if layer(other) < layer(room)
    ]
    assert up == []
    TopologicalSorter(rooms()).prepare()  # Raises CycleError, with the circle.


def test_what_the_sandbox_sees_imports_nothing_else_of_the_autograder():
    """The folder is staged as it is, and the rest of the autograder is not there."""
    assert rooms()["inside"] == set()


@pytest.mark.parametrize("name", ["autograder", "course", "tools"])
def test_no_module_and_no_folder_grows_too_long(name):
    """A module is read on a few screens, and a folder at a glance."""
    paths = [path for path in (ROOT / name).rglob("*.py") if "node_modules" not in path.parts]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert [path for path, count in lines.items() if count > LINES] == []
    folders = {path.parent for path in paths}
    assert [each for each in folders if len(list(each.glob("*.py"))) - 1 > MODULES] == []
