"""The GAN's two networks, layer by layer."""

import numpy as np
import pytest

from course.gan.discriminator import build_discriminator
from course.gan.generator import build_generator

GENERATOR_TABLE = [  # The slide's: layer, output, parameters.
    ("input_vec", (None, 100), 0),
    ("dense1", (None, 12544), 1266944),
    ("bn1", (None, 12544), 50176),
    ("act1", (None, 12544), 0),
    ("dropout1", (None, 12544), 0),
    ("reshape1", (None, 7, 7, 256), 0),
    ("upsampling2", (None, 14, 14, 256), 0),
    ("convt2", (None, 14, 14, 128), 819328),
    ("bn2", (None, 14, 14, 128), 512),
    ("act2", (None, 14, 14, 128), 0),
    ("upsampling3", (None, 28, 28, 128), 0),
    ("convt3", (None, 28, 28, 64), 204864),
    ("bn3", (None, 28, 28, 64), 256),
    ("act3", (None, 28, 28, 64), 0),
    ("convt4", (None, 28, 28, 32), 51232),
    ("bn4", (None, 28, 28, 32), 128),
    ("act4", (None, 28, 28, 32), 0),
    ("convt5", (None, 28, 28, 1), 801),
]


# The slide gives the shapes of the blocks; parameters by hand, 5 * 5 * in * out + out.
DISCRIMINATOR_BLOCKS = [
    ("conv1", (None, 14, 14, 64), 25 * 1 * 64 + 64),
    ("conv2", (None, 7, 7, 128), 25 * 64 * 128 + 128),
    ("conv3", (None, 4, 4, 256), 25 * 128 * 256 + 256),
    ("conv4", (None, 4, 4, 512), 25 * 256 * 512 + 512),
]


def test_generator_is_the_slides_table():
    """Each row of the table in turn: name, output shape, parameters."""
    generator = build_generator()
    rows = [(layer.name, _shape(layer), layer.count_params()) for layer in generator.layers]
    assert rows == GENERATOR_TABLE


def test_generators_totals_are_the_slides():
    """2,394,241 parameters; what no gradient moves are the moving means and variances."""
    generator = build_generator()
    trainable, fixed = (
        sum(int(np.prod(v.shape)) for v in part)
        for part in (generator.trainable_weights, generator.non_trainable_weights)
    )
    assert (trainable, fixed, trainable + fixed) == (2368705, 25536, 2394241)
    assert {v.name for v in generator.non_trainable_weights} == {"moving_mean", "moving_variance"}
    assert fixed == 2 * (12544 + 128 + 64 + 32)


def test_generators_settings_are_the_slides():
    """Momentum 0.9 everywhere, dropout 0.4, kernels of 5, stride 1, sigmoid at the end."""
    generator = build_generator()
    normalizations = [generator.get_layer(f"bn{block}") for block in (1, 2, 3, 4)]
    convolutions = [generator.get_layer(f"convt{block}") for block in (2, 3, 4, 5)]
    assert [layer.momentum for layer in normalizations] == [0.9] * 4
    assert generator.get_layer("dropout1").rate == 0.4
    assert {(layer.kernel_size, layer.strides, layer.padding) for layer in convolutions} == {
        ((5, 5), (1, 1), "same")
    }
    activations = [layer.activation.__name__ for layer in convolutions]
    assert activations == ["linear", "linear", "linear", "sigmoid"]


def test_discriminator_is_the_slides():
    """Shapes of the four blocks, parameters by hand, 4,311,553 in all and all trainable."""
    discriminator = build_discriminator()
    for name, shape, count in DISCRIMINATOR_BLOCKS:
        layer = discriminator.get_layer(name)
        assert (_shape(layer), layer.count_params()) == (shape, count)
    assert discriminator.get_layer("dense5").count_params() == 4 * 4 * 512 + 1
    assert discriminator.count_params() == 4311553
    assert discriminator.non_trainable_weights == []


def test_discriminators_layers_are_the_slides():
    """Convolution, leaky relu of 0.2, dropout of 0.4, four times, strides 2, 2, 2, 1."""
    chain = build_discriminator().layers[1:]
    names = [f"{kind}{block}" for block in (1, 2, 3, 4) for kind in ("conv", "act", "dropout")]
    assert [layer.name for layer in chain] == [*names, "flat5", "dense5"]
    assert [layer.strides for layer in chain[0:12:3]] == [(2, 2), (2, 2), (2, 2), (1, 1)]
    assert [layer.negative_slope for layer in chain[1:12:3]] == pytest.approx([0.2] * 4)
    assert [layer.rate for layer in chain[2:12:3]] == [0.4] * 4


def test_untrained_discriminator_is_undecided(rng):
    """Its opinion of noise is near 0.5."""
    opinions = build_discriminator()(rng.uniform(size=(8, 28, 28, 1)).astype("float32"))
    assert opinions.shape == (8, 1)
    np.testing.assert_allclose(opinions, 0.5, atol=0.05)


def test_generators_images_are_in_range_and_differ(rng):
    """Pixels in [0, 1], another image for each latent vector, far-out ones included."""
    latent = 50 * rng.uniform(-1, 1, size=(4, 100)).astype("float32")
    images = build_generator()(latent, training=True).numpy()
    assert images.shape == (4, 28, 28, 1)
    assert 0 <= images.min() <= images.max() <= 1
    assert np.abs(images[0] - images[1]).max() > 0.01


def _shape(layer):
    return tuple(layer.output.shape)
