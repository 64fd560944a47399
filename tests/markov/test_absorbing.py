import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from sklearn_bigram.markov import _absorbing
from sklearn_bigram.markov._absorbing import reaching, solve_absorbing
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


@pytest.fixture(params=["elimination", "iteration"])
def solver(request, monkeypatch):
    if request.param == "iteration":
        monkeypatch.setattr(_absorbing, "_MAX_DENSE", 0)


@pytest.mark.usefixtures("solver")
@given(chain=chains())
@settings(max_examples=100)
def test_the_solution_is_the_sum_over_all_steps(chain):
    A, leak, c = chain
    x = solve_absorbing(lambda v: A @ v, c, leak)
    np.testing.assert_allclose(x, add_up(A, c), rtol=1e-9)


@pytest.mark.usefixtures("solver")
@pytest.mark.parametrize("n", [1, 2, 27, 300])
def test_many_states_agree_with_numpy(n):
    rng = np.random.default_rng(0)
    weights = rng.random((n, n + 1))
    weights /= weights.sum(axis=1, keepdims=True)
    A, c = weights[:, :-1], rng.random(n)
    x = solve_absorbing(lambda v: A @ v, c, weights[:, -1])
    np.testing.assert_allclose(x, np.linalg.solve(np.eye(n) - A, c), rtol=1e-12)


@pytest.mark.parametrize(("n", "function"), [(1024, "_eliminate"), (1025, "_iterate")])
def test_up_to_1024_states_are_eliminated(n, function, monkeypatch):
    def stop(*args):
        raise InterruptedError

    monkeypatch.setattr(_absorbing, function, stop)
    A = sparse.csr_array((n, n))
    with pytest.raises(InterruptedError):
        solve_absorbing(lambda v: A @ v, np.ones(n), np.ones(n))


def test_states_that_lead_to_a_target_are_found():
    A = np.eye(6, k=1)
    A[4] = 0
    target = np.arange(6) == 3
    np.testing.assert_array_equal(reaching(lambda v: A @ v, target), [True] * 4 + [False] * 2)


def test_a_tiny_probability_of_ending_keeps_its_precision():
    A = np.array([[0.0, 1.0], [1.0, 0.0]])
    x = solve_absorbing(lambda v: A @ v, np.ones(2), np.array([1e-30, 0.0]))
    np.testing.assert_allclose(x, 2e30, rtol=1e-15)


def test_a_long_chain_without_a_cycle_is_solved_exactly():
    n = 1100
    A = sparse.eye_array(n, k=1, format="csr")
    leak = np.append(np.zeros(n - 1), 1.0)
    for c, expected in [(np.ones(n), np.arange(n, 0, -1)), (leak, np.ones(n))]:
        np.testing.assert_array_equal(solve_absorbing(lambda v: A @ v, c, leak), expected)


def walk(n):
    """Return A and the leak of a random walk, which takes some n ** 2 steps to leave."""
    A = sparse.diags_array([0.5, 0.5], offsets=[-1, 1], shape=(n, n), format="csr")
    leak = np.zeros(n)
    leak[[0, -1]] = 0.5
    return A, leak


def test_an_iteration_that_does_not_converge_warns_at_the_line_of_the_caller():
    A, leak = walk(2000)
    message = r"did not converge: the relative residual is \d+e-\d+\. The model almost never"
    with pytest.warns(ConvergenceWarning, match=message) as caught:
        solve_absorbing(lambda v: A @ v, np.ones(2000), leak)
    assert [warning.filename for warning in caught] == [__file__]


def test_a_random_walk_leaves_after_the_product_of_the_distances_to_both_ends(monkeypatch):
    monkeypatch.setattr(_absorbing, "_MAX_DENSE", 0)
    n = 100
    A, leak = walk(n)
    x = solve_absorbing(lambda v: A @ v, np.ones(n), leak)
    np.testing.assert_allclose(x, np.arange(1, n + 1) * np.arange(n, 0, -1), rtol=1e-9)
