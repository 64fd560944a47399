"""The transition matrix P = S + g q^T, and all that can be read off it."""

from functools import cached_property

import numpy as np
from scipy import sparse

from sklearn_bigram.exceptions import EndlessNameError
from sklearn_bigram.markov._length_moments import LengthMoments
from sklearn_bigram.tokenization._stream import TokenStream

_MAX_DENSE = 1024  # symbols up to which log P is also kept as a table
MAX_LENGTH = 2**16  # symbols of a name that is drawn
_CHAINS = 8192  # chains that are sampled in step
_TILE = 32  # steps of them that are transposed at a time
_BITS = 53  # of each uniform number
_BINS = 12  # bits of it that a table of the next symbol is looked up by
_MAX_KEYS = 2**10 - 1  # rows up to which a row and 53 bits are one number
_MAX_TABLE = 128  # symbols up to which that table is small, and most of its bins hold one symbol


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
        self._log_p = None
        if len(g) <= _MAX_DENSE:
            self._log_p = self._log(S.toarray() + g[:, None] * q)

    def __getstate__(self):
        """Leave out of pickles what is only kept to save time."""
        return {name: value for name, value in vars(self).items() if name != "length_moments"}

    @property
    def n_symbols(self):
        """Number of symbols, the boundary included."""
        return len(self.g)

    @cached_property
    def length_moments(self):
        """Moments of the log-likelihood of names of each length, as far as they were asked for."""
        return LengthMoments(self.S, self.g, self.q)

    @staticmethod
    def _log(p):
        with np.errstate(divide="ignore"):
            return np.log(p)

    def matvec(self, x):
        """Return P x, the expectations of x after one step, (n_symbols,)."""
        return self.S @ x + self.g * (self.q @ x)

    def rmatvec(self, x):
        """Return P^T x, where a distribution x over states goes in one step, (n_symbols,)."""
        return self.S.T @ x + self.q * (self.g @ x)

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
        key = i.astype(np.min_scalar_type(n**2 - 1))
        key *= n
        key += j.astype(key.dtype, copy=False)
        if self._log_p is not None:
            return self._log_p.take(key)
        order = np.argsort(key)  # a search for ascending keys stays in cache
        key = key[order]
        place = np.searchsorted(self._keys, key)
        stored = np.flatnonzero(place < len(self._keys))
        stored = stored[self._keys[place[stored]] == key[stored]]
        p = self.g[i] * self.q[j]
        p[order[stored]] += self.S.data[place[stored]]
        return self._log(p)

    @cached_property
    def _keys(self):
        """The number n_symbols * i + j of each cell of S, ascending."""
        n = self.n_symbols
        keys = np.repeat(np.arange(n), np.diff(self.S.indptr)) * n + self.S.indices
        return keys.astype(np.min_scalar_type(n**2 - 1))

    def tempered(self, temperature):
        """Return the chain whose rows are those of P to the power 1 / temperature, normalized.

        Powers are taken of ratios to the largest cell of each row. Of those some may be too small
        for a float64 and become 0, but the largest is always 1.
        """

        def power(ratio):
            with np.errstate(over="ignore"):
                return np.exp(self._log(ratio) / temperature)

        S, g, q = self.S, self.g, self.q
        row = np.repeat(np.arange(len(g)), np.diff(S.indptr))  # (nnz,)
        p = S.data + g[row] * q[S.indices]
        largest = g * q.max()
        np.maximum.at(largest, row, p)
        weights = power(q / q.max())
        backoff = power(g * q.max() / largest)  # (n_symbols,), without the sum of the weights
        excess = np.maximum(power(p / largest[row]) - backoff[row] * weights[S.indices], 0)
        total = np.bincount(row, excess, len(g)) + backoff * weights.sum()
        S = sparse.csr_array((excess / total[row], S.indices, S.indptr), shape=S.shape)
        return TransitionMatrix(S, backoff * weights.sum() / total, weights / weights.sum())

    def log_likelihood(self, stream):
        """Return the log-likelihood of each name in a stream, (n_names,)."""
        log_p = self.log_proba(stream.ids[:-1], stream.ids[1:])  # (n_bigrams,)
        return np.add.reduceat(log_p, stream.starts[:-1])

    def argmax(self, states):
        """Return the most likely next state after each of these, (n_states,)."""
        asked, place = np.unique(states, return_inverse=True)
        best = np.empty(len(asked), dtype=np.intp)
        block = max(1, 2**22 // self.n_symbols)
        for start in range(0, len(asked), block):
            best[start : start + block] = self.rows(asked[start : start + block]).argmax(axis=1)
        return best[place]

    def sample(self, n_names, rng):
        """Draw names with a NumPy Generator.

        Up to 8,192 chains run in step, each straight on through the boundary from one name to the
        next. How many names each gives is fixed before, so none is favored for being short.
        """
        n_chains = min(n_names, _CHAINS)
        wanted = np.full(n_chains, n_names // n_chains, dtype=np.int32)
        wanted[: n_names % n_chains] += 1
        sampler = Sampler(self.S, self.g, self.q, with_table=n_names >= 4 * _CHAINS)
        running = np.arange(n_chains)
        state = np.zeros(n_chains, dtype=sampler.dtype)
        missing = wanted.copy()  # names of each running chain
        missing_before = missing + 1
        steps: list[np.ndarray] = []
        while len(running):
            if len(steps) % MAX_LENGTH == 0:
                if (missing == missing_before[running]).any():
                    raise_endless()
                missing_before[running] = missing
            state = sampler.draw(state, rng)
            if len(running) == n_chains:
                steps.append(state)
            else:
                steps.append(np.zeros(n_chains, dtype=sampler.dtype))
                steps[-1][running] = state
            missing -= state == 0
            if 2 * np.count_nonzero(missing > 0) <= len(running):  # seldom: it costs a copy
                going = missing > 0
                running, state, missing = running[going], state[going], missing[going]
        chains = np.empty((n_chains, len(steps)), dtype=sampler.dtype)
        for first in range(0, len(steps), _TILE):  # a transpose in pieces that stay in cache
            chains[:, first : first + _TILE] = np.stack(steps[first : first + _TILE], axis=1)
        offset = np.arange(n_chains) * len(steps)
        ends = np.flatnonzero(chains.ravel() == 0)  # of the names of all chains
        cut = ends[np.searchsorted(ends, offset) + wanted - 1] - offset
        kept = [chain[:end] for chain, end in zip(chains, (cut + 1).tolist(), strict=True)]
        ids = np.concatenate([np.zeros(1, dtype=sampler.dtype), *kept])
        return TokenStream(ids, np.flatnonzero(ids == 0))


def raise_endless():
    """Raise the error of a name that is too long to be drawn."""
    raise EndlessNameError(MAX_LENGTH)


class Sampler:
    """Draws next states by inverting each row's distribution, exactly, to 53 bits.

    There may be fewer rows than symbols: a state is the place of its row. A row is laid out as
    the cells of S, then the backoff, in whole multiples of 2^-53. A uniform number falls into one
    of them: that decides, whether it is found by search or, for most numbers, by looking up their
    first bits in a table.
    """

    def __init__(self, S, g, q, *, with_table):
        self.indices, self.first = np.append(S.indices, 0), S.indptr[:-1]
        n_cells = np.diff(S.indptr)
        row = np.repeat(np.arange(len(g)), n_cells)
        whole = 2**_BITS
        sizes = np.rint(S.data * float(whole)).astype(np.int64)  # (nnz,)
        ends = np.concatenate(([0], np.cumsum(sizes)))  # may wrap around: only differences count
        self.ends = np.minimum(ends[1:] - ends[S.indptr[:-1]][row], whole)  # (nnz,)
        counted = np.minimum(ends[S.indptr[1:]] - ends[S.indptr[:-1]], whole)
        # Without a backoff the last cell takes the rest, that rounding left.
        self.counted = np.where(g > 0, counted, whole)
        self.ends[S.indptr[1:][(g == 0) & (n_cells > 0)] - 1] = whole
        if len(g) <= _MAX_KEYS:
            self.keys = (row << _BITS) + self.ends
        else:
            # A row of n cells has n bins, and bin k of all begins in cell guide[k], for that many
            # cells end in a bin before.
            self.keys = None
            self.last_bin = S.indptr[1:] - 1
            self.scale = n_cells / np.maximum(self.counted, 1)
            bins = self._bin(row, self.ends)
            self.guide = np.append(0, np.cumsum(np.bincount(bins, minlength=len(row))))
        self.q_is_uniform = np.all(q == q[0])
        self.q_ends = np.cumsum(q)
        self.q_ends /= self.q_ends[-1]
        self.dtype = np.min_scalar_type(len(q))  # one value is left to mark what is open
        self.table = None
        if with_table and len(g) <= _MAX_TABLE:
            # Places ascend within a row, so a bin lies in one if the next begins in the same.
            state = np.repeat(np.arange(len(g)), 2**_BINS)
            places = self._find(state, np.tile(np.arange(2**_BINS) << (_BITS - _BINS), len(g)))
            same = np.append(places[1:] == places[:-1], False)
            same[2**_BINS - 1 :: 2**_BINS] = False  # what is next is another row
            self.open = np.iinfo(self.dtype).max
            self.table = np.where(same, self._symbols(places), self.open).astype(self.dtype)

    def draw(self, state, rng):
        """Draw the next state of each chain, (n_chains,)."""
        u = rng.integers(2**_BITS, size=len(state))
        if self.table is None:
            return self._symbols(self._find(state.astype(np.int64), u)).astype(self.dtype)
        state = state.astype(np.int64)
        drawn = self.table.take((state << _BINS) + (u >> (_BITS - _BINS)))
        unsure = np.flatnonzero(drawn == self.open)
        drawn[unsure] = self._symbols(self._find(state[unsure], u[unsure]))
        return drawn

    def _find(self, state, u):
        """Return where u falls: a cell of S, or len(S.data) + the symbol of the backoff."""
        counted = self.counted[state]
        in_backoff = u >= counted
        place = np.empty(len(u), dtype=np.int64)
        rest = np.flatnonzero(in_backoff)
        share = (u[rest] - counted[rest]) / (2.0**_BITS - counted[rest])
        place[rest] = len(self.ends) + self._find_backoff(share)
        rest = np.flatnonzero(~in_backoff)
        place[rest] = self._find_cell(state[rest], u[rest])
        return place

    def _find_cell(self, state, u):
        """Return the first cell of S in each row that ends above u."""
        if self.keys is not None:
            return np.searchsorted(self.keys, (state << _BITS) + u, side="right")
        bins = self._bin(state, u)
        low, high = self.guide.take(bins), self.guide.take(bins + 1)
        left = np.flatnonzero(low < high)
        first, last, u = low[left], high[left], u[left]
        while np.any(first < last):
            middle = (first + last) // 2
            above = self.ends.take(middle) > u  # so is that of a cell that is found: it stays
            first, last = np.where(above, first, middle + 1), np.where(above, middle, last)
        low[left] = first
        return low

    def _bin(self, state, u):
        """Return which bin of a row u falls into; it never falls when u rises."""
        bins = self.first[state] + (u * self.scale[state]).astype(np.int64)
        return np.minimum(bins, self.last_bin[state])

    def _find_backoff(self, share):
        """Return the symbols of the backoff that these shares of it, below 1, fall to."""
        n = len(self.q_ends)
        if self.q_is_uniform:
            return np.minimum((share * n).astype(np.int64), n - 1)
        return np.minimum(np.searchsorted(self.q_ends, share, side="right"), n - 1)

    def _symbols(self, places):
        """Return the symbols at these places."""
        n = len(self.ends)
        return np.where(places < n, self.indices.take(places, mode="clip"), places - n)
