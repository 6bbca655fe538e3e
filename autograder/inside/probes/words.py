"""Words for what is observed where right answers may differ in their numbers."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["error_raised", "pair", "pixel_range"]


def error_raised(call: Callable[[], object]) -> str:
    """Name of the class of the error that ``call()`` raises, or "no error".

    A class derived from ValueError counts as ValueError: the docstrings ask for no more.
    """
    try:
        call()
    except ValueError:
        return "ValueError"
    except Exception as error:
        return type(error).__name__
    return "no error"


def pair(returned: object, names: str) -> list[object] | tuple[object, ...]:
    """What a function returned, if that is a pair.

    Args:
        returned: any object.
        names: the two parts in words, for the message.

    Raises:
        ValueError: if it is not a list or tuple of two.
    """
    if isinstance(returned, (list, tuple)) and len(returned) == 2:
        return returned
    raise ValueError(f"got {type(returned).__name__}, expected a pair: {names}")


def pixel_range(images: ArrayLike) -> str:
    """Whether all pixels lie in [0, 1]."""
    images = np.asarray(images)
    return "all within [0, 1]" if images.min() >= 0 and images.max() <= 1 else "not all in [0, 1]"
