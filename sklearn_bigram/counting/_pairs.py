"""Pairs of neighbors in an array to a matrix of counts."""

from contextlib import contextmanager
from functools import cache

import numpy as np
from scipy import sparse

BYTES_PER_BLOCK = 2**19  # bytes that are counted at a time
MAX_GROUPS = 16  # of pairs that are counted apart, of which each needs a table of all pairs


class ByteCounter:
    """Counts how often each byte follows each other byte, block by block.

    Each pair of bytes is read as a 16-bit word, from two views of the block, which start at its
    first and at its second byte. The words are the columns of ones in a sparse array of one row.
    SciPy adds up the ones in the same column when it makes that array dense, in a compiled loop
    that releases the GIL. Pairs of several groups are counted apart: each group has columns of its
    own.
    """

    def __init__(self):
        self.buffer = np.empty(BYTES_PER_BLOCK + 1, dtype=np.uint8)  # for the caller to read into
        self._words = np.empty(BYTES_PER_BLOCK, dtype=np.int32)
        self._ones = _ones(BYTES_PER_BLOCK)
        self._counts = np.empty((1, 2**16), dtype=np.int32)

    def start(self, *, is_ascii, n_groups=1):
        """Start to count from zero."""
        self._n_words = 2**15 if is_ascii else 2**16  # the second byte of a pair is the high one
        n_columns = n_groups * self._n_words
        if n_columns > self._counts.shape[1]:
            self._counts = np.empty((1, n_columns), dtype=np.int32)
        self._row = sparse.csr_array((1, n_columns), dtype=np.int32)
        self._total = np.zeros((n_groups, 2**16), dtype=np.int64)

    def add(self, block, groups=None):
        """Count the pairs of a block of at most BYTES_PER_BLOCK + 1 bytes.

        The group of each pair, (n_pairs,) int32, is a number below `n_groups`; None stands for 0.
        """
        n_pairs, n_even = len(block) - 1, len(block) // 2
        words = self._words[:n_pairs]
        words[:n_even] = block[: 2 * n_even].view("<u2")
        words[n_even:] = block[1 : 1 + 2 * (n_pairs - n_even)].view("<u2")
        if groups is not None:
            words[:n_even] += groups[::2] * self._n_words
            words[n_even:] += groups[1::2] * self._n_words
        row = self._row
        row.data, row.indices = self._ones[:n_pairs], words
        row.indptr = np.array([0, n_pairs], dtype=np.int32)
        counts = row.toarray(out=self._counts[:, : row.shape[1]])
        self._total[:, : self._n_words] += counts.reshape(len(self._total), -1)

    def tables(self):
        """Return how often each byte was followed by each other byte, (n_groups, 256, 256)."""
        return self._total.reshape(-1, 256, 256).transpose(0, 2, 1)


@cache
def _ones(n):
    """Return n ones, which all counters share."""
    return np.ones(n, dtype=np.int32)


_MAX_SPARE = 2
_spare_counters: list[ByteCounter] = []


@contextmanager
def borrow_counter(*, is_ascii, n_groups=1):
    """Lend a ByteCounter. Some are kept, because new memory costs more than the counting.

    While threads count, each takes the one that another has just returned.
    """
    try:
        counter = _spare_counters.pop()
    except IndexError:
        counter = ByteCounter()
    try:
        counter.start(is_ascii=is_ascii, n_groups=n_groups)
        yield counter
    finally:
        if len(_spare_counters) < _MAX_SPARE:
            _spare_counters.append(counter)


def count_bytes(codes):
    """Return how often each byte follows each other byte, (256, 256) int64."""
    with borrow_counter(is_ascii=codes.max() < 128) as counter:
        for start in range(0, len(codes) - 1, BYTES_PER_BLOCK):
            counter.add(codes[start : start + BYTES_PER_BLOCK + 1])
        return counter.tables()[0]


def count_bytes_by_group(codes, groups, n_groups):
    """Return how often each byte follows each other byte, (n_groups, 256, 256) int64.

    The group of each pair, (n_pairs,) int32, is a number below `n_groups`, at most MAX_GROUPS.
    """
    with borrow_counter(is_ascii=codes.max() < 128, n_groups=n_groups) as counter:
        for start in range(0, len(codes) - 1, BYTES_PER_BLOCK):
            end = start + BYTES_PER_BLOCK
            counter.add(codes[start : end + 1], groups[start:end])
        return counter.tables()


def count_pairs(codes, n_codes, weights=None):
    """Return how often each code follows each other code.

    Parameters
    ----------
    codes : ndarray of shape (n_pairs + 1,)
        Unsigned integers below `n_codes`.
    n_codes : int
        Number of possible codes.
    weights : ndarray of shape (n_pairs,), default=None
        The weight of each pair.

    Returns
    -------
    counts : CSR array of shape (n_codes, n_codes), float64
        The counts, in canonical form and without stored zeros.
    """
    if weights is None and n_codes <= 256:
        table = count_bytes(codes.astype(np.uint8, copy=False))
        return to_csr(table[:n_codes, :n_codes])
    if weights is None and n_codes**2 > len(codes):
        return _count_sorted(codes, n_codes)
    codes = codes.astype(np.min_scalar_type(-max(n_codes, 2**31)))  # int32 if that is enough
    row, column = codes[:-1], codes[1:]
    if weights is None:
        weights = np.ones(len(row), dtype=np.min_scalar_type(-len(row) - 1))  # holds any count
    else:
        keep = weights > 0
        row, column, weights = row[keep], column[keep], weights[keep]
    N = sparse.coo_array((weights, (row, column)), shape=(n_codes, n_codes))
    if n_codes**2 <= len(codes):
        return to_csr(N.toarray())
    return N.tocsr().astype(np.float64)


def _count_sorted(codes, n_codes):
    """Return how often each code follows each other code, from pairs as sorted numbers.

    NumPy sorts numbers several times faster than SciPy sorts the columns of each row.
    """
    number = codes[:-1].astype(np.min_scalar_type(n_codes**2 - 1))
    number *= n_codes
    number += codes[1:]
    number.sort()
    first = np.flatnonzero(np.diff(number, prepend=number[:1] + 1))  # of each run of equal pairs
    counts = np.diff(first, append=len(number)).astype(np.float64)
    row, column = np.divmod(number[first], n_codes)
    index = np.int32 if len(first) < 2**31 else np.int64
    indptr = np.zeros(n_codes + 1, dtype=index)
    np.cumsum(np.bincount(row.astype(np.intp), minlength=n_codes), out=indptr[1:])
    return sparse.csr_array((counts, column.astype(index), indptr), shape=(n_codes, n_codes))


def to_csr(table):
    """Return a dense table as a CSR array. For small tables, SciPy takes several times longer."""
    row, column = np.nonzero(table)
    indptr = np.searchsorted(row, np.arange(len(table) + 1)).astype(np.int32)
    data = table[row, column].astype(np.float64)
    return sparse.csr_array((data, column.astype(np.int32), indptr), shape=table.shape)
