import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from sklearn_bigram.markov import _absorbing
from sklearn_bigram.markov._absorbing import solve_absorbing

WEIGHTS = st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.0])


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


@pytest.mark.parametrize("max_dense", [0, 1024])
@given(chain=chains())
@settings(max_examples=200)
def test_the_solution_is_the_sum_over_all_steps(chain, max_dense):
    A, leak, c = chain
    before = _absorbing._MAX_DENSE
    try:
        _absorbing._MAX_DENSE = max_dense
        x = solve_absorbing(lambda v: A @ v, c, leak)
    finally:
        _absorbing._MAX_DENSE = before
    np.testing.assert_allclose(x, add_up(A, c), rtol=1e-9)


@pytest.mark.parametrize("max_dense", [0, 1024])
@pytest.mark.parametrize("n", [2, 27, 300])
def test_many_states_agree_with_numpy(n, max_dense, monkeypatch):
    monkeypatch.setattr(_absorbing, "_MAX_DENSE", max_dense)
    rng = np.random.default_rng(0)
    weights = rng.random((n, n + 1))
    weights /= weights.sum(axis=1, keepdims=True)
    A, c = weights[:, :-1], rng.random(n)
    x = solve_absorbing(lambda v: A @ v, c, weights[:, -1])
    np.testing.assert_allclose(x, np.linalg.solve(np.eye(n) - A, c), rtol=1e-12)


def test_a_leak_below_rounding_is_not_lost():
    A = np.array([[0.0, 1.0], [1.0, 0.0]])
    x = solve_absorbing(lambda v: A @ v, np.ones(2), np.array([1e-30, 0.0]))
    np.testing.assert_allclose(x, 2e30, rtol=1e-15)


def test_a_chain_that_never_returns_takes_as_many_steps_as_it_has_states():
    n = 1500
    A = sparse.eye_array(n, k=1, format="csr")
    x = solve_absorbing(lambda v: A @ v, np.ones(n), np.append(np.zeros(n - 1), 1.0))
    np.testing.assert_array_equal(x, np.arange(n, 0, -1))


def test_what_does_not_converge_says_so():
    n = 5000  # a random walk, which takes some n ** 2 steps to leave
    A = sparse.diags_array([0.5, 0.5], offsets=[-1, 1], shape=(n, n), format="csr")
    leak = np.zeros(n)
    leak[[0, -1]] = 0.5
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        solve_absorbing(lambda v: A @ v, np.ones(n), leak)
