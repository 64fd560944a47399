"""Tables of token ids in every container, and the refusal of everything else."""

import itertools
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.exceptions import DataConversionWarning

from sklearn_bigram import CountBigramLM, NameTokenizer
from sklearn_bigram.tokenization._token_ids import renumber_signed

IDS = np.array([[1, 2, 2, 3], [3, 1, 0, 0], [0, 0, 0, 0], [2, 0, 3, 0], [0, 1, 0, 0]])
NAMES = ["abbc", "ca", "", "b.c", ".a"]

CONTAINERS = {
    "list": np.ndarray.tolist,
    "list of tuples": lambda ids: [tuple(row) for row in ids.tolist()],
    "tuple of arrays": tuple,
    "Fortran order": np.asfortranarray,
    "strides": lambda ids: np.repeat(ids, 2, axis=1)[:, ::2],
    "objects": lambda ids: ids.astype(object),
    "csr_matrix": sparse.csr_matrix,
    "csr": sparse.csr_array,
    "csc": sparse.csc_array,
    "csc_matrix": sparse.csc_matrix,
    "coo": sparse.coo_array,
    "lil": sparse.lil_array,
    "dok": sparse.dok_array,
    "bsr": sparse.bsr_array,
    "dia": sparse.dia_array,
    "frame": pd.DataFrame,
    "frame of Int64": lambda ids: pd.DataFrame(ids).astype("Int64"),
    "frame of Arrow ints": lambda ids: pd.DataFrame(ids).astype(pd.ArrowDtype(pa.int64())),
    "polars frame": lambda ids: pl.DataFrame(ids, schema=[*"abcd"]),
    "Arrow table": lambda ids: pa.table(dict(zip("abcd", ids.T, strict=True))),
}


@pytest.fixture
def tokenizer():
    return NameTokenizer().fit(["abc"])


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=CONTAINERS)
def test_ids_in_any_container_are_the_same_names(make, tokenizer):
    assert tokenizer.inverse_transform(make(IDS)).tolist() == NAMES


def test_ids_may_have_any_real_dtype(tokenizer):
    for dtype in "bhilqBHILQefdg":
        assert tokenizer.inverse_transform(IDS.astype(dtype)).tolist() == NAMES
        if dtype not in "eg":  # SciPy has no such sparse arrays
            X = sparse.csr_array(IDS.astype(dtype))
            assert tokenizer.inverse_transform(X).tolist() == NAMES
    for make in (np.array, sparse.csr_array):
        assert tokenizer.inverse_transform(make([[True, False, True]])).tolist() == ["a.a"]


@given(
    hnp.arrays(
        np.int64,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.integers(0, 4),
        fill=st.just(0),
    )
)
def test_dense_and_sparse_ids_are_the_same_names(ids):
    tokenizer = NameTokenizer().fit(["abcd"])
    expected = ["".join(".abcd"[i] for i in row).rstrip(".") for row in ids]
    assert tokenizer.inverse_transform(ids).tolist() == expected
    assert tokenizer.inverse_transform(sparse.csr_array(ids)).tolist() == expected
    row, column = np.indices(ids.shape)  # with explicit zeros
    X = sparse.csr_array((ids.ravel(), (row.ravel(), column.ravel())), shape=ids.shape)
    assert tokenizer.inverse_transform(X).tolist() == expected


# CSR arrays as they come


def scramble():
    """Return a CSR array equal to IDS with explicit zeros, duplicates and unsorted indices."""
    row, column = np.nonzero(IDS)
    value = IDS[row, column]
    row = np.concatenate([row, row, [0, 1, 2, 4]])
    column = np.concatenate([column, column, [0, 3, 3, 1]])
    value = np.concatenate([value - 1, np.ones_like(value), [0, 0, 0, 0]])
    order = np.lexsort((np.random.default_rng(0).permutation(len(row)), row))
    indptr = np.searchsorted(row[order], np.arange(len(IDS) + 1))
    X = sparse.csr_array((value[order], column[order], indptr), shape=IDS.shape)
    assert_array_equal(X.toarray(), IDS)
    assert not X.has_sorted_indices
    assert np.count_nonzero(X.data) < X.nnz
    return X


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csr_matrix])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_scrambled_csr_array_is_read_right_and_left_alone(make, read_only, tokenizer):
    X = make(scramble())
    arrays = (X.data, X.indices, X.indptr)
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = not read_only
    assert tokenizer.inverse_transform(X).tolist() == NAMES
    for array, copy in zip((X.data, X.indices, X.indptr), before, strict=True):
        assert_array_equal(array, copy)


