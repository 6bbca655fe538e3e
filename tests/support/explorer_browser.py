"""How an explorer in JupyterLab is moved and looked at."""

import base64
import io

import numpy as np
from PIL import Image

__all__ = [
    "drag_a_slider",
    "drag_the_pad",
    "key_the_pad",
    "output_of",
    "parts_of",
    "pixels",
    "wait_for_words",
]

MIDDLE = "canvas => canvas.getContext('2d').getImageData(14, 14, 1, 1).data[0]"
PATIENCE = 60_000  # Milliseconds for a picture.


def output_of(page, number):
    """The output of a cell, on the screen."""
    output = page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".jp-OutputArea")
    output.scroll_into_view_if_needed()
    return output


def parts_of(page, number, patience=PATIENCE):
    """Its slider or pad, its canvas and its sentence; fails if one is not there."""
    output = output_of(page, number)
    parts = (output.get_by_role("slider"), output.locator("canvas"), output.locator("figcaption"))
    for part in parts:
        try:
            part.wait_for(timeout=patience)
        except Exception as error:
            raise AssertionError(f"cell {number} shows no {part}") from error
    return parts


def wait_for_words(sentence, words, patience=PATIENCE):
    """Return once the sentence has the words; fail with what it has instead."""
    try:
        sentence.filter(has_text=words).wait_for(timeout=patience)
    except Exception as error:
        raise AssertionError(f"wanted {words!r}, got {sentence.inner_text()!r}") from error


def drag_the_pad(page, parts, patience=PATIENCE):
    """A drag to the top right, beyond the edge: the picture is bright, and stays when let go."""
    pad, canvas, sentence = parts
    wait_for_words(sentence, "z = (0.00, 0.00)", patience)
    assert canvas.evaluate(MIDDLE) == 128
    box = pad.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 2 * box["width"], box["y"] - 50, steps=5)
    page.mouse.up()
    wait_for_words(sentence, "z = (3.00, 3.00)", patience)
    assert canvas.evaluate(MIDDLE) == 255
    page.mouse.move(box["x"] + 50, box["y"] + 50)  # No longer held: nothing moves.


def key_the_pad(page, parts, patience=PATIENCE):
    """Arrow keys step by 0.1, with Shift by 0.5, Home goes to the origin, the focus stays."""
    pad, canvas, sentence = parts
    for keys, words in [
        ("ArrowLeft ArrowDown ArrowDown", "z = (2.90, 2.80)"),
        ("Shift+ArrowLeft", "z = (2.40, 2.80)"),
        ("Home", "z = (0.00, 0.00)"),
    ]:
        for key in keys.split():
            page.keyboard.press(key)
        wait_for_words(sentence, words, patience)
    assert pad.get_attribute("aria-valuetext") == "z1 0.00, z2 0.00"
    assert pad.evaluate("pad => pad === document.activeElement")
    assert canvas.get_attribute("aria-label") == sentence.inner_text()


def pixels(canvas):
    """What is on a canvas, uint8 (height, width)."""
    address = canvas.evaluate("canvas => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))[..., 0]


def drag_a_slider(page, handle, by):
    """Pull a slider's handle to the right by that many pixels."""
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=5)
    page.mouse.up()
