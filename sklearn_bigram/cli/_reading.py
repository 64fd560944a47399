"""Input of commands: lines, names, counts."""

import codecs
import gzip
import sys
import zlib
from contextlib import nullcontext, suppress
from functools import reduce
from itertools import chain
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_bigram import BigramCounts, NameTokenizer, count_bigrams
from sklearn_bigram.counting._columns import BOM
from sklearn_bigram.counting._text import (
    CONVERT,
    LINE_BOMS,
    MAX_BYTES_PER_LINE,
    find_problem,
    refuse_long_line,
)
from sklearn_bigram.exceptions import InvalidLineError, NoNamesError
from sklearn_bigram.tokenization._codes import code_text
from sklearn_bigram.utils._files import is_compressed, name_errors

LINE_END = "\n"  # the boundary while counting, since no name in a file can hold it
_BYTES_PER_BLOCK = 2**17  # of text that is read at a time


def read_lines(path, encoding):
    """Yield the lines of a text file; an error names the line."""
    for text in read_blocks(path, encoding):
        yield from split_lines(text)


def split_lines(text):
    """Return the lines of a block, without line ends and byte order marks."""
    text = text.removesuffix(LINE_END)
    if "\r" in text:
        text = text.removesuffix("\r").replace("\r\n", LINE_END)
    lines = text.split(LINE_END)
    return [line.lstrip(BOM) for line in lines] if BOM in text else lines


def join_lines(text, *, lowercase):
    """Return the lines of a block with a line feed before, between and after them."""
    text = LINE_END + text + ("" if text.endswith(LINE_END) else LINE_END)
    if "\r" in text:
        text = text.replace("\r\n", LINE_END)
    if BOM in text:
        text = LINE_BOMS.sub(LINE_END, text)
    return text.lower() if lowercase else text


def read_blocks(path, encoding, n_bytes=None):
    """Yield a text file in blocks of whole lines; an error names the line."""
    decoder = codecs.getincrementaldecoder(encoding)()
    size = min(_BYTES_PER_BLOCK if n_bytes is None else n_bytes, MAX_BYTES_PER_LINE)
    rest, n_lines, at_end = "", 0, False
    with name_errors(path), _open_binary(path) as file:
        try:
            while not at_end:
                data = file.read(size)
                at_end = len(data) < size
                text = rest + decoder.decode(data, at_end)
                longest = text.find(LINE_END) if LINE_END in text else len(text)
                if longest > MAX_BYTES_PER_LINE:  # only the first line may not fit in a block
                    refuse_long_line(path, n_lines + 1)
                end = len(text) if at_end else text.rfind(LINE_END) + 1
                if end:
                    yield text[:end]
                rest = text[end:]
                n_lines += int(np.count_nonzero(code_text(text) == ord(LINE_END)))
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(error.encoding, "ignore")
            line = n_lines + good.count(LINE_END) + 1
            problem, way_out = find_problem(error, encoding, is_start=n_lines == 0)
            raise _in_options(InvalidLineError(path, line, problem, way_out)) from None
        except UnicodeError as error:  # the start lacks the mark that tells the order of bytes
            problem = f"not {encoding} text: {error}"
            raise _in_options(InvalidLineError(path, n_lines + 1, problem, CONVERT)) from None
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise OSError(f"{path} is damaged or truncated: {error}") from error


def _in_options(error):
    """Return the error of a line with a way out for the command line."""
    if error.way_out != CONVERT:
        return error
    return InvalidLineError(error.source, error.line, error.problem, "give its --encoding")


def _open_binary(path):
    if path == "-":
        return nullcontext(standard_input().buffer)
    opener = gzip.open if is_compressed(path) else open
    return opener(path, "rb")


def is_utf8(encoding):
    """Tell whether this name stands for UTF-8."""
    return codecs.lookup(encoding).name == "utf-8"


def standard_input():
    """Return standard input, as text."""
    if sys.stdin is None:
        raise ValueError("standard input is closed.")
    return sys.stdin


def read_names(path, encoding):
    """Return the names in a text file, one a line; blank lines do not count."""
    names = [line for line in read_lines(path, encoding) if line]
    if not names:
        raise NoNamesError(path)
    return names


def is_counts(path):
    """Tell whether this is a counts file, by its name."""
    return path.lower().endswith(".npz")


def load_counts(path):
    """Return the counts in a counts file."""
    counts = BigramCounts.load(path)
    if any(len(symbol) != 1 for symbol in counts.symbols):
        raise ValueError(
            f"{path} has symbols of several characters, which the command line cannot handle: "
            "use it from Python."
        )
    return counts


class LineStream:
    """The lines of a text file as a binary stream of UTF-8, which `count_bigrams` reads."""

    def __init__(self, path, encoding):
        self.name = path
        self._lines = read_lines(path, encoding)

    def read(self, size):
        """Return whole lines, of about this size."""
        lines, n_characters = [], 0
        for line in self._lines:
            lines.append(line + "\r\n")
            n_characters += len(line) + 1
            if n_characters >= size:
                break
        return "".join(lines).encode("utf-8", "surrogatepass")  # an error names their line


def count_names(names, *, lowercase):
    """Return the counts of a list of names, with the boundary `LINE_END`."""
    tokenizer = NameTokenizer(boundary=LINE_END, lowercase=lowercase)
    names = np.array(names, dtype=object)  # in an array, names of files are names
    return count_bigrams(names, tokenizer=tokenizer)


def count_text(paths, *, encoding, lowercase, delimiter=None, executor=None):
    """Return the counts of the names in text files, with the boundary `LINE_END`."""
    sources: list[Any] = [[Path(path) for path in paths]]
    if paths == ["-"] and is_utf8(encoding):
        sources = [standard_input().buffer]
    elif "-" in paths or not is_utf8(encoding):
        sources = [LineStream(path, encoding) for path in paths]
    tokenizer = NameTokenizer(boundary=LINE_END, lowercase=lowercase)
    options = {"tokenizer": tokenizer, "delimiter": delimiter, "executor": executor}
    parts = []
    for source in sources:
        with suppress(NoNamesError):
            parts.append(_count(source, options))
    if not parts:
        raise NoNamesError(", ".join(paths), delimiter is not None)
    return reduce(add, parts)


def _count(source, options):
    try:
        return count_bigrams(source, **options)
    except InvalidLineError as error:
        raise _in_options(error) from None


def add_counts(parts):
    """Return the sum of counts, whatever their boundaries, with a boundary that no name holds."""
    boundary = free_boundary({symbol for counts in parts for symbol in counts.symbols[1:]})
    return reduce(add, (counts.with_boundary(boundary) for counts in parts))


def free_boundary(symbols):
    """Return a boundary that is none of these symbols, "." if possible."""
    candidates = chain((".", LINE_END), map(chr, range(sys.maxunicode)))
    return next(symbol for symbol in candidates if symbol not in symbols)
