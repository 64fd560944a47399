"""NameTokenizer: names to token ids and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import strip_accents_ascii, strip_accents_unicode
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.tokenization import _stream
from sklearn_bigram.tokenization._stream import TokenStream
from sklearn_bigram.utils._text import shorten
from sklearn_bigram.utils._validation import (
    Interval,
    StrOptions,
    check_strings,
    check_token_ids,
    require_names,
)

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
SPARSE_WIDTH = 2**20
_STRIP_ACCENTS = {"ascii": strip_accents_ascii, "unicode": strip_accents_unicode}


@dataclass(frozen=True)
class Codes:
    """Names as a stream of codes that need no fitting: code points, or places in `symbols`."""

    codes: np.ndarray  # (n_bigrams + 1,), with the boundary's code as in TokenStream
    boundary: int
    symbols: list | None = None  # what code k stands for; None: the character chr(k)

    @cached_property
    def starts(self):
        """Where each name's first bigram is, and an end: (n_names + 1,)."""
        return np.flatnonzero(self.codes == self.boundary)

    def decode(self, values):
        """Return the symbols that these code values stand for."""
        if self.symbols is None:
            return [chr(value) for value in values]
        return [self.symbols[value] for value in values]

    def longest(self):
        """Return the number of symbols of the longest name."""
        return int(np.diff(self.starts).max()) - 1

    def distinct(self):
        """Return the distinct codes but the boundary's, ascending."""
        seen = np.zeros(int(self.codes.max()) + 1, dtype=bool)
        seen[self.codes] = True
        seen[self.boundary] = False
        return np.flatnonzero(seen)


def as_list(names):
    """Return checked names as a list or tuple of str."""
    if isinstance(names, (list, tuple)):
        return names
    return names.tolist() if isinstance(names, np.ndarray) else names.to_pylist()


def code_text(text):
    """Return the code points of a str, one byte each where all fit."""
    try:
        return np.frombuffer(text.encode("latin-1"), dtype=np.uint8)
    except UnicodeEncodeError:
        return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def code_characters(names, boundary, first):
    """Return the names as code points."""
    if isinstance(names, (list, tuple)):
        try:
            codes = code_list(names, boundary)
        except TypeError:
            check_strings(names, first)
            raise
    elif isinstance(names, np.ndarray):
        codes = code_array(names, boundary)
    else:
        codes = code_arrow(names, boundary)
    if np.count_nonzero(codes == ord(boundary)) != len(names) + 1:
        names = as_list(names)
        raise_boundary(names, names, boundary, first)
    return Codes(codes, ord(boundary))


def code_list(names, boundary):
    """Return a list of names as code points."""
    return code_text(f"{boundary}{boundary.join(names)}{boundary}")


