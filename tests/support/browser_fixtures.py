"""What the tests in a browser share: one JupyterLab for all, and a picture of what went wrong."""

import re

import pytest
from lab_browser import Lab, chromium_path, copy_course, launched_chromium, running_lab

from autograder import ROOT

__all__ = [
    "browser",
    "photograph",
    "pytest_runtest_makereport",
    "shared_lab",
]

SCREENSHOTS = ROOT / ".screenshots"
_open = []  # Browsers that a fixture has open now.


@pytest.fixture(scope="module")
def browser():
    """Chromium for the tests of a module; what is open in it when one fails is photographed."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if chromium_path() is None:
        pytest.skip("no chromium on PATH")
    # Not for the whole run: while Playwright is up, nothing else can run an event loop.
    with sync_api.sync_playwright() as playwright, launched_chromium(playwright) as chromium:
        _open.append(chromium)
        yield chromium
        _open.remove(chromium)


@pytest.fixture(scope="session")
def shared_lab(tmp_path_factory):
    """JupyterLab on a copy of the course, with a class that is empty."""
    if chromium_path() is None:
        pytest.skip("no chromium on PATH")
    place = tmp_path_factory.mktemp("lab")
    course = copy_course(place / "course")
    with running_lab(place, course, CLASSROOM="classroom", NBGRADER_EXCHANGE="exchange") as address:
        yield Lab(address, course, place)


def photograph(page, name):
    """Save what a page shows, and return a line that names the file."""
    SCREENSHOTS.mkdir(exist_ok=True)
    path = SCREENSHOTS / (re.sub(r"[^\w.-]+", "-", name).strip("-") + ".png")
    try:
        page.screenshot(path=path)
    except Exception as error:  # The page may be what failed.
        return f"no screenshot of {page.url}: {error}"
    return f"{page.url}: {path.relative_to(ROOT)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Add to a failure where the screenshots of all open pages are."""
    report = yield
    if report.failed:
        pages = [page for each in _open for context in each.contexts for page in context.pages]
        lines = [
            photograph(page, f"{item.name}-{number}") for number, page in enumerate(pages, start=1)
        ]
        if lines:
            report.sections.append(("Screenshots", "\n".join(lines)))
    return report
