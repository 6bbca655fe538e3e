"""Encoder, sampling and decoder, with known mistakes."""

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from autograder.exercises.exercise import Exercise
from autograder.inside.probes import a2_vae as probes
from course.vae import decoder, encoder, sampling
from course.vae.sampling import sample_latent as right_sample

build_encoder = Exercise(encoder.build_encoder, probes.build_encoder)


def _encoder(latent_dim, convolve=None, dense="relu", heads=None, flatten=layers.Flatten):
    """The encoder with some of its parts replaced."""
    images = keras.Input((28, 28, 1))
    x = flatten()((convolve or _chain)(images))
    x = layers.Dense(32, activation=dense)(x)
    if heads is None:
        outputs = [layers.Dense(latent_dim)(x), layers.Dense(latent_dim)(x)]
    else:
        outputs = heads(x)
    return keras.Model(images, outputs)


def _chain(x, activation="relu", padding="same", strides=(1, 2, 1, 1)):
    for filters, stride in zip((32, 64, 64, 64), strides):
        x = layers.Conv2D(filters, 3, stride, padding=padding, activation=activation)(x)
    return x


@build_encoder.misconception
def third_convolution_unused(latent_dim):
    """One of your 64-filter convolutions does not lead to the outputs. It is missing, or its
    output is not used because the next layer takes the output of the one before, as on the
    lecture's slide. A layer that no output depends on never receives a gradient."""

    def convolve(x):
        second = _chain(x, strides=(1, 2))
        return layers.Conv2D(64, 3, padding="same", activation="relu")(second)

    return _encoder(latent_dim, convolve)


@build_encoder.misconception
def heads_rectified(latent_dim):
    """Your heads end in relu. A mean may lie on either side of 0, and a log variance below 0
    means a variance below 1: both must be able to be negative."""
    return _encoder(
        latent_dim, heads=lambda x: [layers.Dense(latent_dim, "relu")(x) for _ in range(2)]
    )


@build_encoder.misconception
def variance_returned(latent_dim):
    """You made the second output positive, so it is a variance. The encoder returns the
    logarithm of the variance, which can be any real number. The exponential belongs to the
    sampling."""
    return _encoder(
        latent_dim,
        heads=lambda x: [layers.Dense(latent_dim)(x), ops.exp(layers.Dense(latent_dim)(x))],
    )


@build_encoder.misconception
def one_head_for_both(latent_dim):
    """You used one dense layer for both mu and log_var. Where a code lies and how far it
    spreads are two things to learn: each needs its own weights."""

    def heads(x):
        head = layers.Dense(latent_dim)(x)
        return [head, head]

    return _encoder(latent_dim, heads=heads)


@build_encoder.misconception
def no_activations(latent_dim):
    """Your convolutions and your dense layer have no activation. A chain of linear maps is one
    linear map: without relu in between, depth gains nothing."""
    return _encoder(latent_dim, lambda x: _chain(x, activation=None), dense=None)


@build_encoder.misconception
def stride_forgotten(latent_dim):
    """None of your convolutions has stride 2. The image stays 28 by 28, and the dense layer
    after it gets four times the weights."""
    return _encoder(latent_dim, lambda x: _chain(x, strides=(1, 1, 1, 1)))


@build_encoder.misconception
def padding_forgotten(latent_dim):
    """Your convolutions have no padding, so each one cuts off the border of the image. The
    sizes no longer halve exactly, and the decoder cannot mirror them."""
    return _encoder(latent_dim, lambda x: _chain(x, padding="valid"))


@build_encoder.misconception
def averaged_over_places(latent_dim):
    """You averaged the last feature maps over the image before the dense layer. That layer then
    no longer knows where a feature was. The lecture's dense layer sees all 14 * 14 * 64 values,
    flattened."""
    return _encoder(latent_dim, flatten=layers.GlobalAveragePooling2D)


@build_encoder.misconception
def always_two_dimensions(latent_dim):
    """Your codes always have two dimensions. The caller chooses the number of dimensions."""
    return _encoder(2)


sample_latent = Exercise(sampling.sample_latent, probes.sample_latent)


@sample_latent.misconception
def variance_as_std(mu, log_var, eps):
    """You scaled the noise by the variance. The spread of a code around its mean is the
    standard deviation, the square root of the variance."""
    return mu + ops.exp(log_var) * eps


