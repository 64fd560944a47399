"""Counting what may be larger than memory: streams of names, files, and clusters."""

import gzip
import os
import zlib
from collections import deque
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor, CancelledError
from functools import reduce
from itertools import islice
from operator import add
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.base import clone

from sklearn_bigram.counting._counting import (
    BLOCK,
    PIECE,
    BigramCounts,
    ByteCounter,
    borrow_scratch,
    count_bytes,
    count_codes,
    count_names,
    count_table,
)
from sklearn_bigram.tokenization._tokenizer import Codes, NameTokenizer, code_text
from sklearn_bigram.utils._validation import check_whole, require_names

_PENDING = 64  # tasks that an executor holds at a time
_MAX_HELD = 2**25  # bytes of text that these may hold, beside the first
_FAN_IN = 8  # parts that one task of a Dask graph adds up
_MAX_STREAM = 2**22  # bytes of a stream that are read and held at a time
_DECODED = 2**20  # bytes of text that are decoded at a time
_LF, _CR = b"\n\r"


class BadLineError(ValueError):
    """A line that cannot be counted: its number in its block, from 0, and why."""

    def __init__(self, line, reason):
        super().__init__(line, reason)
        self.line, self.reason = line, reason


def count_bigrams(source, *, tokenizer=None, executor=None, block_size=2**24):
    r"""Count the bigrams of names, files or streams, piece by piece.

    What is counted adds up, so pieces can be counted anywhere, by threads, processes or machines.

    Parameters
    ----------
    source : iterable of str, path, list of paths, binary stream, or Dask collection
        Names; one file or several, given as a str or ``pathlib.Path``, or a list of
        ``pathlib.Path``; a binary file object; a Dask Bag of names or column of a Dask
        DataFrame. Files and streams are UTF-8 text, a name a line, which ``\n`` or ``\r\n`` ends;
        empty lines do not count, and files whose name ends in ``.gz`` are decompressed.

    tokenizer : NameTokenizer, default=None
        What makes symbols of the names. None stands for ``NameTokenizer()``. Its alphabet plays
        no part: all symbols are counted.

    executor : concurrent.futures.Executor, default=None
        Where to count: threads, processes, or a Dask cluster (``client.get_executor()``). None
        counts in this thread; a Dask collection is counted where Dask is set to compute. A
        compressed file is counted in one piece.

    block_size : int, default=16777216
        Bytes of a file that are counted at a time. Of streams and compressed files, it is 4 MiB
        at most.

    Returns
    -------
    counts : BigramCounts
        The counts, for the `fit` of a model.

    Raises
    ------
    ValueError
        If there are no names, or a line is not UTF-8 or holds the boundary symbol; the message
        names the file and the line.
    OSError
        If a file cannot be read, is damaged, or changes while it is counted.
    RuntimeError
        If the executor dies.

    See Also
    --------
    BigramCounts : What comes out.

    Examples
    --------
    >>> from sklearn_bigram import count_bigrams
    >>> count_bigrams(name.lower() for name in ["Emma", "Ava"])
    <BigramCounts: 9 bigrams of 5 symbols>
    """
    tokenizer = NameTokenizer() if tokenizer is None else clone(tokenizer)
    tokenizer._check_params()
    block_size = check_whole(block_size, "block_size", 1)
    if executor is not None and not hasattr(executor, "submit"):
        raise TypeError(
            f"executor is {executor!r}: it must be a concurrent.futures.Executor, such as "
            "ThreadPoolExecutor()."
        )
    if hasattr(source, "to_delayed"):
        total = _count_dask(source, tokenizer)
    else:
        tasks = _tasks(source, tokenizer, block_size, compressed_whole=executor is not None)
        total = _add_up(tasks, tokenizer, executor, _total_size(source))
    if total.matrix.nnz == 0:
        paths = _find_paths(source) or ["the source"]
        raise ValueError(f"There are no names in {', '.join(map(str, paths))}.")
    return total


