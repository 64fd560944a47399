"""NameTokenizer: every parameter, and that nothing is lost on the way to ids and back."""

import pickle
import sys
import unicodedata

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import (
    CountVectorizer,
    strip_accents_ascii,
    strip_accents_unicode,
)
from sklearn.pipeline import FeatureUnion
from sklearn.utils import estimator_checks, get_tags

from sklearn_bigram import NameTokenizer

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
FLAG = "\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}"
E_ACUTE = "e\N{COMBINING ACUTE ACCENT}"
WORLD = [
    "Zo\xeb",
    "Bj\xf6rk",
    "\u0130pek",  # its lower case has two code points before the p
    "Stra\xdfe",
    "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3",
    "\u0142ukasz",
    "\ufb01ona",  # the ligature fi
    "\u0645\u062d\u0645\u062f",
    "\u05e9\u05e8\u05d4",
    "\u674e\u5c0f\u9f8d",
    "\ud55c\uad6d",
    "Ng\u0169g\u0129",
    f"Ren{E_ACUTE}",
    "",
]
ODD = ["\ud800", "\udc00\ud800", "\ud83d\ude00", "a\0", "\0", "\r\n\t\x1b\x7f", "\ufeff", FLAG]
ODD += [FAMILY, E_ACUTE, "\N{COMBINING ACUTE ACCENT}", "\u202e\u05d0", "\U0010ffff", " ", ""]

any_character = st.characters(exclude_categories=(), exclude_characters=".")  # surrogates too
any_names = st.lists(st.text(any_character, max_size=12), min_size=1, max_size=8)
letters = st.lists(st.text("abcd", max_size=5), min_size=1, max_size=5)


def bigrams_of(name):
    return [name[i : i + 2] for i in range(len(name) - 1)]


def dense(**params):
    return NameTokenizer(sparse_output=False, **params)


def there_and_back(tokenizer, names):
    return tokenizer.inverse_transform(tokenizer.fit_transform(names)).tolist()


# Ids


def test_ids_follow_code_points_and_rows_are_padded_with_zeros():
    tokenizer = dense().fit(["emma", "ava"])
    assert tokenizer.symbols_.tolist() == [".", "a", "e", "m", "v"]
    assert_array_equal(
        tokenizer.transform(["emma", "ava", ""]), [[2, 3, 3, 1], [1, 4, 1, 0], [0] * 4]
    )


@given(any_names)
def test_each_symbol_stands_where_it_stood_in_the_name(names):
    tokenizer = dense().fit(names)
    assert tokenizer.symbols_.tolist() == [".", *sorted(set("".join(names)))]
    for row, name in zip(tokenizer.transform(names), names, strict=True):
        assert "".join(tokenizer.symbols_[row[: len(name)]]) == name
        assert not row[len(name) :].any()


@given(any_names)
def test_ids_are_the_columns_of_a_character_count(names):
    names = [name.replace(" ", "") for name in "".join(names).split()] + ["x"]  # it folds spaces
    ids = dense().fit_transform(names)
    counts = CountVectorizer(analyzer="char", lowercase=False).fit_transform(names).toarray()
    assert_array_equal([np.bincount(row, minlength=counts.shape[1] + 1)[1:] for row in ids], counts)


@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
@pytest.mark.parametrize("sparse_output", [True, False])
@given(names=any_names)
def test_any_names_come_back(analyzer, sparse_output, names):
    tokenizer = NameTokenizer(analyzer=analyzer, sparse_output=sparse_output)
    assert there_and_back(tokenizer, names) == names


@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
def test_odd_names_come_back(analyzer):
    assert there_and_back(NameTokenizer(analyzer=analyzer), ODD) == ODD
    for name in ODD:  # alone, the names are coded in one byte or in four
        assert there_and_back(NameTokenizer(analyzer=analyzer), [name]) == [name]


@pytest.mark.parametrize("analyzer", ["char", "grapheme"])
@given(names=any_names)
def test_sparse_holds_what_dense_holds(analyzer, names):
    ids = NameTokenizer(analyzer=analyzer).fit_transform(names)
    table = dense(analyzer=analyzer).fit_transform(names)
    assert_array_equal(ids[:, : table.shape[1]].toarray(), table)
    assert ids.nnz == np.count_nonzero(table)


