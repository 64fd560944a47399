"""LossGrid: tails of the log-likelihood against the enumeration of all names of a length."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_bigram.markov import _tail_grid
from sklearn_bigram.markov._tail_grid import LossGrid
from tests.markov.helpers import (
    chain_of,
    chains,
    dense,
    enumerate_names,
    log_likelihood,
    random_chain,
)

TINY = 1e-9


def share(log_p, up_to):
    """Return the probability of a name of at most this log-likelihood, among all of its length."""
    p = np.exp(log_p - log_p.max())
    return p[log_p <= up_to].sum() / p.sum()


def check_tail(tail, log_p, width, n):
    """Check that all values are between the exact ones for the name and for more likely names."""
    found = tail.at_most(log_p)
    for value, x in zip(found, log_p, strict=True):
        assert share(log_p, x + 1e-12) - TINY <= value <= share(log_p, x + n * width + 1e-8) + TINY
    assert found.max() <= 1


@given(chains(), st.sampled_from([2.0**-9, 0.1, 2.0]))
def test_tails_are_exact_up_to_one_cell_for_each_bigram(transition, width):
    tails = LossGrid(transition, width).tails(6)
    for n, tail in enumerate(tails, 1):
        _, log_p = enumerate_names(transition, [n - 1])
        assert (tail is None) == (len(log_p) == 0)
        if len(log_p):
            check_tail(tail, log_p, width, n)


@pytest.mark.parametrize("seed", range(3))
def test_tails_of_five_symbols_are_those_of_the_rounded_losses(seed):
    transition, width = random_chain(6, seed=seed), 2.0**-9
    names, log_p = enumerate_names(transition, [5])
    cells = np.floor(-np.log(dense(transition)) / width)
    rounded = np.array([sum(cells[i, j] for i, j in pairwise([0, *name, 0])) for name in names])
    tail = LossGrid(transition, width).tails(6)[-1]
    p = np.exp(log_p) / np.exp(log_p).sum()
    for cell in np.unique(rounded).astype(int):
        expected = p[rounded >= cell].sum()
        assert tail.proba[cell - tail.first] == pytest.approx(expected, rel=1e-10)


def test_names_that_are_equally_likely_count_one_another():
    thirds = chain_of(
        [[0, 1 / 3, 1 / 2, 1 / 6], [1 / 4, 3 / 4, 0, 0], [1 / 6, 0, 5 / 6, 0], [1, 0, 0, 0]]
    )
    tail = LossGrid(thirds, 2.0**-9).tails(2)[1]
    _, log_p = enumerate_names(thirds, [1])  # 1/3 1/4 = 1/2 1/6 < 1/6 1
    np.testing.assert_allclose(tail.at_most(log_p), [1 / 2, 1 / 2, 1])


def test_small_probabilities_are_precise():
    steep = chain_of([[0, 1 - 1e-9, 1e-9], [0.5, 0.5 - 1e-9, 1e-9], [0.5, 0.5 - 1e-9, 1e-9]])
    tail = LossGrid(steep, 2.0**-9).tails(5)[-1]
    least = log_likelihood(dense(steep), (2, 2, 2, 2))
    assert tail.at_most(np.array([least]))[0] == pytest.approx(16e-36, rel=1e-6)  # of (1/2)^4


def test_probabilities_may_underflow():
    steep = chain_of([[0, 1, 0], [1e-200, 0, 1], [0, 1, 0]])
    width = 0.5
    tails = LossGrid(steep, width).tails(8)
    for n, tail in enumerate(tails, 1):
        assert (tail is None) == (n % 2 == 1)
        if tail is not None:
            name = tuple((1, 2)[k % 2] for k in range(n - 1))
            assert tail.at_most(np.array([log_likelihood(dense(steep), name)])) == [1]


def test_less_likely_than_all_names_has_probability_zero():
    transition = random_chain(4)
    tail = LossGrid(transition, 2.0**-9).tails(3)[-1]
    assert tail.at_most(np.array([-1000.0, 0.0])).tolist() == pytest.approx([0, 1])


def test_short_names_have_the_same_tails_whatever_the_longest():
    grid = LossGrid(random_chain(5), 2.0**-9)
    for short, long in zip(grid.tails(4), grid.tails(7), strict=False):
        np.testing.assert_array_equal(short.proba, long.proba)


def test_only_small_grids_are_affordable(monkeypatch):
    def is_affordable(n_symbols=5, width=2.0**-9, n_bigrams=16):
        return LossGrid.is_affordable(random_chain(n_symbols), width, n_bigrams)

    assert is_affordable()
    assert is_affordable(28)
    assert not is_affordable(257, 100.0, 1)
    assert not is_affordable(width=1e-9)
    monkeypatch.setattr(_tail_grid, "_MAX_WORK", 11 * 20 * _tail_grid._WORK_PER_CALL)
    assert is_affordable(width=100.0, n_bigrams=10)
    assert not is_affordable(width=100.0, n_bigrams=20)


def test_a_chain_without_names_has_no_tails():
    endless = chain_of([[0, 1], [0, 1]])
    assert LossGrid.is_affordable(endless, 2.0**-9, 16)
    assert LossGrid(endless, 2.0**-9).tails(3) == [None] * 3


def test_all_names_of_a_length_have_probability_one_together():
    for n in range(1, 6):
        transition = random_chain(4, seed=n)
        names = list(product(range(1, 4), repeat=n - 1))
        best = max(log_likelihood(dense(transition), name) for name in names)
        tail = LossGrid(transition, 2.0**-9).tails(n)[-1]
        assert tail.at_most(np.array([best]))[0] == pytest.approx(1)


@pytest.mark.parametrize("n", range(1, 13))
def test_all_names_are_at_most_as_likely_as_the_most_likely(n):
    transition = random_chain(20, seed=n)
    tail = LossGrid(transition, 2.0**-9).tails(n)[n - 1]
    assert tail.at_most(np.zeros(1)).tolist() == [1.0]
