"""The command line: how it starts, and how it ends."""

import os
import signal
import sys
import threading
import warnings
from contextlib import contextmanager, redirect_stderr, suppress
from importlib import import_module

from sklearn_bigram.cli._parser import build_parser
from sklearn_bigram.cli._signals import hold_signals
from sklearn_bigram.cli._writing import check_standard_output, remark
from sklearn_bigram.exceptions import (
    EndlessNameError,
    ExcludedError,
    ImpossibleError,
    RegexInGlobError,
    TooFewNamesError,
    TooManyStatesError,
    UnknownSymbolsError,
)

_MISTAKES = (
    ValueError,
    ImportError,
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)
_DONE, _FAILURE, _MISTAKE, _INTERRUPTED, _NOT_READ = 0, 1, 2, 128 + 2, 128 + 13
_ENDINGS = ("SIGTERM", "SIGHUP")  # of which Windows lacks the second


class Terminated(BaseException):
    """The process got a signal to end."""

    def __init__(self, number):
        super().__init__(number)
        self.status = 128 + number


def main(argv=None):
    """Run the command line and return its exit status.

    The status is 0 for success, 2 for a mistake of the user, 1 for a failure, 130 after Ctrl-C,
    143 after SIGTERM, 129 if the terminal is closed, and 141 if the program that reads the output
    has ended. Unless it is 0, files are as they were.
    """
    threads = threading.enumerate()
    try:
        with raise_at_signals(), standard_error():
            return run(argv)
    except KeyboardInterrupt:
        status = _INTERRUPTED
    except Terminated as ending:
        status = ending.status
    discard_output()
    if any(not thread.daemon for thread in threading.enumerate() if thread not in threads):
        os._exit(status)  # Python would wait until the thread has counted its file
    return status


def run(argv):
    """Run the command line and return its exit status, unless a signal ends it."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: remark(message)
            args = build_parser().parse_args(argv)
            check_standard_output()
            sys.stdout.reconfigure(encoding=args.encoding, errors="strict")  # type: ignore[union-attr]
            with hold_signals():
                module = import_module("sklearn_bigram.cli." + args.module)
            getattr(module, args.command)(args)
            sys.stdout.flush()
    except (KeyboardInterrupt, Terminated):
        discard_output()
        raise
    except BrokenPipeError:
        return _NOT_READ
    except _MISTAKES as error:
        return fail(error, _MISTAKE)
    except (OSError, RuntimeError, MemoryError) as error:
        return fail(error, _FAILURE)
    finally:
        drop_unwritten()
    return _DONE


@contextmanager
def standard_error():
    """Open standard error to nowhere if it is closed.

    Python would print remarks among the results, and give its number to the next file.
    """
    if sys.stderr is not None:
        yield
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        yield


@contextmanager
def raise_at_signals():
    """Let signals that end the process raise `Terminated`, so that no half-written file is left.

    A signal that the caller handles or ignores is left alone.
    """
    numbers = [getattr(signal, name) for name in _ENDINGS if hasattr(signal, name)]
    numbers = [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        numbers = []  # only the main thread can set handlers

    def end(number, frame):
        for other in numbers:
            signal.signal(other, signal.SIG_IGN)  # until the file is removed
        raise Terminated(number)

    try:
        for number in numbers:
            signal.signal(number, end)
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def fail(error, status):
    """Print in one line what went wrong, and return the status."""
    remark(phrase(error))
    return status


def phrase(error):
    """Return an error as a sentence that names options of the command line."""
    match error:
        case UnknownSymbolsError():
            return f"--{error.argument} holds {error.problem}. No training name holds them."
        case RegexInGlobError():
            return (
                f"--{error.problem}: write ? for any symbol and [!...] for any symbol not in a "
                "set, or use --regex: '[^xq]*' is any name without x and q."
            )
        case ExcludedError(share=0):
            return "--new leaves no name that meets the other constraints."
        case ExcludedError():
            return (
                f"--new leaves {error.share:.1g} of the probability of the names that meet the "
                "other constraints, which is too little to draw from. The command top finds the "
                "remaining names."
            )
        case ImpossibleError() if error.temperature != 1:
            return f"{error.problem}: give a higher --temperature, or use the command top."
        case EndlessNameError():
            return f"{error.problem}: give --max-length, or a higher --temperature."
        case TooFewNamesError():
            return f"{error.problem}: give a smaller -n or fewer constraints, or omit --distinct."
        case TooManyStatesError():
            return (
                f"{error.problem}: give a shorter --pattern or --regex, or a smaller --min-length "
                "or --max-length."
            )
        case OSError() if error.strerror:
            return f"{error.filename or 'standard output'}: {error.strerror}"
    return str(error) or type(error).__name__


def drop_unwritten():
    """Discard output that cannot be written, so that Python does not try again at its exit."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        discard_output()


def discard_output():
    """Send output that is not yet written, and all that follows, to nowhere.

    To write it could take forever: the program that reads it may have stopped to do so.
    """
    with suppress(OSError, AttributeError):  # it is closed, or no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
