"""The models' descriptions of their distribution over names."""

import pickle
import tracemalloc
from itertools import product

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.markov import _absorbing

MODELS = [CountBigramLM(alpha=0), NeuralBigramLM(reg=0.1)]


@pytest.fixture(scope="module")
def fitted(names):
    return CountBigramLM().fit(names)


class TestModels:
    def test_the_maximum_likelihood_has_the_lengths_of_the_names(self, names):
        model = CountBigramLM(alpha=0).fit(names)
        assert model.expected_length() == pytest.approx(np.mean([len(name) for name in names]))
        assert model.entropy_rate() == pytest.approx(-model.score(names), rel=1e-12)

    def test_the_entropy_rate_is_the_entropy_per_bigram(self, fitted):
        n_bigrams = fitted.expected_length() + 1
        assert fitted.entropy_rate() == pytest.approx(fitted.entropy() / n_bigrams)

    def test_the_divergence_is_the_cost_of_the_wrong_model(self, names):
        model, other = CountBigramLM(alpha=0).fit(names), NeuralBigramLM().fit(names)
        n_bigrams = model.expected_length() + 1
        cost = n_bigrams * (model.score(names) - other.score(names))
        assert model.kl_divergence(other) == pytest.approx(cost, rel=1e-10)
        assert other.kl_divergence(model) == np.inf

    @pytest.mark.parametrize("model", MODELS, ids=str)
    def test_samples_have_these_statistics(self, model, names):
        model = clone(model).fit(names)
        drawn = model.sample(20_000, random_state=0).tolist()
        lengths = np.array([len(name) for name in drawn])
        error = lengths.std() / np.sqrt(len(drawn))
        assert model.expected_length() == pytest.approx(lengths.mean(), abs=4 * error)
        log_p = model.score_samples(drawn)
        error = log_p.std() / np.sqrt(len(drawn))
        assert model.entropy() == pytest.approx(-log_p.mean(), abs=4 * error)
        shares = np.bincount(lengths) / len(drawn)
        proba = model.length_distribution(len(shares) - 1)
        assert (abs(shares - proba) <= 5 * np.sqrt(proba / len(drawn)) + 1e-3).all()
        scores = model.standard_score_samples(drawn)
        for n in range(2, 10):
            here = scores[lengths == n]
            assert abs(here.mean()) < 5 / np.sqrt(len(here))
            assert here.std() == pytest.approx(1, abs=0.1)

    def test_models_of_token_ids_and_of_names_agree(self, names):
        ids = NameTokenizer().fit_transform(names)
        of_ids, of_names = CountBigramLM().fit(ids), CountBigramLM().fit(names)
        assert of_ids.entropy() == of_names.entropy()
        np.testing.assert_array_equal(
            of_ids.standard_score_samples(ids), of_names.standard_score_samples(names)
        )

    @pytest.mark.torch
    def test_the_entropy_rate_is_nan_if_a_name_may_never_end(self):
        model = NeuralBigramLM(solver="gd", learning_rate=1e5, max_iter=1, tol=1e4, random_state=0)
        model.fit(["abababab"])  # a step so large that a is always followed by b, and b by a
        assert model.expected_length() == np.inf
        assert np.isnan(model.entropy_rate())
        assert model.length_distribution(5).tolist() == [0] * 6

    def test_a_sum_that_does_not_converge_warns_at_the_line_of_the_caller(
        self, fitted, monkeypatch
    ):
        monkeypatch.setattr(_absorbing, "MAX_DENSE", 0)
        monkeypatch.setattr(_absorbing, "_POOR", -1.0)  # no error is that small
        for method in (fitted.expected_length, fitted.entropy, fitted.entropy_rate):
            with pytest.warns(ConvergenceWarning, match="did not converge") as caught:
                method()
            assert {warning.filename for warning in caught} == {__file__}


