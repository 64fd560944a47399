"""Interpolated smoothing, against nltk and against its formulas in plain Python."""

import tracemalloc
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.model_selection import GridSearchCV, KFold

from sklearn_bigram import BigramCounts, CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.estimation import _smoothing

INTERPOLATED = ["witten-bell", "absolute", "kneser-ney"]
LETTERS = NameTokenizer(alphabet="abcdefghijklmnopqrstuvwxyz")

every_smoothing = pytest.mark.parametrize("smoothing", ["additive", *INTERPOLATED])
interpolated = pytest.mark.parametrize("smoothing", INTERPOLATED)


def bigrams_of(names):
    return [pair for name in names for pair in pairwise(f".{name}.")]


def interpolate(counts, lower, smoothing, discount):
    """Return the distribution made of a dict of counts and a lower-order dict, by the book."""
    total, types = sum(counts.values()), len(counts)
    if total == 0:
        return lower
    if smoothing == "witten-bell":
        return {
            symbol: (counts.get(symbol, 0) + types * q) / (total + types)
            for symbol, q in lower.items()
        }
    taken = sum(min(count, discount) for count in counts.values())
    return {
        symbol: max(counts.get(symbol, 0) - discount, 0) / total + taken / total * q
        for symbol, q in lower.items()
    }


def by_the_book(counts, symbols, smoothing, discount):
    """Return P as an array, of a dict of the counts of bigrams."""
    lower = Counter()
    for (_, symbol), count in counts.items():
        lower[symbol] += 1 if smoothing == "kneser-ney" else count
    uniform = dict.fromkeys(symbols, 1 / len(symbols))
    q = interpolate(lower, uniform, smoothing, discount)
    rows = []
    for context in symbols:
        row = {symbol: count for (first, symbol), count in counts.items() if first == context}
        row = interpolate(row, q, smoothing, discount)
        rows.append([row[symbol] for symbol in symbols])
    return np.array(rows)


def proba(model):
    """Return P of a model of names."""
    return model.predict_proba(["", *model.symbols_[1:]])


