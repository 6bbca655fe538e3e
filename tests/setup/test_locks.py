"""What is committed: locked versions, and no answers."""

import re
import shutil
import tomllib

from packaging.requirements import Requirement
from packaging.version import Version
from setup_projects import ROOT, run


def read_lock(name):
    """{package: pinned version} of a lock, once all its lines have been found to be pins."""
    lines = (ROOT / name).read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#") and line != "-e ."]
    for line in pins:
        assert re.fullmatch(r"[a-z0-9.-]+==[\w.]+( ; [\w .'<>=!()]+)?", line), line
    return dict(line.split(" ;")[0].split("==") for line in pins)


def test_locks_pin_what_pyproject_allows():
    """Names and versions only: no index, no path. One version each; both locks agree."""
    course, tests = read_lock("requirements.txt"), read_lock("tests/requirements.txt")
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = table["dependency-groups"]
    included = {entry["include-group"] for entry in groups["test"] if isinstance(entry, dict)}
    assert included == groups.keys() - {"test"}
    named = [entry for group in groups.values() for entry in group if isinstance(entry, str)]
    for wanted, lock in [(table["project"]["dependencies"], course), (named, tests)]:
        for requirement in map(Requirement, wanted):
            assert Version(lock[requirement.name]) in requirement.specifier
    assert {name for name in course.keys() & tests.keys() if course[name] != tests[name]} == set()
    assert (ROOT / "requirements.txt").read_text().endswith("\n-e .\n")
    assert "torch" not in course


def test_git_ignores_answers_and_classes(tmp_path):
    """What holds answers or grades cannot be committed by `git add .`; sources can."""
    shutil.copy(ROOT / ".gitignore", tmp_path)
    run("git", "init", cwd=tmp_path)
    secret = [
        "solutions/a2_vae/a2_vae.ipynb",
        "classroom/demo/gradebook.db",
        "notebooks/my_assignments/a2_vae/a2_vae.ipynb",
        "notebooks/assignments/a2_vae/a2_vae.py",
    ]
    public = ["solutions/a2_vae.py", "notebooks/assignments/a2_vae/a2_vae.ipynb"]
    done = run("git", "check-ignore", *secret, *public, cwd=tmp_path)
    assert done.stdout.splitlines() == secret
