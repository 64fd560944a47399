"""The two kinds of X, names and token ids, in every container: one meaning."""

import pickle
import sys

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
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM

NAMES = ["emma", "", "Zo\xeb", "\u674e\u5c0f\u9f8d", "\N{GRINNING FACE}", "\u05e9\u05e8\u05d4"]
NAMES += ["e\N{COMBINING ACUTE ACCENT}", "a b\t\r\n", "emma", "ava"]
ODD_INDEX = [7, 7, -1, 3, 0, 2, 100, 5, 8, 6]
DESCENT = {"solver": "gd", "random_state": 0, "max_iter": 3, "tol": 100.0}

StringDType = np.dtypes.StringDType
ARROW = pd.ArrowDtype(pa.string())

NAME_KINDS = {
    "tuple": tuple,
    "list of np.str_": lambda names: [np.str_(name) for name in names],
    "array of U": np.array,
    "array of objects": lambda names: np.array(names, dtype=object),
    "array of StringDType": lambda names: np.array(names, dtype=StringDType()),
    "array with strides": lambda names: np.array(names[::-1])[::-1],
    "read-only array": lambda names: np.frombuffer(
        np.array(names).tobytes(), dtype=np.array(names).dtype
    ),
    "pandas array": lambda names: pd.array(names, dtype="string"),
    "Series": pd.Series,
    "Series of str": lambda names: pd.Series(names, dtype="str"),
    "Series of string": lambda names: pd.Series(names, dtype="string"),
    "Series of objects": lambda names: pd.Series(names, dtype=object),
    "Series of Arrow strings": lambda names: pd.Series(names, dtype=ARROW),
    "Series of categories": lambda names: pd.Series(names, dtype="category"),
    "Series with an odd index": lambda names: pd.Series(names, index=ODD_INDEX),
    "column": lambda names: pd.DataFrame({"name": names})["name"],
    "Index": pd.Index,
    "polars Series": pl.Series,
    "polars categories": lambda names: pl.Series(names, dtype=pl.Categorical),
    "Arrow array": pa.array,
    "Arrow large strings": lambda names: pa.array(names, pa.large_string()),
    "Arrow string views": lambda names: pa.array(names, pa.string_view()),
    "Arrow dictionary": lambda names: pa.array(names).dictionary_encode(),
    "Arrow slice": lambda names: pa.array(["x.", *names, "y."])[1:-1],
    "Arrow chunks": lambda names: pa.chunked_array([names[:3], [], names[3:]], pa.string()),
    "Arrow column": lambda names: pa.table({"name": names})["name"],
}
TABLE_KINDS = {
    "list of tuples": lambda ids: [tuple(row) for row in ids.tolist()],
    "tuple of arrays": tuple,
    "Fortran order": np.asfortranarray,
    "strides": lambda ids: np.repeat(ids, 2, axis=1)[:, ::2],
    "objects": lambda ids: ids.astype(object),
    "matrix of csr": sparse.csr_matrix,
    "array of csr": sparse.csr_array,
    "csc": sparse.csc_array,
    "csc_matrix": sparse.csc_matrix,
    "coo": sparse.coo_array,
    "coo_matrix": sparse.coo_matrix,
    "lil": sparse.lil_array,
    "dok": sparse.dok_array,
    "bsr": sparse.bsr_array,
    "dia": sparse.dia_array,
    "frame": pd.DataFrame,
    "frame of Int64": lambda ids: pd.DataFrame(ids).astype("Int64"),
    "frame of Arrow ints": lambda ids: pd.DataFrame(ids).astype(pd.ArrowDtype(pa.int64())),
    "polars frame": lambda ids: pl.DataFrame(ids, schema=[*"abcd"[: ids.shape[1]]]),
    "Arrow table": lambda ids: pa.table(dict(zip("abcd", ids.T, strict=False))),
}
DTYPES = "bhilqBHILQefdg"
IDS = np.array([[1, 2, 2, 3], [3, 1, 0, 0], [0, 0, 0, 0], [2, 0, 3, 0], [0, 1, 0, 0]])

