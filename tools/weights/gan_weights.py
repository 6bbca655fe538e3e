"""Trains the GAN of the course, and the classifier that judges its samples."""

import time
from pathlib import Path

import course.backend  # noqa: F401 -- imports TensorFlow quietly, before Keras

import keras
import numpy as np
import tensorflow as tf

from course.checkpoints import load_classifier, load_generator, save_weights, write_arrays
from course.classifier import build_classifier, read_digits
from course.data import load_images
from course.gan.discriminator import build_discriminator
from course.gan.generator import build_generator
from course.gan.model import GAN, RECORDED
from course.gan.quality import frechet_distance, nearest_neighbours, precision_recall
from course.gan.recipes import Recipe

__all__ = ["jobs"]

SEED = 0
RECIPE = Recipe(average=0.999)
STEPS = 5_000
SHEETS = (0, 50, 100, 200, 500, 1000, 2000, 4000, 5000)  # Steps whose samples are stored.
SAMPLES = 2000
UNFINISHED = Path(__file__).parents[2] / ".unfinished"  # An interrupted run continues from here.


def jobs():
    """Everything that can be trained here, by name."""
    return {"classifier": _classifier, "gan_digits": _gan}


def _classifier(name, epochs=30):
    digits = load_images("digits")
    classifier = build_classifier()
    shaken = keras.Sequential(
        [
            keras.layers.RandomTranslation(0.07, 0.07, fill_mode="constant", seed=SEED),
            keras.layers.RandomRotation(0.03, fill_mode="constant", seed=SEED),
            keras.layers.RandomZoom((-0.1, 0.1), fill_mode="constant", seed=SEED),
        ]
    )
    batches = (
        tf.data.Dataset.from_tensor_slices((digits.x_train, digits.y_train))
        .shuffle(len(digits.x_train), seed=SEED)
        .batch(128)
        .map(lambda images, labels: (shaken(images, training=True), labels), deterministic=True)
    )
    model = keras.Model(classifier.inputs, classifier.outputs[1])
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(batches))
    model.compile(
        keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy", jit_compile=False
    )
    model.fit(batches, epochs=epochs, verbose=2)
    card = _card("a small classifier of digits", digits, name) | {
        "recipe": f"Adam, cosine decay from 0.002 to 0, batch 128, {epochs} epochs of digits "
        f"shifted, turned and scaled at random, seed {SEED}",
    }
    save_weights(name, {"classifier": classifier}, card, bits=8)
    _, read, confidence = read_digits(load_classifier(), digits.x_test)
    held_out = {
        "accuracy": round(float(np.mean(read == digits.y_test)), 4),
        "confident": round(float(np.mean(confidence >= 0.9)), 4),
    }
    save_weights(name, {"classifier": classifier}, card | {"held_out": held_out}, bits=8)
    return held_out


def _gan(name):
    gan = GAN(build_generator(), build_discriminator(), RECIPE, SEED, precision="bfloat16")
    digits = load_images("digits")
    UNFINISHED.mkdir(exist_ok=True)
    state, kept = UNFINISHED / f"{name}.npz", UNFINISHED / f"{name}_sheets.npz"
    sheets = {}
    if state.exists():
        gan.restore(state)
        with np.load(kept) as saved:
            sheets = dict(saved)
        print(f"{name}: continues at step {gan.step}", flush=True)
    started = time.monotonic()
    latent = gan.draw_latent(32, seed=SEED + 1)

    def each(gan):
        if gan.step in SHEETS:
            opinions = [np.zeros(0)] * 2
            if gan.step:
                opinions = [gan.real_probabilities, gan.fake_probabilities]
            sheets[f"sheet_{gan.step}"] = _bytes(gan.generator, latent)
            sheets[f"real_{gan.step}"], sheets[f"fake_{gan.step}"] = opinions
            if gan.step >= 500:
                samples = gan.averaged.predict(gan.draw_latent(SAMPLES, SEED + 2), verbose=0)
                sheets[f"confident_{gan.step}"] = _confident(samples)
        if gan.step % 500 == 0:
            np.savez(kept, **sheets)
            gan.save(state)
            print(f"step {gan.step}, {time.monotonic() - started:.0f} s", flush=True)

    each(gan)
    gan.train(digits.x_train, STEPS - gan.step, each)
    card = _card("generator of the lecture's GAN, weights averaged", digits, name) | {
        "recipe": "RMSprop, rates 2e-4 (discriminator) and 1e-4 (generator), batch 64, "
        f"{STEPS:,} steps, weights of the generator averaged with decay {RECIPE.average}, "
        f"products in bfloat16, seed {SEED}"
    }
    save_weights(name, {"generator": gan.averaged}, card, bits=8)
    held_out = _measure(load_generator(name), gan, digits)
    save_weights(name, {"generator": gan.averaged}, card | {"measured": held_out}, bits=8)
    _save_history(gan, sheets, digits)
    state.unlink()
    kept.unlink()
    return held_out


def _measure(generator, gan, digits):
    """Measures of samples of the stored generator, and the same for real held-out digits."""
    images = generator.predict(gan.draw_latent(SAMPLES, SEED + 2), batch_size=250, verbose=0)
    features, read, confidence = read_digits(load_classifier(), images)
    real, _, real_confidence = read_digits(load_classifier(), digits.x_test)
    known, _, _ = read_digits(load_classifier(), digits.x_train[:SAMPLES])
    shares = np.bincount(read, minlength=10) / len(read)
    precision, recall = precision_recall(real, features)
    _, distances = nearest_neighbours(images, digits.x_train)
    _, real_distances = nearest_neighbours(digits.x_test, digits.x_train)
    numbers = {
        "confident": np.mean(confidence >= 0.9),
        "confident_real": np.mean(real_confidence >= 0.9),
        "frechet": frechet_distance(real, features),
        "frechet_real": frechet_distance(real, known),
        "precision": precision,
        "recall": recall,
        "nearest_median": np.median(distances),
        "nearest_median_real": np.median(real_distances),
        "nearest_smallest": distances.min(),
    }
    rounded = {key: round(float(value), 4) for key, value in numbers.items()}
    return {"samples": SAMPLES} | rounded | {"shares": [round(float(s), 4) for s in shares]}


def _save_history(gan, sheets, digits, every=20):
    """Store means over 20 steps, and samples and opinions at some steps (lecture 07)."""
    curves = {
        name: np.reshape(gan.history[name], (-1, every)).mean(axis=1).astype("float32")
        for name in RECORDED
    }
    card = _card("how the lecture's GAN was trained, step by step", digits, "gan_digits")
    card |= {"every": every, "steps": gan.step, "sheets": list(SHEETS)}
    write_arrays("gan_history", curves | sheets, card)


def _card(what, digits, name):
    return {
        "what": what,
        "data": digits.source,
        "command": f'make weights ARGS="{name}"',
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
    }


def _bytes(generator, latent):
    images = np.asarray(generator(latent, training=False), dtype="float32")
    return np.round(255 * images[..., 0]).astype(np.uint8)  # (n, 28, 28)


def _confident(images):
    return np.mean(read_digits(load_classifier(), images)[2] >= 0.9)
