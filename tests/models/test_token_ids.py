"""Tables of token ids: which are taken, what they mean, and which are refused."""

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
from tests.helpers import count_by_hand, refused

IDS = np.array([[1, 2, 2, 3], [3, 1, 0, 0], [0, 0, 0, 0], [2, 0, 3, 0], [0, 1, 0, 0]])
TABLES = {
    "list of tuples": lambda ids: [tuple(row) for row in ids.tolist()],
    "tuple of arrays": tuple,
    "Fortran order": np.asfortranarray,
    "strides": lambda ids: np.repeat(ids, 2, axis=1)[:, ::2],
    "objects": lambda ids: ids.astype(object),
    "csr_matrix": sparse.csr_matrix,
    "csr_array": sparse.csr_array,
    "csc_array": sparse.csc_array,
    "csc_matrix": sparse.csc_matrix,
    "coo_array": sparse.coo_array,
    "coo_matrix": sparse.coo_matrix,
    "lil_array": sparse.lil_array,
    "dok_array": sparse.dok_array,
    "bsr_array": sparse.bsr_array,
    "dia_array": sparse.dia_array,
    "frame": pd.DataFrame,
    "frame of Int64": lambda ids: pd.DataFrame(ids).astype("Int64"),
    "frame of Arrow ints": lambda ids: pd.DataFrame(ids).astype(pd.ArrowDtype(pa.int64())),
    "polars frame": lambda ids: pl.DataFrame(ids, schema=[*"abcd"[: ids.shape[1]]]),
    "Arrow table": lambda ids: pa.table(dict(zip("abcd", ids.T, strict=False))),
}
ANSWERS = ("score", "score_samples", "predict", "predict_proba")
dense_and_csr = pytest.mark.parametrize("make", [np.array, sparse.csr_array])


def assert_same_model(model, other):
    assert model.symbols_.tolist() == other.symbols_.tolist()
    assert_array_equal(model.counts_.toarray(), other.counts_.toarray())


def assert_same_answers(model, X, other, Y):
    for method in ANSWERS:
        assert_array_equal(getattr(model, method)(X), getattr(other, method)(Y))


def as_names(ids):
    """Write 1, 2, 3, ... as b, c, d, ... and 0 as the boundary."""
    return ["".join(".bcdefghij"[i] for i in row).rstrip(".") for row in np.asarray(ids).tolist()]


# Tables that are taken


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES)
def test_token_ids_in_any_container_are_the_same_ids(make):
    X = make(IDS)
    expected, model = CountBigramLM().fit(IDS), CountBigramLM().fit(X)
    assert_same_model(model, expected)
    assert_same_answers(model, X, expected, IDS)
    assert model.symbols_.dtype == np.intp
    assert model.n_features_in_ == 4
    names = NameTokenizer().fit(["bcd"]).inverse_transform(X)
    assert names.tolist() == as_names(IDS)


@dense_and_csr
def test_booleans_are_the_ids_0_and_1(make):
    X = np.array([[True, False, True], [False, False, False]])
    assert_same_model(CountBigramLM().fit(make(X)), CountBigramLM().fit(X.astype(int)))


def test_ids_need_not_be_contiguous_and_the_largest_sets_the_symbols():
    model = CountBigramLM().fit([[5, 0], [2, 5]])
    assert model.symbols_.tolist() == [0, 1, 2, 3, 4, 5]
    assert model.counts_.sum() == 5


# The meaning of zeros


@given(
    hnp.arrays(
        np.int64,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.integers(0, 4),
        fill=st.just(0),
    )
)
def test_bigrams_of_ids_are_those_of_their_names(ids):
    dense, table = CountBigramLM().fit(ids), CountBigramLM().fit(sparse.csr_array(ids))
    assert_same_model(dense, table)
    assert_same_answers(dense, ids, table, sparse.csr_array(ids))
    N = np.zeros((ids.max() + 1, ids.max() + 1))
    for (first, second), n in count_by_hand(as_names(ids)).items():
        N[".bcde".index(first), ".bcde".index(second)] = n
    assert_array_equal(dense.counts_.toarray(), N)


@dense_and_csr
def test_a_zero_inside_a_row_ends_a_name_and_begins_another(make):
    inside = CountBigramLM().fit(make([[1, 2, 0, 3, 1], [0, 2, 0, 0, 0]]))
    apart = CountBigramLM().fit(make([[1, 2], [3, 1], [0, 0], [2, 0]]))
    assert_same_model(inside, apart)
    whole = apart.score_samples(make([[1, 0], [0, 2]]))
    parts = inside.score_samples(make([[1, 0, 2, 0, 0]]))
    assert parts == pytest.approx(whole[:1] + apart.score_samples(make([[2, 0]])))
    assert whole[1] == pytest.approx(apart.score_samples(make([[0, 0], [2, 0]])).sum())


