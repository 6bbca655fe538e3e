"""How pages of the site get their pictures, links and docstrings."""

import pytest
from site_docstrings import process
from site_notebooks import Figures
from site_pages import Pages

from autograder import ROOT
from autograder.errors import AuthorError


def test_a_page_that_asks_for_a_figure_that_is_not_there_is_refused(tmp_path):
    """The message names page, lecture and words; a lecture that was not executed leaves a gap."""
    figures = Figures(tmp_path)
    source = '<img src="data:image/png;base64,AAAA" alt="A smile &amp; a frown." width="9">'
    moved = figures.moved_out("05_latent", source)
    (file,) = (tmp_path / "_static" / "figures").iterdir()
    assert f"_static/figures/{file.name}" in moved and file.read_bytes() == b"\0\0\0"
    page = tmp_path / "index.md"
    page.write_text("![A smile](lecture:05_latent)\n![Any](lecture:04_training)\n")
    Pages(tmp_path, figures, {}).finish()
    assert page.read_text() == f"![A smile & a frown.](_static/figures/{file.name})\n\n"
    page.write_text("![A laugh](lecture:05_latent)\n")
    with pytest.raises(AuthorError, match=r"index\.md: no figure of 05_latent .* 'A laugh'"):
        Pages(tmp_path, figures, {}).finish()


def test_links_to_code_lead_to_the_reference(tmp_path):
    """A module has a page; another file of the repository comes along; a page stays as it is."""
    page = tmp_path / "guide.md"
    page.write_text(
        "[a](autograder/inside/wire.py) [b](tests/support/attacks.py#L3) [c](https://a.test/x.py)"
    )
    Pages(
        tmp_path, Figures(tmp_path), {"autograder/inside/wire.py": "api/autograder.wire.md"}
    ).finish()
    wanted = "[a](api/autograder.wire.md) [b](tests/support/attacks.py#L3) [c](https://a.test/x.py)"
    assert page.read_text() == wanted
    copied, original = (folder / "tests/support/attacks.py" for folder in (tmp_path, ROOT))
    assert copied.read_bytes() == original.read_bytes()


def test_docstrings_are_read_as_they_are_written_here():
    """Sources are sections, plurals of names are words, and a trailing underscore is no link."""
    lines = ["``Group``s of ``x`` and ``y``s (a6_...).", "", "Source: slide 1,", "    below."]
    process(None, "function", "f", None, None, lines)
    assert lines[0] == "``Group``\\ s of ``x`` and ``y``\\ s (a6\\_...)."
    assert lines[2:] == ["Source:", "    slide 1,", "    below."]
