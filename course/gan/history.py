"""The record of a long training: curves, samples and opinions at some of its steps."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course.checkpoints import WEIGHTS, read_arrays, read_card

__all__ = ["History", "load_history"]


@dataclass(frozen=True)
class History:
    """How a GAN was trained.

    Attributes:
        steps: number of steps.
        curves: dictionary from each name of ``course.gan.model.RECORDED`` to a pair of
            arrays: steps, and means over the steps since the previous one.
        sheets: dictionary from a step to samples of the same latent vectors, uint8
            (n, 28, 28), by the generator at that step.
        opinions: dictionary from a step, without step 0, to a pair of arrays (B,): the
            discriminator's probabilities for the real and for the fake images of a batch.
        confident: dictionary from a step to the share of samples, by the averaged weights,
            that the course's classifier reads with a confidence of at least 0.9.
    """

    steps: int
    curves: dict[str, tuple[np.ndarray, np.ndarray]]
    sheets: dict[int, np.ndarray]
    opinions: dict[int, tuple[np.ndarray, np.ndarray]]
    confident: dict[int, float]


def load_history(name: str = "gan_history", folder: Path = WEIGHTS) -> History:
    """Load the record of the training of the course's GAN.

    Args:
        name: file name without ending.
        folder: where to read.

    Returns:
        ``History``.

    Raises:
        ValueError: if there is no such record, its file is damaged, or its numbers differ
            from those of its card.
    """
    card, arrays = read_card(name, folder), read_arrays(name, folder)
    parts: dict[str, dict[int, np.ndarray]] = {
        kind: {} for kind in ("sheet", "real", "fake", "confident")
    }
    curves = {}
    for key, array in arrays.items():
        kind, _, step = key.rpartition("_")
        if kind in parts and step.isdigit():
            parts[kind][int(step)] = array
            continue
        if len(array) * card["every"] != card["steps"]:
            raise ValueError(
                f"{name}: {key} has {len(array)} means over {card['every']} steps, which are not "
                f"the {card['steps']} steps of its card"
            )
        curves[key] = (np.arange(1, len(array) + 1) * card["every"], array)
    return History(
        steps=card["steps"],
        curves=curves,
        sheets=dict(sorted(parts["sheet"].items())),
        opinions={
            step: (parts["real"][step], parts["fake"][step])
            for step in sorted(parts["real"])
            if len(parts["real"][step])
        },
        confident={step: float(share) for step, share in sorted(parts["confident"].items())},
    )
