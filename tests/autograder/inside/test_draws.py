"""What probes say of random numbers, at many seeds: right draws never get a wrong word."""

import numpy as np
import pytest

from autograder.inside.probes.draws import evenness, extent, law, moments, sharing, source

SEEDS = range(100)
SHAPE = (16, 28, 28, 1)
AXES = ("images", "rows", "columns", None)


def words(draw):
    """All that is said, over the seeds, of noise that ``draw`` makes with a generator."""
    said = set()
    for seed in SEEDS:
        noise = draw(np.random.default_rng(seed))
        text, shared = sharing(noise, 0.5, AXES)
        said.add((text, moments(noise, 0.5, shared), law(noise, 0.5, shared)))
    return said


def test_right_noise_has_one_description_at_every_seed():
    """Gaussian draws in float32 or float64 are called that, and nothing else, 100 times."""
    wanted = {("a different draw for each pixel", "mean near 0, spread as asked", "Gaussian")}
    assert words(lambda rng: 0.5 * rng.standard_normal(SHAPE)) == wanted
    assert words(lambda rng: 0.5 * rng.standard_normal(SHAPE, "float32")) == wanted


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (
            lambda rng: rng.uniform(-0.5, 0.5, SHAPE),
            ("a different draw for each pixel", "mean near 0, spread 0.5 times", "uniform"),
        ),
        (
            lambda rng: 0.5 * rng.random(SHAPE),
            ("a different draw for each pixel", "mean above 0, spread 0.25 times", "uniform"),
        ),
        (
            lambda rng: 0.25 * rng.standard_normal(SHAPE),
            ("a different draw for each pixel", "mean near 0, spread 0.5 times", "Gaussian"),
        ),
        (
            lambda rng: 0.5 * rng.standard_normal() + np.zeros(SHAPE),
            (
                "the same draw for all images, rows, columns",
                "too few different draws",
                "too few different draws",
            ),
        ),
        (
            lambda rng: 0.5 * rng.standard_normal((1, *SHAPE[1:])) + np.zeros(SHAPE),
            ("the same draw for all images", "too few different draws", "too few different draws"),
        ),
        (lambda rng: np.zeros(SHAPE), ("no noise at all",) * 3),
    ],
)
def test_each_wrong_noise_has_one_description_of_its_own(draw, said):
    """What differs from the right noise is said in the same words at every seed."""
    assert words(draw) == {said}


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda rng: rng.uniform(0.7, 1.2, 2000), "0.70 to 1.20"),
        (lambda rng: 0.3 * rng.random(2000, "float32"), "0.00 to 0.30"),
        (lambda rng: rng.uniform(-0.3, 0.2, 2000), "-0.30 to 0.20"),
        (lambda rng: np.ones(2000), "all exactly 1"),
        (lambda rng: np.full(2000, rng.random()), "one number for all"),
    ],
)
def test_ranges_are_told_to_hundredths_at_every_seed(draw, said):
    """2,000 draws reach both ends of their range to half a hundredth."""
    assert {extent(draw(np.random.default_rng(seed))) for seed in SEEDS} == {said}


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda rng: rng.uniform(0.7, 1.2, 1800), "evenly"),
        (lambda rng: rng.random(1800, "float32"), "evenly"),
        (lambda rng: rng.normal(0.95, 0.1, 1800), "not evenly"),
        (lambda rng: rng.beta(2, 2, 1800), "not evenly"),
        (lambda rng: np.full(1800, rng.random()), "one number for all"),
        (lambda rng: np.repeat(rng.random(600), 3), "the same number several times"),
    ],
)
def test_uniform_draws_alone_are_called_even(draw, said):
    """Uniform ones at every seed, Gaussian ones and a hill never."""
    assert {evenness(draw(np.random.default_rng(seed))) for seed in SEEDS} == {said}


def test_it_is_told_where_numbers_come_from():
    """The generator handed in, in any manner; one of one's own; NumPy's global one."""
    right = "the same numbers from the same generator, other numbers on the next call"
    np.random.seed(0)  # noqa: NPY002 -- what students use
    assert source(lambda rng: rng.random(5), 3) == right
    assert source(lambda rng: np.random.default_rng(rng.integers(2**32)).random(5), 3) == right
    assert source(lambda rng: np.random.default_rng().random(5), 3) == (
        "other numbers from the same generator"
    )
    assert source(lambda rng: np.random.default_rng(0).random(5), 3) == (
        "the same numbers for every generator"
    )
    assert source(lambda rng: np.random.rand(5), 3) == (  # noqa: NPY002 -- what students use
        "other numbers from the same generator, and NumPy's global generator was used"
    )
