"""Chernoff's bound of the tail of the log-likelihood of names of any length."""

import numpy as np

from sklearn_bigram.markov._transition import TransitionMatrix, log
from sklearn_bigram.utils._sparse import row_numbers, with_data

# Each is 1.4 times the next, so that one is near the best.
_EXPONENTS = 0.95 * 2.0 ** -(np.arange(26) / 2)
_STEPS = 128


class TailBound:
    """Bounds the probability that a random name of n bigrams is at most as likely as a given one.

    Let L be the loss, -log P, of random names of n bigrams. By Chernoff's inequality, with any s
    between 0 and 1,

        P(L >= l) <= exp(K(s) - s l), where K(s) = log E[exp(s L)].

    The expectation is a product of matrices with the elements of P to the power 1 - s, divided by
    the probability of the length. A few steps multiply it out. From there on, M x <= c x implies
    M^k x <= c^k x, and M x >= c x implies M^k x >= c^k x: so the bound holds for any length, and
    the work does not grow with it.

    Parameters
    ----------
    transition : TransitionMatrix
        The chain that the names are drawn from.
    """

    def __init__(self, transition):
        self._length = _Growth(transition)
        self._powers = [_Growth(_power(transition, 1 - s)) for s in _EXPONENTS]

    def at_most(self, log_likelihood, n_bigrams):
        """Return the bound for each of these, all of the same number of bigrams, (n,)."""
        bound = np.zeros(len(log_likelihood))  # as a logarithm
        log_length = self._length.lower(n_bigrams)
        if log_length == -np.inf:
            return np.exp(bound)
        for s, growth in zip(_EXPONENTS, self._powers, strict=True):
            constant = growth.upper(n_bigrams) - log_length
            np.minimum(bound, constant + s * log_likelihood, out=bound)
        return np.exp(bound)


class _Growth:
    """The sum over all names of n bigrams of the products of the elements of a matrix."""

    def __init__(self, matrix):
        x = matrix.S[:, [0]].toarray()[:, 0] + matrix.g * matrix.q[0]  # (n_symbols,)
        scale = 0.0
        self._log_sums = [-np.inf, log(x[0])]  # by number of bigrams
        for _ in range(_STEPS - 1):
            before = x / max(x.max(), np.finfo(float).tiny)
            scale += log(x.max())
            before[0] = 0  # no name continues after its end
            # A dot product would wake BLAS's threads for a short array, thousands of times.
            x = matrix.S @ before + matrix.g * np.sum(matrix.q * before)
            self._log_sums.append(log(x[0]) + scale)
        possible = (before > 0) | (x > 0)
        possible[0] = False
        self._log_least = self._log_most = -np.inf
        if possible.any():
            log_ratios = log(x[possible]) - log(before[possible])
            self._log_least, self._log_most = log_ratios.min(), log_ratios.max()

    def lower(self, n_bigrams):
        """Return a lower bound of the logarithm of the sum."""
        return self._log_sum(n_bigrams, self._log_least)

    def upper(self, n_bigrams):
        """Return an upper bound of the logarithm of the sum."""
        return self._log_sum(n_bigrams, self._log_most)

    def _log_sum(self, n_bigrams, log_ratio):
        if n_bigrams <= _STEPS:
            return self._log_sums[n_bigrams]
        return self._log_sums[_STEPS] + (n_bigrams - _STEPS) * log_ratio


def _power(transition, exponent):
    """Return the elements of P to a power between 0 and 1, again as S + g q^T."""
    S, g, q = transition.S, transition.g, transition.q
    backoff = g[row_numbers(S)] * q[S.indices]
    excess = (S.data + backoff) ** exponent - backoff**exponent
    return TransitionMatrix(with_data(S, excess), g**exponent, q**exponent)
