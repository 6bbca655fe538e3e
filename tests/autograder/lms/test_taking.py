"""A stranger's folder is copied without following links or trusting what was seen before."""

import os
import socket

import pytest

from autograder.errors import RefusedError
from autograder.lms.exchange import take


def test_a_folder_that_changes_meanwhile_is_not_believed(tmp_path, monkeypatch):
    """A file that becomes a link between two looks is refused."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ipynb").write_text("mine")
    (tmp_path / "private").write_text("the instructor's")
    opened = os.open

    def swap(name, *arguments, **keywords):
        if name == "a.ipynb":
            (tmp_path / "in" / name).unlink()
            (tmp_path / "in" / name).symlink_to(tmp_path / "private")
        return opened(name, *arguments, **keywords)

    take(tmp_path / "in", tmp_path / "first", {os.geteuid()})
    assert (tmp_path / "first" / "a.ipynb").read_text() == "mine"
    monkeypatch.setattr("autograder.lms.exchange.os.open", swap)
    with pytest.raises(RefusedError, match=r"a\.ipynb is a link"):
        take(tmp_path / "in", tmp_path / "second", {os.geteuid()})


def test_a_socket_is_refused_without_waiting(tmp_path):
    """A socket cannot be opened, and is refused at once."""
    (tmp_path / "in").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "in" / "s"))
        with pytest.raises(RefusedError, match="s cannot be read"):
            take(tmp_path / "in", None, None)
