"""What the cartoon faces look like, measured in their pixels (lecture 05).

``match_smile`` compares a face with drawings of it, and ``measure_smile`` looks for the mouth.
The others read fixed patches of a picture of 32 x 32 pixels, which was drawn, or redrawn by a
network, and do not know the traits.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from course.faces.drawing import FaceTraits, render_faces

__all__ = [
    "FACE_MEASURES",
    "match_smile",
    "measure_background",
    "measure_glasses",
    "measure_hair_length",
    "measure_hair_shade",
    "measure_skin",
    "measure_smile",
]

CHEEK_ROWS, CHEEKS = slice(21, 23), [8, 9, 22, 23]
CROWN_ROWS, CROWN = slice(3, 6), list(range(13, 19))
BRIDGE_ROWS, BRIDGE = slice(13, 16), [15, 16]
JAW_ROWS, BESIDE_JAW = slice(18, 26), [2, 3, 4, 5, 26, 27, 28, 29]
TOP_ROWS, CORNERS = slice(0, 4), [0, 1, 30, 31]
MOUTH_ROWS, MOUTH = slice(18, 28), list(range(8, 24))
SMILES = np.linspace(-2, 2, 81)  # Twice the range of the trait: an edit may overshoot.


def measure_smile(images: ArrayLike) -> np.ndarray:
    """How far the corners of the mouth are above its middle, measured in the pixels.

    The mouth is where red exceeds green by much more than in the skin around it; a
    parabola is fitted to it, height over width, by weighted least squares.

    Args:
        images: pictures of single faces in [0, 1], shape (n, size, size, 3), as drawn or
            as a network redraws them.

    Returns:
        Float64 (n,) in pixels: positive for a smile, negative for a frown, 0 for a
        straight mouth or no mouth. The error is about a quarter of a pixel for a sharp
        line; a blurred mouth gives a smaller value.

    Raises:
        ValueError: if the images do not have that shape.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3:
        raise ValueError(f"measure_smile needs images (n, size, size, 3), got {images.shape}")
    n, size = images.shape[:2]
    rows, columns = slice(size * 9 // 16, size * 7 // 8), slice(size // 4, size * 3 // 4)
    window = images[:, rows, columns].astype(float)
    y, x = np.indices(window.shape[1:3]).reshape(2, -1)  # (P,) pixels
    redness = (window[..., 0] - window[..., 1]).reshape(n, y.size)
    skin = np.median(redness, axis=1, keepdims=True)
    threshold = skin + 0.4 * (redness.max(axis=1, keepdims=True) - skin)
    weights = np.maximum(redness - threshold, 0)
    weights /= weights.sum(axis=1, keepdims=True) + 1e-9
    x = x - weights @ x[:, None]  # (n, P), from the middle of the mouth
    powers = np.stack([np.ones_like(x), x, x**2], axis=-1)  # (n, P, 3)
    normal = powers.swapaxes(1, 2) @ (weights[..., None] * powers)  # (n, 3, 3)
    moments = powers.swapaxes(1, 2) @ (weights * y)[..., None]  # (n, 3, 1)
    # The small ridge gives 0 instead of a failure where there is no mouth.
    curvature = np.linalg.solve(normal + 1e-6 * np.eye(3), moments)[:, 2, 0]
    # Ink spread evenly over half a width w has variance w^2 / 3. Image rows count downwards.
    return -curvature * 3 * normal[:, 1, 1]


def match_smile(images: ArrayLike, traits: FaceTraits) -> np.ndarray:
    """The smile with which a drawing of the same face is most similar to the picture.

    It works with a blurrier mouth than ``measure_smile``, but it needs to know the face. It
    draws each face with 81 smiles from -2 to 2, compares them with the picture around the
    mouth, and fits a parabola through the best one and its neighbours.

    Args:
        images: m pictures of each of n faces in [0, 1], shape (n, m, 32, 32, 3).
        traits: ``FaceTraits`` of the faces, with arrays (n,); their smile is not used.

    Returns:
        Array (n, m), in units of the trait: -1 is the deepest frown of ``course.faces``, 1 its
        widest grin.
    """
    n, m = np.shape(images)[:2]
    pictures = _patch(np.reshape(images, (n * m, 32, 32, 3)), MOUTH_ROWS, MOUTH).reshape(n, m, -1)
    drawn = np.stack(
        [
            _patch(render_faces(replace(traits, smile=np.full(n, smile))), MOUTH_ROWS, MOUTH)
            for smile in SMILES
        ],
        axis=1,
    ).reshape(n, len(SMILES), -1)
    # |a - b|^2 up to |a|^2, which is the same for all drawings.
    error = np.sum(drawn**2, axis=-1)[:, None] - 2 * pictures @ drawn.swapaxes(1, 2)  # (n, m, 81)
    best = np.clip(np.argmin(error, axis=-1), 1, len(SMILES) - 2)[..., None]
    left, middle, right = (np.take_along_axis(error, best + k, axis=-1)[..., 0] for k in (-1, 0, 1))
    offset = (left - right) / (2 * np.maximum(left - 2 * middle + right, 1e-12))
    return SMILES[best[..., 0]] + (SMILES[1] - SMILES[0]) * np.clip(offset, -1, 1)


def measure_skin(images: ArrayLike) -> np.ndarray:
    """How dark the cheeks are.

    Args:
        images: pictures of faces in [0, 1], shape (n, 32, 32, 3).

    Returns:
        Array (n,): 1 minus the *mean* brightness of both cheeks over pixels and colours.
    """
    return 1 - _patch(images, CHEEK_ROWS, CHEEKS).mean(axis=(1, 2, 3))


def measure_hair_shade(images: ArrayLike) -> np.ndarray:
    """How bright the hair is.

    Args:
        images: pictures of faces in [0, 1], shape (n, 32, 32, 3).

    Returns:
        Array (n,): *mean* brightness of the top of the head over pixels and colours.
    """
    return _patch(images, CROWN_ROWS, CROWN).mean(axis=(1, 2, 3))


def measure_hair_length(images: ArrayLike) -> np.ndarray:
    """How much of the area beside the jaw is covered by hair.

    Args:
        images: pictures of faces in [0, 1], shape (n, 32, 32, 3).

    Returns:
        Array (n,): share of those pixels whose colour is closer to that of the top of
        the head than to that of the upper corners.
    """
    beside = _patch(images, JAW_ROWS, BESIDE_JAW)
    hair = _patch(images, CROWN_ROWS, CROWN).mean(axis=(1, 2), keepdims=True)
    background = _patch(images, TOP_ROWS, CORNERS).mean(axis=(1, 2), keepdims=True)
    to_hair, to_background = (np.sum((beside - c) ** 2, axis=-1) for c in (hair, background))
    return np.mean(to_hair < to_background, axis=(1, 2))


def measure_glasses(images: ArrayLike) -> np.ndarray:
    """How visible the bridge of a pair of glasses is.

    Args:
        images: pictures of faces in [0, 1], shape (n, 32, 32, 3).

    Returns:
        Array (n,): how much darker the darkest row between the eyes is than the cheeks,
        as a share; about 0 without glasses.
    """
    rows = _patch(images, BRIDGE_ROWS, BRIDGE).mean(axis=(2, 3))  # (n, 3)
    return 1 - rows.min(axis=1) / (1 - measure_skin(images) + 1e-9)


def measure_background(images: ArrayLike) -> np.ndarray:
    """How warm the colour of the background is.

    Args:
        images: pictures of faces in [0, 1], shape (n, 32, 32, 3).

    Returns:
        Array (n,): red minus blue, *mean* over the upper corners.
    """
    corners = _patch(images, TOP_ROWS, CORNERS).mean(axis=(1, 2))  # (n, 3)
    return corners[:, 0] - corners[:, 2]


# By the name of the trait in course.faces.drawing.FaceTraits.
FACE_MEASURES: dict[str, Callable[[ArrayLike], np.ndarray]] = {
    "skin": measure_skin,
    "hair_shade": measure_hair_shade,
    "hair": measure_hair_length,
    "glasses": measure_glasses,
    "background": measure_background,
}


def _patch(images: ArrayLike, rows: slice, columns: list[int]) -> np.ndarray:
    images = np.asarray(images, dtype=float)
    if images.ndim != 4 or images.shape[1:] != (32, 32, 3):
        raise ValueError(f"faces are measured in images (n, 32, 32, 3), got {images.shape}")
    return images[:, rows][:, :, columns]
