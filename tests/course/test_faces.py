"""The cartoon faces, and the smile that is measured on them."""

from dataclasses import replace

import numpy as np
import pytest

from course.faces.drawing import (
    TRAIT_RANGES,
    FaceTraits,
    draw_faces,
    render_faces,
    sample_traits,
)
from course.faces.measures import measure_smile

NAMES = list(TRAIT_RANGES)


@pytest.fixture(scope="module")
def faces():
    """A thousand faces, drawn once for all tests here."""
    return draw_faces(1000, seed=1)


def blur(images, std):
    """Gaussian blur, written out as a sum over shifted copies."""
    offsets = np.arange(-4, 5)
    kernel = np.exp(-0.5 * (offsets / std) ** 2)
    for axis in (1, 2):
        padding = [(4, 4) if dim == axis else (0, 0) for dim in range(4)]
        padded = np.pad(images, padding, mode="edge")
        starts = range(offsets.size)
        shifted = [np.take(padded, np.arange(i, i + images.shape[axis]), axis) for i in starts]
        images = np.tensordot(kernel / kernel.sum(), shifted, axes=1)
    return images


def correlation(a, b):
    """Pearson's correlation of two arrays (n,)."""
    return np.corrcoef(a, b)[0, 1]


def changed_pixels(images, others):
    """Rows and columns of the pixels that differ in any of the pictures."""
    return np.nonzero(np.abs(images - others).max(axis=(0, 3)) > 1e-6)


def test_images_are_finite_float32_colours_in_range(faces):
    """Images are float32 (n, 32, 32, 3), and reach far into [0, 1] without leaving it."""
    assert faces.images.shape == (1000, 32, 32, 3)
    assert faces.images.dtype == np.float32
    assert np.isfinite(faces.images).all()
    assert 0 <= faces.images.min() < 0.2
    assert 0.9 < faces.images.max() <= 1


def test_a_seed_fixes_the_faces_and_n_does_not_change_the_first():
    """The same seed draws the same faces whatever n is, another seed draws others."""
    many, few, other = draw_faces(70, seed=3), draw_faces(10, seed=3), draw_faces(10, seed=4)
    np.testing.assert_array_equal(many.images[:10], few.images)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(many.traits, name)[:10], getattr(few.traits, name))
    assert np.abs(few.images - other.images).max(axis=(1, 2, 3)).min() > 0.1


def test_a_face_is_the_same_drawn_alone_or_in_a_crowd():
    """Neither the other faces nor the chunk that a face falls into change its pixels."""
    traits = sample_traits(65, seed=5)
    crowd = render_faces(traits)
    for index in (0, 31, 32, 64):
        one = FaceTraits(**{name: getattr(traits, name)[index : index + 1] for name in NAMES})
        np.testing.assert_array_equal(render_faces(one)[0], crowd[index])


def test_no_faces_at_all_is_a_batch_too():
    """n = 0 gives an empty batch of the right shape, and no smiles."""
    images = draw_faces(0, seed=1).images
    assert images.shape == (0, 32, 32, 3)
    assert measure_smile(images).shape == (0,)


def test_every_trait_fills_its_range_evenly():
    """Continuous traits are uniform over their range, glasses are on about half the faces."""
    n = 4000
    traits = sample_traits(n, seed=6)
    assert traits.glasses.dtype == bool
    assert abs(traits.glasses.mean() - 0.5) < 4 * 0.5 / np.sqrt(n)
    for name, (low, high) in TRAIT_RANGES.items():
        if name == "glasses":
            continue
        place = (np.sort(getattr(traits, name)) - low) / (high - low)
        assert place[0] >= 0
        assert place[-1] <= 1
        # Kolmogorov and Smirnov's distance from the uniform; 1.95 is exceeded once in 1,000.
        assert np.abs(place - (np.arange(n) + 0.5) / n).max() < 1.95 / np.sqrt(n), name


def test_traits_are_independent_of_one_another():
    """No two traits are correlated by more than chance: five standard errors."""
    n = 4000
    traits = sample_traits(n, seed=7)
    matrix = np.corrcoef([getattr(traits, name).astype(float) for name in NAMES])
    assert np.abs(matrix - np.eye(len(NAMES))).max() < 5 / np.sqrt(n)