def _tasks(source, tokenizer, block_size, *, compressed_whole):
    """Yield the tasks that count a source: what it is part of, its size, and a call to make.

    A compressed file is one task if it is to be decompressed where it is counted.
    """
    if isinstance(source, (bytes, bytearray)):
        raise TypeError("source is bytes: pass a path, an open binary file, or names.")
    paths = _find_paths(source)
    if paths is not None:
        for path in paths:
            if not _is_compressed(path):
                yield from _file_tasks(path, tokenizer, block_size)
            elif compressed_whole:
                yield path, path.stat().st_size, (count_compressed, tokenizer, path, block_size)
            else:
                yield from _compressed_tasks(path, tokenizer, block_size)
    elif hasattr(source, "read"):
        label = getattr(source, "name", None)
        label = label if isinstance(label, str) else "The stream"
        yield from _stream_tasks(source, label, tokenizer, block_size)
    elif isinstance(source, Iterable) and not _is_column(source):
        first, names = 0, iter(source)
        while piece := list(islice(names, PIECE)):
            yield None, len(piece), (count_piece, tokenizer, piece, first)
            first += len(piece)
    else:
        names = require_names(source)
        for first in range(0, len(names), PIECE):
            piece = names[first : first + PIECE]
            yield None, len(piece), (count_piece, tokenizer, piece, first)


def _is_column(source):
    """Tell whether this is a list, or an array, column or table of some library."""
    return isinstance(source, (list, tuple)) or any(
        hasattr(source, name) for name in ("__array__", "to_list", "to_pylist")
    )


def _is_compressed(path):
    return path.suffix == ".gz"


def _compressed_tasks(path, tokenizer, block_size):
    """Yield the tasks that count a compressed file."""
    state = file_state(path)
    with gzip.open(path, "rb") as stream:
        yield from _stream_tasks(stream, path, tokenizer, block_size)
    check_unchanged(path, state)


def _file_tasks(path, tokenizer, block_size):
    """Yield the tasks that count a file that is not compressed."""
    state = file_state(path)
    if not path.is_file():
        with open(path, "rb") as stream:  # a pipe
            yield from _stream_tasks(stream, path, tokenizer, block_size)
    else:
        with open(path, "rb"):
            pass  # it can be read, and is no directory
        for start in range(0, state[0], block_size):
            end = min(start + block_size, state[0])
            yield path, end - start, (count_range, tokenizer, path, start, end, state)


def _stream_tasks(stream, label, tokenizer, block_size):
    """Yield the tasks that count the lines of a binary stream."""
    start = True
    while True:
        try:
            data = stream.read(min(block_size, _MAX_STREAM))
            if isinstance(data, str):
                raise TypeError(f"{label} is a text stream: open it in binary mode.")
            if data and not data.endswith(b"\n"):
                data += stream.readline() or b""
            if data is None or (data and not data.endswith(b"\n") and stream.read(1) != b""):
                raise OSError(f"{label} has more to come: open it so that reading waits for it.")
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise OSError(f"{label} is damaged or cut off: {error}") from error
        if not data:
            return
        yield label, len(data), (count_block, tokenizer, data, start)
        start = False


def _find_paths(source):
    """Return the paths of the files to count, None for any other source."""
    if isinstance(source, (str, os.PathLike)):
        return [Path(source)]
    if isinstance(source, (list, tuple)) and all(isinstance(p, os.PathLike) for p in source):
        return list(map(Path, source))
    return None


def _total_size(source):
    """Return how many bytes there are to count, None where that is not known before."""
    paths = _find_paths(source)
    if paths is None or any(_is_compressed(path) or not path.is_file() for path in paths):
        return None
    return sum(file_state(path)[0] for path in paths)


def _add_up(tasks, tokenizer, executor=None, size=None, *, quiet=False):
    """Run the tasks in order and return the sum of their counts."""
    from tqdm.auto import tqdm

    total, label, lines = nothing(tokenizer), None, 0
    options = {"disable": quiet or None, "delay": 2, "unit_scale": True, "leave": False}
    with tqdm(total=size, **options) as progress:
        for part, done, result in _run(tasks, executor):
            if part != label:
                label, lines = part, 0
            try:
                counts, n_lines = result()
            except BadLineError as error:
                line = lines + error.line + 1
                raise ValueError(f"{label}, line {line}: {error.reason}") from None
            except (BrokenExecutor, CancelledError) as error:
                raise executor_died(error) from error
            except Exception as error:
                if type(error).__name__ == "KilledWorker":  # of Dask, which need not be here
                    raise executor_died(error) from error
                raise
            total = total + counts
            lines += n_lines
            progress.update(done)
    return total


