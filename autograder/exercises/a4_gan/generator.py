"""The generator, with known mistakes."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import keras
from keras import layers

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a4_gan as probes
from course.gan import generator

build_generator = Exercise(generator.build_generator, probes.build_generator)


def _transposed(filters, strides=1, kernel=5, activation=None):
    return layers.Conv2DTranspose(filters, kernel, strides, "same", activation=activation)


def _normalized(activation="relu", momentum=0.9):
    return [layers.BatchNormalization(momentum=momentum), layers.Activation(activation)]


def _upsampled():
    return [layers.UpSampling2D()]


def _generator(
    convolution=_transposed,
    after=_normalized,
    enlarge=_upsampled,
    rate=0.4,
    filters=(128, 64, 32),
    end="sigmoid",
):
    """The generator with some of its parts replaced."""
    return keras.Sequential(
        [
            keras.Input((100,)),
            layers.Dense(7 * 7 * 256),
            *after(),
            layers.Dropout(rate),
            layers.Reshape((7, 7, 256)),
            *enlarge(),
            convolution(filters[0]),
            *after(),
            *enlarge(),
            convolution(filters[1]),
            *after(),
            convolution(filters[2]),
            *after(),
            convolution(1, activation=end),
        ]
    )


@build_generator.misconception
def tanh_at_the_end():
    """Your last layer is tanh, whose values lie between -1 and 1. Many GANs use it, with images
    scaled to that range. The real images here are in [0, 1], and the discriminator would
    recognise a fake by its negative pixels."""
    return _generator(end="tanh")


@build_generator.misconception
def linear_at_the_end():
    """Your last layer has no activation. Its values can be any real number, but a pixel must
    lie between 0 and 1, or the discriminator recognises every fake by its range."""
    return _generator(end=None)


@build_generator.misconception
def relu_at_the_end():
    """Your last layer is relu, which has no upper limit. A pixel must lie between 0 and 1, or
    the discriminator recognises every fake by its range."""
    return _generator(end="relu")


@build_generator.misconception
def no_batch_normalization():
    """Batch normalization is missing. It follows each of the first four layers with weights,
    before the relu. It keeps the inputs of the next layer at one scale, however much the layers
    before have changed."""
    return _generator(after=lambda: [layers.Activation("relu")])


@build_generator.misconception
def momentum_of_keras():
    """Your batch normalizations have Keras' default momentum of 0.99. Their moving averages
    then follow ten times more slowly, and the fakes that the generator makes in inference mode
    for the discriminator lag behind the weights."""
    return _generator(after=lambda: _normalized(momentum=0.99))


@build_generator.misconception
def normalized_after_relu():
    """Your relu comes before the batch normalization. Part of the normalised values is then
    negative again. The lecture normalises first, so that relu cuts off about half of the
    values."""
    return _generator(
        after=lambda: [layers.Activation("relu"), layers.BatchNormalization(momentum=0.9)]
    )


@build_generator.misconception
def no_relu_inside():
    """There is no activation between your layers. Batch normalization in inference mode is a
    linear map, and so are convolutions. Without relu, the network is one linear map of the
    latent vector, followed by a sigmoid."""
    return _generator(after=lambda: [layers.BatchNormalization(momentum=0.9)])


@build_generator.misconception
def leaky_inside():
    """The activations in your generator are leaky. Some GANs do that, but in the lecture only
    the discriminator has leaky relu; the generator has plain relu."""
    return _generator(after=lambda: _normalized("leaky_relu"))


@build_generator.misconception
def normalized_by_channel():
    """Your first batch normalization comes after the reshape, so it has one scale and one shift
    for each of 256 channels. The lecture's comes right after the dense layer and has them for
    each of its 12,544 units."""
    head = [
        keras.Input((100,)),
        layers.Dense(7 * 7 * 256),
        layers.Reshape((7, 7, 256)),
        *_normalized(),
        layers.Dropout(0.4),
    ]
    return keras.Sequential([*head, *_generator().layers[5:]])


@build_generator.misconception
def dropout_missing():
    """The dropout after the dense layer is missing. In training, it drops 4 of 10 of the
    features from which the image is drawn."""
    return _generator(rate=0.0)


@build_generator.misconception
def share_kept_as_rate():
    """Your dropout has another rate. Keras asks for the share that is dropped, which is 0.4;
    the share that is kept is 0.6."""
    return _generator(rate=0.6)


@build_generator.misconception
def enlarged_by_stride():
    """You enlarged the image by the stride of the transposed convolutions. That works too, and
    the VAE's decoder did it. But here pixels are repeated first, and every convolution has
    stride 1, so that no checkerboard pattern can appear."""

    def convolution(filters, activation=None):
        return _transposed(filters, 2 if filters in (128, 64) else 1, activation=activation)

    return _generator(convolution, enlarge=list)


@build_generator.misconception
def never_enlarged():
    """Nothing enlarges your image: it stays 7 by 7. Each of the two upsamplings doubles height
    and width, from 7 to 14 and then to 28."""
    return _generator(enlarge=list)


@build_generator.misconception
def enlarged_smoothly():
    """Your upsampling interpolates between pixels. The lecture's repeats each pixel, and lets
    the next convolution smooth the blocks."""
    return _generator(enlarge=lambda: [layers.UpSampling2D(interpolation="bilinear")])


@build_generator.misconception
def kernels_of_three():
    """Your kernels are 3 by 3. The lecture's convolutions look at 5 by 5 pixels, in the
    generator too; the number of weights shows it."""
    return _generator(lambda *arguments, **named: _transposed(*arguments, kernel=3, **named))


@build_generator.misconception
def ordinary_convolutions():
    """You used ordinary convolutions. With stride 1 they could draw the same images, with the
    kernels rotated. The exercise asks for transposed ones, as on the slide."""

    def convolution(filters, activation=None):
        return layers.Conv2D(filters, 5, padding="same", activation=activation)

    return _generator(convolution)


@build_generator.misconception
def channels_not_halved():
    """Your numbers of channels are not those that the docstring asks for. From 256 on, each
    block has half as many as the one before: as the image grows, the description of each place
    gets shorter."""
    return _generator(filters=(256, 128, 64))
