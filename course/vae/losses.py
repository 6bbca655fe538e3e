"""The two losses of the VAE and their weighted sum (lecture 03)."""

import keras
from keras import layers, ops

__all__ = ["LossLayer", "generation_loss", "kl_loss", "vae_loss"]


def generation_loss(images, reconstructions):
    """How badly the decoder redraws the images: binary cross-entropy.

    Args:
        images: targets in [0, 1], shape (B, 28, 28, 1).
        reconstructions: the decoder's probabilities in [0, 1], shape (B, 28, 28, 1).

    Returns:
        Scalar tensor in nats per pixel: *mean* over the batch and over all pixels.

    Source: slides 'Generation Loss' and 'Implement loss function'.
    """
    return ops.mean(keras.losses.binary_crossentropy(images, reconstructions))


def kl_loss(mu, log_var):
    """How far the codes' Gaussians are from the prior: KL divergence to N(0, I).

    Args:
        mu: means, real, shape (B, k).
        log_var: logarithms of the variances, real, shape (B, k).

    Returns:
        Scalar tensor in nats per dimension: *mean* over the batch and over the k
        dimensions.

    Source: slide 'Generation Loss + KL Loss'. The mean over k is the lecture's; the
        divergence itself sums over k (``course.distances.kl_gaussian``).
    """
    return -0.5 * ops.mean(1 + log_var - ops.square(mu) - ops.exp(log_var))


def vae_loss(images, reconstructions, mu, log_var, kl_weight=1e-3):
    """Loss that trains the VAE: the generation loss plus the weighted KL loss.

    Args:
        images: targets in [0, 1], shape (B, 28, 28, 1).
        reconstructions: the decoder's probabilities in [0, 1], shape (B, 28, 28, 1).
        mu: means of the codes, shape (B, k).
        log_var: logarithms of the codes' variances, shape (B, k).
        kl_weight: weight lambda of the KL loss, at least 0.

    Returns:
        Scalar tensor. Both parts are *means*, one per pixel and one per dimension, so it
        is the negative ELBO only after rescaling (lecture 03).

    Source: slide 'Generation Loss + KL Loss'.
    """
    return generation_loss(images, reconstructions) + kl_weight * kl_loss(mu, log_var)


class LossLayer(layers.Layer):
    """The lecture's loss layer: passes the reconstructions on and adds the VAE loss.

    Call it on ``[images, reconstructions, mu, log_var]``; it returns
    ``reconstructions`` unchanged. A model that holds this layer trains with ``fit`` and
    needs no other loss.

    Args:
        kl_weight: weight lambda of the KL loss, at least 0.

    Source: slides 'Implement loss function', ported to Keras 3 (``add_loss`` no
        longer takes ``inputs``).
    """

    def __init__(self, kl_weight=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.kl_weight = kl_weight

    def call(self, inputs):
        images, reconstructions, mu, log_var = inputs
        self.add_loss(vae_loss(images, reconstructions, mu, log_var, self.kl_weight))
        return reconstructions
