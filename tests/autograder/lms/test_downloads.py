"""Hostile, damaged and foreign zips cost nothing but themselves."""

import re
import stat
import zipfile

import pytest
from lms_downloads import (
    NOTEBOOK,
    canvas_name,
    collected,
    moodle_name,
    notebook,
    submitted,
    zipped,
)

from autograder import ROOT
from autograder.errors import UsageError

HOSTILE = {
    "../../evil_1001_1_a2_vae.ipynb": "leads out of it",
    "/etc/lovelaceada_1001_1_a2_vae.ipynb": "leads out of it",
    "x\\..\\lovelaceada_1001_1_a2_vae.ipynb": "leads out of it",
    "C:lovelaceada_1001_1_a2_vae.ipynb": "leads out of it",
    "a" * 1001: "leads out of it",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_paths_that_lead_elsewhere_stop_everything(classroom, tmp_path, name):
    """No learning management system makes such a zip, so nothing in it is collected."""
    good = canvas_name("bela", 1, NOTEBOOK)
    path = zipped(tmp_path / "a.zip", {good: notebook("good"), name: notebook("evil")})
    with pytest.raises(UsageError, match=HOSTILE[name]):
        collected(classroom, path, "canvas")
    assert submitted(classroom) == {}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_stop_everything(classroom, tmp_path, kind):
    """A symbolic link to the answers would be read as a submission."""
    info = zipfile.ZipInfo(canvas_name("ada", 1, NOTEBOOK))
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, str(ROOT / "solutions" / "a2_vae.py"))
    with pytest.raises(UsageError, match="a link or a device"):
        collected(classroom, tmp_path / "a.zip", "canvas")


def test_a_bomb_costs_its_owner_only(classroom, tmp_path, monkeypatch):
    """A notebook of more than 20 MB is left out unread; the others are collected."""
    monkeypatch.setattr("autograder.lms.downloads.MAX_BYTES", 100_000)
    files = {
        canvas_name("ada", 1, NOTEBOOK): b"\0" * 100_001,
        canvas_name("bela", 2, NOTEBOOK): notebook("bela"),
    }
    path = zipped(tmp_path / "a.zip", files)
    there, said = collected(classroom, path, "canvas")
    assert there == {("bela", NOTEBOOK): notebook("bela")}
    assert re.search(r"left out, cannot be read: 1 \(ada: \S+ has more than 0 MB\)", said)


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(classroom, tmp_path):
    """A header that claims 10 bytes of a megabyte makes a damaged file, not a large one."""
    path = zipped(tmp_path / "a.zip", {canvas_name("ada", 1, NOTEBOOK): b"\0" * 1_000_000})
    data = path.read_bytes().replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)
    there, said = collected(classroom, path, "canvas")
    assert there == {}
    assert "is damaged in the zip" in said


def test_too_much_in_all_stops_everything(classroom, tmp_path, monkeypatch):
    """Many files, each within its bound, are refused if their sum is too large."""
    path = zipped(tmp_path / "a.zip", {canvas_name("ada", 1, NOTEBOOK): notebook("ada")})
    with monkeypatch.context() as patch:
        patch.setattr("autograder.lms.downloads.MAX_UNPACKED", 10)
        with pytest.raises(UsageError, match="unpacks to"):
            collected(classroom, path, "canvas")
    monkeypatch.setattr("autograder.lms.downloads.MAX_ENTRIES", 0)
    with pytest.raises(UsageError, match="holds 1 files; the limit is 0"):
        collected(classroom, path, "canvas")


def test_what_is_no_download_says_so(classroom, tmp_path):
    """A file that is no zip, another system's zip or a missing file: one line says what to do."""
    (tmp_path / "a.zip").write_bytes(b"<html>")
    with pytest.raises(UsageError, match=r"cannot be read as a zip .* download it again"):
        collected(classroom, tmp_path / "a.zip", "canvas")
    with pytest.raises(UsageError, match="there is no"):
        collected(classroom, tmp_path / "b.zip", "canvas")
    path = zipped(tmp_path / "c.zip", {moodle_name("ada", 310, NOTEBOOK): notebook("ada")})
    with pytest.raises(UsageError, match=r"no submission as canvas names them.*Ada Lovelace_310_"):
        collected(classroom, path, "canvas")
    path = zipped(tmp_path / "d.zip", {"__MACOSX/x": b"", ".DS_Store": b""})
    with pytest.raises(UsageError, match="as canvas names them, of 0 files"):
        collected(classroom, path, "canvas")
    files = {"readme.txt": b"", canvas_name("ada", 1, NOTEBOOK): notebook("ada")}
    _, said = collected(classroom, zipped(tmp_path / "e.zip", files), "canvas")
    assert "left out, not named as this system names files: 1 (readme.txt)" in said
