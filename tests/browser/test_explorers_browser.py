"""The explorers in JupyterLab: pointers drag, keys step, numbers are typed, and pictures follow."""

import math
import re

import numpy as np
import pytest
from explorer_browser import (
    drag_a_slider,
    drag_the_pad,
    key_the_pad,
    output_of,
    parts_of,
    pixels,
    wait_for_words,
)
from lecture_browser import look_at

PAD = """import course.backend
import numpy as np
from course.data import load_images
from course import explorers
from course.explorers.latent import LatentExplorer
from course.gan.lab.digit_runs import load_digit_runs

def decoder(codes):  # Bright to the right.
    share = np.asarray(codes)[:, :1, None, None] / 6 + 0.5
    return share * np.ones((1, 28, 28, 1))

explorers.explore_latent(decoder);"""
EDITS = """explorers.explore_edits(decoder, [0.0, 0.0], {"bright": [1.0, 0.0]});"""
GAUSSIANS = "explorers.explore_gaussians();"
LAMBDA = """names = {"0.001": "vae_digits_k2", "0.1": "vae_digits_k2_lambda_0.1"}
explorers.explore_lambda(names, load_images("digits").x_test);"""
RUNS = """explorers.explore_gan_runs(load_digit_runs(), "plain", "image noise");"""
GAN_LAB = "lab = explorers.explore_gan_lab(steps=20_000);"
EXPLORERS = [PAD, EDITS, GAUSSIANS, LAMBDA, RUNS, GAN_LAB]
NAMES = ["pad", "edits", "gaussians", "lambda", "runs", "gan_lab"]
COPY = """def copy_with(part, old, new):
    explorer = LatentExplorer(decoder)
    widget = getattr(explorer, part)
    assert old in widget._esm
    widget._esm = widget._esm.replace(old, new)
    return explorer

copy_with({!r}, {!r}, {!r})"""
# Copies of the pad with another text of its JavaScript.
SOUND = ("pad", "pointermove", "pointermove")
BROKEN = {
    "no pointer": ("pad", '"pointermove"', '"nothing"'),
    "no keys": ("pad", '"keydown"', '"nothing"'),
    "half a step": ("pad", 'limit") / 30', 'limit") / 60'),
    "no redraw": ("picture", "model.on(", "(() => 0)("),
    "black": ("picture", "bytes.getUint8", "0 * bytes.getUint8"),
    "no words": ("picture", 'setAttribute("aria-label"', 'setAttribute("aria-nothing"'),
    "no render": ("pad", "const pad =", "throw Error('broken'); const pad ="),
}
COPIES = [COPY.format(*change) for change in (SOUND, *BROKEN.values())]
FOCUSABLE = "[tabindex='0'], button:enabled, select, input, [contenteditable=true]"
LOOK_OF = """element => {
  const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(element);
  return [outline, boxShadow, borderColor, backgroundColor].join();
}"""
MOVING = """() => document.getAnimations().map(({ effect }) => effect.target)
  .filter(target => target && target.closest(".jp-OutputArea")).map(target => target.className)"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(shared_lab, browser):
    """JupyterLab with every explorer, and copies of the pad with other JavaScript."""
    page = shared_lab.run(browser, [*EXPLORERS, *COPIES], "explorers")
    yield page
    page.context.close()
    shared_lab.shut_kernels_down("explorers")


def test_the_pad_follows_pointer_and_keys(page):
    """Picture and sentence are those of the code under the marker, and cells stay put."""
    parts = parts_of(page, 0)
    drag_the_pad(page, parts)
    key_the_pad(page, parts)


def test_a_copy_that_is_sound_passes(page):
    """The way in which the broken ones are made breaks nothing by itself."""
    parts = parts_of(page, len(EXPLORERS))
    drag_the_pad(page, parts)
    key_the_pad(page, parts)


@pytest.mark.parametrize("name", BROKEN)
def test_a_widget_broken_on_purpose_is_caught(page, name):
    """What the pad's test asserts fails on each copy of which one line does not do its work."""
    number = len(EXPLORERS) + 1 + list(BROKEN).index(name)
    with pytest.raises(AssertionError):  # noqa: PT012 -- any of the three may be the one
        parts = parts_of(page, number, 3000)
        drag_the_pad(page, parts, 3000)
        key_the_pad(page, parts, 3000)


