"""NameTokenizer as an estimator: fitting, the width of its output, scikit-learn's tools."""

import pickle

import pandas as pd
import polars as pl
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import FeatureUnion
from sklearn.utils import estimator_checks, get_tags

from sklearn_bigram import NameTokenizer
from tests.helpers import refused

letters = st.lists(st.text("abcd", max_size=5), min_size=1, max_size=5)
PARAMS = {
    "boundary": "#",
    "analyzer": list,
    "lowercase": True,
    "strip_accents": "ascii",
    "alphabet": ["a", "b"],
    "handle_unknown": "use_unknown",
    "max_length": 3,
    "sparse_output": False,
}


def dense(**params):
    return NameTokenizer(sparse_output=False, **params)


# The width of the output


@pytest.mark.parametrize(("names", "width"), [(["emma", "ava"], 4), ([""], 1), (["a", ""], 1)])
def test_dense_output_is_as_wide_as_the_longest_training_name(names, width):
    tokenizer = dense().fit(names)
    assert tokenizer.max_length_ == width
    assert tokenizer.transform(names).shape == (len(names), width)


def test_a_name_wider_than_a_dense_table_is_refused():
    message = r"^X\[1\] is 'bab' and has 3 symbols, more than the 2 columns.*max_length"
    tokenizer = dense().fit(["ab"])
    with refused(tokenizer, ValueError, message):
        tokenizer.transform(["ba", "bab"])


def test_a_name_wider_than_a_sparse_table_is_refused():
    tokenizer = NameTokenizer().fit(["a"])
    assert tokenizer.max_length_ == 2**20
    assert tokenizer.transform(["a" * 2**20]).nnz == 2**20
    with pytest.raises(ValueError, match=r"^X\[0\] .*1048577 symbols.*max_length") as error:
        tokenizer.transform(["a" * (2**20 + 1)])
    assert len(str(error.value)) < 400


# Fitting


@pytest.mark.parametrize("params", [{}, {"handle_unknown": "use_unknown"}, {"analyzer": list}])
@given(first=letters, second=letters, third=letters)
def test_partial_fits_equal_one_fit(params, first, second, third):
    whole = dense(**params).fit(first + second + third)
    parts = dense(**params).partial_fit(first).partial_fit(second).partial_fit(third)
    assert parts.symbols_.tolist() == whole.symbols_.tolist()
    assert parts.max_length_ == whole.max_length_
    assert_array_equal(parts.transform(second), whole.transform(second))


def test_a_former_boundary_is_not_a_symbol_later():
    tokenizer = NameTokenizer().fit(["ab"]).set_params(boundary="-").partial_fit(["c"])
    assert tokenizer.symbols_.tolist() == ["-", "a", "b", "c"]


def test_fit_forgets_the_names_of_before():
    tokenizer = dense().fit(["abcdef"]).fit(["xy"])
    assert tokenizer.symbols_.tolist() == [".", "x", "y"]
    assert tokenizer.max_length_ == 2


def test_partial_fit_leaves_arrays_that_were_handed_out_alone():
    tokenizer = NameTokenizer().fit(["b"])
    symbols = tokenizer.symbols_
    tokenizer.partial_fit(["a"])
    assert symbols.tolist() == [".", "b"]


def test_fitting_leaves_the_parameters_alone():
    params = {**PARAMS, "alphabet": ["b", "a"]}
    tokenizer = NameTokenizer(**params).fit(["ab"]).partial_fit(["b"])
    assert all(getattr(tokenizer, name) is value for name, value in params.items())
    assert params["alphabet"] == ["b", "a"]


@pytest.mark.parametrize(
    ("method", "args"),
    [("transform", [["a"]]), ("inverse_transform", [[[1]]]), ("get_feature_names_out", [])],
)
def test_a_tokenizer_must_be_fitted_to_be_used(method, args):
    tokenizer = NameTokenizer()
    with refused(tokenizer, NotFittedError, "is not fitted yet"):
        getattr(tokenizer, method)(*args)


# In scikit-learn


def test_columns_have_names():
    tokenizer = dense().fit(["emma"])
    expected = ["symbol0", "symbol1", "symbol2", "symbol3"]
    assert tokenizer.get_feature_names_out().tolist() == expected
    assert tokenizer.get_feature_names_out(["name"]).tolist() == expected
    assert tokenizer.get_feature_names_out().dtype == object


def test_set_output_gives_a_pandas_frame_with_the_index_of_the_names():
    names = pd.Series(["emma", "ava"], index=[7, -3])
    frame = dense().set_output(transform="pandas").fit_transform(names)
    expected = pd.DataFrame(dense().fit_transform(names), names.index).add_prefix("symbol")
    pd.testing.assert_frame_equal(frame, expected)


