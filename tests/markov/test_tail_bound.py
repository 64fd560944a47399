"""TailBound: never below the exact tail, and not far above, for any length."""

import time

import numpy as np
import pytest
from hypothesis import given

from sklearn_bigram.markov import _tail_bound
from sklearn_bigram.markov._tail_bound import TailBound
from sklearn_bigram.markov._tail_grid import LossGrid
from tests.markov.helpers import chain_of, chains, enumerate_names, random_chain


@pytest.fixture
def _few_steps(monkeypatch):
    monkeypatch.setattr(_tail_bound, "_STEPS", 3)


@pytest.fixture
def _eight_steps(monkeypatch):
    monkeypatch.setattr(_tail_bound, "_STEPS", 8)


def check_bound(transition, lengths):
    bound = TailBound(transition)
    for n in lengths:
        _, log_p = enumerate_names(transition, [n])
        if len(log_p):
            p = np.exp(log_p - log_p.max())
            exact = np.array([p[log_p <= x + 1e-12].sum() for x in log_p]) / p.sum()
            found = bound.at_most(log_p, n + 1)
            assert (found >= exact * (1 - 1e-9)).all()
            assert found.max() <= 1


@pytest.mark.usefixtures("_eight_steps")
@given(chains())
def test_no_exact_tail_is_above_the_bound(transition):
    check_bound(transition, range(6))


@pytest.mark.usefixtures("_few_steps")
def test_no_exact_tail_is_above_the_bound_after_the_steps():
    for seed in range(5):
        check_bound(random_chain(4, seed=seed), range(8))
    for seed in range(5):
        check_bound(random_chain(4, density=1, backoff=0, seed=seed), range(8))


@pytest.mark.usefixtures("_few_steps")
@given(chains())
def test_no_exact_tail_is_above_the_bound_of_any_chain_after_the_steps(transition):
    check_bound(transition, range(7))


@pytest.mark.parametrize("n", [30, 64])
def test_bound_is_near_the_tail(n):
    transition = random_chain(12, seed=1)
    tail = LossGrid(transition, 2.0**-6).tails(n)[-1]
    bound = TailBound(transition)
    loss = (tail.first + np.arange(len(tail.proba))) * tail.width
    exact = tail.at_most(-loss)  # (n_cells,), descending
    for p in (0.01, 0.001, 1e-6, 1e-10):
        x = -loss[[np.searchsorted(-exact, -p)]]
        assert 2 < bound.at_most(x, n)[0] / tail.at_most(x)[0] < 50


def test_bound_of_a_million_symbols_takes_no_longer():
    transition, n = random_chain(20), 10**6
    start = time.process_time()
    bound = TailBound(transition)
    found = bound.at_most(np.array([-1.0, -1e9]), n)
    assert time.process_time() - start < 20
    assert found.tolist() == [1, 0]


def test_bound_of_many_symbols_agrees_with_the_extrapolation(monkeypatch):
    transition, n = random_chain(6, seed=2), 200
    log_p = -np.linspace(200, 500, 7)
    extrapolated = TailBound(transition).at_most(log_p, n)
    monkeypatch.setattr(_tail_bound, "_STEPS", n)
    np.testing.assert_allclose(extrapolated, TailBound(transition).at_most(log_p, n), rtol=1e-9)


@pytest.mark.usefixtures("_few_steps")
def test_nothing_is_claimed_of_lengths_that_names_may_not_have():
    pairs = chain_of([[0, 1, 0], [0, 0, 1], [0.5, 0.5, 0]])  # only even lengths
    assert TailBound(pairs).at_most(np.array([-50.0]), 4).tolist() == [1]
    assert TailBound(pairs).at_most(np.array([-50.0]), 5).tolist() == [1]
    endless = chain_of([[0, 1], [0, 1]])
    assert TailBound(endless).at_most(np.array([-50.0]), 5).tolist() == [1]
