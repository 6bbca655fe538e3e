"""Figures of the course: one style, safe for colour-blind readers, with text alternatives.

Every ``plot_...`` function returns a ``matplotlib.figure.Figure`` that carries a text
alternative in ``figure.alt``; ``course.show.show`` displays both. Nothing here uses pyplot,
so no figure is shown twice or left open.
"""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, cast

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import LegendLocType, RcKeyType
from numpy.typing import ArrayLike

__all__ = [
    "ARROW",
    "BOX_KINDS",
    "CLASS_COLORS",
    "COLORS",
    "MARKERS",
    "STYLE",
    "DescribedFigure",
    "describe",
    "figure_of",
    "new_figure",
    "plot_curves",
    "plot_images",
]

# After Okabe and Ito (2008), without their yellow, orange and light blue, which are too
# pale on white. Purple and green are darker than theirs, so that people who lack one kind of
# cone can tell them from the blue. Neighbours also differ in dash or marker, never in colour
# alone.
COLORS = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "black": "#222222",
    "purple": "#992C63",
    "green": "#155427",
}
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
# Ten classes are too many for colour alone, so markers and labels are added.
CLASS_COLORS = (*COLORS.values(), "#868791", "#2103C9", "#2D043E", "#897869", "#169FD2")
MARKERS = "osD^vP*X<>"
# Boxes of a network by what happens in them: fill, edge, and the text in the key.
BOX_KINDS = {
    "data": ("#F2F2F2", "#555555", "numbers"),
    "learned": ("#DCEBF7", COLORS["blue"], "has weights"),
    "frozen": ("#FFFFFF", COLORS["blue"], "has weights, frozen"),
    "fixed": ("#FFFFFF", COLORS["black"], "arithmetic, no weights"),
    "random": ("#FBE5D6", COLORS["vermillion"], "random"),
}
ARROW = "#444444"  # Between two boxes.
# The page behind may be dark: figures bring their own white ground and dark ink.
STYLE: dict[RcKeyType, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#888888",
    "axes.grid": True,
    "axes.labelsize": 13,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 14,
    "axes.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.w_pad": 0.06,
    "figure.facecolor": "#FFFFFF",
    "figure.titlesize": 14,
    "figure.titleweight": "bold",
    "font.size": 12,
    "grid.color": "#E3E3E3",
    "image.cmap": "gray",
    # A veil without a box: a name on top of a curve can still be read.
    "legend.edgecolor": "none",
    "legend.framealpha": 0.8,
    "lines.linewidth": 2.4,
    "savefig.dpi": 144,
}


class DescribedFigure(Figure):
    """A figure that carries its text alternative in ``alt``."""

    alt: str = ""


class _Axes(Axes):
    # Matplotlib reads the style of titles and legends when they are set. Lectures set them too.
    set_title = matplotlib.rc_context(STYLE)(Axes.set_title)
    legend = matplotlib.rc_context(STYLE)(Axes.legend)


@matplotlib.rc_context(STYLE)
def new_figure(
    columns: int = 1, *, width: float = 9.0, height: float = 4.2
) -> tuple[DescribedFigure, np.ndarray]:
    """Empty figure in the style of the course, with ``columns`` axes side by side.

    Args:
        columns: number of axes, at least 1.
        width, height: size of the whole figure in inches.

    Returns:
        ``(figure, axes)``: the Figure and an array (columns,) of its Axes.
    """
    figure = DescribedFigure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(1, columns, squeeze=False, subplot_kw={"axes_class": _Axes})[0]


@matplotlib.rc_context(STYLE)
def plot_curves(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    axes: Axes | None = None,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    fill: bool = False,
    equal: bool = False,
    legend: LegendLocType = "best",
) -> DescribedFigure:
    """Curves in one pair of axes, which differ in colour and in dashes.

    Args:
        curves: dictionary from the name of a curve to its ``(x, y)``, arrays (n,).
        axes: where to draw, or None for a new figure.
        title, x_label, y_label: texts.
        fill: whether to shade between each curve and 0.
        equal: whether a unit has the same length on both axes.
        legend: place of the names, as in ``Axes.legend``.

    Returns:
        Figure.
    """
    if axes is None:
        _, (axes,) = new_figure(width=6.0 if equal else 9.0, height=5.5 if equal else 4.2)
    for (name, (x, y)), color, dash in zip(curves.items(), cycle(COLORS.values()), cycle(DASHES)):
        axes.plot(x, y, label=name, color=color, linestyle=dash)
        if fill:
            axes.fill_between(x, y, color=color, alpha=0.15, linewidth=0)
    if equal:
        axes.set_aspect("equal")
        axes.locator_params(nbins=5)
    axes.set(title=title, xlabel=x_label, ylabel=y_label)
    if len(curves) > 1:
        axes.legend(loc=legend)
    names = ", ".join(map(str, curves))
    return describe(figure_of(axes), f"{title or 'Curves'}: {names}; {y_label} against {x_label}.")


