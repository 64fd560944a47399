"""The command line: how it starts, and how it ends."""

import os
import re
import sys
import warnings
from importlib import import_module

from sklearn_bigram.cli._parser import build_parser
from sklearn_bigram.cli._writing import remark

_MISTAKES = (
    ValueError,
    ImportError,
    FileNotFoundError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)
_DONE, _FAILURE, _MISTAKE, _INTERRUPTED, _NOT_READ = 0, 1, 2, 128 + 2, 128 + 13
_WORDS = (  # of messages to those who program, and to those who type
    (r"Remove them, fit on names that hold them, .*", "No training name has them."),
    (r": convert it, or pass the lines .*", ": give its --encoding."),
    (r"^exclude leaves", "what --new and --distinct rule out leaves"),
    (r"Exclude fewer .* from most_probable", "The command top finds names that are left"),
    (r"\b(min|max)_length\b", r"--\1-length"),
)


def main(argv=None):
    """Run the command line and return its exit status.

    It is 0, 2 for a user's mistake, 1 for a failure, 130 after Ctrl-C and 141 if what reads the
    output has ended. Files are then as they were.
    """
    try:
        args = build_parser().parse_args(argv)
        if sys.stdout is None:
            raise OSError("standard output is closed")
        sys.stdout.reconfigure(encoding=args.encoding, errors="strict")  # type: ignore[union-attr]
        module = import_module("sklearn_bigram.cli." + args.module)
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: remark(message)
            getattr(module, args.command)(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        return _NOT_READ
    except _MISTAKES as error:
        return fail(error, _MISTAKE)
    except (OSError, RuntimeError, MemoryError) as error:
        return fail(error, _FAILURE)
    finally:
        drop_unwritten()
    return _DONE


def fail(error, status):
    """Say in one line what went wrong, and return the status."""
    text = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename or 'standard output'}: {error.strerror}"
    for pattern, words in _WORDS:
        text = re.sub(pattern, words, text)
    remark(text)
    return status


def drop_unwritten():
    """Forget what standard output no longer takes: Python would try again, and complain."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