def test_an_edit_is_stepped_dragged_typed_and_reset(page):
    """The right picture is as bright as the words say, the left one stays as it is."""
    output, (slider, canvas, sentence) = output_of(page, 1), parts_of(page, 1)

    def brightness():
        shown = pixels(canvas)
        return shown[14, 14], shown[14, 44]

    wait_for_words(sentence, "Right: plus nothing")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    wait_for_words(sentence, "0.2 times bright")
    assert brightness() == (128, 136)
    drag_a_slider(page, slider, 400)  # Beyond its end.
    wait_for_words(sentence, "plus 2 times bright")
    assert brightness() in [(128, 212), (128, 213)]  # 212.5
    output.locator(".widget-readout").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("-1.5")
    page.keyboard.press("Enter")
    wait_for_words(sentence, "-1.5 times bright")
    assert brightness() == (128, 64)
    output.get_by_role("button", name="All back to 0").focus()
    page.keyboard.press("Enter")
    wait_for_words(sentence, "Right: plus nothing")


def test_gaussians_are_stepped_dragged_and_typed(page):
    """Curves are drawn anew, and the divergences are those of the closed form."""
    output = output_of(page, 2)
    sliders, picture = output.get_by_role("slider"), output.locator("img")
    sentence = output.locator("p")

    def divergence(p, q):
        return math.log(q[1] / p[1]) + (p[1] ** 2 + (p[0] - q[0]) ** 2) / 2 / q[1] ** 2 - 0.5

    def moved_to(p, q, before):
        wait_for_words(sentence, f"q has mean {q[0]:.1f} and standard deviation {q[1]:.1f}")
        words = sentence.inner_text()
        assert f"D(p||q) = {divergence(p, q):.2f} nats" in words
        assert f"D(q||p) = {divergence(q, p):.2f} nats" in words
        page.wait_for_function(
            "([e, before]) => e.src !== before", arg=[picture.element_handle(), before]
        )

    before = picture.get_attribute("src")
    sliders.nth(2).focus()
    page.keyboard.press("ArrowRight")
    moved_to((0, 1), (1.1, 2), before)
    before = picture.get_attribute("src")
    output.locator(".widget-readout").nth(3).click()
    page.keyboard.press("Control+a")
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    moved_to((0, 1), (1.1, 0.5), before)
    before = picture.get_attribute("src")
    drag_a_slider(page, sliders.nth(2), 400)
    moved_to((0, 1), (4, 0.5), before)


def test_another_lambda_shows_other_samples(page):
    """Samples vary as much as the words say; at lambda 0.1 far less, for the codes collapse."""
    slider, canvas, sentence = parts_of(page, 3)

    def spread():
        tiles = pixels(canvas)[60:88].reshape(28, -1)
        tiles = np.stack([tiles[:, 30 * n : 30 * n + 28] for n in range(10)]) / 255
        told = re.search(r"a pixel varies by ([\d.]+)", sentence.inner_text())[1]
        assert np.std(tiles, axis=0).mean() == pytest.approx(float(told), abs=0.003)
        return float(told)

    wait_for_words(sentence, "Lambda = 0.001")
    images, before = pixels(canvas)[:28], spread()
    slider.focus()
    page.keyboard.press("ArrowRight")
    wait_for_words(sentence, "Lambda = 0.1:")
    assert spread() < before / 2
    assert np.array_equal(pixels(canvas)[:28], images)
    drag_a_slider(page, slider, -400)
    wait_for_words(sentence, "Lambda = 0.001")
    assert spread() == before


