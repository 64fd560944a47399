import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from sklearn_bigram.markov import _absorbing, _elimination
from sklearn_bigram.markov._absorbing import log_absorbing, reaching, solve_absorbing
from sklearn_bigram.markov._elimination import eliminate_sparse
from tests.markov.helpers import WEIGHTS


@st.composite
def chains(draw, max_states=6):
    """Draw A, its leak and a c: all the small chains, with states that never end among them."""
    n = draw(st.integers(1, max_states))
    weights = draw(arrays(float, (n, n + 1), elements=WEIGHTS))
    weights[weights.sum(axis=1) == 0, -1] = 1
    weights /= weights.sum(axis=1, keepdims=True)
    return weights[:, :-1], weights[:, -1], draw(arrays(float, n, elements=WEIGHTS))


def add_up(A, c):
    """Return c + A c + A A c + ... by doubling; what grows without end is inf."""
    power, total = A, c
    for _ in range(60):
        with np.errstate(over="ignore"):
            total = total + power @ total
        power = power @ power
    return np.where(total > 1e12, np.inf, total)


SOLVERS = ["elimination", "sparse elimination", "iteration"]


@pytest.fixture(params=SOLVERS)
def solver(request, monkeypatch):
    if request.param != "elimination":
        monkeypatch.setattr(_absorbing, "MAX_DENSE", 0)
        monkeypatch.setattr(_elimination, "MAX_DENSE", 1)
    per_state = 1000 if request.param == "sparse elimination" else 0
    monkeypatch.setattr(_absorbing, "_MAX_PER_STATE", per_state)


def solve(A, leak, c):
    return solve_absorbing(sparse.csr_array(A), leak, c)


@pytest.mark.usefixtures("solver")
@given(chain=chains())
@settings(max_examples=100)
def test_the_solution_is_the_sum_over_all_steps(chain):
    A, leak, c = chain
    x = solve(A, leak, c)
    np.testing.assert_allclose(x, add_up(A, c), rtol=1e-9)


@pytest.mark.usefixtures("solver")
@pytest.mark.parametrize("n", [1, 2, 27, 300])
def test_many_states_agree_with_numpy(n):
    rng = np.random.default_rng(0)
    weights = rng.random((n, n + 1))
    weights /= weights.sum(axis=1, keepdims=True)
    A, c = weights[:, :-1], rng.random(n)
    x = solve(A, weights[:, -1], c)
    np.testing.assert_allclose(x, np.linalg.solve(np.eye(n) - A, c), rtol=1e-12)


def test_states_that_lead_to_a_target_are_found():
    A = np.eye(6, k=1)
    A[4] = 0
    reached = reaching(sparse.csr_array(A), np.arange(6) == 3)
    np.testing.assert_array_equal(reached, [True] * 4 + [False] * 2)
    nothing = reaching(sparse.csr_array(A), np.zeros(6, dtype=bool))
    np.testing.assert_array_equal(nothing, [False] * 6)


def test_a_tiny_probability_of_ending_keeps_its_precision():
    x = solve([[0.0, 1.0], [1.0, 0.0]], np.array([1e-30, 0.0]), np.ones(2))
    np.testing.assert_allclose(x, 2e30, rtol=1e-15)


def test_a_long_chain_without_a_cycle_is_solved_exactly():
    n = 20_000
    A = sparse.eye_array(n, k=1, format="csr")
    leak = np.append(np.zeros(n - 1), 1.0)
    for c, expected in [(np.ones(n), np.arange(n, 0, -1)), (leak, np.ones(n))]:
        np.testing.assert_array_equal(solve(A, leak, c), expected)


def walk(n, up=0.5):
    """Return A and the leak of a random walk, which leaves at either end."""
    A = sparse.diags_array([1 - up, up], offsets=[-1, 1], shape=(n, n), format="csr")
    leak = np.zeros(n)
    leak[0] += 1 - up
    leak[-1] += up
    return A, leak


@pytest.mark.parametrize("n", [100, 1000, 1100])
def test_a_random_walk_leaves_after_the_product_of_the_distances_to_both_ends(n):
    A, leak = walk(n)
    expected = np.arange(1.0, n + 1) * np.arange(n, 0, -1)
    np.testing.assert_allclose(solve(A, leak, np.ones(n)), expected, rtol=1e-11)


@pytest.mark.parametrize("n", [1000, 1100])
def test_a_ring_that_hardly_ends(n):
    A = sparse.eye_array(n, k=1) + sparse.eye_array(n, k=1 - n)
    for leak in (1e-12, 1e-100, 1e-300):
        x = solve(A * (1 - leak), np.full(n, leak), np.ones(n))
        np.testing.assert_allclose(x, 1 / leak, rtol=1e-12)


@pytest.mark.usefixtures("solver")
@given(chain=chains())
@settings(max_examples=100)
def test_logarithms_are_those_of_the_solution(chain):
    A, leak, _ = chain
    c = leak * (np.arange(len(leak)) % 2 == 0)
    with np.errstate(divide="ignore"):
        log_x = log_absorbing(sparse.csr_array(A), leak, np.log(c))
        expected = np.log(add_up(A, c))
    np.testing.assert_allclose(log_x, expected, atol=1e-9)


