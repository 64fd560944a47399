"""log P at the stored elements of S, for many look-ups of bigrams in large alphabets."""

import numpy as np

_BITS = 5  # 2^5 cells are a page
_MASK = 2**_BITS - 1
_MAX_BYTES_PER_ELEMENT = 32  # of the table of pages, for each stored element


class StoredLogs:
    """Finds stored elements without a search, by counting bits.

    The cells of P are numbered row by row, and 32 consecutive ones are a page. For each page, a
    table has one number of 64 bits. The low half has a 1 for each cell that is stored, and the high
    half is the position of the first of them among all stored elements. So one random access is
    enough to tell whether a cell is stored and where.

    Parameters
    ----------
    numbers : ndarray of shape (n_stored,)
        The numbers of the stored cells, ascending, as an unsigned type.
    log_p : ndarray of shape (n_stored,)
        Their values of log P.
    n_cells : int
        Number of cells of P.
    """

    def __init__(self, numbers, log_p, n_cells):
        pages = numbers >> _BITS
        first = np.flatnonzero(np.diff(pages, prepend=pages[:1] + 1))  # stored element of a page
        self._pages = np.zeros((n_cells >> _BITS) + 1, dtype=np.uint64)
        stored = np.bitwise_or.reduceat(_find_bits(numbers), first).astype(np.uint64)
        self._pages[pages[first]] = stored | first.astype(np.uint64) << 32
        self._log_p = log_p

    def find(self, numbers):
        """Return log P of each cell that is stored, and the positions of the others: two arrays.

        The first has any value at those positions.
        """
        pages = self._pages.take((numbers >> _BITS).astype(np.intp))
        stored, bits = pages.astype(np.uint32), _find_bits(numbers)
        position = (pages >> 32).astype(np.uint32)
        position += np.bitwise_count(stored & (bits - 1))
        others = np.flatnonzero(stored & bits == 0)
        return self._log_p.take(position, mode="clip"), others


def _find_bits(numbers):
    """Return the bit of each cell in its page, (n,) uint32."""
    return np.left_shift(np.uint32(1), (numbers & _MASK).astype(np.uint32))


def is_small(n_cells, n_stored):
    """Tell whether a table of pages would take not much more memory than S."""
    return n_cells * 8 >> _BITS <= _MAX_BYTES_PER_ELEMENT * n_stored
