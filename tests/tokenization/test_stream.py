"""Names as one flat array of ids, and as rows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import sparse

from sklearn_bigram import NameTokenizer
from sklearn_bigram.tokenization._stream import (
    TokenStream,
    find_new,
    from_rows,
    join,
    keys,
    ranges,
    slice_names,
    slice_rows,
    take,
    to_rows,
)
from tests.helpers import encode

some_ids = st.lists(st.integers(1, 70_000) | st.integers(1, 3), max_size=4)
id_lists = st.lists(some_ids, min_size=1, max_size=5)
rows_of_ids = st.lists(
    st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=5
).map(np.array)


def make_stream(names):
    """Return the stream of lists of ids."""
    ids = [0]
    for name in names:
        ids += [*name, 0]
    starts = np.cumsum([0] + [len(name) + 1 for name in names])
    return TokenStream(np.array(ids), starts)


def to_lists(stream):
    """Return the lists of ids in a stream, after checking its form."""
    ids, starts = stream.ids.tolist(), stream.starts.tolist()
    assert (starts[0], starts[-1]) == (0, len(ids) - 1)
    assert all(ids[start] == 0 for start in starts)
    return [ids[start + 1 : end] for start, end in pairwise(starts)]


def without_padding(row):
    return np.trim_zeros(row, "b").tolist()


@given(rows_of_ids)
def test_trailing_zeros_of_rows_are_padding(X):
    for rows in (X, sparse.csr_array(X), np.pad(X, [(0, 0), (0, 2)])):
        stream = from_rows(rows)
        assert to_lists(stream) == [without_padding(row) for row in X]
        assert stream.n_bigrams.tolist() == [len(without_padding(row)) + 1 for row in X]


@given(rows_of_ids)
def test_explicit_zeros_of_sparse_rows_are_zeros(X):
    row, column = np.indices(X.shape)
    rows = sparse.csr_array((X.ravel(), (row.ravel(), column.ravel())), shape=X.shape)
    assert to_lists(from_rows(rows)) == [without_padding(row) for row in X]


@pytest.mark.parametrize("largest", [1, 255, 256, 65_535, 65_536, 2**24])
def test_a_stream_holds_any_id(largest):
    stream = from_rows(np.array([[largest, 1], [0, 0]]))
    assert to_lists(stream) == [[largest, 1], []]


@given(rows_of_ids, st.integers(1, 3))
def test_an_unknown_id_is_refused_with_its_row(X, n_symbols):
    bad = [i for i, row in enumerate(X) if row.max() >= n_symbols]
    for rows in (X, sparse.csr_array(X)):
        if bad:
            with pytest.raises(ValueError, match=rf"^X\[{bad[0]}\] holds an unknown token id"):
                from_rows(rows, n_symbols)
        else:
            assert to_lists(from_rows(rows, n_symbols)) == to_lists(from_rows(rows))


@given(id_lists, st.integers(0, 2))
def test_a_stream_and_its_rows_hold_the_same_names(names, n_padding):
    width = max(1, *map(len, names)) + n_padding
    stream = make_stream(names)
    table = to_rows(stream, width, sparse_output=False)
    assert table.tolist() == [name + [0] * (width - len(name)) for name in names]
    rows = to_rows(stream, width, sparse_output=True)
    assert rows.has_canonical_format
    assert 0 not in rows.data
    assert_array_equal(rows.toarray(), table)
    assert {table.dtype, rows.dtype, rows.indices.dtype, rows.indptr.dtype} == {np.dtype(np.int32)}
    assert to_lists(from_rows(rows)) == to_lists(from_rows(table)) == names


@given(rows_of_ids, st.integers(0, 5), st.integers(0, 5))
def test_sliced_rows_are_those_of_numpy(X, start, stop):
    start, stop = sorted([min(start, len(X)), min(stop, len(X))])
    assert_array_equal(slice_rows(X, start, stop), X[start:stop])
    assert_array_equal(slice_rows(sparse.csr_array(X), start, stop).toarray(), X[start:stop])


@given(st.lists(st.text("abc", max_size=4), min_size=1), st.data())
def test_a_slice_of_a_stream_is_the_stream_of_these_names(names, data):
    start = data.draw(st.integers(0, len(names) - 1))
    stop = data.draw(st.integers(start + 1, len(names) + 3))
    tokenizer = NameTokenizer(alphabet="abc").fit(names)
    expected = encode(tokenizer, names[start:stop])
    found = slice_names(encode(tokenizer, names), start, stop)
    assert_array_equal(found.ids, expected.ids)
    assert_array_equal(found.starts, expected.starts)


@given(id_lists, st.data())
def test_names_are_taken_in_any_order(names, data):
    chosen = data.draw(st.lists(st.integers(0, len(names) - 1), max_size=6))
    assert to_lists(take(make_stream(names), chosen)) == [names[i] for i in chosen]


@given(st.lists(id_lists, min_size=1, max_size=3))
def test_streams_are_joined_in_order(parts):
    joined = join([make_stream(part) for part in parts])
    assert to_lists(joined) == [name for part in parts for name in part]


def test_small_ids_stay_small_when_streams_are_joined_and_names_are_taken():
    stream = TokenStream(np.array([0, 1, 0], dtype=np.uint8), np.array([0, 2]))
    joined = join([stream, stream])
    assert joined.ids.dtype == take(joined, [1]).ids.dtype == np.uint8


@given(id_lists)
def test_keys_are_equal_exactly_if_names_are(names):
    found = keys(make_stream(names))
    assert len(found) == len(names)
    for name, key in zip(names, found, strict=True):
        assert [other == key for other in found] == [other == name for other in names]


@given(
    st.lists(st.lists(st.sampled_from([0, 1, 2, 255, 70_000, 2**33]), max_size=9), min_size=1),
    st.integers(0, 3),
)
def test_new_names_are_those_that_are_not_earlier_in_the_stream(names, n_known):
    lengths = [len(name) + 1 for name in names]
    ids = np.array([i for name in names for i in [0, *name]] + [0])
    stream = TokenStream(ids, np.concatenate(([0], np.cumsum(lengths))))
    expected = [i for i in range(n_known, len(names)) if names[i] not in names[:i]]
    assert find_new(stream, n_known).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=5))
def test_ranges_are_concatenated(parts):
    starts, lengths = np.array(parts, dtype=int).reshape(-1, 2).T
    expected = [i for start, length in parts for i in range(start, start + length)]
    assert ranges(starts, lengths).tolist() == expected


# As the tokenizer returns them


def test_sparse_ids_are_a_canonical_int32_csr_array():
    ids = NameTokenizer().fit_transform(["emma", "", "ava"])
    assert isinstance(ids, sparse.csr_array)
    assert ids.has_canonical_format
    assert (ids.dtype, ids.shape, ids.nnz) == (np.int32, (3, 2**20), 7)


def test_dense_ids_are_an_int32_array():
    ids = NameTokenizer(sparse_output=False).fit_transform(["emma", "", "ava"])
    assert isinstance(ids, np.ndarray)
    assert (ids.dtype, ids.shape) == (np.int32, (3, 4))


def test_ids_far_to_the_right_of_a_sparse_row_are_refused():
    X = sparse.csr_array(([5, 7], ([0, 2], [0, 2**25])), shape=(3, 2**26))
    with pytest.raises(ValueError, match=r"^X\[12\] has 1 ids, but the last is in column 33554432"):
        from_rows(X, start=10)
