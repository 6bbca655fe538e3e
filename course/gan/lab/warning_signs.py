"""Early warnings: what a history says of a training before its samples do (lecture 09)."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Sign", "warning_signs"]

WINDOW = 100  # Steps that count as now.
BLOCKS = 5


@dataclass(frozen=True)
class Sign:
    """One early warning.

    Attributes:
        name: what is looked at.
        lit: whether it warns.
        words: what was measured, and against what.
    """

    name: str
    lit: bool
    words: str

    def __str__(self):
        return f"{'WARNING' if self.lit else 'quiet'}: {self.name} ({self.words})"


def warning_signs(history, modes=None, of=8):
    """The early warnings over the last 100 steps of a training.

    Args:
        history: dictionary from the names in ``course.gan.model.RECORDED`` to a value a
            step, as ``GAN.history``; NaN where the generator was not updated.
        modes: number of modes (or classes) that the samples cover, or None if nobody has
            counted.
        of: number that there are.

    Returns:
        List of ``Sign``: discriminator's loss at 0; always right; a loss that
        jumps; gradients above 100; the generator's gradient gone; the generator's loss
        falling steadily; and, if ``modes`` is given, modes missing.

    Source: ganhacks 10 has the loss at 0, the jumps, the gradients above 100 and the
        steady fall. Where to draw the other lines is our choice: they tell the settings of
        lecture 09 apart.
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


def _loss_at_zero(values):
    loss = _mean(values["discriminator_loss"][-WINDOW:])
    return Sign("discriminator's loss at 0", loss < 0.05, f"mean {loss:.3f}, line at 0.05")


def _right_about_all(values):
    real, fake = (_mean(values[f"accuracy_{kind}"][-WINDOW:]) for kind in ("real", "fake"))
    words = f"{real:.1%} of real, {fake:.1%} of fake, line at 99 %"
    return Sign("discriminator always right", min(real, fake) > 0.99, words)


def _jumps(values):
    recent = values["discriminator_loss"][-WINDOW:]
    spread = float(np.std(recent)) if len(recent) else np.nan
    words = f"standard deviation {spread:.3f}, line at 0.3"
    return Sign("discriminator's loss jumps", spread > 0.3, words)


def _large_gradients(values):
    both = [values[f"{name}_gradient"][-WINDOW:] for name in ("discriminator", "generator")]
    largest = _largest(np.concatenate(both))
    return Sign("gradients above 100", largest > 100, f"largest norm {largest:.3g}")


def _gradient_gone(values):
    norm = _mean(values["generator_gradient"][-WINDOW:])
    words = "no update yet" if np.isnan(norm) else f"mean norm {norm:.2g}, line at 0.001"
    return Sign("generator's gradient gone", norm < 1e-3, words)


def _steady_fall(values):
    recent = values["generator_loss"][-BLOCKS * WINDOW :]
    recent = recent[~np.isnan(recent)]
    if len(recent) < BLOCKS * WINDOW:
        return Sign("generator's loss falls steadily", False, f"fewer than {BLOCKS * WINDOW} steps")
    means = recent.reshape(BLOCKS, WINDOW).mean(axis=1)
    fall = means[0] - means[-1]
    words = f"{means[0]:.2f} to {means[-1]:.2f} in {BLOCKS * WINDOW} steps, line at a fall of 0.2"
    lit = bool(np.all(np.diff(means) < 0) and fall > 0.2)
    return Sign("generator's loss falls steadily", lit, words)


def _mean(series):
    series = series[~np.isnan(series)]
    return float(series.mean()) if len(series) else np.nan


def _largest(series):
    series = series[~np.isnan(series)]
    return float(series.max()) if len(series) else np.nan
