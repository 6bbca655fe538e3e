"""The discriminator, and how it goes wrong."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import keras
from keras import layers

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a4_gan as probes
from course.gan import discriminator

build_discriminator = Exercise(discriminator.build_discriminator, probes.build_discriminator)


def _leaky(slope=0.2, rate=0.4):
    return [layers.LeakyReLU(negative_slope=slope), layers.Dropout(rate)]


def _discriminator(
    after=_leaky,
    strides=(2, 2, 2, 1),
    filters=(64, 128, 256, 512),
    kernel=5,
    end=("sigmoid", 1),
    flatten=layers.Flatten,
):
    """The discriminator with some of its parts replaced."""
    blocks = [keras.Input((28, 28, 1))]
    for count, stride in zip(filters, strides):
        blocks += [layers.Conv2D(count, kernel, stride, "same"), *after()]
    activation, units = end
    return keras.Sequential([*blocks, flatten(), layers.Dense(units, activation=activation)])


@build_discriminator.misconception
def plain_relu():
    """The activations are plain relu. Where a unit is off it passes no gradient, and the
    generator learns only through the discriminator's gradients: a leaky relu lets a fifth
    of it through."""
    return _discriminator(lambda: _leaky(slope=0.0))


@build_discriminator.misconception
def slope_of_keras():
    """The leaky relu has slope 0.3, which is the layer's own default. The lecture's negative
    slope is 0.2, and has to be said."""
    return _discriminator(lambda: _leaky(slope=0.3))


@build_discriminator.misconception
def slope_of_pytorch():
    """The leaky relu has slope 0.01, the default of another library. The lecture's negative
    slope is 0.2, twenty times as much gradient."""
    return _discriminator(lambda: _leaky(slope=0.01))


@build_discriminator.misconception
def no_activations():
    """The convolutions have no activation. One after the other they are a single linear map
    of the image, and no linear map tells a digit from a scribble."""
    return _discriminator(lambda: [layers.Dropout(0.4)])


@build_discriminator.misconception
def logits_returned():
    """The last layer has no activation, so logits come back. That is good practice with a
    loss that knows it; this course's updates read the output as a probability."""
    return _discriminator(end=(None, 1))


@build_discriminator.misconception
def tanh_at_the_end():
    """The last layer is tanh, which reaches from -1 to 1. The opinion is a probability: the
    logarithm of a negative number would be asked for."""
    return _discriminator(end=("tanh", 1))


@build_discriminator.misconception
def two_classes():
    """Two outputs come back, one for real and one for fake. They always sum to 1, so the
    second says nothing new: one probability, of being real, is asked for."""
    return _discriminator(end=("softmax", 2))


@build_discriminator.misconception
def softmax_of_one():
    """Softmax over a single unit is always 1: it divides the unit by itself. Such a
    discriminator finds every image real and has no gradient; a single probability comes from
    a sigmoid."""
    return _discriminator(end=("softmax", 1))


@build_discriminator.misconception
def dropout_missing():
    """The dropout is missing. It hinders the discriminator from knowing the few real images
    by heart, and so from winning too early; each of the four blocks ends in one."""
    return _discriminator(lambda: _leaky(rate=0.0))


@build_discriminator.misconception
def share_kept_as_rate():
    """The dropout has another rate. Keras asks for the share that is left out, which is 0.4;
    the share that stays is 0.6."""
    return _discriminator(lambda: _leaky(rate=0.6))


@build_discriminator.misconception
def whole_channels_dropped():
    """The dropout leaves out whole channels. The lecture's decides for each unit alone, at
    each place of each channel."""
    return _discriminator(
        lambda: [layers.LeakyReLU(negative_slope=0.2), layers.SpatialDropout2D(0.4)]
    )


@build_discriminator.misconception
def strides_forgotten():
    """No convolution has stride 2. The image stays 28 by 28 through all blocks, and the dense
    layer gets fifty times the weights."""
    return _discriminator(strides=(1, 1, 1, 1))


@build_discriminator.misconception
def fourth_stride_of_two():
    """The fourth convolution halves the image too. The lecture's stops at 4 by 4: the last
    convolution has stride 1 and only widens to 512 channels."""
    return _discriminator(strides=(2, 2, 2, 2))


@build_discriminator.misconception
def kernels_of_three():
    """The kernels are 3 by 3. The lecture's convolutions look at 5 by 5 pixels; the number of
    weights tells."""
    return _discriminator(kernel=3)


@build_discriminator.misconception
def channels_not_doubled():
    """Every convolution has 64 filters. Where the image halves, the filters double, from 64 to
    512: what is lost in place is kept in description."""
    return _discriminator(filters=(64, 64, 64, 64))


@build_discriminator.misconception
def batch_normalization_added():
    """There is batch normalization in the discriminator. Many GANs have it, the lecture's does
    not: here real and fake images come in one batch, and their statistics would be mixed."""
    return _discriminator(lambda: [layers.BatchNormalization(), *_leaky()])


@build_discriminator.misconception
def averaged_over_places():
    """The last feature maps are averaged over the image before the dense layer. It then no
    longer knows where a feature was; the lecture's sees all 4 * 4 * 512 of them, flattened."""
    return _discriminator(flatten=layers.GlobalAveragePooling2D)
