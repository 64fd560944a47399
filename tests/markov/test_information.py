from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import sparse

from sklearn_bigram.markov import _absorbing, _transition
from sklearn_bigram.markov._information import (
    entropy,
    expected_length,
    kl_divergence,
    length_distribution,
)
from sklearn_bigram.markov._transition import TransitionMatrix
from tests.markov.helpers import (
    acyclic_chains,
    chain_of,
    chains,
    dense,
    enumerate_names,
    log_likelihood,
    normalized_chain,
)

TOLERANCE = 1e-10


@given(acyclic_chains(), chains(n_symbols=4))
@settings(max_examples=60)
def test_expected_values_are_sums_over_all_names(chain, other):
    names, log_p = enumerate_names(chain, range(4))
    p, lengths = np.exp(log_p), np.array([len(name) for name in names])
    assert p.sum() == pytest.approx(1, abs=TOLERANCE)
    assert expected_length(chain) == pytest.approx(p @ lengths, abs=TOLERANCE)
    assert entropy(chain) == pytest.approx(-p @ log_p, abs=TOLERANCE)
    other_log_p = np.array([log_likelihood(dense(other), name) for name in names])
    divergence = p @ (log_p - other_log_p)
    assert kl_divergence(chain, other) == pytest.approx(divergence, abs=TOLERANCE)
    assert kl_divergence(chain, chain) == 0


@given(chains())
@settings(max_examples=60)
def test_the_probability_of_a_length_is_a_sum_over_its_names(chain):
    proba = length_distribution(chain, 4)
    assert proba.shape == (5,)
    for n, p in enumerate(proba):
        _, log_p = enumerate_names(chain, [n])
        assert p == pytest.approx(np.exp(log_p).sum(), abs=TOLERANCE)
    assert length_distribution(chain, 0).tolist() == proba[:1].tolist()


@given(chains(n_symbols=4), chains(n_symbols=4))
@settings(max_examples=60)
def test_expected_values_follow_from_the_expected_visits_of_an_absorbing_chain(chain, other):
    P, Q = dense(chain), dense(other)
    P = 0.9 * P
    P[:, 0] += 0.1  # every symbol may end the name
    chain = chain_of(P)
    visits = np.append(1, np.linalg.solve(np.eye(3) - P[1:, 1:].T, P[0, 1:]))
    log_P = np.log(P, out=np.zeros_like(P), where=P > 0)
    with np.errstate(divide="ignore"):
        ratio = np.where(P > 0, log_P - np.log(Q), 0)
    entropies, divergences = -(P * log_P).sum(axis=1), (P * ratio).sum(axis=1)
    reached = visits > 0
    assert expected_length(chain) == pytest.approx(visits.sum() - 1, rel=TOLERANCE)
    assert entropy(chain) == pytest.approx(visits @ entropies, rel=TOLERANCE)
    divergence = visits[reached] @ divergences[reached]
    assert kl_divergence(chain, other) == pytest.approx(divergence, abs=TOLERANCE)


@pytest.fixture
def endless():
    return chain_of([[0, 0.5, 0.5], [1, 0, 0], [0, 0, 1]])  # after b a name never ends


def test_names_that_may_never_end_have_infinite_length(endless):
    assert expected_length(endless) == np.inf
    assert length_distribution(endless, 3).tolist() == [0, 0.5, 0, 0]


def test_the_entropy_is_infinite_only_if_endless_names_stay_uncertain(endless):
    assert entropy(endless) == pytest.approx(np.log(2))
    assert entropy(chain_of([[0, 0.5, 0.5]] * 3)) == np.inf


def test_symbols_that_no_name_has_do_not_matter(endless):
    chain = chain_of([[0, 1, 0], [1, 0, 0], [0, 0, 1]])  # no name reaches b
    assert expected_length(chain) == 1
    assert entropy(chain) == 0
    assert kl_divergence(chain, endless) == pytest.approx(np.log(2))
    assert kl_divergence(endless, chain) == np.inf