def test_duplicates_of_small_integers_do_not_wrap_around(tokenizer):
    X = sparse.csr_array((np.array([100, 100, 59], dtype=np.uint8), [0, 0, 0], [0, 3]), (1, 1))
    with pytest.raises(ValueError, match="largest in X is 259"):
        tokenizer.inverse_transform(X)
    X = sparse.csr_array((np.array([0.5, 0.5, 2]), [1, 1, 0], [0, 3]), (1, 2))
    assert tokenizer.inverse_transform(X).tolist() == ["ba"]


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_csr_indices_may_have_either_width(index, tokenizer):
    X = sparse.csr_array(IDS)
    X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
    assert tokenizer.inverse_transform(X).tolist() == NAMES


# Refused, or truncated


@pytest.mark.parametrize("make", [np.array, sparse.csr_array, pd.DataFrame])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_that_are_not_whole_are_truncated_with_a_warning(make, dtype, tokenizer):
    X = make(np.array([[1.9, 0.5, 2.25], [3.0, 0.99, 0.0]], dtype=dtype))
    with pytest.warns(DataConversionWarning, match=r"not whole.*truncated") as record:
        names = tokenizer.inverse_transform(X)
    assert len(record) == 1
    assert names.tolist() == ["a.b", "c"]


BAD_IDS = {
    "negative": ([[1, -2, 0]], "Negative values in data"),
    "slightly negative": ([[1, -0.5, 0]], "Negative values in data"),
    "NaN": ([[1, np.nan, 0]], "contains NaN"),
    "infinity": ([[1, np.inf, 0]], "contains infinity"),
    "complex": ([[1, 2j, 0]], "Complex data not supported"),
    "too large": ([[1, 2**40, 0]], r"^X holds the token id 1099511627776: .*NameTokenizer"),
    "the limit": ([[1, 2**24, 0]], r"^X holds the token id 16777216: .*below 16777216"),
    "too large a float": ([[1, 1e300, 0]], "token id .*must be below"),
}


@pytest.mark.parametrize(("X", "message"), BAD_IDS.values(), ids=BAD_IDS)
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_numbers_that_are_no_ids_are_refused(X, message, make, tokenizer):
    with pytest.raises(ValueError, match=message):
        tokenizer.inverse_transform(make(X))


@pytest.mark.parametrize(
    "values",
    [
        np.array([2**64 - 1, 1], dtype=np.uint64),
        np.array([1] + [2**62] * 4),
        np.array([1] + [2**23] * 2),
    ],
)
def test_duplicates_in_a_sparse_array_do_not_add_up_to_a_small_id(values, tokenizer):
    columns = [1] + [0] * (len(values) - 1)
    X = sparse.csr_array((values, columns, [0, len(values)]), shape=(1, 3))
    with pytest.raises(ValueError, match=r"token id .*must be below"):
        tokenizer.inverse_transform(X)


@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_an_unknown_id_is_refused_with_its_row(make, tokenizer):
    X = make([[1, 2, 3], [0, 0, 0], [0, 4, 0], [9, 0, 0]])
    with pytest.raises(ValueError, match=r"^X\[2\] .*known ones are 0 to 3, .*in X is 9"):
        tokenizer.inverse_transform(X)


NO_TABLES = {
    "no row": (np.empty((0, 3)), r"Found array with 0 sample\(s\)"),
    "no sparse row": (sparse.csr_array((0, 3)), r"Found array with 0 sample\(s\)"),
    "no column": (np.empty((3, 0)), r"0 feature\(s\) \(shape=\(3, 0\)\)"),
    "empty row": ([[]], r"0 feature\(s\)"),
    "ragged": (
        [[1, 2], [3]],
        r"rows of different lengths: X\[0\] has 2 ids, X\[1\] has 1",
    ),
    "ragged tuple": (
        ([1, 2], [3, 4], [5], []),
        r"X\[2\] has 1\. Pad the rows with zeros on the right",
    ),
    "deeper ragged": ([[1, [2]], [3, 4]], "inhomogeneous"),
    "ragged names": ([["a", "b"], ["a"]], "^X is a table of strings, not of token ids"),
    "three dimensions": ([[[1], [2], [0]]], "Found array with dim 3|dim 3"),
    "list of numbers": ([1, 2], "Expected 2D array"),
    "sparse of one dimension": (
        sparse.coo_array(np.array([1, 2])),
        r"^Expected 2D array, got 1D sparse array instead: .*reshape\(1, -1\)",
    ),
    "list of names": (["ab"], "^X is a table of strings, not of token ids|token ids"),
    "table of names": ([["ab"]], r"^X is a table of strings, not of token ids.*X\['name'\]"),
    "frame of names": (pd.DataFrame({"name": ["ab"]}), "^X is a table of strings"),
    "objects": (np.array([[None, "ab"]], dtype=object), "^X is a table of strings"),
    "frame of digits": (pd.DataFrame({"id": ["1", "2"]}), "^X is a table of strings"),
    "digits": (np.array([["1"], ["2"]]), "^X is a table of strings"),
    "objects that are digits": (np.array([["1"]], dtype=object), "^X is a table of strings"),
    "pandas strings": (pd.DataFrame({"id": pd.array(["1"], "string")}), "^X is a table of str"),
    "bytes": ([[b"1"]], "^X is a table of strings"),
}


