"""Shows figures and tables in a notebook, with text for people who cannot see them."""

import base64
import html
import io
from collections.abc import Sequence

import matplotlib
import numpy as np
from IPython.display import display
from matplotlib.figure import Figure

from course.plots import STYLE

__all__ = ["figure_png", "picture_bundle", "png_bundle", "show", "show_table", "tile"]


@matplotlib.rc_context(STYLE)
def figure_png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file, at twice the size at which it is shown."""
    buffer = io.BytesIO()
    # Light compression, because an explorer draws while somebody drags.
    figure.savefig(buffer, format="png", pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def show(figure: Figure, alt: str | None = None) -> None:
    """Display a figure in the notebook, with a text alternative for people who cannot see it.

    Args:
        figure: ``matplotlib.figure.Figure``.
        alt: what the figure shows, in a sentence or two; None keeps ``figure.alt``.

    Raises:
        ValueError: if there is no text alternative, neither here nor in ``figure.alt``.
    """
    alt = alt or getattr(figure, "alt", "")
    if not alt:
        raise ValueError("show needs a text alternative: show(figure, 'what the figure says')")
    metadata = {"alt": alt, "width": _width(figure)}
    display(picture_bundle(figure, alt), metadata={"image/png": metadata}, raw=True)


def picture_bundle(figure: Figure, alt: str) -> dict[str, str]:
    """The figure and its text alternative, in every form that a front end may ask for."""
    return png_bundle(figure_png(figure), alt, _width(figure))


def png_bundle(content: bytes, alt: str, width: int) -> dict[str, str]:
    """A picture in every form that a notebook's front end may ask for.

    Args:
        content: bytes of a PNG file.
        alt: what the picture shows, in a sentence or two.
        width: width on the screen, in CSS pixels.

    Returns:
        Dictionary from mime type to content.
    """
    png = base64.b64encode(content).decode()
    # JupyterLab shows image/png without its alternative text, so HTML comes first.
    picture = f'<img src="data:image/png;base64,{png}" alt="{html.escape(alt)}"'
    return {"text/html": f'{picture} width="{width}">', "image/png": png, "text/plain": alt}


def _width(figure: Figure) -> int:
    """Width of the figure on the screen in CSS pixels, 96 per inch."""
    return round(figure.get_size_inches()[0] * 96)


def show_table(columns: Sequence[object], rows: Sequence[Sequence[object]]) -> None:
    """Display a table: text as it is, floats with four significant digits.

    Args:
        columns: heads of the columns.
        rows: list of rows, each with one entry per column.

    Raises:
        ValueError: if a row and ``columns`` differ in length.
    """
    cells = [[_format_entry(entry) for entry in row] for row in rows]
    for number, row in enumerate(cells):
        if len(row) != len(columns):
            raise ValueError(
                f"show_table: row {number} has {len(row)} entries for {len(columns)} columns"
            )
    head = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(entry)}</td>" for entry in row) + "</tr>"
        for row in cells
    )
    widths = [max(map(len, column)) for column in zip(map(str, columns), *cells)]
    lines = ["  ".join(map(str.rjust, row, widths)) for row in [[*map(str, columns)], *cells]]
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    display({"text/html": table, "text/plain": "\n".join(lines)}, raw=True)


def tile(images: np.ndarray, columns: int, gap: int = 2) -> np.ndarray:
    """One picture of many images, side by side and row by row, with white gaps.

    Args:
        images: shape (n, height, width, colours) in [0, 1], n a multiple of ``columns``.
        columns: images per row.
        gap: pixels between neighbours.

    Returns:
        Array (rows * (height + gap) - gap, columns * (width + gap) - gap, colours).
    """
    n, height, width, colours = images.shape
    padded = np.pad(images, ((0, 0), (0, gap), (0, gap), (0, 0)), constant_values=1)
    grid = padded.reshape(n // columns, columns, height + gap, width + gap, colours)
    whole = grid.swapaxes(1, 2).reshape(-1, columns * (width + gap), colours)
    return whole[: len(whole) - gap, : whole.shape[1] - gap]


def _format_entry(entry: object) -> str:
    return f"{entry:.4g}" if isinstance(entry, (float, np.floating)) else str(entry)
