"""Colours that stand in one figure look different to every eye."""

import itertools
import re

import jupytext
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from palettes import VISION, contrast, difference, seen

from autograder import ROOT
from autograder.judging.display import as_html
from autograder.judging.verdict import Finding, Verdict
from course import code_plots, plots
from course.distances import lp_norm
from course.gan.lab import figure as lab_figure

# Sharma, Wu and Dalal (2005), table 1: pairs of CIELAB colours and their distance.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]
every_eye = pytest.mark.parametrize("vision", VISION)


def nearest(colors, vision):
    """Smallest distance of any two of the colours through one of the eyes."""
    coordinates = [seen(color, vision) for color in colors]
    return min(difference(*pair) for pair in itertools.combinations(coordinates, 2))


def on_white(color, alpha):
    """What a colour looks like at this opacity on white."""
    return to_hex(alpha * np.array(matplotlib.colors.to_rgb(color)) + 1 - alpha)


@pytest.mark.parametrize(("one", "other", "expected"), PUBLISHED)
def test_distances_are_the_published_ones(one, other, expected):
    """The oracle of this file gives what the formula's authors publish, both ways round."""
    assert difference(one, other) == pytest.approx(expected, abs=1e-4)
    assert difference(other, one) == pytest.approx(expected, abs=1e-4)


@every_eye
def test_greys_stay_grey(vision):
    """No simulated eye sees a hue in a grey, as each row of its matrix sums to 1."""
    assert seen("#808080", vision) == pytest.approx(seen("#808080", "full"), abs=0.05)


@pytest.mark.parametrize(
    ("vision", "confused", "kept"),
    [
        ("no red cones", ("#d20000", "#4a4a00"), ("#0000d2", "#d2d200")),
        ("no green cones", ("#d20000", "#767600"), ("#0000d2", "#d2d200")),
        ("no blue cones", ("#00a0a0", "#00a8c8"), ("#d20000", "#00a0a0")),
    ],
)
def test_each_eye_takes_some_colours_for_others(vision, confused, kept):
    """Every simulation brings two clear colours close together and leaves two others apart."""
    assert nearest(confused, vision) < 0.6 * nearest(confused, "full")
    assert nearest(kept, vision) > 25


@every_eye
def test_lines_of_one_figure_differ(vision):
    """All pairs of line colours are 15 apart; the nearest of Okabe and Ito's five are 12."""
    assert nearest(plots.COLORS.values(), vision) > 15


def test_lines_and_dots_stand_out_from_white():
    """Every colour has the contrast of 3 to 1 that WCAG asks of graphics."""
    for color in plots.CLASS_COLORS:
        assert contrast(color, "#ffffff") >= 3, color


@every_eye
def test_ten_classes_differ_as_they_are_drawn(vision):
    """Dots of two classes, half transparent on white, are 6 apart; markers and numbers go too."""
    points = code_plots.plot_codes(np.eye(2).repeat(5, axis=0), np.arange(10)).axes[0].collections
    assert len(points) == len(plots.CLASS_COLORS) == 10
    drawn = [on_white(dots.get_facecolor()[0, :3], dots.get_alpha()) for dots in points]
    assert nearest(drawn, vision) > 6


@every_eye
def test_kinds_of_boxes_differ_by_ground_or_by_edge(vision):
    """Any two boxes of a diagram are 7 apart in one of their two colours."""
    for one, other in itertools.combinations(plots.BOX_KINDS.values(), 2):
        apart = max(
            difference(seen(one[part], vision), seen(other[part], vision)) for part in (0, 1)
        )
        assert apart > 7, (one, other)


@every_eye
def test_samples_stand_out_from_the_landscape(vision):
    """In the lab both kinds of dots, or their dark rim, are 12 from every colour below them."""
    axes = plots.DescribedFigure().subplots()
    lab_figure._draw_ring(axes, _Run())
    ground = [to_hex(color) for color in axes.images[0].get_cmap()(np.linspace(0, 1, 64))]
    dots = [[part[0] for part in (d.get_facecolor(), d.get_edgecolor())] for d in axes.collections]
    assert len(dots) == 2
    for looks, below in itertools.product(dots, ground):
        assert max(difference(seen(c, vision), seen(below, vision)) for c in looks) > 12
    assert nearest([looks[0] for looks in dots], vision) > 15


class _Run:
    """As much of a run as its first panel asks for."""

    real, step = np.zeros((2, 2)), 0

    def landscape(self):
        return np.linspace(0, 1, 4).reshape(2, 2)

    def samples(self, count):
        return np.zeros((2, 2))


def heat_map():
    """Grounds of the class report's cells by what they say, and its paper, light and dark."""
    style = (ROOT / "autograder" / "templates" / "report.html").read_text()
    grounds = dict(re.findall(r"\.q\.(\w+) \{ background: (#\w+); \}", style))
    papers = re.findall(r"--paper: (#\w+)", style)
    assert list(grounds) == ["most", "half", "some", "none"]
    return grounds, papers


@every_eye
def test_steps_of_the_heat_map_differ(vision):
    """All grounds of the class report are 10 apart, on light and dark paper."""
    grounds, papers = heat_map()
    assert len(papers) == 2
    for paper in papers:
        assert nearest([paper, *grounds.values()], vision) > 10


@every_eye
def test_marks_of_a_verdict_differ(vision):
    """The grounds of all points and of some are 12 apart; the words beside them say it, too."""
    found = [
        re.search(r"background-color: (#\w+)", as_html(_verdict(agrees)))[1]
        for agrees in (True, False)
    ]
    assert nearest(found, vision) > 12


def _verdict(agrees):
    return Verdict("kl_loss", (Finding("a batch of one", agrees),), out_of=3.0)


def test_lines_of_an_assignment_also_differ_in_dashes():
    """Matplotlib's own colours, in a figure of four lines, do not stand alone."""
    cells = jupytext.read(ROOT / "solutions" / "a1_distances.py").cells
    (source,) = [cell.source for cell in cells if "axes.plot(ball" in cell.source]
    names = {"np": np, "plt": plt, "lp_norm": lp_norm}
    exec(source, names)  # noqa: S102 -- a cell of this repository
    assert len({line.get_linestyle() for line in names["axes"].lines}) == 4
    plt.close(names["figure"])


def test_style_sheets_and_lectures_take_their_colours_from_the_palette():
    """No colour of an explorer or a lecture is one that this file has not looked at."""
    known = {color.lower() for color in (*plots.COLORS.values(), "#ffffff", "#fff", "#888888")}
    files = [*(ROOT / "notebooks").rglob("*.py"), *(ROOT / "solutions").glob("*.py")]
    files += [p for kind in ("py", "css", "js") for p in (ROOT / "course").rglob(f"*.{kind}")]
    files.remove(ROOT / "course" / "plots.py")
    assert len(files) > 40
    for path in files:
        found = re.findall(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b", path.read_text())
        strange = {color.lower() for color in found} - known
        assert not strange, (path, strange)
