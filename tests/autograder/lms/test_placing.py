"""If files cannot be put in their places, everything stays as it was."""

from pathlib import Path

import pytest
from lms_downloads import (
    NOTEBOOK,
    canvas_name,
    collected,
    notebook,
    submitted,
    zipped,
)

from autograder.errors import UsageError


@pytest.mark.parametrize("fails", [OSError("no space left on device"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_puts_back_what_was_there(classroom, tmp_path, monkeypatch, fails):
    """If the disk is full or somebody interrupts, nothing is collected and nothing is lost."""
    files = {canvas_name("bela", 1, NOTEBOOK): notebook("old")}
    collected(classroom, zipped(tmp_path / "a.zip", files), "canvas")
    copied = []

    def full(source, target):
        if copied:
            raise fails
        copied.append(target)
        Path(target).write_bytes(b"half")

    monkeypatch.setattr("nbgrader.apps.zipcollectapp.shutil.copy", full)
    files = {
        canvas_name("ada", 2, NOTEBOOK): notebook("new"),
        canvas_name("bela", 3, NOTEBOOK): notebook("new"),
    }
    path = zipped(tmp_path / "b.zip", files)
    with pytest.raises((UsageError, KeyboardInterrupt)) as raised:
        collected(classroom, path, "canvas")
    assert copied
    if isinstance(fails, OSError):
        assert str(raised.value) == "nothing was collected: no space left on device"
    assert submitted(classroom) == {("bela", NOTEBOOK): notebook("old")}
    monkeypatch.undo()
    there, said = collected(classroom, path, "canvas")
    assert "collected: 2 new" in said and there["bela", NOTEBOOK] == notebook("new")