@pytest.mark.parametrize("n_symbols", [3, 300])
@pytest.mark.parametrize("difference", [2.0**-16, 2.0**-8, 2.0**-3])
def test_the_divergence_of_nearly_equal_chains_has_nine_digits(difference, n_symbols):
    def chain(p):
        rows = np.zeros((n_symbols, n_symbols))
        rows[:, :3] = p
        return chain_of(rows)

    p, q = (0.3, 0.37, 0.33), (0.3, 0.37 + difference, 0.33 - difference)
    with localcontext(prec=50):
        exact_p, exact_q = ([Decimal(x) / sum(map(Decimal, row)) for x in row] for row in (p, q))
        per_symbol = sum(a * (a / b).ln() for a, b in zip(exact_p, exact_q, strict=True))
        expected = float(per_symbol / exact_p[0])  # the divergence of a row times the visits
    assert kl_divergence(chain(p), chain(q)) == pytest.approx(expected, rel=1e-9, abs=0)


def test_the_divergence_of_very_unequal_chains_is_exact():
    rare, e = chain_of([[1 - 1e-300, 1e-300], [1, 0]]), 1e-9
    often = chain_of([[e, 1 - e], [1, 0]])
    assert kl_divergence(rare, often) == pytest.approx(-np.log(e), rel=1e-12, abs=0)
    assert kl_divergence(often, rare) == pytest.approx(np.log(1e300), rel=1e-6)


def test_the_divergence_is_infinite_if_the_other_chain_forbids_a_backoff():
    S, half = np.diag([0, 0.5, 0.5]), np.array([0.5, 0.5])
    chain = chain_of(S, [1, 0.5, 0.5], [0.4, 0.3, 0.3])
    cases = {
        "no backoff of a row": chain_of([[0, 0, 0], [0.5, 0, 0.5], [0, 0, 0]], [1, 0, 1]),
        "no symbol c": chain_of(S, [1, 0.5, 0.5], [*half, 0]),
        "all symbols": chain_of(S, [1, 0.5, 0.5], [0.2, 0.3, 0.5]),
    }
    found = {case: kl_divergence(chain, other) for case, other in cases.items()}
    assert [found[case] for case in cases][:2] == [np.inf, np.inf]
    assert 0 < found["all symbols"] < 1


def test_a_symbol_that_only_cells_hold_may_be_missing_in_the_other_backoff():
    S = np.array([[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0, 0.5]])
    chain = chain_of(0.8 * S, np.full(3, 0.2), [0.5, 0.5, 0])
    other = chain_of(0.5 * S, np.full(3, 0.5), [0.4, 0.6, 0])
    P, Q = dense(chain), dense(other)
    visits = np.append(1, np.linalg.solve(np.eye(2) - P[1:, 1:].T, P[0, 1:]))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = visits @ np.where(P > 0, P * np.log(P / Q), 0).sum(axis=1)
    assert kl_divergence(chain, other) == pytest.approx(expected)


@pytest.mark.parametrize("is_dense", [True, False])
def test_values_of_many_symbols_are_summed_from_cells_and_backoff(is_dense, monkeypatch):
    if not is_dense:
        monkeypatch.setattr(_transition, "_MAX_DENSE", 0)
        monkeypatch.setattr(_absorbing, "MAX_DENSE", 0)
    rng = np.random.default_rng(0)
    n = 300

    def make(density, backoff):
        S = rng.random((n, n)) * (rng.random((n, n)) < density)
        S[:, 0] = 0.2 * S.sum(axis=1) + 1e-3
        g = backoff * rng.random(n) * (rng.random(n) < 0.8)
        return normalized_chain(S, g, rng.random(n) * (rng.random(n) < 0.9))

    chain, other = make(0.05, 5.0), make(0.1, 9.0)
    smooth = chain_of(np.eye(n) / 2, np.full(n, 0.5))
    P = dense(chain)
    visits = np.append(1, np.linalg.solve(np.eye(n - 1) - P[1:, 1:].T, P[0, 1:]))
    log_P = np.log(P, out=np.zeros_like(P), where=P > 0)
    assert expected_length(chain) == pytest.approx(visits.sum() - 1, rel=TOLERANCE)
    expected = -visits @ (P * log_P).sum(axis=1)
    assert entropy(chain) == pytest.approx(expected, rel=TOLERANCE)
    cost = -visits @ (P * np.log(dense(smooth))).sum(axis=1)
    assert kl_divergence(chain, smooth) == pytest.approx(cost - expected, rel=TOLERANCE)
    assert kl_divergence(chain, other) == np.inf


