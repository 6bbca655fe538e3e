"""Two recorded trainings on digits side by side, step by step (lectures 08 and 09)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np
from IPython.display import display

from course.explorers.picture import Explorer, Picture
from course.show import tile

if TYPE_CHECKING:  # It imports TensorFlow, which takes seconds.
    from course.gan.lab.digit_runs import DigitRun

__all__ = ["GanRuns", "explore_gan_runs"]


class GanRuns(Explorer):
    """Samples of two recorded trainings at one step, and what the early warnings say.

    Args:
        runs: dictionary from the name of a setting to its
            ``course.gan.lab.digit_runs.DigitRun``; all with the same moments.
        left, right: names of the first two.

    Attributes:
        choices: the two controls that choose the runs, left and right.
        slider: the control of the step.
        picture: the ``Picture`` of the two sheets.

    Raises:
        ValueError: if there is no run with one of the names.
    """

    def __init__(
        self, runs: Mapping[str, DigitRun], left: str = "plain", right: str = "image noise"
    ) -> None:
        for name in (left, right):
            if name not in runs:
                raise ValueError(f"no run {name!r}; there are: {', '.join(runs)}")
        self._runs = runs
        self.choices = [
            widgets.Dropdown(options=list(runs), value=value, description=side)
            for side, value in (("left", left), ("right", right))
        ]
        moments = runs[left].moments
        self.slider = widgets.SelectionSlider(
            options=[(f"{step:,}", i) for i, step in enumerate(moments)],
            value=len(moments) - 1,
            description="step",
        )
        self.picture = Picture(width=620)
        for control in (*self.choices, self.slider):
            control.observe(self.draw, names="value")
        super().__init__([widgets.HBox(self.choices), self.slider, self.picture])

    @property
    def shown(self) -> list[DigitRun]:
        """The two runs, at the moment of the slider."""
        return [self._runs[choice.value].at(self.slider.value) for choice in self.choices]

    @property
    def sentence(self) -> str:
        """Scores and warnings of both runs in words."""
        parts = []
        for side, run in zip(("Left", "Right"), self.shown):
            lit = [f"{sign.name} ({sign.words})" for sign in run.signs if sign.lit]
            parts.append(f"{side}: {run}. WARNING: {'; '.join(lit)}." if lit else f"{side}: {run}.")
        return " ".join(parts)

    def draw(self, change: object = None) -> None:
        """Show both sheets."""
        sheets = [tile(run.sheet[..., None] / 255, columns=4) for run in self.shown]
        gap = np.ones((len(sheets[0]), 8, 1))
        self.picture.show(np.hstack([sheets[0], gap, sheets[1]]), self.sentence)

    def still(self) -> dict[str, str]:
        """Both sheets, by mime type."""
        return self.picture.still()


def explore_gan_runs(
    runs: Mapping[str, DigitRun], left: str = "plain", right: str = "image noise"
) -> GanRuns:
    """Display two recorded trainings with a slider over their steps, and return ``GanRuns``.

    Args:
        runs: dictionary from the name of a setting to its
            ``course.gan.lab.digit_runs.DigitRun``, as from ``load_digit_runs``.
        left, right: names of the first two.
    """
    explorer = GanRuns(runs, left, right)
    display(explorer)
    return explorer
