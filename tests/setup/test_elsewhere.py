"""Binder and Codespaces get the same versions as everybody else."""

import json
import re
import tomllib

from packaging.specifiers import SpecifierSet

from autograder import ROOT


def supported():
    """The Pythons that the course is made for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return SpecifierSet(project["requires-python"])


def test_binder_installs_the_pinned_requirements():
    """Its requirements are the course's own file, for a Python that this has been made for."""
    (line,) = (ROOT / ".binder" / "requirements.txt").read_text().splitlines()
    named = (ROOT / ".binder" / line.removeprefix("-r ")).resolve()
    assert line.startswith("-r ")
    assert named == (ROOT / "requirements.txt").resolve()
    version = (ROOT / ".binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    assert version in supported()


def test_codespaces_installs_and_starts_as_the_readme_says():
    """By make's own targets, on a Python that the course is made for."""
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert re.search(r":(3\.\d+)", container["image"])[1] in supported()
    targets = re.findall(r"^([a-z-]+):.*##|^(install):", (ROOT / "Makefile").read_text(), re.M)
    targets = {name for pair in targets for name in pair if name}
    for command in ("postCreateCommand", "postAttachCommand"):
        used = re.findall(r"\bmake ([a-z-]+)", container[command])
        assert used and set(used) <= targets
