"""NeuralBigramLM at the exact minimum; for gradient descent see test_neural_descent."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax
from sklearn.base import clone

from sklearn_bigram import BigramCounts, CountBigramLM, NeuralBigramLM
from tests.helpers import for_each


@pytest.fixture(scope="module")
def few(names):
    return names[::20]


def proba(model):
    """Return P of a model of names."""
    return model.predict_proba(["", *model.symbols_[1:]])


def test_the_exact_minimum_of_the_lecture(lecture_names):
    model = NeuralBigramLM().fit(lecture_names)
    assert model.loss_ == pytest.approx(2.480399049014212, abs=1e-10)
    assert_allclose(softmax(model.coef_, axis=1), proba(model), rtol=1e-12)
    assert_allclose(model.coef_.sum(axis=1), 0, atol=1e-10)
    assert model.loss_curve_.tolist() == [model.loss_]
    assert 1 <= model.n_iter_ <= 10
    penalty = 0.01 * np.mean(model.coef_**2)
    assert model.loss_ == pytest.approx(penalty - model.score(lecture_names), abs=1e-10)


@pytest.mark.parametrize("reg", [0, 5e-324])
def test_without_penalty_it_is_the_count_model(few, reg):
    neural, count = NeuralBigramLM(reg=reg).fit(few), CountBigramLM(alpha=0).fit(few)
    assert_allclose(proba(neural), proba(count), rtol=1e-12)
    assert_allclose(neural.score_samples(few), count.score_samples(few), rtol=1e-12)
    assert neural.loss_ == pytest.approx(-count.score(few), abs=1e-12)
    assert neural.score_samples(["qqq"]) == -np.inf
    assert_array_equal(np.isneginf(neural.coef_), count.counts_.toarray() == 0)
    assert not np.isnan(neural.coef_).any()


def test_a_symbol_without_counts_has_zero_weights():
    model = NeuralBigramLM().fit([[2, 3], [3, 0]])  # id 1 never occurs
    assert_allclose(model.coef_[1], 0, atol=1e-15)
    assert_allclose(model.predict_proba([[1, 0]]), 0.25)


def test_a_whole_number_is_a_penalty_too():
    one, other = (NeuralBigramLM(reg=reg).fit(["emma", "ava"]) for reg in (10**300, 1e300))
    assert_array_equal(one.coef_, other.coef_)


@for_each("model", {"exact": NeuralBigramLM(), "gd": NeuralBigramLM(solver="gd")})
def test_without_counts_rows_are_uniform_with_either_solver(model):
    model = clone(model).fit(BigramCounts([".", "a"], np.zeros((2, 2))))
    assert_allclose(proba(model), 0.5)
    assert_array_equal(model.coef_, 0)
    assert (model.loss_, model.n_iter_) == (0, 0)
