"""Files that are written whole or not at all."""

import errno
import os
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path

# What may stand between a name and its weight in a line.
DELIMITERS = {"comma": ",", "semicolon": ";", "space": " ", "tab": "\t"}


def is_compressed(path):
    """Tell whether a file is compressed by gzip, by its name."""
    return str(path).lower().endswith(".gz")


@contextmanager
def replace_file(path):
    """Open a binary file that takes the place of the one at `path` once all of it is written.

    After an error there is no new file, and the old one is as it was. A file keeps its mode, and a
    link is followed. What is no file, such as a pipe, is written to at once.
    """
    if os.path.basename(path) in ("", "."):  # which `realpath` would remove
        number = errno.EISDIR if os.fspath(path) else errno.ENOENT
        raise OSError(number, os.strerror(number), str(path))
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            with open(target, "wb") as file:
                yield file
        else:
            with _new_file(target) as file:
                yield file
    except OSError as error:
        if error.errno is None:
            raise
        raise type(error)(error.errno, error.strerror, str(path)) from error


@contextmanager
def _new_file(target):
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with open(part, "xb") as file:
            if target.exists():
                shutil.copymode(target, part)
            yield file
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
