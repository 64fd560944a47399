"""TokenStream: a batch of names as one flat array of ids; from rows and back."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy import sparse

_MIN_LARGE = 2**24  # elements, below which a stream may have any number of zeros
_NAMES_PER_PART = 2**18  # that are taken at a time
_MAX_GAPS = 64  # zeros of a sparse array for each of its ids


class TokenStream(NamedTuple):
    """A batch of names, one after the other, with a boundary before, between and after them.

    ``.emma.ava.`` is one array of 10 ids. Consecutive pairs of it are all the bigrams of all the
    names, and those of name i are the pairs from ``starts[i]`` up to ``starts[i + 1]``.
    """

    ids: np.ndarray  # (n_bigrams + 1,), 0 is the boundary
    starts: np.ndarray  # (n_names + 1,), the position of each name's first bigram, and the end

    @property
    def n_bigrams(self):
        """Number of bigrams of each name, (n_names,)."""
        return np.diff(self.starts)


def no_names():
    """Return the stream of no names."""
    return TokenStream(np.zeros(1, dtype=np.intp), np.zeros(1, dtype=np.intp))


def from_rows(X, n_symbols=None, start=0):
    """Return the stream of a 2-D integer array, dense or canonical CSR.

    Trailing zeros are padding. An id of `n_symbols` or more is an error, which calls the first row
    X[start].
    """
    return (_from_sparse if sparse.issparse(X) else _from_dense)(X, n_symbols, start)


def _from_dense(X, n_symbols, start):
    n_names, width = X.shape
    largest = int(X.max(initial=0))
    if n_symbols is not None and largest >= n_symbols:
        unknown = X.max(axis=1) >= n_symbols
        raise _unknown_id(start + int(unknown.argmax()), n_symbols, largest)
    filled = X != 0
    lengths = np.where(filled.any(axis=1), width - filled[:, ::-1].argmax(axis=1), 0)
    padded = np.zeros((n_names, width + 1), dtype=np.min_scalar_type(largest))
    padded[:, 1:] = X  # each name after its boundary
    ids = padded.ravel()
    if lengths.min(initial=width) < width:
        ids = padded[np.arange(width + 1) <= lengths[:, None]]
    starts = np.concatenate(([0], np.cumsum(lengths + 1)))
    return TokenStream(np.append(ids, np.zeros_like(ids, shape=1)), starts)


def _from_sparse(X, n_symbols, start):
    values, columns, counts = X.data, X.indices, np.diff(X.indptr)  # counts: (n_names,)
    if np.count_nonzero(values) < len(values):  # explicit zeros
        keep = values != 0
        kept = np.concatenate(([0], np.cumsum(keep)))
        counts = np.diff(kept[X.indptr])
        values, columns = values[keep], columns[keep]
    largest = int(values.max(initial=0))
    ends = np.cumsum(counts)
    if n_symbols is not None and largest >= n_symbols:
        i = np.searchsorted(ends, np.argmax(values >= n_symbols), side="right")
        raise _unknown_id(start + int(i), n_symbols, largest)
    lengths = np.zeros(len(counts), dtype=np.intp)
    filled = counts > 0
    lengths[filled] = columns[ends[filled] - 1] + 1
    starts = np.concatenate(([0], np.cumsum(lengths + 1)))
    if starts[-1] > max(_MIN_LARGE, _MAX_GAPS * (len(values) + len(counts))):
        i = lengths.argmax()
        raise ValueError(
            f"X[{start + i}] has {counts[i]} ids, but the last is in column {lengths[i] - 1}. "
            "Padding is on the right, and zeros before an id are boundaries inside the name: move "
            "the ids of each row to the first columns."
        )
    ids = np.zeros(starts[-1] + 1, dtype=np.min_scalar_type(largest))
    if np.array_equal(lengths, counts):  # no zeros between ids
        inside = np.ones(len(ids), dtype=bool)
        inside[starts] = False
        ids[inside] = values
    else:
        ids[1 + np.repeat(starts[:-1], counts) + columns] = values
    return TokenStream(ids, starts)


def _unknown_id(row, n_symbols, largest):
    return ValueError(
        f"X[{row}] holds an unknown token id: the {n_symbols} known ones are 0 to "
        f"{n_symbols - 1}, as in the data that was fitted, and the largest in X is {largest}. Fit "
        "on data that holds it. Or pass names to the model, which then knows all symbols of "
        "tokenizer=NameTokenizer(alphabet=...); in a pipeline, the model knows only the ids that "
        "reach it, so give it the tokenizer in place of the pipeline."
    )


def slice_names(stream, start, stop):
    """Return the stream of the names from `start` up to `stop`, with the ids as a view."""
    starts = stream.starts[start : stop + 1]
    return TokenStream(stream.ids[starts[0] : starts[-1] + 1], starts - starts[0])


def slice_rows(X, start, stop):
    """Return some rows of a 2-D array, dense or CSR, as views where SciPy and NumPy allow it."""
    if not sparse.issparse(X):
        return X[start:stop]
    indptr = X.indptr[start : stop + 1]
    part = slice(indptr[0], indptr[-1])
    shape = (len(indptr) - 1, X.shape[1])
    return sparse.csr_array((X.data[part], X.indices[part], indptr - indptr[0]), shape=shape)


def to_rows(stream, width, *, sparse_output):
    """Return the stream as an int32 array (n_names, width), CSR or dense."""
    symbols = np.delete(stream.ids, stream.starts).astype(np.int32)
    index = np.int32 if len(symbols) < 2**31 else np.int64
    indptr = (stream.starts - np.arange(len(stream.starts))).astype(index)
    lengths = np.diff(indptr)
    column = np.arange(len(symbols), dtype=index) - np.repeat(indptr[:-1], lengths)
    shape = (len(lengths), width)
    if sparse_output:
        return sparse.csr_array((symbols, column, indptr), shape=shape)
    X = np.zeros(shape, dtype=np.int32)
    X[np.repeat(np.arange(len(lengths)), lengths), column] = symbols
    return X


def ranges(starts, lengths):
    """Return the concatenation of ranges, given the start and the length of each."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - ends + lengths, lengths)