@sample_latent.misconception
def log_var_as_std(mu, log_var, eps):
    """You scaled the noise by log_var itself. It is a logarithm, and negative wherever sigma is
    below 1. A standard deviation is neither."""
    return mu + log_var * eps


@sample_latent.misconception
def square_root_of_log_var(mu, log_var, eps):
    """You took the square root of the logarithm. First undo the logarithm, then take the root:
    a negative log variance is an ordinary small variance, not an error."""
    return mu + ops.sqrt(log_var) * eps


@sample_latent.misconception
def noise_unscaled(mu, log_var, eps):
    """You added the noise without scaling it. Every image then has the same spread, whatever
    the encoder says in log_var."""
    return mu + eps


@sample_latent.misconception
def noise_ignored(mu, log_var, eps):
    """Your result does not depend on eps. Without noise, the code is a fixed function of the
    image, and the VAE is an ordinary autoencoder."""
    return mu


@sample_latent.misconception(shown_by=["the same eps twice, then another"])
def own_noise(mu, log_var, eps):
    """You drew the noise inside the function and did not use eps. The caller decides which
    noise to use: the same eps must give the same code."""
    return mu + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mu))


@sample_latent.misconception
def computed_in_numpy(mu, log_var, eps):
    """NumPy computes the right values, but TensorFlow cannot follow the computation: no
    gradient passes, and the encoder would not learn. Use operations of keras.ops or TensorFlow
    throughout."""
    return np.asarray(right_sample(mu, log_var, eps))


@sample_latent.misconception
def sigma_in_numpy(mu, log_var, eps):
    """You computed sigma with NumPy, so no gradient reaches log_var. The encoder would learn
    where the codes lie, but not how far they spread. Use operations of keras.ops or TensorFlow
    throughout."""
    return mu + np.exp(0.5 * np.asarray(log_var)) * eps


@sample_latent.misconception
def gradient_stopped(mu, log_var, eps):
    """No gradient, or only part of it, passes through your sampling. The values are right, but
    the encoder learns only through dz/dmu and dz/dlog_var: use only operations that TensorFlow
    can differentiate."""
    return tf.stop_gradient(right_sample(mu, log_var, eps))


build_decoder = Exercise(decoder.build_decoder, probes.build_decoder)


def _decoder(latent_dim, end="sigmoid", hidden="relu", strides=2):
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            layers.Dense(32, activation=hidden),
            layers.Dense(14 * 14 * 64, activation=hidden),
            layers.Reshape((14, 14, 64)),
            layers.Conv2DTranspose(32, 3, strides, padding="same", activation=hidden),
            layers.Conv2D(1, 3, padding="same", activation=end),
        ]
    )


@build_decoder.misconception
def relu_at_the_end(latent_dim):
    """Your last layer is relu, as on the lecture's slide. Cross-entropy reads pixels as
    probabilities: relu gives values above 1, and exact zeros whose logarithm is infinite."""
    return _decoder(latent_dim, end="relu")


@build_decoder.misconception
def linear_at_the_end(latent_dim):
    """Your last layer has no activation. Its values can be any real number, but a pixel that is
    read as a probability must lie between 0 and 1."""
    return _decoder(latent_dim, end=None)


@build_decoder.misconception
def tanh_at_the_end(latent_dim):
    """Your last layer is tanh, whose values lie between -1 and 1. That fits images scaled to
    that range, but these images are in [0, 1]."""
    return _decoder(latent_dim, end="tanh")


@build_decoder.misconception
def no_activations_inside(latent_dim):
    """Your inner layers have no activation. Dense and convolutional layers without relu in
    between are together one linear map of the code."""
    return _decoder(latent_dim, hidden=None)


@build_decoder.misconception
def never_enlarged(latent_dim):
    """Your decoder never enlarges the image: its output is 14 by 14. The transposed convolution
    doubles height and width only with the right stride."""
    return _decoder(latent_dim, strides=1)


@build_decoder.misconception
def enlarged_by_repeating(latent_dim):
    """You enlarged the image by repeating pixels before an ordinary convolution. That works
    too, and the GAN will do it, but it is another network: here the transposed convolution
    enlarges the image."""
    z = keras.Input((latent_dim,))
    x = layers.Dense(32, activation="relu")(z)
    x = layers.Dense(14 * 14 * 64, activation="relu")(x)
    x = layers.UpSampling2D()(layers.Reshape((14, 14, 64))(x))
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    return keras.Model(z, layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x))