def _run(tasks, executor):
    """Yield the tasks in order, each with a function that returns its result."""
    if executor is None:
        for label, size, (function, *args) in tasks:
            yield label, size, lambda function=function, args=args: function(*args)
        return
    pending: deque = deque()
    held = 0  # bytes of text that pending tasks hold
    try:
        for label, size, call in tasks:
            text = size if call[0] is count_block else 0
            try:
                pending.append((label, size, text, executor.submit(*call)))
            except BrokenExecutor as error:
                raise executor_died(error) from error
            held += text
            while len(pending) >= _PENDING or held > _MAX_HELD:
                done, size, text, future = pending.popleft()
                yield done, size, future.result
                held -= text
        while pending:
            done, size, _, future = pending.popleft()
            yield done, size, future.result
    finally:
        for *_, future in pending:
            future.cancel()


def executor_died(error):
    """Return the error that says so."""
    return RuntimeError(f"The executor died while it counted ({type(error).__name__}): {error}")


def count_piece(tokenizer, names, first):
    """Count a list of names, the first of which is number `first`."""
    return count_names(tokenizer, names, first=first)[0], 0


def count_range(tokenizer, path, start, end, state):
    """Count the lines of a file that begin from byte `start` up to byte `end`."""
    with open(path, "rb") as file:
        result = _count_range(tokenizer, file, start, end)
    check_unchanged(path, state)
    return result


def _count_range(tokenizer, file, start, end):
    if start > 0:
        file.seek(start - 1)
        rest = file.readline(end - start + 1)  # of a line that begins before
        if not rest.endswith(b"\n"):
            return nothing(tokenizer), 0
    first = file.tell()
    if tokenizer._is_plain():
        result = _count_ascii(tokenizer, file, end - first)
        if result is not None:
            return result
        file.seek(first)
    data = file.read(end - first)
    if data and not data.endswith(b"\n"):
        data += file.readline()
    return count_block(tokenizer, data, start == 0)


def _count_ascii(tokenizer, file, size):
    """Count the lines that begin in the next `size` bytes as `count_block` does.

    They are read into the same memory again and again: memory that is new to a process costs more
    than to read into it. Returns None if there is anything to decode, or to complain of.
    """
    with borrow_scratch() as scratch:
        counter = ByteCounter(scratch, is_ascii=True)
        buffer = scratch.text[: BLOCK + 1]
        buffer[0] = _LF
        while n_read := _read_into(buffer, file, size):
            block = buffer[: n_read + 1]
            if block.max() >= 128:
                return None
            counter.add(block)
            buffer[0] = block[-1]
            size -= n_read
        last = buffer[0]
    table = counter.table()
    if last != _LF:
        table[last, _LF] += 1
    return _from_table(tokenizer, table)


def _read_into(buffer, file, size):
    """Read some of the next `size` bytes, or of the rest of a line, behind the first of `buffer`.

    Returns how many were read.
    """
    if size > 0:
        return file.readinto(buffer[1 : 1 + size].data)
    rest = b"" if buffer[0] == _LF else file.readline(len(buffer) - 1)
    buffer[1 : 1 + len(rest)] = np.frombuffer(rest, dtype=np.uint8)
    return len(rest)


def count_compressed(tokenizer, path, block_size):
    """Count the lines of a compressed file."""
    return _add_up(_compressed_tasks(path, tokenizer, block_size), tokenizer, quiet=True), 0


def file_state(path):
    """Return what changes when a file is written to."""
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns


def check_unchanged(path, state):
    """Raise an OSError if a file is not in the state that it was in."""
    if file_state(path) != state:
        raise OSError(f"{path} changed while it was counted: count it again.")


def count_block(tokenizer, data, is_start):
    """Return the counts of whole lines of UTF-8 text, and how many lines they are."""
    if is_start and data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    if not data:
        return nothing(tokenizer), 0
    if tokenizer._is_plain() and data.isascii():
        codes = np.frombuffer(data, dtype=np.uint8)
        table = count_bytes(codes)
        table[_LF, codes[0]] += 1
        if codes[-1] != _LF:
            table[codes[-1], _LF] += 1
        result = _from_table(tokenizer, table)
        if result is not None:
            return result
    count = _count_text if tokenizer._is_plain() else _count_lines
    total, n_lines, start = nothing(tokenizer), 0, 0
    while start < len(data):
        end = data.find(b"\n", start + _DECODED) + 1 or len(data)
        try:
            counts, n_more = count(tokenizer, data[start:end])
        except BadLineError as error:
            raise BadLineError(n_lines + error.line, error.reason) from None
        total = total + counts
        n_lines += n_more
        start = end
    return total, n_lines


