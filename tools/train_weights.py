"""Trains the weights that the course ships, and says how they did.

    python tools/train_weights.py                       # the shipped recipe
    python tools/train_weights.py --recipe lecture --no-save

Same machine, same versions: same weights. On 2 cores it takes about 7 minutes.
"""

import argparse

import course.backend  # noqa: F401 -- TensorFlow, quietly, before Keras

import keras
import numpy as np
import tensorflow as tf

from course.checkpoints import load_vae, save_weights
from course.data import load_images
from course.vae.model import VAE

NAME, BATCH_SIZE, SEED = "vae_digits_k2", 128, 0
# The lecture's architecture and recipe after 50 epochs on these digits, measured once.
REFERENCE_LOSS = 0.1976


def lecture(steps):
    """RMSprop at Keras' default rate, as the lecture trains."""
    return keras.optimizers.RMSprop(1e-3), "RMSprop, learning rate 1e-3"


def cosine(steps):
    """Adam, warmed up over 100 steps and cooled down along a cosine to 0."""
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - 100, warmup_target=2e-3, warmup_steps=100
    )
    return keras.optimizers.Adam(schedule), "Adam, 100 steps up to 2e-3, cosine decay to 0"


def evaluate(vae, images, draws=5):
    """Held-out parts of the loss, means over several draws of the noise."""
    runs = [vae.evaluate(images, batch_size=500, verbose=0, return_dict=True) for _ in range(draws)]
    return {name: round(float(np.mean([run[name] for run in runs])), 4) for name in runs[0]}


def main():
    """Train, save and report, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    recipes = {"lecture": lecture, "cosine": cosine}
    parser.add_argument("--recipe", choices=recipes, default="cosine")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--no-save", action="store_true", help="train and report only")
    options = parser.parse_args()

    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(SEED)
    digits = load_images("digits")
    steps = options.epochs * -(-len(digits.x_train) // BATCH_SIZE)
    optimizer, words = recipes[options.recipe](steps)
    vae = VAE(latent_dim=2, seed=SEED)
    vae.compile(optimizer)
    history = vae.fit(
        digits.x_train,
        epochs=options.epochs,
        batch_size=BATCH_SIZE,
        validation_data=(digits.x_test,),
        verbose=2,
    ).history
    print(f"{words}, {options.epochs} epochs: loss {history['loss'][-1]:.4f}")
    if options.no_save:
        print("held out:", evaluate(vae, digits.x_test))
        return
    card = {
        "what": "encoder and decoder of the lecture's VAE",
        "latent_dim": 2,
        "kl_weight": vae.kl_weight,
        "data": digits.source,
        "recipe": f"{words}, batch {BATCH_SIZE}, {options.epochs} epochs, seed {SEED}",
        "command": "make weights",
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "training_loss": round(history["loss"][-1], 4),
    }
    networks = {"encoder": vae.encoder, "decoder": vae.decoder}
    save_weights(NAME, networks, card)
    vae = load_vae(NAME)  # What is shipped is rounded to float16: that is what counts.
    vae.compile()
    held_out = evaluate(vae, digits.x_test)
    save_weights(NAME, networks, card | {"held_out": held_out})
    better = REFERENCE_LOSS - held_out["loss"]
    print(f"held out, as shipped: {held_out}; {better:+.4f} below the reference {REFERENCE_LOSS}")


if __name__ == "__main__":
    main()