@dense_and_csr
def test_trailing_zeros_are_padding(make):
    wide = np.pad(IDS, [(0, 0), (0, 9)])
    model, expected = CountBigramLM().fit(make(wide)), CountBigramLM().fit(make(IDS))
    assert_same_model(model, expected)
    assert_same_answers(model, make(wide), expected, make(IDS))


@dense_and_csr
def test_rows_of_zeros_are_empty_names(make):
    for shape in ((1, 1), (3, 2)):
        model = CountBigramLM().fit(make(np.zeros(shape, dtype=int)))
        assert_array_equal(model.counts_.toarray(), [[shape[0]]])
        assert model.score(make(np.zeros(shape))) == 0


@dense_and_csr
def test_the_last_symbol_of_a_prefix_is_the_last_that_is_not_padding(make):
    model = CountBigramLM().fit(make(IDS))
    proba = model.predict_proba(make([[1, 0, 2, 0], [2, 0, 0, 0], [0, 0, 0, 2]]))
    N = model.counts_.toarray() + 1
    assert_array_equal(proba, (N / N.sum(axis=1, keepdims=True))[[2, 2, 2]])
    proba = model.predict_proba(make(np.zeros((1, 4), dtype=int)))  # an empty prefix: a name begins
    assert_array_equal(proba[0], N[0] / N[0].sum())


# Numbers that are not whole


@pytest.mark.parametrize("make", [np.array, sparse.csr_array, pd.DataFrame])
def test_numbers_that_are_not_whole_are_truncated_with_one_warning(make):
    for dtype in (np.float32, np.float64):
        ids = np.array([[1.9, 0.5, 2.25], [3.0, 0.99, 0.0]], dtype=dtype)
        whole = make(np.trunc(ids))
        expected = CountBigramLM().fit(whole)
        with pytest.warns(DataConversionWarning, match="not whole.*truncated") as record:
            model = CountBigramLM().fit(make(ids))
        assert len(record) == 1
        assert_same_model(model, expected)
        with pytest.warns(DataConversionWarning, match="not whole.*truncated") as record:
            answer = model.score_samples(make(ids))
        assert len(record) == 1
        assert_array_equal(answer, expected.score_samples(whole))


def test_halves_that_add_up_in_a_sparse_cell_are_whole():
    X = sparse.csr_array(([0.5, 0.5, 2.0], [0, 0, 1], [0, 3]), shape=(1, 2))
    assert_same_model(CountBigramLM().fit(X), CountBigramLM().fit(X.toarray()))


# CSR arrays that are not canonical


def test_sorted_explicit_zeros_are_padding_or_boundaries():
    X = sparse.csr_array(([1, 0, 2, 0, 0], [0, 1, 2, 3, 0], [0, 4, 5]), shape=(2, 4))
    assert_same_model(CountBigramLM().fit(X), CountBigramLM().fit(X.toarray()))


def test_dense_ids_are_left_alone():
    X = IDS.copy()
    X.flags.writeable = False
    CountBigramLM().fit(X).partial_fit(X).score(X)
    assert_array_equal(X, IDS)


# Tables that are refused


@dense_and_csr
def test_a_table_of_another_width_is_refused(make):
    model = CountBigramLM().fit(IDS)
    for width in (3, 5):
        message = f"X has {width} features, but CountBigramLM is expecting 4 features as input"
        for method in (model.partial_fit, model.score):
            with refused(model, ValueError, message):
                method(make(np.ones((2, width), dtype=int)))


def test_columns_of_a_frame_keep_their_names():
    frame = pd.DataFrame({"first": [1, 2], "second": [2, 0]})
    model = CountBigramLM().fit(frame)
    assert model.feature_names_in_.tolist() == ["first", "second"]
    renamed = frame.rename(columns={"first": "other"})
    for method in (model.partial_fit, model.score):
        with refused(model, ValueError, "feature names should match"):
            method(renamed)
    assert not hasattr(CountBigramLM().fit(frame.to_numpy()), "feature_names_in_")


@dense_and_csr
def test_an_unknown_token_id_is_refused_with_its_row(make):
    model = CountBigramLM().fit([[1, 2, 0], [2, 1, 3]])
    message = r"^X\[1\] holds an unknown token id: the 4 known ones are 0 to 3.*9"
    with refused(model, ValueError, message):
        model.score(make([[1, 2, 3], [0, 4, 0], [9, 0, 0]]))
    tokenizer = NameTokenizer().fit(["ab"])
    with refused(tokenizer, ValueError, r"^X\[1\] holds an unknown token id"):
        tokenizer.inverse_transform(make([[1, 2], [3, 0]]))