id_tables = hnp.arrays(
    np.int64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
    elements=st.integers(0, 4),
    fill=st.just(0),
)

every_model = pytest.mark.parametrize(
    "model",
    [CountBigramLM(), NeuralBigramLM(), NeuralBigramLM(**DESCENT)],
    ids=["count", "exact", "gd"],
)


def assert_same_model(model, other):
    assert_array_equal(model.counts_.toarray(), other.counts_.toarray())
    assert model.symbols_.tolist() == other.symbols_.tolist()
    if isinstance(model, NeuralBigramLM):
        assert_array_equal(model.coef_, other.coef_)


def assert_same_answers(model, X, other, Y):
    assert model.score(X) == other.score(Y)
    assert model.perplexity(X) == other.perplexity(Y)
    for method in ("score_samples", "predict_proba", "predict_log_proba", "predict"):
        assert_array_equal(getattr(model, method)(X), getattr(other, method)(Y))


def as_names(ids):
    """Write 1, 2, 3, ... as b, c, d, ... and the boundary as itself."""
    rows = np.asarray(ids).tolist()
    return ["".join(".bcdefghij"[i] for i in row).rstrip(".") for row in rows]


# Names


@every_model
@pytest.mark.parametrize("kind", NAME_KINDS)
def test_names_in_any_container_are_the_same_names(model, kind):
    X = NAME_KINDS[kind](NAMES)
    assert len(X) == len(NAMES)
    expected, fitted = clone(model).fit(NAMES), clone(model).fit(X)
    assert_same_model(fitted, expected)
    assert_same_model(clone(model).partial_fit(X), expected)
    assert_same_answers(fitted, X, expected, NAMES)
    assert {type(symbol) for symbol in fitted.symbols_} == {str}


@pytest.mark.parametrize("kind", NAME_KINDS)
def test_the_tokenizer_takes_names_in_any_container(kind):
    X = NAME_KINDS[kind](NAMES)
    tokenizer = NameTokenizer().fit(X)
    assert tokenizer.inverse_transform(tokenizer.transform(X)).tolist() == NAMES


@pytest.mark.parametrize(
    "kind",
    [
        "tuple",
        "array of objects",
        "array of StringDType",
        "Series",
        "Series of objects",
        "Series of Arrow strings",
        "polars Series",
        "Arrow array",
        "Arrow chunks",
    ],
)
def test_nul_at_the_end_is_kept(kind):
    names = ["a\0", "\0", "\0\0b", "c\0\0"]
    model = CountBigramLM().fit(NAME_KINDS[kind](names))
    assert_same_model(model, CountBigramLM().fit(names))
    assert model.counts_.sum() == sum(map(len, names)) + len(names)


@given(
    names=st.lists(st.text(st.characters(exclude_categories=()), max_size=5), min_size=1),
    ascii_names=st.lists(st.text("\0a.b", max_size=4), min_size=1),
    boundary=st.sampled_from(".\0\xe9\u674e"),
    kind=st.sampled_from(["", "<", ">", "strides", "wide"]),
)
def test_arrays_of_u_hold_what_their_lists_hold(names, ascii_names, boundary, kind):
    for given_names in (names, ascii_names):
        X = np.array([name.replace(boundary, "") for name in given_names])
        if kind == "strides":
            X = np.repeat(X, 2)[::2]
        elif kind == "wide":
            X = X.astype("U9")
        elif kind:
            X = X.astype(X.dtype.newbyteorder(kind))
        tokenizer = NameTokenizer(boundary=boundary)
        model = CountBigramLM(tokenizer=tokenizer).fit(X)
        assert_same_model(model, CountBigramLM(tokenizer=tokenizer).fit(X.tolist()))
        assert_array_equal(model.score_samples(X), model.score_samples(X.tolist()))
        assert tokenizer.fit(X).transform(X).sum() == tokenizer.transform(X.tolist()).sum()


