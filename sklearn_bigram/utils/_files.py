"""Files that are written whole or not at all."""

import errno
import io
import os
import stat
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path

# What may stand between a name and its weight in a line.
DELIMITERS = {"comma": ",", "semicolon": ";", "space": " ", "tab": "\t"}
_MAX_STEM = 50  # characters of the target's name in that of its part, which must not be too long


def is_compressed(path):
    """Tell whether a file is compressed by gzip, by its name."""
    return str(path).lower().endswith(".gz")


@contextmanager
def name_errors(path):
    """Let the errors of the system name this file: those of an open file do not name it."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            error.filename = str(path)
        raise


@contextmanager
def replace_file(path):
    """Open a binary file that takes the place of the one at `path` once all of it is written.

    After an error there is no new file, and the old one is as it was. A file keeps its mode and,
    where the system allows it, its owner and its group; another group gets no access. A link is
    followed. A file that may not be written is refused. What is no file, such as a pipe, and what
    is open already, such as /dev/stdout, is written to at once.
    """
    if os.path.basename(path) in ("", "."):  # which `realpath` would remove
        number = errno.EISDIR if os.fspath(path) else errno.ENOENT
        raise OSError(number, os.strerror(number), str(path))
    descriptor = _find_descriptor(path)
    with name_errors(path):
        if descriptor is not None:
            with io.BufferedWriter(_OpenFile(os.dup(descriptor), "wb")) as file:
                yield file
        elif os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as file:
                yield file
        else:
            with _new_file(Path(os.path.realpath(path))) as file:
                yield file


class _OpenFile(io.FileIO):
    """An open file that is written on from where it stands, as a pipe is, and never from before."""

    def seekable(self):
        return False

    def tell(self):
        raise io.UnsupportedOperation("tell")


def _find_descriptor(path):
    """Return the number of the open file that a path such as /dev/stdout stands for, or None.

    Where its link leads is not enough: a pipe has no path, and to open a file again would lose what
    is written to it before and after.
    """
    while os.path.exists(path):  # so the links do not form a circle
        folder, name = os.path.split(path)
        folder = os.path.realpath(folder)
        if name.isdecimal() and folder in ("/dev/fd", f"/proc/{os.getpid()}/fd"):
            return int(name)
        if not os.path.islink(path):
            break
        path = os.path.join(folder, os.readlink(path))
    return None


@contextmanager
def _new_file(target):
    part = target.with_name(f".{target.name[:_MAX_STEM]}.{uuid.uuid4().hex}.part")
    is_there = target.exists()
    if is_there:
        os.close(os.open(target, os.O_WRONLY))  # raises if it may not be written
    mode = 0o600 if is_there else 0o666  # who may not read the target may not read the part
    try:
        with open(part, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as file:
            if is_there:
                _copy_access(target.stat(), part)
            yield file
            file.flush()
            os.fsync(file.fileno())  # before the old file goes, in case the system crashes
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _copy_access(status, path):
    """Give a file the group, the owner and the mode in a status, as far as that is allowed."""
    if hasattr(os, "chown"):
        with suppress(OSError):  # only the superuser may give a file away
            os.chown(path, -1, status.st_gid)
            os.chown(path, status.st_uid, -1)
    mode = stat.S_IMODE(status.st_mode)
    if os.stat(path).st_gid != status.st_gid:  # what its group may do is not for another group
        mode &= ~stat.S_IRWXG
    os.chmod(path, mode)  # last, since a change of the owner takes bits
