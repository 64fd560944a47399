"""Smoothing, against its formulas in plain Python and against nltk."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from sklearn_bigram.estimation._dirichlet import dirichlet
from sklearn_bigram.estimation._smoothing import (
    absolute,
    additive,
    estimate_discount,
    kneser_ney,
    witten_bell,
)
from tests.helpers import count_by_hand

INTERPOLATED = ["witten-bell", "absolute", "kneser-ney"]
DISCOUNTED = {"absolute": absolute, "kneser-ney": kneser_ney}

every_smoothing = pytest.mark.parametrize("smoothing", ["additive", *INTERPOLATED])
interpolated = pytest.mark.parametrize("smoothing", INTERPOLATED)
discounted = pytest.mark.parametrize("smooth", DISCOUNTED.values(), ids=DISCOUNTED)

square = st.integers(1, 6).map(lambda n: (n, n))
whole_counts = hnp.arrays(np.float64, square, elements=st.sampled_from([0, 0, 0, 1, 1, 2, 3, 40]))
any_counts = hnp.arrays(np.float64, square, elements=st.just(0) | st.floats(1e-3, 50))


def smooth(smoothing, N, parameter):
    """Return S, g and q of a dense array of counts; the parameter is alpha or the discount."""
    N = sparse.csr_array(N)
    if smoothing == "additive":
        return additive(N, parameter)
    if smoothing == "witten-bell":
        return witten_bell(N)
    if smoothing == "dirichlet":
        return dirichlet(N)
    return DISCOUNTED[smoothing](N, parameter)


def dense(S, g, q):
    """Return P as an array."""
    return S.toarray() + np.outer(g, q)


def interpolate(counts, lower, smoothing, discount):
    """Return the distribution that a list of counts and a lower-order distribution make."""
    total, n_types = sum(counts), sum(count > 0 for count in counts)
    if total == 0:
        return lower
    if smoothing == "witten-bell":
        return [
            (count + n_types * q) / (total + n_types)
            for count, q in zip(counts, lower, strict=True)
        ]
    freed = sum(min(count, discount) for count in counts)
    return [
        max(count - discount, 0) / total + freed / total * q
        for count, q in zip(counts, lower, strict=True)
    ]


def by_the_book(N, smoothing, parameter):
    """Return P as an array, by the formulas of the literature."""
    rows, V = N.tolist(), len(N)
    if smoothing == "additive":
        totals = [sum(row) + parameter * V for row in rows]
        return np.array(
            [
                [(count + parameter) / total if total else 1 / V for count in row]
                for row, total in zip(rows, totals, strict=True)
            ]
        )
    columns = list(zip(*rows, strict=True))
    if smoothing == "kneser-ney":
        lower = [sum(count > 0 for count in column) for column in columns]
    else:
        lower = [sum(column) for column in columns]
    q = interpolate(lower, [1 / V] * V, smoothing, parameter)
    return np.array([interpolate(row, q, smoothing, parameter) for row in rows])


@every_smoothing
@given(N=whole_counts | any_counts, parameter=st.sampled_from([0, 0.3, 1]) | st.floats(0, 1))
def test_probabilities_are_those_of_the_literature(smoothing, N, parameter):
    before = N.copy()
    S, g, q = smooth(smoothing, N, parameter)
    assert_allclose(dense(S, g, q), by_the_book(N, smoothing, parameter), rtol=1e-12, atol=1e-15)
    assert_allclose(dense(S, g, q).sum(axis=1), 1, rtol=1e-12)
    assert_allclose(q.sum(), 1, rtol=1e-12)
    assert_array_equal(g[N.sum(axis=1) == 0], 1)  # a row without counts is q
    assert_array_equal(N, before)


@pytest.mark.parametrize("smoothing", ["additive", *INTERPOLATED, "dirichlet"])
def test_s_has_the_cells_of_the_counts(smoothing):
    N = sparse.csr_array([[0, 3, 1.0], [0, 0, 0], [2, 0, 0]])
    before = N.copy()
    S, g, q = smooth(smoothing, N, 0.5)
    assert isinstance(S, sparse.csr_array)
    assert S.dtype == g.dtype == q.dtype == np.float64
    assert g.shape == q.shape == (3,)
    for array, expected in ((S.indices, N.indices), (S.indptr, N.indptr)):
        assert_array_equal(array, expected)
    for attribute in ("data", "indices", "indptr"):
        assert_array_equal(getattr(N, attribute), getattr(before, attribute))


@pytest.mark.parametrize("alpha", [1e-300, 1e300, 1e308, np.finfo(float).max])
def test_alpha_may_be_as_small_or_large_as_a_float(alpha):
    P = dense(*smooth("additive", np.array([[0, 4.0], [0, 0]]), alpha))
    share = 4 / (4 + 2 * alpha) if alpha < 1 else 0.0
    expected = [[0.5 - share / 2, 0.5 + share / 2], [0.5, 0.5]]
    assert_allclose(P, expected, rtol=1e-15, atol=1e-299)
    assert alpha > 1 or P[0, 0] == pytest.approx(alpha / 4)


def test_witten_bell_by_hand():
    # q: next symbols 0, 1, 2 are seen 2, 3 and 1 times, so each distinct one frees one count.
    P = dense(*smooth("witten-bell", np.array([[0, 3.0, 1], [0, 0, 0], [2, 0, 0]]), None))
    q = np.array([2 + 3 / 3, 3 + 3 / 3, 1 + 3 / 3]) / (6 + 3)
    assert_allclose(P[0], (np.array([0, 3, 1]) + 2 * q) / (4 + 2))
    assert_allclose(P[1], q)
    assert_allclose(P[2], (np.array([2, 0, 0]) + 1 * q) / (2 + 1))


def test_kneser_ney_counts_distinct_predecessors_in_its_lower_order():
    # Symbol 1 is frequent, but only after symbol 0; symbol 2 follows each symbol once.
    N = np.array([[0, 9, 1], [0, 0, 1], [0, 0, 1.0]])
    *_, q = smooth("absolute", N, 0.5)
    assert_allclose(q, (np.array([0, 8.5, 2.5]) + 1 / 3) / 12)
    *_, q = smooth("kneser-ney", N, 0.5)
    assert_allclose(q, (np.array([0, 0.5, 2.5]) + 1 / 3) / 4)


@discounted
def test_a_discount_of_zero_is_no_smoothing(smooth):
    N = sparse.csr_array([[0, 3.0, 1], [4, 0, 0], [0, 0, 0.5]])
    S, g, _ = smooth(N, 0)
    assert_array_equal(g, 0)
    assert_allclose(S.toarray(), N.toarray() / N.toarray().sum(axis=1, keepdims=True))


@discounted
def test_a_discount_of_one_leaves_nothing_of_counts_of_one(smooth):
    N = sparse.csr_array([[0, 1.0, 0], [0, 0, 1], [1, 0, 0]])
    S, g, q = smooth(N, 1)
    assert_array_equal(S.toarray(), 0)
    assert_array_equal(g, 1)
    assert_allclose(q, 1 / 3)


@pytest.mark.parametrize(
    ("counts", "discount"),
    [
        ([1, 1, 1, 2, 3, 10], 3 / 5),
        ([1, 2], 1 / 3),
        ([0.5, 1, 1.25, 2, 2.5], 2 / 6),  # two are at most 1, and two more are at most 2
        ([1, 1, 3], 0.5),
        ([2, 3], 0.5),
        ([1e-9, 0.3], 0.5),
        ([0, 0, 1, 2], 1 / 3),
        ([3, 4], 0.5),
    ],
)
def test_the_discount_is_estimated_from_the_counts_of_one_and_two(counts, discount):
    N = sparse.csr_array((counts, range(len(counts)), [0, len(counts)]))
    found = estimate_discount(N)
    assert found == pytest.approx(discount)
    assert type(found) is float


def nltk_model(smoothing, discount, vocabulary, bigrams):
    """Return nltk's model of these bigrams.

    nltk pads with `<s>` and counts it as a unigram; here the boundary is one symbol, and it is
    the next symbol at the end only, so nltk gets unigrams of next symbols, and no padding. Its
    vocabulary holds `<UNK>` besides, which changes the probabilities of Lidstone's formula only.
    """
    lm = pytest.importorskip("nltk.lm")
    model = {
        "additive": lambda: lm.Lidstone(0.5, 2),
        "witten-bell": lambda: lm.WittenBellInterpolated(2),
        "absolute": lambda: lm.AbsoluteDiscountingInterpolated(2, discount=discount),
        "kneser-ney": lambda: lm.KneserNeyInterpolated(2, discount=discount),
    }[smoothing]()
    model.fit([[*bigrams, *((second,) for _, second in bigrams)]], vocabulary_text=vocabulary)
    return model


@pytest.fixture(scope="module")
def bigrams(names):
    return [pair for name in names[::40] for pair in pairwise(f".{name}.")]


@pytest.fixture(scope="module")
def symbols(bigrams):
    return sorted({symbol for bigram in bigrams for symbol in bigram})


@pytest.fixture(scope="module")
def name_counts(names, symbols):
    counter = count_by_hand(names[::40])
    return np.array([[counter[a, b] for b in symbols] for a in symbols], dtype=float)


def test_additive_smoothing_is_that_of_nltk(name_counts, symbols, bigrams):
    theirs = nltk_model("additive", None, symbols, bigrams)
    P = dense(
        *smooth("additive", np.pad(name_counts, (0, 1)), 0.5)
    )  # with a row and a column for <UNK>
    expected = [[theirs.score(b, [a]) for b in [*symbols, "<UNK>"]] for a in [*symbols, "<UNK>"]]
    assert_allclose(P, expected, rtol=1e-12)


@interpolated
def test_interpolated_smoothing_is_that_of_nltk(smoothing, name_counts, symbols, bigrams):
    discount = estimate_discount(sparse.csr_array(name_counts))
    theirs = nltk_model(smoothing, discount, symbols, bigrams)
    # nltk does not smooth the unigrams. Here they are smoothed, as nltk smooths the row of one
    # context.
    lower = bigrams if smoothing != "kneser-ney" else sorted(set(bigrams))
    unigrams = [(".", second) for _, second in lower]
    lowest = nltk_model(smoothing, discount, symbols, unigrams).estimator
    q = []
    for symbol in symbols:
        share, backoff = lowest.alpha_gamma(symbol, (".",))
        q.append(share + backoff / len(symbols))
    parts = np.array([[theirs.estimator.alpha_gamma(b, (a,)) for b in symbols] for a in symbols])
    P = dense(*smooth(smoothing, name_counts, discount))
    assert_allclose(P, parts[..., 0] + parts[..., 1] * q, rtol=1e-12)
    # To smooth the unigrams makes no great difference.
    assert_allclose(P, [[theirs.score(b, [a]) for b in symbols] for a in symbols], atol=2e-3)


@pytest.mark.parametrize("smoothing", ["additive", *INTERPOLATED, "dirichlet"])
def test_memory_of_many_symbols_is_that_of_their_bigrams(smoothing):
    V = 20_000
    successors = np.random.default_rng(0).integers(V, size=(5, V)).ravel()
    rows = np.tile(np.arange(V), 5)
    N = sparse.csr_array((np.ones(5 * V), (rows, successors)), shape=(V, V))
    tracemalloc.start()
    try:
        S, g, q = smooth(smoothing, N, 0.75)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert S.nnz == N.nnz
    assert_allclose(S.sum(axis=1) + g * q.sum(), 1)
    assert peak < 50e6  # a table of all pairs takes 3,200 MB
