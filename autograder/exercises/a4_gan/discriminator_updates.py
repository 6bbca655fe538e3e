"""The update of the discriminator, with known mistakes."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import keras
import numpy as np
from keras import ops

from autograder.exercises.a4_gan import updates
from autograder.exercises.a4_gan.batch import discriminator_batch
from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a4_gan as probes
from course.gan import training
from course.gan.training import discriminator_batch as right_batch

discriminator_step = Exercise(training.discriminator_step, probes.discriminator_step)


def _step(
    networks, optimizer, inputs, batch=right_batch, loss=updates.mean, modes=(False, True), **how
):
    """The discriminator's step with one of its parts replaced."""
    generator, discriminator = networks
    real_images, latent = inputs

    def loss_of():
        x, y = batch(real_images, generator(latent, training=modes[0]))
        return loss(y, discriminator(x, training=modes[1]))

    return updates.update(loss_of, how.pop("train", [discriminator]), optimizer, **how)


def _step_with(**changed):
    """A ``discriminator_step`` that is right except for what is changed."""

    def step(generator, discriminator, optimizer, real_images, latent):
        networks, inputs = (generator, discriminator), (real_images, latent)
        return _step(networks, optimizer, inputs, **changed)

    return step


@discriminator_step.misconception
def generator_trained_too(generator, discriminator, optimizer, real_images, latent):
    """The generator's weights change as well. In this step they must stay as they are: by
    lowering the discriminator's loss, the generator would learn to be recognised as fake. Ask
    for the gradient of one network only."""
    networks = generator, discriminator
    return _step(networks, optimizer, (real_images, latent), train=[discriminator, generator])


@discriminator_step.misconception
def nothing_applied(*parts):
    """No weight changes. Computing a loss or its gradients changes nothing: you have to give
    the gradients to the optimiser, together with the weights they belong to."""
    return _step_with(apply=False)(*parts)


@discriminator_step.misconception
def uphill(*parts):
    """The weights move in the wrong direction, and the loss rises. The optimiser subtracts by
    itself: pass it the gradients as they are."""
    return _step_with(sign=-1)(*parts)


@discriminator_step.misconception
def summed(*parts):
    """You summed the loss over the images. Its gradient then grows with the batch. Take the
    mean over all 2B images."""
    return _step_with(loss=updates.summed)(*parts)


@discriminator_step.misconception
def kinds_added(*parts):
    """You added the loss of the real images and that of the fakes. Each is already a mean, so
    the sum is twice the mean over all 2B, and so is its gradient."""
    return _step_with(loss=lambda y, outputs: 2 * updates.mean(y, outputs))(*parts)


@discriminator_step.misconception
def fakes_only(*parts):
    """Your loss counts only the fake images. A discriminator that never sees a real image
    learns to call everything fake."""
    return _step_with(batch=lambda *kinds: [part[len(kinds[0]) :] for part in right_batch(*kinds)])(
        *parts
    )


@discriminator_step.misconception
def reals_only(*parts):
    """Your loss counts only the real images. A discriminator that never sees a fake learns to
    call everything real."""
    return _step_with(batch=lambda *kinds: [part[: len(kinds[0])] for part in right_batch(*kinds)])(
        *parts
    )


@discriminator_step.misconception
def fakes_made_in_training_mode(*parts):
    """Your generator makes its fakes in training mode. Here it only draws. In training mode,
    its batch normalization uses the statistics of this one batch and changes its moving
    averages, which are part of the generator."""
    return _step_with(modes=(True, True))(*parts)


@discriminator_step.misconception
def discriminator_in_inference_mode(*parts):
    """Your discriminator learns in inference mode, which is the default in Keras. Its dropout
    is then off, and it soon memorises the real images."""
    return _step_with(modes=(False, False))(*parts)


@discriminator_step.misconception
def read_as_logits(*parts):
    """You treated the discriminator's outputs as logits, so the sigmoid is applied again. The
    discriminator ends in a sigmoid: it returns probabilities."""
    return _step_with(loss=updates.of_logits)(*parts)


@discriminator_step.misconception
def squared_error(*parts):
    """You computed the squared error between outputs and targets. Some GANs train with it, but
    the lecture measures a probability by binary cross-entropy."""
    return _step_with(loss=updates.squared)(*parts)


@discriminator_step.misconception
def loss_after_the_update(*parts):
    """You computed the loss again after the update. That costs a second pass, and it is not the
    loss whose gradient was followed: return the one from before."""
    return _step_with(again=True)(*parts)


@discriminator_step.misconception
def two_updates(generator, discriminator, optimizer, real_images, latent):
    """You updated the discriminator twice, first with the real images and then with the fakes.
    The second gradient is taken after the first update, and each update is as large as the one
    the docstring asks for. Both kinds belong in one batch."""
    fake_images = generator(latent, training=False)
    losses = []
    for images, target in (real_images, 1.0), (fake_images, 0.0):
        y = target + ops.zeros((len(images), 1))

        def loss_of(images=images, y=y):
            return updates.mean(y, discriminator(images, training=True))

        losses.append(updates.update(loss_of, [discriminator], optimizer))
    return sum(losses) / 2


@discriminator_step.misconception
def one_loss_per_image(generator, discriminator, optimizer, real_images, latent):
    """You returned one loss per image. The gradient of such an array is that of the sum, which
    grows with the batch: take the mean."""
    networks, inputs = (generator, discriminator), (real_images, latent)
    return _step(networks, optimizer, inputs, loss=keras.losses.binary_crossentropy)


@discriminator_step.misconception
def accuracy_returned_too(generator, discriminator, optimizer, real_images, latent):
    """You returned both the loss and the accuracy. Keras returns a list when metrics are
    compiled into the model; your step should return the loss alone."""
    x, y = right_batch(real_images, generator(latent, training=False))
    accuracy = np.mean((np.asarray(discriminator(x, training=True)) > 0.5) == np.asarray(y))
    loss = _step((generator, discriminator), optimizer, (real_images, latent))
    return [float(loss), accuracy]


discriminator_step.inherits(
    discriminator_batch,
    lambda wrong: _step_with(batch=wrong),
    # The first two make the same updates as another mistake, or as none. The rest raise.
    without=[
        "fakes_first",
        "fakes_first_with_their_targets",
        "targets_flat",
        "targets_of_two_columns",
        "one_target_a_kind",
        "stacked",
        "joined_as_channels",
    ],
)
