"""What the models say of names as a whole, against enumeration of all names."""

import pickle
import tracemalloc
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.markov import _absorbing, _transition
from sklearn_bigram.markov._transition import TransitionMatrix

MODELS = [CountBigramLM(), CountBigramLM(alpha=0), NeuralBigramLM(reg=0.1)]
WEIGHTS = st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.0])
TOLERANCE = 1e-10


class ModelOfAnyWidth(CountBigramLM):
    """A model of token ids that does not check the number of columns."""

    n_features_in_ = property()


def model_of(S, g, q):
    """Return a model, fitted on token ids, with this transition matrix."""
    model = ModelOfAnyWidth().fit([np.arange(len(g))])
    model.transition_ = TransitionMatrix(sparse.csr_array(S), g, q)
    return model


def matrix_of(model):
    transition = model.transition_
    return transition.rows(np.arange(transition.n_symbols))


def normalize(S, g, q):
    """Return weights as the parts of a transition matrix; a row without any is all backoff."""
    q = q.copy()
    if not q.any():
        q[0] = 1
    g = np.where(S.sum(axis=1) + g == 0, 1.0, g)
    total = S.sum(axis=1) + g
    return S / total[:, None], g / total, q / q.sum()


@st.composite
def chains(draw, n_symbols=None):
    """Draw models of up to four symbols, of any shape."""
    n = draw(st.integers(1, 4)) if n_symbols is None else n_symbols
    S = draw(arrays(float, (n, n), elements=WEIGHTS))
    g, q = draw(arrays(float, (2, n), elements=WEIGHTS))
    return model_of(*normalize(S, g, q))


@st.composite
def acyclic_chains(draw, n=4):
    """Draw models with finitely many names: symbols only ascend, but for those that end a name."""
    S = np.triu(draw(arrays(float, (n, n), elements=WEIGHTS)), 1)
    S[:, 0] = draw(arrays(float, n, elements=WEIGHTS))
    g = draw(arrays(float, n, elements=WEIGHTS))
    q = np.zeros(n)
    q[[0, -1]] = draw(arrays(float, 2, elements=WEIGHTS))
    g[-1], S[-1, 0] = 0, 1  # the backoff to the last symbol comes from those before
    g[S.sum(axis=1) == 0] = 1
    return model_of(*normalize(S, g, q))


def log_likelihood(P, name):
    with np.errstate(divide="ignore"):
        return sum(np.log(P[i, j]) for i, j in pairwise([0, *name, 0]))


def enumerate_names(model, lengths):
    """Return the possible names of these lengths, their lengths and their log-likelihoods."""
    P = matrix_of(model)
    names = [name for n in lengths for name in product(range(1, len(P)), repeat=n)]
    log_p = np.array([log_likelihood(P, name) for name in names])
    possible = np.flatnonzero(log_p > -np.inf)
    lengths = np.array([len(name) for name in names], dtype=int)
    return [names[i] for i in possible], lengths[possible], log_p[possible]


