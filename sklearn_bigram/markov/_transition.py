"""The transition matrix P = S + g q^T: its rows, its logarithm and its products."""

from functools import cached_property

import numpy as np

from sklearn_bigram.markov._pair_sampler import make_pair_sampler
from sklearn_bigram.markov._sampler import Sampler
from sklearn_bigram.markov._stored_logs import StoredLogs, is_small
from sklearn_bigram.utils._sparse import row_numbers, with_data

_MAX_DENSE = 1024  # symbols up to which log P is also kept as a dense array
_MAX_PER_ELEMENT = 256  # its cells for each stored element of S
_CELLS_PER_BLOCK = 2**22
_MIN_LOOK_UPS = 1 / 16  # for each stored element of S, from which a table of them pays


class TransitionMatrix:
    """Transition probabilities of a Markov chain whose state 0 is the boundary.

    P is S + g q^T: a sparse matrix of the counted bigrams, and a backoff from each row to one
    distribution for all other bigrams. Memory is in proportion to the stored elements of S.

    Parameters
    ----------
    S : CSR array of shape (n_symbols, n_symbols)
        The sparse part of P, non-negative, with sorted indices.
    g : ndarray of shape (n_symbols,)
        The backoff weight of each row.
    q : ndarray of shape (n_symbols,)
        The backoff distribution.
    """

    def __init__(self, S, g, q):
        self.S, self.g, self.q = S, g, q

    def __reduce__(self):
        """Pickle only what cannot be computed again."""
        return TransitionMatrix, (self.S, self.g, self.q)

    @property
    def n_symbols(self):
        """Number of symbols, the boundary included."""
        return len(self.g)

    def rows(self, states):
        """Return the rows of P for these states, (n_states, n_symbols)."""
        return self.S[states].toarray() + self.g[states, None] * self.q

    def log_rows(self, states):
        """Return the rows of log P for these states, (n_states, n_symbols)."""
        return log(self.rows(states)) if self._dense_log is None else self._dense_log[states]

    def logits(self):
        """Return log P, with the finite elements of each row shifted to mean 0."""
        log_p = self.log_rows(np.arange(self.n_symbols))
        finite = np.isfinite(log_p)
        return log_p - (np.sum(log_p, axis=1, where=finite) / finite.sum(axis=1))[:, None]

    def log_proba(self, i, j):
        """Return log P[i, j] for two arrays of states, (n,)."""
        number = self._number(i, j)
        if self._dense_log is not None:
            return self._dense_log.take(number)
        n_stored = self.S.nnz
        if len(number) > _MIN_LOOK_UPS * n_stored and is_small(self.n_symbols**2, n_stored):
            log_p, others = self._stored_logs.find(number)
            log_p[others] = log(self.g[i[others]] * self.q[j[others]])
            return log_p
        order = np.argsort(number)  # a search for ascending numbers stays in cache
        found, position = self._find(number[order])
        p = self.g[i] * self.q[j]
        p[order[found]] += self.S.data[position]
        return log(p)

    def is_stored(self, i, j):
        """Tell whether S[i, j] is stored for two arrays of states, (n,) bool."""
        stored = np.zeros(len(i), dtype=bool)
        stored[self._find(self._number(i, j))[0]] = True
        return stored

    def log_likelihood(self, stream, left_out=None):
        """Return the log-likelihood of each name in a stream, (n_names,).

        `left_out` holds the positions of the bigrams that do not count, (n_left_out,).
        """
        log_p = self.log_proba(stream.ids[:-1], stream.ids[1:])  # (n_bigrams,)
        if left_out is not None:
            log_p[left_out] = 0
        return np.add.reduceat(log_p, stream.starts[:-1])

    def argmax(self, states):
        """Return the most likely next state after each of these states, (n_states,)."""
        distinct, index = np.unique(states, return_inverse=True)
        best = np.empty(len(distinct), dtype=np.intp)
        block = max(1, _CELLS_PER_BLOCK // self.n_symbols)
        for start in range(0, len(distinct), block):
            best[start : start + block] = self.rows(distinct[start : start + block]).argmax(axis=1)
        return best[index]

    def matvec(self, x):
        """Return P x, the expectations of x after one step, (n_symbols,)."""
        return self.S @ x + self.g * (self.q @ x)

    def rmatvec(self, x):
        """Return P^T x, the distribution over states one step after the distribution x."""
        return self.S.T @ x + self.q * (self.g @ x)

    def tempered(self, temperature):
        """Return the chain whose rows are those of P to the power 1 / temperature, normalized.

        Each element is divided by the largest of its row before the power is taken. A quotient
        may underflow to 0, but the largest is always 1.
        """

        def power(ratio):
            with np.errstate(over="ignore"):
                return np.exp(log(ratio) / temperature)

        S, g, q = self.S, self.g, self.q
        row = row_numbers(S)  # (nnz,)
        p = S.data + g[row] * q[S.indices]
        largest = g * q.max()
        np.maximum.at(largest, row, p)
        weights = power(q / q.max())
        backoff = power(g * q.max() / largest)  # (n_symbols,), not yet times the sum of weights
        excess = np.maximum(power(p / largest[row]) - backoff[row] * weights[S.indices], 0)
        total = np.bincount(row, excess, len(g)) + backoff * weights.sum()
        return TransitionMatrix(
            with_data(S, excess / total[row]),
            backoff * weights.sum() / total,
            weights / weights.sum(),
        )

    def _number(self, i, j):
        """Return the number n_symbols * i + j of each element, in the smallest type, (n,)."""
        n = self.n_symbols
        number = i.astype(np.min_scalar_type(n**2 - 1))
        number *= n
        number += j.astype(number.dtype, copy=False)
        return number

    @cached_property
    def sampler(self):
        """The sampler of next states."""
        return Sampler(self.S, self.g, self.q)

    @cached_property
    def pair_sampler(self):
        """The sampler of the next two states; None if there are too many states."""
        return make_pair_sampler(self)

    @cached_property
    def _dense_log(self):
        """The array log P; None if it would take much more memory than S."""
        n = self.n_symbols
        if n > _MAX_DENSE or n**2 > _MAX_PER_ELEMENT * (self.S.nnz + n):
            return None
        return log(self.S.toarray() + self.g[:, None] * self.q)

    @cached_property
    def _stored_numbers(self):
        """The number of each stored element of S, ascending."""
        return self._number(row_numbers(self.S), self.S.indices)

    @cached_property
    def _stored_logs(self):
        """The values of log P at the stored elements of S, in a table for many look-ups."""
        row, column = row_numbers(self.S), self.S.indices
        log_p = log(self.g[row] * self.q[column] + self.S.data)
        return StoredLogs(self._stored_numbers, log_p, self.n_symbols**2)

    def _find(self, number):
        """Return which elements are stored in S, and where: two arrays of positions."""
        position = np.searchsorted(self._stored_numbers, number)
        found = np.flatnonzero(position < len(self._stored_numbers))
        found = found[self._stored_numbers[position[found]] == number[found]]
        return found, position[found]


def log(x):
    """Return log x, with -inf for 0."""
    with np.errstate(divide="ignore"):
        return np.log(x)
