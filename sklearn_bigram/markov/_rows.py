"""Rows of P = S + g q^T, and means over them as logarithms, which do not underflow."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from sklearn_bigram.markov._transition import log
from sklearn_bigram.utils._sparse import row_numbers

_SMALL = 1e-250  # means below may have lost terms to underflow


class Rows(NamedTuple):
    """Some rows of P = S + g q^T."""

    symbols: np.ndarray  # (n_rows,), ascending
    S: sparse.csr_array  # (n_rows, n_symbols)
    g: np.ndarray  # (n_rows,)
    q: np.ndarray  # (n_symbols,)

    def log_means(self, log_x):
        """Return the logarithm of the mean of x over each row, (n_rows,), given that of x."""
        top = log_x.max()
        if top == -np.inf:
            return np.full(len(self.g), -np.inf)
        x = np.exp(log_x - top)
        means = self.S @ x + self.g * (self.q @ x)
        if means.min() >= _SMALL:
            return np.log(means) + top
        log_means = log(means) + top
        small = np.flatnonzero(means < _SMALL)
        S = self.S[small]
        by_cells = _log_row_sums(log(S.data) + log_x[S.indices], row_numbers(S), len(small))
        by_backoff = log(self.g[small]) + log_sum(log(self.q) + log_x)
        log_means[small] = np.logaddexp(by_cells, by_backoff)
        return log_means


def log_sum(terms):
    """Return the logarithm of a sum, given those of its terms."""
    top = terms.max(initial=-np.inf)
    return -np.inf if top == -np.inf else float(top + np.log(np.exp(terms - top).sum()))


def _log_row_sums(terms, row, n_rows):
    """Return the logarithm of the sum of each row, given those of its terms."""
    top = np.full(n_rows, -np.inf)
    np.maximum.at(top, row, terms)
    top[top == -np.inf] = 0
    return log(np.bincount(row, np.exp(terms - top[row]), n_rows)) + top
