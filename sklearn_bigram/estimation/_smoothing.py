"""Smoothing: estimation of the three parts of P = S + g q^T from counts.

In each row, a part of the counts is kept, and the rest is freed for the backoff distribution q. A
row with the kept counts K and a free count f has S = K / (sum(K) + f) and g = f / (sum(K) + f). For
a row without counts, S = 0 and g = 1. If q is estimated, it is smoothed in the same way: its counts
are one row that backs off to the uniform distribution, so that no symbol has probability 0. S is
stored at the cells of the counts only.
"""

import numpy as np
from scipy import sparse

from sklearn_bigram.utils._sparse import row_numbers, with_data

_FALLBACK_DISCOUNT = 0.5


def additive(N, alpha):
    """Return S, g and q of additive smoothing, which adds `alpha` to each count.

    Parameters
    ----------
    N : CSR array of shape (n_symbols, n_symbols), float64
        Bigram counts: entry (i, j) is how often symbol j followed symbol i.
    alpha : float
        Pseudocount added to each bigram.

    Returns
    -------
    S : CSR array of shape (n_symbols, n_symbols)
    g, q : ndarrays of shape (n_symbols,)

    References
    ----------
    S. F. Chen and J. Goodman, "An empirical study of smoothing techniques for language
    modeling", Computer Speech & Language 13 (4), 1999, section 2.1.
    """
    V = N.shape[1]
    # Dividing all counts by V avoids overflow of V * alpha.
    return *share(N, N.data / V, np.full(V, alpha)), np.full(V, 1 / V)


def witten_bell(N):
    """Return S, g and q of Witten-Bell smoothing.

    The free count of a row is its number of distinct next symbols. See `additive` for the
    parameters and return values.

    References
    ----------
    I. H. Witten and T. C. Bell, "The zero-frequency problem: estimating the probabilities of
    novel events in adaptive text compression", IEEE Transactions on Information Theory 37 (4),
    1991 (method C).
    """

    def split(counts):
        return counts.data, counts.astype(bool).sum(axis=1)

    return _interpolate(N, N.sum(axis=0), split)


def absolute(N, discount):
    """Return S, g and q of absolute discounting.

    `discount`, a float between 0 and 1, is subtracted from each nonzero count and added to the free
    count of the row. A count smaller than `discount` is freed completely. See `additive` for the
    other parameters and the return values.

    References
    ----------
    H. Ney, U. Essen and R. Kneser, "On structuring probabilistic dependences in stochastic
    language modelling", Computer Speech & Language 8 (1), 1994.
    """
    return _interpolate(N, N.sum(axis=0), _split_discounted(discount))


def kneser_ney(N, discount):
    """Return S, g and q of Kneser-Ney smoothing.

    This is absolute discounting with different counts for q: the count of a symbol is the number
    of distinct symbols that precede it. See `absolute` for the parameters and return values.

    References
    ----------
    R. Kneser and H. Ney, "Improved backing-off for m-gram language modeling", ICASSP 1995; in
    the interpolated form of Chen and Goodman (1999), section 2.7.
    """
    return _interpolate(N, N.astype(bool).sum(axis=0), _split_discounted(discount))


def estimate_discount(N):
    """Return n1 / (n1 + 2 n2), where n1 bigrams were seen once and n2 twice.

    Fractional counts are rounded up. If n1 or n2 is 0, the estimate is not meaningful, and the
    discount is 0.5. KenLM uses the same fallback value.

    References
    ----------
    H. Ney, U. Essen and R. Kneser (1994), see `absolute`.
    """
    n1 = np.count_nonzero((N.data > 0) & (N.data <= 1))
    n2 = np.count_nonzero((N.data > 1) & (N.data <= 2))
    return float(n1 / (n1 + 2 * n2)) if n1 and n2 else _FALLBACK_DISCOUNT


def _split_discounted(discount):
    def split(counts):
        freed = np.minimum(counts.data, discount)
        return counts.data - freed, with_data(counts, freed).sum(axis=1)

    return split


def _interpolate(N, lower, split):
    """Return S, g and q, where q is estimated from the unigram counts `lower`.

    `split` takes rows of counts. It returns the kept counts, of shape (nnz,), and the free count
    of each row, of shape (n_rows,).
    """
    lower = sparse.csr_array(lower[None, :])
    kept, uniform = share(lower, *split(lower))
    q = kept.toarray()[0] + uniform / N.shape[1]
    return *share(N, *split(N)), q


def share(counts, kept, free):
    """Divide the kept counts and the free counts by the sum of both in each row."""
    total = with_data(counts, kept).sum(axis=1) + free  # (n_rows,)
    empty = total == 0
    total[empty] = 1
    S = with_data(counts, kept / total[row_numbers(counts)])
    return S, np.where(empty, 1.0, free / total)
