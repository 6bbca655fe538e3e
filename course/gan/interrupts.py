"""An interrupt that waits for a good moment: weights and history never part (lecture 09)."""

import contextlib
import signal
import threading

__all__ = ["held_back_interrupts"]


@contextlib.contextmanager
def held_back_interrupts():
    """Context in which an interrupt is noted, and raised at its end.

    A compiled chunk of steps moves the weights; the history hears of it a moment later. An
    interrupt between the two would leave weights that nobody has a record of, and a run
    that goes on from there could not be repeated.

    Raises:
        KeyboardInterrupt: at the end, if one arrived inside.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python interrupts the main thread alone.
        return
    arrived = []
    previous = signal.signal(signal.SIGINT, lambda number, frame: arrived.append(number))
    try:
        yield
    finally:
        # None where the handler is not Python's: there is nothing that could be put back.
        signal.signal(signal.SIGINT, previous if previous is not None else signal.SIG_DFL)
    if arrived:
        raise KeyboardInterrupt
