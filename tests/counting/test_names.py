"""Names and token ids to counts: piece by piece, weighted, and of each class."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from sklearn_bigram import (
    BigramClassifier,
    BigramCounts,
    CountBigramLM,
    NameTokenizer,
    count_bigrams,
)
from tests.helpers import any_names, as_counter, count_by_hand, set_sizes

NAMES = ["emma", "olivia", "ava", "zoë", "李明", "anne-marie", "o b", "\t", "a\0", ""]

weights = st.sampled_from([0.0, 0.25, 1.0, 3.0])
weighted_names = st.lists(
    st.tuples(st.text("abé李", max_size=4), weights, st.integers(0, 2)), min_size=3, max_size=8
)


def count_weighted(names, weights, symbols=list, boundary="."):
    """Return the Counter of the weighted bigrams of names, without those of weight zero."""
    counter = Counter()
    for name, weight in zip(names, weights, strict=True):
        for pair in pairwise([boundary, *symbols(name), boundary]):
            counter[pair] += weight
    return Counter({pair: n for pair, n in counter.items() if n > 0})


def counts_of(model):
    return as_counter(BigramCounts(model.symbols_, model.counts_))


# Containers


class Names:
    """An iterable that is not a sequence."""

    def __iter__(self):
        return iter(NAMES)


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "generator": lambda names: (name for name in names),
    "iterator": iter,
    "map": lambda names: map(str, names),
    "set": lambda names: set(names),
    "keys": lambda names: dict.fromkeys(names).keys(),
    "iterable": lambda names: Names(),
    "array of U": np.array,
    "array of objects": lambda names: np.array(names, dtype=object),
    "StringDType": lambda names: np.array(names, dtype=np.dtypes.StringDType()),
    "categories": lambda names: pd.Categorical(names * 2)[: len(names)],
    "dictionary": lambda names: pa.array(names).dictionary_encode(),
    "pandas": pd.Series,
    "polars": pl.Series,
    "pyarrow": pa.array,
    "chunks": lambda names: pa.chunked_array([names[:4], [], names[4:]]),
    "slice": lambda names: pa.array(["x", *names, "y"])[1:-1],
    "large": lambda names: pa.array(names, pa.large_string()),
    "pandas of Arrow": lambda names: pd.Series(names, dtype="string[pyarrow]"),
}


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=CONTAINERS)
def test_names_in_any_container_are_counted_piece_by_piece(make, monkeypatch):
    names = [name for name in NAMES if make is not np.array or "\0" not in name]
    for n_names in (1, 2, 3, len(names), 2**16):
        set_sizes(monkeypatch, names_per_piece=n_names)
        assert as_counter(count_bigrams(make(names))) == count_by_hand(names)
        if make in (list, np.array, pa.array):
            model = CountBigramLM().fit(make(names))
            assert counts_of(model) == count_by_hand(names)


@given(st.lists(st.text("ab\0\xe9\u674e", max_size=4), min_size=1), st.integers(1, 9), st.data())
def test_repeated_categories_are_counted_exactly(names, n_names, data):
    repeated = data.draw(st.lists(st.sampled_from(names), min_size=2 * len(names)))
    X = pd.Categorical(repeated, categories=list(dict.fromkeys(names)))
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_sizes(monkeypatch, names_per_piece=n_names)
        for tokenizer in (None, NameTokenizer(analyzer=list)):
            model = CountBigramLM(tokenizer=tokenizer).fit(X)
            assert counts_of(model) == count_by_hand(repeated)


def test_each_category_is_split_once():
    found = []
    tokenizer = NameTokenizer(analyzer=lambda name: found.append(name) or list(name))
    X = pd.Categorical(["ava", "emma", "ava", "ava"], categories=["zoe", "emma", "ava"])
    CountBigramLM(tokenizer=tokenizer).fit(X)
    assert found == ["emma", "ava"]


@pytest.mark.parametrize("bad", ["a.b", "abcdef"])
def test_a_bad_category_is_named_by_its_first_name(bad, monkeypatch):
    set_sizes(monkeypatch, names_per_piece=3)
    X = pd.Categorical(["b", "c"] * 5 + [bad] * 9 + ["x."], categories=[bad, "x.", "b", "c"])
    with pytest.raises(ValueError, match=rf"^X\[10\] is '{bad}'"):
        CountBigramLM(tokenizer=NameTokenizer(max_length=5)).fit(X)


@given(any_names, st.integers(1, 9))
def test_names_of_any_characters_are_counted_exactly(names, n_names):
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_sizes(monkeypatch, names_per_piece=n_names)
        for tokenizer in (NameTokenizer(), NameTokenizer(analyzer=list)):
            counts = count_bigrams(names, tokenizer=tokenizer)
            assert as_counter(counts) == count_by_hand(names)


def test_empty_names_of_a_list_count():
    assert as_counter(count_bigrams(["", "a", ""])) == {(".", "."): 2, (".", "a"): 1, ("a", "."): 1}


@pytest.mark.parametrize("n_symbols", [255, 256, 257, 300, 70_000])
def test_alphabets_of_any_size_are_counted_exactly(n_symbols):
    points = [i for i in range(0x100, 0x100 + n_symbols + 2048) if not 0xD800 <= i < 0xE000]
    text = "".join(map(chr, points[:n_symbols]))
    names = [text[i : i + 7] for i in range(0, n_symbols, 7)] + [text[:3], text[-3:]]
    counts = count_bigrams(names)
    assert len(counts.symbols) == n_symbols + 1
    assert as_counter(counts) == count_by_hand(names)


# Weights


@given(weighted_names, st.integers(1, 9), st.sampled_from(["char", list]))
def test_weighted_names_are_counted_exactly(drawn, n_names, analyzer):
    names, weights, _ = map(list, zip(*drawn, strict=True))
    weights[0] = 1.0  # one at least
    model = CountBigramLM(tokenizer=NameTokenizer(analyzer=analyzer))
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_sizes(monkeypatch, names_per_piece=n_names)
        model.fit(names, sample_weight=weights)
    assert counts_of(model) == count_weighted(names, weights)


def test_thousands_of_symbols_of_weight_zero_are_not_counted():
    many = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))  # too many for a dense table of pairs
    model = CountBigramLM().fit(["ab", many], sample_weight=[1, 0])
    assert counts_of(model) == count_by_hand(["ab"])
    ids = NameTokenizer().fit_transform(["ab", many])
    model = CountBigramLM().fit(ids, sample_weight=[1, 0])
    assert model.counts_.toarray().tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


# Classes


@given(weighted_names, st.integers(1, 9), st.booleans(), st.sampled_from(["char", list]))
def test_the_names_of_each_class_are_counted_exactly(drawn, n_names, is_weighted, analyzer):
    names, weights, y = map(list, zip(*drawn, strict=True))
    y[:3], weights[:3] = [0, 1, 2], [1.0, 1.0, 1.0]  # each class has a name with a weight
    weights = weights if is_weighted else [1.0] * len(names)
    classifier = BigramClassifier(CountBigramLM(tokenizer=NameTokenizer(analyzer=analyzer)))
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_sizes(monkeypatch, names_per_piece=n_names)
        classifier.fit(names, y, sample_weight=weights if is_weighted else None)
    learned = {symbol for pair in count_weighted(names, weights) for symbol in pair} - {"."}
    for label, model in enumerate(classifier.estimators_):
        assert model.symbols_.tolist() == [".", *sorted(learned)]
        own = [weight * (y[i] == label) for i, weight in enumerate(weights)]
        assert counts_of(model) == count_weighted(names, own)


# Token ids

id_rows = st.lists(
    st.tuples(st.lists(st.integers(0, 3), min_size=3, max_size=3), weights, st.integers(0, 1)),
    min_size=2,
    max_size=6,
)


def strip_zeros(row):
    return np.trim_zeros(np.array(row), "b").tolist()


def as_cells(N):
    N = N.tocoo()
    cells = zip(N.row.tolist(), N.col.tolist(), strict=True)
    return Counter(dict(zip(cells, N.data.tolist(), strict=True)))


@given(id_rows, st.booleans())
def test_token_ids_are_counted_exactly(drawn, is_weighted):
    rows, weights, y = map(list, zip(*drawn, strict=True))
    y[:2], weights[:2] = [0, 1], [1.0, 1.0]
    weights = weights if is_weighted else [1.0] * len(rows)
    sample_weight = weights if is_weighted else None
    expected = count_weighted(rows, weights, strip_zeros, 0)
    n_symbols = max(id for pair in expected for id in pair) + 1
    for X in (np.array(rows), sparse.csr_array(np.array(rows))):
        N = CountBigramLM().fit(X, sample_weight=sample_weight).counts_
        assert N.shape == (n_symbols, n_symbols)
        assert N.has_canonical_format
        assert as_cells(N) == expected
        classifier = BigramClassifier(CountBigramLM()).fit(X, y, sample_weight=sample_weight)
        for label, model in enumerate(classifier.estimators_):
            own = [weight * (y[i] == label) for i, weight in enumerate(weights)]
            assert model.counts_.shape == (n_symbols, n_symbols)
            assert as_cells(model.counts_) == count_weighted(rows, own, strip_zeros, 0)


# Bad names

BAD_NAMES = {
    "None": (None, {}, TypeError, "is None: names must be strings"),
    "a number": (7, {}, TypeError, r"is of type int \(7\): names must be strings"),
    "boundary": ("a.b", {}, ValueError, r"is 'a\.b' and holds the boundary symbol"),
    "too long": ("emma", {"max_length": 3}, ValueError, "is 'emma' and has 4 symbols"),
    "boundary word": (
        "a . b",
        {"analyzer": str.split},
        ValueError,
        r"is 'a \. b' and holds the boundary symbol",
    ),
    "None in lower case": (None, {"lowercase": True}, TypeError, "is None"),
}


@pytest.mark.parametrize(("bad", "params", "error", "message"), BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_bad_name_is_named_by_its_index_among_all(bad, params, error, message, monkeypatch):
    tokenizer = NameTokenizer(**params)
    for n_names in (1, 2, 3, 100):
        set_sizes(monkeypatch, names_per_piece=n_names)
        for index in (0, 1, 5, 8):
            names = ["ann"] * 8
            names.insert(index, bad)
            match = rf"^X\[{index}\] {message}"
            for make in (list, iter):
                with pytest.raises(error, match=match):
                    count_bigrams(make(names), tokenizer=tokenizer)
            with pytest.raises(error, match=match):
                CountBigramLM(tokenizer=tokenizer).fit(names)
            with pytest.raises(error, match=match):
                BigramClassifier(CountBigramLM(tokenizer=tokenizer)).fit(names, list("abcabcabc"))


def test_pieces_without_a_single_name_are_named_by_their_index(monkeypatch):
    set_sizes(monkeypatch, names_per_piece=5)
    for source in (["a"] * 5 + [None] * 5, iter(["a"] * 5 + [None] * 5)):
        with pytest.raises(TypeError, match=r"^X\[5\] is None: names must be strings"):
            count_bigrams(source)