class TestEnumeration:
    @given(acyclic_chains(), chains(n_symbols=4))
    @settings(max_examples=100)
    def test_all_names(self, model, other):
        names, lengths, log_p = enumerate_names(model, range(4))
        p = np.exp(log_p)
        assert p.sum() == pytest.approx(1, abs=TOLERANCE)
        assert model.expected_length() == pytest.approx(p @ lengths, abs=TOLERANCE)
        assert model.entropy() == pytest.approx(-p @ log_p, abs=TOLERANCE)
        rate = -p @ log_p / (p @ (lengths + 1))
        assert model.entropy_rate() == pytest.approx(rate, abs=TOLERANCE)
        other_log_p = np.array([log_likelihood(matrix_of(other), name) for name in names])
        divergence = p @ (log_p - other_log_p)
        assert model.kl_divergence(other) == pytest.approx(divergence, abs=TOLERANCE)
        assert model.kl_divergence(model) == 0

    @given(chains())
    @settings(max_examples=100)
    def test_names_of_one_length(self, model):
        P = matrix_of(model)
        proba = model.length_distribution(4)
        for n in range(5):
            _, _, log_p = enumerate_names(model, [n])
            p = np.exp(log_p)
            assert proba[n] == pytest.approx(p.sum(), abs=TOLERANCE)
            means, deviations = model.transition_.length_moments.up_to(n + 1)
            if len(p) == 0:
                assert np.isnan(means[n + 1])
                assert np.isnan(deviations[n + 1])
                continue
            mean = p @ log_p / p.sum()
            variance = p @ (log_p - mean) ** 2 / p.sum()
            assert means[n + 1] == pytest.approx(mean, abs=TOLERANCE)
            assert deviations[n + 1] ** 2 == pytest.approx(variance, abs=TOLERANCE)
            if variance < TOLERANCE:
                continue
            names = list(product(range(1, len(P)), repeat=n))
            log_p = np.array([log_likelihood(P, name) for name in names])
            scores = model.standard_score_samples(np.array(names))
            expected = (log_p - mean) / np.sqrt(variance)
            np.testing.assert_allclose(scores, expected, rtol=1e-8, atol=1e-8)

    @given(chains(n_symbols=4), chains(n_symbols=4))
    @settings(max_examples=100)
    def test_names_without_end_by_the_theory_of_absorbing_chains(self, model, other):
        P, Q = matrix_of(model), matrix_of(other)
        P = 0.9 * P
        P[:, 0] += 0.1  # every state ends
        model = model_of(P, np.zeros(4), np.full(4, 0.25))
        visits = np.linalg.solve(np.eye(3) - P[1:, 1:].T, P[0, 1:])
        visits = np.append(1, visits)  # (4,), of each symbol in a name, the boundary once
        log_P = np.log(P, out=np.zeros_like(P), where=P > 0)
        with np.errstate(divide="ignore"):
            ratio = np.where(P > 0, log_P - np.log(Q), 0)
        entropies, divergences = -(P * log_P).sum(axis=1), (P * ratio).sum(axis=1)
        reached = visits > 0
        assert model.expected_length() == pytest.approx(visits.sum() - 1, rel=TOLERANCE)
        assert model.entropy() == pytest.approx(visits @ entropies, rel=TOLERANCE)
        divergence = visits[reached] @ divergences[reached]
        assert model.kl_divergence(other) == pytest.approx(divergence, abs=TOLERANCE)


class TestModels:
    def test_maximum_likelihood_has_the_lengths_of_the_names(self, names):
        model = CountBigramLM(alpha=0).fit(names)
        assert model.expected_length() == pytest.approx(np.mean([len(name) for name in names]))
        assert model.entropy_rate() == pytest.approx(-model.score(names), rel=1e-12)

    def test_divergence_is_the_cost_of_the_wrong_model(self, names):
        model, other = CountBigramLM(alpha=0).fit(names), NeuralBigramLM().fit(names)
        n_bigrams = model.expected_length() + 1  # that of the names, of which N is an average
        cost = n_bigrams * (model.score(names) - other.score(names))
        assert model.kl_divergence(other) == pytest.approx(cost, rel=1e-10)
        assert other.kl_divergence(model) == np.inf

    @pytest.mark.parametrize("model", MODELS, ids=str)
    def test_drawn_names_have_these_statistics(self, model, names):
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

    @pytest.mark.parametrize("model", MODELS, ids=str)
    def test_dense_and_sparse_say_the_same(self, model, names, monkeypatch):
        few = names[::10]

        def say():
            fitted = clone(model).fit(few)
            other = CountBigramLM(alpha=2).fit(few)
            return [
                fitted.expected_length(),
                fitted.entropy(),
                fitted.entropy_rate(),
                fitted.kl_divergence(other),
                *fitted.length_distribution(5),
                *fitted.standard_score_samples(few),
            ]

        dense = say()
        monkeypatch.setattr(_transition, "_MAX_DENSE", 0)
        monkeypatch.setattr(_absorbing, "_MAX_DENSE", 0)
        np.testing.assert_allclose(say(), dense, rtol=1e-10)

    def test_token_ids_and_names_say_the_same(self, names):
        ids = NameTokenizer().fit_transform(names)
        apart, whole = CountBigramLM().fit(ids), CountBigramLM().fit(names)
        assert apart.entropy() == whole.entropy()
        np.testing.assert_array_equal(
            apart.standard_score_samples(ids), whole.standard_score_samples(names)
        )


