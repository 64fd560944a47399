"""Counting: a stream of symbols to the matrix N, on which every model rests."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

_MAX_TABLE = 2**22  # cells of a dense table of pairs; above, pairs are sorted
_BLOCK = 2**20  # bytes that are counted at a time


class BigramCounts(NamedTuple):
    """How often each symbol follows each other symbol; symbol 0 is the boundary."""

    symbols: Sequence
    matrix: sparse.csr_array  # (n_symbols, n_symbols) float64, N[i, j]: i, then j

    def relabel(self, ids, symbols):
        """Return the counts with symbol k renamed to ``symbols[ids[k]]``; equal ones are added."""
        ids = np.asarray(ids)
        N = self.matrix.tocoo()
        shape = (len(symbols), len(symbols))
        matrix = sparse.csr_array((N.data, (ids[N.row], ids[N.col])), shape=shape)
        return BigramCounts(symbols, matrix)


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
    shape = (n_codes, n_codes)
    if weights is None and codes.dtype == np.uint8:
        return sparse.csr_array(_count_bytes(codes)[:n_codes, :n_codes].astype(np.float64))
    first, second = codes[:-1].astype(np.intp), codes[1:].astype(np.intp)
    if weights is not None:
        keep = weights > 0
        first, second, weights = first[keep], second[keep], weights[keep]
    pairs = first * n_codes + second
    if n_codes**2 <= _MAX_TABLE:
        counts = np.bincount(pairs, weights, minlength=n_codes**2)
        return sparse.csr_array(counts.astype(np.float64, copy=False).reshape(shape))
    distinct, place = np.unique(pairs, return_inverse=True)
    counts = np.bincount(place, weights).astype(np.float64, copy=False)
    row, column = np.divmod(distinct, n_codes)
    return sparse.csr_array((counts, (row, column)), shape=shape)


def _count_bytes(codes):
    """Count pairs of bytes as 16-bit words: (256, 256) int64."""
    words = np.zeros(2**16, dtype=np.int64)
    for start in range(0, len(codes) - 1, _BLOCK):
        block = codes[start : start + _BLOCK + 1]
        for pairs in (block, block[1:]):
            words += np.bincount(pairs[: len(pairs) // 2 * 2].view("<u2"), minlength=2**16)
    return words.reshape(256, 256).T  # little-endian: the second byte is the high one


def count_stream(stream, weights=None):
    """Count a stream of token ids; the symbols are the ids themselves."""
    matrix = count_pairs(stream.ids, int(stream.ids.max()) + 1, _per_bigram(stream, weights))
    n_symbols = int(matrix.indices.max()) + 1  # each symbol follows some other
    return BigramCounts(range(n_symbols), matrix[:n_symbols, :n_symbols])


def count_codes(coded, weights=None):
    """Count the codes that a tokenizer makes of names; the symbols are those that occur."""
    codes, values = coded.codes, np.arange(256)
    if codes.dtype != np.uint8:
        values = np.append(coded.boundary, coded.distinct())
        table = np.zeros(int(codes.max()) + 1, dtype=np.min_scalar_type(len(values)))
        table[values] = np.arange(len(values))
        codes = table[codes]
    matrix = count_pairs(codes, len(values), _per_bigram(coded, weights))
    seen = np.unique(matrix.indices)
    boundary = np.flatnonzero(values == coded.boundary)
    order = np.append(boundary, np.setdiff1d(seen, boundary))
    symbols = coded.decode(values[order])
    ids = np.zeros(len(values), dtype=np.intp)
    ids[order] = np.arange(len(order))
    return BigramCounts(symbols, matrix).relabel(ids, symbols)


def _per_bigram(stream, weights):
    return None if weights is None else np.repeat(weights, np.diff(stream.starts))
