"""Figures of the course: one style, safe for colour-blind readers, each with words.

Every ``plot_...`` function returns a ``matplotlib.figure.Figure`` that carries a text
alternative in ``figure.alt``; ``course.show.show`` displays it together with those
words. Nothing here uses pyplot, so no figure is shown twice or left open.
"""

from itertools import cycle

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

__all__ = [
    "ARROW",
    "BOX_KINDS",
    "COLORS",
    "describe",
    "new_figure",
    "plot_codes",
    "plot_curves",
    "plot_images",
]

# After Okabe and Ito (2008), without their yellow, orange and light blue, which are too
# pale on white. Purple and green are darker than theirs, so that they stay away from the blue
# for who lacks one kind of cone. Neighbours also differ in dash or marker: colour is never alone.
COLORS = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "black": "#222222",
    "purple": "#992C63",
    "green": "#155427",
}
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
# Ten classes are too many for colour alone: markers and labels go with these.
CLASS_COLORS = (*COLORS.values(), "#868791", "#2103C9", "#2D043E", "#897869", "#169FD2")
MARKERS = "osD^vP*X<>"
# Boxes of a network, by what happens in them: fill, edge, and the words of the key.
BOX_KINDS = {
    "data": ("#F2F2F2", "#555555", "numbers"),
    "learned": ("#DCEBF7", COLORS["blue"], "has weights"),
    "frozen": ("#FFFFFF", COLORS["blue"], "has weights, frozen"),
    "fixed": ("#FFFFFF", COLORS["black"], "arithmetic, no weights"),
    "random": ("#FBE5D6", COLORS["vermillion"], "random"),
}
ARROW = "#444444"
# The page behind may be dark: figures bring their own white ground and dark ink.
STYLE = {
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
    # No box, but a veil: where a name has to stand on a curve it can still be read.
    "legend.edgecolor": "none",
    "legend.framealpha": 0.8,
    "lines.linewidth": 2.4,
    "savefig.dpi": 144,
}


class _Axes(Axes):
    # How titles and legends look is read when they are set, which lectures do as well.
    set_title = matplotlib.rc_context(STYLE)(Axes.set_title)
    legend = matplotlib.rc_context(STYLE)(Axes.legend)


@matplotlib.rc_context(STYLE)
def new_figure(columns=1, *, width=9.0, height=4.2):
    """Empty figure in the style of the course, with ``columns`` axes side by side.

    Args:
        columns: number of axes, at least 1.
        width, height: size of the whole figure in inches.

    Returns:
        ``(figure, axes)``: the Figure and an array (columns,) of its Axes.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.alt = ""
    return figure, figure.subplots(1, columns, squeeze=False, subplot_kw={"axes_class": _Axes})[0]


@matplotlib.rc_context(STYLE)
def plot_curves(
    curves, *, axes=None, title="", x_label="", y_label="", fill=False, equal=False, legend="best"
):
    """Curves over one pair of axes, told apart by colour and by dashes.

    Args:
        curves: dictionary from the name of a curve to its ``(x, y)``, arrays (n,).
        axes: where to draw, or None for a figure of its own.
        title, x_label, y_label: texts.
        fill: whether to shade between each curve and 0.
        equal: whether a unit is as long upwards as it is sideways.
        legend: where the names stand, as in ``Axes.legend``.

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
    return describe(axes.figure, f"{title or 'Curves'}: {names}; {y_label} against {x_label}.")


