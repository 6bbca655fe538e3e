"""The generator, and how it goes wrong."""

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
    """The last layer is tanh, which reaches from -1 to 1. That fits images scaled to that
    range, as many GANs have it; the real images here are in [0, 1], and the discriminator
    would know a fake by its negative pixels."""
    return _generator(end="tanh")


@build_generator.misconception
def linear_at_the_end():
    """The last layer has no activation. Its values run over all real numbers; a pixel must
    lie between 0 and 1, or every fake is known by its range."""
    return _generator(end=None)


@build_generator.misconception
def relu_at_the_end():
    """The last layer is relu, which has no upper end. A pixel must lie between 0 and 1, or
    every fake is known by its range."""
    return _generator(end="relu")


@build_generator.misconception
def no_batch_normalization():
    """Batch normalization is missing. Each of the first four layers with weights is followed
    by one, before its relu: it keeps what the next layer sees at one scale, however much the
    layers before have moved."""
    return _generator(after=lambda: [layers.Activation("relu")])


@build_generator.misconception
def momentum_of_keras():
    """The batch normalizations keep Keras' own momentum of 0.99. Their moving averages then
    follow ten times more slowly, and the fakes that inference mode makes for the
    discriminator lag behind the weights."""
    return _generator(after=lambda: _normalized(momentum=0.99))


@build_generator.misconception
def normalized_after_relu():
    """The relu comes before the batch normalization. Then what passes on is negative again
    in part: the lecture normalises first, so that relu cuts off about half of the values."""
    return _generator(
        after=lambda: [layers.Activation("relu"), layers.BatchNormalization(momentum=0.9)]
    )


@build_generator.misconception
def no_relu_inside():
    """There is no activation between the layers. Batch normalization in inference mode is a
    linear map, and so are convolutions: without relu the whole is one linear map of the
    latent vector and a sigmoid."""
    return _generator(after=lambda: [layers.BatchNormalization(momentum=0.9)])


@build_generator.misconception
def leaky_inside():
    """The generator's activations are leaky. Some GANs have it so; in the lecture's network
    the leak belongs to the discriminator, and the generator has plain relu."""
    return _generator(after=lambda: _normalized("leaky_relu"))


@build_generator.misconception
def normalized_by_channel():
    """The first batch normalization stands after the reshape, so that it has one scale and
    one shift for each of 256 channels. The lecture's stands right after the dense layer and
    has them for each of its 12,544 units."""
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
    """The dropout after the dense layer is missing. In training it leaves out 4 of 10 of the
    features from which the image is painted."""
    return _generator(rate=0.0)


@build_generator.misconception
def share_kept_as_rate():
    """The dropout has another rate. Keras asks for the share that is left out, which is 0.4;
    the share that stays is 0.6."""
    return _generator(rate=0.6)


@build_generator.misconception
def enlarged_by_stride():
    """The image is enlarged by the stride of the transposed convolutions. That works too, and
    is how the VAE's decoder did it, but here pixels are repeated first, and every
    convolution has stride 1: no pattern of a checkerboard can come from it."""

    def convolution(filters, activation=None):
        return _transposed(filters, 2 if filters in (128, 64) else 1, activation=activation)

    return _generator(convolution, enlarge=list)


@build_generator.misconception
def never_enlarged():
    """Nothing enlarges the image: it stays 7 by 7. Each of the two upsamplings doubles height
    and width, from 7 to 14 and to 28."""
    return _generator(enlarge=list)


@build_generator.misconception
def enlarged_smoothly():
    """The upsampling interpolates between pixels. The lecture's repeats each pixel, and leaves
    it to the convolution after it to smooth the blocks."""
    return _generator(enlarge=lambda: [layers.UpSampling2D(interpolation="bilinear")])


@build_generator.misconception
def kernels_of_three():
    """The kernels are 3 by 3. The lecture's convolutions look at 5 by 5 pixels, also in the
    generator; the number of weights tells."""
    return _generator(lambda *arguments, **named: _transposed(*arguments, kernel=3, **named))


@build_generator.misconception
def ordinary_convolutions():
    """The convolutions are ordinary ones. With stride 1 they could draw the same images, with
    the kernels turned round; the exercise asks for transposed ones, as on the slide."""

    def convolution(filters, activation=None):
        return layers.Conv2D(filters, 5, padding="same", activation=activation)

    return _generator(convolution)


@build_generator.misconception
def channels_not_halved():
    """The numbers of channels are others than asked for. From 256 on each block has half as
    many as the one before: while the image grows, its description gets shorter."""
    return _generator(filters=(256, 128, 64))
