"""Gradient descent of NeuralBigramLM, and what its parameters do."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sklearn_bigram import NeuralBigramLM

LECTURE_SEED = 2147483647
GD = NeuralBigramLM(solver="gd", learning_rate=5.0, max_iter=20, tol=0, random_state=0)
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def few(names):
    return names[::20]


def fit(model, X):
    """Fit a model that takes all its steps."""
    with pytest.warns(ConvergenceWarning):
        return model.fit(X)


def test_the_loss_of_the_lecture_after_100_steps(lecture_names):
    model = NeuralBigramLM(solver="gd", max_iter=100, tol=0, random_state=LECTURE_SEED)
    with pytest.warns(ConvergenceWarning, match="max_iter=100 steps without reaching tol=0"):
        model.fit(lecture_names)
    assert model.loss_curve_.shape == (101,)
    assert_allclose(
        model.loss_curve_[[0, 1, 10, 100]], [3.7686, 3.3788, 2.6965, 2.48996], atol=1e-4
    )
    assert model.loss_ == model.loss_curve_[-1]
    assert type(model.loss_) is float
    assert model.n_iter_ == 100
    assert model.coef_.dtype == np.float64
    proba = model.predict_proba(["", *model.symbols_[1:]])
    assert_allclose(softmax(model.coef_, axis=1), proba, rtol=1e-12)


@pytest.mark.slow
def test_it_reaches_the_exact_minimum(few):
    gd = NeuralBigramLM(solver="gd", tol=1e-5, max_iter=20_000, random_state=0).fit(few)
    assert gd.loss_ == pytest.approx(NeuralBigramLM().fit(few).loss_, abs=1e-4)
    assert 0 < gd.n_iter_ < 20_000
    assert len(gd.loss_curve_) == gd.n_iter_ + 1


@pytest.mark.parametrize(
    "change",
    [{"reg": 1.0}, {"learning_rate": 4.0}, {"max_iter": 21}, {"tol": 0.1}, {"random_state": 1}],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_each_parameter_changes_the_descent(change, few):
    before, after = (clone(GD).set_params(**params).fit(few) for params in ({}, change))
    assert (before.coef_ != after.coef_).any()


def test_the_same_seed_gives_the_same_weights(few):
    one, two = (fit(clone(GD), few) for _ in range(2))
    assert_array_equal(one.coef_, two.coef_)
    three = fit(clone(GD).set_params(random_state=np.int64(0)), few)
    assert_array_equal(three.coef_, one.coef_)


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_generator_is_advanced_by_each_fit(make, few):
    rng = make(5)
    first, second = (
        fit(NeuralBigramLM(solver="gd", max_iter=1, random_state=rng), few).coef_ for _ in range(2)
    )
    again = fit(NeuralBigramLM(solver="gd", max_iter=1, random_state=make(5)), few).coef_
    assert_array_equal(first, again)
    assert (first != second).any()


def test_a_generator_draws_the_seed_of_torch(few):
    drawn = fit(clone(GD).set_params(random_state=np.random.default_rng(5)), few)
    seed = int(np.random.default_rng(5).integers(2**32))
    assert_array_equal(drawn.coef_, fit(clone(GD).set_params(random_state=seed), few).coef_)


def test_without_a_seed_weights_differ_and_the_global_state_is_not_used(few):
    np.random.seed(0)  # noqa: NPY002 - the global state is tested
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    models = [fit(NeuralBigramLM(solver="gd", max_iter=1), few) for _ in range(2)]
    assert (models[0].coef_ != models[1].coef_).any()
    assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_warm_start_goes_on_where_the_last_fit_stopped(few):
    whole = fit(clone(GD).set_params(max_iter=40), few)
    halves = clone(GD).set_params(warm_start=True)
    for _ in range(2):
        fit(halves, few)
    assert_allclose(halves.coef_, whole.coef_, atol=1e-6)
    assert_allclose(halves.loss_curve_, whole.loss_curve_[20:], atol=1e-6)
    cold = fit(fit(clone(GD), few), few)
    assert_allclose(cold.coef_, fit(clone(GD), few).coef_)


def test_warm_start_keeps_the_weights_of_known_symbols(few):
    model = fit(clone(GD).set_params(warm_start=True), few)
    before, symbols = model.coef_, model.symbols_
    model.set_params(max_iter=1, learning_rate=1e-9)
    fit(model, [*few, "zoë", "\tb"])
    assert model.symbols_.tolist() == [".", "\t", *symbols[1:], "ë"]
    known = np.isin(model.symbols_, symbols)
    assert_allclose(model.coef_[np.ix_(known, known)], before, atol=1e-6)
    drawn = fit(clone(model).set_params(warm_start=False), [*few, "zoë", "\tb"]).coef_
    new = ~np.outer(known, known)
    assert_allclose(model.coef_[new], drawn[new], atol=1e-6)
    fit(model, ["ab"])  # fewer symbols
    assert model.symbols_.tolist() == [".", "a", "b"]


def test_warm_start_draws_weights_where_the_last_ones_are_infinite():
    model = NeuralBigramLM(reg=0, warm_start=True, random_state=0).fit(["ab"])
    assert np.isneginf(model.coef_).any()
    model.set_params(solver="gd", reg=0.01, learning_rate=1e-9, max_iter=1)
    start = np.where(np.isneginf(model.coef_), np.nan, model.coef_)
    weights = fit(model, ["ab"]).coef_
    drawn = fit(clone(model).set_params(warm_start=False), ["ab"]).coef_
    assert_allclose(weights, np.where(np.isnan(start), drawn, start), atol=1e-6)


def test_a_first_fit_with_warm_start_draws_its_weights(few):
    warm = fit(clone(GD).set_params(warm_start=True), few)
    assert_array_equal(warm.coef_, fit(clone(GD), few).coef_)


def test_verbose_prints_the_loss_of_each_step(few, capsys):
    model = fit(clone(GD).set_params(max_iter=3, verbose=True), few)
    lines = [f"Iteration {i}, loss = {x:.8f}" for i, x in enumerate(model.loss_curve_[1:], 1)]
    assert capsys.readouterr().out.splitlines() == lines
    fit(clone(GD), few)
    assert capsys.readouterr() == ("", "")


def test_a_descent_that_diverges_is_an_error_that_tells_which_parameter_to_lower(few):
    model = NeuralBigramLM(reg=1e9, solver="gd", random_state=0)
    with pytest.raises(ValueError, match=r"not finite after \d+ steps.*lower learning_rate=50"):
        model.fit(few)


def test_a_new_solver_leaves_nothing_of_the_old_one(few):
    model = fit(clone(GD), few).set_params(solver="exact").fit(few)
    expected = NeuralBigramLM().fit(few)
    assert_array_equal(model.coef_, expected.coef_)
    assert_array_equal(model.loss_curve_, expected.loss_curve_)
    assert model.n_iter_ == expected.n_iter_
