"""The sampling network: it draws a random code, and gradients pass through it (lecture 02)."""

import keras
from keras import layers, ops

__all__ = ["Sampling", "build_sampling", "sample_latent"]


def sample_latent(mu, log_var, eps):
    """Codes from the encoder's Gaussians, by the reparameterisation trick.

    The randomness enters from outside: standard Gaussian noise is scaled and shifted so
    that it becomes a draw from N(mu, sigma^2), and gradients reach mu and log_var.

    Args:
        mu: means, real, shape (B, k).
        log_var: logarithms of the variances sigma^2, real, shape (B, k).
        eps: noise drawn from N(0, I), shape (B, k).

    Returns:
        Tensor (B, k): one code per row, in the unit of ``mu``; differentiable in ``mu``
        and ``log_var``.

    Source: slides '2. The Sampling Network'.
    """
    sigma = ops.exp(0.5 * log_var)
    return mu + sigma * eps


def build_sampling(latent_dim):
    """``sample_latent`` as the lecture draws it: a network of three inputs.

    Args:
        latent_dim: number k of latent dimensions, a positive integer.

    Returns:
        ``keras.Model`` from ``[mu, log_var, eps]``, each (B, k), to z (B, k). It holds
        no weights.

    Source: slides '2. The Sampling Network', ported to Keras 3 (the slide wraps each
        operation in a ``Lambda``).
    """
    mu = keras.Input(shape=(latent_dim,), name="mu")
    log_var = keras.Input(shape=(latent_dim,), name="log_var")
    eps = keras.Input(shape=(latent_dim,), name="eps")
    z = sample_latent(mu, log_var, eps)
    return keras.Model(inputs=[mu, log_var, eps], outputs=z, name="sampling")


class Sampling(layers.Layer):
    """Layer that draws a new eps from N(0, I) on every call.

    Replaces the slide's ``Input(tensor=K.random_normal(...))``: in Keras 3 an
    ``Input`` cannot hold a tensor with values. Call it on ``[mu, log_var]``, each (B, k); it
    returns z (B, k).

    Args:
        seed: integer that makes the sequence of draws repeatable, or None.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs):
        mu, log_var = inputs
        eps = keras.random.normal(ops.shape(mu), seed=self.seed_generator)
        return sample_latent(mu, log_var, eps)
