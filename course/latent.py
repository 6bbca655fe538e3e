"""Walking in the space of codes, and editing codes (lecture 05).

A code is a row of k numbers. These functions take codes and return codes; none of them looks
into a network. A decoder draws the codes.
"""

import numpy as np

__all__ = [
    "attribute_vector",
    "average_image",
    "code_grid",
    "edit_codes",
    "interpolate_codes",
]


def code_grid(n, limit):
    """Codes on a square lattice around the origin.

    Args:
        n: number of codes along each side, an integer of at least 2.
        limit: the largest coordinate, positive; the smallest is ``-limit``.

    Returns:
        Array (n * n, 2), one code per row. Both coordinates run over n values, evenly
        spaced from ``-limit`` to ``limit``, both included; the *first* coordinate
        varies fastest.

    Source: slide 'Visualize code vectors'.
    """
    line = np.linspace(-limit, limit, n)
    first, second = np.meshgrid(line, line)
    return np.stack([first.ravel(), second.ravel()], axis=1)


def interpolate_codes(start, end, steps):
    """Codes on the straight line from one code to another.

    Args:
        start: the first code, shape (k,).
        end: the last code, shape (k,).
        steps: number of codes, an integer of at least 2.

    Returns:
        Array (steps, k), one code per row, evenly spaced; the first is ``start``, the
        last is ``end``.

    Source: slides 'The decoder behaves like a continuous function'.
    """
    start, end = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    share = np.linspace(0, 1, steps)[:, None]  # (steps, 1)
    return (1 - share) * start + share * end


def average_image(decoder, codes):
    """The image between some codes: the image of their mean.

    Args:
        decoder: function or model from codes (n, k) to images (n, 28, 28, 1) in [0, 1].
        codes: codes, shape (n, k), n at least 1.

    Returns:
        Array (28, 28, 1) in [0, 1]: the *decoder's image of the mean* code, not the mean
        of the images.

    Source: slides 'Averaging images via averaging code vectors'.
    """
    mean = np.mean(codes, axis=0, keepdims=True)  # (1, k)
    return np.asarray(decoder(mean))[0]


def attribute_vector(codes, has_attribute):
    """The direction in which an attribute grows.

    Args:
        codes: codes of many images, shape (n, k).
        has_attribute: whether each image shows the attribute, bool, shape (n,).

    Returns:
        Array (k,): the *mean* code of the images that show it minus the mean code of
        those that do not.

    Raises:
        ValueError: if all images show the attribute, or none does.

    Source: slides 'Editing images via editing code vectors'.
    """
    codes, has_attribute = np.asarray(codes, dtype=float), np.asarray(has_attribute, dtype=bool)
    if has_attribute.all() or not has_attribute.any():
        shown = "all" if has_attribute.all() else "none"
        raise ValueError(
            "attribute_vector needs images with and without the attribute, got images of which "
            f"{shown} show it"
        )
    return codes[has_attribute].mean(axis=0) - codes[~has_attribute].mean(axis=0)


def edit_codes(code, direction, strengths):
    """One code, moved along a direction by several strengths.

    Args:
        code: the code to be edited, shape (k,).
        direction: the direction to move in, shape (k,), for example an ``attribute_vector``.
        strengths: real numbers, shape (m,): how many times ``direction`` is added; 0
            leaves the code as it is, negative strengths move it the other way.

    Returns:
        Array (m, k): one code per row, in the order of ``strengths``.

    Source: slides 'Editing images via editing code vectors'.
    """
    code, direction = np.asarray(code, dtype=float), np.asarray(direction, dtype=float)
    return code + np.multiply.outer(np.asarray(strengths, dtype=float), direction)
