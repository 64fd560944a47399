"""Signals that wait until an import is complete."""

import signal
from contextlib import contextmanager

_ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP")  # of which Windows lacks the last


@contextmanager
def hold_signals():
    """Let signals that end the process wait until the block is left.

    Compiled modules turn an interrupt of their import into an ImportError.
    """
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    endings = [getattr(signal, name) for name in _ENDINGS]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, endings)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
