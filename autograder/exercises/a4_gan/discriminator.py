"""The discriminator, with known mistakes."""

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
    """Your activations are plain relu. A unit that is off passes no gradient, and the generator
    learns only through the discriminator's gradients. A leaky relu lets a fifth of the gradient
    through."""
    return _discriminator(lambda: _leaky(slope=0.0))


@build_discriminator.misconception
def slope_of_keras():
    """Your leaky relu has slope 0.3, the layer's own default. The lecture's negative slope is
    0.2, so you have to pass it."""
    return _discriminator(lambda: _leaky(slope=0.3))


@build_discriminator.misconception
def slope_of_pytorch():
    """Your leaky relu has slope 0.01, the default of another library. The lecture's negative
    slope is 0.2, which passes twenty times as much gradient."""
    return _discriminator(lambda: _leaky(slope=0.01))


@build_discriminator.misconception
def no_activations():
    """Your convolutions have no activation. Together they are a single linear map of the image,
    and no linear map can tell a digit from a scribble."""
    return _discriminator(lambda: [layers.Dropout(0.4)])


@build_discriminator.misconception
def logits_returned():
    """Your last layer has no activation, so it returns logits. That is good practice with a
    loss that expects logits, but this course's updates read the output as a probability."""
    return _discriminator(end=(None, 1))


@build_discriminator.misconception
def tanh_at_the_end():
    """Your last layer is tanh, whose values lie between -1 and 1. The output is a probability;
    the loss would have to take the logarithm of a negative number."""
    return _discriminator(end=("tanh", 1))


@build_discriminator.misconception
def two_classes():
    """Your network has two outputs, one for real and one for fake. They always sum to 1, so the
    second says nothing new. Return one probability, that of being real."""
    return _discriminator(end=("softmax", 2))


@build_discriminator.misconception
def softmax_of_one():
    """Softmax over a single unit is always 1, because it divides the unit by itself. Such a
    discriminator calls every image real and has no gradient. A sigmoid gives a single
    probability."""
    return _discriminator(end=("softmax", 1))


@build_discriminator.misconception
def dropout_missing():
    """The dropout is missing. It keeps the discriminator from memorising the few real images,
    and so from winning too early. Each of the four blocks ends in a dropout."""
    return _discriminator(lambda: _leaky(rate=0.0))


@build_discriminator.misconception
def share_kept_as_rate():
    """Your dropout has another rate. Keras asks for the share that is dropped, which is 0.4;
    the share that is kept is 0.6."""
    return _discriminator(lambda: _leaky(rate=0.6))


@build_discriminator.misconception
def whole_channels_dropped():
    """Your dropout drops whole channels. The lecture's dropout decides for each unit
    separately, at each place of each channel."""
    return _discriminator(
        lambda: [layers.LeakyReLU(negative_slope=0.2), layers.SpatialDropout2D(0.4)]
    )


@build_discriminator.misconception
def strides_forgotten():
    """None of your convolutions has stride 2. The image stays 28 by 28 through all blocks, and
    the dense layer gets fifty times the weights."""
    return _discriminator(strides=(1, 1, 1, 1))


@build_discriminator.misconception
def fourth_stride_of_two():
    """Your fourth convolution halves the image too. The lecture's network stops at 4 by 4: its
    last convolution has stride 1 and only increases the channels to 512."""
    return _discriminator(strides=(2, 2, 2, 2))


@build_discriminator.misconception
def kernels_of_three():
    """Your kernels are 3 by 3. The lecture's convolutions look at 5 by 5 pixels; the number of
    weights shows it."""
    return _discriminator(kernel=3)


@build_discriminator.misconception
def channels_not_doubled():
    """Each of your convolutions has 64 filters. Where the image halves, the number of filters
    doubles, from 64 to 512: fewer places, but a richer description of each."""
    return _discriminator(filters=(64, 64, 64, 64))


@build_discriminator.misconception
def batch_normalization_added():
    """Your discriminator has batch normalization. Many GANs have it, but the lecture's does
    not: here real and fake images come in one batch, and it would mix their statistics."""
    return _discriminator(lambda: [layers.BatchNormalization(), *_leaky()])


@build_discriminator.misconception
def averaged_over_places():
    """You averaged the last feature maps over the image before the dense layer. That layer then
    no longer knows where a feature was. The lecture's dense layer sees all 4 * 4 * 512 values,
    flattened."""
    return _discriminator(flatten=layers.GlobalAveragePooling2D)
