"""Draws of two symbols at a time from P, for chains with few symbols."""

import numpy as np

_BITS = 53  # of each probability
_BIN_BITS = 15  # of the number that picks a bin
_REST_BITS = _BITS - _BIN_BITS
_AMBIGUOUS = 2**16 - 1  # stands for a pair that takes more bits to tell
_MAX_SYMBOLS = 64  # up to which the table takes at most 4 MB


class PairSampler:
    """Draws the next two symbols of a chain by one look-up in a table.

    The probabilities of all pairs that follow a symbol are rounded to multiples of 2^-53 with the
    sum 1. A row of the table has 2^15 bins. As many bins hold a pair as fit into its probability.
    What is left of all pairs makes up the remaining bins together: if a number falls there, the
    pair is located among the remainders with 38 more random bits. So a draw is exact, and only
    about one in a hundred takes more than the look-up.

    A pair (j, k) is one number, j + 256 k. The second symbol may be the first one of the next name.

    Parameters
    ----------
    P : ndarray of shape (n_symbols, n_symbols)
        The transition probabilities, of at most 64 symbols.
    """

    def __init__(self, P):
        n = len(P)
        p = (P[:, :, None] * P).reshape(n, n**2)  # of pair j n + k
        sizes = np.rint(p * 2.0**_BITS).astype(np.int64)
        sizes[np.arange(n), p.argmax(axis=1)] += 2**_BITS - sizes.sum(axis=1)
        n_bins = sizes >> _REST_BITS
        first, second = np.divmod(np.arange(n**2), n)
        pairs = (first + 256 * second).astype(np.uint16)
        self._table = np.full((n, 2**_BIN_BITS), _AMBIGUOUS, dtype=np.uint16)
        for row, counts in zip(self._table, n_bins, strict=True):
            row[: counts.sum()] = np.repeat(pairs, counts)
        self._table = self._table.ravel()
        rests = sizes - (n_bins << _REST_BITS)
        kept = rests > 0
        self._rest_ends = np.cumsum(rests[kept])  # of all rows, one after the other
        self._rest_pairs = np.tile(pairs, (n, 1))[kept]
        # The ambiguous bins of all rows are numbered; a row's are its last ones.
        n_certain = n_bins.sum(axis=1)
        n_before = np.cumsum(2**_BIN_BITS - n_certain) - (2**_BIN_BITS - n_certain)
        self._shift = n_before - n_certain  # from a bin's number in its row to that number

    def draw(self, n_chains, n_steps, rng):
        """Draw pairs of symbols for chains that start at the boundary, (n_steps, n_chains)."""
        per_number = 64 // 16
        n_numbers = -(-n_steps * n_chains // per_number)
        bits = rng.integers(2**64, size=n_numbers, dtype=np.uint64).view(np.uint16)
        bits >>= 16 - _BIN_BITS
        pairs = np.empty((n_steps, n_chains), dtype=np.uint16)
        symbol = np.zeros(n_chains, dtype=np.uint16)
        index = np.empty(n_chains, dtype=np.uint32)
        for step in range(n_steps):
            np.left_shift(symbol, _BIN_BITS, out=index, dtype=np.uint32)
            index |= bits[step * n_chains : (step + 1) * n_chains]
            drawn = self._table.take(index)
            ambiguous = np.flatnonzero(drawn == _AMBIGUOUS)
            if len(ambiguous):
                drawn[ambiguous] = self._draw_rest(index.take(ambiguous).astype(np.intp), rng)
            pairs[step] = drawn
            np.right_shift(drawn, 8, out=symbol)
        return pairs

    def _draw_rest(self, index, rng):
        """Draw a pair for each of these places of the table, which are ambiguous."""
        number = index & (2**_BIN_BITS - 1)
        number += self._shift.take(index >> _BIN_BITS)
        number <<= _REST_BITS
        number += rng.integers(2**_REST_BITS, size=len(index))
        return self._rest_pairs.take(np.searchsorted(self._rest_ends, number, side="right"))


def make_pair_sampler(transition):
    """Return the pair sampler of a chain; None if it has too many symbols."""
    if transition.n_symbols > _MAX_SYMBOLS:
        return None
    return PairSampler(transition.rows(np.arange(transition.n_symbols)))
