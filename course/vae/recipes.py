"""How the VAE is trained: the lecture's optimiser, and one that needs fewer epochs (lecture 04)."""

import keras

__all__ = ["RECIPES", "cosine", "lecture"]


def lecture(steps):
    """The lecture's recipe: RMSprop at Keras' default rate, the same to the end.

    Args:
        steps: number of training steps; it makes no difference here.

    Returns:
        The ``keras.optimizers.Optimizer``, and the recipe in words.

    Source: slide 'Train the model on MNIST dataset'.
    """
    return keras.optimizers.RMSprop(1e-3), "RMSprop, learning rate 1e-3"


def cosine(steps, peak=2e-3, warmup=100):
    """Adam, warmed up over some steps and cooled down to 0 along a cosine.

    Without the warm-up a rate this high makes the codes of k = 2 collapse in the first
    steps, and they do not recover; without the cooling the loss jitters above what the
    weights could reach.

    Args:
        steps: number of training steps in all, more than ``warmup``.
        peak: highest learning rate.
        warmup: number of steps up to it.

    Returns:
        The ``keras.optimizers.Optimizer``, and the recipe in words.
    """
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=peak, warmup_steps=warmup
    )
    words = f"Adam, {warmup} steps up to {peak:g}, cosine decay to 0"
    return keras.optimizers.Adam(schedule), words


RECIPES = {"lecture": lecture, "cosine": cosine}
