"""Recorded trainings on digits, which can be viewed step by step (lectures 08 and 09)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from course.checkpoints import WEIGHTS, read_arrays, read_card
from course.gan.lab.digits import DIGIT_RECIPE
from course.gan.lab.warning_signs import Sign, warning_signs
from course.gan.recipes import Recipe

__all__ = ["DigitRun", "load_digit_runs"]

NAME = "gan_digit_runs"


@dataclass(frozen=True)
class DigitRun:
    """A training of ``course.gan.lab.digits.digit_gan`` at one of its steps.

    Attributes:
        name: name of the setting.
        recipe, seed: arguments of ``digit_gan``, which give the same run again.
        sheets: samples of 16 latent vectors, the same at each step, uint8
            (moments, 16, 28, 28).
        moments: steps with sheets and scores, increasing.
        all_scores: a ``(step, classes, share)`` for each moment: the number of classes, 0 to
            10, that the course's classifier reads in at least 1 % of 1,000 samples, and the
            share of samples that it reads with a confidence of at least 0.9.
        whole_history: losses, accuracies and gradients, one value per step, as
            ``GAN.history``.
        moment: index of the moment that is shown.
    """

    name: str
    recipe: Recipe
    seed: int
    sheets: np.ndarray = field(repr=False)
    moments: tuple[int, ...]
    all_scores: tuple[tuple[int, int, float], ...] = field(repr=False)
    whole_history: dict[str, np.ndarray] = field(repr=False)
    moment: int = -1

    of: ClassVar = 10
    modes_name: ClassVar = "classes"
    share_name: ClassVar = "share read with confidence"

    def at(self, moment: int) -> DigitRun:
        """The same run at another of its moments, counted from 0."""
        return replace(self, moment=moment)

    @property
    def step(self) -> int:
        """The step of this moment."""
        return self.moments[self.moment]

    @property
    def sheet(self) -> np.ndarray:
        """The 16 samples at this step, uint8 (16, 28, 28)."""
        return self.sheets[self.moment]

    @property
    def history(self) -> dict[str, np.ndarray]:
        """What was recorded up to this step."""
        return {name: values[: self.step] for name, values in self.whole_history.items()}

    @property
    def scores(self) -> list[tuple[int, int, float]]:
        """Scores up to this step."""
        return [score for score in self.all_scores if score[0] <= self.step]

    @property
    def signs(self) -> list[Sign]:
        """The early warnings at this step."""
        return warning_signs(self.history, self.scores[-1][1], self.of)

    def __str__(self) -> str:
        _, classes, share = self.scores[-1]
        return (
            f"Digits, {self.name}, seed {self.seed}: step {self.step:,}, {classes} of 10 classes, "
            f"{share:.0%} of the samples read with confidence"
        )


def load_digit_runs(folder: Path = WEIGHTS) -> dict[str, DigitRun]:
    """All recorded trainings on digits.

    Returns:
        Dictionary from the name of a setting to its ``DigitRun``, at its last step.

    Raises:
        ValueError: if the record is missing or damaged; the message names the file.
    """
    card, arrays = read_card(NAME, folder), read_arrays(NAME, folder)
    return {
        name: DigitRun(
            name,
            replace(DIGIT_RECIPE, **about["changes"]),
            about["seed"],
            arrays[f"{name}/sheets"],
            tuple(about["moments"]),
            tuple((step, classes, share) for step, classes, share in about["scores"]),
            dict(zip(card["recorded"], arrays[f"{name}/history"].astype(np.float32))),
        )
        for name, about in card["runs"].items()
    }
