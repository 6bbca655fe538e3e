"""The two losses of the generator, and how they go wrong."""

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
    """The sign is wrong: this is what the discriminator pays for fakes, minus the logarithm of
    1 - D. Made small, it would teach the generator to be found out."""
    return -right_minimax(logits)


@minimax_generator_loss.misconception
def the_other_loss(logits):
    """This is the non-saturating loss, -log D. It wants the same, but the loss of the minimax
    game is the discriminator's own term for fakes, with 1 - D in it."""
    return right_non_saturating(logits)


@minimax_generator_loss.misconception
def d_in_place_of_one_minus_d(logits):
    """This is the logarithm of D, where that of 1 - D belongs. Made small, it drives D to 0:
    the generator would learn to look fake."""
    return -right_non_saturating(logits)


@minimax_generator_loss.misconception
def logits_as_probabilities(logits):
    """The logits are used as if they were probabilities. A logit is any real number, and
    the logarithm of a negative one is not a number: D is the sigmoid of the logit."""
    return ops.mean(ops.log(1 - logits))


@minimax_generator_loss.misconception
def squashed_twice(logits):
    """The sigmoid is taken twice. D then never leaves the range from 0.5 to 0.73, however
    sure the discriminator is."""
    return right_minimax(ops.sigmoid(logits))


@minimax_generator_loss.misconception
def summed(logits):
    """The batch is summed. Then the loss, and its gradient, grow with the batch size: take
    the mean."""
    return right_minimax(logits) * len(logits)


@minimax_generator_loss.misconception
def one_loss_per_image(logits):
    """A loss for each image comes back. The optimiser follows one number: take the mean over
    the batch."""
    return -ops.softplus(logits)


@minimax_generator_loss.misconception
def logarithm_of_zero(logits):
    """At large logits the loss is infinite, and its gradient not a number: a float32 sigmoid
    is exactly 1 from about 17 on, so 1 - D is 0. Write the loss in terms of the logit
    itself, with no sigmoid that can be rounded."""
    return ops.mean(ops.log(1 - ops.sigmoid(logits)))


@minimax_generator_loss.misconception
def logarithm_forgotten(logits):
    """The logarithm is missing: the mean of a probability came back. A cross-entropy is made
    of logarithms of probabilities."""
    return ops.mean(1 - ops.sigmoid(logits))


@minimax_generator_loss.misconception(shown_by=[AT_CERTAIN])
def clipped_probability(logits):
    """Your loss stops at some number, and its gradient is 0 there: the probability is
    clipped, or something tiny is added to it. That hides the infinity and loses what the
    discriminator says. Write the loss in terms of the logit itself."""
    return ops.mean(ops.log(1 - ops.clip(ops.sigmoid(logits), 1e-7, 1 - 1e-7)))


@minimax_generator_loss.misconception
def exponential_overflows(logits):
    """The formula is right, but the exponential of a logit above 88 is infinite in float32.
    Keras and TensorFlow have a function that computes the logarithm of 1 plus an
    exponential without writing the exponential down."""
    return -ops.mean(ops.log(1 + ops.exp(logits)))


@minimax_generator_loss.misconception
def computed_in_numpy(logits):
    """NumPy computes the right values, but TensorFlow cannot see how: no gradient passes, and
    the generator would not learn. Use operations of keras.ops or TensorFlow throughout."""
    return np.asarray(right_minimax(logits))


@minimax_generator_loss.misconception
def without_softness(logits):
    """This is right only far from 0: the logarithm was replaced by the larger of the logit
    and 0. At a logit of 0, D is 1/2, and the loss is the logarithm of that."""
    return -ops.mean(ops.relu(logits))


non_saturating_generator_loss = Exercise(
    tricks.non_saturating_generator_loss, probes.non_saturating_generator_loss
)


