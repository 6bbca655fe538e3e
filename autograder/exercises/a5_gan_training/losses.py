"""The two losses of the generator, with known mistakes."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import numpy as np
import tensorflow as tf
from keras import ops

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a5_gan_training as probes
from course.gan import tricks
from course.gan.tricks import minimax_generator_loss as right_minimax
from course.gan.tricks import non_saturating_generator_loss as right_non_saturating

minimax_generator_loss = Exercise(tricks.minimax_generator_loss, probes.minimax_generator_loss)

AT_CERTAIN = "gradient at logits of -200, -50, 50, 200"


@minimax_generator_loss.misconception
def discriminators_side(logits):
    """The sign is wrong: this is the discriminator's loss for fakes, minus the logarithm of 1 -
    D. Minimising it would teach the generator to be recognised."""
    return -right_minimax(logits)


@minimax_generator_loss.misconception
def the_other_loss(logits):
    """You returned the non-saturating loss, -log D. It has the same goal, but the loss of the
    minimax game is the discriminator's own term for fakes, with 1 - D in it."""
    return right_non_saturating(logits)


@minimax_generator_loss.misconception
def d_in_place_of_one_minus_d(logits):
    """You took the logarithm of D, where that of 1 - D belongs. Minimising it drives D to 0:
    the generator would learn to look fake."""
    return -right_non_saturating(logits)


@minimax_generator_loss.misconception
def logits_as_probabilities(logits):
    """You used the logits as if they were probabilities. A logit is any real number, and the
    logarithm of a negative one is not a number: D is the sigmoid of the logit."""
    return ops.mean(ops.log(1 - logits))


@minimax_generator_loss.misconception
def squashed_twice(logits):
    """You took the sigmoid twice. D then always stays between 0.5 and 0.73, however sure the
    discriminator is."""
    return right_minimax(ops.sigmoid(logits))


@minimax_generator_loss.misconception
def summed(logits):
    """You summed over the batch. The loss and its gradient then grow with the batch size: take
    the mean."""
    return right_minimax(logits) * len(logits)


@minimax_generator_loss.misconception
def one_loss_per_image(logits):
    """You returned one loss per image. The optimiser follows one number: take the mean over the
    batch."""
    return -ops.softplus(logits)


@minimax_generator_loss.misconception
def logarithm_of_zero(logits):
    """At large logits your loss is infinite, and its gradient is not a number. A float32
    sigmoid is exactly 1 from about 17 on, so 1 - D is 0. Write the loss in terms of the logit
    itself, with no sigmoid that can be rounded."""
    return ops.mean(ops.log(1 - ops.sigmoid(logits)))


@minimax_generator_loss.misconception
def logarithm_forgotten(logits):
    """The logarithm is missing: you returned the mean of a probability. A cross-entropy
    consists of logarithms of probabilities."""
    return ops.mean(1 - ops.sigmoid(logits))


@minimax_generator_loss.misconception(shown_by=[AT_CERTAIN])
def clipped_probability(logits):
    """Your loss stops at some number, and its gradient is 0 there, because you clipped the
    probability or added a tiny number to it. That hides the infinity and loses what the
    discriminator says. Write the loss in terms of the logit itself."""
    return ops.mean(ops.log(1 - ops.clip(ops.sigmoid(logits), 1e-7, 1 - 1e-7)))


@minimax_generator_loss.misconception
def exponential_overflows(logits):
    """Your formula is right, but the exponential of a logit above 88 is infinite in float32.
    Keras and TensorFlow have a function that computes the logarithm of 1 plus an exponential
    without computing the exponential itself."""
    return -ops.mean(ops.log(1 + ops.exp(logits)))


@minimax_generator_loss.misconception
def computed_in_numpy(logits):
    """NumPy computes the right values, but TensorFlow cannot follow the computation: no
    gradient passes, and the generator would not learn. Use operations of keras.ops or
    TensorFlow throughout."""
    return np.asarray(right_minimax(logits))


@minimax_generator_loss.misconception
def without_softness(logits):
    """Your loss is right only far from 0: you replaced the logarithm by the larger of the logit
    and 0. At a logit of 0, D is 1/2, and the loss is the logarithm of that."""
    return -ops.mean(ops.relu(logits))


