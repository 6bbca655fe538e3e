"""Compares the quality of plain training in float32 with that of the fast path.

    python benchmarks/precision.py                 VAE and GAN, three seeds, an hour on 2 cores
    python benchmarks/precision.py vae --seeds 6   one of them
    python benchmarks/precision.py gan --steps 1000

The plain networks are those of the lectures, layer by layer in float32, with the two updates
of lecture 07. Ours are folded, with products in the named precision. Each run prints a line at
its end, and the table shows means and ranges over the seeds.
"""

import argparse

import course.backend  # noqa: F401 -- imports TensorFlow quietly, before Keras

import keras
import numpy as np
import tensorflow as tf

from course.checkpoints import load_classifier
from course.classifier import read_digits
from course.data import load_images
from course.gan.discriminator import build_discriminator
from course.gan.generator import build_generator
from course.gan.model import GAN
from course.gan.quality import frechet_distance
from course.gan.training import discriminator_step, generator_step, lecture_optimizers
from course.vae.losses import vae_loss
from course.vae.model import VAE, connect_modules
from course.vae.recipes import cosine
from course.vae.sampling import sample_latent

SAMPLES = 2000
WAYS = {
    "vae": ("plain, float32", "ours, float32", "ours, bfloat16"),
    "gan": ("plain, float32", "ours, bfloat16"),
}


def main():
    """Train the parts of the command line, and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", default=list(WAYS), metavar="PART")
    parser.add_argument("--epochs", type=int, default=20, help="epochs of the VAE")
    parser.add_argument("--steps", type=int, default=400, help="steps of the GAN")
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    digits = load_images("digits")
    runs = {
        "vae": lambda way, seed: _vae(way, seed, digits, chosen.epochs),
        "gan": lambda way, seed: _gan(way, seed, digits, chosen.steps),
    }
    for part in chosen.parts:
        results = {way: [] for way in WAYS[part]}
        for seed in range(chosen.seeds):
            for way, measured in results.items():
                measured.append(runs[part](way, seed))
                said = "  ".join(f"{name} {value:.4f}" for name, value in measured[-1].items())
                print(f"{part}, {way}, seed {seed}: {said}", flush=True)
        _table(results)


def _table(results):
    names = list(next(iter(results.values()))[0])
    print(f"\n| | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for way, measured in results.items():
        columns = [[run[name] for run in measured] for name in names]
        cells = [f"{np.mean(c):.4f} ({min(c):.4f} to {max(c):.4f})" for c in columns]
        print(f"| {way} | {' | '.join(cells)} |")
    print(flush=True)


def _vae(way, seed, digits, epochs):
    """Held-out loss after the quick recipe, in float32 and with the same noise for all runs."""
    keras.utils.set_random_seed(seed)
    vae = VAE(2, seed=seed)
    optimizer, _ = cosine(epochs * -(-len(digits.x_train) // 128))
    if way.startswith("plain"):
        model = connect_modules(vae.encoder, vae.decoder, seed=seed)
        model.compile(optimizer, jit_compile=False)
    else:
        model = vae
        model.compile(optimizer, precision=way.rpartition(" ")[2])
    model.fit(digits.x_train, epochs=epochs, batch_size=128, verbose=0)
    mu, log_var = vae.encoder.predict(digits.x_test, batch_size=500, verbose=0)
    losses = []
    for draw in range(5):
        eps = np.random.default_rng(draw).normal(size=mu.shape).astype("float32")
        decoded = vae.decoder.predict(sample_latent(mu, log_var, eps), batch_size=500, verbose=0)
        losses.append(float(vae_loss(digits.x_test, decoded, mu, log_var)))
    return {"held-out loss": np.mean(losses)}


def _gan(way, seed, digits, steps):
    """Measures of samples after the lecture's recipe, drawn in float32 by plain layers."""
    keras.utils.set_random_seed(seed)
    networks = build_generator(), build_discriminator()
    if way.startswith("plain"):
        _plain_training(*networks, digits.x_train, steps, seed)
    else:
        GAN(*networks, seed=seed, precision=way.rpartition(" ")[2]).train(digits.x_train, steps)
    latent = np.random.default_rng(9).uniform(-1, 1, size=(SAMPLES, 100)).astype("float32")
    images = networks[0].predict(latent, batch_size=250, verbose=0)
    features, read, confidence = read_digits(load_classifier(), images)
    real, _, _ = read_digits(load_classifier(), digits.x_test)
    shares = np.bincount(read, minlength=10) / len(read)
    return {
        "read with confidence": np.mean(confidence >= 0.9),
        "classes above 2 %": np.sum(shares > 0.02),
        "Fréchet distance": frechet_distance(real, features),
    }


def _plain_training(generator, discriminator, images, steps, seed, size=64):
    optimizers = lecture_optimizers()
    for optimizer, network in zip(optimizers, (discriminator, generator)):
        optimizer.build(network.trainable_variables)

    @tf.function
    def step(real, latent):
        discriminator_step(generator, discriminator, optimizers[0], real, latent[0])
        generator_step(generator, discriminator, optimizers[1], latent[1])

    rng = np.random.default_rng(seed)
    for _ in range(steps):
        latent = rng.uniform(-1, 1, size=(2, size, 100)).astype("float32")
        step(images[rng.integers(len(images), size=size)], tf.constant(latent))


if __name__ == "__main__":
    main()
