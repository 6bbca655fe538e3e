"""Delays an interrupt until weights and history agree (lecture 09)."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["held_back_interrupts"]


@contextlib.contextmanager
def held_back_interrupts() -> Iterator[None]:
    """Context that notes an interrupt, and raises it at the end.

    A compiled call of several steps changes the weights, and the history is extended a moment
    later. After an interrupt between the two, the history would lack these steps, and a run
    that continues from there could not be repeated.

    Raises:
        KeyboardInterrupt: at the end, if one arrived inside.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python interrupts only the main thread.
        return
    arrived: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        arrived.append(number)

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        # None if the handler is not Python's: it cannot be put back.
        signal.signal(signal.SIGINT, previous if previous is not None else signal.SIG_DFL)
    if arrived:
        raise KeyboardInterrupt
