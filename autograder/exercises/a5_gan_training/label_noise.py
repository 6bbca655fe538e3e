"""Noise on labels, with known mistakes."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import numpy as np

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a5_gan_training as probes
from course.gan import tricks
from course.gan.tricks import soft_labels as right_labels

soft_labels = Exercise(tricks.soft_labels, probes.soft_labels)

SOURCE = ["where the noise comes from"]
SPREAD = ["how the targets are spread"]


def _labels(labels, rng, real=(0.7, 1.2), fake=(0.0, 0.3)):
    return np.where(
        labels == 1, rng.uniform(*real, size=labels.shape), rng.uniform(*fake, size=labels.shape)
    )


@soft_labels.misconception
def real_and_fake_swapped(labels, rng):
    """You gave real images the targets of fakes, and fakes the targets of real images. The
    discriminator would learn everything the wrong way round."""
    return right_labels(1 - labels, rng)


@soft_labels.misconception
def never_above_one(labels, rng):
    """Your targets of real images end at 1. The range on the slide goes further: from 0.7 to
    1.2."""
    return np.minimum(_labels(labels, rng, real=(0.7, 1.0)), 1)


@soft_labels.misconception
def real_down_to_eight_tenths(labels, rng):
    """Your targets of real images reach equally far above and below 1. The range on the slide
    is not symmetric: from 0.7 to 1.2."""
    return _labels(labels, rng, real=(0.8, 1.2))


@soft_labels.misconception
def same_noise_added_to_both(labels, rng):
    """You added the same noise to both kinds, so targets of fakes become negative. Each kind
    has its own range: fakes from 0.0 to 0.3."""
    return labels + rng.uniform(-0.3, 0.2, size=labels.shape)


@soft_labels.misconception
def only_real_ones(labels, rng):
    """You softened only the targets of real images. That is one-sided smoothing, which others
    recommend. The slide's trick softens both kinds."""
    return np.where(labels == 1, right_labels(labels, rng), labels)


@soft_labels.misconception
def only_fake_ones(labels, rng):
    """You softened only the targets of fake images. The slide's trick softens both kinds."""
    return np.where(labels == 0, right_labels(labels, rng), labels)


@soft_labels.misconception
def hardened(labels, rng):
    """Your targets are exactly 0 and 1, as if they were rounded or cast to whole numbers. The
    noise is the whole point: keep it."""
    return np.round(0.99 * right_labels(labels, rng))


@soft_labels.misconception(shown_by=SPREAD)
def one_draw_a_kind(labels, rng):
    """All your targets of one kind are the same number. Each label needs its own draw: say how
    many numbers you need when you draw."""
    return np.where(labels == 1, rng.uniform(0.7, 1.2), rng.uniform(0.0, 0.3))


@soft_labels.misconception
def first_half_taken_for_real(labels, rng):
    """You drew the first targets as real and the rest as fake, whatever the labels say. They
    may come in any order: look at each label."""
    half = len(labels) // 2
    real = rng.uniform(0.7, 1.2, size=(half, 1))
    return np.concatenate([real, rng.uniform(0.0, 0.3, size=(len(labels) - half, 1))])


@soft_labels.misconception
def all_drawn_as_real(labels, rng):
    """All your targets lie in the range of real images. The labels say which images are fake,
    and fakes have their own range."""
    return rng.uniform(0.7, 1.2, size=labels.shape)


@soft_labels.misconception
def column_dropped(labels, rng):
    """You returned the targets without their column. The docstring asks for (n, 1). With
    outputs of shape (n, 1), an array (n,) is broadcast to (n, n), without any warning."""
    return right_labels(labels, rng).ravel()


@soft_labels.misconception(shown_by=SPREAD)
def gaussian_targets(labels, rng):
    """Your targets are not spread evenly over their range: some values are more likely than
    others. The slide draws both kinds from uniform distributions."""
    noise = rng.normal(size=labels.shape)
    return np.where(labels == 1, 0.95 + 0.1 * noise, 0.15 + 0.05 * noise)


@soft_labels.misconception(shown_by=SOURCE)
def global_generator_for_labels(labels, rng):
    """You did not use ``rng``: your targets come from NumPy's global generator, or from one of
    your own. Nobody can then repeat a run from its seed."""
    real = np.random.uniform(0.7, 1.2, size=labels.shape)  # noqa: NPY002 -- the mistake
    fake = np.random.uniform(0.0, 0.3, size=labels.shape)  # noqa: NPY002 -- the mistake
    return np.where(labels == 1, real, fake)


@soft_labels.misconception(shown_by=SOURCE)
def fixed_seed_for_labels(labels, rng):
    """Every call gives the same targets, because you make a generator of your own with a fixed
    seed. Draw from ``rng``."""
    return right_labels(labels, np.random.default_rng(0))


@soft_labels.misconception
def labels_changed_in_place(labels, rng):
    """Your function changed the labels that it received. Whoever called you still needs them:
    at the next step nobody could tell real from fake."""
    labels[:] = right_labels(labels, rng)
    return labels
