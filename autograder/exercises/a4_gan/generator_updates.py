"""The update of the generator, with known mistakes."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import keras
from keras import ops

from autograder.exercises.a4_gan import updates
from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a4_gan as probes
from course.gan import training

generator_step = Exercise(training.generator_step, probes.generator_step)


def _step_with(loss=updates.mean, modes=(True, True), train="generator", **how):
    """A ``generator_step`` that is right except for what is changed."""

    def step(generator, discriminator, optimizer, latent):
        def loss_of():
            outputs = discriminator(generator(latent, training=modes[0]), training=modes[1])
            return loss(ops.ones_like(outputs), outputs)

        networks = {"generator": [generator], "discriminator": [discriminator]}
        networks["both"] = [generator, discriminator]
        return updates.update(loss_of, networks[train], optimizer, **how)

    return step


@generator_step.misconception
def discriminator_trained_too(*parts):
    """The discriminator's weights change as well. In this step they must stay as they are:
    trained to call fakes real, the discriminator would lose what it has learnt. Ask for the
    gradient of the generator's weights only."""
    return _step_with(train="both")(*parts)


@generator_step.misconception
def discriminator_trained_instead(*parts):
    """The discriminator's weights change, and the generator's do not. This loss is for the
    generator; applied to the discriminator, it trains the discriminator to call fakes real."""
    return _step_with(train="discriminator")(*parts)


@generator_step.misconception
def nothing_applied(*parts):
    """No weight changes. Computing a loss or its gradients changes nothing: you have to give
    the gradients to the optimiser, together with the weights they belong to."""
    return _step_with(apply=False)(*parts)


@generator_step.misconception
def uphill(*parts):
    """The weights move in the wrong direction, and the loss rises. The optimiser subtracts by
    itself: pass it the gradients as they are."""
    return _step_with(sign=-1)(*parts)


@generator_step.misconception
def targets_of_fakes(*parts):
    """Your target is 0, as in the discriminator's step. With it, the generator learns to make
    images that are recognised as fake. It has to pretend that its images are real."""
    return _step_with(loss=lambda ones, outputs: updates.mean(0 * ones, outputs))(*parts)


@generator_step.misconception
def minimax_loss(*parts):
    """You used the loss of the minimax game, the logarithm of 1 - D. It pushes in the same
    direction, but its gradient vanishes where the discriminator is sure. The lecture uses the
    target real instead."""
    return _step_with(loss=lambda ones, outputs: -updates.mean(0 * ones, outputs))(*parts)


@generator_step.misconception
def opinion_maximised(*parts):
    """You maximised the discriminator's output itself, without a logarithm. The images about
    which the discriminator is sure then teach the least. Use cross-entropy with the target
    real."""
    return _step_with(loss=lambda ones, outputs: -ops.mean(outputs))(*parts)


@generator_step.misconception
def summed(*parts):
    """You summed the loss over the images. Its gradient then grows with the batch. Take the
    mean."""
    return _step_with(loss=updates.summed)(*parts)


@generator_step.misconception
def read_as_logits(*parts):
    """You treated the discriminator's outputs as logits, so the sigmoid is applied again. The
    discriminator ends in a sigmoid: it returns probabilities."""
    return _step_with(loss=updates.of_logits)(*parts)


@generator_step.misconception
def squared_error(*parts):
    """You computed the squared error between outputs and targets. Some GANs train with it, but
    the lecture measures a probability by binary cross-entropy."""
    return _step_with(loss=updates.squared)(*parts)


@generator_step.misconception
def inference_mode(*parts):
    """Both networks run in inference mode, which is the default in Keras. Batch normalization
    then uses old averages, which never change, and dropout is off. While it learns, a network
    is in training mode."""
    return _step_with(modes=(False, False))(*parts)


@generator_step.misconception
def generator_in_inference_mode(*parts):
    """Your generator runs in inference mode. That is right when it makes fakes for the
    discriminator. When it learns itself, batch normalization has to use the statistics of the
    batch, or its averages never change."""
    return _step_with(modes=(False, True))(*parts)


@generator_step.misconception
def discriminator_in_inference_mode(*parts):
    """Your discriminator runs in inference mode. Its weights do not change here, but its mode
    does not depend on that. The lecture trains the generator against the discriminator as it is
    in training, with dropout."""
    return _step_with(modes=(True, False))(*parts)


@generator_step.misconception
def loss_after_the_update(*parts):
    """You computed the loss again after the update. That costs a second pass, and it is not the
    loss whose gradient was followed: return the one from before."""
    return _step_with(again=True)(*parts)


@generator_step.misconception
def one_loss_per_image(*parts):
    """You returned one loss per image. The gradient of such an array is that of the sum, which
    grows with the batch: take the mean."""
    return _step_with(loss=keras.losses.binary_crossentropy)(*parts)


@generator_step.misconception
def opinion_returned(generator, discriminator, optimizer, latent):
    """You returned the mean output of the discriminator, not the loss. It rises as the loss
    falls, but the loss is what measures the step."""
    outputs = discriminator(generator(latent, training=True), training=True)
    _step_with()(generator, discriminator, optimizer, latent)
    return ops.mean(outputs)