def test_recorded_runs_are_chosen_and_wound_back(page):
    """A choice changes its own sheet alone; the slider changes both, and the words with them."""
    output, (slider, canvas, sentence) = output_of(page, 4), parts_of(page, 4)

    def halves():
        shown = pixels(canvas)
        assert shown.shape == (118, 244)
        return shown[:, :118], shown[:, 126:], *sentence.inner_text().split(" Right: ")

    def changed(before, act):
        words = sentence.inner_text()
        act()
        page.wait_for_function(
            "([e, words]) => e.innerText !== words", arg=[sentence.element_handle(), words]
        )
        return [not np.array_equal(a, b) for a, b in zip(before, halves())]

    left = output.get_by_role("combobox").first
    assert changed(halves(), lambda: left.select_option("image noise")) == [True, False] * 2
    sheets = halves()
    assert np.array_equal(sheets[0], sheets[1])  # The same run twice.
    slider.focus()
    assert changed(halves(), lambda: page.keyboard.press("ArrowLeft")) == [True] * 4
    left.focus()
    assert changed(halves(), lambda: page.keyboard.press("Home")) == [True, False] * 2


def test_a_training_is_started_watched_stopped_and_reset(page):
    """Run shows pictures and words while it trains; Stop is heard, and keeps what is done."""
    output = output_of(page, 5)

    def press(name):
        output.get_by_role("button", name=name, exact=True).focus()
        page.keyboard.press("Enter")

    picture = output.locator("img")
    output.get_by_text("press Run").first.wait_for()
    before = picture.get_attribute("src")
    seed = output.locator("input[type=number]")
    seed.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    optimizer = output.locator(".widget-dropdown", has_text="optimizer").locator("select")
    optimizer.focus()
    page.keyboard.press("End")
    press("Run")
    output.get_by_text(re.compile(r"step ([4-9]\d\d|\d+,\d+)")).first.wait_for(timeout=300_000)
    assert picture.get_attribute("src") != before
    assert output.get_by_text("quiet: gradients above 100").count() == 1
    press("Stop")
    run = output.get_by_role("button", name="Run", exact=True)
    page.wait_for_function("button => !button.disabled", arg=run.element_handle())
    words = output.locator("p", has_text="Ring, seed 3").inner_text()
    assert 400 <= int(words.partition("step ")[2].partition(",")[0].replace(",", "")) < 20_000
    assert optimizer.input_value() == "rmsprop"
    press("Reset")
    page.wait_for_function("e => e.value === 'adam'", arg=optimizer.element_handle())


@pytest.mark.parametrize("name", NAMES)
def test_tab_goes_through_every_control_and_leaves(page, name):
    """Each control once, in the order of the page and back, seen when it has the focus."""
    output = output_of(page, NAMES.index(name))
    controls = [each for each in output.locator(FOCUSABLE).element_handles() if each.is_visible()]
    looks = {each: each.evaluate(LOOK_OF) for each in controls}
    for order, key in ((controls, "Tab"), (controls[::-1], "Shift+Tab")):
        order[0].focus()
        for control in order:
            words = control.evaluate("control => control.outerHTML")
            assert control.evaluate("control => control === document.activeElement"), words
            assert control.evaluate(LOOK_OF) != looks[control], words
            page.keyboard.press(key)
        assert not output.evaluate("output => output.contains(document.activeElement)")


@pytest.mark.parametrize("name", ["pad", "edits", "lambda", "runs"])
def test_nothing_slides_for_who_asked_for_less_motion(page, name):
    """With prefers-reduced-motion a picture is there at once, without a transition."""
    page.emulate_media(reduced_motion="reduce")
    slider, canvas, _ = parts_of(page, NAMES.index(name))
    before, moving = pixels(canvas), []
    slider.focus()
    page.keyboard.press("ArrowLeft" if name == "runs" else "ArrowRight")
    for _ in range(400):
        moving += page.evaluate(MOVING)
        if not np.array_equal(pixels(canvas), before):
            break
        page.wait_for_timeout(50)
    assert not np.array_equal(pixels(canvas), before)
    assert moving == []
    page.emulate_media(reduced_motion="no-preference")


def test_all_of_them_look_as_they_should(page):
    """Canvases are drawn and have words, nothing is too wide, but for copies that are broken."""
    lines, _ = look_at(page)
    assert {line.partition(":")[0] for line in lines} <= {
        f"cell {len(EXPLORERS) + 1 + number}" for number in range(len(BROKEN))
    }
