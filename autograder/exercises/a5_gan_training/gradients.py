"""The norm of the generator's gradient, and how it goes wrong."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import tensorflow as tf
from keras import ops

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a5_gan_training as probes
from course.gan import tricks
from course.gan.tricks import generator_gradient_norm as right_norm
from course.gan.tricks import non_saturating_generator_loss as right_non_saturating

generator_gradient_norm = Exercise(tricks.generator_gradient_norm, probes.generator_gradient_norm)


def _gradients(generator, discriminator, latent, loss, variables=None, modes=(False, False)):
    with tf.GradientTape() as tape:
        images = generator(latent, training=modes[0])
        value = loss(discriminator(images, training=modes[1]))
    return tape.gradient(value, generator.trainable_variables if variables is None else variables)


def _norms(gradients):
    return [ops.norm(ops.reshape(gradient, (-1,))) for gradient in gradients]


@generator_gradient_norm.misconception
def of_the_discriminator(generator, discriminator, latent, loss):
    """This is the gradient with respect to the discriminator's weights. In the generator's
    update they stand still: ask for the generator's."""
    weights = discriminator.trainable_variables
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, weights))


@generator_gradient_norm.misconception
def of_both_networks(generator, discriminator, latent, loss):
    """The weights of both networks are counted. Only the generator's move in its update, so
    only they belong into the norm."""
    weights = generator.trainable_variables + discriminator.trainable_variables
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, weights))


@generator_gradient_norm.misconception
def frozen_weights_counted(generator, discriminator, latent, loss):
    """Weights that are frozen are counted too. They take no step, however large their
    gradient: only the trainable ones count."""
    weights = [w for layer in generator.layers for w in layer.weights if "moving" not in w.name]
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, weights))


@generator_gradient_norm.misconception
def of_the_latent_vectors(generator, discriminator, latent, loss):
    """This is the gradient with respect to the latent vectors. They are not learnt: ask for
    that of the generator's weights."""
    with tf.GradientTape() as tape:
        tape.watch(latent)
        value = loss(discriminator(generator(latent)))
    return ops.norm(ops.reshape(tape.gradient(value, latent), (-1,)))


@generator_gradient_norm.misconception
def of_the_images(generator, discriminator, latent, loss):
    """This is the gradient with respect to the images. It is where the gradient enters the
    generator, but the norm is asked of what reaches its weights."""
    images = generator(latent)
    with tf.GradientTape() as tape:
        tape.watch(images)
        value = loss(discriminator(images))
    return ops.norm(ops.reshape(tape.gradient(value, images), (-1,)))


@generator_gradient_norm.misconception
def sum_of_norms(generator, discriminator, latent, loss):
    """The norms of the single arrays were added up. The arrays are parts of one vector, and
    the norm of a vector is not the sum of its parts' norms: it is their squares that add
    up."""
    return sum(_norms(_gradients(generator, discriminator, latent, loss)))


@generator_gradient_norm.misconception
def mean_of_norms(generator, discriminator, latent, loss):
    """The norms of the single arrays were averaged. The arrays are parts of one vector; its
    norm grows with each of them, and does not depend on how it is cut."""
    return ops.mean(ops.stack(_norms(_gradients(generator, discriminator, latent, loss))))


@generator_gradient_norm.misconception
def largest_of_norms(generator, discriminator, latent, loss):
    """This is the norm of the one array whose gradient is largest. All trainable weights
    belong to the vector whose norm is asked for."""
    return ops.max(ops.stack(_norms(_gradients(generator, discriminator, latent, loss))))


@generator_gradient_norm.misconception
def first_array_only(generator, discriminator, latent, loss):
    """Only the first array of weights is counted. All trainable weights of the generator
    belong to the vector whose norm is asked for."""
    return _norms(_gradients(generator, discriminator, latent, loss))[0]