@non_saturating_generator_loss.misconception
def saturating(logits):
    """This is the loss of the minimax game, the logarithm of 1 - D. Its gradient vanishes where the
    discriminator is sure that an image is fake, which is what this loss is there to avoid."""
    return right_minimax(logits)


@non_saturating_generator_loss.misconception
def minus_forgotten(logits):
    """The sign is wrong: this is log D, at most 0. Made small, it drives D to 0, and the
    generator would learn to look fake."""
    return -right_non_saturating(logits)


@non_saturating_generator_loss.misconception
def target_fake(logits):
    """The target is *fake*: this is what the discriminator pays for fakes. The
    generator wants them to be taken for real."""
    return -right_minimax(logits)


@non_saturating_generator_loss.misconception
def logits_as_probabilities_here(logits):
    """The logits are used as if they were probabilities. A logit is any real number, and
    the logarithm of a negative one is not a number: D is the sigmoid of the logit."""
    return -ops.mean(ops.log(logits))


@non_saturating_generator_loss.misconception
def squashed_twice_here(logits):
    """The sigmoid is taken twice. D then never leaves the range from 0.5 to 0.73, however
    sure the discriminator is, and the loss hardly moves."""
    return right_non_saturating(ops.sigmoid(logits))


@non_saturating_generator_loss.misconception
def summed_here(logits):
    """The batch is summed. Then the loss, and its gradient, grow with the batch size: take
    the mean."""
    return right_non_saturating(logits) * len(logits)


@non_saturating_generator_loss.misconception
def one_loss_per_image_here(logits):
    """A loss for each image comes back. The optimiser follows one number: take the mean over
    the batch."""
    return ops.softplus(-logits)


@non_saturating_generator_loss.misconception
def logarithm_of_zero_here(logits):
    """Where the discriminator is surest, the loss is infinite, and its gradient not a number:
    in float32 a sigmoid is 0 below about -87, and an exponential is infinite above 88.
    Use a function that computes the whole from the logit itself."""
    return -ops.mean(ops.log(ops.sigmoid(logits)))


@non_saturating_generator_loss.misconception
def logarithm_forgotten_here(logits):
    """The logarithm is missing: the mean of a probability came back. A cross-entropy is made
    of logarithms of probabilities."""
    return -ops.mean(ops.sigmoid(logits))


@non_saturating_generator_loss.misconception
def least_squares(logits):
    """This is the squared distance of the probability from 1. A least-squares GAN is trained
    by something like it; here the cross-entropy is asked for, which does not flatten out
    where the discriminator is sure."""
    return ops.mean((1 - ops.sigmoid(logits)) ** 2)


@non_saturating_generator_loss.misconception(shown_by=[AT_CERTAIN])
def clipped_probability_here(logits):
    """Your loss stops at some number, as Keras' stops at 16.118, and its gradient is 0 there:
    the probability is clipped, or something tiny is added to it. So it saturates after all,
    where the generator needs it most. Write it in terms of the logit itself."""
    return -ops.mean(ops.log(ops.clip(ops.sigmoid(logits), 1e-7, 1 - 1e-7)))


@non_saturating_generator_loss.misconception
def computed_in_numpy_here(logits):
    """NumPy computes the right values, but TensorFlow cannot see how: no gradient passes, and
    the generator would not learn. Use operations of keras.ops or TensorFlow throughout."""
    return np.asarray(right_non_saturating(logits))


@non_saturating_generator_loss.misconception
def gradient_stopped(logits):
    """The values are right, but no gradient reaches the logits, and the generator would not
    learn. Stay with operations that TensorFlow can differentiate."""
    return tf.stop_gradient(right_non_saturating(logits)) + 0 * ops.sum(logits)


@non_saturating_generator_loss.misconception
def mean_inside_the_logarithm(logits):
    """The mean was taken before the logarithm. Each image has a loss of its own, and the mean
    is over those: otherwise one good fake pays for all the bad ones."""
    return right_non_saturating(ops.mean(logits))
