"""What is said of random numbers: only what holds for every right way to draw them.

Statistics become words with wide margins: with 12,000 draws, a right answer is at least
seven standard errors away from each of them, so no seed makes it wrong.
"""

import numpy as np

__all__ = ["evenness", "extent", "law", "moments", "sharing", "source"]

ENOUGH = 1_000  # Different draws: fewer say nothing reliable about the law they come from.


def moments(noise, std, shared=1):
    """Mean and spread in words, beside those of noise with a standard deviation ``std``."""
    spread = np.std(noise)
    if spread < 1e-6 * std or noise.size < ENOUGH * shared:
        return _too_few(noise, std)
    mean, ratio = np.mean(noise) / std, spread / std
    where = "near 0" if abs(mean) < 0.07 else "above 0" if mean > 0 else "below 0"
    if abs(ratio - 1) < 0.06:
        return f"mean {where}, spread as asked"
    # To the next power of 2: a wrong law has a spread of its own at each seed.
    times = 2.0 ** round(np.log2(ratio))
    return f"mean {where}, spread " + ("not quite as asked" if times == 1 else f"{times:g} times")


def law(noise, std, shared=1):
    """The family of distributions that noise comes from, told by its fourth moment."""
    spread = np.std(noise)
    if spread < 1e-6 * std or noise.size < ENOUGH * shared:
        return _too_few(noise, std)
    kurtosis = np.mean((noise - np.mean(noise)) ** 4) / spread**4  # 3 of a Gaussian, 1.8 of U.
    if 2.6 < kurtosis < 3.5:
        return "Gaussian"
    return "uniform" if 1.6 < kurtosis < 2.0 else "neither Gaussian nor uniform"


def sharing(noise, std, axes):
    """Along which axes the same draw was used again.

    Args:
        noise: array.
        std: its size; noise that differs by less than a thousandth of it is the same.
        axes: a plural for each axis of ``noise``, None for one that is of no interest.

    Returns:
        Pair of a text and of how many entries share a draw.
    """
    same = [
        axis
        for axis, name in enumerate(axes)
        if name and np.ptp(noise, axis=axis).max() < 1e-3 * std
    ]
    if np.abs(noise).max() < 1e-6 * std:
        return "no noise at all", noise.size
    names = ", ".join(axes[axis] for axis in same)
    without = int(np.sum(np.abs(noise).reshape(len(noise), -1).max(axis=1) < 1e-6 * std))
    text = f"the same for all {names}" if names else "each pixel its own"
    if without:
        text += f", and none on {without} of {len(noise)} {axes[0]}"
    return text, int(np.prod([noise.shape[axis] for axis in same]))


def extent(values):
    """Smallest and largest of many draws in words, to hundredths."""
    low, high = np.min(values), np.max(values)
    if high - low < 1e-9:
        return f"all exactly {low:.0f}" if low in (0, 1) else "one number for all"
    return f"{low + 0.0:.2f} to {high + 0.0:.2f}"


def evenness(values):
    """Whether many draws fill the range between the smallest and the largest evenly."""
    low, high = np.min(values), np.max(values)
    if high - low < 1e-9:
        return "one number for all"
    if len(np.unique(values)) < 0.9 * len(values):
        return "the same number several times"
    shares = np.histogram(values, bins=4, range=(low, high))[0] / len(values)
    return "evenly" if np.all(np.abs(shares - 0.25) < 0.07) else "not evenly"


def source(draw, seed):
    """Whether a function draws from the generator that it is handed, and from no other.

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
        said = "others from the same generator"
    elif np.array_equal(first, other):
        said = "the same whatever the generator"
    elif np.array_equal(first, then):
        said = "the same on each call"
    else:
        said = "the same from the same generator, others on the next call"
    touched = ", and NumPy's global generator has moved" if _global_state() != before else ""
    return said + touched


def _global_state():
    kind, keys, *others = np.random.get_state()  # noqa: NPY002 -- to see whether it was used
    return kind, keys.tobytes(), *others


def _too_few(noise, std):
    return "no noise at all" if np.abs(noise).max() < 1e-6 * std else "too few different draws"
