"""What is observed of the functions of assignment a2_vae."""

from functools import cache, partial

import keras
import numpy as np

from autograder.inside.probes.networks import changes, eagerly, first_call, layer_table, set_weights
from autograder.inside.probes.tensors import gradient, tensor
from autograder.inside.probes.words import pair, pixel_range

__all__ = [
    "build_decoder",
    "build_encoder",
    "generation_loss",
    "kl_loss",
    "sample_latent",
    "vae_loss",
    "vae_train_step",
]

LATENT_DIM = 3  # Of the small networks. With 2, a wrong factor 2 could cancel it.


def build_encoder(build_encoder, rng):
    # With many dimensions, some means are negative for any weights.
    latent_dim, seed = int(rng.integers(12, 17)), int(rng.integers(2**31))
    images = tensor(rng.uniform(size=(3, 28, 28, 1)))
    # Building and calling a network is expensive: all four observations share one call.
    called = cache(lambda: first_call(lambda: build_encoder(latent_dim), images, seed))
    yield "layers with weights", lambda: layer_table(called().calls)
    yield "mu of three images, with fixed weights", lambda: _heads(called().outputs)[0]
    yield "log_var of three images, with fixed weights", lambda: _heads(called().outputs)[1]
    yield "shapes of mu and log_var", lambda: [part.shape for part in _heads(called().outputs)]


def build_decoder(build_decoder, rng):
    latent_dim, seed = int(rng.integers(3, 8)), int(rng.integers(2**31))
    near = rng.normal(size=(3, latent_dim))
    codes = tensor(np.concatenate([near, 100 * near]))
    called = cache(lambda: first_call(lambda: build_decoder(latent_dim), codes, seed))
    yield "layers with weights", lambda: layer_table(called().calls)
    yield "images of three codes, with fixed weights", lambda: called().outputs[:3]
    yield "one code alone, at the origin", lambda: called().model(codes[:1] * 0, training=False)
    yield "pixels of codes far from the origin", lambda: pixel_range(called().outputs)


def sample_latent(sample_latent, rng):
    mu, log_var, eps = (tensor(part) for part in rng.normal(size=(3, 4, 3)))
    yield "four codes, k = 3", lambda: sample_latent(mu, log_var, eps)
    yield (
        "eps = 0 and eps = 1",
        lambda: np.stack(
            [sample_latent(mu, log_var, eps * 0), sample_latent(mu, log_var, eps * 0 + 1)]
        ),
    )
    yield (
        "one code, k = 1, a variance of exp(4)",
        lambda: sample_latent(tensor([[0.5]]), tensor([[4.0]]), tensor([[-1.5]])),
    )
    yield (
        "the same eps twice, then another",
        lambda: _repeats([sample_latent(mu, log_var, noise) for noise in (eps, eps, -eps)]),
    )
    yield "gradient dz/dmu", lambda: gradient(lambda m: sample_latent(m, log_var, eps), mu)
    yield "gradient dz/dlog_var", lambda: gradient(lambda v: sample_latent(mu, v, eps), log_var)


def generation_loss(generation_loss, rng):
    images = tensor(rng.uniform(size=(3, 28, 28, 1)))
    reconstructions = tensor(rng.uniform(0.05, 0.95, size=(3, 28, 28, 1)))
    black_and_white = tensor(rng.integers(2, size=(3, 28, 28, 1)))
    yield "three images", lambda: generation_loss(images, reconstructions)
    yield "one image", lambda: generation_loss(images[:1], reconstructions[:1])
    yield "pixels all black or white", lambda: generation_loss(black_and_white, reconstructions)
    yield (
        "pixels of exactly 0 or 1, all right and all wrong",
        lambda: _size(
            generation_loss(black_and_white, black_and_white),
            generation_loss(black_and_white, 1 - black_and_white),
        ),
    )


