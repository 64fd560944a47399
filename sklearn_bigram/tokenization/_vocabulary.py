"""Vocabulary: the known symbols, their ids, and names in both directions."""

from functools import cached_property
from itertools import pairwise

import numpy as np

from sklearn_bigram.exceptions import UnknownSymbolsError
from sklearn_bigram.tokenization._coder import UNKNOWN
from sklearn_bigram.tokenization._stream import TokenStream


class Vocabulary:
    """The symbols that a model knows, in the order of their ids.

    Parameters
    ----------
    symbols : ndarray of shape (n_symbols,) of str objects
        The symbols; the first is the boundary.
    unknown_id : int or None
        The id of every unknown symbol; None makes them an error.
    longest : int
        Number of symbols of the longest training name; 0 if it is unknown or not needed.
    """

    def __init__(self, symbols, unknown_id, longest):
        self.symbols, self.unknown_id, self.longest = symbols, unknown_id, longest
        self.ids = dict(zip(symbols.tolist(), range(len(symbols)), strict=True))

    def __reduce__(self):
        """Leave out of pickles what can be computed again."""
        return Vocabulary, (self.symbols, self.unknown_id, self.longest)

    def find(self, symbols, argument="X", *, default=None):
        """Return the ids of the symbols of an argument.

        An unknown symbol has the id that is reserved for it, else the default, else it is an
        error.
        """
        ids = self.ids
        default = default if self.unknown_id is None else self.unknown_id
        if default is not None:
            return [ids.get(symbol, default) for symbol in symbols]
        try:
            return list(map(ids.__getitem__, symbols))
        except KeyError:
            unknown = [symbol for symbol in symbols if symbol not in ids]
            raise UnknownSymbolsError(unknown, argument) from None

    def encode(self, coded, *, default=None):
        """Return `Codes` as a stream of token ids; for unknown symbols, see `find`."""
        codes, starts = coded.codes, coded.starts
        if self._byte_ids is not None and codes.dtype == np.uint8 and coded.symbols is None:
            ids = np.frombuffer(codes.tobytes().translate(self._byte_ids), dtype=np.uint8)
            if np.count_nonzero(ids) == len(ids) - len(starts):  # no symbol is unknown
                return TokenStream(ids, starts)
        values = coded.distinct()
        table = np.zeros(int(codes.max()) + 1, dtype=np.min_scalar_type(len(self.symbols)))
        table[values] = self.find(coded.decode(values), default=default)
        return TokenStream(table.take(codes), starts)

    def decode(self, stream):
        """Return the names of a stream as an array of str objects."""
        n_names = len(stream.starts) - 1
        if n_names == 0:
            return np.empty(0, dtype=object)
        if self._points is not None and np.count_nonzero(stream.ids == 0) == n_names + 1:
            points, boundary, ids = self._points, self.symbols[0], stream.ids[1:-1]
            if points.max() < 256:
                table = points.astype(np.uint8).tobytes().ljust(256)
                text = ids.astype(np.uint8, copy=False).tobytes().translate(table).decode("latin-1")
            else:
                text = points[ids].tobytes().decode("utf-32-le", "surrogatepass")
            return np.fromiter(text.split(boundary), dtype=object, count=n_names)
        symbols = self.symbols[stream.ids].tolist()
        starts = stream.starts.tolist()
        names = ["".join(symbols[start + 1 : end]) for start, end in pairwise(starts)]
        return np.array(names, dtype=object)

    @cached_property
    def _points(self):
        """The code point of each symbol, (n_symbols,); None if a symbol has several."""
        if any(len(symbol) != 1 for symbol in self.ids):
            return None
        return np.array(list(map(ord, self.ids)), dtype="<u4")

    @cached_property
    def _byte_ids(self):
        """The id of each byte, 0 where there is none; None if there are more ids than bytes."""
        if len(self.ids) > 256:
            return None
        table = bytearray(256)
        for symbol, i in self.ids.items():
            if len(symbol) == 1 and ord(symbol) < 256:
                table[ord(symbol)] = i
        return bytes(table)


def learn_vocabulary(tokenizer, coder, symbols, longest, argument="X"):
    """Return the vocabulary of a tokenizer whose training names have these symbols.

    Parameters
    ----------
    tokenizer : NameTokenizer
        The tokenizer, whose parameters are used.
    coder : NameCoder
        Its coder.
    symbols : list of str
        The symbols of the training names, without the boundary.
    longest : int
        Number of symbols of the longest training name.
    argument : str, default="X"
        The argument that holds the symbols, for an error.
    """
    head = [coder.boundary]
    uses_unknown = tokenizer.handle_unknown == "use_unknown"
    if uses_unknown:
        head.append(UNKNOWN)
    if tokenizer.alphabet is not None:
        known = set(map(str, coder.analyze(tokenizer.alphabet)))
    else:
        known = set(symbols)
    all_symbols = np.array(head + sorted(known.difference(head)), dtype=object)
    vocabulary = Vocabulary(all_symbols, 1 if uses_unknown else None, longest)
    if tokenizer.alphabet is not None:
        # It is an error if the alphabet lacks a symbol, unless that is replaced.
        vocabulary.find(symbols, argument)
    return vocabulary