@pytest.mark.parametrize("make", [list, np.array, pa.array, pd.Series, pl.Series])
def test_a_surrogate_may_be_the_boundary(make):
    tokenizer = NameTokenizer(boundary="\ud800")
    assert CountBigramLM(tokenizer=tokenizer).fit(make(["a.b", "c"])).counts_.sum() == 6


def test_an_array_of_u_without_width_holds_empty_names():
    assert CountBigramLM().fit(np.empty(3, dtype="U0")).counts_.toarray().tolist() == [[3]]


@pytest.mark.parametrize("make", [np.array, pa.array, pd.Series, list])
@pytest.mark.parametrize("params", [{}, {"lowercase": True}])
def test_errors_show_a_name_as_a_str_whatever_held_it(make, params):
    tokenizer = NameTokenizer(max_length=3, **params)
    with pytest.raises(ValueError, match=r"^X\[1\] is 'emma' and has 4 symbols"):
        tokenizer.fit(make(["ava", "emma"]))
    with pytest.raises(ValueError, match=r"^X\[1\] is 'e\.m' and holds the boundary"):
        tokenizer.fit(make(["ava", "e.m"]))


@every_model
@pytest.mark.parametrize(
    "names",
    [
        ["\ud800", "\udfff\ud800a"],
        ["\ud83d\ude00", "\N{GRINNING FACE}"],
        ["\0", "a\0"],
        ["\x1b[0m", "\x7f\x85", "\r\n"],
        ["\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}", "\N{WAVING HAND SIGN}"],
        ["e\N{COMBINING ACUTE ACCENT}", "\N{COMBINING ACUTE ACCENT}"],
        ["\u202e\u05d0\u05d1", "\u0645\u062d"],
        ["\ufeff", "\ufffe\uffff\U0010ffff"],
        [" ", "a b", "\u3000"],
    ],
    ids=["surrogates", "a pair", "NUL", "controls", "emoji", "combining", "RTL", "BOM", "space"],
)
@pytest.mark.parametrize("analyzer", ["char", "grapheme"])
def test_odd_names_work_everywhere(model, names, analyzer):
    model = clone(model).set_params(tokenizer=NameTokenizer(analyzer=analyzer)).fit(names)
    assert "".join(sorted(set("".join(names)))) == "".join(sorted(set("".join(model.symbols_[1:]))))
    assert model.partial_fit(names).counts_.sum() % 2 == 0
    assert np.isfinite(model.score_samples(names)).all()
    assert model.predict_proba(names).sum(axis=1) == pytest.approx(1)
    assert set(model.predict(names)) <= set(model.symbols_)
    sampled = model.sample(20, random_state=0)
    assert set("".join(sampled)) <= set("".join(names))
    if analyzer == "char":  # graphemes that come to stand side by side may be one
        assert np.isfinite(model.score_samples(sampled)).all()


@given(st.lists(st.text("abc ", max_size=6), min_size=1, max_size=8))
def test_counts_of_names_are_those_of_a_bigram_count(names):
    count = CountVectorizer(analyzer="char", ngram_range=(2, 2), lowercase=False)
    names = [name.replace(" ", "") for name in names]  # it folds spaces
    expected = count.fit_transform([f".{name}." for name in names]).sum(axis=0).A1
    model = CountBigramLM().fit(names)
    N, symbols = model.counts_.toarray(), model.symbols_.tolist()
    for bigram, n in zip(count.get_feature_names_out(), expected, strict=True):
        assert N[symbols.index(bigram[0]), symbols.index(bigram[1])] == n
    assert N.sum() == expected.sum()


def test_one_very_long_name_among_many_costs_no_table():
    names = ["a" * 10**6, *["b"] * 10**4]  # as '<U' they would take 40 GB
    assert CountBigramLM().fit(names).counts_.sum() == 10**6 + 1 + 2 * 10**4