@generator_gradient_norm.misconception
def last_array_only(generator, discriminator, latent, loss):
    """Only the last array of weights is counted. All trainable weights of the generator
    belong to the vector whose norm is asked for."""
    return _norms(_gradients(generator, discriminator, latent, loss))[-1]


@generator_gradient_norm.misconception
def root_forgotten(generator, discriminator, latent, loss):
    """This is the square of the norm: the root is missing. Ten times the loss has to give ten
    times the norm, not a hundred times."""
    return right_norm(generator, discriminator, latent, loss) ** 2


@generator_gradient_norm.misconception
def absolute_values(generator, discriminator, latent, loss):
    """The absolute values were added up. That is the l1 norm, which grows with the number of
    weights; the l2 norm is wanted."""
    gradients = _gradients(generator, discriminator, latent, loss)
    return sum(ops.sum(ops.abs(gradient)) for gradient in gradients)


@generator_gradient_norm.misconception
def root_mean_square(generator, discriminator, latent, loss):
    """The mean of the squares was taken, not their sum: this is the size of a typical entry.
    The length of the whole vector is wanted."""
    count = sum(ops.size(weights) for weights in generator.trainable_variables)
    return right_norm(generator, discriminator, latent, loss) / float(count) ** 0.5


@generator_gradient_norm.misconception
def one_norm_an_array(generator, discriminator, latent, loss):
    """A norm for each array of weights came back. One number is wanted: the norm of all of
    them, joined to one vector."""
    return _norms(_gradients(generator, discriminator, latent, loss))


@generator_gradient_norm.misconception
def joined_gradient(generator, discriminator, latent, loss):
    """This is the gradient itself, as one vector. Its length is wanted, one number."""
    gradients = _gradients(generator, discriminator, latent, loss)
    return ops.concatenate([ops.reshape(gradient, (-1,)) for gradient in gradients])


@generator_gradient_norm.misconception(shown_by=["the same loss times 10, divided by what it was"])
def loss_ignored(generator, discriminator, latent, loss):
    """Whatever ``loss`` is handed in, the norm is the same: a loss is written into the
    function. Then the two losses cannot be compared."""
    return right_norm(generator, discriminator, latent, right_non_saturating)


@generator_gradient_norm.misconception
def loss_itself(generator, discriminator, latent, loss):
    """The loss came back, not its gradient. How large a loss is says little about how
    strongly it pulls."""
    return loss(discriminator(generator(latent)))


@generator_gradient_norm.misconception
def training_mode(generator, discriminator, latent, loss):
    """The networks run in training mode. Batch normalization then moves its averages, and
    dropout makes the number random: to measure must change nothing."""
    both = (True, True)
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, modes=both))


@generator_gradient_norm.misconception
def generator_in_training_mode(generator, discriminator, latent, loss):
    """The generator runs in training mode. Its batch normalization then goes by this one
    batch and moves its averages: to measure must change nothing."""
    first = (True, False)
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, modes=first))


@generator_gradient_norm.misconception
def discriminator_in_training_mode(generator, discriminator, latent, loss):
    """The discriminator runs in training mode. Its dropout then leaves out units by chance,
    and the number is another each time: measured is what the whole discriminator says."""
    second = (False, True)
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, modes=second))


@generator_gradient_norm.misconception
def generator_moved(generator, discriminator, latent, loss):
    """The norm is right, but the generator has been trained by it. To measure must change
    nothing: no optimiser is needed."""
    gradients = _gradients(generator, discriminator, latent, loss)
    for weights, gradient in zip(generator.trainable_variables, gradients):
        weights.assign_sub(0.01 * gradient)
    return tf.linalg.global_norm(gradients)


@generator_gradient_norm.misconception
def discriminator_left_frozen(generator, discriminator, latent, loss):
    """The norm is right, but the discriminator was frozen for it and stays frozen. The list
    of weights that you ask the gradient for says already who is meant."""
    discriminator.trainable = False
    return right_norm(generator, discriminator, latent, loss)