def test_sparse_ids_are_a_canonical_int32_csr_array():
    ids = NameTokenizer().fit_transform(["emma", "", "ava"])
    assert isinstance(ids, sparse.csr_array)
    assert ids.has_canonical_format
    assert (ids.dtype, ids.shape, ids.nnz) == (np.int32, (3, 2**20), 7)


def test_dense_ids_are_an_int32_array():
    ids = dense().fit_transform(["emma", "", "ava"])
    assert isinstance(ids, np.ndarray)
    assert (ids.dtype, ids.shape) == (np.int32, (3, 4))


def test_a_thousand_symbols_have_a_thousand_ids():
    name = "".join(map(chr, range(0x4E00, 0x4E00 + 1000)))
    assert_array_equal(dense().fit_transform([name]), [np.arange(1, 1001)])


# Parameters


@pytest.mark.parametrize("boundary", ["#", "\xe9", "\0", "\n", "\ud800", "\N{GRINNING FACE}"])
@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
def test_any_symbol_may_be_the_boundary(boundary, analyzer):
    tokenizer = NameTokenizer(boundary=boundary, analyzer=analyzer)
    names = ["j.r.", ".", "", "\u674e"]
    assert there_and_back(tokenizer, names) == names
    assert tokenizer.symbols_[0] == boundary
    with pytest.raises(ValueError, match=r"^X\[1\] is .* holds the boundary symbol"):
        tokenizer.transform(["j", f"r{boundary}r"])


def test_a_boundary_of_many_characters_goes_with_symbols_of_many_characters():
    tokenizer = dense(boundary="<s>", analyzer=str.split).fit(["ann lee", "lee"])
    assert tokenizer.symbols_.tolist() == ["<s>", "ann", "lee"]
    assert tokenizer.inverse_transform([[1, 0, 2]]).tolist() == ["ann<s>lee"]


@pytest.mark.parametrize(
    ("name", "graphemes"),
    [
        (E_ACUTE + "e", [E_ACUTE, "e"]),
        (FLAG + FLAG, [FLAG, FLAG]),
        (FAMILY + "a", [FAMILY, "a"]),
        ("a\r\n\nb", ["a", "\r\n", "\n", "b"]),
        ("\N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-6}!", None),
        (unicodedata.normalize("NFD", "\ud55c\uad6d"), None),
    ],
)
def test_a_grapheme_is_one_symbol(name, graphemes):
    tokenizer = dense(analyzer="grapheme").fit([name])
    assert np.count_nonzero(tokenizer.transform([name])) == (len(graphemes) if graphemes else 2)
    assert graphemes is None or set(tokenizer.symbols_[1:]) == set(graphemes)


@given(st.text("\xe9\xfc\xf1\xe7\xe5\u0151\u1ec7\ud55cazX", min_size=1))
def test_a_decomposed_letter_is_one_grapheme_and_many_characters(name):
    decomposed = unicodedata.normalize("NFD", name)
    assert np.count_nonzero(dense(analyzer="grapheme").fit_transform([decomposed])) == len(name)
    assert np.count_nonzero(dense().fit_transform([decomposed])) == len(decomposed)


def test_a_boundary_with_an_accent_is_another_grapheme():
    name = "a.\N{COMBINING ACUTE ACCENT}"
    assert there_and_back(NameTokenizer(analyzer="grapheme"), [name]) == [name]


@pytest.mark.parametrize("analyzer", [list, tuple])
@given(names=any_names)
def test_a_callable_that_lists_characters_is_the_analyzer_char(analyzer, names):
    by_callable, by_char = dense(analyzer=analyzer).fit(names), dense().fit(names)
    assert by_callable.symbols_.tolist() == by_char.symbols_.tolist()
    assert_array_equal(by_callable.transform(names), by_char.transform(names))


def test_symbols_are_what_the_callable_returns():
    tokenizer = dense(analyzer=bigrams_of).fit(["emma", "a"])
    assert tokenizer.symbols_.tolist() == [".", "em", "ma", "mm"]
    assert_array_equal(tokenizer.transform(["emma", "a"]), [[1, 3, 2], [0, 0, 0]])


@pytest.mark.parametrize(
    "found", [[""], [1], ["a", None], [b"a"], [["a"]], None, 5, {"a"}, iter("a"), {"a": 1}]
)
def test_a_callable_must_return_a_list_of_symbols(found):
    with pytest.raises(TypeError, match="analyzer returned"):
        NameTokenizer(analyzer=lambda _: found).fit(["emma"])


