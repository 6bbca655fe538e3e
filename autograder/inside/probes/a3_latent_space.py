"""What is observed of the functions of assignment a3_latent_space."""

import numpy as np

from autograder.inside.probes.tensors import tensor
from autograder.inside.probes.words import error_raised

__all__ = ["attribute_vector", "average_image", "code_grid", "edit_codes", "interpolate_codes"]

MOST_NUMBERS = 10_000  # In one answer. The largest right answer has 50.


def code_grid(code_grid, rng):
    limit = rng.uniform(1.2, 2.8)
    yield "3 codes per side", lambda: code_grid(3, limit)
    yield "4 codes per side", lambda: code_grid(4, limit)
    yield "which coordinate varies fastest", lambda: _fastest(code_grid(3, limit))
    yield "smallest and largest coordinate", lambda: _ends(code_grid(5, limit))


def interpolate_codes(interpolate_codes, rng):
    start, end = rng.normal(size=(2, 4)) * 2
    yield "5 codes, k = 4", lambda: interpolate_codes(start.copy(), end.copy(), 5)
    yield "2 codes", lambda: interpolate_codes(start.copy(), end.copy(), 2)
    yield (
        "the first and the last of 7 codes",
        lambda: _first_and_last(interpolate_codes(start.copy(), end.copy(), 7)),
    )
    yield "k = 1", lambda: interpolate_codes(start[:1].copy(), end[:1].copy(), 4)
    yield "from a code to itself", lambda: interpolate_codes(start.copy(), start.copy(), 3)


def average_image(average_image, rng):
    codes = rng.normal(size=(6, 3)).astype("float32")
    decoder = _Decoder(rng.normal(size=(3, 28 * 28)))
    yield "six codes", lambda: average_image(decoder, codes.copy())
    yield "two codes", lambda: average_image(decoder, codes[:2].copy())
    yield "one code", lambda: average_image(decoder, codes[:1].copy())
    yield "how many codes you pass to the decoder", lambda: _asked(average_image, decoder, codes)


def attribute_vector(attribute_vector, rng):
    codes = rng.normal(size=(9, 3)) + 1.5
    # Groups of different sizes, so that a difference of sums or of means over all is visible.
    has_attribute = rng.permutation(np.arange(9) < 3)
    yield (
        "nine codes, three with the attribute",
        lambda: attribute_vector(codes.copy(), has_attribute.copy()),
    )
    yield (
        "groups with and without the attribute swapped",
        lambda: attribute_vector(codes.copy(), ~has_attribute),
    )
    yield "k = 1", lambda: attribute_vector(codes[:, :1].copy(), has_attribute.copy())
    # Both in one observation: a function that always raises must not earn twice.
    yield (
        "no code has the attribute; every code has it",
        lambda: "; ".join(
            error_raised(lambda shown=shown: attribute_vector(codes.copy(), np.full(9, shown)))
            for shown in (False, True)
        ),
    )


def edit_codes(edit_codes, rng):
    code, direction = rng.normal(size=(2, 4))
    strengths = np.array([-4.0, -1.0, 0.0, 0.5, 2.0])
    yield "five strengths, k = 4", lambda: edit_codes(code.copy(), direction.copy(), strengths)
    yield "strength 0 alone", lambda: edit_codes(code.copy(), direction.copy(), np.zeros(1))
    yield (
        "k = 1, three strengths",
        lambda: edit_codes(code[:1].copy(), direction[:1].copy(), np.array([1.0, -2.0, 3.0])),
    )
    yield "the code after the call", lambda: _afterwards(edit_codes, code.copy(), direction.copy())


class _Decoder:
    """Draws codes by a nonlinear formula, as a network would, and counts them."""

    def __init__(self, weights):
        self.weights, self.asked = weights, []

    def __call__(self, codes, training=False):
        return tensor(self.predict(codes))

    def predict(self, codes, batch_size=None, verbose="auto"):
        codes = np.asarray(codes, dtype=float)
        if codes.ndim != 2 or codes.shape[1] != len(self.weights):
            raise ValueError(f"the decoder takes codes (n, {len(self.weights)}), got {codes.shape}")
        self.asked.append(len(codes))
        # Squared, so that the image of the mean is far from the mean of the images.
        drawn = np.tanh((codes @ self.weights) ** 2 / 4)
        return drawn.reshape(-1, 28, 28, 1).astype("float32")

    def predict_on_batch(self, codes):
        return self.predict(codes)


def _asked(average_image, decoder, codes):
    decoder.asked.clear()
    average_image(decoder, codes.copy())
    return f"{sum(decoder.asked)} in {len(decoder.asked)} calls" if decoder.asked else "none"


def _numbers(values):
    """An array, if it is small enough to be searched."""
    # np.broadcast_to makes an array of any size from one number. Searching it could take hours.
    values = np.asarray(values, dtype=float)
    if values.size > MOST_NUMBERS:
        raise ValueError(f"got {values.size:,} numbers, expected at most {MOST_NUMBERS:,}")
    return values


def _fastest(grid):
    steps = np.abs(np.diff(_numbers(grid), axis=0)[0])
    first, second = bool(steps[0] > 1e-9), bool(steps[1] > 1e-9)
    if first and second:
        return "both"
    if first:
        return "the first"
    return "the second" if second else "neither"


def _ends(grid):
    grid = _numbers(grid)
    return [grid.min(), grid.max()]


def _first_and_last(codes):
    return _numbers(codes)[[0, -1]]


def _afterwards(edit_codes, code, direction):
    before = code.copy()
    edit_codes(code, direction, np.array([1.0, 2.0]))
    return "as it was" if np.array_equal(code, before) else "changed in place"
