"""A pad on the plane of codes: the decoder draws the code under the pointer (lecture 05)."""

import io
from typing import Any

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets
from IPython.display import display
from matplotlib.image import imread
from numpy.typing import ArrayLike

from course.code_plots import plot_codes
from course.explorers.picture import HERE, Explorer, Picture, quick_decoder
from course.plots import new_figure
from course.show import figure_png

__all__ = ["LatentExplorer", "LatentPad", "explore_latent"]

# Left, top, width and height of the axes, as shares of the figure; the rest is for ticks.
FRAME = (0.15, 0.03, 0.83, 0.83)
NEIGHBOURS = 20


class LatentPad(anywidget.AnyWidget):
    """A square of the plane with a marker, which pointer and arrow keys move.

    With Shift the steps are five times as long, Home goes to the origin, and Tab leaves.
    """

    _esm = HERE / "pad.js"
    _css = HERE / "explorers.css"
    value = traitlets.List([0.0, 0.0]).tag(sync=True)
    limit = traitlets.Float(3.0).tag(sync=True)
    frame = traitlets.List(list(FRAME)).tag(sync=True)
    # Bytes of a PNG, and its text alternative.
    plane = traitlets.Bytes().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)


class LatentExplorer(Explorer):
    """The plane of codes, and beside it the decoder's picture of one of them.

    ``explore_latent`` makes and displays it, and describes the arguments.

    Attributes:
        pad: the ``LatentPad``; ``pad.value`` is the code, and can be set.
        picture: the ``Picture`` that the decoder draws.
    """

    def __init__(
        self,
        decoder: Any,
        codes: ArrayLike | None = None,
        labels: ArrayLike | None = None,
        limit: float = 3.0,
        start: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self._codes = np.zeros((0, 2)) if codes is None else np.asarray(codes, dtype=float)
        self._labels = None if labels is None else np.asarray(labels)
        for name, array in (("codes", self._codes), ("start", np.atleast_2d(start))):
            if array.ndim != 2 or array.shape[1] != 2:
                raise ValueError(
                    f"explore_latent needs {name} of 2 numbers each, got shape {array.shape}: "
                    "the pad is a plane, so k must be 2"
                )
        if self._labels is not None and self._labels.shape != self._codes.shape[:1]:
            raise ValueError(
                f"explore_latent got {len(self._codes)} codes and labels of shape "
                f"{self._labels.shape}: give one label per code"
            )
        self._decode = quick_decoder(decoder)
        self.pad = LatentPad(value=[float(number) for number in start], limit=limit)
        self.picture = Picture(width=340)
        self.pad.observe(self.draw, names="value")
        layout = widgets.Layout(flex_flow="row wrap", align_items="center")
        super().__init__([self.pad, self.picture], layout=layout)

    @property
    def sentence(self) -> str:
        """What the picture shows: its code, and the classes of the codes around it."""
        x, y = self.pad.value
        where = f"The decoder's picture of z = ({x:.2f}, {y:.2f})."
        if self._labels is None:
            return where
        distances = np.linalg.norm(self._codes - self.pad.value, axis=1)
        near = self._labels[np.argsort(distances)[:NEIGHBOURS]]
        classes, counts = np.unique(near, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        shares = [f"{counts[i]} of class {classes[i]}" for i in order]
        return f"{where} The {len(near)} codes nearest to it: {', '.join(shares)}."

    def draw(self, change: object = None) -> None:
        """Decode the code of the marker, and show it."""
        if not self.pad.plane:
            self._draw_plane()
        self.picture.show(self._decode([self.pad.value])[0], self.sentence)

    def still(self) -> dict[str, str]:
        """Plane and picture side by side, by mime type."""
        plane = imread(io.BytesIO(self.pad.plane))[..., :3]
        pixels = np.rint(255 * plane).astype(np.uint8)
        left, top, width, height = FRAME
        x, y = np.asarray(self.pad.value) / self.pad.limit / 2 + 0.5
        column = int((left + width * x) * pixels.shape[1])
        row = int((top + height * (1 - y)) * pixels.shape[0])
        _draw_ring(pixels, row, column)
        return self.picture.still(beside=pixels)

    def _draw_plane(self) -> None:
        figure, (axes,) = new_figure(width=400 / 96, height=400 / 96)
        figure.set_layout_engine(None)
        left, top, width, height = FRAME
        axes.set_position([left, 1 - top - height, width, height])
        plot_codes(self._codes, self._labels, axes=axes)
        if axes.get_legend():
            axes.get_legend().remove()  # The number of each class is drawn among its codes.
        limit = self.pad.limit
        axes.set(xlim=(-limit, limit), ylim=(-limit, limit))
        words = f"{len(self._codes)} codes as points. " if len(self._codes) else ""
        where = f"The plane of codes from {-limit:g} to {limit:g} in both directions."
        self.pad.alt = f"{where} {words}".strip()
        self.pad.plane = figure_png(figure)


def explore_latent(
    decoder: Any,
    codes: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    limit: float = 3.0,
    start: tuple[float, float] = (0.0, 0.0),
) -> LatentExplorer:
    """Display a pad on the plane of codes, and return its ``LatentExplorer``.

    Args:
        decoder: Keras model, or function, from codes (n, 2) to images (n, height, width, 1
            or 3) in [0, 1].
        codes: codes of images, shape (n, 2), drawn as points, or None.
        labels: class of each code, integers (n,), or None.
        limit: the pad shows codes from ``-limit`` to ``limit``.
        start: code to start from, shape (2,).

    Raises:
        ValueError: if the codes are not points of the plane, or there is not one label per
            code.
    """
    explorer = LatentExplorer(decoder, codes, labels, limit, start)
    display(explorer)
    return explorer


def _draw_ring(pixels: np.ndarray, row: int, column: int) -> None:
    rows, columns = np.indices(pixels.shape[:2])
    distance = np.hypot(rows - row, columns - column)
    pixels[(distance > 7) & (distance < 19)] = 255
    pixels[(distance > 10) & (distance < 16)] = (0xD5, 0x5E, 0x00)  # As in explorers.css.
