"""The exact solver, against the gradient, SciPy's L-BFGS and scikit-learn's LogisticRegression."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax, wrightomega
from sklearn.linear_model import LogisticRegression

from sklearn_bigram.estimation._softmax import solve_exact


def loss_and_gradient(W, N, reg):
    """Return the regularized loss and its gradient, straight from their definitions."""
    T = N / N.sum()
    loss = -np.sum(T * log_softmax(W, axis=1)) + reg * np.mean(W**2)
    gradient = T.sum(axis=1, keepdims=True) * softmax(W, axis=1) - T + 2 * reg * W / W.size
    return loss, gradient


def solve(N, reg):
    """Return the fit to a dense array of counts, and P as an array."""
    fit = solve_exact(sparse.csr_array(N), reg)
    P = np.repeat(fit.proba_zero[:, None], len(N), axis=1)
    P[N > 0] = fit.proba
    return fit, P


def weights_of(P):
    """Return the weights of which P is the softmax; the sum of each row is 0, as at the minimum."""
    return np.log(P) - np.log(P).mean(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("reg", "minimum"),
    [
        (1, 2.8920040877388),
        (0.1, 2.586362552153343),
        (0.01, 2.480399049014212),
        (1e-4, 2.454618200311663),
    ],
)
def test_the_minima_of_the_names_of_the_lecture(lecture_counts, reg, minimum):
    fit, P = solve(lecture_counts.astype(float), reg)
    assert fit.loss == pytest.approx(minimum, abs=1e-10)
    loss, gradient = loss_and_gradient(weights_of(P), lecture_counts, reg)
    assert loss == pytest.approx(minimum, abs=1e-10)
    assert np.abs(gradient).max() < 1e-9
    assert_allclose(P.sum(axis=1), 1, rtol=1e-13)


@given(
    n_symbols=st.integers(1, 12),
    log_reg=st.floats(-12, 6),
    log_count=st.floats(0, 12),
    density=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_gradient_is_zero_at_any_solution(n_symbols, log_reg, log_count, density, seed):
    rng = np.random.default_rng(seed)
    shape = (n_symbols, n_symbols)
    N = np.floor(rng.random(shape) * 10**log_count) * (rng.random(shape) < density)
    N[0, 0] += 1
    reg = 10**log_reg
    fit, P = solve(N, reg)
    assert_allclose(P.sum(axis=1), 1, rtol=1e-12)
    loss, gradient = loss_and_gradient(weights_of(P), N, reg)
    assert np.abs(gradient).max() < 1e-12 * max(1, reg)
    assert fit.loss == pytest.approx(loss, rel=1e-12)
    assert 1 <= fit.n_iter <= 10


@pytest.mark.parametrize("reg", [1e-3, 0.1, 3.0])
def test_the_minimum_is_that_of_l_bfgs(reg):
    N = np.random.default_rng(0).poisson(0.7, (6, 6)) * [[1], [1], [0.5], [20], [1], [0]]

    def objective(w):
        loss, gradient = loss_and_gradient(w.reshape(N.shape), N, reg)
        return loss, gradient.ravel()

    options = {"ftol": 1e-16, "gtol": 1e-10, "maxiter": 10_000}
    found = minimize(objective, np.zeros(N.size), jac=True, method="L-BFGS-B", options=options)
    fit, P = solve(N, reg)
    assert fit.loss == pytest.approx(found.fun, rel=1e-9)
    assert fit.loss <= found.fun * (1 + 1e-12)
    assert_allclose(weights_of(P), found.x.reshape(N.shape), atol=1e-4)
    assert_allclose(P[5], 1 / 6)  # a row without counts


@pytest.mark.parametrize("reg", [0.3, 0.01])
def test_the_minimum_is_that_of_logistic_regression_on_one_hot_rows(reg):
    N = np.random.default_rng(1).poisson(3, (8, 8))
    first, second = np.nonzero(N)
    # scikit-learn minimizes C * sum(NLL) + |W|^2 / 2; ours is sum(NLL) / n + reg |W|^2 / V^2.
    C = 8**2 / (2 * reg * N.sum())
    peer = LogisticRegression(C=C, fit_intercept=False, tol=1e-8, max_iter=10_000)
    peer.fit(np.eye(8)[first], second, sample_weight=N[first, second])
    _, P = solve(N.astype(float), reg)
    assert_allclose(P, peer.predict_proba(np.eye(8)), atol=1e-5)


def test_a_multiple_of_the_counts_has_the_same_solution():
    N = np.random.default_rng(2).poisson(2, (5, 5)).astype(float)
    fit, P = solve(N, 0.05)
    for factor in (1e-9, 0.5, 1e9):
        other, P_of_multiple = solve(factor * N, 0.05)
        assert_allclose(P_of_multiple, P, rtol=1e-12)
        assert other.loss == pytest.approx(fit.loss, rel=1e-12)


def test_equal_counts_in_a_row_have_equal_probabilities():
    N = np.array(
        [[5, 0, 5, 2, 0], [2, 2, 2, 2, 2], [0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [3, 1, 3, 1, 3]]
    )
    _, P = solve(N.astype(float), 0.1)
    for row, p in zip(N, P, strict=True):
        for count in set(row):
            assert len({*p[row == count]}) == 1
        assert_array_equal(np.argsort(p, kind="stable"), np.argsort(row, kind="stable"))
    assert_allclose(P[1:3], 0.2)


@pytest.mark.parametrize("reg", [0, 5e-324])
def test_without_penalty_probabilities_are_relative_frequencies(reg, lecture_counts):
    N = np.pad(lecture_counts.astype(float), (0, 1))  # the last symbol is never seen
    fit, P = solve(N, reg)
    assert_allclose(P[:27, :27], lecture_counts / lecture_counts.sum(axis=1, keepdims=True))
    assert_array_equal(fit.proba_zero, [0] * 27 + [1 / 28])
    assert fit.loss == pytest.approx(2.4540144891548743, abs=1e-12)
    assert fit.n_iter == 0


@pytest.mark.parametrize("reg", [0, 0.1])
def test_without_counts_rows_are_uniform(reg):
    fit = solve_exact(sparse.csr_array((3, 3)), reg)
    assert len(fit.proba) == 0
    assert_array_equal(fit.proba_zero, 1 / 3)
    assert (fit.loss, fit.n_iter) == (0, 0)


@pytest.mark.parametrize(("reg", "tolerance"), [(1e-6, 1e-3), (1e-9, 1e-5), (1e-300, 1e-12)])
def test_a_weak_penalty_approaches_relative_frequencies(lecture_counts, reg, tolerance):
    _, P = solve(lecture_counts.astype(float), reg)
    expected = lecture_counts / lecture_counts.sum(axis=1, keepdims=True)
    assert_allclose(P, expected, atol=tolerance)


def test_a_strong_penalty_makes_rows_uniform(lecture_counts):
    _, P = solve(lecture_counts.astype(float), 1e9)
    assert_allclose(P, 1 / 27, rtol=1e-6)


@pytest.mark.parametrize("reg", [5e-324, 1e-308, 1e-200, 1e200, 1.7e308])
def test_extreme_penalties_give_distributions(reg):
    N = np.random.default_rng(3).poisson(0.5, (9, 9)).astype(float)
    fit, P = solve(N, reg)
    assert_allclose(P.sum(axis=1), 1, rtol=1e-12)
    assert np.isfinite(fit.loss)


def test_a_penalty_shrinks_a_row_toward_the_uniform_distribution(lecture_counts):
    _, strong = solve(lecture_counts.astype(float), 1)
    _, weak = solve(lecture_counts.astype(float), 0.01)
    assert_array_equal(np.argsort(strong[0, 1:]), np.argsort(lecture_counts[0, 1:]))
    assert np.ptp(strong[0]) < np.ptp(weak[0])


def test_a_step_costs_the_distinct_counts_of_each_row(monkeypatch):
    evaluated = []

    def counted(x):
        evaluated.append(len(x))
        return wrightomega(x)

    monkeypatch.setattr("sklearn_bigram.estimation._softmax.wrightomega", counted)
    N = np.array([[0, 0, 0, 0], [1, 1, 1, 1], [0, 2, 2, 5], [7, 7, 0, 7.0]])
    fit, _ = solve(N, 0.1)
    assert set(evaluated) == {0 + 1 + 3 + 2}
    assert len(evaluated) == fit.n_iter + 1  # once more at the solution


def test_five_steps_are_enough_for_the_names_of_the_lecture(lecture_counts):
    for reg in (1e-4, 0.01, 1):
        fit, _ = solve(lecture_counts.astype(float), reg)
        assert fit.n_iter <= 5


def test_newton_that_does_not_converge_is_an_error(monkeypatch):
    monkeypatch.setattr("sklearn_bigram.estimation._softmax._MAX_NEWTON", 1)
    with pytest.raises(FloatingPointError, match="did not converge in 1 steps"):
        solve(np.array([[1.0, 2], [3, 0]]), 0.1)


@pytest.mark.parametrize("V", [10**6, 16_000_001])
@pytest.mark.parametrize("reg", [1e-6, 0.01, 1.0])
def test_the_gradient_is_zero_with_millions_of_symbols(V, reg):
    i, j = [0, 1, 1, 2, V - 1], [V - 1, 0, 2, 0, 1]
    counts = np.array([1.0, 2, 1, 5, 1e-3])
    fit = solve_exact(sparse.csr_array((counts, (i, j)), shape=(V, V)), reg)
    T, lam = counts / counts.sum(), 2 * reg / V**2
    for row in range(3):
        here = np.array(i) == row
        p, zero = fit.proba[here], fit.proba_zero[row]
        assert p.sum() + (V - here.sum()) * zero == pytest.approx(1, rel=1e-12)
        # The gradient r p - T + lam w is zero: in the cells without counts, and so in the others,
        # since the weights of a row add up to 0.
        r, w_zero = T[here].sum(), -T[here].sum() * zero / lam
        above = np.log(p / zero)
        assert -V * w_zero == pytest.approx(above.sum(), rel=1e-9)
        assert_allclose(r * p, T[here] - lam * (w_zero + above), rtol=1e-12)


@pytest.mark.filterwarnings("error")
def test_counts_and_penalties_of_any_size_converge():
    rng = np.random.default_rng(0)
    for _ in range(300):
        V, nnz = int(rng.integers(1, 60)), int(rng.integers(1, 40))
        counts, reg = 10 ** rng.uniform(-100, 100, nnz), 10 ** rng.uniform(-300, 300)
        cells = rng.integers(0, V, nnz), rng.integers(0, V, nnz)
        N = sparse.coo_array((counts, cells), shape=(V, V)).tocsr()
        fit = solve_exact(N, reg)
        sums = np.bincount(np.repeat(np.arange(V), np.diff(N.indptr)), fit.proba, V)
        assert_allclose(sums + (V - np.diff(N.indptr)) * fit.proba_zero, 1, rtol=1e-10)
        assert np.isfinite(fit.loss)


def test_the_loss_without_counts_is_zero_and_positive():
    for reg in (0, 0.01):
        loss = solve_exact(sparse.csr_array((3, 3)), reg).loss
        assert str(loss) == "0.0"