@pytest.mark.parametrize("make", [list, tuple, np.array, pd.Series])
def test_names_are_not_changed(make):
    X = make(NAMES)
    before = pickle.dumps(X)
    CountBigramLM(tokenizer=NameTokenizer(lowercase=True, strip_accents="ascii")).fit(X).score(X)
    assert pickle.dumps(X) == before


# Names and the pipeline


def assert_pipeline_equals(model, names, scored):
    tokenizer = clone(model.tokenizer or NameTokenizer())
    model = clone(model).fit(names)
    pipeline = make_pipeline(tokenizer, clone(model).set_params(tokenizer=None)).fit(names)
    last = pipeline[-1]
    assert_array_equal(model.counts_.toarray(), last.counts_.toarray())
    assert model.symbols_.tolist() == tokenizer.symbols_.tolist()
    assert last.symbols_.tolist() == list(range(len(tokenizer.symbols_)))
    assert model.score(scored) == pipeline.score(scored)
    for method in ("score_samples", "predict_proba", "predict_log_proba"):
        assert_array_equal(getattr(model, method)(scored), getattr(pipeline, method)(scored))
    assert_array_equal(model.predict(scored), tokenizer.symbols_[pipeline.predict(scored)])
    sampled = tokenizer.inverse_transform(last.sample(20, random_state=0))
    assert model.sample(20, random_state=0).tolist() == sampled.tolist()
    if isinstance(model, NeuralBigramLM):
        assert_array_equal(model.coef_, last.coef_)
        assert model.loss_ == last.loss_


@every_model
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"boundary": "#"},
        {"analyzer": "grapheme"},
        {"analyzer": list},
        {"lowercase": True, "strip_accents": "unicode"},
        {"handle_unknown": "use_unknown"},
        {"max_length": 15},
        {"sparse_output": False},
    ],
    ids=repr,
)
def test_names_equal_the_pipeline_to_the_last_bit(model, params):
    model = clone(model).set_params(tokenizer=NameTokenizer(**params))
    assert_pipeline_equals(model, NAMES, NAMES[:7])


@every_model
def test_real_names_equal_the_pipeline_to_the_last_bit(model, names):
    assert_pipeline_equals(clone(model), names, names[::7])


@given(st.lists(st.text(st.characters(exclude_categories=(), exclude_characters=".")), min_size=1))
def test_any_names_equal_the_pipeline_to_the_last_bit(names):
    assert_pipeline_equals(CountBigramLM(), names, names)


@every_model
def test_weighted_names_equal_the_weighted_pipeline(model):
    weights = np.arange(1, len(NAMES) + 1) / 3
    raw = clone(model).fit(NAMES, sample_weight=weights)
    ids = NameTokenizer().fit_transform(NAMES)
    table = clone(model).fit(ids, sample_weight=weights)
    assert_array_equal(raw.counts_.toarray(), table.counts_.toarray())
    assert raw.score(NAMES, sample_weight=weights) == table.score(ids, sample_weight=weights)


# Token ids


@every_model
@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_token_ids_in_any_container_are_the_same_ids(model, kind):
    X = TABLE_KINDS[kind](IDS)
    expected, fitted = clone(model).fit(IDS), clone(model).fit(X)
    assert_same_model(fitted, expected)
    assert_same_model(clone(model).partial_fit(X), expected)
    assert_same_answers(fitted, X, expected, IDS)
    assert fitted.symbols_.dtype == np.intp


@given(id_tables)
def test_dense_and_sparse_ids_and_names_are_the_same_names(ids):
    dense, table = CountBigramLM().fit(ids), CountBigramLM().fit(sparse.csr_array(ids))
    assert_same_model(dense, table)
    assert_same_answers(dense, ids, table, sparse.csr_array(ids))
    count = CountVectorizer(analyzer="char", ngram_range=(2, 2), lowercase=False)
    counted = count.fit_transform([f".{name}." for name in as_names(ids)]).sum(axis=0).A1
    bigrams = [[".bcdef".index(symbol) for symbol in b] for b in count.get_feature_names_out()]
    expected = np.zeros_like(dense.counts_.toarray())
    expected[tuple(np.transpose(bigrams))] = counted
    assert_array_equal(dense.counts_.toarray(), expected)


