"""Recorded trainings on digits, to be looked at step by step (lectures 08 and 09)."""

from dataclasses import dataclass, field, replace

import numpy as np

from course.checkpoints import WEIGHTS, read_arrays, read_card
from course.gan.lab.digits import DIGIT_RECIPE
from course.gan.lab.warning_signs import warning_signs
from course.gan.recipes import Recipe

__all__ = ["DigitRun", "load_digit_runs"]

NAME = "gan_digit_runs"


@dataclass(frozen=True)
class DigitRun:
    """A training of ``course.gan.lab.digits.digit_gan`` as it stood at one of its steps.

    Attributes:
        name: of the setting.
        recipe, seed: what ``digit_gan`` was called with: they give the run again.
        sheets: samples of 16 latent vectors, the same at each step, uint8
            (moments, 16, 28, 28).
        moments: steps that there are sheets and scores of, increasing.
        all_scores: a ``(step, classes, share)`` a moment: classes that at least 1 % of 1,000
            samples are read as, 0 to 10, and share of the samples that the course's
            classifier reads with a confidence of at least 0.9.
        whole_history: losses, accuracies and gradients, a value a step, as ``GAN.history``.
        moment: which of the moments it stands at.
    """

    name: str
    recipe: Recipe
    seed: int
    sheets: np.ndarray = field(repr=False)
    moments: tuple
    all_scores: tuple = field(repr=False)
    whole_history: dict = field(repr=False)
    moment: int = -1

    of = 10
    modes_name, share_name = "classes", "share read with confidence"

    def at(self, moment):
        """The same run at another of its moments, counted from 0."""
        return replace(self, moment=moment)

    @property
    def step(self):
        """The step that it stands at."""
        return self.moments[self.moment]

    @property
    def sheet(self):
        """The 16 samples at this step, uint8 (16, 28, 28)."""
        return self.sheets[self.moment]

    @property
    def history(self):
        """What was recorded up to this step."""
        return {name: values[: self.step] for name, values in self.whole_history.items()}

    @property
    def scores(self):
        """Scores up to this step."""
        return [score for score in self.all_scores if score[0] <= self.step]

    @property
    def signs(self):
        """The early warnings as they stand, a list of ``Sign``."""
        return warning_signs(self.history, self.scores[-1][1], self.of)

    def __str__(self):
        _, classes, share = self.scores[-1]
        return (
            f"Digits, {self.name}, seed {self.seed}: step {self.step:,}, {classes} of 10 classes, "
            f"{share:.0%} of the samples read with confidence"
        )


def load_digit_runs(folder=WEIGHTS):
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
            tuple(map(tuple, about["scores"])),
            dict(zip(card["recorded"], arrays[f"{name}/history"].astype(np.float32))),
        )
        for name, about in card["runs"].items()
    }
