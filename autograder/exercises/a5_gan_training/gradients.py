"""The norm of the generator's gradient, with known mistakes."""

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
    """You took the gradient with respect to the discriminator's weights. They do not change in
    the generator's update: ask for the generator's weights."""
    weights = discriminator.trainable_variables
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, weights))


@generator_gradient_norm.misconception
def of_both_networks(generator, discriminator, latent, loss):
    """Your norm counts the weights of both networks. Only the generator's weights change in its
    update, so only they belong in the norm."""
    weights = generator.trainable_variables + discriminator.trainable_variables
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, weights))


@generator_gradient_norm.misconception
def frozen_weights_counted(generator, discriminator, latent, loss):
    """Your norm counts frozen weights too. They do not change, however large their gradient is:
    only the trainable weights count."""
    weights = [w for layer in generator.layers for w in layer.weights if "moving" not in w.name]
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, weights))


@generator_gradient_norm.misconception
def of_the_latent_vectors(generator, discriminator, latent, loss):
    """You took the gradient with respect to the latent vectors. They are not learnt: take the
    gradient with respect to the generator's weights."""
    with tf.GradientTape() as tape:
        tape.watch(latent)
        value = loss(discriminator(generator(latent)))
    return ops.norm(ops.reshape(tape.gradient(value, latent), (-1,)))


@generator_gradient_norm.misconception
def of_the_images(generator, discriminator, latent, loss):
    """You took the gradient with respect to the images. That is where the gradient enters the
    generator, but the docstring asks for the norm of the gradient that reaches its weights."""
    images = generator(latent)
    with tf.GradientTape() as tape:
        tape.watch(images)
        value = loss(discriminator(images))
    return ops.norm(ops.reshape(tape.gradient(value, images), (-1,)))


@generator_gradient_norm.misconception
def sum_of_norms(generator, discriminator, latent, loss):
    """You added up the norms of the single arrays. The arrays are parts of one vector, and the
    norm of a vector is not the sum of its parts' norms: their squares add up."""
    return sum(_norms(_gradients(generator, discriminator, latent, loss)))


@generator_gradient_norm.misconception
def mean_of_norms(generator, discriminator, latent, loss):
    """You averaged the norms of the single arrays. The arrays are parts of one vector. Its norm
    grows with each of them, and does not depend on how the vector is cut."""
    return ops.mean(ops.stack(_norms(_gradients(generator, discriminator, latent, loss))))


@generator_gradient_norm.misconception
def largest_of_norms(generator, discriminator, latent, loss):
    """You returned the norm of the one array whose gradient is largest. All trainable weights
    belong to the vector whose norm the docstring asks for."""
    return ops.max(ops.stack(_norms(_gradients(generator, discriminator, latent, loss))))


@generator_gradient_norm.misconception
def first_array_only(generator, discriminator, latent, loss):
    """You counted only the first array of weights. All trainable weights of the generator
    belong to the vector whose norm the docstring asks for."""
    return _norms(_gradients(generator, discriminator, latent, loss))[0]


@generator_gradient_norm.misconception
def last_array_only(generator, discriminator, latent, loss):
    """You counted only the last array of weights. All trainable weights of the generator belong
    to the vector whose norm the docstring asks for."""
    return _norms(_gradients(generator, discriminator, latent, loss))[-1]


@generator_gradient_norm.misconception
def root_forgotten(generator, discriminator, latent, loss):
    """You returned the square of the norm: the root is missing. Ten times the loss has to give
    ten times the norm, not a hundred times."""
    return right_norm(generator, discriminator, latent, loss) ** 2


@generator_gradient_norm.misconception
def absolute_values(generator, discriminator, latent, loss):
    """You added up the absolute values. That is the l1 norm, which grows with the number of
    weights. The docstring asks for the l2 norm."""
    gradients = _gradients(generator, discriminator, latent, loss)
    return sum(ops.sum(ops.abs(gradient)) for gradient in gradients)


@generator_gradient_norm.misconception
def root_mean_square(generator, discriminator, latent, loss):
    """You took the mean of the squares, not their sum. The result is the size of a typical
    entry. The docstring asks for the length of the whole vector."""
    count = sum(ops.size(weights) for weights in generator.trainable_variables)
    return right_norm(generator, discriminator, latent, loss) / float(count) ** 0.5


@generator_gradient_norm.misconception
def one_norm_an_array(generator, discriminator, latent, loss):
    """You returned one norm for each array of weights. The docstring asks for one number: the
    norm of all arrays, joined into one vector."""
    return _norms(_gradients(generator, discriminator, latent, loss))


@generator_gradient_norm.misconception
def joined_gradient(generator, discriminator, latent, loss):
    """You returned the gradient itself, as one vector. The docstring asks for its length, one
    number."""
    gradients = _gradients(generator, discriminator, latent, loss)
    return ops.concatenate([ops.reshape(gradient, (-1,)) for gradient in gradients])


@generator_gradient_norm.misconception(
    shown_by=["norm of 10 times a loss, divided by norm of that loss"]
)
def loss_ignored(generator, discriminator, latent, loss):
    """Your norm is the same whatever ``loss`` is passed: you wrote a loss into the function.
    The two losses then cannot be compared."""
    return right_norm(generator, discriminator, latent, right_non_saturating)


@generator_gradient_norm.misconception
def loss_itself(generator, discriminator, latent, loss):
    """You returned the loss, not its gradient. How large a loss is says little about how
    strongly it changes the weights."""
    return loss(discriminator(generator(latent)))


@generator_gradient_norm.misconception
def training_mode(generator, discriminator, latent, loss):
    """Your networks run in training mode. Batch normalization then changes its averages, and
    dropout makes the number random. A measurement must change nothing."""
    both = (True, True)
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, modes=both))


@generator_gradient_norm.misconception
def generator_in_training_mode(generator, discriminator, latent, loss):
    """Your generator runs in training mode. Its batch normalization then uses the statistics of
    this one batch and changes its averages. A measurement must change nothing."""
    first = (True, False)
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, modes=first))


@generator_gradient_norm.misconception
def discriminator_in_training_mode(generator, discriminator, latent, loss):
    """Your discriminator runs in training mode. Its dropout then drops random units, and the
    number is different each time. Measure what the whole discriminator says."""
    second = (False, True)
    return tf.linalg.global_norm(_gradients(generator, discriminator, latent, loss, modes=second))


@generator_gradient_norm.misconception
def generator_moved(generator, discriminator, latent, loss):
    """Your norm is right, but your function also trained the generator. A measurement must
    change nothing: you need no optimiser."""
    gradients = _gradients(generator, discriminator, latent, loss)
    for weights, gradient in zip(generator.trainable_variables, gradients):
        weights.assign_sub(0.01 * gradient)
    return tf.linalg.global_norm(gradients)


@generator_gradient_norm.misconception
def discriminator_left_frozen(generator, discriminator, latent, loss):
    """Your norm is right, but you froze the discriminator for it, and it stays frozen. The list
    of weights whose gradient you ask for already says which network is meant."""
    discriminator.trainable = False
    return right_norm(generator, discriminator, latent, loss)
