"""The diagnostics against SciPy, and the strokes against images that were transformed knowingly."""

import re

import keras
import numpy as np
import pytest
from scipy import integrate, ndimage, stats

from course.data import load_images
from course.diagnostics import (
    active_units,
    kl_per_dimension,
    measure_slant,
    measure_thickness,
    negative_elbo,
)
from course.distances import kl_gaussian
from course.vae.losses import generation_loss, kl_loss


@pytest.fixture
def rng():
    """A seeded random generator."""
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def digits():
    """The first 300 held-out digits, float32 (300, 28, 28, 1)."""
    return load_images().x_test[:300]


def quadrature(mu, log_var):
    """D(N(mu, exp(log_var)) || N(0, 1)) by SciPy's quadrature of SciPy's densities."""
    p, q = stats.norm(mu, np.exp(log_var / 2)), stats.norm()
    ends = mu - 12 * p.std(), mu + 12 * p.std()
    return integrate.quad(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), *ends)[0]


def test_kl_per_dimension_is_the_mean_integral(rng):
    """Each entry is the mean over the images of that dimension's integral."""
    mu, log_var = rng.normal(size=(2, 5, 3))
    wanted = np.vectorize(quadrature)(mu, log_var).mean(axis=0)
    np.testing.assert_allclose(kl_per_dimension(mu, log_var), wanted, rtol=1e-6)


def test_kl_per_dimension_adds_up_to_the_divergence(rng):
    """Summed over the dimensions it is the mean of the images' divergences, and k times the
    loss that is a mean."""
    mu, log_var = rng.normal(size=(2, 40, 6))
    total = kl_per_dimension(mu, log_var).sum()
    assert total == pytest.approx(kl_gaussian(mu, log_var).mean())
    assert total == pytest.approx(6 * float(kl_loss(mu, log_var)), rel=1e-5)


def test_a_dimension_at_the_prior_has_no_divergence(rng):
    """A collapsed dimension reads 0, whatever its neighbours do."""
    mu, log_var = rng.normal(size=(2, 20, 3))
    mu[:, 1] = log_var[:, 1] = 0
    kl = kl_per_dimension(mu, log_var)
    assert kl[1] == 0
    assert np.all(kl[[0, 2]] > 0.1)


def test_active_units_are_those_whose_mean_moves(rng):
    """A variance of 0.04 counts, one of 0.0025 does not, and a constant far from 0 does not."""
    mu = rng.normal(size=(4000, 3)) * [0.2, 0.05, 0.0] + [0, 0, 5]
    np.testing.assert_array_equal(active_units(mu), [True, False, False])


def test_active_units_ask_for_the_variance_and_not_the_standard_deviation():
    """A spread of 0.09 has variance 0.0081, below 0.01, though the spread itself is above."""
    mu = np.array([[-0.09, -0.11], [0.09, 0.11]])
    np.testing.assert_array_equal(active_units(mu), [False, True])


def test_pixels_of_the_elbo_are_a_bernoulli_likelihood(rng):
    """For black and white images they are minus the log probability, summed, by SciPy."""
    images = (rng.random((4, 28, 28, 1)) < 0.3).astype("float32")
    reconstructions = rng.uniform(0.01, 0.99, size=images.shape)
    pixels, _ = negative_elbo(images, reconstructions, np.zeros((4, 2)), np.zeros((4, 2)))
    wanted = -stats.bernoulli(reconstructions).logpmf(images).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(pixels, wanted, rtol=1e-10)


def test_parts_of_the_elbo_are_the_losses_without_their_means(digits, rng):
    """Over many images its parts average to 784 times one loss and k times the other."""
    reconstructions = rng.uniform(0.01, 0.99, size=digits.shape).astype("float32")
    mu, log_var = rng.normal(size=(2, len(digits), 5)).astype("float32")
    pixels, kl = negative_elbo(digits, reconstructions, mu, log_var)
    assert pixels.shape == kl.shape == (300,)
    assert pixels.mean() == pytest.approx(
        784 * float(generation_loss(digits, reconstructions)), rel=1e-4
    )
    np.testing.assert_allclose(kl, kl_gaussian(mu, log_var), rtol=1e-6)


def test_the_elbo_is_finite_where_a_pixel_is_certain_and_wrong():
    """A black probability for a white pixel costs -ln(1e-7), as Keras has it, not infinity."""
    white, black = np.ones((1, 28, 28, 1)), np.zeros((1, 28, 28, 1))
    pixels, _ = negative_elbo(white, black, np.zeros((1, 2)), np.zeros((1, 2)))
    keras_says = float(keras.ops.sum(keras.losses.binary_crossentropy(white, black)))
    assert pixels[0] == pytest.approx(-784 * np.log(1e-7))
    assert pixels[0] == pytest.approx(keras_says, rel=1e-4)


def stroke(width, lean=0.0, length=18, brightness=1.0):
    """A straight stroke (1, 28, 28, 1) through the middle with smooth edges.

    ``width`` in pixels, at a right angle to it; ``lean`` in pixels to the right for each
    pixel up; ``length`` in pixels upwards.
    """
    y, x = np.indices((28, 28)) - 13.5
    across = np.abs(x + lean * y) / np.hypot(1, lean)
    ends = np.abs(y) - length / 2
    cover = np.clip(0.5 + width / 2 - across, 0, 1) * np.clip(0.5 - ends, 0, 1)
    return brightness * cover[None, :, :, None]