@matplotlib.rc_context(STYLE)
def plot_images(
    images: Sequence[ArrayLike] | np.ndarray,
    titles: Sequence[str] = (),
    *,
    columns: int | None = None,
    row_titles: Sequence[str] = (),
    title: str = "",
    limits: tuple[float, float] | None = (0, 1),
    numbers: bool = False,
) -> DescribedFigure:
    """Grid of images, row by row, all on one grey scale.

    Args:
        images: array or list of n images, each (height, width) or (height, width, 1).
        titles: texts above the images: one for each, or none.
        columns: images per row, or None for all in one row.
        row_titles: texts to the left of the rows: one for each, or none.
        title: text above the grid.
        limits: values that are drawn black and white, or None for the smallest and the
            largest value of all images together.
        numbers: whether to write each value into its pixel (for tiny images).

    Returns:
        Figure.

    Raises:
        ValueError: if there is no image, or not one title for each image or row.
    """
    pictures = [np.asarray(image).squeeze() for image in images]
    columns = columns or len(pictures)
    rows = -(-len(pictures) // columns) if pictures else 0
    if not pictures or len(titles) not in (0, len(pictures)) or len(row_titles) not in (0, rows):
        raise ValueError(
            f"plot_images got {len(pictures)} images in {rows} rows with {len(titles)} titles and "
            f"{len(row_titles)} row titles: give at least one image, and a title for each or none"
        )
    low, high = limits or (min(map(np.min, pictures)), max(map(np.max, pictures)))
    lines = [
        max((text.count("\n") + 1 for text in titles[start : start + columns] if text), default=0)
        for start in range(0, len(pictures), columns)
    ]
    figure, grid = _image_grid(columns, lines, title, bool(row_titles))
    for index, (image, axes) in enumerate(zip(pictures, grid.flat)):
        axes.imshow(image, vmin=low, vmax=high)
        axes.spines[:].set(visible=True, linewidth=0.5)
        if titles:
            axes.set_title(titles[index], fontsize=12, fontweight="normal", loc="center")
        if numbers:
            _write_numbers(axes, image, low, high)
    for text, axes in zip(row_titles, grid[:, 0]):
        axes.set_ylabel(text, rotation=0, ha="right", va="center")
    words = [text.replace("\n", " ") for text in (*row_titles, *titles)]
    return describe(figure, f"{title or 'Images'}: {len(pictures)} images. {', '.join(words)}")


def describe(figure: DescribedFigure, words: str) -> DescribedFigure:
    """Add a sentence to the figure's text alternative, and return the figure."""
    figure.alt = f"{figure.alt} {words}".strip()
    return figure


def figure_of(axes: Axes) -> DescribedFigure:
    """The figure that axes of ``new_figure`` belong to."""
    return cast(DescribedFigure, axes.figure)


def _image_grid(
    columns: int, lines: list[int], title: str, with_row_titles: bool
) -> tuple[DescribedFigure, np.ndarray]:
    """An empty grid of images, with so many lines of titles above each row."""
    # Cells between 0.55 and 2.6 inches: a few images are large, and a wall of them still fits.
    cell = min(max(9.0 / columns, 0.55), 2.6)
    height = len(lines) * cell + 0.22 * sum(lines) + (0.45 if title else 0.1)
    figure = DescribedFigure(figsize=(columns * cell + (1.2 if with_row_titles else 0), height))
    figure.set_layout_engine(
        "constrained", w_pad=0.03, h_pad=0.06 if any(lines) else 0.03, wspace=0, hspace=0
    )
    figure.suptitle(title, x=0.01, ha="left")
    grid = figure.subplots(len(lines), columns, squeeze=False)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
        axes.grid(False)
        axes.spines[:].set_visible(False)
    return figure, grid


def _write_numbers(axes: Axes, image: np.ndarray, low: float, high: float) -> None:
    for (row, column), value in np.ndenumerate(image):
        dark_ink = value >= (low + high) / 2
        axes.text(
            column,
            row,
            f"{value:g}",
            ha="center",
            va="center",
            color="black" if dark_ink else "white",
        )
