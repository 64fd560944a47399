import numpy as np
import pytest
from scipy import sparse

from sklearn_bigram import CountBigramLM


def stationary(P):
    """Return the stationary distribution of an irreducible chain."""
    n = len(P)
    A = np.vstack([P.T - np.eye(n), np.ones(n)])
    return np.linalg.lstsq(A, np.append(np.zeros(n), 1.0), rcond=None)[0]


def test_counts_of_the_lecture(lecture_names, lecture_counts):
    model = CountBigramLM().fit(lecture_names)
    assert "".join(model.symbols_) == ".abcdefghijklmnopqrstuvwxyz"
    assert isinstance(model.counts_, sparse.csr_array)
    np.testing.assert_array_equal(model.counts_.toarray(), lecture_counts)
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


@pytest.mark.parametrize("alpha", [0, 1e-300, 1e-3, 1, 7.5, 1e300])
def test_probabilities_are_smoothed_relative_frequencies(lecture_names, lecture_counts, alpha):
    P = CountBigramLM(alpha=alpha).fit(lecture_names).predict_proba([*".abcxyz"[1:], ""])
    N = lecture_counts[[1, 2, 3, 24, 25, 26, 0]] / (1 + alpha)
    share = alpha / (1 + alpha)
    expected = (N + share) / (N + share).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(P, expected, rtol=1e-13)
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-13)


@pytest.mark.parametrize("alpha", [1e308, np.finfo(float).max])
def test_huge_alpha_is_uniform(alpha):
    P = CountBigramLM(alpha=alpha).fit(["emma"]).predict_proba(["", "m"])
    np.testing.assert_allclose(P, 0.25)


def test_expected_length_and_entropy_are_those_of_the_data(lecture_names):
    model = CountBigramLM(alpha=0).fit(lecture_names)
    P = model.predict_proba(["", *model.symbols_[1:]])
    pi = stationary(P)
    # The chain is back at the boundary after 1 / pi[0] steps on average (Kac), the end included.
    mean_length = np.mean([len(name) for name in lecture_names])
    assert 1 / pi[0] - 1 == pytest.approx(mean_length, abs=1e-10)
    log_p = np.log(P, where=P > 0, out=np.zeros_like(P))
    entropy = -np.sum(pi[:, None] * P * log_p)
    assert entropy == pytest.approx(-model.score(lecture_names), abs=1e-10)


def test_unseen_bigram_is_impossible_without_smoothing():
    model = CountBigramLM(alpha=0).fit(["ab", "ba"])
    log_likelihood = model.score_samples(["ab", "aa", "ba"])
    np.testing.assert_allclose(log_likelihood, [np.log(1 / 8), -np.inf, np.log(1 / 8)])
    assert model.score(["ab", "aa"]) == -np.inf
    assert model.perplexity(["aa"]) == np.inf
    assert model.predict_log_proba(["a"]).tolist() == [[np.log(0.5), -np.inf, np.log(0.5)]]
    weighted = model.score(["ab", "aa"], sample_weight=[2, 0])
    assert weighted == pytest.approx(np.log(1 / 8) / 3)


@pytest.mark.parametrize("alpha", [0, 2.5])
def test_row_without_counts_is_uniform(alpha):
    # Id 1 never occurs, so it has neither a row nor a column of counts.
    model = CountBigramLM(alpha=alpha).fit([[2, 3], [3, 0]])
    np.testing.assert_allclose(model.predict_proba([[1, 0]]), np.full((1, 4), 0.25))


def test_symbols_seen_only_with_weight_zero_are_not_learned():
    model = CountBigramLM().fit(["emma", "zoë", "ava"], sample_weight=[1, 0, 2])
    assert model.symbols_.tolist() == [".", "a", "e", "m", "v"]
    assert model.counts_.sum() == 5 + 2 * 4
    ids = CountBigramLM().fit([[1, 2], [1, 9]], sample_weight=[1, 0])
    assert ids.symbols_.tolist() == [0, 1, 2]


def test_fractional_weights_count_in_fractions():
    model = CountBigramLM(alpha=0).fit(["a", "b"], sample_weight=[0.25, 0.75])
    np.testing.assert_allclose(model.predict_proba([""]), [[0, 0.25, 0.75]])


def test_many_symbols_agree_with_few(lecture_names):
    """Above 1,024 symbols no table of P is kept; what it says must not change."""
    few = [name for name in lecture_names if len(name) < 5]
    wide = CountBigramLM(alpha=1).fit([*few, "".join(map(chr, range(0x4E00, 0x5300)))])
    V = len(wide.symbols_)
    assert V > 1024
    counts = wide.counts_.toarray()
    P = (counts + 1) / (counts.sum(axis=1, keepdims=True) + V)
    names = ["emma", "ava", "qqq", "", "一丁", "丁一a"]
    code = {symbol: i for i, symbol in enumerate(wide.symbols_)}
    expected = []
    for name in names:
        ids = [code[symbol] for symbol in f".{name}."]
        expected.append(np.log(P[ids[:-1], ids[1:]]).sum())
    np.testing.assert_allclose(wide.score_samples(names), expected, rtol=1e-13)
    np.testing.assert_allclose(wide.predict_proba(["a", "一"]), P[[code["a"], code["一"]]])
    np.testing.assert_allclose(wide.predict_log_proba(["a"])[0], np.log(P[code["a"]]))
    assert wide.predict(["一"]).tolist() == ["丁"]
