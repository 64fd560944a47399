import pickle
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings

from sklearn_bigram.markov import _length_moments
from sklearn_bigram.markov._length_moments import LengthMoments
from tests.markov.helpers import (
    chain_of,
    chains,
    dense,
    log_likelihood,
    normalized_chain,
    random_chain,
)

TOLERANCE = 1e-10


@given(chain=chains())
@settings(max_examples=100)
def test_moments_are_those_of_the_names_of_each_length(chain):
    means, deviations = LengthMoments(chain).up_to(5)
    assert np.isnan([means[0], deviations[0]]).all()  # every name has a bigram
    P = dense(chain)
    for n in range(5):
        names = product(range(1, len(P)), repeat=n)
        log_p = np.array([log_likelihood(P, name) for name in names])
        log_p = log_p[log_p > -np.inf]
        if len(log_p) == 0:
            assert np.isnan([means[n + 1], deviations[n + 1]]).all()
            continue
        p = np.exp(log_p)
        mean = p @ log_p / p.sum()
        variance = p @ (log_p - mean) ** 2 / p.sum()
        assert means[n + 1] == pytest.approx(mean, abs=TOLERANCE)
        assert deviations[n + 1] ** 2 == pytest.approx(variance, abs=TOLERANCE)


def test_more_symbols_agree_with_a_sum_over_pairs():
    chain = random_chain(30, density=0.2)
    P = dense(chain)
    p = P[0, 1:, None] * P[1:, 1:] * P[1:, 0]
    log_p = np.log(p)
    mean = np.sum(p * log_p) / p.sum()
    variance = np.sum(p * (log_p - mean) ** 2) / p.sum()
    means, deviations = LengthMoments(chain).up_to(3)
    np.testing.assert_allclose([means[3], deviations[3]], [mean, np.sqrt(variance)], rtol=1e-12)


def test_a_backoff_that_nothing_uses_does_no_harm():
    S = [[0, 0.75, 0.25], [0.5, 0.25, 0.25], [1, 0, 0]]
    expected = LengthMoments(chain_of(S)).up_to(8)
    only_the_boundary = LengthMoments(chain_of(S, q=[1, 0, 0])).up_to(8)
    np.testing.assert_allclose(only_the_boundary, expected, rtol=1e-13)


def test_names_of_equal_probability_have_no_deviation():
    chain = chain_of(np.zeros((5, 5)), np.ones(5))
    means, deviations = LengthMoments(chain).up_to(50)
    np.testing.assert_allclose(means[1:], np.log(0.2) * np.arange(1, 51))
    assert deviations[1:51].tolist() == [0] * 50


def test_long_names_neither_underflow_nor_lose_precision():
    """From c a name goes on much longer than from b: by a factor of 10^600 after 1,000 steps."""
    P = np.zeros((5, 5))  # the boundary, a, b, c and d
    P[0, 1] = P[1, 2] = 1
    P[2, [0, 2, 4]] = 0.5, 0.2, 0.3
    P[3, [0, 3]] = 0.2, 0.8
    P[4, [0, 2]] = 0.5, 0.5
    found = LengthMoments(chain_of(P)).up_to(1002)
    P[3, [0, 3]] = 1, 0  # no name reaches c
    expected = LengthMoments(chain_of(P)).up_to(1002)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    assert np.isfinite(found[0][1002])


def test_the_moments_do_not_depend_on_earlier_calls():
    chain = random_chain(6)
    moments = LengthMoments(chain)
    short = moments.up_to(3)
    assert [len(x) for x in short] == [4, 4]
    longer = moments.up_to(9)
    np.testing.assert_array_equal(longer, LengthMoments(chain).up_to(9))
    np.testing.assert_array_equal(moments.up_to(2), longer)
    np.testing.assert_array_equal(short[0], longer[0][:4])


def test_nothing_is_computed_before_it_is_asked_for_and_nothing_twice(monkeypatch):
    calls = []

    class Recursion(_length_moments._Recursion):
        def __init__(self, transition):
            calls.append("start")
            super().__init__(transition)

        def step(self, state):
            calls.append("step")
            return super().step(state)

    monkeypatch.setattr(_length_moments, "_Recursion", Recursion)
    moments = LengthMoments(random_chain(4))
    assert calls == []
    moments.up_to(1)
    assert calls == ["start"]
    moments.up_to(4)
    moments.up_to(3)
    assert calls == ["start", "step", "step", "step"]


def test_a_pickle_holds_only_the_chain():
    moments = LengthMoments(random_chain(6))
    pickled = pickle.dumps(moments)
    expected = moments.up_to(20)
    assert pickle.dumps(moments) == pickled
    np.testing.assert_array_equal(pickle.loads(pickled).up_to(20), expected)


def test_threads_may_share_the_moments():
    chain = random_chain(6)
    expected = LengthMoments(chain).up_to(60)
    moments = LengthMoments(chain)
    with ThreadPoolExecutor(8) as executor:
        results = list(executor.map(moments.up_to, [*range(1, 60)] * 2))
    for n_bigrams, result in zip([*range(1, 60)] * 2, results, strict=True):
        np.testing.assert_array_equal(
            np.array(result)[:, : n_bigrams + 1], np.array(expected)[:, : n_bigrams + 1]
        )


def test_unseen_symbols_count_as_many_though_they_are_kept_as_one(monkeypatch):
    rng = np.random.default_rng(0)
    n = 60
    S = rng.random((n, n)) * (rng.random((n, n)) < 0.5)
    S[10:], S[:, 10:] = 0, 0
    chain = normalized_chain(S, np.where(np.arange(n) < 10, rng.random(n), 1), np.ones(n))
    merged = LengthMoments(chain).up_to(12)
    assert len(_length_moments._merge_unseen(chain)[1]) == 11
    monkeypatch.setattr(
        _length_moments, "_merge_unseen", lambda chain: (chain.S, chain.g, chain.q, np.ones(n))
    )
    np.testing.assert_allclose(merged, LengthMoments(chain).up_to(12), rtol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_moments_of_long_names_are_extrapolated(seed, monkeypatch):
    chain = random_chain(8, density=0.6, seed=seed)
    moments = LengthMoments(chain)
    means, deviations = moments.up_to(5000)
    assert means.shape == deviations.shape == (5001,)
    assert len(moments._computed[1].means) < 1000  # computed one by one
    again = moments.up_to(100)[0]
    np.testing.assert_array_equal(again, means[: len(again)])
    monkeypatch.setattr(_length_moments, "_is_even", lambda state: False)
    exact_means, exact_deviations = LengthMoments(chain).up_to(5000)
    np.testing.assert_allclose(means, exact_means, rtol=1e-11)
    np.testing.assert_allclose(deviations, exact_deviations, rtol=1e-8)


def test_moments_that_do_not_grow_evenly_are_not_extrapolated():
    chain = chain_of([[0, 1, 0], [0.5, 0, 0.5], [0, 1, 0]])  # only odd lengths
    moments = LengthMoments(chain)
    means, _ = moments.up_to(400)
    assert len(moments._computed[1].means) == 401
    assert np.isnan(means[[1, 3, 399]]).all()
    assert np.isfinite(means[[2, 4, 400]]).all()
