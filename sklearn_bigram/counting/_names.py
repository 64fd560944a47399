"""Names and token ids to counts, of all names or of each class of them."""

from contextlib import suppress

import numpy as np
from scipy import sparse

from sklearn_bigram.counting._counts import make_counts
from sklearn_bigram.counting._pairs import (
    MAX_GROUPS,
    count_bytes,
    count_bytes_by_group,
    count_pairs,
    to_csr,
)
from sklearn_bigram.tokenization._categories import Categories
from sklearn_bigram.tokenization._containers import Names
from sklearn_bigram.tokenization._stream import TokenStream


def count_names(coder, names, weights=None, start=0):
    """Return the `BigramCounts` of `Names`; an error calls the first name X[start]."""
    if isinstance(names.values, Categories) and weights is None:
        distinct, n_times = names.values.tally()
        if len(distinct) <= len(names) // 2:
            with suppress(TypeError, ValueError):  # the loop below finds out in which name it is
                return count_names(coder, Names(distinct), n_times)
    total = None
    for offset, piece in names.pieces():
        coded = coder.code(piece, start + offset)
        part = None if weights is None else weights[offset : offset + len(piece)]
        counts = count_codes(coded, part)
        total = counts if total is None else total + counts
    return total


def count_names_by_class(coder, names, y, n_classes, weights=None):
    """Return the `BigramCounts` of the names of each class; all have the same symbols.

    The class of each name, ``y[i]``, is a number from 0 to `n_classes` - 1.
    """
    totals = None
    for offset, piece in names.pieces():
        coded = coder.code(piece, offset)
        here = slice(offset, offset + len(piece))
        part = None if weights is None else weights[here]
        counts = count_codes_by_class(coded, y[here], n_classes, part)
        totals = counts if totals is None else [a + b for a, b in zip(totals, counts, strict=True)]
    return totals


def count_ids(stream, weights=None):
    """Return the counts of a stream of token ids, (n_symbols, n_symbols).

    The symbols are the ids up to the largest that has a weight.
    """
    N = count_pairs(stream.ids, int(stream.ids.max()) + 1, _per_bigram(stream, weights))
    n_symbols = int(N.indices.max()) + 1  # the column of a symbol is never empty
    return N[:n_symbols, :n_symbols]


def count_ids_by_class(stream, y, n_classes, weights=None):
    """Return the counts of the token ids of each class, in a list; all have the same symbols."""
    n_ids = int(stream.ids.max()) + 1
    seen, parts = _count_by_class(stream, n_ids, y, n_classes, weights)
    n_symbols = int(seen[-1]) + 1
    return [N[:n_symbols, :n_symbols] for N in parts]


def count_codes(coded, weights=None):
    """Return the `BigramCounts` of `Codes`. The symbols are those that occur."""
    codes = coded.codes
    if codes.dtype == np.uint8 and coded.symbols is None and weights is None:
        return count_table(count_bytes(codes), coded.boundary)
    values, ids = _number(coded)
    N = count_pairs(ids, len(values), _per_bigram(coded, weights))
    if weights is not None:  # some symbols may have no weight
        seen = np.union1d(0, N.indices)
        values, N = values[seen], N[seen][:, seen]
    return make_counts(coded.decode(values), N)


def count_codes_by_class(coded, y, n_classes, weights=None):
    """Return the `BigramCounts` of the codes of each class, over the symbols of all classes."""
    codes = coded.codes
    is_bytes = codes.dtype == np.uint8 and coded.symbols is None
    if is_bytes and weights is None and n_classes <= MAX_GROUPS:
        groups = _per_bigram(coded, y.astype(np.int32))
        tables = count_bytes_by_group(codes, groups, n_classes)
        order = _seen_bytes(tables.any(axis=0), coded.boundary)
        return [_from_table(table, order) for table in tables]
    values, ids = _number(coded)
    stream = TokenStream(ids, coded.starts)
    seen, parts = _count_by_class(stream, len(values), y, n_classes, weights)
    symbols = coded.decode(values[seen])
    return [make_counts(symbols, N[seen][:, seen]) for N in parts]


def count_table(table, boundary):
    """Return the `BigramCounts` of a table of bytes, one of which is the boundary."""
    return _from_table(table, _seen_bytes(table, boundary))


def _seen_bytes(table, boundary):
    """Return the bytes that occur in a table of pairs, after the boundary."""
    seen = table.any(axis=0)
    seen[boundary] = False
    return np.append(boundary, np.flatnonzero(seen))


def _from_table(table, order):
    """Return the `BigramCounts` of these bytes in a table of pairs."""
    return make_counts(list(map(chr, order)), to_csr(table[np.ix_(order, order)]))


def _count_by_class(stream, n_symbols, y, n_classes, weights):
    """Return the ids that occur in any class, and the counts of each class.

    Each id is marked with the class of its name, which makes it a symbol of its own. Then one
    count of the marked symbols is a count of every class.
    """
    V = n_symbols
    ids = stream.ids.astype(np.min_scalar_type(n_classes * V))
    ids[:-1] += np.repeat(y.astype(ids.dtype) * V, np.diff(stream.starts))
    N = count_pairs(ids, n_classes * V, _per_bigram(stream, weights)).tocoo()
    # The boundary after a name is marked with the class of the next name: columns lose the mark.
    N = sparse.csr_array((N.data, (N.row, N.col % V)), shape=(n_classes * V, V))
    seen = np.union1d(0, N.indices)  # some symbols may have no weight
    return seen, [N[start : start + V] for start in range(0, n_classes * V, V)]


def _number(coded):
    """Return the distinct codes, the boundary's first, and each code as an index into them."""
    values = np.append(coded.boundary, coded.distinct())
    table = np.zeros(int(values.max()) + 1, dtype=np.min_scalar_type(len(values)))
    table[values] = np.arange(len(values))
    return values, table.take(coded.codes)


def _per_bigram(stream, weights):
    """Return the weight of each bigram, given those of names."""
    return None if weights is None else np.repeat(weights, np.diff(stream.starts))
