"""What is observed of the functions of assignment a4_gan."""

from dataclasses import dataclass
from functools import cache

import keras
import numpy as np

from autograder.inside.probes.networks import (
    HalvedInTraining,
    changes,
    eagerly,
    first_call,
    layer_table,
    set_weights,
    training_call,
)
from autograder.inside.probes.tensors import network_dtype, tensor
from autograder.inside.probes.words import pair, pixel_range

__all__ = [
    "build_discriminator",
    "build_generator",
    "discriminator_batch",
    "discriminator_step",
    "generator_step",
]

LATENT_DIM = 100  # The small networks have it too: an answer may contain the number.
FEATURES = 4  # From which the small generator draws its images.


def build_generator(build_generator, rng):
    latent, seed = tensor(rng.uniform(-1, 1, size=(3, LATENT_DIM))), int(rng.integers(2**31))
    called = cache(lambda: first_call(build_generator, latent, seed, gain=0.5))

    @cache
    def trained():
        model = called().model
        averages = [v for v in model.non_trainable_variables if "float" in str(v.dtype)]
        averages.sort(key=lambda variable: (-np.prod(variable.shape), variable.name))
        before = [np.array(variable) for variable in averages]
        images = training_call(model, latent)
        return images, [np.abs(v - old).mean() for v, old in zip(averages, before)]

    yield "layers with weights", lambda: layer_table(called().calls)
    yield "images of three latent vectors, with fixed weights", lambda: called().outputs
    yield (
        "pixels of one latent vector far from the origin",
        lambda: pixel_range(called().model(200 * latent[:1], training=False)),
    )
    # Last, because it changes the averages that inference mode uses.
    yield "images in training mode, with fixed units dropped", lambda: trained()[0]
    yield "how far that moves the moving averages", lambda: np.array(trained()[1])


def build_discriminator(build_discriminator, rng):
    images, seed = tensor(rng.uniform(size=(4, 28, 28, 1))), int(rng.integers(2**31))
    called = cache(lambda: first_call(build_discriminator, images, seed))
    yield "layers with weights", lambda: layer_table(called().calls)
    yield "outputs for four images, with fixed weights", lambda: called().outputs
    yield "output for one black image", lambda: called().model(0 * images[:1], training=False)
    yield (
        "outputs in training mode, with fixed units dropped",
        lambda: training_call(called().model, images),
    )


def discriminator_batch(discriminator_batch, rng):
    real_images, fake_images = rng.uniform(size=(2, 3, 28, 28, 1)).astype(network_dtype())
    called = cache(lambda: _batch(discriminator_batch(real_images, tensor(fake_images))))
    alone = cache(lambda: _batch(discriminator_batch(real_images[:1], fake_images[:1])))
    yield "three real and three fake images", lambda: called()[0]
    yield "their targets", lambda: called()[1]
    yield "shapes of both", lambda: " and ".join(str(np.shape(part)) for part in called())
    yield "targets of one real and one fake image", lambda: alone()[1]


def discriminator_step(discriminator_step, rng):
    real_images, latent = tensor(rng.uniform(size=(4, 28, 28, 1))), _latent(rng, 4)
    step = _step_of(discriminator_step, int(rng.integers(2**31)), real_images, latent)
    yield "the returned loss", lambda: step(4).loss
    yield "what the step changes", lambda: step(4).changed
    yield "updates of discriminator and generator", lambda: step(4).updates
    yield "the same updates with one image of each kind", lambda: step(1).updates


def generator_step(generator_step, rng):
    step = _step_of(generator_step, int(rng.integers(2**31)), _latent(rng, 4))
    yield "the returned loss", lambda: step(4).loss
    yield "what the step changes", lambda: step(4).changed
    yield "updates of discriminator and generator", lambda: step(4).updates
    yield "the same updates with one image", lambda: step(1).updates


@dataclass(frozen=True)
class Step:
    """What one step on the small networks returned, and what it changed.

    Attributes:
        loss: what the step returned.
        changed: in words, which weights and averages are different afterwards.
        updates: how far the weights of the discriminator and the generator moved, joined.
    """

    loss: object
    changed: str
    updates: np.ndarray


def _step_of(implementation, seed, *inputs):
    """Function of a batch size that returns the ``Step`` on that many of the inputs."""

    @cache
    def parts():
        # The optimiser is not built, like the notebook's: it takes the first weights it gets.
        return _small_generator(), _small_discriminator(), keras.optimizers.SGD()

    @cache
    def step(size):
        generator, discriminator, optimizer = parts()
        # Undo what an earlier step has changed.
        optimizer.learning_rate = 1.0
        for network in (generator, discriminator):
            network.trainable = True
            set_weights(network, seed)
        variables = {
            "the discriminator's weights": discriminator.trainable_variables,
            "the generator's weights": generator.trainable_variables,
            "the generator's moving averages": generator.non_trainable_variables,
        }
        batch = [part[:size] for part in inputs]
        with eagerly():
            loss, moves = changes(variables.values(), lambda: implementation(*parts(), *batch))
        changed = " and ".join(name for name, by in zip(variables, moves) if by.any())
        return Step(loss, changed or "nothing", np.concatenate(moves[:2]))

    return step


def _small_generator():
    """Stand-in whose images depend on the mode, through batch normalization."""
    latent = keras.Input((LATENT_DIM,))
    features = keras.layers.Dense(FEATURES, kernel_initializer="zeros")(latent)
    # Each feature is a wave across the image, so four times 100 weights are enough.
    waves = np.cos(np.outer(1 + np.arange(FEATURES), np.arange(28 * 28)) / 9)
    pixels = keras.ops.matmul(features, keras.ops.convert_to_tensor(waves, features.dtype))
    pixels = keras.layers.BatchNormalization()(keras.ops.reshape(pixels, (-1, 28, 28, 1)))
    return keras.Model(latent, _probabilities(pixels))


def _small_discriminator():
    """Stand-in whose outputs depend on the mode, as with dropout, but are not random."""
    images = keras.Input((28, 28, 1))
    features = keras.layers.Flatten()(HalvedInTraining()(images))
    outputs = keras.layers.Dense(1, kernel_initializer="zeros")(features)
    return keras.Model(images, _probabilities(outputs))


def _probabilities(values):
    # Between 0.1 and 0.9: at 0 and 1 right losses differ, because each avoids the logarithm
    # of 0 in its own way. Not a sigmoid, because Keras' losses would find its logits again.
    return 0.5 + 0.4 * keras.ops.tanh(values)


def _latent(rng, size):
    return tensor(rng.uniform(-1, 1, size=(size, LATENT_DIM)))


def _batch(returned):
    return pair(returned, "images and targets")
