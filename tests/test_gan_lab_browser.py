"""The failure lab in JupyterLab: a training that is started, seen, and stopped by a keyboard."""

import shutil

import pytest
from lab_browser import open_notebook

LAB = """import course.backend
from course.explorers import explore_gan_lab
lab = explore_gan_lab(steps=20_000);"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page():
    """JupyterLab with the lab."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        pytest.skip("no chromium on PATH")
    with sync_api.sync_playwright() as playwright, open_notebook(playwright, [LAB]) as page:
        yield page


def press(page, name):
    """Press a button with the keyboard."""
    button = page.get_by_role("button", name=name, exact=True).locator("visible=true")
    button.focus()
    page.keyboard.press("Enter")


def test_a_training_is_started_watched_and_stopped(page):
    """Run shows pictures and words while it trains; Stop is heard, and keeps what is done."""
    output = page.locator(".jp-Notebook .jp-OutputArea-output").last
    picture = output.locator("img").last
    output.get_by_text("press Run").first.wait_for(timeout=20_000)
    before = picture.get_attribute("src")
    press(page, "Run")
    output.get_by_text("step 400").first.wait_for(timeout=60_000)
    assert picture.get_attribute("src") != before
    assert output.get_by_text("quiet: gradients above 100").count() == 1
    press(page, "Stop")
    run = page.get_by_role("button", name="Run", exact=True).locator("visible=true")
    page.wait_for_function("button => !button.disabled", arg=run.element_handle(), timeout=20_000)
    words = output.locator("p", has_text="Ring, seed 0").inner_text()
    assert 400 <= int(words.partition("step ")[2].partition(",")[0].replace(",", "")) < 20_000
    assert "WARNING" in output.inner_text() or "quiet" in output.inner_text()