@every_model
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_a_zero_inside_a_row_ends_a_name_and_begins_another(model, make):
    inside = clone(model).fit(make([[1, 2, 0, 3, 1], [0, 2, 0, 0, 0]]))
    apart = clone(model).fit(make([[1, 2], [3, 1], [0, 0], [2, 0]]))
    assert_same_model(inside, apart)
    whole = apart.score_samples(make([[1, 0], [0, 2]]))
    parts = inside.score_samples(make([[1, 0, 2, 0, 0]]))
    assert parts == pytest.approx(whole[:1] + apart.score_samples(make([[2, 0]])))
    assert whole[1] == pytest.approx(apart.score_samples(make([[0, 0], [2, 0]])).sum())


@every_model
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_trailing_zeros_are_padding(model, make):
    narrow, wide = (
        clone(model).fit(make(IDS)),
        clone(model).fit(make(np.pad(IDS, [(0, 0), (0, 9)]))),
    )
    assert_same_model(narrow, wide)
    assert_same_answers(narrow, make(IDS), wide, make(np.pad(IDS, [(0, 0), (0, 9)])))


@every_model
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
@pytest.mark.parametrize("shape", [(1, 1), (3, 2)])
def test_rows_of_zeros_are_empty_names(model, make, shape):
    model = clone(model).fit(make(np.zeros(shape, dtype=int)))
    assert_array_equal(model.counts_.toarray(), [[shape[0]]])
    assert model.score(make(np.zeros(shape))) == 0


@every_model
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_the_last_symbol_of_a_prefix_is_the_last_that_is_not_padding(model, make):
    model = clone(model).fit(make(IDS))
    log_proba = model.predict_log_proba(make([[1, 0, 2, 0], [2, 0, 0, 0], [0, 0, 0, 2]]))
    assert_array_equal(log_proba, log_proba[[0, 0, 0]])
    proba = model.predict_proba(make(np.zeros((1, 4), dtype=int)))  # after nothing, a name begins
    N = model.counts_.toarray()
    if isinstance(model, CountBigramLM):
        assert_array_equal(proba[0], (N[0] + 1) / (N[0].sum() + len(N)))


@every_model
@pytest.mark.parametrize("dtype", DTYPES)
def test_ids_may_have_any_real_dtype(model, dtype):
    X = IDS.astype(dtype)
    expected = clone(model).fit(IDS)
    fitted = clone(model).fit(X)
    assert_same_model(fitted, expected)
    assert_same_answers(fitted, X, expected, IDS)


@pytest.mark.parametrize("dtype", [c for c in DTYPES if c not in "eg"])
def test_sparse_ids_may_have_any_real_dtype(dtype):
    X = sparse.csr_array(IDS.astype(dtype))
    expected, fitted = CountBigramLM().fit(IDS), CountBigramLM().fit(X)
    assert_same_model(fitted, expected)
    assert_same_answers(fitted, X, expected, IDS)


@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_booleans_are_the_ids_0_and_1(make):
    X = np.array([[True, False, True], [False, False, False]])
    assert_same_model(CountBigramLM().fit(make(X)), CountBigramLM().fit(X.astype(int)))


@every_model
@pytest.mark.parametrize("make", [np.array, sparse.csr_array, pd.DataFrame])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_that_are_not_whole_are_truncated_with_a_warning(model, make, dtype):
    ids = np.array([[1.9, 0.5, 2.25], [3.0, 0.99, 0.0]], dtype=dtype)
    whole = make(np.trunc(ids))
    expected = clone(model).fit(whole)
    for method in ("fit", "partial_fit"):
        with pytest.warns(DataConversionWarning, match="not whole.*truncated") as record:
            fitted = getattr(clone(model), method)(make(ids))
        assert len(record) == 1
        assert_same_model(fitted, expected)
    for method in ("score", "score_samples", "perplexity", "predict_proba", "predict"):
        with pytest.warns(DataConversionWarning, match="not whole.*truncated") as record:
            answer = getattr(fitted, method)(make(ids))
        assert len(record) == 1
        assert_array_equal(answer, getattr(expected, method)(whole))


