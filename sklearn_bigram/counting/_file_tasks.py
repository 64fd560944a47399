"""Files and streams of lines as tasks that count them."""

import gzip
import os
import zlib

from sklearn_bigram.counting._counts import no_counts
from sklearn_bigram.counting._executor import Task, run_tasks
from sklearn_bigram.counting._text import (
    BYTES_PER_DECODING,
    MAX_BYTES_PER_LINE,
    LineCounts,
    count_block,
    count_lines,
    refuse_long_line,
)
from sklearn_bigram.exceptions import InvalidLineError
from sklearn_bigram.utils._files import is_compressed, name_errors
from sklearn_bigram.utils._text import show

_MAX_BYTES_READ = 2**22  # bytes that are read from a stream and held at a time


def path_tasks(paths, coder, block_size, *, whole_gz):
    """Yield the tasks that count files; with `whole_gz`, a compressed file is one task."""
    for path in paths:
        if not is_compressed(path):
            yield from _file_tasks(path, coder, block_size)
        elif whole_gz:
            size, arguments = path.stat().st_size, (coder, path, block_size)
            yield Task(path, size, 0, count_compressed, arguments)
        else:
            yield from _compressed_tasks(path, coder, block_size)


def _file_tasks(path, coder, block_size):
    """Yield the tasks that count a file that is not compressed."""
    state = _file_state(path)
    if not path.is_file():
        with open(path, "rb") as stream:  # a pipe; a folder is an error here
            yield from stream_tasks(stream, path, coder, block_size)
    else:
        with open(path, "rb"):
            pass  # raises if the file cannot be read
        for start in range(0, state[0], block_size):
            end = min(start + block_size, state[0])
            arguments = (coder, path, start, end, state)
            yield Task(path, end - start, 0, count_range, arguments)


def _compressed_tasks(path, coder, block_size):
    """Yield the tasks that count a compressed file, decompressed here."""
    state, is_pipe = _file_state(path), path.is_fifo()
    with gzip.open(path, "rb") as stream:
        yield from stream_tasks(stream, path, coder, block_size)
    if not is_pipe:  # which changes when it is read
        _check_unchanged(path, state)


def stream_tasks(stream, source, coder, block_size):
    """Yield the tasks that count the lines of a binary stream."""
    parts: list[bytes] = []  # of the line whose end is not read yet
    n_held = 0  # bytes in them
    while data := _read(stream, source, min(block_size, _MAX_BYTES_READ)):
        first, end = data.find(b"\n"), data.rfind(b"\n") + 1
        if n_held + (first if end else len(data)) > MAX_BYTES_PER_LINE:
            yield Task(source, 0, 0, refuse_long_line, (source, 1))
            return
        if end:
            whole = b"".join([*parts, data[:end]])
            yield Task(source, len(whole), len(whole), count_block, (coder, whole, source))
            parts, n_held = [], 0
        parts.append(data[end:])
        n_held += len(data) - end
    if rest := b"".join(parts):
        yield Task(source, len(rest), len(rest), count_block, (coder, rest, source))


def _read(stream, source, n_bytes):
    """Return the next bytes of a stream; none if it has ended."""
    try:
        with name_errors(source):
            data = stream.read(n_bytes)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise OSError(f"{show(source)} is damaged or truncated: {error}") from error
    if isinstance(data, str):
        raise TypeError(f"{show(source)} is a text stream: open it in binary mode.")
    if data is None:  # the stream did not wait
        raise OSError(f"{show(source)} is a non-blocking stream: open it in blocking mode.")
    return data


def count_range(coder, path, start, end, state):
    """Count the lines of a file that begin at a byte from `start` up to `end`."""
    with name_errors(path), open(path, "rb") as file:
        if start > 0:  # skip the rest of a line that begins earlier, which may fill the range
            file.seek(start - 1)
            while (left := end - file.tell()) > 0:
                part = file.readline(min(left, BYTES_PER_DECODING))
                if part.endswith(b"\n") or not part:
                    break
        size = end - file.tell()
        counted = count_lines(coder, file, size, source=path)
    _check_unchanged(path, state)
    return counted


def count_compressed(coder, path, block_size):
    """Count the lines of a compressed file."""
    tasks = _compressed_tasks(path, coder, block_size)
    return add_lines(coder, run_tasks(tasks, show_progress=False))


def add_lines(coder, results):
    """Return the sum of the `LineCounts` of tasks; an error gets its line number in its source."""
    counts, source, n_lines = no_counts(coder.boundary), None, 0
    try:
        for task, part in results:
            if task.source != source:
                source, n_lines = task.source, 0
            counts = counts + part.counts
            n_lines += part.n_lines
    except InvalidLineError as error:
        raise error.move(error.source, n_lines if error.source == source else 0) from None
    return LineCounts(counts, n_lines)


def total_size(paths):
    """Return the number of bytes of files; None if it is not known before they are read."""
    if any(is_compressed(path) or not path.is_file() for path in paths):
        return None
    return sum(_file_state(path)[0] for path in paths)


def _file_state(path):
    """Return the size and the time of the last change of a file."""
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns


def _check_unchanged(path, state):
    """Raise an OSError if a file is not in the same state as before."""
    if _file_state(path) != state:
        raise OSError(f"{show(path)} changed while it was counted: count it again.")
