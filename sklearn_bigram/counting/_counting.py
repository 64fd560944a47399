"""Counting: a stream of symbols to the matrix N, on which every model rests."""

from collections import Counter
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
from scipy import sparse

from sklearn_bigram.tokenization._stream import TokenStream
from sklearn_bigram.utils._files import replace_file

BLOCK = 2**19  # bytes that are counted at a time
PIECE = 2**16  # names that are handled at a time


class BigramCounts:
    """How often each symbol follows each other symbol: all that a bigram model learns from data.

    Counts of parts of the data add up with ``+`` to those of all of it, whatever symbols each part
    holds. Models take them in place of names: ``CountBigramLM().fit(counts)``.

    Parameters
    ----------
    symbols : array-like of shape (n_symbols,) of str
        The symbols; the first is the boundary, which stands before and after each name.

    matrix : array-like or sparse array of shape (n_symbols, n_symbols)
        How often symbol j followed symbol i. It is kept as a CSR array of float64.

    Raises
    ------
    ValueError
        If `symbols` holds one twice, or `matrix` is not square, of their number, or holds what is
        not finite or negative.
    TypeError
        If a symbol is not a str.

    See Also
    --------
    count_bigrams : Counts names, files and streams.

    Examples
    --------
    >>> from sklearn_bigram import CountBigramLM, count_bigrams
    >>> counts = count_bigrams(["emma", "ava"]) + count_bigrams(["zoë"])
    >>> counts
    <BigramCounts: 13 bigrams of 8 symbols>
    >>> CountBigramLM().fit(counts).symbols_
    array(['.', 'a', 'e', 'm', 'o', 'v', 'z', 'ë'], dtype=object)
    """

    def __init__(self, symbols, matrix):
        self.symbols, self.matrix = _check_parts(list(symbols), matrix)

    @classmethod
    def _of(cls, symbols, matrix):
        """Return the counts with these parts, which are known to be good."""
        counts = cls.__new__(cls)
        counts.symbols, counts.matrix = symbols, matrix
        return counts

    def __repr__(self):
        return f"<BigramCounts: {self.matrix.sum():,.0f} bigrams of {len(self.symbols)} symbols>"

    def __eq__(self, other):
        if not isinstance(other, BigramCounts):
            return NotImplemented
        same = list(self.symbols) == list(other.symbols)
        return same and (self.matrix != other.matrix).nnz == 0

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other):
        if not isinstance(other, BigramCounts):
            return NotImplemented
        boundary = self.symbols[0]
        if other.symbols[0] != boundary:
            raise ValueError(
                f"The counts have different boundary symbols, {boundary!r} and "
                f"{other.symbols[0]!r}: count both with the same tokenizer."
            )
        if list(self.symbols) == list(other.symbols):
            return BigramCounts._of(self.symbols, self.matrix + other.matrix)
        symbols = [boundary, *sorted({*self.symbols, *other.symbols} - {boundary})]
        ids = {symbol: i for i, symbol in enumerate(symbols)}
        first, second = (
            part.relabel([ids[symbol] for symbol in part.symbols], symbols).matrix
            for part in (self, other)
        )
        return BigramCounts._of(symbols, first + second)

    def __radd__(self, other):
        """Let `sum` begin at 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def relabel(self, ids, symbols):
        """Return the counts with symbol k renamed to ``symbols[ids[k]]``.

        Parameters
        ----------
        ids : array-like of int of shape (n_symbols,)
            Where each symbol goes; the counts of symbols that go to the same place are added.

        symbols : array-like of str
            The new symbols.

        Returns
        -------
        counts : BigramCounts
            The counts of the new symbols.

        Raises
        ------
        ValueError
            If there is not one id of a new symbol for each symbol.
        """
        ids = np.asarray(ids)
        if ids.shape != (len(self.symbols),) or not 0 <= ids.min() <= ids.max() < len(symbols):
            raise ValueError(
                f"ids must be {len(self.symbols)} numbers, one for each symbol, from 0 to "
                f"{len(symbols) - 1}, the places of the new symbols."
            )
        if len(ids) == len(symbols) and np.array_equal(ids, np.arange(len(ids))):
            return BigramCounts._of(symbols, self.matrix)
        N = self.matrix.tocoo()
        shape = (len(symbols), len(symbols))
        matrix = sparse.csr_array((N.data, (ids[N.row], ids[N.col])), shape=shape)
        return BigramCounts._of(symbols, matrix)

    def save(self, path):
        """Write the counts into a ``.npz`` file, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            The file; one that is there is replaced.
        """
        symbols = [symbol.encode("utf-8", "surrogatepass") for symbol in self.symbols]
        N = self.matrix
        arrays = {
            "text": np.frombuffer(b"".join(symbols), dtype=np.uint8),
            "ends": np.cumsum([len(symbol) for symbol in symbols]),
            "data": N.data,
            "indices": N.indices,
            "indptr": N.indptr,
        }
        with replace_file(path) as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path):
        """Read counts that `save` wrote.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        counts : BigramCounts
            The counts.

        Raises
        ------
        ValueError
            If the file does not hold counts.
        """
        with open(path, "rb") as file:
            try:
                return cls(*_read_counts(file))
            except Exception as error:
                raise ValueError(f"{path} does not hold bigram counts, or is damaged.") from error


def _check_parts(symbols, matrix):
    """Return the symbols and the matrix of counts, the matrix as canonical CSR of float64."""
    for symbol in symbols:
        if not isinstance(symbol, str) or not symbol:
            raise TypeError(f"symbols holds {symbol!r}: symbols must be non-empty str.")
    if len(set(symbols)) < len(symbols):
        (symbol, _), *_ = Counter(symbols).most_common(1)
        raise ValueError(f"symbols holds {symbol!r} more than once.")
    matrix = sparse.csr_array(matrix, dtype=np.float64)
    if matrix.shape != (len(symbols), len(symbols)):
        raise ValueError(
            f"matrix has shape {matrix.shape}, but there are {len(symbols)} symbols: it must have "
            "a row and a column for each."
        )
    bad = matrix.data[~(np.isfinite(matrix.data) & (matrix.data >= 0))]
    if len(bad):
        raise ValueError(f"matrix holds {bad[0]}: counts are finite and not negative.")
    if not matrix.has_canonical_format or 0 in matrix.data:
        matrix = matrix.copy()
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
    return symbols, matrix


def _read_counts(file):
    """Return the symbols and the matrix in a file, if they are such as `save` writes."""
    with np.load(file, allow_pickle=False) as arrays:
        text, ends = arrays["text"].tobytes(), arrays["ends"].tolist()
        parts = arrays["data"], arrays["indices"], arrays["indptr"]
    symbols = [
        text[start:end].decode("utf-8", "surrogatepass") for start, end in pairwise([0, *ends])
    ]
    matrix = sparse.csr_array(parts, shape=(len(ends), len(ends)))
    matrix.check_format(full_check=True)
    good = [
        b"".join(symbol.encode("utf-8", "surrogatepass") for symbol in symbols) == text,
        len(symbols) > 0,
        matrix.data.dtype == np.float64,
        matrix.has_canonical_format,
        0 not in matrix.data,
    ]
    if not all(good):
        raise ValueError("symbols or counts are not such as were saved")
    return symbols, matrix


class Scratch:
    """Memory to count a block in, kept for the next one: new memory costs more than the work."""

    def __init__(self):
        self.text = np.empty(BLOCK + 1, dtype=np.uint8)
        self.words = np.empty(BLOCK, dtype=np.int32)
        self.ones = np.ones(BLOCK, dtype=np.int32)
        self.counts = np.empty((1, 2**16), dtype=np.int32)


_spare: list[Scratch] = []  # as many as were ever in use at once


@contextmanager
def borrow_scratch():
    """Give memory that nobody else uses meanwhile."""
    try:
        scratch = _spare.pop()
    except IndexError:
        scratch = Scratch()
    try:
        yield scratch
    finally:
        _spare.append(scratch)


class ByteCounter:
    """Counts how often each byte follows each other byte, in blocks of at most BLOCK + 1 bytes.

    Pairs are 16-bit words, in two views of the bytes that begin at even and at odd places. The
    words are the columns of ones in a row of a sparse array: SciPy adds up those in the same place
    when it makes it dense, in a compiled loop that lets other threads run.
    """

    def __init__(self, scratch, *, is_ascii):
        self.scratch = scratch
        n_words = 2**15 if is_ascii else 2**16  # the second byte is the high one
        self.row = sparse.csr_array((1, n_words), dtype=np.int32)
        self.total = np.zeros(2**16, dtype=np.int64)

    def add(self, block):
        """Count the pairs of a block."""
        n_pairs, n_even = len(block) - 1, len(block) // 2
        words = self.scratch.words[:n_pairs]
        words[:n_even] = block[: 2 * n_even].view("<u2")
        words[n_even:] = block[1 : 1 + 2 * (n_pairs - n_even)].view("<u2")
        row, n_words = self.row, self.row.shape[1]
        row.data, row.indices = self.scratch.ones[:n_pairs], words
        row.indptr = np.array([0, n_pairs], dtype=np.int32)
        self.total[:n_words] += row.toarray(out=self.scratch.counts[:, :n_words])[0]

    def table(self):
        """Return how often each byte was followed by each other, (256, 256) int64."""
        return self.total.reshape(256, 256).T


def count_bytes(codes):
    """Return how often each byte follows each other byte, (256, 256) int64."""
    with borrow_scratch() as scratch:
        counter = ByteCounter(scratch, is_ascii=codes.max() < 128)
        for start in range(0, len(codes) - 1, BLOCK):
            counter.add(codes[start : start + BLOCK + 1])
    return counter.table()


def count_pairs(codes, n_codes, weights=None):
    """Return how often each code follows each other code.

    Parameters
    ----------
    codes : (n + 1,) array of unsigned integers below `n_codes`.
    n_codes : int.
    weights : (n,) array of weights of the pairs; those of weight 0 do not count.

    Returns
    -------
    counts : (n_codes, n_codes) CSR array of float64, canonical, without explicit zeros.
    """
    if weights is None and n_codes <= 256:
        table = count_bytes(codes.astype(np.uint8, copy=False))
        return _to_csr(table[:n_codes, :n_codes])
    codes = codes.astype(np.min_scalar_type(-max(n_codes, 2**31)))  # int32 if that is enough
    row, column = codes[:-1], codes[1:]
    if weights is None:
        weights = np.ones(len(row), dtype=np.min_scalar_type(-len(row) - 1))  # holds any count
    else:
        keep = weights > 0
        row, column, weights = row[keep], column[keep], weights[keep]
    N = sparse.coo_array((weights, (row, column)), shape=(n_codes, n_codes))
    if n_codes**2 <= len(codes):
        return _to_csr(N.toarray())
    return N.tocsr().astype(np.float64)


def count_stream(stream, weights=None):
    """Count a stream of token ids; the symbols are the ids themselves."""
    matrix = count_pairs(stream.ids, int(stream.ids.max()) + 1, _per_bigram(stream, weights))
    n_symbols = int(matrix.indices.max()) + 1  # each symbol follows some other
    return BigramCounts._of(range(n_symbols), matrix[:n_symbols, :n_symbols])


def count_codes(coded, weights=None):
    """Count the codes that a tokenizer makes of names; the symbols are those that occur."""
    codes = coded.codes
    if codes.dtype == np.uint8 and coded.symbols is None and weights is None:
        return count_table(count_bytes(codes), coded.boundary)
    values, ids = _number(coded)
    matrix = count_pairs(ids, len(values), _per_bigram(coded, weights))
    if weights is not None:  # some values may have no weight
        seen = np.union1d(0, matrix.indices)
        values, matrix = values[seen], matrix[seen][:, seen]
    return BigramCounts._of(coded.decode(values), matrix)


def count_codes_by_class(coded, y, n_classes, weights=None):
    """Count the names of each class, `y` of 0 to `n_classes` - 1, over the symbols of all."""
    values, ids = _number(coded)
    stream = TokenStream(ids, coded.starts)
    seen, parts = count_stream_by_class(stream, len(values), y, n_classes, weights)
    symbols = coded.decode(values[seen])
    return [BigramCounts._of(symbols, N[seen][:, seen]) for N in parts]


def count_stream_by_class(stream, n_symbols, y, n_classes, weights=None):
    """Count the names of each class, `y` of 0 to `n_classes` - 1.

    Returns the ids that occur in any, and each class's counts, (n_symbols, n_symbols). An id
    marked with the class of its name is a symbol of its own: to count those once is to count
    every class.
    """
    V = n_symbols
    ids = stream.ids.astype(np.min_scalar_type(n_classes * V))
    ids[:-1] += np.repeat(y.astype(ids.dtype) * V, np.diff(stream.starts))
    N = count_pairs(ids, n_classes * V, _per_bigram(stream, weights)).tocoo()
    # What follows is the same symbol whatever class the next name has.
    N = sparse.csr_array((N.data, (N.row, N.col % V)), shape=(n_classes * V, V))
    seen = np.union1d(0, N.indices)  # some symbols may have no weight
    return seen, [N[first : first + V] for first in range(0, n_classes * V, V)]


def count_table(table, boundary):
    """Return the counts in a table of bytes, of which one is the boundary."""
    seen = table.any(axis=0)
    seen[boundary] = False
    order = np.append(boundary, np.flatnonzero(seen))
    return BigramCounts._of(list(map(chr, order)), _to_csr(table[np.ix_(order, order)]))


def _to_csr(table):
    """Return a dense table as a CSR array, several times faster than SciPy does for a small one."""
    row, column = np.nonzero(table)
    indptr = np.searchsorted(row, np.arange(len(table) + 1)).astype(np.int32)
    data = table[row, column].astype(np.float64)
    return sparse.csr_array((data, column.astype(np.int32), indptr), shape=table.shape)


def count_names(tokenizer, names, weights=None, first=0):
    """Count names piece by piece; return the counts, and the longest name's length if it matters.

    The first name is number `first` where an error names one.
    """
    total, longest = None, 0
    for start in range(0, len(names), PIECE):
        piece = names if len(names) <= PIECE else names[start : start + PIECE]
        coded = tokenizer._code(piece, first + start)
        counts = count_codes(coded, None if weights is None else weights[start : start + PIECE])
        total = counts if total is None else total + counts
        longest = max(longest, 0 if tokenizer.sparse_output else coded.longest())
    return total, longest


def count_names_by_class(tokenizer, names, y, n_classes, weights=None):
    """Count the names of each class; return the counts and the length of the longest name."""
    totals, longest = None, 0
    for start in range(0, len(names), PIECE):
        piece = slice(start, start + PIECE)
        coded = tokenizer._code(names[piece], start)
        part = None if weights is None else weights[piece]
        counts = count_codes_by_class(coded, y[piece], n_classes, part)
        totals = counts if totals is None else [a + b for a, b in zip(totals, counts, strict=True)]
        longest = max(longest, coded.longest())
    return totals, longest


def _number(coded):
    """Return the distinct codes, the boundary's first, and the codes as places among them."""
    values = np.append(coded.boundary, coded.distinct())
    table = np.zeros(int(values.max()) + 1, dtype=np.min_scalar_type(len(values)))
    table[values] = np.arange(len(values))
    return values, table.take(coded.codes)


def _per_bigram(stream, weights):
    return None if weights is None else np.repeat(weights, np.diff(stream.starts))
