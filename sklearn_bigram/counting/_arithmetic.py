"""Arithmetic of matrices of counts: differences, multiples, and sums that stay finite."""

from numbers import Real

import numpy as np
from scipy import sparse

from sklearn_bigram.utils._sparse import row_numbers
from sklearn_bigram.utils._text import shorten

_MAX_COUNT = 1e290  # as many of these as memory holds can be added up without overflow
_ROUNDING = 1e-9  # relative error of fractional counts, after many sums and differences


def check_sizes(symbols, N, where="the counts"):
    """Raise unless sums of the counts of these symbols are finite."""
    if N.data.max(initial=0) > _MAX_COUNT:
        i = int(N.data.argmax())
        bigram = _show_bigram(symbols, row_numbers(N)[i], N.indices[i])
        raise ValueError(
            f"In {where}, the count of {bigram} is {N.data[i]:.3g}: counts must be at most "
            f"{_MAX_COUNT}, so that their sums do not overflow. Scale the counts or the weights."
        )


def scale(N, factor):
    """Return a factor times counts, as a canonical CSR array."""
    if isinstance(factor, bool) or not isinstance(factor, Real):
        raise TypeError(
            f"Counts can only be multiplied by a number, not by {shorten(factor)}, of type "
            f"{type(factor).__name__}."
        )
    try:
        value = float(factor)
    except OverflowError:  # whole numbers can be larger than any float
        value = np.inf
    if not 0 <= value < np.inf:
        raise ValueError(
            f"Counts can only be multiplied by a finite number >= 0, not by {shorten(factor)}."
        )
    N = N.copy()
    with np.errstate(over="ignore", under="ignore"):
        N.data *= value
    N.eliminate_zeros()
    return N


def subtract(symbols, N, M):
    """Return the counts N of these symbols less the counts M, as a canonical CSR array.

    Whole numbers are subtracted exactly. Fractions have rounding errors, so a difference of
    fractions that is next to nothing is nothing.
    """
    V = len(symbols)
    keys = np.union1d(_keys(N), _keys(M))  # of the bigrams that either holds
    n, m = _spread(N, keys), _spread(M, keys)
    difference = n - m
    is_rounded = (n % 1 != 0) | (m % 1 != 0)
    difference[is_rounded & (abs(difference) <= _ROUNDING * np.maximum(n, m))] = 0
    if (difference < 0).any():
        i = int(np.argmax(difference < 0))
        raise ValueError(
            f"The count of {_show_bigram(symbols, *divmod(keys[i], V))} is {n[i]:.12g}, but "
            f"{m[i]:.12g} is to be subtracted: subtract only counts that were added before."
        )
    keep = difference > 0
    return sparse.csr_array((difference[keep], divmod(keys[keep], V)), shape=(V, V))


def drop_unused(symbols, N):
    """Return the symbols that have counts, after the boundary, and the counts of these."""
    seen = np.unique(np.concatenate(([0], row_numbers(N), N.indices)))
    if len(seen) == len(symbols):
        return symbols, N
    return [symbols[i] for i in seen], N[seen][:, seen]


def _keys(N):
    """Return a number for each stored bigram, (nnz,), in ascending order."""
    return row_numbers(N).astype(np.int64) * N.shape[1] + N.indices


def _spread(N, keys):
    """Return the counts of the bigrams with these numbers, 0 for those that N lacks."""
    counts = np.zeros(len(keys))
    counts[np.searchsorted(keys, _keys(N))] = N.data
    return counts


def _show_bigram(symbols, i, j):
    """Return a bigram in the words of an error message."""
    return f"{shorten(symbols[j])} after {shorten(symbols[i])}"
