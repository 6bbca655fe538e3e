"""The discriminator's batch, and how it goes wrong."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

from keras import ops

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a4_gan as probes
from course.gan import training
from course.gan.training import discriminator_batch as right_batch

discriminator_batch = Exercise(training.discriminator_batch, probes.discriminator_batch)


@discriminator_batch.misconception
def labels_swapped(real_images, fake_images):
    """The targets are the wrong way round: 1 stands for real and 0 for fake. The
    discriminator would give the probability of being fake, and the generator, told to push
    it up, would learn to be caught."""
    x, y = right_batch(real_images, fake_images)
    return x, 1 - y


@discriminator_batch.misconception
def fakes_first(real_images, fake_images):
    """The fake images come first, but their targets second. Image and target are matched by
    their places alone, so every one of them is told the wrong thing."""
    return right_batch(fake_images, real_images)


@discriminator_batch.misconception
def fakes_first_with_their_targets(real_images, fake_images):
    """The fake images come first, with their targets. To the discriminator that is the same;
    whoever calls your function counts on the real ones in front."""
    x, y = right_batch(fake_images, real_images)
    return x, 1 - y


@discriminator_batch.misconception
def targets_flat(real_images, fake_images):
    """The targets are a plain list of numbers. The discriminator answers with a column, and
    between a row and a column a loss may compare each image with every target, without
    a word."""
    x, y = right_batch(real_images, fake_images)
    return x, y[:, 0]


@discriminator_batch.misconception
def targets_of_two_columns(real_images, fake_images):
    """There are two columns of targets, one for real and one for fake. The discriminator has
    one output, the probability of being real: one column is asked for."""
    x, y = right_batch(real_images, fake_images)
    return x, ops.concatenate([y, 1 - y], axis=1)


@discriminator_batch.misconception
def all_called_real(real_images, fake_images):
    """All targets are 1. To pretend that fakes are real is what the generator's update does;
    from this batch the discriminator would learn to call everything real."""
    x, y = right_batch(real_images, fake_images)
    return x, ops.ones_like(y)


@discriminator_batch.misconception
def one_target_a_kind(real_images, fake_images):
    """There is one target for all real images and one for all fakes. The loss wants a target
    for each image of the batch."""
    x, _ = right_batch(real_images, fake_images)
    return x, ops.convert_to_tensor([[1.0], [0.0]])


@discriminator_batch.misconception
def fakes_marked_minus_one(real_images, fake_images):
    """The fakes' targets are -1. Binary cross-entropy reads a target as a probability, and
    that of a fake being real is 0."""
    x, y = right_batch(real_images, fake_images)
    return x, 2 * y - 1


@discriminator_batch.misconception
def stacked(real_images, fake_images):
    """The two batches are stacked on a new axis. The discriminator takes images one after the
    other: join them along the axis that they already have."""
    return ops.stack([real_images, fake_images]), right_batch(real_images, fake_images)[1]


@discriminator_batch.misconception
def joined_as_channels(real_images, fake_images):
    """Real and fake images are joined as two channels of one image. They are different images:
    the batch gets longer, not the pixel."""
    x = ops.concatenate([real_images, fake_images], axis=-1)
    return x, right_batch(real_images, fake_images)[1]