@matplotlib.rc_context(STYLE)
def plot_images(
    images, titles=(), *, columns=None, row_titles=(), title="", limits=(0, 1), numbers=False
):
    """Grid of images, row by row, all on one grey scale.

    Args:
        images: array or list of n images, each (height, width) or (height, width, 1).
        titles: texts above the images: one for each, or none.
        columns: images a row, or None for all in one row.
        row_titles: texts to the left of the rows: one for each, or none.
        title: text above the whole.
        limits: values that are drawn black and white, or None for the smallest and the
            largest value of all images together.
        numbers: whether to write each value into its pixel (for tiny images).

    Returns:
        Figure.

    Raises:
        ValueError: if there is no image, or not one title for each image or row.
    """
    images = [np.asarray(image).squeeze() for image in images]
    columns = columns or len(images)
    rows = -(-len(images) // columns) if images else 0
    if not images or len(titles) not in (0, len(images)) or len(row_titles) not in (0, rows):
        raise ValueError(
            f"plot_images got {len(images)} images in {rows} rows with {len(titles)} titles and "
            f"{len(row_titles)} row titles: give at least one image, and a title for each or none"
        )
    low, high = limits or (min(map(np.min, images)), max(map(np.max, images)))
    lines = [
        max((text.count("\n") + 1 for text in titles[start : start + columns] if text), default=0)
        for start in range(0, len(images), columns)
    ]
    figure, grid = _image_grid(columns, lines, title, bool(row_titles))
    for index, (image, axes) in enumerate(zip(images, grid.flat)):
        axes.imshow(image, vmin=low, vmax=high)
        axes.spines[:].set(visible=True, linewidth=0.5)
        if titles:
            axes.set_title(titles[index], fontsize=12, fontweight="normal", loc="center")
        if numbers:
            _write_numbers(axes, image, low, high)
    for text, axes in zip(row_titles, grid[:, 0]):
        axes.set_ylabel(text, rotation=0, ha="right", va="center")
    words = [text.replace("\n", " ") for text in (*row_titles, *titles)]
    return describe(figure, f"{title or 'Images'}: {len(images)} images. {', '.join(words)}")


@matplotlib.rc_context(STYLE)
def plot_codes(
    codes,
    labels=None,
    *,
    gaussians=None,
    shadows=None,
    axes=None,
    title="",
    legend_title="class",
):
    """Codes as points of the plane; classes by colour, marker and a number at their median.

    Args:
        codes: points, real, shape (n, 2).
        labels: class of each point, integers (n,), or None.
        gaussians: pair ``(mu, sigma)`` of arrays (m, 2) whose ellipses at 1 and 2 sigma are
            drawn over the points, or None.
        shadows: the same for many Gaussians, shaded below the points, or None.
        axes: where to draw, or None for a figure of its own.
        title, legend_title: texts.

    Returns:
        Figure.
    """
    if axes is None:
        _, (axes,) = new_figure(width=8.0, height=6.5)
    codes = np.asarray(codes)
    for mu, sigma in zip(*shadows) if shadows is not None else ():
        for times in (1, 2):
            size = 2 * times * np.asarray(sigma)
            axes.add_patch(Ellipse(mu, *size, color=COLORS["vermillion"], alpha=0.10, linewidth=0))
    if labels is None:
        axes.scatter(*codes.T, s=10, color=COLORS["blue"], alpha=0.5, linewidths=0)
    else:
        _draw_classes(axes, codes, np.asarray(labels))
        axes.legend(title=legend_title, loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2)
    for mu, sigma in zip(*gaussians) if gaussians is not None else ():
        for times, dash in ((1, "-"), (2, "--")):
            look = {"fill": False, "edgecolor": COLORS["vermillion"], "linestyle": dash}
            axes.add_patch(Ellipse(mu, *(2 * times * np.asarray(sigma)), linewidth=2.4, **look))
    axes.set_aspect("equal", adjustable="datalim")
    axes.set(title=title, xlabel="$z_1$", ylabel="$z_2$")
    return describe(axes.figure, f"{title or 'Codes'}: {len(codes)} points in the plane.")


def describe(figure, words):
    """Add to the figure's text alternative, and return the figure."""
    figure.alt = f"{figure.alt} {words}".strip()
    return figure


def _image_grid(columns, lines, title, with_row_titles):
    # Cells between 0.55 and 2.6 inches: a few images are large, a wall of them still fits.
    # lines: of titles above each row.
    cell = min(max(9.0 / columns, 0.55), 2.6)
    height = len(lines) * cell + 0.22 * sum(lines) + (0.45 if title else 0.1)
    figure = Figure(figsize=(columns * cell + (1.2 if with_row_titles else 0), height))
    figure.set_layout_engine(
        "constrained", w_pad=0.03, h_pad=0.06 if any(lines) else 0.03, wspace=0, hspace=0
    )
    figure.alt = ""
    figure.suptitle(title, x=0.01, ha="left")
    grid = figure.subplots(len(lines), columns, squeeze=False)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
        axes.grid(False)
        axes.spines[:].set_visible(False)
    return figure, grid


def _draw_classes(axes, codes, labels):
    classes = np.unique(labels)
    for name, color, marker in zip(classes, cycle(CLASS_COLORS), cycle(MARKERS)):
        points = codes[labels == name]
        look = {"s": 14, "alpha": 0.6, "linewidths": 0}
        axes.scatter(*points.T, color=color, marker=marker, label=name, **look)
    middles = np.array([np.median(codes[labels == name], axis=0) for name in classes])
    places = _spread(middles, distance=0.08 * np.ptp(codes, axis=0).max())
    for name, middle, place in zip(classes, middles, places):
        circle = {"boxstyle": "circle,pad=0.2", "fc": "white", "ec": "#222222"}
        look = {"fontsize": 16, "fontweight": "bold", "bbox": circle}
        line = {"arrowstyle": "-", "color": "#222222", "shrinkB": 0}
        axes.annotate(str(name), middle, place, ha="center", va="center", arrowprops=line, **look)


def _spread(points, distance):
    """Points pushed apart until no two are nearer than ``distance``."""
    angles = np.arange(len(points))
    # A nudge each, in its own direction: equal points would never part.
    points = points + 1e-3 * distance * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for _ in range(200):
        apart = points[:, None] - points[None]  # (n, n, 2)
        lengths = np.maximum(np.linalg.norm(apart, axis=-1, keepdims=True), 1e-9)
        points += np.sum(apart / lengths * np.clip(distance - lengths, 0, None) / 4, axis=1)
    return points


def _write_numbers(axes, image, low, high):
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
