"""A release says the same of itself everywhere, and its notes for upgrading are true."""

import datetime
import importlib
import re
import tomllib

import yaml

from autograder import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
SECTION = re.compile(r"^## \[(?:(Unreleased)|([\d.]+)\] - (\d{4}-\d\d-\d\d))\]?$", re.MULTILINE)
CLASS_NAME = re.compile(r"\bautograder(?:\.[a-z_]+)+\.[A-Z]\w+")


def test_changelog_has_a_section_for_what_comes_and_one_for_this_version():
    """As Keep a Changelog has it: Unreleased first, then versions with dates, newest first."""
    found = SECTION.findall((ROOT / "CHANGELOG.md").read_text())
    headings = re.findall(r"^## .*$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert len(found) == len(headings)  # No section in another form.
    assert found[0][0] == "Unreleased"
    versions = [tuple(map(int, version.split("."))) for _, version, _ in found[1:]]
    assert versions == sorted(versions, reverse=True)
    assert found[1][1] == VERSION


def test_the_citation_is_of_this_version_and_its_date():
    """CITATION.cff has what the format requires, and the changelog's version and date."""
    assert {"cff-version", "message", "title", "authors"} <= CITATION.keys()
    assert CITATION["cff-version"] == "1.2.0"
    assert all(author["name"] for author in CITATION["authors"])
    text = (ROOT / "CHANGELOG.md").read_text()
    assert f"## [{CITATION['version']}] - {CITATION['date-released']}" in text.splitlines()
    assert CITATION["version"] == VERSION
    datetime.date.fromisoformat(CITATION["date-released"])  # A date of the calendar.


def test_upgrading_names_classes_that_are_there():
    """Every new name in the table can be imported, and no old one; the config uses new ones."""
    text = (ROOT / "docs" / "upgrading.md").read_text()
    rows = re.findall(r"^\| `(autograder\.\S+)`.* \| `(autograder\.\S+)` \|$", text, re.MULTILINE)
    old, new = {row[0] for row in rows}, {row[1] for row in rows}
    assert rows
    for name in new:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name
    used = set(CLASS_NAME.findall((ROOT / "nbgrader_config.py").read_text()))
    assert new <= used
    assert all(name in text for name in used)  # Settings that are new as well.
    assert not used & old


def test_workflows_and_hooks_run_what_a_person_runs():
    """CI runs `.ci/run`, the schedule `make test-long`, and hooks use the course's own programs."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    steps = {
        step["run"]: step.get("if") for step in workflow["jobs"]["test"]["steps"] if "run" in step
    }
    assert steps[".ci/run"] == "github.event_name != 'schedule'"
    assert steps["make test-long"] == "github.event_name == 'schedule'"
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"]
    entries = [hook["entry"] for hook in hooks[0]["hooks"]]
    assert all(entry.startswith(".venv/bin/") for entry in entries)
