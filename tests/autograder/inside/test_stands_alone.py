"""The sandbox sees the folder ``inside`` and nothing else of the autograder."""

import shutil
import subprocess
import sys

import pytest

from autograder import ROOT

INSIDE = ROOT / "autograder" / "inside"
# Imports all modules of the folder in the working directory, then tells what came from elsewhere.
IMPORTS = """
import importlib, os, pkgutil, sys

sys.path.insert(0, os.getcwd())
sys.modules["course"] = None  # To import it is an error.
import autograder.inside

names = [
    module.name
    for module in pkgutil.walk_packages(autograder.inside.__path__, "autograder.inside.")
]
for name in names:
    importlib.import_module(name)
here = os.path.join(os.getcwd(), "autograder", "inside")
others = [
    name
    for name, module in sys.modules.items()
    if name.startswith("autograder.") and not str(module.__file__).startswith(here)
]
print(len(names), getattr(autograder, "__file__", None), others)
"""


@pytest.mark.slow
def test_each_module_is_imported_where_the_rest_of_the_autograder_is_absent(tmp_path):
    """Nothing in the folder imports an answer, a judge or the course, not even by accident."""
    shutil.copytree(
        INSIDE, tmp_path / "autograder" / "inside", ignore=shutil.ignore_patterns("__pycache__")
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", IMPORTS], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    modules = [path for path in INSIDE.rglob("*.py") if path != INSIDE / "__init__.py"]
    assert done.stdout.splitlines()[-1] == f"{len(modules)} None []"