non_saturating_generator_loss = Exercise(
    tricks.non_saturating_generator_loss, probes.non_saturating_generator_loss
)


@non_saturating_generator_loss.misconception
def saturating(logits):
    """You returned the loss of the minimax game, the logarithm of 1 - D. Its gradient vanishes
    where the discriminator is sure that an image is fake. This loss exists to avoid that."""
    return right_minimax(logits)


@non_saturating_generator_loss.misconception
def minus_forgotten(logits):
    """The sign is wrong: you returned log D, which is at most 0. Minimising it drives D to 0,
    and the generator would learn to look fake."""
    return -right_non_saturating(logits)


@non_saturating_generator_loss.misconception
def target_fake(logits):
    """Your target is *fake*: this is the discriminator's loss for fakes. The generator wants
    its images to be taken for real."""
    return -right_minimax(logits)


@non_saturating_generator_loss.misconception
def logits_as_probabilities_here(logits):
    """You used the logits as if they were probabilities. A logit is any real number, and the
    logarithm of a negative one is not a number: D is the sigmoid of the logit."""
    return -ops.mean(ops.log(logits))


@non_saturating_generator_loss.misconception
def squashed_twice_here(logits):
    """You took the sigmoid twice. D then always stays between 0.5 and 0.73, however sure the
    discriminator is, and the loss hardly changes."""
    return right_non_saturating(ops.sigmoid(logits))


@non_saturating_generator_loss.misconception
def summed_here(logits):
    """You summed over the batch. The loss and its gradient then grow with the batch size: take
    the mean."""
    return right_non_saturating(logits) * len(logits)


@non_saturating_generator_loss.misconception
def one_loss_per_image_here(logits):
    """You returned one loss per image. The optimiser follows one number: take the mean over the
    batch."""
    return ops.softplus(-logits)


@non_saturating_generator_loss.misconception
def logarithm_of_zero_here(logits):
    """Where the discriminator is surest, your loss is infinite, and its gradient is not a
    number: in float32 a sigmoid is 0 below about -87, and an exponential is infinite above 88.
    Use a function that computes the whole loss from the logit itself."""
    return -ops.mean(ops.log(ops.sigmoid(logits)))


@non_saturating_generator_loss.misconception
def logarithm_forgotten_here(logits):
    """The logarithm is missing: you returned the mean of a probability. A cross-entropy
    consists of logarithms of probabilities."""
    return -ops.mean(ops.sigmoid(logits))


@non_saturating_generator_loss.misconception
def least_squares(logits):
    """You returned the squared distance of the probability from 1. A least-squares GAN trains
    with something like it. This exercise asks for the cross-entropy, which does not flatten out
    where the discriminator is sure."""
    return ops.mean((1 - ops.sigmoid(logits)) ** 2)


@non_saturating_generator_loss.misconception(shown_by=[AT_CERTAIN])
def clipped_probability_here(logits):
    """Your loss stops at some number, as Keras' loss stops at 16.118, and its gradient is 0
    there, because you clipped the probability or added a tiny number to it. So it saturates
    after all, where the generator needs it most. Write it in terms of the logit itself."""
    return -ops.mean(ops.log(ops.clip(ops.sigmoid(logits), 1e-7, 1 - 1e-7)))


@non_saturating_generator_loss.misconception
def computed_in_numpy_here(logits):
    """NumPy computes the right values, but TensorFlow cannot follow the computation: no
    gradient passes, and the generator would not learn. Use operations of keras.ops or
    TensorFlow throughout."""
    return np.asarray(right_non_saturating(logits))


@non_saturating_generator_loss.misconception
def gradient_stopped(logits):
    """Your values are right, but no gradient reaches the logits, and the generator would not
    learn. Use only operations that TensorFlow can differentiate."""
    return tf.stop_gradient(right_non_saturating(logits)) + 0 * ops.sum(logits)


@non_saturating_generator_loss.misconception
def mean_inside_the_logarithm(logits):
    """You took the mean before the logarithm. Each image has its own loss, and the mean is over
    those losses. Otherwise one good fake makes up for all the bad ones."""
    return right_non_saturating(ops.mean(logits))
