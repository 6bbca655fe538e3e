"""The discriminator's batch, with known mistakes."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

from keras import ops

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a4_gan as probes
from course.gan import training
from course.gan.training import discriminator_batch as right_batch

discriminator_batch = Exercise(training.discriminator_batch, probes.discriminator_batch)


@discriminator_batch.misconception
def labels_swapped(real_images, fake_images):
    """You swapped the targets: 1 means real and 0 means fake. The discriminator would give the
    probability of being fake, and the generator, which pushes that output up, would learn to be
    caught."""
    x, y = right_batch(real_images, fake_images)
    return x, 1 - y


@discriminator_batch.misconception
def fakes_first(real_images, fake_images):
    """The fake images come first, but their targets come second. Only their places match an
    image with its target, so every image gets the wrong target."""
    return right_batch(fake_images, real_images)


@discriminator_batch.misconception
def fakes_first_with_their_targets(real_images, fake_images):
    """The fake images come first, with their targets. That makes no difference to the
    discriminator, but whoever calls your function expects the real images first."""
    x, y = right_batch(fake_images, real_images)
    return x, 1 - y


@discriminator_batch.misconception
def targets_flat(real_images, fake_images):
    """Your targets are a plain list of numbers. The discriminator returns a column. Between a
    row and a column, a loss may compare each image with every target, without any warning."""
    x, y = right_batch(real_images, fake_images)
    return x, y[:, 0]


@discriminator_batch.misconception
def targets_of_two_columns(real_images, fake_images):
    """Your targets have two columns, one for real and one for fake. The discriminator has one
    output, the probability of being real, so the targets need one column."""
    x, y = right_batch(real_images, fake_images)
    return x, ops.concatenate([y, 1 - y], axis=1)


@discriminator_batch.misconception
def all_called_real(real_images, fake_images):
    """All your targets are 1. Only the generator's update pretends that fakes are real; from
    this batch, the discriminator would learn to call everything real."""
    x, y = right_batch(real_images, fake_images)
    return x, ops.ones_like(y)


@discriminator_batch.misconception
def one_target_a_kind(real_images, fake_images):
    """You returned one target for all real images and one for all fakes. The loss needs a
    target for each image of the batch."""
    x, _ = right_batch(real_images, fake_images)
    return x, ops.convert_to_tensor([[1.0], [0.0]])


@discriminator_batch.misconception
def fakes_marked_minus_one(real_images, fake_images):
    """Your targets of the fakes are -1. Binary cross-entropy reads a target as a probability,
    and the probability that a fake is real is 0."""
    x, y = right_batch(real_images, fake_images)
    return x, 2 * y - 1


@discriminator_batch.misconception
def stacked(real_images, fake_images):
    """You stacked the two batches along a new axis. The discriminator takes a single list of
    images: join them along an axis that they already have."""
    return ops.stack([real_images, fake_images]), right_batch(real_images, fake_images)[1]


@discriminator_batch.misconception
def joined_as_channels(real_images, fake_images):
    """You joined real and fake images as two channels of one image. They are different images:
    the batch gets longer, the pixels do not get more channels."""
    x = ops.concatenate([real_images, fake_images], axis=-1)
    return x, right_batch(real_images, fake_images)[1]