@pytest.mark.parametrize("found", [None, b"emma", ["emma"]])
@pytest.mark.parametrize("analyzer", ["char", list])
def test_what_strips_accents_must_return_a_str(found, analyzer):
    tokenizer = NameTokenizer(strip_accents=lambda _: found, analyzer=analyzer)
    with pytest.raises(TypeError, match=r"^strip_accents returned .* for 'emma': it must"):
        tokenizer.fit(["emma"])


@pytest.mark.parametrize("error", [TypeError, KeyError, AttributeError])
def test_an_error_of_the_callable_is_seen_as_it_is(error):
    def analyzer(name):
        raise error("my own")

    with pytest.raises(error, match="my own"):
        NameTokenizer(analyzer=analyzer).fit(["emma"])


@pytest.mark.parametrize("lowercase", [False, True])
@pytest.mark.parametrize("strip_accents", [None, "ascii", "unicode", str.swapcase])
@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
class TestNormalization:
    def test_it_is_that_of_count_vectorizer(self, lowercase, strip_accents, analyzer):
        params = {"lowercase": lowercase, "strip_accents": strip_accents}
        prepare = CountVectorizer(**params).build_preprocessor()
        back = there_and_back(NameTokenizer(analyzer=analyzer, **params), WORLD)
        assert back == [prepare(name) for name in WORLD]

    @given(names=st.lists(st.text(st.characters(exclude_categories=(), exclude_characters="\0"))))
    def test_it_is_that_of_count_vectorizer_for_any_names(
        self, lowercase, strip_accents, analyzer, names
    ):
        names = [*names, "x"]
        params = {"lowercase": lowercase, "strip_accents": strip_accents}
        prepare = CountVectorizer(**params).build_preprocessor()
        tokenizer = NameTokenizer(boundary="\0", analyzer=analyzer, **params)
        assert there_and_back(tokenizer, names) == [prepare(name) for name in names]

    def test_its_symbols_are_those_of_count_vectorizer(self, lowercase, strip_accents, analyzer):
        params = {"lowercase": lowercase, "strip_accents": strip_accents}
        names = [unicodedata.normalize("NFC", name) for name in WORLD]
        counted = CountVectorizer(analyzer="char", **params).fit(names)
        symbols = NameTokenizer(analyzer=analyzer, **params).fit(names).symbols_[1:].tolist()
        assert set("".join(symbols)) == set(counted.get_feature_names_out())


@pytest.mark.parametrize("function", [strip_accents_ascii, strip_accents_unicode])
def test_a_function_may_strip_accents(function):
    name = function.__name__.removeprefix("strip_accents_")
    by_function = NameTokenizer(strip_accents=function).fit(WORLD)
    assert (
        by_function.symbols_.tolist()
        == NameTokenizer(strip_accents=name).fit(WORLD).symbols_.tolist()
    )


def test_a_final_sigma_is_that_of_its_own_name():
    names = ["\u0391\u03a3", "\u0391", "\u03a3", "\u03a3\u0391\u03a3", "\u0391\u03a3"]
    back = there_and_back(NameTokenizer(lowercase=True), names)
    assert back == ["\u03b1\u03c2", "\u03b1", "\u03c3", "\u03c3\u03b1\u03c2", "\u03b1\u03c2"]
    assert back == [name.lower() for name in names]


@pytest.mark.parametrize(
    "alphabet",
    [
        "cab",
        "abcabc",
        ["b", "c", "a"],
        ("a", "b", "c"),
        np.array(["c", "b", "a"]),
        np.array(["c", "b", "a"], dtype=object),
        pd.Series(["a", "c", "b"]),
    ],
    ids=["str", "twice", "list", "tuple", "array of U", "array of objects", "Series"],
)
def test_the_alphabet_sets_the_ids(alphabet):
    tokenizer = dense(alphabet=alphabet).fit(["bb"])
    assert tokenizer.symbols_.tolist() == [".", "a", "b", "c"]
    assert {type(symbol) for symbol in tokenizer.symbols_} == {str}
    assert_array_equal(tokenizer.transform(["b", "ca"]), [[2, 0], [3, 1]])
    assert clone(tokenizer).fit(["a"]).symbols_.tolist() == tokenizer.symbols_.tolist()


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_the_alphabet_is_all_that_is_known(method):
    tokenizer = NameTokenizer(alphabet="ab")
    with pytest.raises(ValueError, match="unknown symbols: 'c'"):
        getattr(tokenizer, method)(["abc"])
    tokenizer = NameTokenizer(alphabet="ab", handle_unknown="use_unknown")
    getattr(tokenizer, method)(["abc"])
    assert tokenizer.symbols_.tolist() == [".", UNKNOWN, "a", "b"]
    assert tokenizer.partial_fit(["d"]).symbols_.tolist() == [".", UNKNOWN, "a", "b"]