class TestStandardScores:
    def test_of_short_and_long_names(self, lecture_names):
        model = CountBigramLM(alpha=1).fit(lecture_names)
        scores = model.standard_score_samples(["john", "ok", "ertrjiloifdfyyoiu", "xqzkvw"])
        np.testing.assert_allclose(scores, [-0.710, -3.771, -8.307, -11.096], atol=1e-3)

    def test_of_random_strings_are_low(self, names):
        train, real = train_test_split(names, test_size=0.2, random_state=0)
        rng = np.random.default_rng(0)
        random = ["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), len(n))) for n in real]
        model, X = CountBigramLM().fit(train), real + random
        is_real = np.arange(len(X)) < len(real)
        raw = model.score_samples(X) / [len(name) + 1 for name in X]
        scores = model.standard_score_samples(X)
        assert roc_auc_score(is_real, scores) > max(0.98, roc_auc_score(is_real, raw))

    def test_of_the_only_name_of_its_length_are_zero(self, fitted):
        assert fitted.standard_score_samples(["", "anna"])[0] == 0
        single = CountBigramLM().fit(["aa"])
        assert single.standard_score_samples(["", "a", "aa", "a" * 3000]).tolist() == [0] * 4

    def test_of_equally_likely_names_are_zero(self):
        model = CountBigramLM(alpha=1e300).fit(["abcd"])
        assert model.standard_score_samples(["abc", "dd", ""]).tolist() == [0] * 3

    def test_of_impossible_names_are_minus_infinity(self):
        model = CountBigramLM(alpha=0).fit(["ab", "abab", "aab"])
        scores = model.standard_score_samples(["ab", "ba", "", "b", "aaab", "baaab"])
        assert np.isneginf(scores).tolist() == [False, True, True, True, False, True]

    def test_of_a_length_that_no_name_has_are_minus_infinity(self):
        model = CountBigramLM(alpha=0).fit([[1, 0, 0], [2, 0, 0]])
        scores = model.standard_score_samples([[1, 0, 0], [1, 0, 2], [1, 2, 1]])
        assert scores.tolist() == [0, -np.inf, -np.inf]

    def test_of_thousands_of_symbols(self, fitted):
        rng = np.random.default_rng(0)
        P, state, drawn = fitted.predict_proba(fitted.symbols_[1:]), 0, []
        P = P[:, 1:] / P[:, 1:].sum(axis=1, keepdims=True)
        for _ in range(3000):
            state = rng.choice(26, p=P[state])
            drawn.append(fitted.symbols_[1 + state])
        assert abs(fitted.standard_score_samples(["".join(drawn)])[0]) < 4

    def test_do_not_depend_on_earlier_calls(self, names):
        once = CountBigramLM().fit(names).standard_score_samples(["ava", "a" * 50, "emma"])
        model = CountBigramLM().fit(names)
        later = [model.standard_score_samples([name])[0] for name in ["ava", "a" * 50, "emma"]]
        assert later == once.tolist()

    def test_follow_a_new_fit(self, names):
        model = CountBigramLM().fit(names[:100])
        model.standard_score_samples(["ava"])
        expected = CountBigramLM().fit(names[:200]).standard_score_samples(["ava"])
        assert model.partial_fit(names[100:200]).standard_score_samples(["ava"]) == expected

    def test_are_computed_again_after_a_pickle(self, names):
        model = CountBigramLM().fit(names)
        pickled = pickle.dumps(model)
        scores = model.standard_score_samples(["ava", "x" * 100])
        assert pickle.dumps(model) == pickled
        loaded = pickle.loads(pickled)
        np.testing.assert_array_equal(loaded.standard_score_samples(["ava", "x" * 100]), scores)


class TestPValues:
    def test_of_all_names_of_three_letters_are_shares_of_probability(self):
        model = CountBigramLM(alpha=0.3).fit(["ab", "abc", "cab", "bb", "a"])
        for length in range(6):
            names = ["".join(name) for name in product("abc", repeat=length)]
            log_p = model.score_samples(names)
            p = np.exp(log_p) / np.exp(log_p).sum()
            for x, value in zip(log_p, model.pvalue_samples(names), strict=True):
                upper = p[log_p <= x + (length + 1) / 512 + 1e-8].sum()
                assert p[log_p <= x + 1e-12].sum() - 1e-9 <= value <= upper + 1e-9

    def test_of_names_are_those_of_a_simulation(self, lecture_names):
        model, n_drawn = CountBigramLM(alpha=1).fit(lecture_names), 50_000
        for length in (1, 2, 5, 8, 12, 15):
            names = [name for name in lecture_names if len(name) == length][:200]
            names += ["x" * length, "q" * length]
            drawn = model.sample(n_drawn, min_length=length, max_length=length, random_state=1)
            log_p = np.sort(model.score_samples(drawn))
            x, delta = model.score_samples(names), (length + 1) / 512
            low, high = (np.searchsorted(log_p, x + d, "right") / n_drawn for d in (0, delta))
            found = model.pvalue_samples(names)
            error = 5 * np.sqrt(high * (1 - low) / n_drawn) + 5 / n_drawn
            assert (found >= low - error).all()
            assert (found <= high + error).all()

    @pytest.mark.parametrize("length", range(1, 21))
    def test_of_names_of_the_model_are_at_most_t_with_probability_t(self, length, fitted):
        n_drawn = 20_000
        drawn = fitted.sample(n_drawn, min_length=length, max_length=length, random_state=length)
        p = fitted.pvalue_samples(drawn)
        for t in (0.001, 0.01, 0.1, 0.3, 0.5, 0.9):
            assert (p <= t).mean() <= t + 4 * np.sqrt(t * (1 - t) / n_drawn)
        if length > 3:
            for t in (0.1, 0.5):
                assert (p <= t).mean() >= 0.93 * t

    def test_rise_with_the_log_likelihood_of_names_of_a_length(self, names, fitted):
        five = [name for name in names if len(name) == 5]
        order = fitted.score_samples(five).argsort()
        assert (np.diff(fitted.pvalue_samples(five)[order]) >= 0).all()

    def test_of_the_empty_name_is_one(self, fitted):
        assert fitted.pvalue_samples(["", ""]).tolist() == [1, 1]

    def test_of_impossible_names_are_zero(self):
        model = CountBigramLM(alpha=0).fit(["ab", "abab", "aab"])
        p = model.pvalue_samples(["ab", "ba", "", "b", "aaab", "b" * 100])
        assert (p > 0).tolist() == [True, False, False, False, True, False]

    def test_of_a_length_that_no_name_has_are_zero(self):
        model = CountBigramLM(alpha=0).fit([[1, 0, 0], [2, 0, 0]])
        assert model.pvalue_samples([[1, 0, 0], [1, 0, 2], [1, 2, 1]]).tolist() == [1, 0, 0]

    def test_of_equally_likely_names_are_one(self):
        model = CountBigramLM(alpha=1e300).fit(["abcd"])
        np.testing.assert_allclose(model.pvalue_samples(["abc", "dd", "", "a" * 40]), 1)

    @pytest.mark.slow
    def test_do_not_depend_on_earlier_calls_or_other_names(self, names, fitted):
        few = ["ava", "a" * 50, "emma", "x" * 100, "q"]
        once = CountBigramLM().fit(names).pvalue_samples(few)
        later = [fitted.pvalue_samples([name])[0] for name in few]
        assert later == once.tolist()

    def test_follow_a_new_fit(self, names):
        model = CountBigramLM().fit(names[:100])
        model.pvalue_samples(["ava"])
        expected = CountBigramLM().fit(names[:200]).pvalue_samples(["ava"])
        assert model.partial_fit(names[100:200]).pvalue_samples(["ava"]) == expected

    def test_are_computed_again_after_a_pickle(self, names):
        model = CountBigramLM().fit(names)
        pickled = pickle.dumps(model)
        p = model.pvalue_samples(["ava", "x" * 20])
        assert pickle.dumps(model) == pickled
        np.testing.assert_array_equal(pickle.loads(pickled).pvalue_samples(["ava", "x" * 20]), p)

    def test_of_token_ids_are_those_of_names(self, names):
        ids = NameTokenizer().fit_transform(names)
        expected = CountBigramLM().fit(names).pvalue_samples(names)
        np.testing.assert_array_equal(CountBigramLM().fit(ids).pvalue_samples(ids), expected)


@pytest.mark.slow
@pytest.mark.parametrize("model", [CountBigramLM(alpha=0.01), NeuralBigramLM(reg=1e-3)])
def test_memory_is_not_quadratic_in_the_number_of_symbols(model):
    rng = np.random.default_rng(0)
    V = 20_000
    p = 1 / np.arange(1, V)
    ids = 1 + rng.choice(V - 1, size=(5_000, 3), p=p / p.sum())
    ids[0] = V - 1
    model = clone(model).fit(ids)
    other = CountBigramLM(alpha=1).fit(ids)
    tracemalloc.start()
    try:
        assert 3 < model.expected_length() < np.inf
        assert 0 < model.entropy_rate() < np.log(V)
        assert 0 < model.kl_divergence(other) < np.inf
        assert model.length_distribution(4).sum() < 1
        assert -1 < model.standard_score_samples(ids).mean() < 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 2**20  # a table of V x V would be 3,200 MB


def test_memory_of_p_values_is_not_quadratic_in_the_number_of_symbols():
    rng = np.random.default_rng(0)
    V = 20_000
    p = 1 / np.arange(1, V)
    ids = 1 + rng.choice(V - 1, size=(5_000, 3), p=p / p.sum())
    model = CountBigramLM(alpha=0.01).fit(ids)
    tracemalloc.start()
    try:
        assert 0.2 < model.pvalue_samples(ids).mean() < 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 2**20


class TestErrors:
    def test_models_that_cannot_be_compared_are_refused(self, fitted):
        with pytest.raises(TypeError, match="other is of type str: it must be a fitted bigram mod"):
            fitted.kl_divergence("emma")
        with pytest.raises(ValueError, match="different symbols, 27 and 4 of them: fit both with"):
            fitted.kl_divergence(CountBigramLM().fit(["ava", "m"]))
        with pytest.raises(ValueError, match="different symbols, 27 and 27 of them"):
            fitted.kl_divergence(CountBigramLM().fit(["abcdefghijklmnopqrstuvwxy-"]))
        with pytest.raises(ValueError, match="One model was fitted on names and the other on tok"):
            fitted.kl_divergence(CountBigramLM().fit([[1, 2]]))
        with pytest.raises(NotFittedError):
            fitted.kl_divergence(CountBigramLM())

    def test_an_invalid_length_is_refused(self, fitted):
        with pytest.raises(TypeError, match="max_length must be an int, not float"):
            fitted.length_distribution(2.0)
        with pytest.raises(ValueError, match="max_length must be at least 0, got -1"):
            fitted.length_distribution(-1)
        assert fitted.length_distribution(0).shape == (1,)

    @pytest.mark.parametrize("method", ["expected_length", "entropy", "entropy_rate"])
    def test_an_unfitted_model_is_refused(self, method):
        with pytest.raises(NotFittedError):
            getattr(CountBigramLM(), method)()