def test_set_output_gives_a_polars_frame():
    frame = dense().set_output(transform="polars").fit_transform(["emma", "ava"])
    assert isinstance(frame, pl.DataFrame)
    assert frame.to_dict(as_series=False) == {
        "symbol0": [2, 1],
        "symbol1": [3, 4],
        "symbol2": [3, 1],
        "symbol3": [1, 0],
    }


def test_a_frame_cannot_be_sparse():
    with pytest.raises(ValueError, match="sparse"):
        NameTokenizer().set_output(transform="pandas").fit_transform(["emma"])


def test_a_frame_turns_back_into_names():
    tokenizer = dense().set_output(transform="pandas").fit(["emma", "ava"])
    ids = tokenizer.transform(["emma", "ava"])
    assert tokenizer.inverse_transform(ids).tolist() == ["emma", "ava"]


def test_a_clone_has_the_parameters_and_is_not_fitted():
    tokenizer = NameTokenizer(**PARAMS).fit(["ab"])
    copy = clone(tokenizer)
    assert copy.get_params() == PARAMS == tokenizer.get_params()
    assert set(vars(copy)) == set(PARAMS)


@pytest.mark.parametrize("params", [{}, PARAMS, {"analyzer": "grapheme"}], ids=["", "all", "regex"])
def test_a_pickle_does_the_same(params):
    tokenizer = NameTokenizer(**params).fit(["ab", "b"])
    again = pickle.loads(pickle.dumps(tokenizer))
    ids = tokenizer.transform(["ba", "a"])
    assert_array_equal(again.inverse_transform(ids), tokenizer.inverse_transform(ids))
    assert (again.transform(["ba", "a"]) != ids).sum() == 0
    assert again.partial_fit(["b"]).symbols_.tolist() == tokenizer.symbols_.tolist()


@pytest.mark.parametrize("sparse_output", [True, False])
def test_a_feature_union_puts_tokenizers_side_by_side(sparse_output):
    first = NameTokenizer(max_length=5, sparse_output=sparse_output)
    second = NameTokenizer(max_length=4, sparse_output=sparse_output, lowercase=True)
    union = FeatureUnion([("cased", first), ("lower", second)])
    names = ["Emma", "ava"]
    ids = union.fit_transform(names)
    assert sparse.issparse(ids) == sparse_output
    ids = ids.toarray() if sparse_output else ids
    assert clone(first).fit(names).inverse_transform(ids[:, :5]).tolist() == names
    assert clone(second).fit(names).inverse_transform(ids[:, 5:]).tolist() == ["emma", "ava"]
    assert union.get_feature_names_out()[[0, 5]].tolist() == ["cased__symbol0", "lower__symbol0"]


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("sparse_output", [True, False])
def test_a_column_transformer_hands_over_one_column(frame, sparse_output):
    if frame is pl.DataFrame and sparse_output and int(sklearn.__version__.split(".")[1]) < 9:
        pytest.skip("before 1.9, ColumnTransformer fails for polars frames beside sparse output")
    people = frame({"name": ["emma", "ava"], "age": [30, 40]})
    tokenizer = NameTokenizer(max_length=4, sparse_output=sparse_output)
    columns = ColumnTransformer(
        [("name", tokenizer, "name")], remainder="passthrough", sparse_threshold=0
    )
    assert_array_equal(columns.fit_transform(people), [[2, 3, 3, 1, 30], [1, 4, 1, 0, 40]])
    assert columns.get_feature_names_out().tolist() == [
        *(f"name__symbol{i}" for i in range(4)),
        "remainder__age",
    ]


# scikit-learn warns so about every estimator that takes no tables.
@pytest.mark.filterwarnings("ignore:Can't test estimator NameTokenizer")
def test_check_estimator_passes():
    results = estimator_checks.check_estimator(NameTokenizer(), on_skip=None)
    assert results
    assert {result["status"] for result in results} == {"passed"}


@pytest.mark.parametrize(
    "check",
    [  # those that need no table, which check_estimator leaves out for names
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_param_validation,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_set_params,
        estimator_checks.check_valid_tag_types,
    ],
    ids=lambda check: check.__name__.removeprefix("check_"),
)
def test_the_checks_that_need_no_table_pass(check):
    check("NameTokenizer", NameTokenizer())


def test_the_tags_say_that_it_takes_strings():
    tags = get_tags(NameTokenizer()).input_tags
    assert (tags.string, tags.two_d_array) == (True, False)