class TestStandardScores:
    def test_of_short_and_long_names(self, lecture_names):
        model = CountBigramLM(alpha=1).fit(lecture_names)
        scores = model.standard_score_samples(["john", "ok", "ertrjiloifdfyyoiu", "xqzkvw"])
        np.testing.assert_allclose(scores, [-0.710, -3.771, -8.307, -11.096], atol=1e-3)

    def test_single_out_random_strings(self, names):
        train, real = train_test_split(names, test_size=0.2, random_state=0)
        rng = np.random.default_rng(0)
        random = ["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), len(n))) for n in real]
        model, X = CountBigramLM().fit(train), real + random
        is_real = np.arange(len(X)) < len(real)
        raw = model.score_samples(X) / [len(name) + 1 for name in X]
        scores = model.standard_score_samples(X)
        assert roc_auc_score(is_real, scores) > max(0.98, roc_auc_score(is_real, raw))

    def test_of_the_only_name_of_its_length_is_zero(self, names):
        model = CountBigramLM().fit(names)
        assert model.standard_score_samples(["", "anna"])[0] == 0
        single = CountBigramLM().fit(["aa"])
        assert single.standard_score_samples(["", "a", "aa", "a" * 3000]).tolist() == [0] * 4

    def test_of_equally_likely_names_is_zero(self):
        model = model_of(np.zeros((5, 5)), np.ones(5), np.full(5, 0.2))
        assert model.standard_score_samples([[1, 2, 3], [4, 4, 0], [0, 0, 0]]).tolist() == [0] * 3

    def test_of_an_impossible_name_is_minus_infinity(self):
        model = CountBigramLM(alpha=0).fit(["ab", "abab", "aab"])
        scores = model.standard_score_samples(["ab", "ba", "", "b", "aaab", "baaab"])
        assert np.isneginf(scores).tolist() == [False, True, True, True, False, True]

    def test_of_a_length_that_no_name_has_is_minus_infinity(self):
        model = CountBigramLM(alpha=0).fit([[1, 0, 0], [2, 0, 0]])
        scores = model.standard_score_samples([[1, 0, 0], [1, 0, 2], [1, 2, 1]])
        assert scores.tolist() == [0, -np.inf, -np.inf]

    def test_of_long_names_beside_others_that_die_out_more_slowly(self):
        """From c a name goes on much longer than from b: a factor of 10^600 after 1,000 steps."""
        P = np.zeros((5, 5))  # of the boundary, a, b, c and d
        P[0, 1] = P[1, 2] = 1
        P[2, [0, 2, 4]] = 0.5, 0.2, 0.3
        P[3, [0, 3]] = 0.2, 0.8
        P[4, [0, 2]] = 0.5, 0.5
        names = [[1, *[2] * 1000], [1, *[2, 4] * 500]]
        scores = model_of(P, np.zeros(5), np.full(5, 0.2)).standard_score_samples(names)
        P[3, [0, 3]] = 1, 0  # which no name shows
        expected = model_of(P, np.zeros(5), np.full(5, 0.2)).standard_score_samples(names)
        np.testing.assert_allclose(scores, expected, rtol=1e-10)

    def test_of_thousands_of_symbols(self, names):
        model = CountBigramLM().fit(names)
        rng = np.random.default_rng(0)
        P, state, drawn = matrix_of(model), 0, []
        P = P[:, 1:] / P[:, 1:].sum(axis=1, keepdims=True)
        for _ in range(5000):
            state = 1 + rng.choice(26, p=P[state])
            drawn.append(model.symbols_[state])
        assert abs(model.standard_score_samples(["".join(drawn)])[0]) < 4

    def test_longer_names_later_change_nothing(self, names):
        once = CountBigramLM().fit(names).standard_score_samples(["ava", "a" * 50, "emma"])
        model = CountBigramLM().fit(names)
        later = [model.standard_score_samples([name])[0] for name in ["ava", "a" * 50, "emma"]]
        assert later == once.tolist()

    def test_a_new_fit_forgets_the_old_moments(self, names):
        model = CountBigramLM().fit(names[:100])
        model.standard_score_samples(["ava"])
        expected = CountBigramLM().fit(names[:200]).standard_score_samples(["ava"])
        assert model.partial_fit(names[100:200]).standard_score_samples(["ava"]) == expected

    def test_moments_are_not_stored(self, names):
        model = CountBigramLM().fit(names)
        before = pickle.dumps(model)
        scores = model.standard_score_samples(["ava", "x" * 100])
        assert pickle.dumps(model) == before
        loaded = pickle.loads(before)
        np.testing.assert_array_equal(loaded.standard_score_samples(["ava", "x" * 100]), scores)


class TestNamesWithoutEnd:
    @pytest.fixture
    def endless(self):
        P = np.array([[0, 0.5, 0.5], [1, 0, 0], [0, 0.0, 1]])
        return model_of(P, np.zeros(3), np.full(3, 1 / 3))

    def test_have_infinite_length(self, endless):
        assert endless.expected_length() == np.inf
        assert np.isnan(endless.entropy_rate())
        assert endless.length_distribution(3).tolist() == [0, 0.5, 0, 0]

    def test_have_infinite_entropy_if_they_surprise(self, endless):
        assert endless.entropy() == pytest.approx(np.log(2))  # then all is certain
        P = np.array([[0, 0.5, 0.5], [0, 0.5, 0.5], [0, 0.5, 0.5]])
        assert model_of(P, np.zeros(3), np.full(3, 1 / 3)).entropy() == np.inf

    def test_what_is_not_reached_does_not_matter(self, endless):
        P = np.array([[0, 1.0, 0], [1, 0, 0], [0, 0, 1]])
        model = model_of(P, np.zeros(3), np.full(3, 1 / 3))
        assert model.expected_length() == 1
        assert model.kl_divergence(endless) == pytest.approx(np.log(2))
        assert endless.kl_divergence(model) == np.inf


class TestManySymbols:
    def test_rows_are_summed_from_their_parts(self):
        rng = np.random.default_rng(0)
        n = 1500

        def make(density, backoff):
            S = rng.random((n, n)) * (rng.random((n, n)) < density)
            S[:, 0] = 0.2 * S.sum(axis=1) + 1e-3
            g = backoff * rng.random(n) * (rng.random(n) < 0.8)
            return normalize(S, g, rng.random(n) * (rng.random(n) < 0.9))

        model, other = model_of(*make(0.01, 5.0)), model_of(*make(0.02, 9.0))
        smooth = model_of(np.eye(n) / 2, np.full(n, 0.5), np.full(n, 1 / n))
        P = matrix_of(model)
        visits = np.append(1, np.linalg.solve(np.eye(n - 1) - P[1:, 1:].T, P[0, 1:]))
        log_P = np.log(P, out=np.zeros_like(P), where=P > 0)
        assert model.expected_length() == pytest.approx(visits.sum() - 1, rel=TOLERANCE)
        entropy = -visits @ (P * log_P).sum(axis=1)
        assert model.entropy() == pytest.approx(entropy, rel=TOLERANCE)
        cost = -visits @ (P * np.log(matrix_of(smooth))).sum(axis=1)
        assert model.kl_divergence(smooth) == pytest.approx(cost - entropy, rel=TOLERANCE)
        assert model.kl_divergence(other) == np.inf

    @pytest.mark.parametrize("model", [CountBigramLM(alpha=0.01), NeuralBigramLM(reg=1e-3)])
    def test_memory_is_that_of_the_bigrams(self, model):
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


class TestErrors:
    def test_models_that_cannot_be_compared(self, names):
        model = CountBigramLM().fit(names)
        with pytest.raises(TypeError, match="other is of type str: it must be a bigram model"):
            model.kl_divergence("emma")
        with pytest.raises(ValueError, match="different symbols, 27 and 4: fit both with the same"):
            model.kl_divergence(CountBigramLM().fit(["ava", "mia"][:1] + ["m"]))
        with pytest.raises(ValueError, match="One of the models was fitted on names and the other"):
            model.kl_divergence(CountBigramLM().fit([[1, 2]]))
        with pytest.raises(NotFittedError):
            model.kl_divergence(CountBigramLM())

    def test_lengths_that_are_none(self, names):
        model = CountBigramLM().fit(names)
        with pytest.raises(TypeError, match="max_length must be an int, not float"):
            model.length_distribution(2.0)
        with pytest.raises(ValueError, match="max_length must be at least 0, got -1"):
            model.length_distribution(-1)

    @pytest.mark.parametrize("what", ["expected_length", "entropy", "entropy_rate"])
    def test_a_model_that_is_not_fitted(self, what):
        with pytest.raises(NotFittedError):
            getattr(CountBigramLM(), what)()
