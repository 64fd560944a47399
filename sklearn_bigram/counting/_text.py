"""Lines of UTF-8 text to counts; an error names the line."""

import re
from io import BytesIO
from typing import NamedTuple

import numpy as np

from sklearn_bigram.counting._columns import BOM, ColumnCoder, split_columns
from sklearn_bigram.counting._counts import BigramCounts, make_counts, no_counts
from sklearn_bigram.counting._names import count_codes, count_names, count_table
from sklearn_bigram.counting._pairs import borrow_counter
from sklearn_bigram.exceptions import InvalidLineError, InvalidNameError
from sklearn_bigram.tokenization._codes import Codes, code_text
from sklearn_bigram.tokenization._containers import Names
from sklearn_bigram.utils._text import shorten

BYTES_PER_DECODING = 2**20  # bytes of text that are read and decoded at a time
MAX_BYTES_PER_LINE = 2**24  # of text that is decoded, since a line is decoded whole
LINE_BOMS = re.compile(f"\n{BOM}+")
_LF, _CR = ord("\n"), ord("\r")
_ZIP = b"PK\3\4"
# Compressed files by their first bytes, with the command that decompresses them into a pipe.
_COMPRESSED = {
    b"\x1f\x8b": "gzip -dc",
    b"BZh91AY&SY": "bzip2 -dc",
    b"\xfd7zXZ\0": "xz -dc",
    b"(\xb5/\xfd": "zstd -dc",
    _ZIP: "unzip -p",
}
CONVERT = "convert it, or pass the lines that open(path, encoding=...) reads"


class LineCounts(NamedTuple):
    """The counts of some lines, and how many lines they are."""

    counts: BigramCounts
    n_lines: int


def count_lines(coder, file, size, *, source):
    """Count the lines that begin in the next `size` bytes of a binary file that can seek.

    Parameters
    ----------
    coder : NameCoder
        What makes symbols of a name; a `ColumnCoder` if each line has a weight, too.
    file : binary file object
        The file, positioned at the beginning of a line.
    size : int
        Number of bytes. The line that begins last may extend beyond them.
    source : path or str
        What an error calls the file.

    Returns
    -------
    counted : LineCounts
        The counts. Empty lines are lines, but not names.

    Raises
    ------
    InvalidLineError
        If a line is not UTF-8, not a name or too long. Lines are numbered from 1, the first of
        these.
    """
    start = file.tell()
    if coder.is_plain and (table := _count_ascii(file, size)) is not None:
        counted = _fold_table(coder, table)
        if counted is not None:
            return counted
    file.seek(start)
    counts, n_lines, end = no_counts(coder.boundary), 0, start + size
    if isinstance(coder, ColumnCoder):
        count = _count_columns
    else:
        count = _count_plain if coder.is_plain else _count_each
    try:
        while data := _read_lines(file, min(BYTES_PER_DECODING, end - file.tell())):
            part = count(coder, data)
            counts, n_lines = counts + part.counts, n_lines + part.n_lines
    except InvalidLineError as error:
        raise error.move(source, n_lines) from None
    return LineCounts(counts, n_lines)


def count_block(coder, data, source):
    """Count lines in memory, as `count_lines` does."""
    return count_lines(coder, BytesIO(data), len(data), source=source)


def refuse_long_line(source, line):
    """Raise the error of a line that is too long."""
    problem = f"longer than {MAX_BYTES_PER_LINE / 2**20:g} MiB"
    raise InvalidLineError(source, line, problem, "put one name on each line")


def _read_lines(file, n_bytes):
    """Return the next bytes of a file, and the rest of the line in which they end."""
    data = file.read(max(n_bytes, 0))
    if data and not data.endswith(b"\n"):
        n_held = len(data) - data.rfind(b"\n") - 1
        rest = file.readline(max(MAX_BYTES_PER_LINE + 1 - n_held, 0))
        if n_held + len(rest.removesuffix(b"\n")) > MAX_BYTES_PER_LINE:
            refuse_long_line(None, data.count(b"\n") + 1)
        data += rest
    return data


def _count_ascii(file, size):
    """Return the table of the pairs of bytes in the next lines; None if they are not all ASCII.

    A line feed is counted before the first line, and after the last one if that lacks it. Blocks
    are read into memory that is used again: new memory would cost more than the reading.
    """
    with borrow_counter(is_ascii=True) as counter:
        buffer = counter.buffer
        buffer[0] = _LF
        while n_read := _read_into(buffer, file, size):
            block = buffer[: n_read + 1]
            if block.max() >= 128:
                return None
            counter.add(block)
            buffer[0] = block[-1]
            size -= n_read
        (table,), last = counter.tables(), buffer[0]
    if last != _LF:
        table[last, _LF] += 1
    return table