def test_an_alphabet_may_hold_longer_symbols():
    assert NameTokenizer(alphabet=["a", E_ACUTE], analyzer="grapheme").fit(
        [E_ACUTE]
    ).symbols_.tolist() == [
        ".",
        "a",
        E_ACUTE,
    ]
    assert NameTokenizer(alphabet=["ann", "lee"], analyzer=str.split).fit(["lee ann"])


def test_an_alphabet_of_one_string_is_split_by_the_analyzer():
    tokenizer = NameTokenizer(alphabet=f"a{E_ACUTE}", analyzer="grapheme")
    assert tokenizer.fit([E_ACUTE]).symbols_.tolist() == [".", "a", E_ACUTE]


@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
def test_unknown_symbols_become_the_reserved_one(analyzer):
    tokenizer = dense(analyzer=analyzer, handle_unknown="use_unknown").fit(["ab", "c"])
    assert tokenizer.symbols_.tolist() == [".", UNKNOWN, "a", "b", "c"]
    ids = tokenizer.transform(["xa", "\N{GRINNING FACE}\ud800", UNKNOWN])
    assert_array_equal(ids, [[1, 2], [1, 1], [1, 0]])
    assert tokenizer.inverse_transform(ids).tolist() == [f"{UNKNOWN}a", UNKNOWN * 2, UNKNOWN]


def test_the_reserved_symbol_may_occur_in_training_names():
    tokenizer = dense(handle_unknown="use_unknown")
    assert_array_equal(tokenizer.fit_transform([f"a{UNKNOWN}"]), [[2, 1]])
    assert tokenizer.symbols_.tolist() == [".", UNKNOWN, "a"]


@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
@pytest.mark.parametrize("n_unknown", [1, 10, 11, 300])
def test_the_error_names_up_to_ten_unknown_symbols_and_the_way_out(analyzer, n_unknown):
    unknown = [chr(0x4E00 + i) for i in range(n_unknown)]
    with pytest.raises(ValueError, match="unknown symbols") as error:
        NameTokenizer(analyzer=analyzer).fit(["ab"]).transform(["a", "".join(unknown)])
    named = [symbol for symbol in unknown if repr(symbol) in str(error.value)]
    assert named == unknown[:10]
    assert (f"and {n_unknown - 10} more" in str(error.value)) == (n_unknown > 10)
    assert "handle_unknown='use_unknown'" in str(error.value)


@pytest.mark.parametrize("sparse_output", [True, False])
def test_max_length_is_the_number_of_columns(sparse_output):
    tokenizer = NameTokenizer(max_length=6, sparse_output=sparse_output).fit(["emma", "olivia"])
    assert tokenizer.transform(["emma"]).shape == (1, 6)
    assert tokenizer.max_length_ == 6


@pytest.mark.parametrize("method", ["fit", "partial_fit", "transform"])
@pytest.mark.parametrize("sparse_output", [True, False])
@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
def test_a_name_longer_than_max_length_is_an_error(method, sparse_output, analyzer):
    tokenizer = NameTokenizer(max_length=4, sparse_output=sparse_output, analyzer=analyzer)
    tokenizer.fit(["oliv", "ia"])
    with pytest.raises(ValueError, match=r"^X\[1\] is 'olivi' and has 5 symbols.*max_length"):
        getattr(tokenizer, method)(["oliv", "olivi", "olivia"])


def test_max_length_counts_symbols_as_they_are_in_the_end():
    assert NameTokenizer(max_length=2, analyzer="grapheme").fit([FAMILY + E_ACUTE])
    assert NameTokenizer(max_length=1, strip_accents="unicode").fit([E_ACUTE])
    with pytest.raises(ValueError, match="has 2 symbols"):
        NameTokenizer(max_length=1, lowercase=True).fit(["\u0130"])


