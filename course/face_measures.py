"""What the cartoon faces look like, read from their pixels (lecture 05).

``match_smile`` compares a face with drawings of it; the others read fixed patches of a
picture of 32 x 32 pixels, drawn or redrawn by a network, and are not told the traits.
"""

from dataclasses import replace

import numpy as np

from course.faces import render_faces

__all__ = [
    "FACE_MEASURES",
    "match_smile",
    "measure_background",
    "measure_glasses",
    "measure_hair_length",
    "measure_hair_shade",
    "measure_skin",
]

CHEEK_ROWS, CHEEKS = slice(21, 23), [8, 9, 22, 23]
CROWN_ROWS, CROWN = slice(3, 6), list(range(13, 19))
BRIDGE_ROWS, BRIDGE = slice(13, 16), [15, 16]
JAW_ROWS, BESIDE_JAW = slice(18, 26), [2, 3, 4, 5, 26, 27, 28, 29]
TOP_ROWS, CORNERS = slice(0, 4), [0, 1, 30, 31]
MOUTH_ROWS, MOUTH = slice(18, 28), list(range(8, 24))
SMILES = np.linspace(-2, 2, 81)  # Twice the range of the trait: an edit may overshoot.


def match_smile(images, traits):
    """The smile that a drawing of the same face needs, to look most like the picture.

    It needs a less sharp mouth than ``course.faces.measure_smile``, but it has to know
    the face: each is drawn with 81 smiles from -2 to 2, and compared around the
    mouth; between the best and its neighbours a parabola decides.

    Args:
        images: m pictures of each of n faces in [0, 1], shape (n, m, 32, 32, 3).
        traits: ``FaceTraits`` with arrays (n,): the faces; their smile is not used.

    Returns:
        Array (n, m), in units of the trait: -1 is the deepest frown that is drawn, 1 the
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


def measure_skin(images):
    """How dark the cheeks are.

    Args:
        images: pictures of faces in [0, 1], shape (n, 32, 32, 3).

    Returns:
        Array (n,): 1 minus the *mean* brightness of both cheeks over pixels and colours.
    """
    return 1 - _patch(images, CHEEK_ROWS, CHEEKS).mean(axis=(1, 2, 3))


def measure_hair_shade(images):
    """How bright the hair is.

    Args:
        images: pictures of faces in [0, 1], shape (n, 32, 32, 3).

    Returns:
        Array (n,): *mean* brightness of the top of the head over pixels and colours.
    """
    return _patch(images, CROWN_ROWS, CROWN).mean(axis=(1, 2, 3))


def measure_hair_length(images):
    """How much of the room beside the jaw is filled by hair.

    Args:
        images: pictures of faces in [0, 1], shape (n, 32, 32, 3).

    Returns:
        Array (n,): share of those pixels whose colour is nearer that of the top of the
        head than that of the upper corners.
    """
    beside = _patch(images, JAW_ROWS, BESIDE_JAW)
    hair = _patch(images, CROWN_ROWS, CROWN).mean(axis=(1, 2), keepdims=True)
    background = _patch(images, TOP_ROWS, CORNERS).mean(axis=(1, 2), keepdims=True)
    to_hair, to_background = (np.sum((beside - c) ** 2, axis=-1) for c in (hair, background))
    return np.mean(to_hair < to_background, axis=(1, 2))


def measure_glasses(images):
    """How much there is of the bridge of a pair of glasses.

    Args:
        images: pictures of faces in [0, 1], shape (n, 32, 32, 3).

    Returns:
        Array (n,): by which share the darkest row between the eyes is darker than the
        cheeks; about 0 without glasses.
    """
    rows = _patch(images, BRIDGE_ROWS, BRIDGE).mean(axis=(2, 3))  # (n, 3)
    return 1 - rows.min(axis=1) / (1 - measure_skin(images) + 1e-9)


def measure_background(images):
    """How warm the colour of the background is.

    Args:
        images: pictures of faces in [0, 1], shape (n, 32, 32, 3).

    Returns:
        Array (n,): red minus blue, *mean* over the upper corners.
    """
    corners = _patch(images, TOP_ROWS, CORNERS).mean(axis=(1, 2))  # (n, 3)
    return corners[:, 0] - corners[:, 2]


# Name of the trait in course.faces.FaceTraits: what measures it.
FACE_MEASURES = {
    "skin": measure_skin,
    "hair_shade": measure_hair_shade,
    "hair": measure_hair_length,
    "glasses": measure_glasses,
    "background": measure_background,
}


def _patch(images, rows, columns):
    images = np.asarray(images, dtype=float)
    if images.ndim != 4 or images.shape[1:] != (32, 32, 3):
        raise ValueError(f"faces are measured in images (n, 32, 32, 3), got {images.shape}")
    return images[:, rows][:, :, columns]