def code_array(names, boundary):
    """Return an array of names of NumPy's dtype "U" as code points, without making a str of each.

    What its rows lack to the width of the array is NUL. So names with NUL inside are taken as str.
    """
    width = max(1, names.dtype.itemsize // 4)
    points = np.ascontiguousarray(names, dtype=f"=U{width}").view(np.uint32)
    is_wide = max(int(points.max()), ord(boundary)) >= 256
    cells = np.empty((len(names), width + 1), dtype="<u4" if is_wide else np.uint8)
    cells[:, :width] = points.reshape(-1, width)
    cells[:, width] = ord(boundary)
    filled = cells.ravel() != 0
    n_short = np.count_nonzero(cells[:, width - 1] == 0)
    if boundary == "\0" or np.count_nonzero(filled[1:] > filled[:-1]) != n_short:
        return code_list(names.tolist(), boundary)
    return np.append(cells[0, width:], cells.ravel()[filled])


def code_arrow(names, boundary):
    """Return an Arrow array of names as code points, without making a str of each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        edge = boundary.encode()
    except UnicodeEncodeError:  # a surrogate, which Arrow does not hold
        return code_list(as_list(names), boundary)
    if isinstance(names, pa.ChunkedArray):
        names = names.combine_chunks()
    whole = pa.ListArray.from_arrays([0, len(names)], names)
    text = pc.binary_join(whole, pa.scalar(boundary, names.type))[0].as_buffer().to_pybytes()
    text = edge + text + edge
    return np.frombuffer(text, dtype=np.uint8) if text.isascii() else code_text(text.decode())


def code_symbols(names, boundary, analyze, first):
    """Return the names as places in the sorted list of the symbols that `analyze` finds."""
    lists = [analyze(name) for name in names]
    try:
        found = set(chain.from_iterable(lists))
        good = all(map(is_symbol, found)) and all(isinstance(part, Sequence) for part in lists)
    except TypeError:
        good = False
    if not good:
        raise_not_symbols(names, lists)
    if boundary in found:
        raise_boundary(names, lists, boundary, first)
    symbols = [boundary, *sorted(found)]
    place = {symbol: code for code, symbol in enumerate(symbols)}
    starts = np.cumsum([0, *(len(symbols_found) + 1 for symbols_found in lists)])
    codes = np.zeros(starts[-1] + 1, dtype=np.min_scalar_type(len(symbols)))
    inside = np.ones(len(codes), dtype=bool)
    inside[starts] = False
    codes[inside] = np.fromiter(map(place.__getitem__, chain.from_iterable(lists)), dtype=np.intp)
    return Codes(codes, 0, symbols)


def raise_not_symbols(names, lists):
    """Raise the error that names the first name of which the analyzer made no list of symbols."""
    i = next(i for i, found in enumerate(lists) if not are_symbols(found))
    raise TypeError(
        f"The analyzer returned {shorten(lists[i])} for {shorten(names[i])}: it must return a list "
        "of non-empty str."
    )


def is_symbol(symbol):
    """Tell whether this can be a symbol."""
    return isinstance(symbol, str) and symbol != ""


def are_symbols(found):
    """Tell whether this is a sequence of what can be symbols."""
    return isinstance(found, Sequence) and all(map(is_symbol, found))


def raise_boundary(names, symbols, boundary, first):
    """Raise the error that names the first name whose symbols hold the boundary."""
    i = next(i for i, found in enumerate(symbols) if boundary in found)
    raise ValueError(
        f"X[{first + i}] is {shorten(names[i])} and holds the boundary symbol {boundary!r}, which "
        "marks where a name starts and ends: remove it, or choose another with "
        "NameTokenizer(boundary=...)."
    )


def find_ids(ids, symbols, handle_unknown, where="X"):
    """Return the ids of these symbols of an argument, by the dict `ids`."""
    unknown = [symbol for symbol in symbols if symbol not in ids]
    if unknown and handle_unknown == "error":
        more = f" and {len(unknown) - 10} more" if len(unknown) > 10 else ""
        raise ValueError(
            f"{where} holds unknown symbols: {', '.join(map(repr, unknown[:10]))}{more}. Remove "
            "them, fit on names that hold them, list all symbols in NameTokenizer(alphabet=...), "
            "make known ones of them with lowercase=True or strip_accents='unicode', or replace "
            "them with handle_unknown='use_unknown'."
        )
    return [ids.get(symbol, 1) for symbol in symbols]


def find_graphemes(text):
    """Split a str into user-perceived characters."""
    try:
        import regex
    except ImportError as error:
        raise ImportError(
            "analyzer='grapheme' needs the package regex: pip install 'sklearn_bigram[grapheme]'."
        ) from error
    return regex.findall(r"\X", text)


class NameTokenizer(TransformerMixin, BaseEstimator):
    """Turn names into token ids, a row a name.

    The symbols of the training names, sorted by code point, get the ids 1, 2, 3, ...; the
    boundary, which stands before and after every name, is 0. A row holds a name's ids from the
    left and is padded with zeros, so that in a sparse array padding costs nothing.

    Parameters
    ----------
    boundary : str, default="."
        The symbol for the start and the end of a name. No name may hold it.

    analyzer : {"char", "grapheme"} or callable, default="char"
        What a symbol is: a code point; a user-perceived character, such as a letter with its
        combining accents or a flag (needs the package ``regex``, in the extra ``grapheme``); or
        what a function from a name to a list of str makes of it.

    lowercase : bool, default=False
        Turn names to lower case first.

    strip_accents : {"ascii", "unicode"} or callable, default=None
        Remove accents after that, as :class:`~sklearn.feature_extraction.text.CountVectorizer`
        does.

    alphabet : str or list of str, default=None
        The symbols to know, in any order. By default those of the training names; give them if a
        part of the names, such as a fold of a cross-validation, may lack one. A str is taken for
        the symbols that the analyzer makes of it.

    handle_unknown : {"error", "use_unknown"}, default="error"
        What to do with a symbol that is not known: raise an error, or replace it by the reserved
        symbol U+FFFD, which then has id 1. A model may then draw that symbol in its samples.

    max_length : int, default=None
        The most symbols that a name may have, and the number of columns. By default names have
        any length, and there are 2**20 columns if the output is sparse, or as many as the
        longest training name has symbols if it is dense.

    sparse_output : bool, default=True
        Return a CSR array, or a dense one.

    Attributes
    ----------
    symbols_ : ndarray of shape (n_symbols,) of str objects
        The symbol of each token id; the first is the boundary.

    max_length_ : int
        Number of columns of the output.

    See Also
    --------
    CountBigramLM : Uses a tokenizer for raw names.

    Examples
    --------
    >>> from sklearn_bigram import NameTokenizer
    >>> tokenizer = NameTokenizer(sparse_output=False)
    >>> tokenizer.fit_transform(["emma", "ava"])
    array([[2, 3, 3, 1],
           [1, 4, 1, 0]], dtype=int32)
    >>> tokenizer.symbols_
    array(['.', 'a', 'e', 'm', 'v'], dtype=object)
    >>> tokenizer.inverse_transform([[4, 1, 3], [2, 4, 0]])
    array(['vam', 'ev'], dtype=object)
    """

    _parameter_constraints: dict = {
        "boundary": [str],
        "analyzer": [StrOptions({"char", "grapheme"}), callable],
        "lowercase": ["boolean"],
        "strip_accents": [StrOptions(set(_STRIP_ACCENTS)), callable, None],
        "alphabet": [str, "array-like", None],
        "handle_unknown": [StrOptions({"error", "use_unknown"})],
        "max_length": [Interval(Integral, 1, None, closed="left"), None],
        "sparse_output": ["boolean"],
    }

    symbols_: np.ndarray
    max_length_: int

    def __init__(
        self,
        *,
        boundary=".",
        analyzer="char",
        lowercase=False,
        strip_accents=None,
        alphabet=None,
        handle_unknown="error",
        max_length=None,
        sparse_output=True,
    ):
        self.boundary = boundary
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.alphabet = alphabet
        self.handle_unknown = handle_unknown
        self.max_length = max_length
        self.sparse_output = sparse_output

    def fit(self, X, y=None):
        """Learn the symbols of the names.

        Parameters
        ----------
        X : list, array or Series of str, of length n_names
            The names.

        y : None
            Ignored.

        Returns
        -------
        self : NameTokenizer
            The fitted tokenizer.
        """
        self._check_params()
        coded = self._code(require_names(X))
        self._learn(coded.decode(coded.distinct()), coded.longest())
        return self

    def partial_fit(self, X, y=None):
        """Learn the symbols of more names; all ids may change.

        Parameters
        ----------
        X : list, array or Series of str, of length n_names
            The names.

        y : None
            Ignored.

        Returns
        -------
        self : NameTokenizer
            The tokenizer as if fitted on all the names so far.
        """
        self._check_params()
        coded = self._code(require_names(X))
        self._learn(coded.decode(coded.distinct()), coded.longest(), partial=True)
        return self

    def transform(self, X):
        """Return the token ids of the names.

        Parameters
        ----------
        X : list, array or Series of str, of length n_names
            The names.

        Returns
        -------
        ids : CSR array or ndarray of shape (n_names, `max_length_`), int32
            The token ids of each name, padded with zeros on the right.

        Raises
        ------
        ValueError
            If a name holds the boundary, an unknown symbol or too many symbols.
        TypeError
            If an element of X is not a str.
        """
        check_is_fitted(self)
        names = require_names(X)
        stream = self._stream(names)
        lengths = stream.n_bigrams - 1
        if lengths.max() > self.max_length_:
            i = int(np.argmax(lengths > self.max_length_))
            raise ValueError(
                f"X[{i}] is {shorten(str(names[i]))} and has {lengths[i]} symbols, more than "
                f"the {self.max_length_} columns of the output: set max_length to the most symbols "
                "that a name may have."
            )
        return _stream.to_rows(stream, self.max_length_, sparse_output=self.sparse_output)

    def inverse_transform(self, X):
        """Return the names that token ids stand for.

        Parameters
        ----------
        X : array-like or CSR array of shape (n_names, n_columns)
            Token ids, padded with zeros on the right.

        Returns
        -------
        names : ndarray of shape (n_names,) of str objects
            The names; a zero inside a row becomes the boundary symbol.

        Raises
        ------
        ValueError
            If an id is negative or not that of a symbol.
        """
        check_is_fitted(self)
        return self._decode(_stream.from_rows(check_token_ids(X), len(self.symbols_)))

    def get_feature_names_out(self, input_features=None):
        """Return the names of the output columns: ``symbol0``, ``symbol1``, ...

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of shape (`max_length_`,) of str objects
            One name a column.
        """
        check_is_fitted(self)
        return np.array([f"symbol{i}" for i in range(self.max_length_)], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags

    def _check_params(self):
        """Raise unless the parameters are valid, each and together."""
        self._validate_params()
        many = not callable(self.analyzer) and len(self._split(self.boundary)) != 1
        if not self.boundary or many:
            raise ValueError(f"boundary is {self.boundary!r}: it must be one symbol.")
        if self.boundary == UNKNOWN and self.handle_unknown == "use_unknown":
            raise ValueError("boundary is U+FFFD, which is reserved for unknown symbols.")
        if self.alphabet is None:
            return
        if len(self.alphabet) == 0:
            raise ValueError("alphabet is empty: give at least one symbol, or None.")
        for symbol in self._split(self.alphabet):
            if not is_symbol(symbol):
                raise TypeError(f"alphabet holds {symbol!r}: symbols must be non-empty str.")
            if self.analyzer == "char" and len(symbol) != 1:
                raise ValueError(
                    f"alphabet holds {symbol!r}: with analyzer='char' a symbol is one code point."
                )
            if symbol == self.boundary:
                raise ValueError(
                    f"alphabet holds the boundary symbol {symbol!r}: it is added "
                    "without being asked for; leave it out."
                )

    def _is_plain(self):
        """Tell whether names are taken as they are, but for their case, a symbol a code point."""
        changes = self.strip_accents is not None or self.max_length is not None
        return self.analyzer == "char" and not changes

    def _split(self, text):
        """Return the symbols of a str; what is not a str is a list of symbols already."""
        if not isinstance(text, str) or self.analyzer == "char":
            return text
        return find_graphemes(text) if self.analyzer == "grapheme" else self.analyzer(text)

    def _normalize(self, names):
        """Return the names in lower case and without accents, as far as asked for."""
        if self.lowercase:
            names = [name.lower() for name in names]
        if self.strip_accents is not None:
            strip = _STRIP_ACCENTS.get(self.strip_accents, self.strip_accents)
            stripped = [strip(name) for name in names]
            for name, result in zip(names, stripped, strict=True):
                if not isinstance(result, str):
                    raise TypeError(
                        f"strip_accents returned {shorten(result)} for {shorten(name)}: it must "
                        "return a str."
                    )
            names = stripped
        return names

    def _split_plain(self, text):
        """Return the symbols of a part of a name, normalized, known or not."""
        (text,) = self._normalize([text])
        symbols = self._split(text)
        if not are_symbols(symbols):
            raise_not_symbols([text], [symbols])
        return symbols

    def _code(self, names, first=0):
        """Return the names, checked, as `Codes`; the first is number `first`."""
        if self.lowercase or self.strip_accents is not None or self.analyzer != "char":
            names = as_list(names)
            check_strings(names, first)
        names = self._normalize(names)
        if self.analyzer == "char":
            coded = code_characters(names, self.boundary, first)
        else:
            coded = code_symbols(names, self.boundary, self._split, first)
        if self.max_length is not None:
            lengths = np.diff(coded.starts) - 1
            if lengths.max() > self.max_length:
                i = int(np.argmax(lengths > self.max_length))
                name = shorten(str(names[i]))
                raise ValueError(
                    f"X[{first + i}] is {name} and has {lengths[i]} symbols, more than "
                    f"max_length={self.max_length}: shorten it, or raise max_length."
                )
        return coded

    def _learn(self, symbols, longest, *, partial=False):
        """Set the fitted attributes from the symbols of names and the longest name's length."""
        known = self.symbols_[1:].tolist() if partial and hasattr(self, "symbols_") else []
        head = [self.boundary]
        if self.handle_unknown == "use_unknown":
            head.append(UNKNOWN)
        learned = (
            {*known, *symbols}
            if self.alphabet is None
            else set(map(str, self._split(self.alphabet)))
        )
        all_symbols = head + sorted(learned.difference(head))
        ids = {symbol: i for i, symbol in enumerate(all_symbols)}
        find_ids(ids, symbols, self.handle_unknown)
        if self.max_length is not None:
            max_length = self.max_length
        elif self.sparse_output:
            max_length = SPARSE_WIDTH
        else:
            max_length = max(1, longest, self.max_length_ if len(known) else 0)
        self.symbols_ = np.array(all_symbols, dtype=object)
        self.max_length_ = max_length
        self._ids = ids
        # Ids by byte, 0 where there is none, for names of one-byte symbols.
        self._byte_ids = None
        if len(ids) <= 256:
            table = bytearray(256)
            for symbol, i in ids.items():
                if len(symbol) == 1 and ord(symbol) < 256:
                    table[ord(symbol)] = i
            self._byte_ids = bytes(table)

    def _find_ids(self, symbols, where="X"):
        """Return the ids of these symbols of an argument."""
        return find_ids(self._ids, symbols, self.handle_unknown, where)

    def _stream(self, names, first=0):
        """Return the names as a stream of token ids; the first is number `first`."""
        coded = self._code(names, first)
        if self._byte_ids is not None and coded.codes.dtype == np.uint8 and coded.symbols is None:
            ids = np.frombuffer(coded.codes.tobytes().translate(self._byte_ids), dtype=np.uint8)
            if np.count_nonzero(ids) == len(ids) - len(coded.starts):  # nothing is unknown
                return TokenStream(ids, coded.starts)
        values = coded.distinct()
        table = np.zeros(int(coded.codes.max()) + 1, dtype=np.min_scalar_type(len(self.symbols_)))
        table[values] = self._find_ids(coded.decode(values))
        return TokenStream(table.take(coded.codes), coded.starts)

    def _stream_with_gaps(self, names):
        """Return the names as a stream of token ids, with 0 for symbols that are not known."""
        coded = self._code(names)
        values = coded.distinct()
        unknown = 1 if self.handle_unknown == "use_unknown" else 0
        table = np.zeros(int(coded.codes.max()) + 1, dtype=np.min_scalar_type(len(self.symbols_)))
        table[values] = [self._ids.get(symbol, unknown) for symbol in coded.decode(values)]
        return TokenStream(table.take(coded.codes), coded.starts)

    def _decode(self, stream):
        """Return the names of a stream as an array of str objects."""
        n_names = len(stream.starts) - 1
        if n_names == 0:
            return np.empty(0, dtype=object)
        if self.analyzer == "char" and np.count_nonzero(stream.ids == 0) == n_names + 1:
            points = np.array([ord(symbol) for symbol in self.symbols_])
            if points.max() < 256:
                table = points.astype(np.uint8).tobytes().ljust(256)
                text = stream.ids.astype(np.uint8).tobytes().translate(table).decode("latin-1")
            else:
                buffer = points.astype("<u4")[stream.ids].tobytes()
                text = buffer.decode("utf-32-le", "surrogatepass")
            return np.array(text[1:-1].split(self.boundary), dtype=object)
        symbols = self.symbols_[stream.ids].tolist()
        ends = stream.starts.tolist()
        names = ["".join(symbols[a + 1 : b]) for a, b in pairwise(ends)]
        return np.array(names, dtype=object)
