"""Words for random numbers: only what holds for every right way to draw them.

Statistics become words with wide margins. With 12,000 draws, a right answer is at least
seven standard errors away from each margin, so no seed makes it wrong.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["evenness", "extent", "law", "moments", "sharing", "source"]

ENOUGH = 1_000  # Different draws. Fewer say nothing reliable about their distribution.


def moments(noise: np.ndarray, std: float, shared: int = 1) -> str:
    """Mean and spread in words, compared with noise of standard deviation ``std``.

    Args:
        noise: array of draws.
        std: the standard deviation that was asked for.
        shared: how many entries share each draw (``sharing``).
    """
    spread = np.std(noise)
    if spread < 1e-6 * std or noise.size < ENOUGH * shared:
        return _too_few(noise, std)
    mean, ratio = np.mean(noise) / std, spread / std
    where = "near 0" if abs(mean) < 0.07 else "above 0" if mean > 0 else "below 0"
    if abs(ratio - 1) < 0.06:
        return f"mean {where}, spread as asked"
    # Rounded to a power of 2, because a wrong distribution has another spread at each seed.
    times = 2.0 ** round(np.log2(ratio))
    return f"mean {where}, spread " + ("not quite as asked" if times == 1 else f"{times:g} times")


def law(noise: np.ndarray, std: float, shared: int = 1) -> str:
    """The family of distributions that noise comes from, by its fourth moment.

    The arguments are those of ``moments``.
    """
    spread = np.std(noise)
    if spread < 1e-6 * std or noise.size < ENOUGH * shared:
        return _too_few(noise, std)
    kurtosis = np.mean((noise - np.mean(noise)) ** 4) / spread**4
    # The kurtosis of a Gaussian is 3, that of a uniform distribution 1.8.
    if 2.6 < kurtosis < 3.5:
        return "Gaussian"
    return "uniform" if 1.6 < kurtosis < 2.0 else "neither Gaussian nor uniform"


def sharing(noise: np.ndarray, std: float, axes: Sequence[str | None]) -> tuple[str, int]:
    """Along which axes the same draw is used again.

    Args:
        noise: array.
        std: its size. Noise that differs by less than a thousandth of it counts as the same.
        axes: a plural noun for each axis of ``noise``, or None for an axis to ignore.

    Returns:
        A text, and how many entries share each draw.
    """
    same = {
        name: noise.shape[axis]
        for axis, name in enumerate(axes)
        if name and np.ptp(noise, axis=axis).max() < 1e-3 * std
    }
    if np.abs(noise).max() < 1e-6 * std:
        return "no noise at all", noise.size
    names = ", ".join(same)
    without = int(np.sum(np.abs(noise).reshape(len(noise), -1).max(axis=1) < 1e-6 * std))
    text = f"the same draw for all {names}" if names else "a different draw for each pixel"
    if without:
        text += f", and no noise on {without} of {len(noise)} {axes[0]}"
    return text, math.prod(same.values())


def extent(values: np.ndarray) -> str:
    """Smallest and largest of many draws in words, to hundredths."""
    low, high = np.min(values), np.max(values)
    if high - low < 1e-9:
        return f"all exactly {low:.0f}" if low in (0, 1) else "one number for all"
    return f"{low + 0.0:.2f} to {high + 0.0:.2f}"  # Adding 0.0 turns -0.0 into 0.0.


def evenness(values: np.ndarray) -> str:
    """Whether many draws fill the range between the smallest and the largest evenly."""
    low, high = np.min(values), np.max(values)
    if high - low < 1e-9:
        return "one number for all"
    if len(np.unique(values)) < 0.9 * len(values):
        return "the same number several times"
    shares = np.histogram(values, bins=4, range=(low, high))[0] / len(values)
    return "evenly" if np.all(np.abs(shares - 0.25) < 0.07) else "not evenly"


def source(draw: Callable[[np.random.Generator], np.ndarray], seed: int) -> str:
    """Whether a function draws from the generator that it receives, and from no other.

    Args:
        draw: function of a ``numpy.random.Generator`` that returns an array.
        seed: integer.
    """
    before = _global_state()
    rng = np.random.default_rng(seed)
    first, then = np.array(draw(rng)), np.array(draw(rng))
    again = np.array(draw(np.random.default_rng(seed)))
    other = np.array(draw(np.random.default_rng(seed + 1)))
    if not np.array_equal(first, again):
        said = "other numbers from the same generator"
    elif np.array_equal(first, other):
        said = "the same numbers for every generator"
    elif np.array_equal(first, then):
        said = "the same numbers on each call"
    else:
        said = "the same numbers from the same generator, other numbers on the next call"
    if _global_state() != before:
        said += ", and NumPy's global generator was used"
    return said


def _global_state():
    kind, keys, *others = np.random.get_state()  # noqa: NPY002 -- to see whether it was used
    return kind, keys.tobytes(), *others


def _too_few(noise: np.ndarray, std: float) -> str:
    return "no noise at all" if np.abs(noise).max() < 1e-6 * std else "too few different draws"