def kl_loss(kl_loss, rng):
    mu, log_var = (tensor(part) for part in rng.normal(size=(2, 5, 3)) * 1.5)
    yield "five codes, k = 3", lambda: kl_loss(mu, log_var)
    yield "a batch of one, k = 2", lambda: kl_loss(tensor([[0.5, -1.0]]), tensor([[0.3, -0.2]]))
    yield (
        "the prior itself, and a mean that moved by 1",
        lambda: np.stack(
            [kl_loss(tensor([[0, 0]]), tensor([[0, 0]])), kl_loss(tensor([[1]]), tensor([[0]]))]
        ),
    )
    yield "variances of exp(-12)", lambda: kl_loss(mu, log_var * 0 - 12)


def vae_loss(vae_loss, rng):
    images = tensor(rng.uniform(size=(3, 28, 28, 1)))
    reconstructions = tensor(rng.uniform(0.05, 0.95, size=(3, 28, 28, 1)))
    mu, log_var = (tensor(part) for part in rng.normal(size=(2, 3, 4)))
    parts = (images, reconstructions, mu, log_var)
    yield "kl_weight = 0", lambda: vae_loss(*parts, kl_weight=0.0)
    yield "kl_weight = 0.7", lambda: vae_loss(*parts, kl_weight=0.7)
    yield (
        "the loss at kl_weight = 2 minus that at 1",
        lambda: np.subtract(vae_loss(*parts, kl_weight=2.0), vae_loss(*parts, kl_weight=1.0)),
    )
    # Means far from 0, so that a thousandth of their KL loss makes a visible difference.
    yield "kl_weight left out", lambda: vae_loss(images, reconstructions, mu * 30, log_var)


def vae_train_step(vae_train_step, rng):
    images = tensor(rng.uniform(size=(4, 28, 28, 1)))
    eps = tensor(rng.normal(size=(4, LATENT_DIM)))
    seed = int(rng.integers(2**31))

    @cache
    def parts():
        # The optimiser is not built, like the notebook's: it takes the first weights it gets.
        return *_small_networks(), keras.optimizers.SGD()

    @cache
    def step(kl_weight):
        encoder, decoder, optimizer = parts()
        # Undo what an earlier step has changed.
        optimizer.learning_rate = 1.0
        for network in (encoder, decoder):
            set_weights(network, seed)
        with eagerly():
            return changes(
                (encoder, decoder), lambda: vae_train_step(*parts(), images, eps, kl_weight)
            )

    yield "the returned loss", lambda: step(0.5)[0]
    yield "update of the encoder", lambda: step(0.5)[1][0]
    yield "update of the decoder", lambda: step(0.5)[1][1]
    yield "update of the encoder, kl_weight = 0", lambda: step(0.0)[1][0]


def _heads(outputs):
    return pair(outputs, "mu and log_var")


def _repeats(codes):
    once, again, other = (np.asarray(code) for code in codes)
    same, moved = np.array_equal(once, again), not np.array_equal(once, other)
    return f"{'same' if same else 'another'} code, then {'another' if moved else 'the same'}"


def _size(right, wrong):
    right, wrong = float(np.asarray(right)), float(np.asarray(wrong))
    # The formula itself is infinite for a wrong pixel of exactly 0 or 1, so that is accepted.
    if np.isnan(wrong) or not np.isfinite(right):
        return "infinite or not a number"
    near, size = "near 0" if abs(right) < 0.01 else "far from 0", "large" if wrong > 5 else "small"
    return f"{near} and {size}"


def _small_networks():
    """Stand-ins with the shapes of the real networks at a thousandth of the cost."""
    # One layer and one array of weights each: the number of layers costs more than the arithmetic.
    layer = partial(keras.layers.EinsumDense, kernel_initializer="zeros")
    images, codes = keras.Input((28, 28, 1)), keras.Input((LATENT_DIM,))
    heads = keras.ops.split(layer("bhwc,hwck->bk", 2 * LATENT_DIM)(images), 2, axis=1)
    paint = layer("bk,khwc->bhwc", (28, 28, 1), activation=_pixels)
    return keras.Model(images, heads), keras.Model(codes, paint(codes))


def _pixels(values):
    # Between 0.1 and 0.9: at 0 and 1 right losses differ, because each avoids the logarithm
    # of 0 in its own way. Not a sigmoid, because Keras' losses would find its logits again.
    return 0.5 + 0.4 * keras.ops.tanh(10 * values)
