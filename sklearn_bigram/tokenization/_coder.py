"""NameCoder: names in any container to codes, as the parameters of a tokenizer say."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from sklearn_bigram.exceptions import InvalidNameError
from sklearn_bigram.tokenization._categories import Categories
from sklearn_bigram.tokenization._codes import Codes, code_array, code_arrow, code_list
from sklearn_bigram.tokenization._containers import check_strings
from sklearn_bigram.utils._text import shorten

UNKNOWN = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class NameCoder:
    """The parameters of a tokenizer that say how a name becomes symbols."""

    boundary: str
    analyzer: Any  # "char", "grapheme" or a callable
    lowercase: bool
    strip_accents: Any  # "ascii", "unicode", a callable or None
    max_length: int | None

    @property
    def is_plain(self):
        """Whether the symbols of a name are its characters, apart from their case."""
        return self.analyzer == "char" and self.strip_accents is None and self.max_length is None

    def code(self, names, start=0):
        """Return `Names` as `Codes`; an error calls the first name X[start]."""
        if self.analyzer == "char":
            coded = self._code_characters(names, start)
        else:
            coded = self._code_symbols(names, start)
        if self.max_length is not None:
            lengths = np.diff(coded.starts) - 1
            if lengths.max() > self.max_length:
                i = int(np.argmax(lengths > self.max_length))
                raise InvalidNameError(
                    names.as_list()[i],
                    start + i,
                    f"has {lengths[i]} symbols, more than max_length={self.max_length}",
                    "shorten it, or raise max_length",
                )
        return coded

    def split(self, text):
        """Return the symbols of a part of a name, after normalization."""
        (text,) = self._normalize([text])
        symbols = self.analyze(text)
        if not _are_symbols(symbols):
            _raise_not_symbols(text, symbols)
        return symbols

    def analyze(self, text):
        """Return the symbols of a str. Anything else is taken for a list of symbols."""
        if not isinstance(text, str) or self.analyzer == "char":
            return text
        return find_graphemes(text) if self.analyzer == "grapheme" else self.analyzer(text)

    def _normalize(self, names):
        """Return a list of names in lower case and without accents, as far as asked for."""
        if self.lowercase:
            names = [name.lower() for name in names]
        if self.strip_accents is not None:
            strip = _find_stripper(self.strip_accents)
            stripped = [strip(name) for name in names]
            for name, result in zip(names, stripped, strict=True):
                if not isinstance(result, str):
                    raise TypeError(
                        f"strip_accents returned {shorten(result)} for {shorten(name)}: it must "
                        "return a str."
                    )
            names = stripped
        return names

    def _code_characters(self, names, start):
        """Return names as code points."""
        values, boundary = names.values, self.boundary
        if self.lowercase or self.strip_accents is not None or isinstance(values, Categories):
            values = names.as_list()
            check_strings(values, start)
            values = self._normalize(values)
        if isinstance(values, (list, tuple)):
            try:
                codes = code_list(values, boundary)
            except TypeError:
                check_strings(values, start)
                raise
        elif isinstance(values, np.ndarray):
            codes = code_array(values, boundary)
        else:
            codes = code_arrow(values, boundary)
        if np.count_nonzero(codes == ord(boundary)) != len(values) + 1:
            values = values if isinstance(values, (list, tuple)) else names.as_list()
            self._raise_boundary(values, values, start)
        return Codes(codes, ord(boundary))

    def _code_symbols(self, names, start):
        """Return names as positions in the sorted list of the symbols that the analyzer finds."""
        values = names.as_list()
        check_strings(values, start)
        values = self._normalize(values)
        lists = [self.analyze(name) for name in values]
        try:
            found = set(chain.from_iterable(lists))
            valid = all(map(is_symbol, found)) and all(isinstance(part, Sequence) for part in lists)
        except TypeError:
            valid = False
        if not valid:
            i = next(i for i, part in enumerate(lists) if not _are_symbols(part))
            _raise_not_symbols(values[i], lists[i])
        if self.boundary in found:
            self._raise_boundary(values, lists, start)
        symbols = [self.boundary, *sorted(found)]
        code_of = {symbol: code for code, symbol in enumerate(symbols)}
        starts = np.cumsum([0, *(len(part) + 1 for part in lists)])
        codes = np.zeros(starts[-1] + 1, dtype=np.min_scalar_type(len(symbols)))
        inside = np.ones(len(codes), dtype=bool)
        inside[starts] = False
        flat = map(code_of.__getitem__, chain.from_iterable(lists))
        codes[inside] = np.fromiter(flat, dtype=np.intp)
        return Codes(codes, 0, symbols)

    def _raise_boundary(self, names, symbols, start):
        """Raise the error that names the first name whose symbols include the boundary."""
        i = next(i for i, found in enumerate(symbols) if self.boundary in found)
        raise InvalidNameError(
            names[i],
            start + i,
            f"holds the boundary symbol {self.boundary!r}, which marks where a name starts and "
            "ends",
            "remove it, or choose another with NameTokenizer(boundary=...)",
        )


def make_coder(tokenizer):
    """Return the coder of a tokenizer."""
    return NameCoder(
        tokenizer.boundary,
        tokenizer.analyzer,
        tokenizer.lowercase,
        tokenizer.strip_accents,
        tokenizer.max_length,
    )


def make_checked_coder(tokenizer):
    """Return the coder of a tokenizer, after checking its parameters, each and together."""
    tokenizer._validate_params()
    coder = make_coder(tokenizer)
    boundary = coder.boundary
    n_symbols = 1 if callable(coder.analyzer) else len(coder.analyze(boundary))
    if not boundary or n_symbols != 1:
        raise ValueError(f"boundary is {boundary!r}: it must be one symbol.")
    if boundary == UNKNOWN and tokenizer.handle_unknown == "use_unknown":
        raise ValueError("boundary is U+FFFD, which is reserved for unknown symbols.")
    if tokenizer.alphabet is not None:
        _check_alphabet(tokenizer.alphabet, coder)
    return coder


def _check_alphabet(alphabet, coder):
    """Raise unless this is an alphabet of symbols that the coder can find."""
    if len(alphabet) == 0:
        raise ValueError("alphabet is empty: give at least one symbol, or None.")
    symbols = coder.analyze(alphabet)
    if isinstance(alphabet, str) and not isinstance(symbols, Sequence):
        _raise_not_symbols(alphabet, symbols)
    for symbol in symbols:
        if not is_symbol(symbol):
            raise TypeError(f"alphabet holds {symbol!r}: symbols must be non-empty str.")
        if coder.analyzer == "char" and len(symbol) != 1:
            raise ValueError(
                f"alphabet holds {symbol!r}: with analyzer='char' a symbol is one code point."
            )
        if symbol == coder.boundary:
            raise ValueError(
                f"alphabet holds the boundary symbol {symbol!r}: leave it out, since it is always "
                "added."
            )


def is_symbol(symbol):
    """Tell whether a value can be a symbol."""
    return isinstance(symbol, str) and symbol != ""


def _find_stripper(strip_accents):
    """Return the function that a value of `strip_accents` stands for."""
    if callable(strip_accents):
        return strip_accents
    from sklearn.feature_extraction import text  # here, because its import is slow

    return text.strip_accents_ascii if strip_accents == "ascii" else text.strip_accents_unicode


def _are_symbols(values):
    return isinstance(values, Sequence) and all(map(is_symbol, values))


def _raise_not_symbols(name, found):
    """Raise the error of a name for which the analyzer did not return a list of symbols."""
    raise TypeError(
        f"The analyzer returned {shorten(found)} for {shorten(name)}: it must return a list of "
        "non-empty str."
    )


def find_graphemes(text):
    """Split a str into user-perceived characters."""
    try:
        import regex
    except ImportError as error:
        raise ImportError(
            "analyzer='grapheme' needs the package regex: pip install 'sklearn_bigram[grapheme]'."
        ) from error
    return regex.findall(r"\X", text)
