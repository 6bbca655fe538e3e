"""What the explorers of decoders share: pixels on the screen, and a fast decoder."""

import html
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets
from matplotlib.image import imsave
from numpy.typing import ArrayLike

from course.show import png_bundle

__all__ = ["Explorer", "Picture", "quick_decoder"]

HERE = Path(__file__).parent


class Explorer(widgets.VBox):
    """Controls and a picture."""

    def draw(self, change: object = None) -> None:
        """Draw the picture for the controls as they are; ``change`` is not used."""
        raise NotImplementedError

    def still(self) -> dict[str, str]:
        """The picture for a front end without widgets, by mime type."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        self.draw()
        data = super()._repr_mimebundle_(**kwargs)
        # A front end without widgets, and a printed page, show the still.
        return self.still() | {kind: value for kind, value in data.items() if kind != "text/plain"}


class Picture(anywidget.AnyWidget):
    """Pixels, each drawn as a square, titles around them, and a sentence below.

    The browser gets the raw pixels: a canvas draws them sooner than an <img> reads a file.

    Args:
        width: width of the picture on the screen, in CSS pixels.
        column_titles, row_titles: texts above and to the left, evenly spaced.
    """

    _esm = HERE / "picture.js"
    _css = HERE / "explorers.css"
    pixels = traitlets.Bytes().tag(sync=True)
    # Height, width and colours (1 or 3) of `pixels`.
    shape = traitlets.List([0, 0, 1]).tag(sync=True)
    width = traitlets.Int(280).tag(sync=True)
    column_titles: traitlets.List[str] = traitlets.List().tag(sync=True)
    row_titles: traitlets.List[str] = traitlets.List().tag(sync=True)
    sentence = traitlets.Unicode().tag(sync=True)

    def show(self, image: np.ndarray, sentence: str) -> None:
        """Show an image (height, width, 1 or 3) in [0, 1], and a sentence about it."""
        pixels = np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
        with self.hold_sync():  # One message, so that picture and sentence change together.
            self.shape = list(pixels.shape)
            self.pixels = pixels.tobytes()
            self.sentence = sentence

    def array(self) -> np.ndarray:
        """The pixels on the screen, uint8 (height, width, 1 or 3)."""
        return np.frombuffer(self.pixels, np.uint8).reshape(self.shape)

    def still(self, beside: np.ndarray | None = None) -> dict[str, str]:
        """The picture for a front end without widgets, by mime type.

        Args:
            beside: a picture for its left side, uint8 (height, width, 3), or None.
        """
        pixels = self.array()
        times = max(1, round(2 * self.width / pixels.shape[1]))
        pixels = pixels.repeat(times, axis=0).repeat(times, axis=1)
        pixels = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
        if beside is not None:
            height = max(len(pixels), len(beside))
            pixels = np.hstack([_centre(part, height) for part in (beside, pixels)])
        buffer = io.BytesIO()
        imsave(buffer, pixels, pil_kwargs={"compress_level": 1})
        bundle = png_bundle(buffer.getvalue(), self.sentence, pixels.shape[1] // 2)
        # Hidden from screen readers, which read the sentence as the picture's alternative.
        caption = f'<p aria-hidden="true">{html.escape(self.sentence)}</p>'
        return bundle | {"text/html": bundle["text/html"] + caption}


def quick_decoder(decoder: Any) -> Callable[[ArrayLike], np.ndarray]:
    """The decoder as a function from NumPy codes to NumPy images.

    The first call turns a Keras model into one TensorFlow graph. The graph takes 1 ms for a
    digit; a call of the model takes 5 ms, because it looks up its layers. The graph reads
    the current weights at each call, so it shows further training.

    Args:
        decoder: Keras model, or function, from codes (n, k) to images (n, height, width, 1
            or 3) in [0, 1].
    """
    call = decoder
    if hasattr(decoder, "trainable_variables"):
        import tensorflow as tf  # Already in memory, because the model is.

        call = tf.function(lambda codes: decoder(codes, training=False))
    return lambda codes: np.asarray(call(np.asarray(codes, np.float32)))


def _centre(pixels: np.ndarray, height: int) -> np.ndarray:
    above = (height - len(pixels)) // 2
    below = height - len(pixels) - above
    return np.pad(pixels, ((above, below), (24, 24), (0, 0)), constant_values=255)
