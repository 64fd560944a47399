"""Tails of the log-likelihood of names of each length, on a grid."""

from typing import NamedTuple

import numpy as np

from sklearn_bigram.markov._transition import log

_MAX_SYMBOLS = 256
_MAX_WORK = 2**32  # additions
_MAX_CELLS = 2**23  # of all symbols in one step, and of all tails together
_WORK_PER_CALL = 2**11  # additions in the time of one call of NumPy
_ROUNDING = 1e-9  # of a log-likelihood, in nats


class Tail(NamedTuple):
    """The distribution of the rounded loss, -log P, of random names of one length."""

    n_bigrams: int
    width: float  # of a cell, in nats
    first: int  # the cell of the most likely name
    proba: np.ndarray  # (n_cells + 1,): the probability of this cell and all above; the last is 0

    def at_most(self, log_likelihood):
        """Return the probability that a name is at most as likely as each of these, (n,).

        The rounded loss of a name is below its loss, by less than one cell for each bigram. So the
        names whose rounded loss is so much below the given loss include all that are at most as
        likely.
        """
        loss = -log_likelihood - _ROUNDING
        cell = np.floor(loss / self.width) - self.n_bigrams + 1 - self.first
        return self.proba[np.clip(cell, 0, len(self.proba) - 1).astype(np.intp)]


class LossGrid:
    """Computes the distribution of the loss of names of each length by dynamic programming.

    The loss of each bigram is rounded down to whole cells. Given that a name ends after n bigrams
    from a symbol on, the loss of these bigrams has a distribution over cells. That for n + 1
    bigrams is a mixture of those for n bigrams, one for each next symbol, each shifted by the
    cells of one bigram. All terms are positive, so small probabilities are as precise as large
    ones.

    Parameters
    ----------
    transition : TransitionMatrix
        The chain that the names are drawn from.
    width : float
        The width of a cell, in nats.
    """

    def __init__(self, transition, width):
        self.width = width
        self.log_P = np.minimum(log(transition.rows(np.arange(transition.n_symbols))), 0)
        self.possible = self.log_P > -np.inf  # (n_symbols, n_symbols)
        loss = np.where(self.possible, -self.log_P, 0)
        self.cells = np.floor(loss / width).astype(np.int64)

    @staticmethod
    def is_affordable(transition, width, n_bigrams):
        """Tell whether time and memory suffice for names of 1 to n bigrams."""
        if transition.n_symbols > _MAX_SYMBOLS:
            return False
        grid = LossGrid(transition, width)
        n_pairs = np.count_nonzero(grid.possible[:, 1:], axis=0)  # (n_symbols - 1,), by next symbol
        work = n_kept = 0
        for first, stop in grid._ranges(n_bigrams):
            sizes = stop - first
            n_kept += sizes[0]
            work += n_pairs @ (sizes[1:] + _WORK_PER_CALL)
            if work > _MAX_WORK or max(n_kept, sizes.sum()) > _MAX_CELLS:
                return False
        return True

    def tails(self, n_bigrams):
        """Return the `Tail` for names of 1 to n bigrams; None where there are no such names."""
        log_mass = self.log_P[:, 0]  # that a name ends after n bigrams, from each symbol on
        proba = [np.ones(int(possible)) for possible in log_mass > -np.inf]
        tails, first = [], None
        for n, (new_first, new_stop) in enumerate(self._ranges(n_bigrams), 1):
            if n > 1:
                log_weights = self.log_P + log_mass  # (n_symbols, n_symbols)
                log_weights[:, 0] = -np.inf  # no name continues after its end
                top = log_weights.max(axis=1)
                weights = np.exp(log_weights - np.where(top > -np.inf, top, 0)[:, None])
                total = weights.sum(axis=1)
                log_mass = top + log(total)
                weights /= np.maximum(total, 1)[:, None]  # the largest weight is 1, if there is any
                proba = self._step(weights, proba, first, new_first, new_stop)
            first = new_first
            tails.append(self._tail(n, int(first[0]), proba[0]) if len(proba[0]) else None)
        return tails

    def _ranges(self, n_bigrams):
        """Yield the first cell of each symbol and the end of its cells, for 1 to n bigrams.

        Both are equal for a symbol after which no name can end so.
        """
        possible = self.possible[:, 0]
        first, stop = self.cells[:, 0], self.cells[:, 0] + possible
        for n in range(1, n_bigrams + 1):
            if n > 1:
                pairs = self.possible & possible
                pairs[:, 0] = False
                possible = pairs.any(axis=1)
                far = np.iinfo(np.int64).max
                first = np.where(pairs, self.cells + first, far).min(axis=1)
                stop = np.where(pairs, self.cells + stop, -far).max(axis=1)
                first, stop = np.where(possible, first, 0), np.where(possible, stop, 0)
            yield first, stop

    def _step(self, weights, proba, first, new_first, new_stop):
        """Return the distributions for one more bigram: a list of arrays, one for each symbol."""
        result = [np.zeros(size) for size in new_stop - new_first]
        shifts = self.cells + first - new_first[:, None]  # (n_symbols, n_symbols)
        for i, j in zip(*map(np.ndarray.tolist, np.nonzero(weights)), strict=True):
            start = shifts[i, j]
            result[i][start : start + len(proba[j])] += weights[i, j] * proba[j]
        return result

    def _tail(self, n_bigrams, first, proba):
        above = np.append(np.cumsum(proba[::-1])[::-1], 0)
        return Tail(n_bigrams, self.width, first, above / above[0])  # not 1 by a rounding error