@pytest.mark.parametrize(("names", "width"), [(["emma", "ava"], 4), ([""], 1), (["a", ""], 1)])
def test_dense_output_is_as_wide_as_the_longest_training_name(names, width):
    assert dense().fit_transform(names).shape == (len(names), width)


def test_a_name_wider_than_a_dense_table_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"^X\[1\] (is 'bab' and )?has 3 symbols") as error:
        dense().fit(["ab"]).transform(["ba", "bab"])
    assert "max_length" in str(error.value)
    assert "'bab'" in str(error.value)


def test_a_name_wider_than_a_sparse_table_is_an_error():
    tokenizer = NameTokenizer().fit(["a"])
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


def test_a_boundary_that_was_another_is_no_symbol_later():
    tokenizer = NameTokenizer().fit(["ab"]).set_params(boundary="-").partial_fit(["c"])
    assert tokenizer.symbols_.tolist() == ["-", "a", "b", "c"]


def test_fit_forgets_what_was_known():
    tokenizer = dense().fit(["abcdef"]).fit(["xy"])
    assert tokenizer.symbols_.tolist() == [".", "x", "y"]
    assert tokenizer.max_length_ == 2


def test_partial_fit_leaves_arrays_that_were_handed_out_alone():
    tokenizer = NameTokenizer().fit(["b"])
    symbols = tokenizer.symbols_
    tokenizer.partial_fit(["a"])
    assert symbols.tolist() == [".", "b"]


def test_symbols_are_an_array_of_str_objects():
    for names in (["a"], [""], np.array(["a"]), pd.Series(["a"])):
        symbols = NameTokenizer().fit(names).symbols_
        assert symbols.dtype == object
        assert {type(symbol) for symbol in symbols} == {str}


# Back


@pytest.mark.parametrize("analyzer", ["char", list])
def test_a_zero_inside_a_row_becomes_the_boundary(analyzer):
    tokenizer = NameTokenizer(analyzer=analyzer).fit(["ab"])
    rows = [[1, 0, 2, 0], [0, 0, 1, 0], [0, 0, 0, 0], [2, 1, 2, 1]]
    assert tokenizer.inverse_transform(rows).tolist() == ["a.b", "..a", "", "baba"]


@pytest.mark.parametrize(
    "kind", [list, np.array, sparse.csr_array, sparse.csr_matrix, sparse.coo_array, pd.DataFrame]
)
def test_ids_of_any_kind_are_turned_back(kind):
    names = NameTokenizer().fit(["emma", "ava"]).inverse_transform(kind([[4, 1, 3], [2, 4, 0]]))
    assert names.tolist() == ["vam", "ev"]
    assert (names.dtype, names.shape) == (object, (2,))


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([[1, 2], [2, 3]], r"^X\[1\] holds an unknown token id: the 3 known ones are 0 to 2"),
        ([[-1]], "Negative values"),
        ([[np.nan]], "NaN"),
        ([[np.inf]], "infinity"),
        ([1, 2], "Expected 2D array"),
        ([], "Expected 2D array|empty"),
        (["ab"], "token ids"),
        ([["ab"]], "token ids"),
    ],
)
def test_what_are_not_token_ids_cannot_be_turned_back(ids, message):
    with pytest.raises(ValueError, match=message):
        NameTokenizer().fit(["ab"]).inverse_transform(ids)


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
    tokenizer = dense().set_output(transform="pandas")
    assert there_and_back(tokenizer, ["emma", "ava"]) == ["emma", "ava"]


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


def test_a_clone_has_the_parameters_and_is_not_fitted():
    tokenizer = NameTokenizer(**PARAMS).fit(["ab"])
    copy = clone(tokenizer)
    assert copy.get_params() == PARAMS == tokenizer.get_params()
    assert set(vars(copy)) == set(PARAMS)


def test_fitting_leaves_the_parameters_alone():
    params = {**PARAMS, "alphabet": ["b", "a"]}
    tokenizer = NameTokenizer(**params).fit(["ab"]).partial_fit(["b"])
    assert all(getattr(tokenizer, name) is value for name, value in params.items())
    assert params["alphabet"] == ["b", "a"]


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


# scikit-learn says so of every estimator that takes no tables.
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


def test_graphemes_without_the_package_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "regex", None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn_bigram\[grapheme\]'"):
        NameTokenizer(analyzer="grapheme").fit(["emma"])