def test_yes_or_no_attributes_follow_the_traits(faces):
    """Smiling, glasses and long hair are bool (n,), and each holds for about half the faces."""
    for has in (faces.smiling, faces.glasses, faces.long_hair):
        assert has.dtype == bool
        assert has.shape == (1000,)
        assert 0.4 < has.mean() < 0.6
    assert faces.traits.smile[faces.smiling].min() > 0 >= faces.traits.smile[~faces.smiling].max()
    assert faces.traits.hair[faces.long_hair].min() > faces.traits.hair[~faces.long_hair].max()


def test_a_face_without_sideways_traits_is_its_own_mirror_image():
    """With slant, gaze, shift_x and tilt at 0 left equals right; with any of them it does not."""
    zero = np.zeros(20)
    traits = replace(sample_traits(20, seed=8), slant=zero, gaze=zero, shift_x=zero, tilt=zero)
    images = render_faces(traits)
    np.testing.assert_allclose(images, images[:, :, ::-1], atol=1e-5)
    for name in ("slant", "gaze", "shift_x", "tilt"):
        lopsided = render_faces(replace(traits, **{name: zero + TRAIT_RANGES[name][1]}))
        assert np.abs(lopsided - lopsided[:, :, ::-1]).max() > 0.1, name


@pytest.mark.parametrize(
    ("name", "top", "bottom", "left", "right"),
    [
        ("smile", 18, 28, 8, 24),
        ("glasses", 9, 21, 4, 28),
        ("gaze", 11, 19, 7, 25),
        ("nose", 15, 21, 13, 19),
        ("brow_angle", 8, 15, 7, 25),
        ("shirt", 26, 32, 0, 32),
    ],
)
def test_a_trait_changes_its_own_part_of_the_picture(name, top, bottom, left, right):
    """From one end of a trait to the other, only pixels of the part it names change."""
    traits = sample_traits(200, seed=9)
    ends = [
        render_faces(replace(traits, **{name: np.full(200, end)})) for end in TRAIT_RANGES[name]
    ]
    rows, columns = changed_pixels(*ends)
    assert rows.size
    assert top <= rows.min()
    assert rows.max() < bottom
    assert left <= columns.min()
    assert columns.max() < right


def test_longer_hair_leaves_eyes_and_mouth_alone():
    """Hair grows beside the face and behind it: the middle of the face stays as it is."""
    traits = sample_traits(200, seed=10)
    short, long = [render_faces(replace(traits, hair=np.full(200, end))) for end in (0.0, 1.0)]
    assert changed_pixels(short, long)[0].size
    np.testing.assert_allclose(short[:, 10:25, 11:21], long[:, 10:25, 11:21], atol=1e-6)


def test_skin_gets_darker_and_hair_lighter():
    """Along skin the cheeks lose light, along hair_shade the top of the head gains it."""
    steps = np.linspace(0, 1, 6)
    base = {name: np.repeat(getattr(sample_traits(1, seed=2), name), 6) for name in NAMES}
    cheeks = render_faces(FaceTraits(**base | {"skin": steps}))[:, 22, 8].mean(axis=-1)
    crown = render_faces(FaceTraits(**base | {"hair_shade": steps}))[:, 4, 16].mean(axis=-1)
    assert np.all(np.diff(cheeks) < -0.02)
    assert np.all(np.diff(crown) > 0.02)


def test_smooth_edges_agree_with_averaging_a_larger_picture():
    """A small picture is about the large one averaged over blocks: distances do anti-alias."""
    traits = sample_traits(40, seed=11)
    large = render_faces(traits, size=256)
    averaged = large.reshape(40, 32, 8, 32, 8, 3).mean(axis=(2, 4))
    nearest = large[:, 4::8, 4::8]  # What drawing without smooth edges would give.
    small = render_faces(traits)
    error = np.abs(small - averaged).mean()
    assert error < 0.008
    assert error < 0.5 * np.abs(nearest - averaged).mean()


def test_traits_of_different_lengths_are_named():
    """render_faces says which trait has the wrong shape."""
    traits = replace(sample_traits(4, seed=1), hair=np.zeros(3))
    with pytest.raises(ValueError, match=r"one shape \(4,\), got \(3,\) for hair"):
        render_faces(traits)


def test_measured_smile_follows_the_drawn_smile(faces):
    """Correlation above 0.95 with all other traits at random, sharp or blurred."""
    for images in (faces.images, blur(faces.images, 1.0), blur(faces.images, 1.5)):
        assert correlation(measure_smile(images), faces.traits.smile) > 0.95