@interpolated
@given(
    names=st.lists(st.text("abcd", max_size=8), min_size=1),
    discount=st.none() | st.sampled_from([0, 0.3, 1]) | st.floats(0, 1),
)
def test_probabilities_are_those_of_the_book(smoothing, names, discount):
    tokenizer = NameTokenizer(alphabet="abcdef")  # two symbols are never seen
    model = CountBigramLM(smoothing=smoothing, discount=discount, tokenizer=tokenizer).fit(names)
    counts = Counter(bigrams_of(names))
    expected = by_the_book(counts, ".abcdef", smoothing, model.discount_)
    P = proba(model)
    np.testing.assert_allclose(P, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(P[5], P[6])  # rows without counts are both q


@interpolated
@given(
    weights=st.lists(st.floats(1e-3, 5), min_size=3, max_size=3),
    discount=st.none() | st.floats(0.05, 1),
)
def test_weighted_probabilities_are_those_of_the_book(smoothing, weights, discount):
    names = ["abba", "cab", ""]
    counts = Counter()
    for name, weight in zip(names, weights, strict=True):
        for pair in bigrams_of([name]):
            counts[pair] += weight
    model = CountBigramLM(smoothing=smoothing, discount=discount)
    P = proba(model.fit(names, sample_weight=weights))
    expected = by_the_book(counts, ".abc", smoothing, model.discount_)
    np.testing.assert_allclose(P, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-12)


def of_nltk(smoothing, discount, vocabulary, bigrams):
    """Return nltk's model of these bigrams.

    nltk pads with `<s>` and counts it as a unigram; here the boundary is one symbol, and it is
    the next symbol at the end only, so nltk gets unigrams of next symbols, and no padding. Its
    vocabulary holds `<UNK>` besides, which only Lidstone's formula feels.
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


def test_additive_smoothing_is_that_of_nltk(names):
    names = names[::20]
    tokenizer = NameTokenizer(handle_unknown="use_unknown")
    model = CountBigramLM(alpha=0.5, tokenizer=tokenizer).fit(names)
    known = [".", *model.symbols_[2:]]
    theirs = of_nltk("additive", None, known, bigrams_of(names))
    symbols = [".", "<UNK>", *model.symbols_[2:]]
    expected = [[theirs.score(b, [a]) for b in symbols] for a in symbols]
    np.testing.assert_allclose(proba(model), expected, rtol=1e-12)


@interpolated
def test_interpolated_smoothing_is_that_of_nltk(smoothing, names):
    names = names[::20]
    model = CountBigramLM(smoothing=smoothing).fit(names)
    discount = model.discount_
    symbols, bigrams = model.symbols_.tolist(), bigrams_of(names)
    theirs = of_nltk(smoothing, discount, symbols, bigrams)
    # nltk leaves the unigrams as they are; here they are smoothed once more, as nltk does it
    # in the row of one context.
    lower = bigrams if smoothing != "kneser-ney" else sorted(set(bigrams))
    unigrams = [(".", second) for _, second in lower]
    lowest = of_nltk(smoothing, discount, symbols, unigrams).estimator
    q = []
    for symbol in symbols:
        share, backoff = lowest.alpha_gamma(symbol, (".",))
        q.append(share + backoff / len(symbols))
    parts = np.array([[theirs.estimator.alpha_gamma(b, (a,)) for b in symbols] for a in symbols])
    np.testing.assert_allclose(proba(model), parts[..., 0] + parts[..., 1] * q, rtol=1e-12)
    # That once more makes no great difference.
    expected = [[theirs.score(b, [a]) for b in symbols] for a in symbols]
    np.testing.assert_allclose(proba(model), expected, atol=1e-3)


@interpolated
def test_a_symbol_never_seen_keeps_a_probability(smoothing):
    model = CountBigramLM(smoothing=smoothing, tokenizer=LETTERS).fit(["emma", "ava"])
    assert np.isfinite(model.score_samples(["qqqq", "emma", "", "zv"])).all()
    assert model.score_samples(["zv"]) < model.score_samples(["mv"])
    assert proba(model).min() > 0


@pytest.mark.parametrize("smoothing", ["absolute", "kneser-ney"])
def test_no_discount_is_no_smoothing(smoothing, names):
    model = CountBigramLM(smoothing=smoothing, discount=0).fit(names)
    unsmoothed = CountBigramLM(alpha=0).fit(names)
    np.testing.assert_allclose(proba(model), proba(unsmoothed), rtol=1e-13)


@pytest.mark.parametrize("smoothing", ["absolute", "kneser-ney"])
def test_a_whole_discount_leaves_nothing_of_what_was_seen_once(smoothing):
    model = CountBigramLM(smoothing=smoothing, discount=1).fit(["ab"])
    np.testing.assert_allclose(proba(model), np.full((3, 3), 1 / 3))
    assert len(model.sample(10, random_state=0)) == 10


def test_kneser_ney_does_not_count_on_a_symbol_that_follows_one_only():
    # u is the most frequent letter, but only after q: after x, which is new, it is not likely.
    names = ["quqququ", "quququ", "ab", "cb", "db"]
    tokenizer = NameTokenizer(alphabet="abcdqux")
    models = [
        CountBigramLM(smoothing=smoothing, tokenizer=tokenizer).fit(names)
        for smoothing in ("absolute", "kneser-ney")
    ]
    b, u = (models[0].symbols_.tolist().index(symbol) for symbol in "bu")
    (absolute,), (kneser_ney,) = (model.predict_proba(["x"]) for model in models)
    assert absolute[u] > absolute[b]
    assert kneser_ney[u] < kneser_ney[b]


@pytest.mark.parametrize(
    ("counts", "discount"),
    [
        ([1, 1, 1, 2, 3, 10], 3 / 5),
        ([1, 2], 1 / 3),
        ([0.5, 1, 1.25, 2, 2.5], 2 / 6),  # up to one, up to two, and more
        ([1, 1, 3], 0.5),
        ([2, 3], 0.5),
        ([1e-9, 0.3], 0.5),
        ([0, 0, 1, 2], 1 / 3),
    ],
)
def test_discount_is_estimated_from_the_counts_of_counts(counts, discount):
    N = sparse.csr_array((counts, range(len(counts)), [0, len(counts)]))
    assert _smoothing.estimate_discount(N) == pytest.approx(discount)


def test_discount_is_known_after_the_fit(names):
    model = CountBigramLM(smoothing="kneser-ney").fit(names)
    n1, n2 = (np.count_nonzero(model.counts_.data == count) for count in (1, 2))
    assert model.discount_ == n1 / (n1 + 2 * n2)
    assert type(model.discount_) is float
    assert model.set_params(discount=1).fit(names).discount_ == 1.0
    assert model.set_params(smoothing="witten-bell").fit(names).discount_ is None


def test_parameters_that_a_smoothing_does_not_use_change_nothing(names):
    for smoothing, parameters in [
        ("additive", {"discount": 0.1}),
        ("witten-bell", {"discount": 0.1, "alpha": 3}),
        ("kneser-ney", {"alpha": 3}),
    ]:
        model = CountBigramLM(smoothing=smoothing)
        P = proba(model.fit(names))
        np.testing.assert_array_equal(proba(model.set_params(**parameters).fit(names)), P)


@every_smoothing
def test_a_fit_leaves_the_counts_as_they_are(smoothing, names):
    counts = CountBigramLM().fit(names[:50]).counts_
    before = counts.copy()
    CountBigramLM(smoothing=smoothing, discount=1).fit(
        BigramCounts(CountBigramLM().fit(names[:50]).symbols_, counts)
    )
    for attribute in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(counts, attribute), getattr(before, attribute))


def test_grid_search_chooses_a_smoothing(names):
    grid = [
        {"alpha": [0.1, 1, 100]},
        {"smoothing": ["witten-bell"]},
        {"smoothing": ["absolute", "kneser-ney"], "discount": [None, 0.9]},
    ]
    folds = KFold(4, shuffle=True, random_state=0)
    search = GridSearchCV(CountBigramLM(tokenizer=LETTERS), grid, cv=folds).fit(names[::40])
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    assert search.best_score_ == scores.max() > scores[:3].max()  # few names: it is worth it
    assert "smoothing" in search.best_params_


@pytest.mark.parametrize("n_symbols", [10, 1100])  # with a table of P, and without
def test_a_discount_that_leaves_nothing_can_be_scored_and_sampled(n_symbols):
    name = "".join(map(chr, range(0x4E00, 0x4E00 + n_symbols - 1)))
    model = CountBigramLM(smoothing="absolute", discount=1).fit([name])
    assert model.score([name, "", name[::-1]]) == pytest.approx(-np.log(n_symbols))
    lengths = [len(drawn) for drawn in model.sample(1000, random_state=0)]
    assert np.mean(lengths) == pytest.approx(n_symbols - 1, rel=0.2)


@every_smoothing
def test_memory_of_many_symbols_is_that_of_their_bigrams(smoothing):
    V = 20_000
    successors = np.random.default_rng(0).integers(V, size=(5, V)).ravel()
    N = sparse.csr_array((np.ones(5 * V), (np.tile(np.arange(V), 5), successors)), shape=(V, V))
    counts = BigramCounts([".", *map(chr, range(0x4E00, 0x4E00 + V - 1))], N)
    model = CountBigramLM(smoothing=smoothing)
    tracemalloc.start()
    try:
        model.fit(counts)
        assert -np.log(V) < model.score(counts) < 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50e6  # a table of all pairs takes 3,200 MB


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            CountBigramLM(smoothing="laplace"),
            "'smoothing' parameter of CountBigramLM must be a str",
        ),
        (CountBigramLM(discount=1.5), "'discount' parameter of CountBigramLM must be a float in"),
        (CountBigramLM(discount=-0.1), "'discount' parameter of CountBigramLM must be a float in"),
        (CountBigramLM(alpha=10**400), "'alpha' parameter of CountBigramLM must be a float in"),
        (NeuralBigramLM(reg=10**400), "'reg' parameter of NeuralBigramLM must be a float in"),
    ],
)
def test_parameters_outside_their_range_are_refused(model, message):
    with pytest.raises(ValueError, match=message):
        model.fit(["emma"])
