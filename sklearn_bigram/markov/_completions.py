"""The best completion of every beginning of a name, as log-probabilities."""

import numpy as np

from sklearn_bigram.markov._transition import log
from sklearn_bigram.utils._sparse import row_numbers

_MAX_DENSE = 128  # symbols up to which all elements of P count as cells, and none as backoff

# The largest log-probability of a symbol. A loop of probability 1 would cost nothing, and the
# search would go round in it for ever.
_LARGEST = -1e-11


class Completions:
    """The log-probability of the best way to complete a name, from each state and symbol.

    It is the dynamic program of Viterbi on pairs of a state of the automaton and the last symbol.
    The largest log P_ij plus what is ahead of j is found among the cells, which are the stored
    elements of S, and in the backoff, whose best symbol is the same for all rows.

    Parameters
    ----------
    transition : TransitionMatrix
        The chain.
    automaton : Automaton
        The constraint.

    Attributes
    ----------
    indices, indptr : ndarray
        The columns of the cells and where each row begins, as in a CSR array.
    log_p : ndarray of shape (n_cells,)
        log P of each cell, at most -1e-11.
    log_g, log_q : ndarray of shape (n_symbols,)
        The logarithm of the backoff: log P_ij is ``log_g[i] + log_q[j]`` where there is no cell.
    log_end : ndarray of shape (n_symbols,)
        The log-probability that a name ends after each symbol.
    best : ndarray of shape (n_states, n_symbols)
        The log-probability of the best completion.
    """

    def __init__(self, transition, automaton):
        self.transition, self.automaton = transition, automaton
        S, g, q = transition.S, transition.g, transition.q
        n = self.n_symbols = transition.n_symbols
        if n <= _MAX_DENSE:
            self.indices = np.tile(np.arange(n, dtype=np.uint8), n)
            self.indptr = np.arange(0, n**2 + 1, n)
            p = transition.rows(np.arange(n)).ravel()
            g = np.zeros(n)
        else:
            self.indices, self.indptr = S.indices, S.indptr
            p = S.data + g[row_numbers(S)] * q[S.indices]
        self.log_p = np.minimum(log(p), _LARGEST)
        self.log_g, self.log_q = log(g), np.minimum(log(q), _LARGEST)
        self.log_end = transition.log_proba(np.arange(n), np.zeros(n, dtype=np.intp))
        self.best = np.full((automaton.n_states, n), -np.inf)
        for block in reversed(automaton.blocks):
            self._complete(block)
        self._backoffs: dict[tuple[int, int], tuple] = {}

    def ahead(self, edge):
        """Return the best completion after each next symbol along an edge, (n_symbols,)."""
        mask_index, target = edge
        return np.where(self.automaton.masks[mask_index], self.best[target], -np.inf)

    def backoff(self, edge):
        """Return the possible next symbols along an edge by backoff, best first.

        The second array is log q of each plus its best completion, in descending order.
        """
        if edge not in self._backoffs:
            value = self.log_q + self.ahead(edge)
            symbols = np.argsort(-value, kind="stable")
            symbols = symbols[: np.count_nonzero(value > -np.inf)]
            self._backoffs[edge] = symbols, value[symbols]
        return self._backoffs[edge]

    def _complete(self, block):
        """Set the best completions from the states of a block."""
        is_cyclic = self.automaton.is_cyclic(block)
        while True:
            before = self.best[block]
            for state in reversed(block):  # the last ones are the nearest to acceptance
                ahead = np.full(self.n_symbols, -np.inf)
                for edge in self.automaton.edges[state]:
                    np.maximum(ahead, self.ahead(edge), out=ahead)
                if self.automaton.accepting[state]:
                    ahead[0] = 0.0
                self.best[state] = self._step_back(ahead)
            if not is_cyclic or np.array_equal(before, self.best[block]):
                return

    def _step_back(self, ahead):
        """Return the largest log P_ij + ahead_j for each i."""
        # The backoff is too small where there is a cell; the cell then gives the maximum.
        best = self.log_g + np.max(self.log_q + ahead)
        has_cells = np.diff(self.indptr) > 0
        value = self.log_p + ahead[self.indices]
        largest = np.maximum.reduceat(value, self.indptr[:-1][has_cells])
        best[has_cells] = np.maximum(best[has_cells], largest)
        return best
