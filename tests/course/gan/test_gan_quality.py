"""The measures of samples, and the classifier whose features they are taken on."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist

from course.checkpoints import load_classifier, load_generator, read_card
from course.classifier import build_classifier, read_digits
from course.data import load_images
from course.gan.quality import frechet_distance, nearest_neighbours, precision_recall


def clouds(rng, n=400, m=300, f=5):
    """Two clouds of correlated points, the second one elsewhere and stretched."""
    mixed = rng.normal(size=(f, f))
    return rng.normal(size=(n, f)) @ mixed, 1 + rng.normal(size=(m, f)) * np.arange(1, f + 1)


def test_frechet_distance_is_the_formula_with_scipys_matrix_root():
    """The distance equals that of SciPy's square root of the product of covariances."""
    one, two = clouds(np.random.default_rng(0))
    a, b = np.cov(one.T), np.cov(two.T)
    mean = np.sum((one.mean(axis=0) - two.mean(axis=0)) ** 2)
    expected = mean + np.trace(a + b - 2 * np.real(sqrtm(a @ b)))
    assert frechet_distance(one, two) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(one, two) != pytest.approx(mean, rel=0.1)  # Means are not all.


def test_frechet_distance_of_a_shifted_copy_is_the_squared_shift():
    """Moving a cloud changes the distance by the squared length of the move, and by no more."""
    cloud, _ = clouds(np.random.default_rng(1))
    shift = np.array([3.0, 0, 0, 0, 4.0])
    assert frechet_distance(cloud, cloud + shift) == pytest.approx(25, rel=1e-6)
    assert frechet_distance(cloud, cloud) == pytest.approx(0, abs=1e-6)


def test_precision_and_recall_tell_dropped_modes_from_bad_samples():
    """Fakes of one mode of two are precise and reach half; fakes spread too wide, the reverse."""
    rng = np.random.default_rng(2)
    real = rng.normal(size=(600, 2)) + np.repeat([[0, 0], [20, 0]], 300, axis=0)
    one_mode = rng.normal(size=(600, 2))
    precision, recall = precision_recall(real, one_mode)
    assert precision > 0.85 and recall == pytest.approx(0.5, abs=0.1)
    wide = rng.uniform(-30, 50, size=(600, 2))
    precision, recall = precision_recall(real, wide)
    assert precision < 0.1 and recall > 0.8
    assert min(precision_recall(real, real[rng.permutation(600)])) == 1


def test_nearest_neighbours_are_those_of_a_brute_force_search():
    """Indices and distances equal SciPy's, and a copy is found at distance 0."""
    rng = np.random.default_rng(3)
    images, known = rng.uniform(size=(20, 4, 4, 1)), rng.uniform(size=(50, 4, 4, 1))
    images[7] = known[31]
    indices, distances = nearest_neighbours(images, known)
    expected = cdist(images.reshape(20, -1), known.reshape(50, -1))
    np.testing.assert_array_equal(indices, expected.argmin(axis=1))
    np.testing.assert_allclose(distances, expected.min(axis=1), atol=1e-3)
    assert indices[7] == 31


def test_the_shipped_classifier_reads_as_its_card_says():
    """Accuracy and share of sure answers on held-out digits are the card's."""
    digits = load_images("digits")
    _, read, confidence = read_digits(load_classifier(), digits.x_test)
    card = read_card("classifier")["held_out"]
    assert np.mean(read == digits.y_test) == pytest.approx(card["accuracy"], abs=0.002)
    assert np.mean(confidence >= 0.9) == pytest.approx(card["confident"], abs=0.002)
    assert card["accuracy"] > 0.98


def test_the_classifier_is_unsure_of_noise():
    """Of images that are no digits the classifier is sure less often than of digits."""
    noise = np.random.default_rng(4).uniform(size=(200, 28, 28, 1)).astype("float32")
    features, _, confidence = read_digits(load_classifier(), noise)
    assert features.shape == (200, 64) and np.mean(confidence >= 0.9) < 0.5
    assert build_classifier().count_params() == 220_234


@pytest.mark.slow
def test_the_shipped_generator_is_as_good_as_its_card_says():
    """Fresh samples are read with confidence as often as the card says, and none is a copy."""
    latent = np.random.default_rng(5).uniform(-1, 1, size=(1000, 100)).astype("float32")
    images = load_generator().predict(latent, batch_size=250, verbose=0)
    _, read, confidence = read_digits(load_classifier(), images)
    measured = read_card("gan_digits")["measured"]
    # Four standard errors of a share of 1,000.
    assert np.mean(confidence >= 0.9) == pytest.approx(measured["confident"], abs=0.05)
    shares = np.bincount(read, minlength=10) / len(read)
    np.testing.assert_allclose(shares, measured["shares"], atol=0.045)
    assert measured["confident"] >= 0.8 and min(measured["shares"]) >= 0.03
    _, distances = nearest_neighbours(images, load_images("digits").x_train)
    assert distances.min() > 0.5