def test_measured_smile_survives_a_linear_autoencoder(faces):
    """It still follows the smile in reconstructions from 64 principal components."""
    train = draw_faces(1200, seed=12).images.reshape(1200, -1)
    mean = train.mean(axis=0)
    values, vectors = np.linalg.eigh((train - mean) @ (train - mean).T)
    basis = (train - mean).T @ vectors[:, -64:] / np.sqrt(values[-64:])
    codes = (faces.images.reshape(1000, -1) - mean) @ basis
    reconstructions = np.clip(mean + codes @ basis.T, 0, 1).reshape(faces.images.shape)
    assert correlation(measure_smile(reconstructions), faces.traits.smile) > 0.9


def test_measured_smile_has_the_right_sign_and_grows_with_the_smile():
    """For one face after another, more smile measures more, from negative to positive."""
    people, steps = 30, np.linspace(-1, 1, 9)
    traits = sample_traits(people, seed=13)
    columns = {name: np.repeat(getattr(traits, name), 9) for name in NAMES}
    columns["smile"] = np.tile(steps, people)
    measured = measure_smile(render_faces(FaceTraits(**columns))).reshape(people, 9)
    assert np.all(measured[:, :3] < -1)
    assert np.all(measured[:, 6:] > 1)
    assert np.mean(np.diff(measured, axis=1) > 0) > 0.95


def test_measured_smile_hardly_moves_with_anything_else():
    """At smile 0 all other traits together move it by less than a twentieth of its range."""
    traits = replace(sample_traits(500, seed=14), smile=np.zeros(500))
    measured = measure_smile(render_faces(traits))
    assert abs(measured.mean()) < 0.1
    assert measured.std() < 0.2


@pytest.mark.parametrize("height", [-3.0, -1.0, 0.0, 1.0, 3.0])
@pytest.mark.parametrize("slope", [-0.1, 0.0, 0.1])
def test_measured_smile_is_the_height_of_the_corners_in_pixels(height, slope):
    """Of a red parabola drawn by hand, straight or tilted, it is how high the ends stand."""
    x, y = np.arange(32) - 15.5, np.arange(32)[:, None]
    middle = np.linspace(21.5, 22.5, 10, endpoint=False)[:, None, None]  # Between the rows.
    line = middle - height * ((x / 6) ** 2 - 0.5) + slope * x
    ink = np.clip(1.25 - np.abs(y - line), 0, 1) * (np.abs(x) < 6)
    images = np.array([0.9, 0.7, 0.6]) + ink[..., None] * np.array([-0.2, -0.6, -0.4])
    measured = measure_smile(images)
    assert measured.mean() == pytest.approx(height, abs=0.15)
    np.testing.assert_allclose(measured, height, atol=0.4)


def test_measured_smile_ignores_mirror_image_and_brightness(faces):
    """A mirror image, and half the contrast on a lighter ground, measure the same."""
    measured = measure_smile(faces.images)
    np.testing.assert_allclose(measure_smile(faces.images[:, :, ::-1]), measured, atol=1e-3)
    np.testing.assert_allclose(measure_smile(0.3 + faces.images / 2), measured, atol=1e-3)


def test_a_picture_without_a_mouth_measures_zero():
    """Plain grey, black or white has no smile and raises nothing."""
    images = np.stack([np.full((32, 32, 3), level) for level in (0.0, 0.5, 1.0)])
    np.testing.assert_array_equal(measure_smile(images), 0)


def test_the_average_of_smiling_faces_smiles(faces):
    """The mean picture of smiling faces measures a smile, that of the others a frown."""
    smiling, others = faces.images[faces.smiling], faces.images[~faces.smiling]
    measured = measure_smile(np.stack([smiling.mean(axis=0), others.mean(axis=0)]))
    assert measured[0] > 1
    assert measured[1] < -1


@pytest.mark.parametrize("shape", [(32, 32, 3), (2, 32, 32, 1), (2, 28, 32, 3)])
def test_measure_smile_says_which_shape_it_wants(shape):
    """A single image, a grey one or one that is not square is refused with its shape."""
    with pytest.raises(ValueError, match=r"\(n, size, size, 3\), got \("):
        measure_smile(np.zeros(shape))
