"""How the VAE is trained: the lecture's optimiser, and one that needs fewer epochs (lecture 04)."""

import keras

__all__ = ["RECIPES", "cosine", "lecture"]


def lecture(steps):
    """The lecture's recipe: RMSprop at Keras' default learning rate, which stays constant.

    Args:
        steps: number of training steps; this recipe does not use it.

    Returns:
        The ``keras.optimizers.Optimizer``, and the recipe in words.

    Source: slide 'Train the model on MNIST dataset'.
    """
    return keras.optimizers.RMSprop(1e-3), "RMSprop, learning rate 1e-3"


def cosine(steps, peak=2e-3, warmup=100):
    """Adam whose learning rate rises over some steps and then falls to 0 along a cosine.

    Without the warm-up a learning rate this high makes the codes of k = 2 collapse in the
    first steps, and they do not recover. Without the decay the loss keeps jumping above the
    value that the weights could reach.

    Args:
        steps: number of training steps in all, more than ``warmup``.
        peak: highest learning rate.
        warmup: number of steps until that rate is reached.

    Returns:
        The ``keras.optimizers.Optimizer``, and the recipe in words.
    """
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=peak, warmup_steps=warmup
    )
    words = f"Adam, {warmup} steps up to {peak:g}, cosine decay to 0"
    return keras.optimizers.Adam(schedule), words


RECIPES = {"lecture": lecture, "cosine": cosine}
