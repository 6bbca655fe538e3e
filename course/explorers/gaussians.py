"""Two Gaussians with sliders, and their KL divergence in both directions (lecture 01)."""

import html
import io

import ipywidgets as widgets
import matplotlib
import numpy as np
from IPython.display import display
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from course.distances import gaussian_pdf, kl_gaussian
from course.explorers.picture import Explorer
from course.plots import STYLE, new_figure, plot_curves
from course.show import picture_bundle

__all__ = ["GaussianExplorer", "explore_gaussians"]


class GaussianExplorer(Explorer):
    """Two Gaussians p and q with four sliders, and their KL divergence in both directions.

    Args:
        p, q: pairs ``(mean, std)`` to start from; means in [-4, 4], std in [0.4, 4].

    Attributes:
        sliders: dictionary of the four sliders: "mean of p", "std of p", and the same for q.
        figure: the Figure, with its text alternative in ``figure.alt``.
    """

    def __init__(
        self, p: tuple[float, float] = (0.0, 1.0), q: tuple[float, float] = (1.0, 2.0)
    ) -> None:
        self.sliders = {
            f"{kind} of {name}": widgets.FloatSlider(
                value=value, min=low, max=4.0, step=0.1, description=f"{kind} of {name}"
            )
            for name, start in (("p", p), ("q", q))
            for kind, value, low in zip(("mean", "std"), start, (-4.0, 0.4))
        }
        self.figure, (self._axes,) = new_figure(width=8.0, height=3.6)
        # A fixed layout: computing the margins each time would double the time of a drawing.
        self.figure.set_layout_engine(None)
        self.figure.subplots_adjust(left=0.09, right=0.98, bottom=0.17, top=0.97)
        self.figure.set_dpi(STYLE["savefig.dpi"])
        self._canvas = FigureCanvasAgg(self.figure)
        self._ground: object = None  # What does not move, drawn once.
        self._picture = widgets.Image(format="png", width=768)
        self._sentence = widgets.HTML()
        for slider in self.sliders.values():
            slider.observe(self.draw, names="value")
        values = list(self.sliders.values())
        columns = widgets.HBox([widgets.VBox(values[:2]), widgets.VBox(values[2:])])
        super().__init__([columns, self._picture, self._sentence])

    @property
    def sentence(self) -> str:
        """What the picture shows now, with both divergences in nats."""
        (p, q), (forward, backward) = self._gaussians(), self.divergences()
        return (
            f"p has mean {p[0]:.1f} and standard deviation {p[1]:.1f}, q has mean {q[0]:.1f} and "
            f"standard deviation {q[1]:.1f}: D(p||q) = {forward:.2f} nats, "
            f"D(q||p) = {backward:.2f} nats."
        )

    def divergences(self) -> tuple[float, float]:
        """``(D(p || q), D(q || p))`` of the current Gaussians, in nats."""
        p, q = self._gaussians()
        return _kl_of_gaussians(p, q), _kl_of_gaussians(q, p)

    def _gaussians(self) -> tuple[tuple[float, float], tuple[float, float]]:
        mean_p, std_p, mean_q, std_q = (slider.value for slider in self.sliders.values())
        return (mean_p, std_p), (mean_q, std_q)

    def draw(self, change: object = None) -> None:
        """Draw both Gaussians for the sliders as they are."""
        x = np.linspace(-8, 8, 401)
        densities = [gaussian_pdf(x, mean, std) for mean, std in self._gaussians()]
        if not self._axes.lines:
            curves = {name: (x, density) for name, density in zip("pq", densities)}
            plot_curves(curves, axes=self._axes, x_label="x", y_label="density", fill=True)
            # Fixed, so that heights can be compared before and after a move.
            self._axes.set(xlim=(-8, 8), ylim=(0, 1.05))
            for artist in self._moving():
                artist.set_animated(True)  # Left out of the background, but not of the still.
        for line, area, density in zip(self._axes.lines, self._axes.collections, densities):
            line.set_ydata(density)
            area.set_data(x, density, 0)
        self.figure.alt = self.sentence
        self._picture.value = self._png()
        self._sentence.value = f"<p>{html.escape(self.sentence)}</p>"

    def _moving(self) -> list[Artist]:
        return [*self._axes.collections, *self._axes.lines, self._axes.get_legend()]

    @matplotlib.rc_context(STYLE)
    def _png(self) -> bytes:
        """The figure as PNG: what stays is drawn once, and what moves on top of it."""
        if self._ground is None:
            self._canvas.draw()
            self._ground = self._canvas.copy_from_bbox(self.figure.bbox)
        self._canvas.restore_region(self._ground)
        for artist in self._moving():
            self._axes.draw_artist(artist)
        pixels = Image.fromarray(np.asarray(self._canvas.buffer_rgba())[..., :3])
        buffer = io.BytesIO()
        # Writing with a palette is three times as fast, and a few curves need few colours.
        pixels.quantize(128, method=Image.Quantize.FASTOCTREE).save(buffer, "png", compress_level=1)
        return buffer.getvalue()

    def still(self) -> dict[str, str]:
        """The figure, by mime type."""
        return picture_bundle(self.figure, self.figure.alt)


def explore_gaussians() -> GaussianExplorer:
    """Display two Gaussians with sliders, and return their ``GaussianExplorer``."""
    explorer = GaussianExplorer()
    display(explorer)
    return explorer


def _kl_of_gaussians(p: tuple[float, float], q: tuple[float, float]) -> float:
    # In units of q's std from q's mean, q is the standard Gaussian. A divergence does not
    # depend on the units.
    mean, std = (p[0] - q[0]) / q[1], p[1] / q[1]
    return float(kl_gaussian([[mean]], [[2 * np.log(std)]])[0])
