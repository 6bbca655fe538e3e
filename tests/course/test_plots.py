import base64
import io
import itertools

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from course import code_plots, diagrams, plots, show

X = np.linspace(-1, 1, 11)
FIGURES = {
    "curves": lambda: plots.plot_curves(
        {"p": (X, X**2), "q": (X, X**3)}, title="Powers", fill=True
    ),
    "round": lambda: plots.plot_curves({"p": (X, X)}, equal=True),
    "images": lambda: plots.plot_images(np.zeros((6, 28, 28, 1)), list("abcdef"), columns=3),
    "numbers": lambda: plots.plot_images([np.eye(3)], limits=None, numbers=True),
    "codes": lambda: code_plots.plot_codes(np.eye(2), gaussians=([[0, 0]], [[1, 2]])),
    "shadows": lambda: code_plots.plot_codes(np.eye(2), shadows=(np.eye(2), np.ones((2, 2)))),
    "classes": lambda: code_plots.plot_codes(np.eye(2).repeat(5, axis=0), np.arange(10)),
    "network": lambda: diagrams.plot_network(
        {"a": (0, 0, "data"), "b": (1, 0, "learned"), "eps": (1, 1, "random")},
        [("a", "b"), ("eps", "b")],
        title="Net",
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figure_carries_words(name):
    """Every plotting function returns a Figure of its own with a text alternative."""
    figure = FIGURES[name]()
    assert isinstance(figure, Figure)
    assert len(figure.alt) > 10
    assert show.figure_png(figure).startswith(b"\x89PNG")


def test_words_name_what_is_drawn():
    """The text alternative names the title, the curves and the axes."""
    figure = plots.plot_curves({"wide": (X, X)}, title="Densities", x_label="x", y_label="height")
    assert figure.alt == "Densities: wide; height against x."


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_stays_behind(name):
    """Drawing opens no pyplot figure and leaves the user's matplotlib settings as they were."""
    plt.get_backend()  # Chosen at its first use, by whoever asks first.
    before = dict(matplotlib.rcParams)
    show.figure_png(FIGURES[name]())
    assert plt.get_fignums() == []
    assert dict(matplotlib.rcParams) == before


def test_figure_is_opaque_and_light():
    """Figures bring a white ground of their own, for notebooks on a dark theme."""
    png = show.figure_png(plots.plot_curves({"p": (X, X)}))
    picture = imread(io.BytesIO(png))
    np.testing.assert_array_equal(picture[2, 2], [1, 1, 1, 1])


def test_pixels_are_drawn_in_order_and_on_one_scale():
    """An image lands in its own place of the grid, and its values share one grey scale."""
    images = np.stack([np.full((2, 2), value) for value in (0.0, 0.5, 1.0)])
    figure = plots.plot_images(images, columns=2)
    shown = [axes.images[0] for axes in figure.axes if axes.images]
    assert [image.get_array().mean() for image in shown] == [0.0, 0.5, 1.0]
    assert {image.get_clim() for image in shown} == {(0, 1)}
    assert len(figure.axes) == 4


def test_limits_none_spans_all_images():
    """Without limits black is the smallest and white the largest value of all images."""
    figure = plots.plot_images([np.full((2, 2), -3.0), np.full((2, 2), 5.0)], limits=None)
    assert {axes.images[0].get_clim() for axes in figure.axes} == {(-3.0, 5.0)}


@pytest.mark.parametrize(
    ("images", "titles", "row_titles"),
    [([], (), ()), (np.zeros((2, 3, 3)), ("one",), ()), (np.zeros((2, 3, 3)), (), ("a", "b"))],
)
def test_images_and_titles_must_fit(images, titles, row_titles):
    """A grid without images, or with the wrong number of titles, is refused with its counts."""
    with pytest.raises(ValueError, match=r"plot_images got \d images"):
        plots.plot_images(images, titles, row_titles=row_titles)


def test_ellipses_have_one_and_two_sigma():
    """The ellipses of a Gaussian are as wide as twice one and two standard deviations."""
    figure = code_plots.plot_codes(np.zeros((1, 2)), gaussians=([[1.0, 2.0]], [[0.5, 0.25]]))
    ellipses = figure.axes[0].patches
    assert [(e.width, e.height) for e in ellipses] == [(1.0, 0.5), (2.0, 1.0)]
    assert {tuple(e.center) for e in ellipses} == {(1.0, 2.0)}


def test_class_labels_do_not_hide_each_other():
    """Ten classes with one median get ten labels that stand apart."""
    codes = np.concatenate([np.zeros((10, 2)), [[10.0, 10.0], [-10.0, -10.0]]])
    figure = code_plots.plot_codes(codes, [*range(10), 0, 0])
    places = np.array([text.get_position() for text in figure.axes[0].texts])
    assert len(places) == 10
    gaps = [np.linalg.norm(a - b) for a, b in itertools.combinations(places, 2)]
    assert min(gaps) > 0.5


def test_rows_without_titles_stand_close():
    """Below the row with titles there is no room kept for titles that are not there."""
    images = np.zeros((6, 28, 28))
    heads = plots.plot_images(images, [*"ab", "", "", "", ""], columns=2)
    none = plots.plot_images(images, columns=2)
    assert 0 < heads.get_figheight() - none.get_figheight() < 0.3  # Inches: one line of text.


def test_a_title_set_later_is_in_the_style_of_the_course():
    """A lecture that sets a title itself gets the bold one on the left."""
    _, (axes,) = plots.new_figure()
    axes.set(title="Share")
    assert axes.get_title(loc="left") == "Share"
    assert not axes.get_title(loc="center")


def test_show_gives_every_front_end_the_words(monkeypatch):
    """HTML, the picture's metadata and the plain text all carry the text alternative."""
    shown = []
    monkeypatch.setattr(show, "display", lambda data, **kwargs: shown.append((data, kwargs)))
    show.show(plots.plot_curves({"p": (X, X)}), 'p < q & "r"')
    ((data, kwargs),) = shown
    assert 'alt="p &lt; q &amp; &quot;r&quot;"' in data["text/html"]
    assert kwargs["metadata"]["image/png"]["alt"] == data["text/plain"] == 'p < q & "r"'
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")


def test_show_refuses_a_figure_without_words():
    """A figure that says nothing to who cannot see it is not shown."""
    with pytest.raises(ValueError, match="needs a text alternative"):
        show.show(Figure())


def test_table_is_escaped_and_aligned(monkeypatch):
    """A table shows text as text, floats with four digits, and lines up in plain text."""
    shown = []
    monkeypatch.setattr(show, "display", lambda data, **kwargs: shown.append(data))
    show.show_table(["name", "D(p||q)"], [["<b>", np.pi], ["rain", 7]])
    (data,) = shown
    assert "<td>&lt;b&gt;</td><td>3.142</td>" in data["text/html"]
    assert data["text/plain"].splitlines() == ["name  D(p||q)", " <b>    3.142", "rain        7"]


def test_table_rows_must_fit():
    """A row that is too short is refused by its number."""
    with pytest.raises(ValueError, match="row 1 has 1 entries for 2 columns"):
        show.show_table(["a", "b"], [[1, 2], [3]])


def test_colour_is_never_alone():
    """Lines also differ in their dashes, and classes in their markers."""
    curves = {str(n): (X, X * n) for n in range(5)}
    lines = plots.plot_curves(curves).axes[0].lines
    assert len({str(line._unscaled_dash_pattern) for line in lines}) == 5
    assert len(set(plots.MARKERS)) == 10
