"""Codes of images as points of the plane, by class, with their Gaussians as ellipses."""

from itertools import cycle

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse
from numpy.typing import ArrayLike

from course.plots import (
    CLASS_COLORS,
    COLORS,
    MARKERS,
    STYLE,
    DescribedFigure,
    describe,
    figure_of,
    new_figure,
)

__all__ = ["plot_codes"]


@matplotlib.rc_context(STYLE)
def plot_codes(
    codes: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    gaussians: tuple[np.ndarray, np.ndarray] | None = None,
    shadows: tuple[np.ndarray, np.ndarray] | None = None,
    axes: Axes | None = None,
    title: str = "",
    legend_title: str = "class",
) -> DescribedFigure:
    """Codes as points of the plane; classes by colour, marker and a number at their median.

    Args:
        codes: points, real, shape (n, 2).
        labels: class of each point, integers (n,), or None.
        gaussians: pair ``(mu, sigma)`` of arrays (m, 2) whose ellipses at 1 and 2 sigma are
            drawn over the points, or None.
        shadows: the same for many Gaussians, shaded below the points, or None.
        axes: where to draw, or None for a new figure.
        title, legend_title: texts.

    Returns:
        Figure.
    """
    if axes is None:
        _, (axes,) = new_figure(width=8.0, height=6.5)
    codes = np.asarray(codes)
    for mu, sigma in zip(*shadows) if shadows is not None else ():
        for times in (1, 2):
            width, height = 2 * times * np.asarray(sigma)
            axes.add_patch(
                Ellipse(mu, width, height, color=COLORS["vermillion"], alpha=0.10, linewidth=0)
            )
    if labels is None:
        x, y = codes.T
        axes.scatter(x, y, s=10, color=COLORS["blue"], alpha=0.5, linewidths=0)
    else:
        _draw_classes(axes, codes, np.asarray(labels))
        axes.legend(title=legend_title, loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2)
    for mu, sigma in zip(*gaussians) if gaussians is not None else ():
        for times, dash in ((1, "-"), (2, "--")):
            width, height = 2 * times * np.asarray(sigma)
            color = COLORS["vermillion"]
            axes.add_patch(
                Ellipse(mu, width, height, fill=False, ec=color, linestyle=dash, linewidth=2.4)
            )
    axes.set_aspect("equal", adjustable="datalim")
    axes.set(title=title, xlabel="$z_1$", ylabel="$z_2$")
    return describe(figure_of(axes), f"{title or 'Codes'}: {len(codes)} points in the plane.")


def _draw_classes(axes: Axes, codes: np.ndarray, labels: np.ndarray) -> None:
    classes = np.unique(labels)
    for name, color, marker in zip(classes, cycle(CLASS_COLORS), cycle(MARKERS)):
        x, y = codes[labels == name].T
        axes.scatter(x, y, s=14, color=color, marker=marker, label=name, alpha=0.6, linewidths=0)
    middles = np.array([np.median(codes[labels == name], axis=0) for name in classes])
    places = _spread(middles, distance=0.08 * np.ptp(codes, axis=0).max())
    for name, middle, place in zip(classes, middles, places):
        axes.annotate(
            str(name),
            middle,
            place,
            ha="center",
            va="center",
            fontsize=16,
            fontweight="bold",
            bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": COLORS["black"]},
            arrowprops={"arrowstyle": "-", "color": COLORS["black"], "shrinkB": 0},
        )


def _spread(points: np.ndarray, distance: float) -> np.ndarray:
    """Points, pushed apart until no two are closer than ``distance``."""
    angles = np.arange(len(points))
    # A small push for each in its own direction: equal points would never separate.
    points = points + 1e-3 * distance * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for _ in range(200):
        apart = points[:, None] - points[None]  # (n, n, 2)
        lengths = np.maximum(np.linalg.norm(apart, axis=-1, keepdims=True), 1e-9)
        points += np.sum(apart / lengths * np.clip(distance - lengths, 0, None) / 4, axis=1)
    return points
