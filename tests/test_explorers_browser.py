"""The explorers in JupyterLab: a pointer drags, keys step, and pictures and words follow."""

import shutil

import pytest
from lab_browser import open_notebook

PAD = """import numpy as np
from course.explorers import explore_edits, explore_latent

def decoder(codes):  # Bright to the right.
    share = np.asarray(codes)[:, :1, None, None] / 6 + 0.5
    return share * np.ones((1, 28, 28, 1))

explore_latent(decoder);"""
EDITS = """explore_edits(decoder, [0.0, 0.0], {"bright": [1.0, 0.0]});"""
MIDDLE = "canvas => canvas.getContext('2d').getImageData(14, 14, 1, 1).data[0]"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page():
    """JupyterLab with a pad and an edit slider."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        pytest.skip("no chromium on PATH")
    with sync_api.sync_playwright() as playwright, open_notebook(playwright, [PAD, EDITS]) as page:
        yield page


@pytest.fixture
def explorer(page, request):
    """Of the explorer with that number: its slider or pad, its canvas and its sentence."""
    output = page.locator(".jp-Notebook .jp-Cell").nth(request.param)
    output.scroll_into_view_if_needed()
    parts = (output.get_by_role("slider"), output.locator("canvas"), output.locator("figcaption"))
    for part in parts:
        part.wait_for(timeout=20_000)
    return parts


def wait_for_words(sentence, words):
    """Return once the sentence has the words; fail with what it has instead."""
    try:
        sentence.filter(has_text=words).wait_for(timeout=10_000)
    except Exception as error:
        raise AssertionError(f"wanted {words!r}, got {sentence.inner_text()!r}") from error


@pytest.mark.parametrize("explorer", [0], indirect=True)
def test_the_pad_follows_pointer_and_keys(page, explorer):
    """A drag to the right brightens the picture, arrow keys step by 0.1, and cells stay put."""
    pad, canvas, sentence = explorer
    wait_for_words(sentence, "z = (0.00, 0.00)")
    assert canvas.evaluate(MIDDLE) == 128
    box = pad.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 2 * box["width"], box["y"] - 50, steps=5)
    wait_for_words(sentence, "z = (3.00, 3.00)")
    assert canvas.evaluate(MIDDLE) == 255
    page.mouse.up()
    page.mouse.move(box["x"] + 50, box["y"] + 50)  # No longer held: nothing moves.
    for keys, words in [
        ("ArrowLeft ArrowDown ArrowDown", "z = (2.90, 2.80)"),
        ("Shift+ArrowLeft", "z = (2.40, 2.80)"),
        ("Home", "z = (0.00, 0.00)"),
    ]:
        for key in keys.split():
            page.keyboard.press(key)
        wait_for_words(sentence, words)
    assert pad.get_attribute("aria-valuetext") == "z1 0.00, z2 0.00"
    assert pad.evaluate("pad => pad === document.activeElement")
    assert canvas.get_attribute("aria-label") == sentence.inner_text()


@pytest.mark.parametrize("explorer", [1], indirect=True)
def test_a_slider_edits_from_the_keyboard(page, explorer):
    """An arrow key on the slider moves the code by a step, and the right picture with it."""
    slider, canvas, sentence = explorer
    wait_for_words(sentence, "Right: plus nothing")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    wait_for_words(sentence, "0.2 times bright")
    right = MIDDLE.replace("14, 14", "44, 14")
    assert (canvas.evaluate(MIDDLE), canvas.evaluate(right)) == (128, 136)