@pytest.mark.parametrize(("X", "message"), NO_TABLES.values(), ids=NO_TABLES)
def test_what_is_not_a_table_of_ids_is_refused(X, message, tokenizer):
    with pytest.raises(ValueError, match=message):
        tokenizer.inverse_transform(X)


class Unlike:
    """A table that NumPy cannot make an array of."""

    ndim = 2

    def __array__(self, *args, **kwargs):
        raise ValueError("no array")


def test_a_table_that_is_no_array_is_refused_in_its_own_words(tokenizer):
    with pytest.raises(ValueError, match=r"^no array$"):
        tokenizer.inverse_transform(Unlike())


def test_the_advice_for_ragged_rows_makes_token_ids_of_them():
    X = [[60, 62], [], [64, 1, 2]]
    with pytest.raises(ValueError, match=r"right: (np\.array.*\.T)\. If 0 is one") as caught:
        CountBigramLM().fit(X)
    (advice,) = re.findall(r"right: (.*\.T)\.", str(caught.value))
    table = eval(advice, {"np": np, "itertools": itertools, "X": X})
    assert table.tolist() == [[60, 62, 0], [0, 0, 0], [64, 1, 2]]
    for container in (np.array(X, dtype=object), pd.Series(X)):
        with pytest.raises(ValueError, match=r"X\[0\] has 2 ids, X\[1\] has 0"):
            CountBigramLM().fit(container)


@pytest.mark.parametrize("X", [None, {"a": 1}, np.array([[None]], dtype=object)], ids=str)
def test_other_errors_of_scikit_learn_are_raised_as_they_are(X, tokenizer):
    with pytest.raises((TypeError, ValueError)) as error:
        tokenizer.inverse_transform(X)
    assert "strings" not in str(error.value)


@pytest.mark.parametrize("dtype", ["M8[D]", "m8[s]"])
def test_times_are_no_token_ids(dtype, tokenizer):
    with pytest.raises(TypeError, match=r"X is of dtype (date|time).*token ids are integers"):
        tokenizer.inverse_transform(np.zeros((1, 3), dtype=dtype))


def test_what_is_no_number_is_refused(tokenizer):
    for X in ([[1, None], [2, 3]], np.array([[1, {}]], dtype=object), pd.DataFrame({"a": [1, ()]})):
        with pytest.raises(TypeError, match=r"^X holds (None|\{\}|\(\)): token ids are integers"):
            tokenizer.inverse_transform(X)


def test_numbers_of_any_type_are_ids_and_fractions_of_them_warn(tokenizer):
    assert tokenizer.inverse_transform([[Fraction(1), Decimal(2)]]).tolist() == ["ab"]
    for value in (Fraction(3, 2), Decimal("1.5"), np.float32(1.5)):
        with pytest.warns(DataConversionWarning, match="not whole"):
            assert tokenizer.inverse_transform([[value, 2]]).tolist() == ["ab"]


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int64"])
def test_duplicates_are_added_up_without_overflow(dtype):
    tokenizer = NameTokenizer().fit([chr(200 + i) for i in range(256)])
    values = np.array([100, 127], dtype=dtype)
    X = sparse.coo_array((values, ([0, 0], [0, 0])), shape=(1, 2))
    expected = tokenizer.inverse_transform([[227, 0]]).tolist()
    assert tokenizer.inverse_transform(X).tolist() == expected


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint8"])
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_signed_ids_are_renumbered_from_0_on(make, dtype):
    ids = np.array([[0, 1, 2], [127, 0, 0]])
    expected = [[0, 1, 3], [253, 0, 0]]
    if dtype != "uint8":
        ids = np.vstack([ids, [-1, -2, -128]])
        expected.append([2, 4, 256])
    found = renumber_signed(make(ids.astype(dtype)))
    assert found.dtype == np.int64
    assert (found.toarray() if sparse.issparse(found) else found).tolist() == expected
