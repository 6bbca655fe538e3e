"""Diagrams of networks: boxes, arrows, and a key to what happens in the boxes."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.patches import FancyBboxPatch

from course.plots import ARROW, BOX_KINDS, STYLE, DescribedFigure, describe, new_figure

__all__ = ["plot_network"]


@matplotlib.rc_context(STYLE)
def plot_network(
    boxes: Mapping[str, tuple[float, float, str]],
    arrows: Sequence[tuple[str, str]],
    *,
    title: str = "",
    size: tuple[float, float] = (10.0, 3.0),
) -> DescribedFigure:
    """Diagram of a network: boxes on a grid, arrows between them, and a key.

    Args:
        boxes: dictionary from the text of a box to ``(column, row, kind)``; rows count
            upwards, kind is "data", "learned", "frozen", "fixed" or "random".
        arrows: pairs of box texts, from and to; they leave to the right, or straight up or
            down within a column.
        title: text above the diagram.
        size: width and height in inches.

    Returns:
        Figure.
    """
    figure, (axes,) = new_figure(width=size[0], height=size[1])
    used = [kind for kind in BOX_KINDS if any(box[2] == kind for box in boxes.values())]
    for kind in used:
        fill, edge, words = BOX_KINDS[kind]
        axes.scatter([], [], marker="s", s=140, color=fill, edgecolors=edge, label=words)
    for text, (column, row, kind) in boxes.items():
        fill, edge, _ = BOX_KINDS[kind]
        corner = (column - 0.39, row - 0.3)
        box = FancyBboxPatch(corner, 0.78, 0.6, boxstyle="round,pad=0,rounding_size=0.06")
        box.set(facecolor=fill, edgecolor=edge, linewidth=1.8)
        axes.add_patch(box)
        axes.text(column, row, text, ha="center", va="center", fontsize=12)
    line = {"arrowstyle": "-|>", "lw": 1.6, "color": ARROW, "shrinkA": 0, "shrinkB": 0}
    for start, end in arrows:
        tail, head = np.array(boxes[start][:2]), np.array(boxes[end][:2])
        side = (0.39, 0) if tail[0] != head[0] else (0, 0.3 * np.sign(head[1] - tail[1]))
        axes.annotate("", head - side, tail + side, arrowprops=line)
    columns, rows, _ = zip(*boxes.values())
    axes.set(
        xlim=(min(columns) - 0.45, max(columns) + 0.45),
        title=title,
        ylim=(min(rows) - 0.45, max(rows) + 0.45),
    )
    axes.axis("off")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=len(used))
    flow = ", ".join(f"{start} to {end}" for start, end in arrows).replace("\n", " ")
    return describe(figure, f"Network {title}: {flow}.")
