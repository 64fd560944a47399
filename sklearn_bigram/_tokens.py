"""A batch of names as one flat array of ids, and that array as rows again."""

from typing import NamedTuple

import numpy as np
from scipy import sparse


class TokenStream(NamedTuple):
    """A batch of names, one after the other, with a boundary before, between and after them.

    ``.emma.ava.`` is one array of 10 ids. Consecutive pairs of it are all the bigrams of all the
    names, and those of name i are the pairs from ``starts[i]`` up to ``starts[i + 1]``.
    """

    ids: np.ndarray  # (n_bigrams + 1,), 0 is the boundary
    starts: np.ndarray  # (n_names + 1,), where each name's first bigram is

    @property
    def n_bigrams(self):
        """Number of bigrams of each name, (n_names,)."""
        return np.diff(self.starts)


def from_rows(X, n_symbols=None):
    """Return the stream of a 2-D integer array, dense or canonical CSR.

    Trailing zeros are padding. Ids from `n_symbols` on are an error.
    """
    if sparse.issparse(X):
        row = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
        keep = X.data != 0
        row, column, value = row[keep], X.indices[keep], X.data[keep]
    else:
        row, column = np.nonzero(X)
        value = X[row, column]
    top = int(value.max(initial=0))
    if n_symbols is not None and top >= n_symbols:
        i = row[np.argmax(value >= n_symbols)]
        raise ValueError(
            f"X[{i}] holds an unknown token id: the {n_symbols} known ones are 0 to "
            f"{n_symbols - 1}, as in the data that was fitted, and the largest in X is {top}."
        )
    lengths = np.zeros(X.shape[0], dtype=np.intp)
    lengths[row] = column + 1  # columns ascend within a row: the last one stays
    starts = np.concatenate(([0], np.cumsum(lengths + 1)))
    ids = np.zeros(starts[-1] + 1, dtype=np.min_scalar_type(top))
    ids[1 + starts[row] + column] = value
    return TokenStream(ids, starts)


def to_rows(stream, width, *, sparse_output):
    """Return the stream as an int32 array (n_names, width), CSR or dense."""
    symbols = np.delete(stream.ids, stream.starts).astype(np.int32)
    indptr = stream.starts - np.arange(len(stream.starts))
    lengths = np.diff(indptr)
    column = np.arange(len(symbols)) - np.repeat(indptr[:-1], lengths)
    shape = (len(lengths), width)
    if sparse_output:
        index = np.int32 if len(symbols) < 2**31 else np.int64
        return sparse.csr_array((symbols, column.astype(index), indptr.astype(index)), shape=shape)
    X = np.zeros(shape, dtype=np.int32)
    X[np.repeat(np.arange(len(lengths)), lengths), column] = symbols
    return X