@pytest.mark.parametrize("n", [500, 1100])
@pytest.mark.parametrize("leak", [1e-3, 1e-12, 1e-200])
def test_a_ring_that_hardly_ends_has_an_exact_length_and_entropy(n, leak):
    S = sparse.eye_array(n + 1, k=1, format="lil") * (1 - leak)
    S[0, 1] = 1
    S[n, 1] = 1 - leak
    S[1:, [0]] = leak
    chain = TransitionMatrix(S.tocsr(), np.zeros(n + 1), np.full(n + 1, 1 / (n + 1)))
    assert expected_length(chain) == pytest.approx(1 / leak, rel=1e-12)
    per_symbol = -leak * np.log(leak) - (1 - leak) * np.log1p(-leak)
    assert entropy(chain) == pytest.approx(per_symbol / leak, rel=1e-12)


def test_the_entropy_of_a_loop_that_is_nearly_certain_is_exact():
    N = np.array([[0, 1, 0], [0, 1e15, 1], [1, 0, 1]])
    S = sparse.csr_array(N / N.sum(axis=1, keepdims=True))
    chain = TransitionMatrix(S, np.zeros(3), np.full(3, 1 / 3))
    leave = 1 / (1e15 + 1)
    loop = -leave * np.log(leave) - (1 - leave) * np.log1p(-leave)
    assert entropy(chain) == pytest.approx(loop / leave + 2 * np.log(2), rel=1e-14)


def test_symbols_after_which_nothing_was_counted_are_no_states(monkeypatch):
    """Paths through them are added to the backoff: the result is that of all states."""
    rng = np.random.default_rng(0)
    n = 40
    S = rng.random((n, n)) * (rng.random((n, n)) < 0.2)
    S[rng.random(n) < 0.6] = 0
    chain = normalized_chain(S, rng.random(n) + 0.1, rng.random(n) * (rng.random(n) < 0.7))
    P = dense(chain)
    visits = np.append(1, np.linalg.solve(np.eye(n - 1) - P[1:, 1:].T, P[0, 1:]))
    assert np.count_nonzero(np.diff(chain.S.indptr) == 0) > 10
    assert expected_length(chain) == pytest.approx(visits[1:].sum(), rel=1e-13)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = visits @ -np.where(P > 0, P * np.log(P), 0).sum(axis=1)
    assert entropy(chain) == pytest.approx(expected, rel=1e-13)


def normalized(N):
    return np.array(N) / np.sum(N, axis=1, keepdims=True)


@pytest.mark.parametrize("e", [1e-3, 1e-8, 1e-12, 1e-16, 1e-20, 1e-200])
def test_the_divergence_of_nearly_certain_symbols_is_exact(e):
    def chain(e):
        return chain_of(normalized([[0, 1], [e, 1]]))

    p, q = e / (1 + e), 2 * e / (1 + 2 * e)
    per_symbol = p * np.log(p / q) + (1 - p) * (np.log1p(-p) - np.log1p(-q))
    assert kl_divergence(chain(e), chain(2 * e)) == pytest.approx(per_symbol / p, rel=1e-9)


@pytest.mark.parametrize("n", [1e3, 1e15, 1e17, 1e300])
def test_an_expected_length_below_the_rounding_of_one_is_exact(n):
    assert expected_length(chain_of(normalized([[n, 1], [1, 0]]))) == pytest.approx(
        1 / (n + 1), rel=1e-14
    )


@pytest.mark.filterwarnings("error")
def test_a_sum_beyond_any_float_is_infinite():
    N = [[0, 1, 0], [0, 1e12, 1e-200], [1e-200, 1e12, 0]]
    assert expected_length(chain_of(normalized(N))) == np.inf
    N = [[0, 3, 2], [1e-300, 1e-12, 0.392], [0, 1e-17, 1e12]]
    assert expected_length(chain_of(normalized(N))) == np.inf
