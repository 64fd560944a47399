"""The transition matrix P = S + g q^T, and all that can be read off it."""

import numpy as np

from sklearn_bigram._tokens import TokenStream

_MAX_DENSE = 1024  # symbols up to which P is also kept as a table


class TransitionMatrix:
    """Transition probabilities of a Markov chain whose state 0 is the boundary.

    P is S + g q^T: what was counted, and a backoff to one distribution for all that was not.
    Memory is that of S, whatever the number of symbols.

    Parameters
    ----------
    S : CSR array of shape (n_symbols, n_symbols)
        The part of P that stands only where something was counted, non-negative.
    g : ndarray of shape (n_symbols,)
        Each row's weight of the backoff.
    q : ndarray of shape (n_symbols,)
        The distribution to back off to.
    """

    def __init__(self, S, g, q):
        self.S, self.g, self.q = S, g, q
        self._log_p = self._log(self.rows(np.arange(len(g)))) if len(g) <= _MAX_DENSE else None

    @property
    def n_symbols(self):
        return len(self.g)

    @staticmethod
    def _log(p):
        with np.errstate(divide="ignore"):
            return np.log(p)

    def rows(self, states):
        """Return the rows of P for these states: (n_states, n_symbols)."""
        return self.S[states].toarray() + self.g[states, None] * self.q

    def log_rows(self, states):
        """Return the logarithm of these rows."""
        return self._log(self.rows(states)) if self._log_p is None else self._log_p[states]

    def logits(self):
        """Return log P less the mean of its finite cells in each row: (n_symbols, n_symbols)."""
        log_p = self.log_rows(np.arange(self.n_symbols))
        finite = np.isfinite(log_p)
        return log_p - (np.sum(log_p, axis=1, where=finite) / finite.sum(axis=1))[:, None]

    def log_proba(self, i, j):
        """Return log P[i, j] for two arrays of states, (n,)."""
        n = self.n_symbols
        key = i.astype(np.intp) * n + j
        if self._log_p is not None:
            return self._log_p.take(key)
        rows = np.repeat(np.arange(n), np.diff(self.S.indptr))
        keys = rows * n + self.S.indices
        place = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        counted = np.where(keys[place] == key, self.S.data[place], 0.0)
        return self._log(counted + self.g[i] * self.q[j])

    def log_likelihood(self, stream):
        """Return the log-likelihood of each name in a stream, (n_names,)."""
        log_p = self.log_proba(stream.ids[:-1], stream.ids[1:])  # (n_bigrams,)
        return np.add.reduceat(log_p, stream.starts[:-1])

    def argmax(self):
        """Return the most likely next state after each state, (n_symbols,)."""
        best = np.empty(self.n_symbols, dtype=np.intp)
        block = max(1, 2**22 // self.n_symbols)
        for start in range(0, self.n_symbols, block):
            states = np.arange(start, min(start + block, self.n_symbols))
            best[states] = self.rows(states).argmax(axis=1)
        return best

    def sample(self, n_names, rng):
        """Draw names with a NumPy Generator, all in step, by inverting each row's distribution."""
        S = self.S
        cumulative = np.concatenate(([0.0], np.cumsum(S.data)))
        below = cumulative[S.indptr[:-1]]  # (n_symbols,)
        counted = cumulative[S.indptr[1:]] - below
        backoff = np.cumsum(self.q)
        state = np.zeros(n_names, dtype=np.intp)
        alive = np.arange(n_names)
        columns = []  # pairs (names still alive, their next symbol)
        while len(alive):
            u = rng.random(len(alive)) * (counted[state] + self.g[state])
            place = np.searchsorted(cumulative, below[state] + u, side="right") - 1
            place = np.clip(place, S.indptr[state], np.maximum(S.indptr[state + 1] - 1, 0))
            excess = u - counted[state]
            rest = np.flatnonzero((excess >= 0) & (self.g[state] > 0))
            state_next = S.indices[place] if len(S.indices) else np.zeros_like(state)
            share = excess[rest] / self.g[state[rest]] * backoff[-1]
            draw = np.searchsorted(backoff, share, side="right")
            state_next[rest] = np.minimum(draw, len(backoff) - 1)
            state = state_next
            columns.append((alive, state))
            going = state > 0
            alive, state = alive[going], state[going]
        return _gather(columns, n_names)


def _gather(columns, n_names):
    """Return the stream of names whose k-th symbols are ``columns[k]``."""
    n_bigrams = np.zeros(n_names, dtype=np.intp)
    for alive, _ in columns:
        n_bigrams[alive] += 1
    starts = np.concatenate(([0], np.cumsum(n_bigrams)))
    ids = np.zeros(starts[-1] + 1, dtype=np.intp)
    for k, (alive, state) in enumerate(columns):
        ids[starts[alive] + k + 1] = state
    return TokenStream(ids, starts)
