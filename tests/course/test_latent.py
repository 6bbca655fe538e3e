"""The functions on codes against SciPy, geometry and a decoder that is known."""

import numpy as np
import pytest
from scipy import interpolate

from course.latent import (
    attribute_vector,
    average_image,
    code_grid,
    edit_codes,
    interpolate_codes,
)


@pytest.fixture
def rng():
    """A seeded random generator."""
    return np.random.default_rng(0)


@pytest.mark.parametrize(("n", "limit"), [(2, 1.0), (3, 2.0), (7, 0.5)])
def test_grid_is_every_pair_of_coordinates_in_reading_order(n, limit):
    """Row i * n + j holds coordinate j first and coordinate i second, both evenly spaced."""
    grid = code_grid(n, limit)
    assert grid.shape == (n * n, 2)
    line = [-limit + 2 * limit * j / (n - 1) for j in range(n)]
    wanted = [(first, second) for second in line for first in line]
    np.testing.assert_allclose(grid, wanted, atol=1e-15)


def test_grid_reaches_both_ends_exactly():
    """Corners are the limit itself: a half-open range, or rounding, would miss them."""
    grid = code_grid(11, 1.7)
    np.testing.assert_array_equal(
        grid[[0, 10, 110, 120]], 1.7 * np.float64([(-1, -1), (1, -1), (-1, 1), (1, 1)])
    )


def test_grid_lies_evenly_around_the_origin():
    """Its mean is the origin, and no two codes are the same."""
    grid = code_grid(8, 3.0)
    np.testing.assert_allclose(grid.mean(axis=0), 0, atol=1e-15)
    assert len(np.unique(grid, axis=0)) == 64


@pytest.mark.parametrize("steps", [2, 3, 10])
@pytest.mark.parametrize("k", [1, 2, 16])
def test_interpolation_agrees_with_scipy(rng, steps, k):
    """The way is SciPy's linear interpolation between the two ends."""
    start, end = rng.normal(size=(2, k))
    line = interpolate.interp1d([0, 1], np.stack([start, end]), axis=0)
    codes = interpolate_codes(start, end, steps)
    assert codes.shape == (steps, k)
    np.testing.assert_allclose(codes, line(np.linspace(0, 1, steps)), atol=1e-12)


def test_interpolation_holds_both_ends_exactly(rng):
    """The first code is the start and the last the end, to the last bit."""
    start, end = rng.normal(size=(2, 5))
    codes = interpolate_codes(start, end, 7)
    np.testing.assert_array_equal(codes[0], start)
    np.testing.assert_array_equal(codes[-1], end)


def test_interpolation_backwards_is_the_same_way_reversed(rng):
    """From end to start the same codes come in the other order."""
    start, end = rng.normal(size=(2, 3))
    np.testing.assert_allclose(
        interpolate_codes(end, start, 6), interpolate_codes(start, end, 6)[::-1], atol=1e-12
    )


def squares(codes):
    """A decoder that is known and not linear: every pixel is the first entry squared."""
    codes = np.asarray(codes)
    return np.broadcast_to(codes[:, :1, None, None] ** 2, (len(codes), 28, 28, 1))


def test_average_image_decodes_the_mean_code():
    """The mean of 0 and 1 is one half, drawn as 1/4; the mean of the images would be 1/2."""
    image = average_image(squares, np.float64([[0, 7], [1, -7]]))
    assert image.shape == (28, 28, 1)
    np.testing.assert_array_equal(image, 0.25)


def test_average_image_of_one_code_is_its_image(rng):
    """With nothing to average, the decoder's image of that code comes back."""
    code = rng.normal(size=(1, 4))
    np.testing.assert_array_equal(average_image(squares, code), squares(code)[0])


def test_average_image_forgets_the_order_of_the_codes(rng):
    """Reversed codes have the same average."""
    codes = rng.normal(size=(9, 4))
    np.testing.assert_allclose(
        average_image(squares, codes), average_image(squares, codes[::-1]), atol=1e-12
    )


def test_attribute_vector_finds_a_planted_direction(rng):
    """Codes shifted by a known direction give it back within five standard errors."""
    n, planted = 4000, np.array([1.0, -2.0, 0.0])
    has_attribute = rng.random(n) < 0.2
    codes = rng.normal(size=(n, 3)) + 3 + np.outer(has_attribute, planted)
    error = np.sqrt(1 / has_attribute.sum() + 1 / (~has_attribute).sum())
    np.testing.assert_allclose(attribute_vector(codes, has_attribute), planted, atol=5 * error)


def test_attribute_vector_is_the_slope_of_least_squares(rng):
    """It is the regression of the codes on 'has it', 0 or 1, which NumPy solves otherwise."""
    codes, has_attribute = rng.normal(size=(30, 4)), rng.permutation(30) < 7
    design = np.stack([np.ones(30), has_attribute], axis=1)
    slope = np.linalg.lstsq(design, codes, rcond=None)[0][1]
    np.testing.assert_allclose(attribute_vector(codes, has_attribute), slope, atol=1e-12)


def test_attribute_vector_turns_round_with_the_groups(rng):
    """With and without changed, the vector points the other way."""
    codes, has_attribute = rng.normal(size=(30, 4)), rng.permutation(30) < 7
    np.testing.assert_allclose(
        attribute_vector(codes, ~has_attribute), -attribute_vector(codes, has_attribute)
    )


@pytest.mark.parametrize(("shown", "word"), [(True, "all"), (False, "none")])
def test_attribute_vector_needs_both_groups(rng, shown, word):
    """Without images of one kind it says which kind there is, and gives no nan."""
    with pytest.raises(
        ValueError, match=rf"with and without the attribute, .* of which {word} show it"
    ):
        attribute_vector(rng.normal(size=(5, 2)), np.full(5, shown))


def test_edits_are_the_code_plus_multiples_of_the_direction(rng):
    """One row a strength, in their order, each from the code itself."""
    code, direction = rng.normal(size=(2, 6))
    strengths = [-4.0, 0.5, 0.0, 2.0]
    edited = edit_codes(code, direction, strengths)
    assert edited.shape == (4, 6)
    for row, strength in zip(edited, strengths):
        np.testing.assert_allclose(row, [c + strength * d for c, d in zip(code, direction)])


def test_an_edit_of_strength_0_changes_nothing_and_the_code_stays(rng):
    """Strength 0 gives the code to the last bit, and what was handed in is not changed."""
    code, direction = rng.normal(size=(2, 3))
    before = code.copy()
    np.testing.assert_array_equal(edit_codes(code, direction, [0.0, 3.0])[0], before)
    np.testing.assert_array_equal(code, before)


def test_edits_and_interpolation_meet(rng):
    """Edited by the way to another code, strengths 0 to 1 walk the interpolation."""
    start, end = rng.normal(size=(2, 4))
    np.testing.assert_allclose(
        edit_codes(start, end - start, np.linspace(0, 1, 5)), interpolate_codes(start, end, 5)
    )
