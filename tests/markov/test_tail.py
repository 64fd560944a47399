"""LikelihoodTails: which method is used, simulation, and long names."""

import pickle

import numpy as np
import pytest

from sklearn_bigram.markov import _tail
from sklearn_bigram.markov._sampling import sample_names
from sklearn_bigram.markov._tail import LikelihoodTails
from sklearn_bigram.markov._tail_bound import TailBound
from sklearn_bigram.markov._tail_grid import LossGrid
from tests.markov.helpers import chain_of, enumerate_names, random_chain, stream_of


@pytest.fixture
def _no_grid(monkeypatch):
    monkeypatch.setattr(LossGrid, "is_affordable", lambda *_: False)


def exact_tails(transition, n_bigrams):
    """Return the log-likelihoods of the names of a length and their tail probabilities."""
    _, log_p = enumerate_names(transition, [n_bigrams - 1])
    p = np.exp(log_p) / np.exp(log_p).sum()
    return log_p, np.array([p[log_p <= x + 1e-12].sum() for x in log_p])


@pytest.mark.usefixtures("_no_grid")
@pytest.mark.parametrize("seed", range(3))
def test_simulated_tails_are_within_their_standard_error(seed):
    transition = random_chain(5, seed=seed)
    tails = LikelihoodTails(transition)
    for n in range(1, 7):
        log_p, exact = exact_tails(transition, n)
        error = np.sqrt(np.maximum(exact * (1 - exact), 0) / _tail._N_SIMULATED)
        found = tails.at_most(log_p, np.full(len(log_p), n))
        assert (abs(found - exact) <= 5 * error + 2e-5).all()


@pytest.mark.usefixtures("_no_grid")
def test_names_that_are_rarer_than_all_simulated_ones_have_the_bound():
    transition = random_chain(20, seed=3)
    bound, tails = TailBound(transition), LikelihoodTails(transition)
    log_p = np.array([-40.0, -60.0, -200.0])
    found = tails.at_most(log_p, np.full(3, 10))
    np.testing.assert_array_equal(found, np.minimum(bound.at_most(log_p, 10), 1e-5))
    assert (found > 0).all()


@pytest.mark.usefixtures("_no_grid")
def test_simulation_is_the_same_in_each_object_and_whatever_came_before(monkeypatch):
    monkeypatch.setattr(_tail, "_N_SIMULATED", 999)
    transition = random_chain(5, seed=1)
    log_p = np.linspace(-12, -3, 50)
    expected = LikelihoodTails(transition).at_most(log_p, np.full(50, 5))
    tails = LikelihoodTails(transition)
    tails.at_most(log_p, np.arange(50) % 7 + 1)
    np.testing.assert_array_equal(tails.at_most(log_p, np.full(50, 5)), expected)


def test_the_grid_and_the_simulation_agree(monkeypatch):
    transition = random_chain(8, seed=4)
    names = sample_names(transition, 500, np.random.default_rng(1))
    log_p, n_bigrams = transition.log_likelihood(names), np.minimum(names.n_bigrams, 9)
    tails = LikelihoodTails(transition)
    high = tails.at_most(log_p, n_bigrams)
    low = tails.at_most(log_p - n_bigrams * 2.0**-9, n_bigrams)
    monkeypatch.setattr(LossGrid, "is_affordable", lambda *_: False)
    simulated = LikelihoodTails(transition).at_most(log_p, n_bigrams)
    error = 5 * np.sqrt(high * (1 - low) / _tail._N_SIMULATED) + 2e-5
    assert (simulated <= high + error).all()
    assert (simulated >= low - error).all()


def test_long_names_have_the_bound():
    transition = random_chain(5)
    log_p, n_bigrams = np.array([-300.0, -400.0, -np.inf]), np.full(3, 65)
    found = LikelihoodTails(transition).at_most(log_p, n_bigrams)
    np.testing.assert_array_equal(found[:2], TailBound(transition).at_most(log_p[:2], 65))
    assert found[2] == 0


def test_names_of_all_lengths_may_be_mixed():
    transition = random_chain(4, seed=2)
    rng = np.random.default_rng(0)
    n_bigrams = rng.permutation(np.repeat([1, 2, 7, 16, 17, 32, 33, 64, 65, 300], 2))
    log_p = -n_bigrams * rng.uniform(1, 4, len(n_bigrams))
    log_p[::7] = -np.inf
    together = LikelihoodTails(transition).at_most(log_p, n_bigrams)
    for x, n, value in zip(log_p, n_bigrams, together, strict=True):
        alone = LikelihoodTails(transition).at_most(np.array([x]), np.array([n]))
        assert alone.tolist() == [value]
    assert (together[::7] == 0).all()


@pytest.mark.parametrize("affordable", [True, False])
def test_lengths_without_names_have_probability_zero(affordable, monkeypatch):
    monkeypatch.setattr(LossGrid, "is_affordable", lambda *_: affordable)
    pairs = chain_of([[0, 1, 0], [0, 0, 1], [0.5, 0.5, 0]])  # only even lengths
    log_p = np.array([-1.0, np.log(0.5), -2.0])
    found = LikelihoodTails(pairs).at_most(log_p, np.array([2, 3, 4]))
    assert found.tolist() == pytest.approx([0, 1, 0])


def test_a_pickle_holds_the_chain_only():
    transition = random_chain(5)
    tails = LikelihoodTails(transition)
    pickled = pickle.dumps(tails)
    names = stream_of(["ab", "cad", "abcd" * 20], "abcd")
    log_p = transition.log_likelihood(names)
    expected = tails.at_most(log_p, names.n_bigrams)
    assert pickle.dumps(tails) == pickled
    found = pickle.loads(pickled).at_most(log_p, names.n_bigrams)
    np.testing.assert_array_equal(found, expected)
