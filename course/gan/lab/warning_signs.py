"""Early warnings: what a history says about a training before its samples do (lecture 09)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Sign", "warning_signs"]

WINDOW = 100  # Steps that count as now.
BLOCKS = 5


@dataclass(frozen=True)
class Sign:
    """One early warning.

    Attributes:
        name: what it is about.
        lit: whether it warns.
        words: what was measured, and the limit.
    """

    name: str
    lit: bool
    words: str

    def __str__(self) -> str:
        return f"{'WARNING' if self.lit else 'quiet'}: {self.name} ({self.words})"


def warning_signs(
    history: Mapping[str, ArrayLike], modes: int | None = None, of: int = 8
) -> list[Sign]:
    """The early warnings over the last 100 steps of a training.

    Args:
        history: dictionary from the names in ``course.gan.model.RECORDED`` to one value per
            step, as ``GAN.history``; NaN where the generator was not updated.
        modes: number of modes (or classes) that the samples cover, or None if they
            were not counted.
        of: number of modes of the data.

    Returns:
        List of ``Sign``: the discriminator's loss is at 0; it is always right; its loss
        jumps; gradients are above 100; the generator's gradient is gone; the generator's
        loss falls steadily; and, if ``modes`` is given, modes are missing.

    Source: ganhacks 10 has the loss at 0, the jumps, the gradients above 100 and the
        steady fall. We chose the other limits so that they separate the settings of
        lecture 09.
    """
    values = {name: np.asarray(series, dtype=float) for name, series in history.items()}
    signs = [
        _loss_at_zero(values),
        _right_about_all(values),
        _jumps(values),
        _large_gradients(values),
        _gradient_gone(values),
        _steady_fall(values),
    ]
    if not len(values["discriminator_loss"]):
        signs = [Sign(sign.name, False, "no step yet") for sign in signs]
    if modes is not None:
        words = f"{modes} of {of} modes have samples"
        signs.append(Sign("modes missing", modes < of, words))
    return signs


def _loss_at_zero(values: dict[str, np.ndarray]) -> Sign:
    loss = _mean(values["discriminator_loss"][-WINDOW:])
    return Sign("discriminator's loss at 0", loss < 0.05, f"mean {loss:.3f}, limit 0.05")


def _right_about_all(values: dict[str, np.ndarray]) -> Sign:
    real, fake = (_mean(values[f"accuracy_{kind}"][-WINDOW:]) for kind in ("real", "fake"))
    words = f"{real:.1%} of real, {fake:.1%} of fake, limit 99 %"
    return Sign("discriminator always right", min(real, fake) > 0.99, words)


def _jumps(values: dict[str, np.ndarray]) -> Sign:
    recent = values["discriminator_loss"][-WINDOW:]
    spread = float(np.std(recent)) if len(recent) else np.nan
    words = f"standard deviation {spread:.3f}, limit 0.3"
    return Sign("discriminator's loss jumps", spread > 0.3, words)


def _large_gradients(values: dict[str, np.ndarray]) -> Sign:
    both = [values[f"{name}_gradient"][-WINDOW:] for name in ("discriminator", "generator")]
    largest = _largest(np.concatenate(both))
    return Sign("gradients above 100", largest > 100, f"largest norm {largest:.3g}")


def _gradient_gone(values: dict[str, np.ndarray]) -> Sign:
    norm = _mean(values["generator_gradient"][-WINDOW:])
    words = "no update yet" if np.isnan(norm) else f"mean norm {norm:.2g}, limit 0.001"
    return Sign("generator's gradient gone", norm < 1e-3, words)


def _steady_fall(values: dict[str, np.ndarray]) -> Sign:
    recent = values["generator_loss"][-BLOCKS * WINDOW :]
    recent = recent[~np.isnan(recent)]
    if len(recent) < BLOCKS * WINDOW:
        return Sign("generator's loss falls steadily", False, f"fewer than {BLOCKS * WINDOW} steps")
    means = recent.reshape(BLOCKS, WINDOW).mean(axis=1)
    fall = means[0] - means[-1]
    words = f"{means[0]:.2f} to {means[-1]:.2f} in {BLOCKS * WINDOW} steps, limit: a fall of 0.2"
    lit = bool(np.all(np.diff(means) < 0) and fall > 0.2)
    return Sign("generator's loss falls steadily", lit, words)


def _mean(series: np.ndarray) -> float:
    series = series[~np.isnan(series)]
    return float(series.mean()) if len(series) else np.nan


def _largest(series: np.ndarray) -> float:
    series = series[~np.isnan(series)]
    return float(series.max()) if len(series) else np.nan
