"""What is measured on the cartoon faces against the traits that they were drawn with."""

from dataclasses import replace

import numpy as np
import pytest

from course.faces.drawing import TRAIT_RANGES, draw_faces, render_faces, sample_traits
from course.faces.measures import FACE_MEASURES, match_smile, measure_glasses, measure_skin


@pytest.fixture(scope="module")
def faces():
    """A thousand faces."""
    return draw_faces(1000, seed=21)


@pytest.mark.parametrize("trait", FACE_MEASURES)
def test_each_measure_follows_its_trait_and_hardly_any_other(faces, trait):
    """Correlation above 0.85 with the trait it is named after, below 0.3 with all others."""
    measured = FACE_MEASURES[trait](faces.images)
    assert measured.shape == (1000,)
    for name in TRAIT_RANGES:
        drawn = getattr(faces.traits, name).astype(float)
        correlation = np.corrcoef(measured, drawn)[0, 1]
        assert correlation > 0.85 if name == trait else abs(correlation) < 0.3, name


@pytest.mark.parametrize("trait", FACE_MEASURES)
def test_a_smile_alone_moves_no_other_measure(faces, trait):
    """From frown to grin, with all else fixed, it moves by less than a tenth of its spread."""
    traits = sample_traits(200, seed=22)
    frown, grin = [render_faces(replace(traits, smile=np.full(200, end))) for end in (-1.0, 1.0)]
    measure = FACE_MEASURES[trait]
    assert np.abs(np.mean(measure(grin) - measure(frown))) < 0.1 * measure(faces.images).std()


def test_glasses_are_told_from_none_on_every_skin(faces):
    """One threshold separates faces with glasses from those without, nearly always."""
    told = measure_glasses(faces.images) > 0.25
    assert np.mean(told == faces.traits.glasses) > 0.97


def test_another_size_is_refused_with_its_shape():
    """The patches are of 32 x 32 pixels: anything else raises."""
    with pytest.raises(ValueError, match=r"\(n, 32, 32, 3\), got \(2, 28, 28, 1\)"):
        measure_skin(np.zeros((2, 28, 28, 1)))


def test_matched_smile_is_the_drawn_one():
    """For every face at nine smiles it gives the trait back, and with noise nearly so."""
    traits, smiles = sample_traits(40, seed=23), np.linspace(-1, 1, 9)
    drawn = np.stack(
        [render_faces(replace(traits, smile=np.full(40, smile))) for smile in smiles], axis=1
    )
    wanted = np.tile(smiles, (40, 1))
    np.testing.assert_allclose(match_smile(drawn, traits), wanted, atol=0.03)
    noisy = drawn + np.random.default_rng(25).normal(0, 0.05, size=drawn.shape)
    np.testing.assert_allclose(match_smile(noisy, traits), wanted, atol=0.25)


def test_matched_smile_does_not_ask_for_the_smile():
    """The smile in the traits that it is given makes no difference."""
    traits = sample_traits(5, seed=24)
    images = render_faces(traits)[:, None]
    other = replace(traits, smile=np.zeros(5))
    np.testing.assert_array_equal(match_smile(images, traits), match_smile(images, other))
