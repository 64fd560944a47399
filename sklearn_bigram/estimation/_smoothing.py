"""Smoothing: counts to the three parts of P = S + g q^T, in memory of the counts.

In each row some counts are kept, and some are freed for the backoff: a row of kept counts K and
f free ones has S = K / (sum(K) + f) and g = f / (sum(K) + f). A row without counts backs off
whole, so its g is 1. Where q is estimated, it is smoothed in the same way, as one row of counts
that backs off to the uniform distribution: no symbol is impossible then.
"""

import numpy as np
from scipy import sparse

_FALLBACK_DISCOUNT = 0.5


def additive(N, alpha):
    """Return S, g and q of additive smoothing: alpha more of every bigram.

    Parameters
    ----------
    N : CSR array of shape (n_symbols, n_symbols), float64
        How often symbol j followed symbol i.
    alpha : float
        Fake counts of each bigram.

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
    # All counts are divided by V, so that V * alpha cannot overflow.
    return *_share(N, N.data / V, np.full(V, alpha)), np.full(V, 1 / V)


def witten_bell(N):
    """Return S, g and q of Witten-Bell smoothing: free is one count a distinct next symbol.

    See `additive` for parameters and returns.

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
    """Return S, g and q of absolute discounting: free is `discount` of each nonzero count.

    See `additive` for parameters and returns; `discount` is a float from 0 to 1. A count below
    it is freed whole.

    References
    ----------
    H. Ney, U. Essen and R. Kneser, "On structuring probabilistic dependences in stochastic
    language modelling", Computer Speech & Language 8 (1), 1994.
    """
    return _interpolate(N, N.sum(axis=0), _split_discounted(discount))


def kneser_ney(N, discount):
    """Return S, g and q of Kneser-Ney smoothing: `absolute`, with another lower order.

    There a symbol counts as often as there are distinct symbols before it. See `absolute` for
    parameters and returns.

    References
    ----------
    R. Kneser and H. Ney, "Improved backing-off for m-gram language modeling", ICASSP 1995; in
    the interpolated form of Chen and Goodman (1999), section 2.7.
    """
    return _interpolate(N, N.astype(bool).sum(axis=0), _split_discounted(discount))


def estimate_discount(N):
    """Return n1 / (n1 + 2 n2), where n1 bigrams were counted once and n2 twice.

    Counts that are not whole are rounded up. If n1 or n2 is 0 they say nothing, and the discount
    is 0.5, which is KenLM's way out too.

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
        return counts.data - freed, _like(counts, freed).sum(axis=1)

    return split


def _interpolate(N, lower, split):
    """Return S, g and q, with q made of the counts `lower` as S and g are made of N.

    `split` takes rows of counts, and returns the kept ones, (nnz,), and the free ones, (n_rows,).
    """
    lower = sparse.csr_array(lower[None, :])
    kept, uniform = _share(lower, *split(lower))
    q = kept.toarray()[0] + uniform / N.shape[1]
    return *_share(N, *split(N)), q


def _share(counts, kept, free):
    """Return the kept counts and the free ones as shares of the sum of both in their row."""
    total = _like(counts, kept).sum(axis=1) + free  # (n_rows,)
    empty = total == 0
    total[empty] = 1
    S = _like(counts, kept / np.repeat(total, np.diff(counts.indptr)))
    return S, np.where(empty, 1.0, free / total)


def _like(counts, data):
    return sparse.csr_array((data, counts.indices, counts.indptr), shape=counts.shape)