def test_the_tokenizer_truncates_with_a_warning():
    with pytest.warns(DataConversionWarning, match="truncated"):
        names = NameTokenizer().fit(["ab"]).inverse_transform([[1.5, 2.0], [0.5, 2.5]])
    assert names.tolist() == ["ab", ".b"]


def test_halves_that_add_up_in_a_sparse_cell_are_whole():
    X = sparse.csr_array(([0.5, 0.5, 2.0], [0, 0, 1], [0, 3]), shape=(1, 2))
    assert_same_model(CountBigramLM().fit(X), CountBigramLM().fit(X.toarray()))


def test_ids_need_not_be_contiguous_and_the_largest_sets_the_symbols():
    model = CountBigramLM().fit([[5, 0], [2, 5]])
    assert model.symbols_.tolist() == [0, 1, 2, 3, 4, 5]
    assert model.counts_.sum() == 5


def test_partial_fit_takes_new_ids():
    first, second = IDS[:2], np.array([[9, 1, 0, 0]])
    expected = CountBigramLM().fit(np.vstack([first, second]))
    assert_same_model(CountBigramLM().fit(first).partial_fit(second), expected)
    assert_same_model(CountBigramLM().fit(second).partial_fit(first), expected)
    assert_same_model(CountBigramLM().fit(sparse.csr_array(second)).partial_fit(first), expected)


# CSR as it comes


def scrambled():
    """Return a CSR array equal to IDS with explicit zeros, duplicates and unsorted indices."""
    row, column = np.nonzero(IDS)
    value = IDS[row, column]
    row = np.concatenate([row, row, [0, 1, 2, 4]])
    column = np.concatenate([column, column, [0, 3, 3, 1]])
    value = np.concatenate([value - 1, np.ones_like(value), [0, 0, 0, 0]])
    order = np.lexsort((np.random.default_rng(0).permutation(len(row)), row))
    indptr = np.searchsorted(row[order], np.arange(len(IDS) + 1))
    return sparse.csr_array((value[order], column[order], indptr), shape=IDS.shape)


def copies(X):
    return [array.copy() for array in (X.data, X.indices, X.indptr)]


CALLS = {
    "fit": lambda model, X: model.fit(X).counts_.toarray(),
    "partial_fit": lambda model, X: model.partial_fit(X).counts_.toarray(),
    "score": lambda model, X: model.score(X),
    "score_samples": lambda model, X: model.score_samples(X),
    "predict": lambda model, X: model.predict(X),
    "predict_proba": lambda model, X: model.predict_proba(X),
}


def test_the_scrambled_array_is_what_it_claims():
    X = scrambled()
    assert_array_equal(X.toarray(), IDS)
    assert not X.has_sorted_indices
    assert not X.has_canonical_format
    assert np.count_nonzero(X.data) < X.nnz


@every_model
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csr_matrix])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_scrambled_csr_array_is_read_right_and_left_alone(model, call, make, read_only):
    X = make(scrambled())
    before = copies(X)
    for array in (X.data, X.indices, X.indptr):
        array.flags.writeable = not read_only
    answer = CALLS[call](clone(model).fit(IDS), X)
    assert_array_equal(answer, CALLS[call](clone(model).fit(IDS), IDS))
    for array, copy in zip((X.data, X.indices, X.indptr), before, strict=True):
        assert_array_equal(array, copy)


def test_the_tokenizer_reads_a_scrambled_csr_array_right_and_leaves_it_alone():
    X = scrambled()
    before = copies(X)
    names = NameTokenizer().fit(["bcd"]).inverse_transform(X)
    assert names.tolist() == as_names(IDS)
    for array, copy in zip((X.data, X.indices, X.indptr), before, strict=True):
        assert_array_equal(array, copy)


