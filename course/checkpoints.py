"""Shipped weights: small files, each with a card that says what it is.

A checkpoint is ``weights/NAME.npz`` (arrays by network, layer and variable) and
``weights/NAME.json``, its card: what, data, how trained, by which command, held-out
figures, and the SHA-256 of the arrays' file. Arrays are float16, or int8 with one scale
for each unit of a layer: half the size, and a rounding of less than 1/254 of the unit's
largest weight.
"""

import hashlib
import io
import json
from pathlib import Path

import numpy as np

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


def save_weights(name, networks, card, folder=WEIGHTS, bits=16):
    """Write a checkpoint.

    Args:
        name: file name without ending.
        networks: Keras models by the name that their arrays are filed under.
        card: what the card says, plain JSON values.
        folder: where to.
        bits: 16, or 8 for weights that are many and forgiving. Biases are float16 always.
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


def write_arrays(name, arrays, card, folder=WEIGHTS):
    """Write arrays and their card, which gets the SHA-256 of their file."""
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    Path(folder, f"{name}.npz").write_bytes(content.getvalue())
    card = card | {"sha256": hashlib.sha256(content.getvalue()).hexdigest()}
    Path(folder, f"{name}.json").write_text(json.dumps(card, indent=2) + "\n")


def read_card(name, folder=WEIGHTS):
    """The card of a checkpoint as a dict.

    Raises:
        ValueError: if there is no such checkpoint, with the names that there are.
    """
    path = Path(folder, f"{name}.json")
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in Path(folder).glob("*.json"))) or "none"
        raise ValueError(f"no checkpoint {name!r} in {folder}; there are: {known}")
    return json.loads(path.read_text())


def read_arrays(name, folder=WEIGHTS):
    """The arrays of a checkpoint or a record as they are in the file, a dict by name.

    Raises:
        ValueError: if there is no such file, or it is not the one that its card is of.
    """
    card, path = read_card(name, folder), Path(folder, f"{name}.npz")
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        wrong = "missing"
        if content:
            wrong = f"damaged: its SHA-256 is not the one in {path.stem}.json"
        raise ValueError(
            f"{path} is {wrong}. Restore both with 'git checkout -- course/weights', or remake "
            "them with 'make weights'"
        )
    with np.load(io.BytesIO(content)) as arrays:
        return dict(arrays)


def load_weights(name, networks, folder=WEIGHTS):
    """Fill networks with a checkpoint's weights, as float32.

    Args:
        name: file name without ending.
        networks: Keras models by the name that their arrays are filed under.
        folder: where from.

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
                    f"{path} does not fit the {network}: {key} of shape "
                    f"{tuple(variable.shape)} was wanted"
                )
            scale = arrays.get(f"{key}:scale", 1)
            variable.assign(arrays[key].astype(np.float32) * scale)


def load_vae(name="vae_digits_k2"):
    """A trained VAE from the shipped weights.

    Args:
        name: checkpoint whose card has ``latent_dim`` and ``kl_weight``.

    Returns:
        ``course.vae.model.VAE`` with ``encoder`` and ``decoder``, not compiled.
    """
    from course.vae.model import VAE  # TensorFlow: only where weights are wanted.

    card = read_card(name)
    vae = VAE(card["latent_dim"], card["kl_weight"], images=card["images"])
    load_weights(name, {"encoder": vae.encoder, "decoder": vae.decoder})
    return vae


def load_generator(name="gan_digits"):
    """A trained generator of the lecture's architecture, ``keras.Model``."""
    from course.gan.generator import build_generator

    generator = build_generator()
    load_weights(name, {"generator": generator})
    return generator


def load_classifier():
    """The small classifier that reads digits (``course.classifier``), trained."""
    from course.classifier import build_classifier

    classifier = build_classifier()
    load_weights("classifier", {"classifier": classifier})
    return classifier
