"""Each claim of a lecture has a test, each test has its sentence, and runs over the seeds."""

import ast
import re

import pytest

from autograder import ROOT

MARKER = re.compile(r"<!-- claim: (\w+) -->")
LECTURES = sorted(ROOT.glob("notebooks/lectures/*.py"))
# bfloat16 changes no product of dense layers (``course.fast.precision``), so their tests need
# only the seeds. Everything else takes ``precision`` too.
DENSE_ONLY = "dense layers only"


def functions_of(number):
    """The tests of a lecture's claims, from the name of a claim to its function's syntax tree."""
    path = ROOT / f"tests/course/claims/test_lecture_{number}.py"
    if not path.exists():
        return {}
    functions = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)]
    return {f.name.removeprefix("test_"): f for f in functions if f.name.startswith("test_")}


@pytest.mark.parametrize("path", LECTURES, ids=lambda p: p.stem)
def test_claims_and_tests_are_the_same(path):
    """A marker without a test, a test without a marker and a marker set twice all fail."""
    marked = MARKER.findall(path.read_text())
    assert sorted(marked) == sorted(functions_of(path.stem[:2]))


@pytest.mark.parametrize("path", LECTURES, ids=lambda p: p.stem)
def test_every_claim_runs_over_seeds_and_precisions(path):
    """A claim's test takes both fixtures, or its docstring says why the seeds are enough."""
    for name, function in functions_of(path.stem[:2]).items():
        taken = {argument.arg for argument in function.args.args}
        dense = DENSE_ONLY in " ".join((ast.get_docstring(function) or "").split())
        assert taken >= ({"seed"} if dense else {"seed", "precision"}), name


@pytest.mark.parametrize("path", LECTURES, ids=lambda p: p.stem)
def test_no_marker_is_misspelt(path):
    """Whatever looks like a marker is one."""
    text = path.read_text()
    assert len(re.findall(r"<!--\s*claim", text)) == len(MARKER.findall(text))
