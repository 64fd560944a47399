"""Lines that hold a name and its weight: text to names and weights."""

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sklearn_bigram.exceptions import InvalidLineError
from sklearn_bigram.tokenization._coder import NameCoder
from sklearn_bigram.tokenization._codes import code_text
from sklearn_bigram.utils._files import DELIMITERS
from sklearn_bigram.utils._text import shorten
from sklearn_bigram.utils._validation import MAX_WEIGHT

BOM = "\ufeff"  # no part of a name at the start of a line, where joined files have it too
_LF = ord("\n")
_NUMBER = re.compile(r" *+\+?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)? *+")
_OF_NUMBERS = re.compile(r"[0-9.eE+-]*+")
_QUOTED = re.compile(r'"((?:[^"]++|"")*+)"')


@dataclass(frozen=True)
class ColumnCoder(NameCoder):
    """A coder of the names in lines of text that have a second column, of weights."""

    delimiter: str

    @property
    def is_plain(self):
        """Whether the symbols of a line are those of a name."""
        return False


class Columns(NamedTuple):
    """The names and weights in some lines, and how many lines they are."""

    names: list  # of str
    weights: np.ndarray  # (n_names,)
    numbers: np.ndarray  # (n_names,), the number of each name's line, from 1
    n_lines: int


def split_columns(text, delimiter):
    """Return the `Columns` of lines of text, without the blank lines.

    A name may be written in double quotes, as CSV writers do with names that hold the delimiter.

    Raises
    ------
    InvalidLineError
        If a line that is not blank does not hold a name and a weight.
    """
    text = text if text.endswith("\n") else text.removesuffix("\r")
    text = text.replace("\r\n", "\n").removesuffix("\n")
    columns = _split_regular(text, delimiter)
    if columns is not None:
        return columns
    lines = [line.lstrip(BOM) for line in text.split("\n")]
    numbers = [number for number, line in enumerate(lines, 1) if line]
    rows = [_split_line(lines[number - 1], number, delimiter) for number in numbers]
    names, weights = [name for name, _ in rows], [weight for _, weight in rows]
    return Columns(names, np.array(weights, dtype=np.float64), np.array(numbers), len(lines))


def _split_regular(text, delimiter):
    """Return the `Columns` of lines that are all in the usual form; None if one may not be.

    All names and weights are split at once, which is several times as fast as line by line.
    """
    if any(char in text for char in ('"', BOM, "\r")):
        return None
    points = code_text(text)
    marks = points[(points == _LF) | (points == ord(delimiter))]
    n_lines = len(marks) // 2 + 1
    are_in_turn = len(marks) % 2 == 1 and (marks[::2] != _LF).all() and (marks[1::2] == _LF).all()
    if not are_in_turn:
        return None
    fields = text.replace(delimiter, "\n").split("\n")
    names, texts = fields[::2], fields[1::2]
    if "" in names or not _OF_NUMBERS.fullmatch("".join(texts)):
        return None
    try:
        weights = np.fromiter(map(float, texts), dtype=np.float64, count=n_lines)
    except ValueError:
        return None
    if np.signbit(weights).any() or weights.max() > MAX_WEIGHT:
        return None
    return Columns(names, weights, np.arange(1, n_lines + 1), n_lines)


def _split_line(line, number, delimiter):
    """Return the name and the weight in a line that is not blank."""
    quoted = _QUOTED.match(line)
    first = line.partition(delimiter)[0] if quoted is None else quoted[0]
    name = first if quoted is None else quoted[1].replace('""', '"')
    between, *fields = line[len(first) :].split(delimiter)
    is_open = between != "" or (quoted is None and first.startswith('"'))
    if name and not is_open and len(fields) == 1 and _NUMBER.fullmatch(fields[0]):
        weight = float(fields[0])
        if weight <= MAX_WEIGHT:
            return name, weight
    raise InvalidLineError(None, number, *_explain(line, name, fields, is_open, delimiter))


def _explain(line, name, fields, is_open, delimiter):
    """Return what is wrong with a line, and the way out."""
    column = next(word for word, char in DELIMITERS.items() if char == delimiter)
    form = f"every line, including the first, must hold a name, a {column} and a weight"
    if is_open:
        return (
            f"the line is {shorten(line)}, where the double quote before the name is not closed",
            'quote the name as in a CSV file: """a"" b" for "a" b',
        )
    if not fields:
        return f"the line is {shorten(line)} and has no weight", form
    if len(fields) > 1:
        problem = f"the line is {shorten(line)} and has {len(fields) + 1} columns"
        return problem, f"{form}; put a name that holds a {column} in double quotes"
    if not name:
        return f"the line is {shorten(line)} and has no name", form
    weight = shorten(fields[0])
    return f"the weight is {weight}, which is not a number from 0 to {MAX_WEIGHT}", form
