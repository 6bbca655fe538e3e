"""The modules connected, and one step of training spelled out (lectures 02 and 04)."""

from typing import Any

import keras
import tensorflow as tf

from course.fast.folding import fold
from course.fast.precision import choose_precision, products_in
from course.vae.decoder import build_decoder
from course.vae.encoder import build_encoder
from course.vae.faces import build_face_decoder, build_face_encoder
from course.vae.losses import LossLayer, generation_loss, kl_loss, vae_loss
from course.vae.sampling import Sampling, sample_latent

__all__ = ["VAE", "connect_modules", "vae_train_step"]


def vae_train_step(encoder, decoder, optimizer, images, eps, kl_weight=1e-3):
    """One update of encoder and decoder on one batch.

    Args:
        encoder: model from images (B, 28, 28, 1) to ``[mu, log_var]``, each (B, k).
        decoder: model from codes (B, k) to images (B, 28, 28, 1) in [0, 1].
        optimizer: ``keras.optimizers.Optimizer`` for the weights of both.
        images: one batch in [0, 1], shape (B, 28, 28, 1).
        eps: noise for the sampling, shape (B, k), drawn from N(0, I).
        kl_weight: weight lambda of the KL loss, at least 0.

    Returns:
        Scalar tensor: the ``vae_loss`` of this batch *before* the update.

    Source: slides 'Connect the modules'; what ``model.fit`` does for each batch.
    """
    with tf.GradientTape() as tape:
        mu, log_var = encoder(images, training=True)
        z = sample_latent(mu, log_var, eps)
        reconstructions = decoder(z, training=True)
        loss = vae_loss(images, reconstructions, mu, log_var, kl_weight)
    weights = encoder.trainable_variables + decoder.trainable_variables
    gradients = tape.gradient(loss, weights)
    optimizer.apply_gradients(zip(gradients, weights))
    return loss


def connect_modules(encoder, decoder, kl_weight=1e-3, seed=None):
    """The lecture's whole network: encoder, sampling, decoder and loss layer.

    Args:
        encoder: model from images (B, 28, 28, 1) to ``[mu, log_var]``, each (B, k).
        decoder: model from codes (B, k) to images (B, 28, 28, 1) in [0, 1].
        kl_weight: weight lambda of the KL loss, at least 0.
        seed: integer that makes the sampling repeatable, or None.

    Returns:
        ``keras.Model`` from images to reconstructions, both (B, 28, 28, 1), that shares
        its weights with ``encoder`` and ``decoder`` and carries its own loss: compile
        it with an optimiser only, then call ``fit(images)``.

    Source: slides 'Connect the modules'.
    """
    images = keras.Input(shape=(28, 28, 1), name="input_img")
    mu, log_var = encoder(images)
    z = Sampling(seed, name="sampling")([mu, log_var])
    reconstructions = decoder(z)
    reconstructions = LossLayer(kl_weight, name="loss")([images, reconstructions, mu, log_var])
    return keras.Model(inputs=images, outputs=reconstructions, name="vae")


@keras.saving.register_keras_serializable(package="course")
class VAE(keras.Model):
    """Variational autoencoder that trains with ``fit`` and reports its loss in parts.

    Use ``compile(optimizer)`` and ``fit(images)`` as for any Keras model. The history holds
    ``loss``, and for validation images also ``val_generation_loss`` and ``val_kl_loss``:
    means over all batches, in nats, without the weight of the KL loss.

    Args:
        latent_dim: number k of latent dimensions, a positive integer.
        kl_weight: weight lambda of the KL loss, at least 0.
        seed: integer that makes the sampling repeatable, or None.
        images: kind of images: 'digits' (28 x 28, grey) or 'faces' (32 x 32, colour).

    Raises:
        ValueError: if there are no networks for such images.
    """

    def __init__(
        self,
        latent_dim: int = 2,
        kl_weight: float = 1e-3,
        seed: int | None = None,
        images: str = "digits",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.latent_dim, self.kl_weight, self.seed = latent_dim, kl_weight, seed
        self.images = images
        builders = {
            "digits": (build_encoder, build_decoder),
            "faces": (build_face_encoder, build_face_decoder),
        }
        if images not in builders:
            raise ValueError(f"VAE has networks for {' and '.join(builders)}, not for {images!r}")
        self.encoder, self.decoder = (build(latent_dim) for build in builders[images])
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.means = {
            name: keras.metrics.Mean(name=name) for name in ("loss", "generation_loss", "kl_loss")
        }
        self.precision = "float32"
        self.built = True  # Both networks are built, so the weights can be saved before any call.

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return list(self.means.values())

    def compile(
        self,
        optimizer: Any = "rmsprop",
        precision: str = "float32",
        jit_compile: bool = False,
        **kwargs: Any,
    ) -> None:
        """As for any Keras model, with the precision of products (``course.fast.precision``).

        The default is float32, so that every machine shows the same numbers. In bfloat16 a
        step takes about 0.7 of the time, and the held-out loss differs by no more than it does
        between seeds (``benchmarks/RESULTS.md``).

        Raises:
            ValueError: if there is no such precision.
        """
        self.precision = choose_precision(precision)
        folded = fold(self.encoder), fold(self.decoder)
        # In a function, because Keras would save networks in attributes a second time.
        self._folded = lambda: folded
        # XLA on a CPU makes the transposed convolutions many times slower.
        super().compile(optimizer=optimizer, jit_compile=jit_compile, **kwargs)

    def get_compile_config(self) -> dict[str, Any] | None:
        config = super().get_compile_config()  # Empty if not compiled.
        return config and config | {"precision": self.precision}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """Reconstructions (B, 28, 28, 1) from the mean codes, so without randomness."""
        mu, _ = self.encoder(images)
        return self.decoder(mu)

    def get_config(self) -> dict[str, Any]:
        settings = {"latent_dim": self.latent_dim, "kl_weight": self.kl_weight, "seed": self.seed}
        return {"name": self.name, "images": self.images} | settings

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        eps = self._noise(images)
        with products_in(self.precision, self.encoder, self.decoder):
            loss = vae_train_step(*self._folded(), self.optimizer, images, eps, self.kl_weight)
        self.means["loss"].update_state(loss, sample_weight=tf.shape(images)[0])
        return {"loss": self.means["loss"].result()}

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        mu, log_var = self.encoder(images, training=False)
        z = sample_latent(mu, log_var, self._noise(images))
        reconstructions = self.decoder(z, training=False)
        parts = {
            "loss": vae_loss(images, reconstructions, mu, log_var, self.kl_weight),
            "generation_loss": generation_loss(images, reconstructions),
            "kl_loss": kl_loss(mu, log_var),
        }
        for name, value in parts.items():
            self.means[name].update_state(value, sample_weight=tf.shape(images)[0])
        return {name: mean.result() for name, mean in self.means.items()}

    def _noise(self, images: tf.Tensor) -> tf.Tensor:
        shape = (tf.shape(images)[0], self.latent_dim)
        return keras.random.normal(shape, seed=self.seed_generator)
