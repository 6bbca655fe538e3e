"""What tools/hub/hub.py refuses before it changes a machine, and what it keeps as it is."""

import importlib
import json
import os
import pwd
import sys
from types import SimpleNamespace

import pytest

from autograder import ROOT

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders to others")


@pytest.fixture
def part(monkeypatch):
    """A part of the installer by its name, and the error that all parts raise."""
    host = importlib.import_module("classhub.host")

    def load(name):
        module = importlib.import_module(f"classhub.{name}")
        module.HubError = host.HubError
        return module

    return load


def test_names_that_are_no_users_are_refused_with_their_line(part, tmp_path):
    """Comments and empty lines do not matter; a name that a shell or nbgrader splits does."""
    people, students = part("people"), tmp_path / "students.txt"
    students.write_text("# 2026\nada\n\nbob-2 # repeats\n")
    assert people.read_names(students) == ["ada", "bob-2"]
    for wrong in ("Ada", "a b", "a+b", "../a", "-rf", "a" * 33, "ada:x"):
        students.write_text(f"ada\n{wrong}\n")
        with pytest.raises(people.HubError, match=r"students\.txt, line 2"):
            people.read_names(students)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nobody-here", "there is no user 'nobody-here': create one with 'adduser nobody-here'"),
        ("root", "root cannot be the instructor"),
    ],
)
def test_who_cannot_teach_is_told_why(part, name, said):
    """Grading runs with the instructor's rights, so it is a user and not root."""
    people = part("people")
    with pytest.raises(people.HubError, match=said):
        people.check_instructor(name)


def test_an_instructor_whose_group_has_others_is_refused(part, monkeypatch):
    """What is handed in is readable for that group."""
    people = part("people")
    accounts = {
        name: SimpleNamespace(pw_name=name, pw_uid=number, pw_gid=100)
        for number, name in enumerate(["teacher", "ada"], 5_000)
    }
    group = SimpleNamespace(gr_name="users", gr_mem=["bob"])
    monkeypatch.setattr(people, "user", accounts.get)
    monkeypatch.setattr(people.pwd, "getpwall", lambda: list(accounts.values()))
    monkeypatch.setattr(people.grp, "getgrgid", lambda number: group)
    with pytest.raises(
        people.HubError, match=r"users, the group of teacher, is also that of ada, bob"
    ):
        people.check_instructor("teacher")
    del accounts["ada"], group.gr_mem[0]
    assert people.check_instructor("teacher").pw_uid == 5_000


def test_a_python_that_is_closed_to_students_is_refused(part, tmp_path):
    """One below a folder that others cannot enter runs for root alone."""
    environment = part("environment")
    python = tmp_path / "closed" / "python3"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    python.parent.chmod(0o700)
    with pytest.raises(environment.HubError, match="python3 is closed to students"):
        environment.choose_python(str(python))


@as_root
def test_what_is_as_it_should_be_is_neither_changed_nor_mentioned(part, tmp_path):
    """Each change is one line; without one there is none, and a dry run changes nothing."""
    lines, folder = [], tmp_path / "inbound"
    host = part("host").Host(say=lines.append)
    part("host").Host(dry=True, say=lines.append).folder(folder, 0o3733, "nobody")
    assert not folder.exists()
    assert lines == [f"would make {folder} (nobody, group root, 3733)"]
    for _ in range(2):
        host.folder(folder, 0o3733, "nobody")
        host.file(tmp_path / "secret", "text", 0o600)
    assert [line.split()[0] for line in lines[1:]] == ["make", "write"]
    assert folder.stat().st_mode & 0o7777 == 0o3733
    assert folder.owner() == pwd.getpwnam("nobody").pw_name
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    folder.chmod(0o777)
    host.folder(folder, 0o3733, "nobody")
    assert lines[-1] == f"set the permissions of {folder} to 3733"


def test_a_link_in_the_place_of_a_folder_is_refused(part, tmp_path):
    """Root would change the rights of what it leads to."""
    host = part("host")
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(host.HubError, match="is not a folder"):
        host.Host().folder(tmp_path / "link", 0o755)


@as_root
def test_a_command_that_fails_is_one_line_with_its_last_words(part, tmp_path):
    """All that it said is in the log."""
    host = part("host")
    with pytest.raises(host.HubError, match=r"could not try it: no luck\. Full output: .*log"):
        host.Host(say=lambda line: None).run(
            "try it", ["sh", "-c", "echo first; echo no luck; exit 3"], tmp_path / "log"
        )
    assert "first" in (tmp_path / "log").read_text()


def test_without_root_one_line_says_what_is_missing(monkeypatch, capsys):
    """Starting other users' servers is root's alone."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert importlib.import_module("hub").main(["start"]) == 1
    assert capsys.readouterr().err == (
        "hub: a hub starts servers as other users: run this as root, with sudo\n"
    )


def test_the_proxys_lock_pins_contents_and_no_place():
    """As the locks of Python's packages; a place would be where it was made."""
    lock = json.loads((ROOT / "tools/hub/classhub/files/package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert len(packages) > 10
    assert all("integrity" in package and "resolved" not in package for package in packages)
