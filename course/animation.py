"""Moving pictures in a notebook, each under a still that tells the same without motion."""

import base64
import html
import io

import matplotlib
from IPython.display import display
from PIL import Image

from course.plots import STYLE
from course.show import picture_bundle

__all__ = ["animation_webp", "show_animation"]

# Print, and readers who asked for less motion, get the still alone. A <picture> would do the
# same only as long as nobody puts a link between it and its <img>, as web pages of notebooks do.
CALM = (
    "<style>@media print, (prefers-reduced-motion: reduce) "
    "{ details.moving-picture { display: none } }</style>"
)
ROUNDS = 3
DOTS = 96  # An inch, as many as it is shown at: a file of twice as many is four times as long.
QUALITY = 75  # Of a WebP picture. A GIF's palette loses the coloured marks beside grey digits.


def show_animation(frames, still, alt=None, *, milliseconds=250):
    """Display a still, and below it the same in motion, which a reader can fold away.

    The motion stops after three rounds, at its last frame. Where there is no HTML (a PDF,
    a terminal) there is the still or its words.

    Args:
        frames: iterable of Figures of one size, in order, at least two. A generator may
            change one figure and yield it again.
        still: Figure that tells the same side by side, for print.
        alt: what still and motion show, in a sentence or two; None keeps ``still.alt``.
        milliseconds: how long each frame stands, at least 20; the last one stands four
            times as long.

    Raises:
        ValueError: if there are no words, fewer than two frames, frames of several sizes,
            or they change too fast.
    """
    still.alt = alt or getattr(still, "alt", "")
    if not still.alt:
        raise ValueError(
            "show_animation needs a text alternative: show_animation(frames, still, 'what it says')"
        )
    content, width = animation_webp(frames, milliseconds)
    bundle = picture_bundle(still)
    webp = base64.b64encode(content).decode()
    moving = (
        f'<img src="data:image/webp;base64,{webp}" '
        f'alt="{html.escape("In motion: " + still.alt)}" width="{width}">'
    )
    bundle["text/html"] += (
        f'{CALM}<details class="moving-picture" open>'
        f"<summary>In motion, {ROUNDS} rounds (close to hide it)</summary>{moving}</details>"
    )
    metadata = {"alt": still.alt, "width": round(still.get_figwidth() * 96)}
    display(bundle, metadata={"image/png": metadata}, raw=True)


def animation_webp(frames, milliseconds):
    """Figures one after the other, as the bytes of a WebP file.

    Args:
        frames, milliseconds: as in ``show_animation``.

    Returns:
        ``(content, width)``: the bytes, and the CSS pixels that they are shown at.

    Raises:
        ValueError: as ``show_animation``.
    """
    # Browsers slow down what wants less than two hundredths of a second a frame.
    if milliseconds < 20:
        raise ValueError(f"show_animation: {milliseconds} ms a frame is too fast; at least 20")
    pictures = [_drawn(figure) for figure in frames]
    sizes = sorted({picture.size for picture in pictures})
    if len(pictures) < 2 or len(sizes) > 1:
        raise ValueError(
            f"show_animation got {len(pictures)} frames of the sizes {sizes} in pixels: give at "
            "least two of one size"
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
def _drawn(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS, pil_kwargs={"compress_level": 1})
    # What a generator yields again keeps its layout: axes that stand still, at half the time.
    figure.set_layout_engine("none")
    return Image.open(buffer).convert("RGB")
