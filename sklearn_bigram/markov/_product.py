"""The product of an automaton and a Markov chain: pairs of a state and a symbol, as one chain."""

import numpy as np
from scipy import sparse

from sklearn_bigram.exceptions import TooManyStatesError
from sklearn_bigram.markov._absorbing import log_absorbing, reaching
from sklearn_bigram.markov._rows import Rows, log_sum
from sklearn_bigram.markov._transition import log
from sklearn_bigram.utils._sparse import row_numbers

_MAX_DENSE = 128  # symbols up to which rows of P are taken as they are, without a backoff
_MAX_CELLS = 2**22  # of all states together; each takes some 100 bytes until they are solved


class ProductChain:
    """The chain of the pairs of some states that lead back to each other.

    All pairs of a state have the same backoff. So it is one more state of the chain, to which all
    of them lead.

    Parameters
    ----------
    rows : dict
        For each state of the automaton, the `Rows` of the symbols that lead to it.

    Attributes
    ----------
    pairs : dict
        For each state of the automaton, the numbers of its pairs, as a slice.
    """

    def __init__(self, rows):
        self._rows = rows
        distinct = {id(part): part for part in rows.values()}
        cells_of = {key: _Cells(part) for key, part in distinct.items()}
        self._cells = {state: cells_of[id(part)] for state, part in rows.items()}
        n_cells = sum(len(cells.p) for cells in self._cells.values())
        if n_cells > _MAX_CELLS:
            limit = len(rows) * _MAX_CELLS // n_cells
            raise TooManyStatesError(limit, len(next(iter(rows.values())).q))
        self.pairs: dict[int, slice] = {}
        self._backoff, n = {}, 0
        self._first_key = {}  # for each state; a pair has the sum of it and the symbol as its key
        keys, numbers = [], []
        for state, cells in self._cells.items():
            symbols = rows[state].symbols
            self._first_key[state] = len(self.pairs) * len(rows[state].q)
            keys.append(self._first_key[state] + symbols)
            numbers.append(np.arange(n, n + len(symbols)))
            self.pairs[state], n = slice(n, n + len(symbols)), n + len(symbols)
            if cells.has_backoff:
                self._backoff[state], n = n, n + 1
        self._keys, self._numbers = np.concatenate(keys), np.concatenate(numbers)  # ascending
        self._transitions = []  # arrays of sources, targets and probabilities
        self._leak, self._log_c = np.zeros(n), np.full(n, -np.inf)

    def connect(self, state, edges):
        """Add the edges of the automaton, (mask, target), from a state to others of these."""
        cells, rows = self._cells[state], self._rows[state]
        for pair_of in self._lead(edges) if edges else ():
            target = pair_of[cells.column]
            inside = np.flatnonzero(target >= 0)
            source = self.pairs[state].start + cells.row[inside]
            self._transitions.append((source, target[inside], cells.p[inside]))
            if cells.has_backoff:
                symbols = np.flatnonzero((pair_of >= 0) & (rows.q > 0))
                source = np.full(len(symbols), self._backoff[state])
                self._transitions.append((source, pair_of[symbols], rows.q[symbols]))

    def _lead(self, edges):
        """Return the pairs that each next symbol leads to, -1 without, (n_arrays, n_symbols).

        There are as many arrays as edges with the same symbol.
        """
        masks = np.array([mask for mask, _ in edges])
        edge, symbol = np.nonzero(masks)
        key = np.array([self._first_key[target] for _, target in edges])[edge] + symbol
        order = np.argsort(symbol, kind="stable")
        in_order = symbol[order]
        before = np.arange(len(order)) - np.searchsorted(in_order, in_order)  # of the same symbol
        pair_of = np.full((before.max() + 1, masks.shape[1]), -1)
        pair_of[before, in_order] = self._numbers[np.searchsorted(self._keys, key[order])]
        return pair_of

    def end(self, state, leaves, ahead):
        """Add what leads from a state out of these states.

        Parameters
        ----------
        state : int
            The state.
        leaves : ndarray of shape (n_symbols,)
            1 for each next symbol that leads out of these states or ends the name, else 0.
        ahead : ndarray of shape (n_symbols,)
            The log-mass of what follows it.
        """
        cells, rows, pairs = self._cells[state], self._rows[state], self.pairs[state]
        self._leak[pairs] = cells.rows.S @ leaves
        self._log_c[pairs] = cells.rows.log_means(ahead)
        if cells.has_backoff:
            backoff = self._backoff[state]
            self._leak[backoff] = rows.q @ leaves
            self._log_c[backoff] = log_sum(log(rows.q) + ahead)
            source = np.flatnonzero(rows.g)
            target = np.full(len(source), backoff)
            self._transitions.append((pairs.start + source, target, rows.g[source]))

    def solve(self, is_certain):
        """Return the log-mass of each pair.

        `is_certain` says that all that leads out of these states is accepted.
        """
        n = len(self._leak)
        source, target, p = map(np.concatenate, zip(*self._transitions, strict=True))
        A = sparse.coo_array((p, (source, target)), shape=(n, n)).tocsr()
        if is_certain and reaching(A, self._leak > 0).all():
            return np.zeros(n)
        return log_absorbing(A, self._leak, self._log_c)


class _Cells:
    """The elements of some rows of P that do not come from the backoff."""

    def __init__(self, rows):
        n_symbols = len(rows.q)
        self.has_backoff = n_symbols > _MAX_DENSE and bool(rows.g.any())
        if n_symbols <= _MAX_DENSE:
            S = sparse.csr_array(rows.S.toarray() + rows.g[:, None] * rows.q)
        else:
            S = rows.S.copy()
            S.eliminate_zeros()
        self.rows = Rows(rows.symbols, S, np.zeros(len(rows.g)), rows.q)
        self.row, self.column, self.p = row_numbers(S), S.indices, S.data