def _from_table(tokenizer, table):
    """Return the counts, and how many lines they are, of the pairs of bytes in lines of ASCII.

    Returns None if a line holds a carriage return or the boundary.
    """
    if tokenizer.lowercase:
        for axis in (table, table.T):
            axis[ord("a") : ord("z") + 1] += axis[ord("A") : ord("Z") + 1]
            axis[ord("A") : ord("Z") + 1] = 0
    boundary = ord(tokenizer.boundary)
    refused = boundary != _LF and table[boundary:][:1].any()
    if refused or table[_CR].sum() != table[_CR, _LF]:
        return None
    n_lines = int(table[:, _LF].sum())
    table[:, _LF] += table[:, _CR]  # a line ends where its \r\n begins
    table[:, _CR] = table[_CR] = 0
    return _from_lines(tokenizer, count_table(table, _LF)), n_lines


def _from_lines(tokenizer, counts):
    """Return counts in which the end of a line is the boundary; blank lines do not count."""
    matrix = counts.matrix
    if matrix[0, 0]:
        matrix[0, 0] = 0
        matrix.eliminate_zeros()
    return BigramCounts._of([tokenizer.boundary, *counts.symbols[1:]], matrix)


def _count_text(tokenizer, data):
    """Count lines as one text; return how many they are as well."""
    text = "\n" + _decode(data) + ("" if data.endswith(b"\n") else "\n")
    text = text.lower() if tokenizer.lowercase else text
    text = text.replace("\r\n", "\n") if b"\r" in data else text
    counts = count_codes(Codes(code_text(text), _LF))
    if tokenizer.boundary in counts.symbols[1:]:
        raise_bad_line(tokenizer, _split_lines(data))
    n_lines = int(counts.matrix[:, [0]].sum())
    return _from_lines(tokenizer, counts), n_lines


def _count_lines(tokenizer, data):
    """Count lines one by one; return how many they are as well."""
    lines = _split_lines(data)
    names = [line for line in lines if line]
    if not names:
        return nothing(tokenizer), len(lines)
    try:
        return count_names(tokenizer, names)[0], len(lines)
    except ValueError:
        raise_bad_line(tokenizer, lines)
        raise


def _split_lines(data):
    return [line.removesuffix("\r") for line in _decode(data).removesuffix("\n").split("\n")]


def _decode(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start)
        byte = data[error.start]
        raise BadLineError(
            line,
            f"not UTF-8 text, at the byte 0x{byte:02x}: convert it, or pass the lines that "
            "open(path, encoding=...) reads.",
        ) from None


def raise_bad_line(tokenizer, lines):
    """Raise the error of the first line that the tokenizer refuses."""
    for i, line in enumerate(lines):  # pragma: no branch - it is called where there is one
        try:
            if line:
                tokenizer._code([line])
        except ValueError as error:
            raise BadLineError(i, str(error).replace("X[0]", "the name", 1)) from None


def nothing(tokenizer):
    """Return the counts of no names."""
    return BigramCounts._of([tokenizer.boundary], sparse.csr_array((1, 1), dtype=np.float64))


def _count_dask(collection, tokenizer):
    """Count the partitions of a Dask collection where they are, and add up as a tree."""
    from dask import delayed

    count, total = delayed(count_partition, pure=True), delayed(sum_counts, pure=True)
    parts = [count(tokenizer, part, i) for i, part in enumerate(collection.to_delayed())]
    while len(parts) > 1:
        parts = [total(parts[i : i + _FAN_IN]) for i in range(0, len(parts), _FAN_IN)]
    return parts[0].compute()


def count_partition(tokenizer, names, number):
    """Count one partition of a Dask collection: a list, an iterator or a pandas object."""
    names = names if _is_column(names) else list(names)
    if len(names) == 0:
        return nothing(tokenizer)
    try:
        return count_names(tokenizer, require_names(names))[0]
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"In partition {number}, of which X is: {error}") from error


def sum_counts(parts):
    """Add up counts."""
    return reduce(add, parts)