def test_sorted_explicit_zeros_are_padding_or_boundaries():
    X = sparse.csr_array(([1, 0, 2, 0, 0], [0, 1, 2, 3, 0], [0, 4, 5]), shape=(2, 4))
    assert_same_model(CountBigramLM().fit(X), CountBigramLM().fit(X.toarray()))


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_csr_indices_may_have_either_width(index):
    X = sparse.csr_array(IDS)
    X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
    assert_same_model(CountBigramLM().fit(X), CountBigramLM().fit(IDS))


@every_model
def test_dense_ids_are_left_alone(model):
    X = IDS.copy()
    X.flags.writeable = False
    clone(model).fit(X).partial_fit(X).score(X)
    assert_array_equal(X, IDS)


# What sample returns


@every_model
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("kind", ["tuple", "array of U", "Series", "polars Series", "Arrow array"])
def test_a_model_of_names_samples_names(model, method, kind):
    model = getattr(clone(model), method)(NAME_KINDS[kind](NAMES))
    names = model.sample(30, random_state=0)
    assert (names.dtype, names.shape) == (object, (30,))
    assert {type(name) for name in names} == {str}
    assert set("".join(names)) <= set("".join(NAMES))


@every_model
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("kind", ["list of tuples", "frame", "objects"])
def test_a_model_of_dense_ids_samples_dense_ids(model, method, kind):
    ids = getattr(clone(model), method)(TABLE_KINDS[kind](IDS)).sample(30, random_state=0)
    assert isinstance(ids, np.ndarray)
    assert ids.dtype == np.int32
    assert len(ids) == 30
    assert ids.shape[1] >= IDS.shape[1]
    assert set(ids.flat) <= set(range(4))


@every_model
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("kind", ["array of csr", "matrix of csr", "csc", "coo", "dok"])
def test_a_model_of_sparse_ids_samples_a_csr_array(model, method, kind):
    ids = getattr(clone(model), method)(TABLE_KINDS[kind](IDS)).sample(30, random_state=0)
    assert isinstance(ids, sparse.csr_array)
    assert ids.dtype == np.int32
    assert ids.has_canonical_format
    assert 0 not in ids.data
    assert_array_equal(ids.toarray(), clone(model).fit(IDS).sample(30, random_state=0))


@every_model
def test_the_kind_of_sample_follows_the_last_fit(model):
    model = clone(model).fit(NAMES).fit(IDS)
    assert not hasattr(model, "tokenizer_")
    assert model.sample(2, random_state=0).ndim == 2
    model.fit(NAMES)
    assert not hasattr(model, "n_features_in_")
    assert model.sample(2, random_state=0).ndim == 1


@pytest.mark.parametrize("model", [CountBigramLM(), NeuralBigramLM()], ids=["count", "exact"])
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_a_sample_has_the_columns_of_fit_or_more_if_a_name_is_longer(model, make):
    short = clone(model).fit(make([[1, 1, 0, 0, 0, 0]])).sample(200, random_state=0)
    lengths = (short.toarray() if sparse.issparse(short) else short).astype(bool).sum(axis=1)
    assert lengths.max() > 6
    assert short.shape == (200, lengths.max())
    wide = clone(model).fit(make([[1] + [0] * 999])).sample(200, random_state=0)
    assert wide.shape == (200, 1000)


@every_model
def test_names_of_ids_sample_as_the_names_do(model):
    tokenizer = NameTokenizer()
    ids = clone(model).fit(tokenizer.fit_transform(NAMES)).sample(20, random_state=3)
    names = clone(model).fit(NAMES).sample(20, random_state=3)
    assert tokenizer.inverse_transform(ids).tolist() == names.tolist()


def test_columns_are_read_where_pyarrow_is_not_there(monkeypatch):
    monkeypatch.delitem(sys.modules, "pyarrow")
    column = pd.Series(["emma", "ava"], dtype=object)
    assert CountBigramLM().fit(column).counts_.sum() == 5 + 4
