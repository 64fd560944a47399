"""Draws from the rows of P = S + g q^T."""

from bisect import bisect_right
from functools import cached_property

import numpy as np

_BITS = 53  # of each uniform number
_MIN_BINS = 2**14  # a table of so few bins is built in no time
_MAX_EXTRA_BITS = 4
_FEW = 16  # draws that take less time one by one than as arrays


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
        backoff_start = ends[last]
        ends[last] = whole
        # Without a backoff, rounding errors go to the last stored element.
        without = (g == 0) & (n_cells > 1)
        ends[last[without] - 1] = backoff_start[without] = whole
        self._ends = ends
        self._backoff_start = backoff_start.astype(float)  # exact, as all multiples of 2^-53 are
        self._backoff_size = np.maximum(2.0**_BITS - self._backoff_start, 1)  # 1 if it is empty

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
        u = rng.random(len(row))
        u *= 2.0**_BITS  # a whole number
        if len(row) <= _FEW:
            few = map(self._find_symbol, row.tolist(), map(int, u.tolist()))
            return np.fromiter(few, dtype=self.dtype, count=len(row))
        row = row.astype(np.intp)
        if self._is_mostly_backoff:
            return self._draw_mostly_backoff(row, u)
        symbol = self._symbols.take(self._find_cells(row, u.astype(np.int64)))
        rest = np.flatnonzero(symbol == self._backoff)
        if len(rest):
            row = row.take(rest)
            share = (u.take(rest) - self._backoff_start.take(row)) / self._backoff_size.take(row)
            symbol[rest] = self._find_backoff_symbols(share)
        return symbol

    def _draw_mostly_backoff(self, row, u):
        """Draw as if all numbers were in the backoff, and look the others up in the table."""
        share = u - self._backoff_start.take(row)
        others = np.flatnonzero(share < 0)
        share /= self._backoff_size.take(row)
        share[others] = 0
        symbol = self._find_backoff_symbols(share)
        u = u.take(others).astype(np.int64)
        symbol[others] = self._symbols.take(self._find_cells(row.take(others), u))
        return symbol

    @cached_property
    def _find_symbol(self):
        """The function that returns the symbol that one number falls to, given its row."""
        shift, first_bin, guide = self._shift.data, self._first_bin.data, self._guide.data
        symbols, ends = self._symbols.data, self._ends.data
        start, size = self._backoff_start.data, self._backoff_size.data
        q_ends, backoff, is_uniform = self._q_ends.data, self._backoff, self._q_is_uniform

        def find(row, u):
            first = first_bin[row] + (u >> shift[row])
            cell = guide[first]
            if ends[cell] <= u:
                cell = bisect_right(ends, u, cell + 1, guide[first + 1])
            symbol = symbols[cell]
            if symbol < backoff:
                return symbol
            share = (u - start[row]) / size[row]
            symbol = int(share * backoff) if is_uniform else bisect_right(q_ends, share)
            return min(symbol, backoff - 1)

        return find

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
        if self._q_is_uniform:
            symbol = share * self._backoff
        else:
            symbol = np.searchsorted(self._q_ends, share, side="right")
        return np.minimum(symbol, self._backoff - 1).astype(self.dtype)