@pytest.mark.parametrize("n", [900, 1500])
def test_logarithms_do_not_underflow(n):
    """A walk that reaches its upper end only by n steps that are unlikely: ruin of a gambler."""
    up = 0.01
    A, leak = walk(n, up)
    log_c = np.full(n, -np.inf)
    log_c[-1] = np.log(up)
    odds = np.log((1 - up) / up)
    k = np.arange(1, n + 1)
    expected = odds * (k - n - 1) + np.log1p(-np.exp(-k * odds))
    np.testing.assert_allclose(log_absorbing(A, leak, log_c), expected, rtol=1e-11)


def complete(n, leak):
    """Return A and the leak of a chain in which each state leads to each with equal probability."""
    A = sparse.csr_array(np.full((n, n), (1 - leak) / n))
    return A, np.full(n, leak)


def test_many_transitions_are_iterated(monkeypatch):
    monkeypatch.setattr(_absorbing, "eliminate_sparse", None)
    A, leak = complete(1200, 0.01)
    np.testing.assert_allclose(solve(A, leak, np.ones(1200)), 100, rtol=1e-10)
    log_c = np.where(np.arange(1200) == 0, np.log(0.01), -np.inf)
    x = log_absorbing(A, leak, log_c)
    expected = np.where(np.arange(1200) == 0, 0.01, 0.0) + 0.99 / 1200
    np.testing.assert_allclose(x, np.log(expected), rtol=1e-11)


def test_iteration_whose_error_takes_long_to_bound():
    A, leak = complete(1200, 1e-3)
    np.testing.assert_allclose(solve(A, leak, np.ones(1200)), 1000, rtol=1e-9)


def test_elimination_stops_where_it_would_need_more_and_more_transitions():
    rng = np.random.default_rng(0)
    A = rng.random((3000, 3000)) * (rng.random((3000, 3000)) < 10 / 3000)
    A = sparse.csr_array(A / (1.1 * A.sum(axis=1).max()))
    assert eliminate_sparse(A, 1 - A.sum(axis=1), np.ones(3000), A) is None
    x = solve(A, 1 - A.sum(axis=1), np.ones(3000))
    np.testing.assert_allclose(x, 1 + A @ x, rtol=1e-14)


def test_what_does_not_converge_warns_at_the_line_of_the_caller():
    n = 1200
    A, leak = complete(n, 1e-14)
    message = "did not converge to ten digits, since the model almost never ends"
    with pytest.warns(ConvergenceWarning, match=message) as caught:
        solve_absorbing(A, leak, np.ones(n))
    assert [warning.filename for warning in caught] == [__file__]
    log_c = np.where(np.arange(n) == 0, np.log(1e-14), -np.inf)
    with pytest.raises(FloatingPointError, match="could not be computed to ten digits"):
        log_absorbing(A, leak, log_c)


@pytest.mark.parametrize("n", [1000, 1100])
def test_sums_of_paths_that_are_all_improbable_do_not_overflow(n):
    """In a symmetric walk, the best path has a probability of 2^-n, but all of them a sum of 1 / 2.

    A walk that starts at state i > 0 comes to the end behind state n - 1 before state 0 with a
    probability of i / n. From state 0, the walk hardly ever starts.
    """
    up, half = 1e-250, np.full(n - 2, 0.5)
    A = sparse.diags_array([[0.0, *half], [up, *half]], offsets=[-1, 1])
    leak, log_c = np.zeros(n), np.full(n, -np.inf)
    leak[0], leak[[1, n - 1]], log_c[n - 1] = 1.0, 0.5, np.log(0.5)
    A = sparse.csr_array(A)
    A.eliminate_zeros()
    expected = np.log(np.arange(n) / n, where=np.arange(n) > 0, out=np.zeros(n))
    expected[0] = np.log(up) + expected[1]
    np.testing.assert_allclose(log_absorbing(A, leak, log_c), expected, rtol=1e-10, atol=1e-10)


def test_the_probability_of_an_end_at_once_may_underflow():
    log_c = np.array([-1000.0, -1.0])
    x = log_absorbing(sparse.csr_array((2, 2)), np.ones(2), log_c)
    np.testing.assert_allclose(x, log_c, rtol=1e-15)


def test_a_probability_that_cannot_be_computed_is_an_error():
    A = np.array([[1.0, 1e-212], [1.0, 0.0]])  # the way to the end has a probability of 1e-424
    with pytest.raises(FloatingPointError, match="could not be computed to ten digits"):
        log_absorbing(sparse.csr_array(A), np.array([0, 1e-212]), np.log([1e-300, 1e-212]))


def test_an_error_that_cannot_be_bounded_is_taken_for_infinite(monkeypatch):
    monkeypatch.setattr(_absorbing, "_refine", lambda A, c, tolerance: 0 * c)
    A, _ = complete(300, 1e-9)
    assert _absorbing._growth(A, np.ones(300)) == np.inf
