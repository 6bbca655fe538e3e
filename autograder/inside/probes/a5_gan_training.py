"""What is observed of the functions of assignment a5_gan_training."""

from functools import cache

import keras
import numpy as np
from keras import layers, ops

from autograder.inside.probes.draws import evenness, extent, law, moments, sharing, source
from autograder.inside.probes.networks import HalvedInTraining, changes, set_weights
from autograder.inside.probes.tensors import gradient, tensor

__all__ = [
    "generator_gradient_norm",
    "minimax_generator_loss",
    "noise_std",
    "non_saturating_generator_loss",
    "perturb_images",
    "soft_labels",
]

LATENT_DIM = 3  # Of the small networks.
CERTAIN = (-200.0, -50.0, 50.0, 200.0)  # Logits at which a float32 sigmoid is 0 or 1, or near.


def noise_std(noise_std, rng):
    total, initial = int(rng.integers(40, 80)), rng.uniform(0.3, 0.9)
    quarters = [total // 4, total // 2, 3 * total // 4]

    def at(*steps):
        # Python's own integers, as a loop over range gives them.
        return np.array([noise_std(step, total, initial) for step in steps], dtype=float)

    yield "at step 0", lambda: noise_std(0, total, initial)
    yield f"at steps {', '.join(map(str, quarters))} of {total}", lambda: at(*quarters)
    yield "one step before the end, and at the end", lambda: at(total - 1, total)
    yield "one step after the end, and long after", lambda: at(total + 1, 3 * total)
    yield "how the noise changes from step to step", lambda: _schedule(at(*range(6)), initial)


def perturb_images(perturb_images, rng):
    seed = int(rng.integers(2**31))
    points = rng.normal(size=(6, 2)).astype("float32")
    images = (rng.integers(3, size=(16, 28, 28, 1)) / 2).astype("float32")  # Black, grey, white.
    small, large = 0.25, 4.0  # Standard deviations below and above 1 tell std from its square.

    @cache
    def noise(std):
        perturbed = perturb_images(images.copy(), std, np.random.default_rng(seed))
        return _as_many(perturbed, images) - images

    def shared(std):
        return sharing(noise(std), std, ("images", "rows", "columns", None))

    def spread(std):
        return moments(noise(std), std, shared(std)[1])

    yield (
        "six points of the plane, std = 0",
        lambda: perturb_images(points.copy(), 0.0, np.random.default_rng(seed)),
    )
    yield f"mean and standard deviation, std = {small:g}", lambda: spread(small)
    yield f"mean and standard deviation, std = {large:g}", lambda: spread(large)
    yield "distribution of the noise", lambda: law(noise(small), small, shared(small)[1])
    yield "which pixels have their own draw", lambda: shared(small)[0]
    yield "black and white pixels", lambda: _beyond(images, images + noise(small))
    yield (
        "where the noise comes from",
        lambda: source(lambda rng: perturb_images(images[:2].copy(), 0.5, rng), seed),
    )
    yield (
        "the images after the call",
        lambda: _afterwards(
            lambda given: perturb_images(given, 0.5, np.random.default_rng(seed)), images[:2].copy()
        ),
    )


def soft_labels(soft_labels, rng):
    seed = int(rng.integers(2**31))
    # In random order, and with different numbers of real and fake ones.
    labels = rng.permutation(np.arange(4000) < 2200).astype(float)[:, None]
    few = np.float64([[1], [0], [0], [1], [1], [0], [1], [0], [0]])[: rng.integers(4, 9)]

    @cache
    def soft():
        return _as_many(soft_labels(labels.copy(), np.random.default_rng(seed)), labels)

    def targets(kind):
        return soft()[labels == kind]

    def alone(kind):
        given = np.full((2000, 1), float(kind))
        return extent(_as_many(soft_labels(given, np.random.default_rng(seed)), given))

    yield (
        f"shape of {len(few)} targets",
        lambda: np.shape(soft_labels(few.copy(), np.random.default_rng(seed))),
    )
    yield "targets of real images", lambda: extent(targets(1))
    yield "targets of fake images", lambda: extent(targets(0))
    yield "only real images, then only fakes", lambda: f"{alone(1)}; {alone(0)}"
    yield (
        "how the targets are spread",
        lambda: f"real: {evenness(targets(1))}; fake: {evenness(targets(0))}",
    )
    yield (
        "where the noise comes from",
        lambda: source(lambda rng: soft_labels(few.copy(), rng), seed),
    )
    yield (
        "the labels after the call",
        lambda: _afterwards(
            lambda given: soft_labels(given, np.random.default_rng(seed)), few.copy()
        ),
    )


def _loss_of_logits(loss, rng):
    logits = tensor(rng.normal(size=(5, 1)) * 3)
    certain = tensor(np.reshape(CERTAIN, (-1, 1)))
    names = ", ".join(f"{logit:g}" for logit in CERTAIN)
    yield "five logits", lambda: loss(logits)
    yield "a batch of one", lambda: loss(logits[:1] + 1)
    yield "logits of 0: D is 1/2", lambda: loss(0 * logits)
    yield (
        f"logits of {names}, each alone",
        lambda: np.stack([loss(certain[i : i + 1]) for i in range(len(CERTAIN))]),
    )
    yield "gradient with respect to each logit", lambda: gradient(loss, logits)
    yield f"gradient at logits of {names}", lambda: gradient(loss, certain)


def minimax_generator_loss(minimax_generator_loss, rng):
    yield from _loss_of_logits(minimax_generator_loss, rng)


def non_saturating_generator_loss(non_saturating_generator_loss, rng):
    yield from _loss_of_logits(non_saturating_generator_loss, rng)


def generator_gradient_norm(generator_gradient_norm, rng):
    latent, seed = tensor(rng.normal(size=(5, LATENT_DIM))), int(rng.integers(2**31))
    built = cache(_small_networks)

    def networks():
        """Both as they were at first, even if an earlier observation has changed them."""
        for network in built():
            network.trainable = True
            set_weights(network, seed)
        built()[0].get_layer("frozen").trainable = False
        return built()

    def norm(loss, latent=latent):
        return generator_gradient_norm(*networks(), latent, loss)

    def afterwards():
        generator, discriminator = networks()
        moved = changes(
            (generator.variables, discriminator.variables),
            lambda: generator_gradient_norm(generator, discriminator, latent, _towards_one),
        )[1]
        return _what_changed(*moved, frozen=not discriminator.trainable_variables)

    yield "loss: minus the mean of the logits", lambda: norm(_minus_mean)
    yield "loss: mean of (logit - 1) squared", lambda: norm(_towards_one)
    yield (
        "norm of 10 times a loss, divided by norm of that loss",
        lambda: np.divide(norm(lambda logits: 10 * _towards_one(logits)), norm(_towards_one)),
    )
    yield "one latent vector", lambda: norm(_minus_mean, latent[:1])
    yield "latent vectors far from the origin", lambda: norm(_towards_one, 3 * latent)
    yield "both networks after the call", afterwards


# Losses of other GANs (Wasserstein, least squares): those of the exercises would be answers.
def _minus_mean(logits):
    return -ops.mean(logits)


def _towards_one(logits):
    return ops.mean(ops.square(logits - 1))


def _small_networks():
    """Stand-ins with everything that can go wrong: several arrays, a frozen layer, and modes.

    Both depend on the mode: one through batch normalization, one as with dropout.
    """
    latent, images = keras.Input((LATENT_DIM,)), keras.Input((28, 28, 1))
    x = layers.Dense(4, name="frozen")(latent)
    x = layers.BatchNormalization()(layers.Dense(6)(x))
    x = layers.Dense(28 * 28, activation="tanh")(x)
    paint = layers.Reshape((28, 28, 1))(x)
    judge = layers.Dense(1)(layers.Flatten()(HalvedInTraining()(images)))
    return keras.Model(latent, paint), keras.Model(images, judge)


def _schedule(values, initial):
    steps, smallest = np.diff(values), 1e-6 * initial
    if np.all(np.abs(steps) < smallest):
        return "it stays the same"
    if np.all(steps > smallest):
        return "it rises"
    if np.ptp(steps) < 1e-3 * np.abs(steps).max():
        return "it falls by the same amount each step"
    if np.all(values > 0) and np.ptp(values[1:] / values[:-1]) < 1e-4:
        return "it falls by the same factor each step"
    return "it falls by more at some steps than at others"


def _as_many(values, wanted):
    values = np.asarray(values, dtype=float)
    if values.size != wanted.size:
        raise ValueError(f"got shape {values.shape}, expected that of the input, {wanted.shape}")
    return values.reshape(wanted.shape)


def _beyond(images, perturbed):
    # With right noise half of them do. A tenth cannot be chance.
    below, above = perturbed[images == 0] < 0, perturbed[images == 1] > 1
    black, white = ("go" if np.mean(beyond) > 0.1 else "do not go" for beyond in (below, above))
    return f"black pixels {black} below 0, white pixels {white} above 1"


def _afterwards(act, given):
    before = given.copy()
    returned = np.asarray(act(given))
    if not np.array_equal(given, before):
        return "changed in place"
    changed = returned.shape != before.shape or not np.array_equal(returned, before)
    return (
        "unchanged; you returned other values"
        if changed
        else "unchanged; you returned the same values"
    )


def _what_changed(generator, discriminator, frozen):
    moved = [
        name
        for name, change in (("generator", generator), ("discriminator", discriminator))
        if np.abs(change).max() > 0
    ]
    if moved:
        return f"changed: {' and '.join(moved)}"
    return "unchanged, but the discriminator is frozen" if frozen else "unchanged"
