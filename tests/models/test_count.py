"""CountBigramLM: the figures of the lecture, and what its parameters do."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.model_selection import GridSearchCV, KFold

from sklearn_bigram import BigramCounts, CountBigramLM, NameTokenizer
from sklearn_bigram.estimation._dirichlet import dirichlet
from sklearn_bigram.estimation._smoothing import absolute, kneser_ney, witten_bell

LETTERS = NameTokenizer(alphabet="abcdefghijklmnopqrstuvwxyz")
SMOOTHINGS = ["additive", "witten-bell", "absolute", "kneser-ney", "dirichlet"]


def stationary(P):
    """Return the stationary distribution of an irreducible chain."""
    n = len(P)
    A = np.vstack([P.T - np.eye(n), np.ones(n)])
    return np.linalg.lstsq(A, np.append(np.zeros(n), 1.0), rcond=None)[0]


def proba(model):
    """Return P of a model of names."""
    return model.predict_proba(["", *model.symbols_[1:]])


# The lecture


def test_counts_of_the_lecture(lecture_names, lecture_counts):
    model = CountBigramLM().fit(lecture_names)
    assert "".join(model.symbols_) == ".abcdefghijklmnopqrstuvwxyz"
    assert isinstance(model.counts_, sparse.csr_array)
    assert_array_equal(model.counts_.toarray(), lecture_counts)
    assert model.counts_.sum() == 228_146
    assert model.counts_.nnz == 627
    id_of = {symbol: i for i, symbol in enumerate(model.symbols_)}
    counts = [model.counts_[id_of[a], id_of[b]] for a, b in (".e", "n.", "a.", "an")]
    assert counts == [1531, 6763, 6640, 5438]


@pytest.mark.parametrize(("alpha", "mean_nll"), [(0, 2.4540144891548743), (1, 2.454576820115704)])
def test_mean_nll_of_the_lecture(lecture_names, alpha, mean_nll):
    model = CountBigramLM(alpha=alpha).fit(lecture_names)
    assert model.score(lecture_names) == pytest.approx(-mean_nll, abs=1e-12)
    assert model.perplexity(lecture_names) == pytest.approx(np.exp(mean_nll), abs=1e-11)


def test_expected_length_and_entropy_without_smoothing_are_those_of_the_names(lecture_names):
    model = CountBigramLM(alpha=0).fit(lecture_names)
    P = proba(model)
    pi = stationary(P)
    # The chain is back at the boundary after 1 / pi[0] steps on average (Kac), the end included.
    mean_length = np.mean([len(name) for name in lecture_names])
    assert 1 / pi[0] - 1 == pytest.approx(mean_length, abs=1e-10)
    log_p = np.log(P, where=P > 0, out=np.zeros_like(P))
    entropy = -np.sum(pi[:, None] * P * log_p)
    assert entropy == pytest.approx(-model.score(lecture_names), abs=1e-10)


# Additive smoothing


@pytest.mark.parametrize("alpha", [0, 1e-300, 1e-3, 1, 7.5, 1e300])
def test_probabilities_are_smoothed_relative_frequencies(lecture_counts, alpha):
    counts = BigramCounts(".abcdefghijklmnopqrstuvwxyz", lecture_counts)
    P = proba(CountBigramLM(alpha=alpha).fit(counts))
    N, share = lecture_counts / (1 + alpha), alpha / (1 + alpha)
    assert_allclose(P, (N + share) / (N + share).sum(axis=1, keepdims=True), rtol=1e-13)
    assert_allclose(P.sum(axis=1), 1, rtol=1e-13)


def test_the_largest_alpha_is_uniform():
    model = CountBigramLM(alpha=np.finfo(float).max).fit(["emma"])
    assert_allclose(model.predict_proba(["", "m"]), 0.25)
    assert_allclose(CountBigramLM(alpha=10**300).fit(["emma"]).predict_proba([""]), 0.25)


def test_an_unseen_bigram_is_impossible_without_smoothing():
    model = CountBigramLM(alpha=0).fit(["ab", "ba"])
    log_likelihood = model.score_samples(["ab", "aa", "ba"])
    assert_allclose(log_likelihood, [np.log(1 / 8), -np.inf, np.log(1 / 8)])
    assert model.score(["ab", "aa"]) == -np.inf
    assert model.perplexity(["aa"]) == np.inf
    assert model.predict_log_proba(["a"]).tolist() == [[np.log(0.5), -np.inf, np.log(0.5)]]


def test_a_row_without_counts_is_uniform():
    for alpha in (0, 2.5):
        # Id 1 never occurs, so it has neither a row nor a column of counts.
        model = CountBigramLM(alpha=alpha).fit([[2, 3], [3, 0]])
        assert_allclose(model.predict_proba([[1, 0]]), np.full((1, 4), 0.25))


def test_many_symbols_agree_with_few(names):
    """Above 1,024 symbols no table of P is kept; answers must not change."""
    few = [name for name in names if len(name) < 5]
    wide = CountBigramLM().fit([*few, "".join(map(chr, range(0x4E00, 0x5300)))])
    V = len(wide.symbols_)
    assert V > 1024
    counts = wide.counts_.toarray()
    P = (counts + 1) / (counts.sum(axis=1, keepdims=True) + V)
    scored = ["emma", "ava", "qqq", "", "一丁", "丁一a"]
    code = {symbol: i for i, symbol in enumerate(wide.symbols_)}
    expected = []
    for name in scored:
        ids = [code[symbol] for symbol in f".{name}."]
        expected.append(np.log(P[ids[:-1], ids[1:]]).sum())
    assert_allclose(wide.score_samples(scored), expected, rtol=1e-13)
    assert_allclose(wide.predict_proba(["a", "一"]), P[[code["a"], code["一"]]])
    assert_allclose(wide.predict_log_proba(["a"])[0], np.log(P[code["a"]]))
    assert wide.predict(["一"]).tolist() == ["丁"]


# The other kinds of smoothing


@pytest.mark.parametrize("discount", [None, 0, 0.3, 1])
def test_each_smoothing_is_that_of_its_function(discount, names):
    for smoothing in SMOOTHINGS[1:]:
        model = CountBigramLM(smoothing=smoothing, discount=discount).fit(names[:300])
        N, D = model.counts_, model.discount_
        S, g, q = {
            "witten-bell": lambda N, D: witten_bell(N),
            "absolute": absolute,
            "kneser-ney": kneser_ney,
            "dirichlet": lambda N, D: dirichlet(N),
        }[smoothing](N, D)
        assert_allclose(proba(model), S.toarray() + np.outer(g, q), rtol=1e-13, atol=1e-16)


def test_the_discount_is_known_after_the_fit(names):
    model = CountBigramLM(smoothing="kneser-ney").fit(names)
    n1, n2 = (np.count_nonzero(model.counts_.data == count) for count in (1, 2))
    assert model.discount_ == n1 / (n1 + 2 * n2)
    for discount in (0, 1):
        model.set_params(discount=discount).fit(names)
        assert model.discount_ == discount
        assert type(model.discount_) is float
    assert CountBigramLM(smoothing="absolute").fit(names).discount_ == n1 / (n1 + 2 * n2)
    assert model.set_params(smoothing="witten-bell").fit(names).discount_ is None
    assert model.set_params(smoothing="dirichlet").fit(names).discount_ is None
    assert model.set_params(smoothing="additive").fit(names).discount_ is None


def test_a_parameter_that_a_smoothing_does_not_use_changes_nothing():
    names = ["emma", "olivia", "ava"]
    for smoothing, parameters in (
        ("additive", {"discount": 0.1}),
        ("witten-bell", {"discount": 0.1, "alpha": 3}),
        ("kneser-ney", {"alpha": 3}),
        ("dirichlet", {"discount": 0.1, "alpha": 3}),
    ):
        model = CountBigramLM(smoothing=smoothing)
        P = proba(model.fit(names))
        assert_array_equal(proba(model.set_params(**parameters).fit(names)), P)


def test_a_symbol_never_seen_keeps_a_probability():
    for smoothing in SMOOTHINGS[1:]:
        model = CountBigramLM(smoothing=smoothing, tokenizer=LETTERS).fit(["emma", "ava"])
        assert np.isfinite(model.score_samples(["qqqq", "emma", "", "zv"])).all()
        assert model.score_samples(["zv"]) < model.score_samples(["mv"])
        assert proba(model).min() > 0


def test_a_fit_leaves_given_counts_as_they_are():
    symbols, N = [".", "a", "b"], sparse.csr_array([[0, 2, 1.0], [1, 0, 2], [2, 1, 0]])
    before = N.copy()
    for smoothing in SMOOTHINGS:
        CountBigramLM(smoothing=smoothing, discount=1).fit(BigramCounts(symbols, N))
        for attribute in ("data", "indices", "indptr"):
            assert_array_equal(getattr(N, attribute), getattr(before, attribute))


def test_grid_search_chooses_a_smoothing(names):
    grid = [
        {"alpha": [0.1, 1, 100]},
        {"smoothing": ["witten-bell", "dirichlet"]},
        {"smoothing": ["absolute", "kneser-ney"], "discount": [None, 0.9]},
    ]
    folds = KFold(4, shuffle=True, random_state=0)
    search = GridSearchCV(CountBigramLM(tokenizer=LETTERS), grid, cv=folds).fit(names[::40])
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    assert search.best_score_ == scores.max() > scores[:3].max()  # names are few, so it matters
    assert "smoothing" in search.best_params_


@pytest.mark.parametrize("n_symbols", [10, 1100])  # with a table of P, and without
def test_a_discount_that_leaves_nothing_can_be_scored_and_sampled(n_symbols):
    name = "".join(map(chr, range(0x4E00, 0x4E00 + n_symbols - 1)))
    model = CountBigramLM(smoothing="absolute", discount=1).fit([name])
    assert model.score([name, "", name[::-1]]) == pytest.approx(-np.log(n_symbols))
    lengths = [len(drawn) for drawn in model.sample(300, random_state=0)]
    assert np.mean(lengths) == pytest.approx(n_symbols - 1, rel=0.3)
