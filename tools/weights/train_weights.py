"""Trains everything in course/weights, and prints the measures of each.

    python tools/weights/train_weights.py                  # all, two to eight hours on 2 cores
    python tools/weights/train_weights.py vae_digits_k2    # one
    python tools/weights/train_weights.py --list

The same machine and versions give the same weights.
"""

import argparse
import functools
import json
import time

import course.backend  # noqa: F401 -- imports TensorFlow quietly, before Keras

import gan_weights
import keras
import numpy as np
import tensorflow as tf
import train_gan_runs

from course.checkpoints import WEIGHTS, load_vae, save_weights
from course.data import load_images
from course.diagnostics import active_units
from course.faces.drawing import draw_faces
from course.faces.measures import measure_smile
from course.vae.model import VAE
from course.vae.recipes import RECIPES

BATCH_SIZE, SEED = 128, 0
FACES = {"trained": 20_000, "held_out": 2_000}
# Weights of the KL loss that lectures 03 and 04 compare, by the number of latent dimensions.
LAMBDAS = {2: (0.0, 1e-3, 1e-2, 1e-1), 16: (1e-4, 1e-3, 1e-2, 1e-1)}


def main():
    """Train the checkpoints of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="checkpoints to train (default: all)"
    )
    parser.add_argument("--list", action="store_true", help="list all names")
    options = parser.parse_args()
    jobs = _jobs()
    unknown = [name for name in options.names if name not in jobs]
    if unknown:
        parser.error(f"no checkpoint {', '.join(unknown)}; choose from {', '.join(jobs)}")
    if options.list:
        print("\n".join(jobs))
        return
    tf.config.experimental.enable_op_determinism()
    for name in options.names or jobs:
        started = time.monotonic()
        keras.utils.set_random_seed(SEED)
        said = jobs[name](name)
        print(f"{name}: {said}, {time.monotonic() - started:.0f} s", flush=True)


def _jobs():
    jobs = {"vae_digits_k2": functools.partial(_digits, epochs=60)}
    for latent_dim, weights in LAMBDAS.items():
        for kl_weight in weights:
            name = f"vae_digits_k{latent_dim}_lambda_{kl_weight:g}"
            jobs[name] = functools.partial(
                _digits, latent_dim=latent_dim, kl_weight=kl_weight, epochs=20, bits=8
            )
    jobs["vae_faces_k32"] = _faces
    jobs["vae_histories"] = _histories
    return jobs | gan_weights.jobs() | train_gan_runs.jobs()


def _digits(name, latent_dim=2, kl_weight=1e-3, epochs=20, bits=16):
    digits = load_images("digits")
    vae = VAE(latent_dim, kl_weight, seed=SEED)
    words, history = _fit(vae, "cosine", digits.x_train, epochs)
    card = {
        "what": "encoder and decoder of the lecture's VAE",
        "data": digits.source,
        "training_loss": round(history["loss"][-1], 4),
    }
    _save(name, vae, card | words, bits)
    vae = load_vae(name)  # The stored weights are rounded, so these are measured.
    mu, _ = vae.encoder.predict(digits.x_test, verbose=0)
    held_out = _evaluate(vae, digits.x_test) | {"active_units": int(active_units(mu).sum())}
    _save(name, vae, card | words | {"held_out": held_out}, bits)
    return held_out


def _faces(name):
    faces, held_out = draw_faces(FACES["trained"], seed=1), draw_faces(FACES["held_out"], seed=2)
    vae = VAE(32, 1e-4, seed=SEED, images="faces")
    # The mouth has few pixels, so it is learnt last, after thousands of steps.
    words, history = _fit(vae, "cosine", faces.images, 60, batch_size=64, peak=1e-3)
    card = {
        "what": "encoder and decoder of a VAE for the cartoon faces",
        "data": f"{FACES['trained']:,} faces of course.faces.drawing.draw_faces, seed 1; "
        f"{FACES['held_out']:,} held out, seed 2",
        "training_loss": round(history["loss"][-1], 4),
    }
    _save(name, vae, card | words, 8)
    vae = load_vae(name)
    redrawn = vae.predict(held_out.images, verbose=0)
    smiles = np.corrcoef(measure_smile(redrawn), held_out.traits.smile)[0, 1]
    measured = _evaluate(vae, held_out.images) | {"smile_correlation": round(float(smiles), 4)}
    _save(name, vae, card | words | {"held_out": measured}, 8)
    return measured


def _histories(name):
    """Held-out loss after each epoch, with the lecture's recipe and with ours (lecture 04)."""
    digits, curves = load_images("digits"), {}
    for recipe, epochs in [("lecture", 50), ("cosine", 20)]:
        keras.utils.set_random_seed(SEED)
        vae = VAE(2, seed=SEED)
        words, history = _fit(vae, recipe, digits.x_train, epochs, digits.x_test)
        curves[recipe] = words | {
            key: [round(float(value), 4) for value in history[key]] for key in ("loss", "val_loss")
        }
    card = {"what": "training of the lecture's VAE, k = 2", "data": digits.source}
    card |= _command(name) | curves
    (WEIGHTS / f"{name}.json").write_text(json.dumps(card, indent=2) + "\n")
    return {recipe: curve["val_loss"][-1] for recipe, curve in curves.items()}


def _fit(vae, recipe, images, epochs, held_out=None, batch_size=BATCH_SIZE, **settings):
    """Train; return the card's entries about the training, and the history."""
    steps = epochs * -(-len(images) // batch_size)
    optimizer, sentence = RECIPES[recipe](steps, **settings)
    vae.compile(optimizer)
    validation = None if held_out is None else (held_out,)
    history = vae.fit(
        images, epochs=epochs, batch_size=batch_size, validation_data=validation, verbose=2
    ).history
    words = {
        "recipe": f"{sentence}, batch {batch_size}, {epochs} epochs, seed {SEED}",
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
    }
    return words, history


def _save(name, vae, card, bits):
    about = {"what": card.pop("what"), "images": vae.images, "latent_dim": vae.latent_dim}
    about |= {"kl_weight": vae.kl_weight}
    networks = {"encoder": vae.encoder, "decoder": vae.decoder}
    save_weights(name, networks, about | card | _command(name), bits=bits)


def _command(name):
    return {"command": f'make weights ARGS="{name}"'}


def _evaluate(vae, images, draws=5):
    """Parts of the loss on held-out images, means over several draws of the noise."""
    vae.compile()
    runs = [vae.evaluate(images, batch_size=500, verbose=0, return_dict=True) for _ in range(draws)]
    return {name: round(float(np.mean([run[name] for run in runs])), 4) for name in runs[0]}


if __name__ == "__main__":
    main()
