"""Moving pictures in a notebook, each below a still that says the same without motion."""

import base64
import html
import io
from collections.abc import Iterable

import matplotlib
from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

from course.plots import STYLE
from course.show import picture_bundle

__all__ = ["animation_webp", "show_animation"]

# Print, and readers who asked for less motion, get the still alone. A <picture> would do the
# same, but stops working when something puts a link between it and its <img>. Web pages of
# notebooks do that.
CALM = (
    "<style>@media print, (prefers-reduced-motion: reduce) "
    "{ details.moving-picture { display: none } }</style>"
)
ROUNDS = 3
DOTS = 96  # Per inch, as on the screen: with twice as many the file is four times as long.
QUALITY = 75  # Of WebP. A GIF's palette loses the coloured marks beside grey digits.


def show_animation(
    frames: Iterable[Figure], still: Figure, alt: str | None = None, *, milliseconds: int = 250
) -> None:
    """Display a still, and below it the same in motion, which a reader can fold away.

    The motion stops after three rounds, at its last frame. Without HTML (in a PDF or a
    terminal) readers see the still or its text alternative.

    Args:
        frames: iterable of Figures of one size, in order, at least two. A generator may
            change one figure and yield it again.
        still: Figure that shows the same side by side, for print.
        alt: what still and motion show, in a sentence or two; None takes ``still.alt``.
        milliseconds: how long each frame is shown, at least 20; the last one is shown four
            times as long.

    Raises:
        ValueError: if there is no text alternative, if there are fewer than two frames, if
            their sizes differ, or if they change too fast.
    """
    alt = alt or getattr(still, "alt", "")
    if not alt:
        raise ValueError(
            "show_animation needs a text alternative: show_animation(frames, still, 'what it says')"
        )
    content, width = animation_webp(frames, milliseconds)
    bundle = picture_bundle(still, alt)
    webp = base64.b64encode(content).decode()
    moving = (
        f'<img src="data:image/webp;base64,{webp}" '
        f'alt="{html.escape("In motion: " + alt)}" width="{width}">'
    )
    bundle["text/html"] += (
        f'{CALM}<details class="moving-picture" open>'
        f"<summary>In motion, {ROUNDS} rounds (close to hide it)</summary>{moving}</details>"
    )
    metadata = {"alt": alt, "width": round(still.get_figwidth() * 96)}
    display(bundle, metadata={"image/png": metadata}, raw=True)


def animation_webp(frames: Iterable[Figure], milliseconds: int) -> tuple[bytes, int]:
    """Figures one after the other, as the bytes of a WebP file.

    Args:
        frames, milliseconds: as in ``show_animation``.

    Returns:
        ``(content, width)``: the bytes, and their width on the screen in CSS pixels.

    Raises:
        ValueError: as ``show_animation``.
    """
    # Browsers slow down pictures with less than two hundredths of a second per frame.
    if milliseconds < 20:
        raise ValueError(f"show_animation needs at least 20 ms per frame, got {milliseconds}")
    pictures = [_drawn(figure) for figure in frames]
    sizes = sorted({picture.size for picture in pictures})
    if len(pictures) < 2 or len(sizes) > 1:
        raise ValueError(
            "show_animation needs at least two frames of one size, got "
            f"{len(pictures)} frames of the sizes {sizes} in pixels"
        )
    first, *others = pictures
    durations = [milliseconds] * len(others) + [4 * milliseconds]
    buffer = io.BytesIO()
    first.save(
        buffer,
        format="WEBP",
        save_all=True,
        append_images=others,
        duration=durations,
        loop=ROUNDS,
        quality=QUALITY,
        method=2,
    )
    return buffer.getvalue(), first.width


@matplotlib.rc_context(STYLE)
def _drawn(figure: Figure) -> Image.Image:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS, pil_kwargs={"compress_level": 1})
    # A generator that yields this figure again keeps its layout: the axes do not move, and
    # drawing takes half the time.
    figure.set_layout_engine("none")
    return Image.open(buffer).convert("RGB")
