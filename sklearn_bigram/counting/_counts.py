"""BigramCounts: counts of bigrams, which can be added, stored and fitted."""

from collections import Counter

import numpy as np
from scipy import sparse

from sklearn_bigram.counting._arithmetic import check_sizes, drop_unused, scale, subtract
from sklearn_bigram.counting._counts_file import read_counts, write_counts
from sklearn_bigram.utils._text import shorten, show


class BigramCounts:
    """Counts of bigrams: how often each symbol follows each other symbol.

    A bigram model learns nothing else from data. So you can fit models to counts instead of names:
    ``CountBigramLM().fit(counts)``. ``counts + other`` adds the counts of more names, which may
    hold other symbols, ``counts - part`` subtracts a part, and ``0.5 * counts`` halves the weight
    of all names.

    Parameters
    ----------
    symbols : array-like of shape (n_symbols,) of str
        The symbols; the first is the boundary, which stands before and after each name.

    matrix : array-like or sparse array of shape (n_symbols, n_symbols)
        How often symbol j followed symbol i.

    Attributes
    ----------
    symbols : list of str
        The symbols.

    matrix : CSR array of shape (n_symbols, n_symbols), float64
        The counts.

    Raises
    ------
    ValueError
        If a symbol occurs twice in `symbols`, if `matrix` does not have a row and a column for
        each symbol, or if a count is negative, not finite or larger than 1e290.
    TypeError
        If a symbol is not a str.

    See Also
    --------
    count_bigrams : Counts names, files and streams.

    Notes
    -----
    Whole counts are exact up to 2**53: ``counts + part - part == counts``. Counts of fractional
    weights are rounded as float64 is; a difference that is smaller than 1e-9 of the larger count
    becomes zero. A difference below zero is an error that names the bigram.

    Symbols without counts are dropped after a subtraction or a multiplication. If a model must know
    them, set the `alphabet` of its tokenizer.

    Examples
    --------
    >>> from sklearn_bigram import CountBigramLM, count_bigrams
    >>> counts = count_bigrams(["emma", "ava"]) + count_bigrams(["zoë"])
    >>> counts
    <BigramCounts: 13 bigrams of 8 symbols>
    >>> CountBigramLM().fit(counts).symbols_
    array(['.', 'a', 'e', 'm', 'o', 'v', 'z', 'ë'], dtype=object)
    >>> counts - count_bigrams(["emma"])
    <BigramCounts: 8 bigrams of 6 symbols>
    >>> 0.5 * counts + count_bigrams(["eva"])  # older names have half the weight
    <BigramCounts: 10 bigrams of 8 symbols>
    """

    __array_ufunc__ = None  # lets `array * counts` be refused as `counts * array` is

    def __init__(self, symbols, matrix):
        self.symbols, self.matrix = _check_parts(list(symbols), matrix)
        check_sizes(self.symbols, self.matrix, "matrix")

    def __repr__(self):
        return f"<BigramCounts: {self.matrix.sum():,.0f} bigrams of {len(self.symbols)} symbols>"

    def __eq__(self, other):
        if not isinstance(other, BigramCounts):
            return NotImplemented
        return self.symbols == other.symbols and (self.matrix != other.matrix).nnz == 0

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other):
        if not isinstance(other, BigramCounts):
            return NotImplemented
        symbols, N, M = self._align(other)
        total = N + M
        check_sizes(symbols, total, "the sum")
        return make_counts(symbols, total)

    def __radd__(self, other):
        """Let `sum` begin at 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __sub__(self, other):
        if not isinstance(other, BigramCounts):
            return NotImplemented
        symbols, N, M = self._align(other)
        return make_counts(*drop_unused(symbols, subtract(symbols, N, M)))

    def __mul__(self, factor):
        N = scale(self.matrix, factor)
        check_sizes(self.symbols, N, "the product")
        return make_counts(*drop_unused(self.symbols, N))

    __rmul__ = __mul__

    def _align(self, other):
        """Return the symbols of both counts, and the matrices of both over these symbols."""
        boundary = self.symbols[0]
        if other.symbols[0] != boundary:
            raise ValueError(
                f"The counts have different boundary symbols, {shorten(boundary)} and "
                f"{shorten(other.symbols[0])}: count both with the same tokenizer."
            )
        if self.symbols == other.symbols:
            return self.symbols, self.matrix, other.matrix
        symbols = [boundary, *sorted({*self.symbols, *other.symbols} - {boundary})]
        ids = {symbol: i for i, symbol in enumerate(symbols)}
        N, M = (
            relabel_matrix(part.matrix, [ids[symbol] for symbol in part.symbols], len(symbols))
            for part in (self, other)
        )
        return symbols, N, M

    def relabel(self, ids, symbols):
        """Return the counts with symbol k renamed to ``symbols[ids[k]]``.

        Parameters
        ----------
        ids : array-like of int of shape (n_symbols,)
            The index of the new symbol for each symbol. The counts of symbols with the same index
            are added.

        symbols : array-like of str
            The new symbols.

        Returns
        -------
        counts : BigramCounts
            The counts of the new symbols.

        Raises
        ------
        ValueError
            If `ids` does not hold one index of a new symbol for each symbol, or if a sum of counts
            is larger than 1e290.
        """
        ids, symbols = np.asarray(ids), list(symbols)
        if ids.shape != (len(self.symbols),) or not 0 <= ids.min() <= ids.max() < len(symbols):
            raise ValueError(
                f"ids must hold {len(self.symbols)} indices of new symbols, one for each symbol, "
                f"from 0 to {len(symbols) - 1}."
            )
        N = relabel_matrix(self.matrix, ids, len(symbols))
        check_sizes(symbols, N)
        return make_counts(symbols, N)

    def with_boundary(self, boundary):
        """Return the counts with another boundary symbol.

        Counts can only be added if they have the same boundary, and a model needs a tokenizer with
        that boundary.

        Parameters
        ----------
        boundary : str
            The new boundary symbol.

        Returns
        -------
        counts : BigramCounts
            The same counts, with `boundary` as the first symbol.

        Raises
        ------
        ValueError
            If `boundary` is another symbol of the counts.

        Examples
        --------
        >>> from sklearn_bigram import count_bigrams
        >>> count_bigrams(["ab"]).with_boundary("#").symbols
        ['#', 'a', 'b']
        """
        if boundary in self.symbols[1:]:
            raise ValueError(
                f"boundary is {shorten(boundary)}, which is another symbol of the counts: choose a "
                "symbol that no name holds."
            )
        return make_counts([boundary, *self.symbols[1:]], self.matrix)

    def save(self, path):
        """Write the counts into a ``.npz`` file.

        Parameters
        ----------
        path : str or path-like
            The file. A file that exists is replaced once the new one is complete.
        """
        write_counts(path, self.symbols, self.matrix)

    @classmethod
    def load(cls, path):
        """Read counts from a file that `save` wrote.

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
            If the file does not hold counts, or holds one larger than 1e290.

        Notes
        -----
        Files from strangers are safe to load. No code in them is run. If the arrays have more than
        16 MiB and more than 32 times the size of the file, an error is raised before they are read.
        """
        with open(path, "rb") as file:
            if not file.seekable():
                raise ValueError(
                    f"{show(path)} is a pipe, but counts can only be read from a file: copy it "
                    "into a file first."
                )
            try:
                symbols, N = _check_parts(*read_counts(file))
            except MemoryError:
                raise
            except Exception as error:
                raise ValueError(
                    f"{show(path)} does not hold bigram counts, or is damaged."
                ) from error
        check_sizes(symbols, N, show(path))
        return make_counts(symbols, N)


def make_counts(symbols, matrix):
    """Return BigramCounts of a list of symbols and a canonical CSR array, without checking them."""
    counts = BigramCounts.__new__(BigramCounts)
    counts.symbols, counts.matrix = symbols, matrix
    return counts


def no_counts(boundary):
    """Return the counts of no names."""
    return make_counts([boundary], sparse.csr_array((1, 1), dtype=np.float64))


def relabel_matrix(N, ids, n_symbols):
    """Return the counts N of symbols k as counts of the symbols ``ids[k]``."""
    ids = np.asarray(ids)
    if len(ids) == n_symbols and np.array_equal(ids, np.arange(n_symbols)):
        return N
    N = N.tocoo()
    shape = (n_symbols, n_symbols)
    return sparse.csr_array((N.data, (ids[N.row], ids[N.col])), shape=shape)


def _check_parts(symbols, matrix):
    """Return the symbols and the counts as a canonical CSR array of float64, checked."""
    for symbol in symbols:
        if not isinstance(symbol, str) or not symbol:
            raise TypeError(f"symbols holds {shorten(symbol)}: symbols must be non-empty str.")
    if len(set(symbols)) < len(symbols):
        (symbol, _), *_ = Counter(symbols).most_common(1)
        raise ValueError(f"symbols holds {shorten(symbol)} more than once.")
    matrix = sparse.csr_array(matrix, dtype=np.float64, copy=True)
    if matrix.shape != (len(symbols), len(symbols)):
        raise ValueError(
            f"matrix has shape {matrix.shape}, but there are {len(symbols)} symbols: it must have "
            "one row and one column for each symbol."
        )
    bad = matrix.data[~(np.isfinite(matrix.data) & (matrix.data >= 0))]
    if len(bad):
        raise ValueError(f"matrix holds {bad[0]}: counts must be finite and non-negative.")
    if not matrix.has_canonical_format or 0 in matrix.data:
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
    return symbols, matrix
