"""The update of the generator, and how it goes wrong."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import keras
from keras import ops

from autograder.exercises.a4_gan import updates
from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a4_gan as probes
from course.gan import training

generator_step = Exercise(training.generator_step, probes.generator_step)


def _wrong_forgery(loss=updates.mean, modes=(True, True), train="generator", **how):
    """A ``generator_step`` that is right but for what is changed."""

    def step(generator, discriminator, optimizer, latent):
        def loss_of():
            opinions = discriminator(generator(latent, training=modes[0]), training=modes[1])
            return loss(ops.ones_like(opinions), opinions)

        networks = {"generator": [generator], "discriminator": [discriminator]}
        networks["both"] = [generator, discriminator]
        return updates.update(loss_of, networks[train], optimizer, **how)

    return step


@generator_step.misconception
def discriminator_trained_too(*parts):
    """The discriminator's weights move as well. In this step the art dealer holds still:
    made to believe that fakes are real, he would unlearn his trade. Ask for the gradient
    of the generator's weights only."""
    return _wrong_forgery(train="both")(*parts)


@generator_step.misconception
def discriminator_trained_instead(*parts):
    """It is the discriminator's weights that move, not the generator's. This loss teaches
    the forger; applied to the art dealer, it teaches him to call fakes real."""
    return _wrong_forgery(train="discriminator")(*parts)


@generator_step.misconception
def nothing_applied(*parts):
    """No weight moves. To compute a loss, or its gradients, changes nothing; the
    optimiser has to be given the gradients with the weights they belong to."""
    return _wrong_forgery(apply=False)(*parts)


@generator_step.misconception
def uphill(*parts):
    """The weights move the wrong way, and the loss rises. The optimiser itself subtracts:
    hand it the gradients as they are."""
    return _wrong_forgery(sign=-1)(*parts)


@generator_step.misconception
def targets_of_fakes(*parts):
    """The target is 0, as in the discriminator's step. Minimising that, the generator
    learns to make images that are recognised as fake; it has to pretend that they are
    real."""
    return _wrong_forgery(loss=lambda ones, opinions: updates.mean(0 * ones, opinions))(*parts)


@generator_step.misconception
def minimax_loss(*parts):
    """This is the loss of the minimax game, the logarithm of 1 - D. It pushes the same
    way, but its gradient vanishes where the discriminator is sure; the lecture takes the
    target real instead."""
    return _wrong_forgery(loss=lambda ones, opinions: -updates.mean(0 * ones, opinions))(*parts)


@generator_step.misconception
def opinion_maximised(*parts):
    """The opinion itself is pushed up, without a logarithm. Then the images that the
    discriminator is sure about teach the least; cross-entropy with the target real is
    asked for."""
    return _wrong_forgery(loss=lambda ones, opinions: -ops.mean(opinions))(*parts)


@generator_step.misconception
def summed(*parts):
    """The loss is summed over the images. Then its gradient is the larger, the larger the
    batch is: the mean is asked for."""
    return _wrong_forgery(loss=updates.summed)(*parts)


@generator_step.misconception
def read_as_logits(*parts):
    """The opinions are taken for logits and squashed once more. The discriminator ends in
    a sigmoid: what it returns are probabilities."""
    return _wrong_forgery(loss=updates.of_logits)(*parts)


@generator_step.misconception
def squared_error(*parts):
    """This is the squared error between opinions and targets. There are GANs that train
    with it; the lecture measures a probability by binary cross-entropy."""
    return _wrong_forgery(loss=updates.squared)(*parts)


@generator_step.misconception
def inference_mode(*parts):
    """Both networks run in inference mode, which is Keras' choice where nothing is said.
    Then batch normalization goes by old averages, which never move, and dropout is off:
    while it learns, a network is in training mode."""
    return _wrong_forgery(modes=(False, False))(*parts)


@generator_step.misconception
def generator_in_inference_mode(*parts):
    """The generator runs in inference mode. It makes fakes for the discriminator so;
    where it learns itself, batch normalization has to go by the batch, or its averages
    never move."""
    return _wrong_forgery(modes=(False, True))(*parts)


@generator_step.misconception
def discriminator_in_inference_mode(*parts):
    """The discriminator runs in inference mode. Its weights stay, but its mode is not a
    matter of weights: the lecture trains the generator against the discriminator as it is
    in training, with dropout."""
    return _wrong_forgery(modes=(True, False))(*parts)


@generator_step.misconception
def loss_after_the_update(*parts):
    """The loss is computed again after the update. That costs a second pass, and it is
    not the loss whose gradient was followed: return the one from before."""
    return _wrong_forgery(again=True)(*parts)


@generator_step.misconception
def one_loss_per_image(*parts):
    """One loss for each image comes back. Their gradient is that of their sum, which grows
    with the batch: take the mean."""
    return _wrong_forgery(loss=keras.losses.binary_crossentropy)(*parts)


@generator_step.misconception
def opinion_returned(generator, discriminator, optimizer, latent):
    """What comes back is the discriminator's mean opinion, not the loss. It rises as the loss
    falls; the loss is what the step is judged by."""
    opinions = discriminator(generator(latent, training=True), training=True)
    _wrong_forgery()(generator, discriminator, optimizer, latent)
    return ops.mean(opinions)
