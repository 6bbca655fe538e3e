"""The explorer of two Gaussians: what it says, draws and displays."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from course.distances import gaussian_pdf, kl_continuous
from course.explorers import (
    GaussianExplorer,
    explore_gaussians,
)


def _textbook(p, q):
    """The closed form for two Gaussians, written as textbooks have it."""
    return np.log(q[1] / p[1]) + (p[1] ** 2 + (p[0] - q[0]) ** 2) / (2 * q[1] ** 2) - 0.5


def _pixels(png):
    """The colours of a PNG's bytes, int (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)


def _set_sliders(explorer, p, q):
    values = {"mean of p": p[0], "std of p": p[1], "mean of q": q[0], "std of q": q[1]}
    for name, value in values.items():
        explorer.sliders[name].value = value


@pytest.mark.parametrize(
    ("p", "q"),
    [((0.0, 1.0), (1.0, 2.0)), ((-1.5, 0.5), (1.0, 1.2)), ((4.0, 0.4), (-4.0, 4.0))],
)
def test_divergences_agree_with_the_textbook_and_with_quadrature(p, q):
    """Both directions are those of the textbook's formula and of numerical integration."""
    explorer = GaussianExplorer(p, q)
    forward, backward = explorer.divergences()
    assert forward == pytest.approx(_textbook(p, q), rel=1e-9)
    assert backward == pytest.approx(_textbook(q, p), rel=1e-9)
    ends = p[0] - 9 * p[1], p[0] + 9 * p[1]
    integral = kl_continuous(lambda x: gaussian_pdf(x, *p), lambda x: gaussian_pdf(x, *q), *ends)
    assert forward == pytest.approx(integral, rel=1e-6)


def test_sentence_gives_both_numbers():
    """The text alternative says what the picture shows, in nats."""
    sentence = GaussianExplorer((0.0, 1.0), (1.0, 2.0)).sentence
    assert "D(p||q) = 0.44 nats, D(q||p) = 1.31 nats" in sentence
    assert "p has mean 0.0 and standard deviation 1.0" in sentence


def test_equal_gaussians_have_no_divergence():
    """Two equal Gaussians are 0 nats apart both ways."""
    assert GaussianExplorer((2.0, 1.5), (2.0, 1.5)).divergences() == (0.0, 0.0)


def test_a_slider_redraws_the_picture_and_the_sentence():
    """A moved slider changes curve, picture and words, and moving it back restores them."""
    explorer = GaussianExplorer()
    explorer._repr_mimebundle_()
    picture, sentence = explorer.children[1], explorer.children[2]
    before = picture.value, sentence.value
    _set_sliders(explorer, (0.0, 1.0), (-2.0, 0.5))
    assert picture.value != before[0]
    assert f"D(p||q) = {_textbook((0, 1), (-2, 0.5)):.2f} nats" in sentence.value
    line = explorer.figure.axes[0].lines[1]
    np.testing.assert_allclose(line.get_ydata(), gaussian_pdf(line.get_xdata(), -2.0, 0.5))
    _set_sliders(explorer, (0.0, 1.0), (1.0, 2.0))
    assert (picture.value, sentence.value) == before


def test_the_picture_after_a_move_is_the_whole_figure_drawn_anew():
    """What is drawn quickly on top of what stays has no trace of the curves before."""
    explorer = GaussianExplorer()
    explorer._repr_mimebundle_()
    before = _pixels(explorer.children[1].value)
    _set_sliders(explorer, (-3.0, 0.6), (2.0, 3.0))
    quick = _pixels(explorer.children[1].value)
    whole = _pixels(base64.b64decode(explorer.still()["image/png"]))
    # Along the axis, where curves are 0, the two differ in what lies on top.
    apart = np.abs(quick - whole).max(axis=-1)[:420]
    assert np.mean(apart > 20) < 1e-3
    assert np.mean(np.abs(before - whole).max(axis=-1)[:420] > 20) > 0.02


def test_curves_stay_inside_the_picture():
    """No setting of the sliders makes a curve higher than the axes."""
    lowest = GaussianExplorer().sliders["std of p"].min
    explorer = GaussianExplorer((0.0, lowest), (4.0, lowest))
    explorer._repr_mimebundle_()
    axes = explorer.figure.axes[0]
    assert max(line.get_ydata().max() for line in axes.lines) < axes.get_ylim()[1]


def test_nothing_is_drawn_before_it_is_displayed():
    """An explorer that nobody looks at has drawn no picture."""
    explorer = GaussianExplorer()
    assert explorer.children[1].value == b""
    assert explorer.figure.axes[0].lines[:] == []


def test_display_gives_widget_and_still():
    """A front end without widgets gets a picture with words instead."""
    explorer = GaussianExplorer()
    bundle = explorer._repr_mimebundle_()
    assert {"application/vnd.jupyter.widget-view+json", "image/png"} <= set(bundle)
    assert bundle["text/plain"] == explorer.sentence
    assert 'alt="p has mean' in bundle["text/html"]


def test_explore_displays_once(monkeypatch):
    """The function displays its explorer and returns it."""
    shown = []
    monkeypatch.setattr("course.explorers.gaussians.display", shown.append)
    assert explore_gaussians() is shown[0]
    assert len(shown) == 1
