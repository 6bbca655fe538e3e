"""Shipped weights: small files, each with a card that describes it.

A checkpoint is ``weights/NAME.npz`` (arrays by network, layer and variable) and its card
``weights/NAME.json``: what it is, the data, the training, the command, measures on held-out
images, and the SHA-256 of the arrays' file. Arrays are float16, or int8 with one scale for
each unit of a layer: half the size, and a rounding error of less than 1/254 of the unit's
largest weight.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # TensorFlow takes seconds: imported only where weights are loaded.
    import keras

    from course.vae.model import VAE

__all__ = [
    "load_classifier",
    "load_generator",
    "load_vae",
    "load_weights",
    "read_arrays",
    "read_card",
    "save_weights",
    "write_arrays",
]

WEIGHTS = Path(__file__).parent / "weights"


def save_weights(
    name: str,
    networks: Mapping[str, keras.Model],
    card: dict[str, Any],
    folder: Path = WEIGHTS,
    bits: int = 16,
) -> None:
    """Write a checkpoint.

    Args:
        name: file name without ending.
        networks: Keras models by the name under which their arrays are stored.
        card: content of the card, plain JSON values.
        folder: where to write.
        bits: 16, or 8 for many weights that tolerate rounding. Biases are always float16.
    """
    arrays = {}
    for network, model in networks.items():
        for variable in model.weights:
            key, array = f"{network}/{variable.path}", np.asarray(variable)
            if bits == 8 and array.ndim > 1:
                scale = np.abs(array).max(axis=tuple(range(array.ndim - 1))) / 127 + 1e-12
                arrays[f"{key}:scale"] = scale.astype(np.float32)
                arrays[key] = np.round(array / scale).astype(np.int8)
            else:
                arrays[key] = array.astype(np.float16)
    write_arrays(name, arrays, card, folder)


def write_arrays(
    name: str, arrays: Mapping[str, np.ndarray], card: dict[str, Any], folder: Path = WEIGHTS
) -> None:
    """Write arrays and their card, and add the SHA-256 of the arrays' file to the card."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type] # Not its allow_pickle.
    Path(folder, f"{name}.npz").write_bytes(content.getvalue())
    card = card | {"sha256": hashlib.sha256(content.getvalue()).hexdigest()}
    Path(folder, f"{name}.json").write_text(json.dumps(card, indent=2) + "\n")


def read_card(name: str, folder: Path = WEIGHTS) -> dict[str, Any]:
    """The card of a checkpoint as a dict.

    Raises:
        ValueError: if there is no such checkpoint; the message lists the existing names.
    """
    path = Path(folder, f"{name}.json")
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in Path(folder).glob("*.json"))) or "none"
        raise ValueError(f"no checkpoint {name!r} in {folder}; there are: {known}")
    return json.loads(path.read_text())


def read_arrays(name: str, folder: Path = WEIGHTS) -> dict[str, np.ndarray]:
    """The arrays of a checkpoint or a record as they are in the file, a dict by name.

    Raises:
        ValueError: if there is no such file, or its SHA-256 is not the one in its card.
    """
    card, path = read_card(name, folder), Path(folder, f"{name}.npz")
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        wrong = "missing"
        if content:
            wrong = f"damaged: its SHA-256 is not the one in {path.stem}.json"
        raise ValueError(
            f"{path} is {wrong}. Restore both with 'git checkout -- course/weights', or train "
            "them again with 'make weights'"
        )
    with np.load(io.BytesIO(content)) as arrays:
        return dict(arrays)


def load_weights(name: str, networks: Mapping[str, keras.Model], folder: Path = WEIGHTS) -> None:
    """Fill networks with a checkpoint's weights, as float32.

    Args:
        name: file name without ending.
        networks: Keras models by the name under which their arrays are stored.
        folder: where to read.

    Raises:
        ValueError: if the checkpoint does not exist, its file is damaged, or its arrays
            do not fit the networks; the message names the file.
    """
    path, arrays = Path(folder, f"{name}.npz"), read_arrays(name, folder)
    for network, model in networks.items():
        for variable in model.weights:
            key = f"{network}/{variable.path}"
            if key not in arrays or arrays[key].shape != tuple(variable.shape):
                raise ValueError(
                    f"{path} does not fit the {network}: it has no {key} of shape "
                    f"{tuple(variable.shape)}"
                )
            scale = arrays.get(f"{key}:scale", 1)
            variable.assign(arrays[key].astype(np.float32) * scale)


def load_vae(name: str = "vae_digits_k2") -> VAE:
    """A trained VAE from the shipped weights.

    Args:
        name: checkpoint whose card has ``latent_dim`` and ``kl_weight``.

    Returns:
        ``course.vae.model.VAE`` with ``encoder`` and ``decoder``, not compiled.
    """
    from course.vae.model import VAE

    card = read_card(name)
    vae = VAE(card["latent_dim"], card["kl_weight"], images=card["images"])
    load_weights(name, {"encoder": vae.encoder, "decoder": vae.decoder})
    return vae


def load_generator(name: str = "gan_digits") -> keras.Model:
    """A trained generator of the lecture's architecture, ``keras.Model``."""
    from course.gan.generator import build_generator

    generator = build_generator()
    load_weights(name, {"generator": generator})
    return generator


def load_classifier() -> keras.Model:
    """The small classifier that reads digits (``course.classifier``), trained."""
    from course.classifier import build_classifier

    classifier = build_classifier()
    load_weights("classifier", {"classifier": classifier})
    return classifier
