"""The hierarchical Dirichlet model, against its evidence and a general optimizer."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize, sparse
from scipy.special import digamma, polygamma

from sklearn_bigram import CountBigramLM, NameTokenizer
from sklearn_bigram.estimation import _dirichlet
from sklearn_bigram.estimation._dirichlet import dirichlet, estimate_u

LETTERS = NameTokenizer(alphabet="abcdefghijklmnopqrstuvwxyz")
IDENTICAL = np.tile([1.0, 4, 2, 3], (4, 1))
DETERMINISTIC = np.roll(np.eye(4), 1, axis=1) * 50

square = st.integers(1, 6).map(lambda n: (n, n))
whole_counts = hnp.arrays(np.float64, square, elements=st.sampled_from([0, 0, 0, 1, 1, 2, 3, 40]))
any_counts = hnp.arrays(np.float64, square, elements=st.just(0) | st.floats(1e-3, 50))
wild_counts = hnp.arrays(
    np.float64, square, elements=st.sampled_from([0, 0, 5e-324, 1e-300, 1e-9, 1, 1e9, 1e300])
)


def u_of(N):
    return estimate_u(sparse.csr_array(N))


def shape_of(N):
    return max(np.count_nonzero(N.any(axis=0)), 1) / len(N)


def log_evidence(N, u):
    """Return the log-probability of the counts, but for a constant, term by term."""
    U = math.fsum(u)
    return math.fsum(
        math.lgamma(U)
        - math.lgamma(sum(row) + U)
        + math.fsum(math.lgamma(n + v) - math.lgamma(v) for n, v in zip(row, u, strict=True))
        for row in N.tolist()
    )


def log_posterior(N, log_u):
    """Return the log of the evidence times the prior density of log u."""
    u = np.exp(log_u)
    return log_evidence(N, u.tolist()) + np.sum(shape_of(N) * log_u - u)


def gradient(N, u):
    """Return the two parts of the gradient of `log_posterior`, whose difference it is."""
    U = u.sum()
    tables = u * (digamma(N + u) - digamma(u)).sum(axis=0) + shape_of(N)
    return tables, u * (np.sum(digamma(N.sum(axis=1) + U) - digamma(U)) + 1)


@given(N=whole_counts | any_counts)
def test_the_gradient_of_the_posterior_is_zero(N):
    u = u_of(N)
    assert_allclose(*gradient(N, u), rtol=1e-11)
    log_u, h = np.log(u), 1e-4
    for e in np.eye(len(u)) * h:
        low, mid, high = (log_posterior(N, log_u + d) for d in (-e, 0 * e, e))
        scale = 1 + N.sum()
        assert abs(high - low) / (2 * h) < 1e-6 * scale  # by finite differences
        assert low < mid + 1e-12 * scale > high  # and it is a maximum


@pytest.mark.parametrize("seed", range(4))
def test_a_general_optimizer_finds_the_same_maximum_from_any_start(seed):
    rng = np.random.default_rng(seed)
    N = rng.choice([0, 0, 0, 1, 2, 9], (5, 5)) * rng.choice([1.0, 0.7], (5, 5))
    u = u_of(N)
    for _ in range(3):
        found = optimize.minimize(lambda x: -log_posterior(N, x), rng.normal(0, 3, 5), tol=1e-9)
        assert_allclose(np.exp(found.x), u, rtol=1e-4)


@given(N=whole_counts | any_counts)
def test_probabilities_are_counts_plus_u(N):
    before = N.copy()
    S, g, q = dirichlet(sparse.csr_array(N))
    u = u_of(N)
    P = S.toarray() + np.outer(g, q)
    assert_allclose(P, (N + u) / (N.sum(axis=1) + u.sum())[:, None], rtol=1e-13)
    assert_allclose(P.sum(axis=1), 1, rtol=1e-13)
    assert (q > 0).all()
    assert_array_equal(g[N.sum(axis=1) == 0], 1)  # a row without counts is q
    assert_array_equal(N, before)


@given(N=wild_counts)
def test_tiny_and_huge_counts_give_distributions(N):
    S, g, q = dirichlet(sparse.csr_array(N))
    assert (q > 0).all()
    assert_allclose(q.sum(), 1)
    assert_allclose((S.toarray() + np.outer(g, q)).sum(axis=1), 1)


@pytest.mark.parametrize("scale", [1e-9, 1, 1e9, 1e100])
def test_rows_that_are_equal_or_deterministic_have_a_finite_maximum(scale):
    for N in (IDENTICAL * scale, DETERMINISTIC * scale, np.diag([1.0, 0, 0]) * scale):
        u = u_of(N)
        assert np.isfinite(u).all()
        assert (u > 0).all()


@pytest.mark.parametrize(("N", "factor"), [(IDENTICAL, 2), (DETERMINISTIC, 0.5)])
def test_the_prior_makes_a_maximum_where_the_evidence_has_none(N, factor):
    u = u_of(N)
    rising = [log_evidence(N, u * factor**power) for power in range(8)]  # to U = infinity or 0
    assert (np.diff(rising) > 0).all()
    assert (u.sum() > 4) == (factor > 1)


@pytest.mark.parametrize("count", [1e-300, 0.5, 1, 7, 1e12, 1e300])
def test_one_symbol_has_the_mean_of_its_prior(count):
    assert_allclose(u_of(np.array([[count]])), [1])


def test_no_counts_and_tiny_counts_leave_the_prior():
    assert_allclose(u_of(np.zeros((4, 4))), 1 / 4)
    N = np.zeros((4, 4))
    N[1, 2] = N[2, 3] = 1e-15
    assert_allclose(u_of(N), 2 / 4)


def test_unseen_symbols_share_what_witten_bell_would_leave_them():
    N = np.array([[0, 3.0, 1, 0], [2, 1, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0]])
    u = u_of(N)
    *_, q = dirichlet(sparse.csr_array(N))
    tables = sum(u[j] / (u[j] + n) for row in N for j in range(4) for n in range(int(row[j])))
    assert_allclose(q[3], 3 / 4 / (tables + 3))  # three of four symbols are seen


def test_equal_counts_are_grouped_without_changing_the_result(names):
    N = CountBigramLM().fit(names[::100]).counts_
    other = N.copy()
    other.data *= 1 + 1e-13 * np.random.default_rng(0).random(N.nnz)
    assert_allclose(estimate_u(other), estimate_u(N), rtol=1e-10)


def test_the_order_of_symbols_does_not_matter():
    rng = np.random.default_rng(0)
    N = rng.choice([0, 0, 1, 2.5, 30], (9, 9))
    order = rng.permutation(9)
    assert_allclose(u_of(N[order][:, order]), u_of(N)[order], rtol=1e-10)


def test_u_is_recovered_from_rows_that_it_has_drawn():
    rng = np.random.default_rng(0)
    u = rng.gamma(1, 1, 200)
    N = np.array([rng.multinomial(2000, rng.dirichlet(u)) for _ in u], dtype=float)
    found = u_of(N)
    assert found.sum() == pytest.approx(u.sum(), rel=0.05)
    assert np.median(abs(np.log(found / u))) < 0.1


def test_another_newton_step_would_not_change_u(names, monkeypatch):
    N = CountBigramLM().fit(names[::100]).counts_
    u = estimate_u(N)
    monkeypatch.setattr(_dirichlet, "_TOLERANCE", 1e-13)
    assert_allclose(u, estimate_u(N), rtol=1e-11)


def test_steps_that_would_pass_the_solution_are_replaced():
    # For these counts, Newton's method for U once leaves the interval that holds the solution.
    N = [[1e-6, 1e6, 1e-12, 1e-12], [1, 1e12, 1e-6, 1e-6], [1, 1e-12, 1e-6, 1], [1e-6, 0, 1e-6, 1]]
    N = np.array(N)
    assert_allclose(*gradient(N, u_of(N)), rtol=1e-11)


def test_the_number_of_steps_is_bounded(names, monkeypatch):
    monkeypatch.setattr(_dirichlet, "_MAX_STEPS", 1)
    S, g, q = dirichlet(CountBigramLM().fit(names[::100]).counts_)
    assert_allclose(S.sum(axis=1) + g * q.sum(), 1)


@pytest.mark.parametrize("n", [1, 2, 30])
@pytest.mark.parametrize("u", [1e-9, 0.3, 5.0, 999.0, 1001.0, 1e9])
def test_differences_of_psi_are_sums_of_reciprocals(n, u):
    u = np.array([u])
    groups = _dirichlet._Groups(np.array([0]), np.array([float(n)]), np.array([3]), 1)
    value, slope = groups.psi_sums(u)
    assert_allclose(value, 3 * sum(1 / (u + k) for k in range(n)), rtol=1e-11)
    assert_allclose(slope, -3 * sum((u + k) ** -2 for k in range(n)), rtol=1e-6)


def test_the_trigamma_function_is_that_of_scipy():
    x = np.geomspace(1e-9, 1e9, 200)
    assert_allclose(_dirichlet._trigamma(x), polygamma(1, x), rtol=1e-10)


@pytest.mark.parametrize("n_names", [30, 100, 300, 1000])
def test_held_out_names_are_likelier_than_with_witten_bell(names, n_names):
    gain = []
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(names))
        train, test = ([names[i] for i in part] for part in np.split(order, [n_names]))
        better, worse = (
            CountBigramLM(smoothing=smoothing, tokenizer=LETTERS).fit(train).score(test)
            for smoothing in ("dirichlet", "witten-bell")
        )
        gain.append(better - worse)
    assert np.mean(gain) > 0
