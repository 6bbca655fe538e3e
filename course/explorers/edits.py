"""Sliders that move a code along directions, and the image of the result (lecture 05)."""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
import numpy as np
from IPython.display import display
from numpy.typing import ArrayLike

from course.explorers.picture import Explorer, Picture, quick_decoder
from course.show import tile

__all__ = ["EditExplorer", "explore_edits"]


# Reads a number from each image: (n, height, width, 1 or 3) -> (n,).
Measure = Callable[[np.ndarray], np.ndarray]


class EditExplorer(Explorer):
    """An image as it is and edited: its code plus directions, with strengths from sliders.

    ``explore_edits`` makes and displays it, and describes the arguments.

    Attributes:
        sliders: dictionary of the sliders, by the names of the directions.
        picture: the ``Picture`` of both images.
    """

    def __init__(
        self,
        decoder: Any,
        code: ArrayLike,
        directions: Mapping[str, ArrayLike],
        limit: float = 2.0,
        measures: Mapping[str, Measure] | None = None,
    ) -> None:
        self._code = np.asarray(code, dtype=float)
        self._directions = {name: np.asarray(d, dtype=float) for name, d in directions.items()}
        wrong = [name for name, d in self._directions.items() if d.shape != self._code.shape]
        if self._code.ndim != 1 or wrong or not directions:
            shapes = {name: d.shape for name, d in self._directions.items()}
            raise ValueError(
                f"explore_edits needs a code (k,) and directions (k,), got {self._code.shape} "
                f"and {shapes}"
            )
        self._decode, self._measures = quick_decoder(decoder), measures or {}
        self.sliders = {
            name: widgets.FloatSlider(min=-limit, max=limit, step=limit / 20, description=name)
            for name in directions
        }
        self.picture = Picture(width=448, column_titles=["as it is", "edited"])
        for slider in self.sliders.values():
            slider.observe(self.draw, names="value")
        reset = widgets.Button(description="All back to 0")
        reset.on_click(self._reset)
        controls = widgets.VBox([*self.sliders.values(), reset])
        layout = widgets.Layout(flex_flow="row wrap", align_items="center")
        super().__init__([controls, self.picture], layout=layout)

    @property
    def code(self) -> np.ndarray:
        """The edited code, float64 (k,)."""
        strengths = [slider.value for slider in self.sliders.values()]
        return self._code + strengths @ np.stack(list(self._directions.values()))

    def draw(self, change: object = None) -> None:
        """Decode the code as it is and as edited, and show both."""
        images = self._decode([self._code, self.code])
        self.picture.show(tile(images, columns=2), self._describe(images))

    def still(self) -> dict[str, str]:
        """Both pictures, by mime type."""
        return self.picture.still()

    def _describe(self, images: np.ndarray) -> str:
        added = [f"{s.value:.2g} times {name}" for name, s in self.sliders.items() if s.value]
        edit = f"plus {', '.join(added)}" if added else "plus nothing"
        moved = np.linalg.norm(self.code - self._code)
        words = f"Left: the image as it is. Right: {edit}, which moves the code by {moved:.2f}."
        for name, measure in self._measures.items():
            before, after = measure(images)
            words += f" In the pixels, {name} is {before:.2f} left and {after:.2f} right."
        return words

    def _reset(self, button: object) -> None:
        for slider in self.sliders.values():
            slider.value = 0.0


def explore_edits(
    decoder: Any,
    code: ArrayLike,
    directions: Mapping[str, ArrayLike],
    limit: float = 2.0,
    measures: Mapping[str, Measure] | None = None,
) -> EditExplorer:
    """Display a code's image with a slider for each direction; returns its ``EditExplorer``.

    Args:
        decoder: Keras model, or function, from codes (n, k) to images (n, height, width, 1
            or 3) in [0, 1].
        code: the code to be edited, shape (k,).
        directions: dictionary from the name of an attribute to its direction, shape (k,),
            for example an ``attribute_vector``.
        limit: strengths run from ``-limit`` to ``limit`` times the direction.
        measures: dictionary from a name to a function that measures a number in each image,
            (n, height, width, 1 or 3) -> (n,), for example ``measure_smile``; or None.

    Raises:
        ValueError: if a direction and the code differ in length, or there is no direction.
    """
    explorer = EditExplorer(decoder, code, directions, limit, measures)
    display(explorer)
    return explorer
