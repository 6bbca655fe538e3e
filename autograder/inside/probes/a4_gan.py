"""What is observed of the functions of assignment a4_gan."""

from functools import cache
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from autograder.inside.probes.networks import (
    HalvedInTraining,
    changes,
    eagerly,
    first_call,
    layer_table,
    set_weights,
    training_call,
)

__all__ = [
    "build_discriminator",
    "build_generator",
    "discriminator_batch",
    "discriminator_step",
    "generator_step",
]

LATENT_DIM = 100  # Also of the small networks: an answer may have it written out.
FEATURES = 4  # That the small generator paints with.


def build_generator(build_generator, rng):
    latent, seed = _tensor(rng.uniform(-1, 1, size=(3, LATENT_DIM))), int(rng.integers(2**31))
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
    yield "images of three latent vectors, weights set", lambda: called().outputs
    yield (
        "pixels of one latent vector far out",
        lambda: _range(called().model(200 * latent[:1], training=False)),
    )
    # Last, as it moves the averages that inference goes by.
    yield "images in training mode, with fixed units dropped", lambda: trained()[0]
    yield "how far the moving averages move by that", lambda: np.array(trained()[1])


def build_discriminator(build_discriminator, rng):
    images, seed = _tensor(rng.uniform(size=(4, 28, 28, 1))), int(rng.integers(2**31))
    called = cache(lambda: first_call(build_discriminator, images, seed))
    yield "layers with weights", lambda: layer_table(called().calls)
    yield "opinions of four images, weights set", lambda: called().outputs
    yield "opinion of one black image", lambda: called().model(0 * images[:1], training=False)
    yield (
        "opinions in training mode, with fixed units dropped",
        lambda: training_call(called().model, images),
    )


def discriminator_batch(discriminator_batch, rng):
    real_images, fake_images = rng.uniform(size=(2, 3, 28, 28, 1)).astype(_dtype())
    called = cache(lambda: _pair(discriminator_batch(real_images, _tensor(fake_images))))
    alone = cache(lambda: _pair(discriminator_batch(real_images[:1], fake_images[:1])))
    yield "three real and three fake images", lambda: called()[0]
    yield "their targets", lambda: called()[1]
    yield "shapes of both", lambda: " and ".join(str(np.shape(part)) for part in called())
    yield "targets of one real and one fake image", lambda: alone()[1]


def discriminator_step(discriminator_step, rng):
    real_images, latent = _tensor(rng.uniform(size=(4, 28, 28, 1))), _latent(rng, 4)
    step = _step_of(discriminator_step, int(rng.integers(2**31)), real_images, latent)
    yield "the loss returned", lambda: step(4).loss
    yield "what the step moves", lambda: step(4).moved
    yield "updates of discriminator and generator", lambda: step(4).updates
    yield "their updates by one image of each kind", lambda: step(1).updates


def generator_step(generator_step, rng):
    step = _step_of(generator_step, int(rng.integers(2**31)), _latent(rng, 4))
    yield "the loss returned", lambda: step(4).loss
    yield "what the step moves", lambda: step(4).moved
    yield "updates of discriminator and generator", lambda: step(4).updates
    yield "their updates by one image", lambda: step(1).updates


class Step(NamedTuple):
    """What one step on the small networks returned, and what it moved."""

    loss: object
    moved: str
    updates: object


def _step_of(implementation, seed, *inputs):
    """Function from a batch size to the ``Step`` on the first so many of the inputs."""

    @cache
    def parts():
        # Not built, as the notebook's: it takes the weights that it is first given.
        return _small_generator(), _small_discriminator(), keras.optimizers.SGD()

    @cache
    def step(size):
        generator, discriminator, optimizer = parts()
        # Put back what an earlier step has changed.
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
        moved = [name for name, by in zip(variables, moves) if by.any()]
        return Step(loss, " and ".join(moved) or "nothing", np.concatenate(moves[:2]))

    return step


def _small_generator():
    """Stand-in whose images depend on the mode, as batch normalization has it."""
    latent = keras.Input((LATENT_DIM,))
    features = keras.layers.Dense(FEATURES, kernel_initializer="zeros")(latent)
    # Each feature is a wave across the image, so that four times 100 weights are enough.
    waves = np.cos(np.outer(1 + np.arange(FEATURES), np.arange(28 * 28)) / 9)
    pixels = keras.ops.matmul(features, keras.ops.convert_to_tensor(waves, features.dtype))
    pixels = keras.layers.BatchNormalization()(keras.ops.reshape(pixels, (-1, 28, 28, 1)))
    return keras.Model(latent, _probabilities(pixels))


def _small_discriminator():
    """Stand-in whose opinions depend on the mode, as dropout has it, but are not random."""
    images = keras.Input((28, 28, 1))
    features = keras.layers.Flatten()(HalvedInTraining()(images))
    opinions = keras.layers.Dense(1, kernel_initializer="zeros")(features)
    return keras.Model(images, _probabilities(opinions))


def _probabilities(values):
    # Between 0.1 and 0.9: at 0 and 1 right losses differ, as each avoids the logarithm of 0
    # in its own way. No sigmoid, for whose output Keras' losses would find the logits again.
    return 0.5 + 0.4 * keras.ops.tanh(values)


def _latent(rng, size):
    return _tensor(rng.uniform(-1, 1, size=(size, LATENT_DIM)))


def _dtype():
    # The type of new networks: float32, unless a cell has set another.
    return keras.config.dtype_policy().variable_dtype


def _tensor(values):
    return tf.constant(values, dtype=_dtype())


def _pair(returned):
    if not (isinstance(returned, (list, tuple)) and len(returned) == 2):
        raise ValueError(f"a pair, images and targets, was expected, got {type(returned).__name__}")
    return returned


def _range(images):
    images = np.asarray(images)
    return "all within [0, 1]" if images.min() >= 0 and images.max() <= 1 else "not all in [0, 1]"
