"""What the cartoon faces look like, read from their pixels (lecture 05).

Beside ``course.faces.measure_smile``: rulers for what an edit of the smile should leave
alone. Each reads fixed patches of a picture of 32 x 32 pixels, drawn or redrawn by a
network; none is told the traits.
"""

import numpy as np

from course.faces import measure_smile

__all__ = [
    "FACE_MEASURES",
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
    "smile": measure_smile,
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