def sheared(images, lean):
    """Images (n, 28, 28, 1), each row moved right by ``lean`` for each pixel above the middle."""
    # SciPy asks where each pixel comes from: x - lean * height, and the height is 13.5 - row.
    matrix = [[1, 0], [lean, 1]]
    return np.stack(
        [
            ndimage.affine_transform(image[..., 0], matrix, offset=[0, -13.5 * lean], order=1)
            for image in images
        ]
    )[..., None]


@pytest.mark.parametrize("lean", [-0.5, -0.2, 0.0, 0.3, 0.6])
def test_slant_of_a_stroke_is_the_lean_it_was_drawn_with(lean):
    """Pixels to the right for each pixel up: positive leans right, as italics do."""
    assert measure_slant(stroke(3, lean))[0] == pytest.approx(lean, abs=0.03)


@pytest.mark.parametrize("lean", [-0.4, -0.2, 0.2, 0.4])
def test_shearing_a_digit_adds_to_its_slant(digits, lean):
    """Sheared by SciPy, digit after digit leans by that much more."""
    moved = sheared(digits, lean)
    inside = np.isclose(moved.sum(axis=(1, 2, 3)), digits.sum(axis=(1, 2, 3)))
    assert inside.sum() > 200  # The others lost ink over the border.
    gained = measure_slant(moved[inside]) - measure_slant(digits[inside])
    np.testing.assert_allclose(gained, lean, atol=1e-3)


def test_a_mirrored_digit_leans_the_other_way(digits):
    """Left and right exchanged, the slant changes its sign."""
    np.testing.assert_allclose(measure_slant(digits[:, :, ::-1]), -measure_slant(digits), atol=1e-6)


@pytest.mark.parametrize("width", [2.0, 3.0, 4.0, 5.0])
@pytest.mark.parametrize("lean", [0.0, 0.4])
@pytest.mark.parametrize("length", [8, 18])
def test_thickness_of_a_stroke_is_twice_its_area_over_its_outline(width, lean, length):
    """Upright or leaning: geometry says width * length / (width + length) for both, and the
    longer the stroke, the nearer that is to its width."""
    measured = measure_thickness(stroke(width, lean, length))[0]
    assert measured == pytest.approx(width * length / (width + length), rel=0.15)


def test_dilating_digits_makes_them_thicker_and_eroding_thinner(digits):
    """One pixel more on each side, by SciPy's greatest neighbour, adds one to two pixels."""
    before = measure_thickness(digits)
    dilated = measure_thickness(ndimage.grey_dilation(digits, size=(1, 3, 3, 1)))
    eroded = measure_thickness(ndimage.grey_erosion(digits, size=(1, 2, 2, 1)))
    assert np.all(dilated > before)
    assert 1 < np.median(dilated - before) < 2.5
    assert np.mean(eroded < before) > 0.99


@pytest.mark.parametrize("measure", [measure_slant, measure_thickness])
def test_strokes_measure_the_same_anywhere_and_at_half_the_light(measure):
    """Neither the place of a stroke nor its brightness changes the measure."""
    image = stroke(3, 0.3, length=14)
    wanted = measure(image)
    np.testing.assert_allclose(measure(np.roll(image, (3, -2), axis=(1, 2))), wanted, rtol=1e-6)
    np.testing.assert_allclose(measure(0.5 * image), wanted, rtol=1e-6)


def test_slant_and_thickness_do_not_measure_each_other(digits):
    """A shear hardly changes the thickness, a dilation hardly the slant."""
    thicker = measure_thickness(sheared(digits, 0.3)) / measure_thickness(digits)
    leaning = measure_slant(ndimage.grey_dilation(digits, size=(1, 3, 3, 1))) - measure_slant(
        digits
    )
    assert np.median(np.abs(thicker - 1)) < 0.1
    assert np.median(np.abs(leaning)) < 0.05


@pytest.mark.parametrize("measure", [measure_slant, measure_thickness])
def test_an_image_without_ink_measures_0(measure):
    """A black image has no stroke and raises nothing."""
    assert measure(np.zeros((1, 28, 28, 1)))[0] == 0


def test_reconstructions_of_another_shape_are_refused():
    """A missing channel would be stretched over all images: both shapes are named instead."""
    images = np.zeros((2, 28, 28, 1))
    with pytest.raises(ValueError, match=r"images \(2, 28, 28, 1\) and .* \(2, 28, 28\)"):
        negative_elbo(images, images[..., 0], np.zeros((2, 2)), np.zeros((2, 2)))


@pytest.mark.parametrize("measure", [measure_slant, measure_thickness])
@pytest.mark.parametrize("shape", [(28, 28, 1), (2, 28, 28), (2, 32, 32, 3)])
def test_strokes_ask_for_a_batch_of_grey_images(measure, shape):
    """One image alone, a missing channel or colours are refused with the shape."""
    with pytest.raises(ValueError, match=re.escape(str(shape))):
        measure(np.zeros(shape))
