"""Names in every container: which are taken, and which are refused with which message."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from sklearn_bigram import CountBigramLM, NameTokenizer
from tests.helpers import refused

NAMES = ["emma", "", "Zo\xeb", "\u674e\u5c0f\u9f8d", "\N{GRINNING FACE}", "\u05e9\u05e8\u05d4"]
NAMES += ["e\N{COMBINING ACUTE ACCENT}", "a b\t\r\n", "emma", "ava"]


CONTAINERS = {  # one of each way in; tests/tokenization has all containers
    "list of np.str_": lambda names: [np.str_(name) for name in names],
    "array of U": np.array,
    "Series": pd.Series,
    "polars Series": pl.Series,
    "Arrow chunks": lambda names: pa.chunked_array([names[:3], [], names[3:]], pa.string()),
}


def assert_same_counts(model, other):
    assert model.symbols_.tolist() == other.symbols_.tolist()
    assert_array_equal(model.counts_.toarray(), other.counts_.toarray())


# Containers that are taken


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=CONTAINERS)
def test_names_in_any_container_are_the_same_names(make):
    X = make(NAMES)
    assert len(X) == len(NAMES)
    expected, model = CountBigramLM().fit(NAMES), CountBigramLM().fit(X)
    assert_same_counts(model, expected)
    assert_array_equal(model.score_samples(X), expected.score_samples(NAMES))
    assert {type(symbol) for symbol in model.symbols_} == {str}
    tokenizer = NameTokenizer().fit(X)
    assert tokenizer.inverse_transform(tokenizer.transform(X)).tolist() == NAMES


def test_a_surrogate_may_be_the_boundary():
    model = CountBigramLM(tokenizer=NameTokenizer(boundary="\ud800"))
    for make in (list, np.array, pa.array, pd.Series, pl.Series):
        assert model.fit(make(["a.b", "c"])).counts_.sum() == 6


def test_one_very_long_name_among_many_takes_little_memory():
    names = ["a" * 10**6, *["b"] * 10**4]  # 40 GB in an array of U
    assert CountBigramLM().fit(names).counts_.sum() == 10**6 + 1 + 2 * 10**4


ODD_NAMES = {
    "surrogates": ["\ud800", "\udfff\ud800a"],
    "a pair of surrogates": ["\ud83d\ude00", "\N{GRINNING FACE}"],
    "NUL": ["\0", "a\0"],
    "control characters": ["\x1b[0m", "\x7f\x85", "\r\n"],
    "emoji": ["\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}", "\N{WAVING HAND SIGN}"],
    "combining characters": ["e\N{COMBINING ACUTE ACCENT}", "\N{COMBINING ACUTE ACCENT}"],
    "right to left": ["\u202e\u05d0\u05d1", "\u0645\u062d"],
    "noncharacters": ["\ufeff", "\ufffe\uffff\U0010ffff"],
    "spaces": [" ", "a b", "\u3000"],
}


@pytest.mark.parametrize("analyzer", ["char", "grapheme"])
def test_any_character_may_be_in_a_name(analyzer):
    for names in ODD_NAMES.values():
        model = CountBigramLM(tokenizer=NameTokenizer(analyzer=analyzer)).fit(names)
        assert {*"".join(model.symbols_[1:])} == {*"".join(names)}
        assert np.isfinite(model.partial_fit(names).score_samples(names)).all()
        sampled = model.sample(20, random_state=0)
        assert {*"".join(sampled)} <= {*"".join(names)}
        if analyzer == "char":  # two graphemes of a sample may become one
            assert np.isfinite(model.score_samples(sampled)).all()


@given(st.lists(st.text("abc ", max_size=6), min_size=1, max_size=8))
def test_counts_are_those_of_count_vectorizer(names):
    count = CountVectorizer(analyzer="char", ngram_range=(2, 2), lowercase=False)
    names = [name.replace(" ", "") for name in names]  # CountVectorizer folds spaces
    expected = count.fit_transform([f".{name}." for name in names]).sum(axis=0).A1
    model = CountBigramLM().fit(names)
    N, symbols = model.counts_.toarray(), model.symbols_.tolist()
    for bigram, n in zip(count.get_feature_names_out(), expected, strict=True):
        assert N[symbols.index(bigram[0]), symbols.index(bigram[1])] == n
    assert N.sum() == expected.sum()


# Containers that are refused


def test_the_tokenizer_takes_no_tables():
    tokenizer = NameTokenizer()
    for X in (
        [[1, 2]],
        [["emma"]],
        np.array([1, 2]),
        sparse.csr_array([[1, 2]]),
        pd.DataFrame({"name": NAMES}),
        pa.table({"name": NAMES}),
    ):
        with refused(tokenizer, ValueError, "X holds no names: pass a list of str, or one column"):
            tokenizer.fit(X)


# Elements that are refused


# Names that are refused


@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
def test_the_boundary_inside_a_name_is_refused(analyzer):
    model = CountBigramLM(tokenizer=NameTokenizer(analyzer=analyzer))
    for bad in ("em.ma", ".", "ava.", ".ava", "\u674e.", "a.b.c"):
        message = rf"^X\[2\] is '{bad}' and holds the boundary symbol '\.'.*boundary="
        with refused(model, ValueError, message):
            model.fit(["emma", "", bad, "a.b"])


def test_a_boundary_that_comes_of_normalization_is_refused():
    for params in ({"strip_accents": "unicode"}, {"strip_accents": "ascii"}):
        with pytest.raises(ValueError, match=r"^X\[1\] is .*boundary symbol"):
            CountBigramLM(tokenizer=NameTokenizer(**params)).fit(["a", "x\N{HORIZONTAL ELLIPSIS}"])
    with pytest.raises(ValueError, match=r"^X\[0\] is .*boundary symbol 'e'"):
        CountBigramLM(tokenizer=NameTokenizer(lowercase=True, boundary="e")).fit(["E"])


def test_long_names_are_shortened_in_messages():
    long = "a" * 10**5
    for names, params in (([long + "."], {}), ([long], {"max_length": 3})):
        with pytest.raises(ValueError, match=r"^X\[0\] is 'aaa") as error:
            CountBigramLM(tokenizer=NameTokenizer(**params)).fit(names)
        assert len(str(error.value)) < 300


def test_a_name_longer_than_max_length_is_refused():
    model = CountBigramLM(tokenizer=NameTokenizer(max_length=6))
    message = r"^X\[1\] is 'olivias' and has 7 symbols.*max_length=6.*raise max_length"
    with refused(model, ValueError, message):
        model.fit(["olivia", "olivias"])


def test_names_of_any_length_are_taken_without_max_length():
    model = CountBigramLM(tokenizer=NameTokenizer(sparse_output=False)).fit(["emma", "olivia"])
    assert np.isfinite(model.score(["olivia" * 3]))
    assert np.isfinite(model.partial_fit(["olivia" * 9]).score(["olivia" * 10]))


def test_symbols_outside_the_alphabet_are_refused():
    model = CountBigramLM(tokenizer=NameTokenizer(alphabet="abcdefghijklmnopqrstuvwxyz"))
    with refused(model, ValueError, "unknown symbols: 'E', '\xe9'"):
        model.fit(["emma", "Em\xe9"])
