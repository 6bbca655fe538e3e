"""Signatures: bare where students read them in a notebook, typed everywhere else."""

import re
import tomllib

from autograder import ROOT

INLINE = re.compile(r"^from (course[\w.]+) import \w+  # inline", re.MULTILINE)


def test_only_modules_that_notebooks_show_may_have_bare_signatures():
    """pyproject.toml exempts a module from annotations if and only if a notebook inlines it."""
    texts = [*ROOT.glob("notebooks/lectures/*.py"), *ROOT.glob("solutions/*.py")]
    shown = {module for path in texts for module in INLINE.findall(path.read_text())}
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    exempt = {
        module
        for override in overrides
        if override.get("disallow_untyped_defs") is False
        for module in override["module"]
        if module.startswith("course.")
    }
    assert exempt == shown
