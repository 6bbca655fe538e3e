"""Measures the time from an event to an explorer's new picture, in the JupyterLab of `make lab`.

    python benchmarks/explorers.py                     about a minute, after `make install-tests`
    python benchmarks/explorers.py --screenshots DIR   screenshots instead, light and dark

A time starts at the browser's time stamp of the key or pointer event, and ends at the frame
after the picture was drawn. Each event waits for the picture of the previous one and a little
longer, so this is how one movement feels. Nothing is asserted, because machines are shared.
"""

import argparse
import random
import statistics
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests" / "support"))  # Its helper starts JupyterLab.

from lab_browser import open_notebook  # noqa: E402

EVENTS = 40
PREPARE = """
import course.backend
import keras, numpy as np
from course.checkpoints import WEIGHTS, load_vae
from course.data import load_images
from course.explorers import explore_edits, explore_gaussians, explore_lambda, explore_latent
from course.faces.measures import measure_smile
from course.faces.drawing import draw_faces
from course.latent import attribute_vector
from course.vae.model import VAE
keras.utils.set_random_seed(0)
digits, vae = load_images("digits"), load_vae()
mu, _ = vae.encoder.predict(digits.x_test, verbose=0)
# Networks of the same size replace missing checkpoints.
names = {f"{weight:g}": f"vae_digits_k2_lambda_{weight:g}" for weight in (0, 1e-4, 1e-3, 1e-2, 0.1)}
names = {w: n if (WEIGHTS / f"{n}.npz").exists() else "vae_digits_k2" for w, n in names.items()}
trained = (WEIGHTS / "vae_faces_k32.npz").exists()
face_vae = load_vae("vae_faces_k32") if trained else VAE(32, images="faces")
faces = draw_faces(300, seed=2)
face_codes, _ = face_vae.encoder.predict(faces.images, verbose=0)
traits = {"smile": faces.smiling, "glasses": faces.glasses, "long hair": faces.long_hair}
directions = {name: attribute_vector(face_codes, has) for name, has in traits.items()}
measures = {"the curve of the mouth": measure_smile}
"ready"
"""
CELLS = {
    "gaussians": "explore_gaussians();",
    "latent": "explore_latent(vae.decoder, mu, digits.y_test);",
    "lambda": "explore_lambda(names, digits.x_test);",
    "edits": "explore_edits(face_vae.decoder, face_codes[0], directions, measures=measures);",
}
# Records the time of each event, and of the frame after each picture.
WATCH = """() => {
  window.events = []; window.pictures = [];
  const drawn = () => requestAnimationFrame(() => window.pictures.push(performance.now()));
  for (const name of ["keydown", "pointerdown", "pointermove"]) {
    window.addEventListener(name, event => window.events.push(event.timeStamp), true);
  }
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...all) {
    put.apply(this, all);
    drawn();
  };
  document.addEventListener("load", event => event.target.tagName === "IMG" && drawn(), true);
}"""


def main():
    """Measure, and print one line each."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--screenshots", metavar="DIR", type=Path)
    chosen = arguments.parse_args()
    with sync_playwright() as playwright:
        if chosen.screenshots:
            return _photograph(playwright, chosen.screenshots)
        with open_notebook(playwright, [PREPARE, *CELLS.values()]) as page:
            return _measure(page)


def _measure(page):
    page.evaluate(WATCH)
    places = _places(page)
    # The first pass warms up. After it everything that is prepared in the background is ready.
    for report in (False, True):
        for name, place in places.items():
            place.scroll_into_view_if_needed()
            if name == "latent":
                _report(f"{name}, drag", _drag(page, place), report)
            handle = place.get_by_role("slider").first
            _report(f"{name}, arrow key", _press(page, handle), report)


def _places(page):
    outputs = page.locator(".jp-Notebook .jp-Cell .jp-OutputArea-output")
    return {name: outputs.nth(number) for number, name in enumerate(CELLS, start=1)}


def _press(page, handle):
    handle.focus()
    # Two steps there and two back, so that a slider with few positions has enough room.
    keys = ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"]
    return [_time(page, page.keyboard.press, key) for key in keys * (EVENTS // 4)]


def _drag(page, place):
    box = place.get_by_role("slider").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    times = []
    for _ in range(EVENTS):
        x, y = (m + random.uniform(-100, 100) for m in middle)
        times.append(_time(page, page.mouse.move, x, y))
    page.mouse.up()
    return times


def _time(page, act, *arguments):
    """Milliseconds from the event that ``act`` makes to its picture."""
    page.wait_for_timeout(random.uniform(50, 150))
    page.evaluate("events.length = pictures.length = 0")
    act(*arguments)
    page.wait_for_function("pictures.length > 0", timeout=10_000)
    return page.evaluate("pictures[0] - events[0]")


def _report(name, times, report):
    if report:
        slow = statistics.quantiles(times, n=10)[-1]
        median = statistics.median(times)
        print(f"{name:22} median {median:4.0f} ms, nine of ten within {slow:4.0f} ms", flush=True)


def _photograph(playwright, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("Light", "Dark"):
        cells = [PREPARE, *CELLS.values()]
        with open_notebook(playwright, cells, f"JupyterLab {theme}") as page:
            for name, place in _places(page).items():
                place.scroll_into_view_if_needed()
                place.get_by_role("slider").first.focus()
                page.keyboard.press("ArrowRight")
                page.wait_for_timeout(1000)
                place.screenshot(path=folder / f"{name}-{theme.lower()}.png")


if __name__ == "__main__":
    random.seed(0)
    main()
