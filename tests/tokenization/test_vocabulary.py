"""The known symbols and their ids; unknown symbols; ids back to names."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.base import clone

from sklearn_bigram import CountBigramLM, NameTokenizer
from tests.helpers import refused

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
E_ACUTE = "e\N{COMBINING ACUTE ACCENT}"


def dense(**params):
    return NameTokenizer(sparse_output=False, **params)


def test_ids_follow_code_points_and_rows_are_padded_with_zeros():
    tokenizer = dense().fit(["emma", "ava"])
    assert tokenizer.symbols_.tolist() == [".", "a", "e", "m", "v"]
    assert_array_equal(
        tokenizer.transform(["emma", "ava", ""]), [[2, 3, 3, 1], [1, 4, 1, 0], [0] * 4]
    )


def test_symbols_are_an_array_of_str_objects():
    for names in (["a"], [""], np.array(["a"]), pd.Series(["a"])):
        symbols = NameTokenizer().fit(names).symbols_
        assert symbols.dtype == object
        assert {type(symbol) for symbol in symbols} == {str}


# The alphabet


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
def test_only_the_alphabet_is_known(method):
    tokenizer = NameTokenizer(alphabet="ab")
    with refused(tokenizer, ValueError, "unknown symbols: 'c'"):
        getattr(tokenizer, method)(["abc"])
    tokenizer = NameTokenizer(alphabet="ab", handle_unknown="use_unknown")
    getattr(tokenizer, method)(["abc"])
    assert tokenizer.symbols_.tolist() == [".", UNKNOWN, "a", "b"]
    assert tokenizer.partial_fit(["d"]).symbols_.tolist() == [".", UNKNOWN, "a", "b"]


def test_an_alphabet_may_hold_symbols_of_several_characters():
    tokenizer = NameTokenizer(alphabet=["a", E_ACUTE], analyzer="grapheme").fit([E_ACUTE])
    assert tokenizer.symbols_.tolist() == [".", "a", E_ACUTE]
    tokenizer = NameTokenizer(alphabet=["lee", "ann"], analyzer=str.split).fit(["lee"])
    assert tokenizer.symbols_.tolist() == [".", "ann", "lee"]


def test_an_alphabet_of_one_string_is_split_by_the_analyzer():
    tokenizer = NameTokenizer(alphabet=f"a{E_ACUTE}", analyzer="grapheme")
    assert tokenizer.fit([E_ACUTE]).symbols_.tolist() == [".", "a", E_ACUTE]
    tokenizer = NameTokenizer(alphabet="lee ann", analyzer=str.split)
    assert tokenizer.fit(["ann"]).symbols_.tolist() == [".", "ann", "lee"]


def test_the_default_boundary_may_be_in_the_alphabet_of_another_boundary():
    tokenizer = NameTokenizer(alphabet="ab.", boundary="#").fit(["a.b"])
    assert tokenizer.symbols_.tolist() == ["#", ".", "a", "b"]


# Unknown symbols

SCRIPTS = {
    "ASCII": ("ab", "xyz"),
    "Latin-1": ("ab\xe9", "\xff\xeax"),
    "wide": ("ab\u674e", "\u4e00\U0001f600x"),
    "wide beside ASCII": ("ab", "\u4e00"),
    "many": ("".join(map(chr, range(0x4E00, 0x4E00 + 300))), "a\xff"),
}


@pytest.mark.parametrize(("known", "unknown"), SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("analyzer", ["char", list])
def test_unknown_symbols_of_any_width_are_seen(known, unknown, analyzer):
    tokenizer = dense(analyzer=analyzer).fit([known])
    assert_array_equal(tokenizer.transform([known]), [np.arange(1, len(known) + 1)])
    for symbol in unknown:
        with refused(tokenizer, ValueError, f"^X holds unknown symbols: '{symbol}'"):
            tokenizer.transform([known[0], symbol])
    replacing = dense(analyzer=analyzer, handle_unknown="use_unknown", max_length=300)
    ids = replacing.fit([known]).transform([known[0] + unknown + known[-1]])[0]
    assert np.trim_zeros(ids).tolist() == [2, *[1] * len(unknown), len(known) + 1]


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


@pytest.mark.parametrize("n_unknown", [1, 10, 11, 300])
def test_an_error_names_up_to_ten_unknown_symbols_and_the_way_out(n_unknown):
    unknown = [chr(0x4E00 + i) for i in range(n_unknown)]
    named = ", ".join(map(repr, unknown[:10]))
    more = rf" and {n_unknown - 10} more" if n_unknown > 10 else ""
    message = rf"^X holds unknown symbols: {named}{more}\. .*handle_unknown='use_unknown'"
    tokenizer = NameTokenizer().fit(["ab"])
    with refused(tokenizer, ValueError, message):
        tokenizer.transform(["a", "".join(unknown)])


def test_excluded_names_with_unknown_symbols_exclude_nothing():
    model = CountBigramLM().fit(["ab", "b"])
    expected = model.most_probable(3, exclude=["ab"])[0].tolist()
    assert "ab" not in expected
    assert model.most_probable(3, exclude=["ab", "ax", "\u674eb"])[0].tolist() == expected


# Ids back to names


@pytest.mark.parametrize("analyzer", ["char", list])
@pytest.mark.parametrize("symbols", ["ab", "a\xe9", "a\u674e", "\ud800\U0010ffff"])
def test_a_zero_inside_a_row_becomes_the_boundary(analyzer, symbols):
    tokenizer = NameTokenizer(analyzer=analyzer).fit([symbols])
    a, b = symbols
    rows = [[1, 0, 2, 0], [0, 0, 1, 0], [0, 0, 0, 0], [2, 1, 2, 1]]
    assert tokenizer.inverse_transform(rows).tolist() == [f"{a}.{b}", f"..{a}", "", b + a + b + a]
    assert tokenizer.inverse_transform(rows[2:]).tolist() == ["", b + a + b + a]


def test_symbols_of_several_characters_are_joined():
    tokenizer = NameTokenizer(boundary="<s>", analyzer=str.split).fit(["ann lee"])
    names = tokenizer.inverse_transform([[1, 0, 2], [2, 2, 1], [0, 0, 0]]).tolist()
    assert names == ["ann<s>lee", "leeleeann", ""]


@given(st.lists(st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=1, max_size=5))
def test_ids_become_names_symbol_by_symbol(rows):
    for symbols in (".abcd", ".ab\xe9\xff", ".ab\u674e\U0010ffff"):
        tokenizer = NameTokenizer().fit([symbols[1:]])
        expected = ["".join(symbols[i] for i in row).rstrip(".") for row in rows]
        names = tokenizer.inverse_transform(rows)
        assert (names.tolist(), names.dtype) == (expected, object)


def test_the_reserved_symbol_is_written_for_unknown_ones():
    tokenizer = dense(handle_unknown="use_unknown", analyzer=str.split).fit(["ann lee"])
    assert tokenizer.inverse_transform([[2, 1, 3]]).tolist() == [f"ann{UNKNOWN}lee"]