def take(stream, names):
    """Return the stream of the names with these indices, in this order."""
    names = np.asarray(names, dtype=np.intp)
    starts = np.zeros(len(names) + 1, dtype=np.intp)
    np.cumsum(stream.n_bigrams[names], out=starts[1:])
    ids = np.zeros(starts[-1] + 1, dtype=stream.ids.dtype)
    for start in range(0, len(names), _NAMES_PER_PART):  # lest the positions take much memory
        part = slice(start, start + _NAMES_PER_PART)
        bounds = starts[start : start + _NAMES_PER_PART + 1]
        positions = ranges(stream.starts[names[part]], np.diff(bounds))
        ids[bounds[0] : bounds[-1]] = stream.ids[positions]
    return TokenStream(ids, starts)


def keys(stream):
    """Return a bytes object for each name; names are equal if theirs are."""
    text = stream.ids.astype(np.uint32).tobytes()
    starts = (4 * stream.starts).tolist()
    return [text[a + 4 : b] for a, b in pairwise(starts)]


def find_new(stream, n_known):
    """Return which names, from `n_known` on, are not the same as an earlier one, ascending.

    The names of each length are sorted as rows of 64-bit numbers, each of which holds several ids.
    """
    dtype = np.min_scalar_type(int(stream.ids.max()))
    per_number = 8 // dtype.itemsize
    lengths = stream.n_bigrams - 1
    by_length = np.argsort(lengths, kind="stable")
    _, changes = np.unique(lengths[by_length], return_index=True)
    is_new = np.ones(len(lengths), dtype=bool)
    for names in np.split(by_length, changes[1:]):
        length = lengths[names[0]]
        ids = np.zeros((len(names), (length // per_number + 1) * per_number), dtype)
        ids[:, :length] = stream.ids[stream.starts[names, None] + np.arange(1, length + 1)]
        numbers = ids.view(np.uint64)
        order = np.lexsort(numbers.T)  # stable: equal names stay in order
        numbers = numbers[order]
        is_new[names[order[1:]]] = (numbers[1:] != numbers[:-1]).any(axis=1)
    return n_known + np.flatnonzero(is_new[n_known:])


def join(streams):
    """Return the stream of the names of several streams."""
    ids = np.concatenate([*(stream.ids[:-1] for stream in streams), streams[0].ids[:1]])
    lengths = np.concatenate([stream.n_bigrams for stream in streams])
    return TokenStream(ids, np.concatenate(([0], np.cumsum(lengths))))
