"""Links and paths in the repository's Markdown lead somewhere, without building the site."""

import itertools
import re

import pytest
from markdown_it import MarkdownIt

from autograder import ROOT

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "benchmarks/*.md", "course/datasets/*.md")
    for path in ROOT.glob(pattern)
)
ELSEWHERE = re.compile(r"[a-z]+:")
# Paths in code: `tests/styles/`, `course/plots.py`; not names to be replaced, as docs/NAME.md.
PATH = re.compile(
    r"(?:\.ci|\.github|autograder|course|docs|notebooks|solutions|tests|tools)/[\w./-]*"
)
MADE = ("solutions/", "notebooks/my_assignments")  # Only after a build or a fetch.


def inline_tokens(page):
    """The tokens of a page's running text, of headings too."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse((ROOT / page).read_text())
    return [child for token in tokens if token.children for child in token.children]


def places(page):
    """The names by which a link can lead to a heading of a page, as GitHub makes them."""
    tokens = MarkdownIt().parse(page.read_text())
    titles = [
        following.content
        for token, following in itertools.pairwise(tokens)
        if token.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_to_a_file_and_a_heading(page):
    """A link or picture names a file of the repository, and a place names a heading in it."""
    broken = []
    for token in inline_tokens(page):
        address = token.attrs.get("href") or token.attrs.get("src")
        if not address or ELSEWHERE.match(address):
            continue
        name, _, place = address.partition("#")
        target = (ROOT / page).parent / name if name else ROOT / page
        if not target.exists() or (place and place not in places(target)):
            broken.append(address)
    assert broken == []


# The author's guide makes the files of its example.
@pytest.mark.parametrize("page", [page for page in PAGES if page != "docs/authors.md"])
def test_every_path_in_code_is_there(page):
    """A path that a page shows as code is a file or a folder."""
    named = [token.content for token in inline_tokens(page) if token.type == "code_inline"]
    paths = [text for text in named if PATH.fullmatch(text) and not re.search("[A-Z]{3}", text)]
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert [path for path in missing if not path.startswith(MADE)] == []