def _read_into(buffer, file, size):
    """Read up to `size` bytes, or the rest of a line, into the buffer behind its first byte.

    Returns the number of bytes read.
    """
    if size > 0:
        return file.readinto(buffer[1 : 1 + size].data)
    rest = b"" if buffer[0] == _LF else file.readline(len(buffer) - 1)
    buffer[1 : 1 + len(rest)] = np.frombuffer(rest, dtype=np.uint8)
    return len(rest)


def _fold_table(coder, table):
    """Return the counts in a table of the pairs of bytes in lines of ASCII text.

    Returns None if a line holds the boundary, or a carriage return that does not end it.
    """
    if coder.lowercase:
        for axis in (table, table.T):
            axis[ord("a") : ord("z") + 1] += axis[ord("A") : ord("Z") + 1]
            axis[ord("A") : ord("Z") + 1] = 0
    boundary = ord(coder.boundary)
    holds_boundary = boundary != _LF and boundary < len(table) and table[boundary].any()
    if holds_boundary or table[_CR].sum() != table[_CR, _LF]:
        return None
    n_lines = int(table[:, _LF].sum())
    table[:, _LF] += table[:, _CR]  # a carriage return ends its line
    table[:, _CR] = table[_CR] = 0
    return LineCounts(_from_line_feeds(coder, count_table(table, _LF)), n_lines)


def _from_line_feeds(coder, counts):
    """Return counts with the coder's boundary in place of line feeds, without empty lines."""
    N = counts.matrix
    if N[0, 0]:
        N[0, 0] = 0
        N.eliminate_zeros()
    return make_counts([coder.boundary, *counts.symbols[1:]], N)


def _count_plain(coder, data):
    """Count lines as one text, whose symbols are its characters."""
    text = "\n" + _decode(data) + ("" if data.endswith(b"\n") else "\n")
    text = LINE_BOMS.sub("\n", text) if BOM in text else text
    text = text.lower() if coder.lowercase else text
    text = text.replace("\r\n", "\n") if b"\r" in data else text
    counts = count_codes(Codes(code_text(text), _LF))
    if coder.boundary in counts.symbols[1:]:
        return _count_each(coder, data)  # which raises the error
    n_lines = int(counts.matrix[:, [0]].sum())
    return LineCounts(_from_line_feeds(coder, counts), n_lines)


def _count_each(coder, data):
    """Count lines as separate names."""
    lines = _decode(data).removesuffix("\n").split("\n")
    lines = [line.removesuffix("\r").lstrip(BOM) for line in lines]
    names = [line for line in lines if line]
    if not names:
        return LineCounts(no_counts(coder.boundary), len(lines))
    try:
        return LineCounts(count_names(coder, Names(names)), len(lines))
    except InvalidNameError as error:
        line = [number for number, line in enumerate(lines, 1) if line][error.index]
        raise _line_error(error, line) from None


def _count_columns(coder, data):
    """Count lines that hold a name and its weight."""
    names, weights, numbers, n_lines = split_columns(_decode(data), coder.delimiter)
    if not names:
        return LineCounts(no_counts(coder.boundary), n_lines)
    try:
        return LineCounts(count_names(coder, Names(names), weights), n_lines)
    except InvalidNameError as error:
        raise _line_error(error, int(numbers[error.index])) from None


def _line_error(error, line):
    """Return the error of a name as one of the line that holds it."""
    problem = f"the name is {shorten(error.name)} and {error.problem}"
    return InvalidLineError(None, line, problem, error.way_out)


def _decode(data):
    """Return bytes of UTF-8 text as a str."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidLineError(None, line, *find_problem(error, "UTF-8")) from None


def find_problem(error, encoding, *, is_start=True):
    """Return why bytes are not text in this encoding, and what to do, given the error.

    With `is_start`, they may be those at the start of a compressed file.
    """
    data = error.object
    for start, command in _COMPRESSED.items():
        if is_start and data.startswith(start):
            way_out = f"count the output of the command `{command}`"
            if start == _ZIP:
                way_out += ", or, if it holds counts, give it a name that ends in .npz"
            return "not text, but the start of a compressed file", way_out
    return f"not {encoding} text, at the byte 0x{data[error.start]:02x}", CONVERT
