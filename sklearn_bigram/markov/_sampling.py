"""Random names from a Markov chain, without constraints."""

import numpy as np

from sklearn_bigram.exceptions import EndlessNameError
from sklearn_bigram.markov._information import expected_length
from sklearn_bigram.tokenization._stream import TokenStream

MAX_LENGTH = 2**16  # symbols of a sampled name
STEPS_BEFORE_CHECK = 512  # after which most names should have ended
_CHAINS_IN_STEP = 2**13
_STEPS_PER_TRANSPOSE = 32
_BITS = 53  # of each uniform number
_MIN_BINS = 2**14  # a table of so few bins is built in no time
_MAX_EXTRA_BITS = 4


def sample_names(transition, n_names, rng):
    """Draw names from a chain with a NumPy Generator, as a stream.

    Up to 8,192 chains run in step. Each chain passes through the boundary from one name to the
    next. The number of names per chain is fixed in advance, so short names are not favored.

    Parameters
    ----------
    transition : TransitionMatrix
        The chain.
    n_names : int
        The number of names.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    stream : TokenStream
        The names.

    Raises
    ------
    EndlessNameError
        If a name reaches `MAX_LENGTH` symbols, or many names are about to.
    """
    n_chains = min(n_names, _CHAINS_IN_STEP)
    wanted = np.full(n_chains, n_names // n_chains, dtype=np.int32)
    wanted[: n_names % n_chains] += 1
    sampler = Sampler(transition.S, transition.g, transition.q)
    running = np.arange(n_chains)
    state = np.zeros(n_chains, dtype=sampler.dtype)
    missing = wanted.copy()  # names of each running chain
    missing_before = missing + 1
    steps: list[np.ndarray] = []
    while len(running):
        if len(steps) % MAX_LENGTH == 0:
            if (missing == missing_before[running]).any():
                raise EndlessNameError(MAX_LENGTH)
            missing_before[running] = missing
        if len(steps) == STEPS_BEFORE_CHECK:
            refuse_endless(transition, len(running), np.sum(wanted[running] - missing))
        state = sampler.draw(state, rng)
        if len(running) == n_chains:
            steps.append(state)
        else:
            steps.append(np.zeros(n_chains, dtype=sampler.dtype))
            steps[-1][running] = state
        missing -= state == 0
        unfinished = missing > 0
        if 2 * np.count_nonzero(unfinished) <= len(running):  # rarely, because it copies
            running, state, missing = running[unfinished], state[unfinished], missing[unfinished]
    return _cut_chains(_transpose(steps), wanted)


def refuse_endless(transition, n_running, n_ended):
    """Raise if names hardly end, before many of them have taken much time and memory.

    This is called once, after `STEPS_BEFORE_CHECK` steps.
    """
    few_ended = n_running >= 32 and n_ended < 0.01 * n_running
    if few_ended and expected_length(transition) > MAX_LENGTH:
        raise EndlessNameError(STEPS_BEFORE_CHECK)


def _transpose(steps):
    """Return the steps, each (n_chains,), as one array of chains, (n_chains, n_steps)."""
    chains = np.empty((len(steps[0]), len(steps)), dtype=steps[0].dtype)
    for start in range(0, len(steps), _STEPS_PER_TRANSPOSE):  # blocks that stay in cache
        stop = start + _STEPS_PER_TRANSPOSE
        chains[:, start:stop] = np.stack(steps[start:stop], axis=1)
    return chains


def _cut_chains(chains, wanted):
    """Return the stream of the first names of each chain, as many as wanted of each."""
    offset = np.arange(len(chains)) * chains.shape[1]
    ends = np.flatnonzero(chains.ravel() == 0)  # of all names of all chains
    cut = ends[np.searchsorted(ends, offset) + wanted - 1] - offset
    kept = [chain[:end] for chain, end in zip(chains, (cut + 1).tolist(), strict=True)]
    ids = np.concatenate([np.zeros(1, dtype=chains.dtype), *kept])
    return TokenStream(ids, np.flatnonzero(ids == 0))


class Sampler:
    """Draws next symbols by inverting the distribution of each row of S + g q^T.

    Each row is divided into cells, which are multiples of 2^-53: one for each stored element of
    S and a last one for the backoff. A uniform number falls into one cell. It is found with a
    guide table [1]_, which divides each row into equal bins and holds the first cell of each bin;
    a binary search within the bin follows. A number in the backoff cell is located in q.

    Parameters
    ----------
    S : CSR array of shape (n_rows, n_symbols)
        The sparse part of the rows.
    g : ndarray of shape (n_rows,)
        The backoff weight of each row.
    q : ndarray of shape (n_symbols,)
        The backoff distribution.

    References
    ----------
    .. [1] H.-C. Chen and Y. Asau, "On generating random variates from an empirical distribution",
       AIIE Transactions 6 (2), 1974.
    """

    def __init__(self, S, g, q):
        n_cells = np.diff(S.indptr) + 1  # (n_rows,)
        self._backoff = len(q)  # stands for the backoff among the symbols
        self.dtype = np.min_scalar_type(self._backoff)
        self._symbols = np.insert(S.indices.astype(self.dtype), S.indptr[1:], self._backoff)
        self._set_ends(S, g, n_cells)
        self._set_guide(n_cells)
        self._is_mostly_backoff = np.mean(g) > 0.5
        self._q_is_uniform = np.all(q == q[0])
        self._q_ends = np.cumsum(q)
        self._q_ends /= self._q_ends[-1]

    def _set_ends(self, S, g, n_cells):
        """Set where each cell ends within its row, and where the backoff of each row starts."""
        whole = 2**_BITS
        sizes = np.rint(S.data * float(whole)).astype(np.int64)
        ends = np.insert(sizes, S.indptr[1:], 0)
        np.cumsum(ends, out=ends)  # this may wrap around: only differences matter
        last = np.cumsum(n_cells) - 1  # the backoff cell of each row
        ends -= np.repeat(np.append(0, ends[last[:-1]]), n_cells)
        np.minimum(ends, whole, out=ends)
        self._backoff_start = ends[last]
        ends[last] = whole
        # Without a backoff, rounding errors go to the last stored element.
        without = (g == 0) & (n_cells > 1)
        ends[last[without] - 1] = self._backoff_start[without] = whole
        self._ends = ends

    def _set_guide(self, n_cells):
        """Set the first cell of each bin; the bins of a row are a power of 2, at least its cells.

        More bins make draws faster, so a small table has up to 16 times as many.
        """
        spare = int(np.log2(max(1, _MIN_BINS / len(self._ends))))
        bits = np.ceil(np.log2(n_cells)).astype(np.int64) + min(spare, _MAX_EXTRA_BITS)
        self._shift = _BITS - bits
        stops = np.cumsum(1 << bits)
        self._first_bin = np.append(0, stops[:-1])
        bins = self._ends - 1  # the last bin that each cell has a part in
        bins >>= np.repeat(self._shift, n_cells)
        bins += np.repeat(self._first_bin, n_cells)
        np.maximum(bins, 0, out=bins)  # of an empty cell, which ends at 0
        self._guide = np.zeros(stops[-1] + 1, dtype=np.int64)
        np.cumsum(np.bincount(bins, minlength=stops[-1]), out=self._guide[1:])

    def draw(self, row, rng):
        """Draw the next symbol for each of these rows, (n,)."""
        row = row.astype(np.intp)
        u = rng.integers(2**_BITS, size=len(row))
        if self._is_mostly_backoff:  # look up the other numbers only: large tables are slow
            others = np.flatnonzero(u < self._backoff_start.take(row))
            symbol = np.full(len(row), self._backoff, dtype=self.dtype)
            symbol[others] = self._symbols.take(self._find_cells(row.take(others), u.take(others)))
        else:
            symbol = self._symbols.take(self._find_cells(row, u))
        rest = np.flatnonzero(symbol == self._backoff)
        if len(rest):
            start = self._backoff_start.take(row.take(rest))
            share = (u.take(rest) - start) / (2.0**_BITS - start)
            symbol[rest] = self._find_backoff_symbols(share)
        return symbol

    def _find_cells(self, row, u):
        """Return the first cell of each row that ends above u."""
        bins = self._first_bin.take(row)
        bins += u >> self._shift.take(row)
        cell = self._guide.take(bins)
        beyond = np.flatnonzero(self._ends.take(cell) <= u)
        if len(beyond):
            low, high = cell.take(beyond) + 1, self._guide.take(bins.take(beyond) + 1)
            u = u.take(beyond)
            while (low < high).any():
                middle = (low + high) >> 1
                above = self._ends.take(middle) > u
                low, high = np.where(above, low, middle + 1), np.where(above, middle, high)
            cell[beyond] = low
        return cell

    def _find_backoff_symbols(self, share):
        """Return the symbols of q at these shares of the backoff, from 0 to below 1."""
        n_symbols = len(self._q_ends)
        if self._q_is_uniform:
            symbol = (share * n_symbols).astype(np.int64)
        else:
            symbol = np.searchsorted(self._q_ends, share, side="right")
        return np.minimum(symbol, n_symbols - 1)
