"""Distinct names: their number, and draws against the definition, name after name."""

import math
from collections import Counter
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from sklearn_bigram.exceptions import EndlessNameError, TooFewNamesError
from sklearn_bigram.markov import _distinct, _race
from sklearn_bigram.markov._automaton import build_automaton
from sklearn_bigram.markov._conditional import ConditionalChain
from sklearn_bigram.markov._distinct import check_enough, sample_distinct
from sklearn_bigram.markov._pattern import parse_pattern
from sklearn_bigram.markov._race import race
from sklearn_bigram.tokenization._stream import TokenStream, no_names
from tests.markov.helpers import (
    PIECES,
    Alphabet,
    acyclic_chains,
    chain_of,
    chains,
    enumerate_names,
    random_chain,
)

# Two names of one symbol, four of two, the empty name; the rarest has probability 0.0036.
SMALL = chain_of([[0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.9, 0.06, 0.04]])


def condition(transition, pattern="*", min_length=0, max_length=None):
    elements = parse_pattern(pattern, Alphabet("abcdefgh"[: transition.n_symbols - 1]))
    automaton = build_automaton(elements, min_length, max_length, transition.n_symbols)
    return ConditionalChain(transition, automaton)


def stream_of(names):
    ids = [0]
    for name in names:
        ids += [*name, 0]
    return TokenStream(np.array(ids), np.flatnonzero(np.array(ids) == 0))


def names_of(stream):
    return [tuple(stream.ids[a + 1 : b].tolist()) for a, b in pairwise(stream.starts)]


def set_race_cost(monkeypatch, cost):
    """Set after how many draws per name the rest is a race: 0 for a race of all."""
    monkeypatch.setattr(_distinct, "_RACE_COST", cost)


# The number of names


def refuse(chain, excluded=()):
    """Return the number of names that the error says there are; None if there is no error."""
    try:
        check_enough(chain, 10_000, stream_of(excluded))
    except TooFewNamesError as error:
        return error.n_names
    return None


@given(chains(n_symbols=4), st.lists(st.sampled_from(PIECES), max_size=5), st.integers(0, 4))
def test_names_within_a_length_are_counted(transition, pieces, max_length):
    names, _ = enumerate_names(transition, range(max_length + 1))
    chain = condition(transition, "".join(pieces), 0, max_length)
    accepted = chain.automaton.accepts(stream_of(names))
    assert refuse(chain) == np.count_nonzero(accepted)
    excluded = [name for name, is_in in zip(names, accepted, strict=True) if is_in][::2]
    assert refuse(chain, excluded) == np.count_nonzero(accepted) - len(excluded)


@given(acyclic_chains())
def test_names_are_counted_without_a_bound_if_they_are_finitely_many(transition):
    chain = condition(transition)
    if chain.log_mass > -np.inf:
        assert refuse(chain) == len(enumerate_names(transition, range(4))[0])


def test_excluded_names_that_are_impossible_do_not_count():
    transition = chain_of([[0, 0.5, 0.5], [1, 0, 0], [0, 1, 0]])  # the names a and ba
    assert refuse(condition(transition), [(1, 2), (2, 1)]) == 1


@pytest.mark.parametrize("pattern", ["*", "a*", "*a*b"])
def test_infinitely_many_names_are_enough(pattern):
    assert refuse(condition(random_chain(4), pattern)) is None


def test_a_single_loop_has_infinitely_many_names():
    assert refuse(condition(chain_of([[0, 1], [0.5, 0.5]]))) is None


def test_a_loop_that_leads_to_no_name_does_not_count():
    transition = chain_of([[0, 0.5, 0.5], [1, 0, 0], [0, 0, 1]])
    assert refuse(condition(transition)) == 1


def test_a_number_of_names_beyond_all_floats_is_enough():
    assert refuse(condition(random_chain(9, density=1), max_length=2000)) is None


# Draws


def in_sequence(p):
    """Return the probability of each order of the names, drawn one after the other."""
    expected = {}
    for order in permutations(range(len(p))):
        left, probability = 1.0, 1.0
        for index in order:
            probability *= p[index] / left
            left -= p[index]
        expected[order] = probability
    return expected


def assert_follows(observed, expected, n_draws):
    """Check frequencies with a chi-square test; rare outcomes count as one."""
    frequent = [key for key, p in expected.items() if n_draws * p >= 8]
    found = [observed[key] for key in frequent]
    means = [n_draws * expected[key] for key in frequent]
    found, means = [*found, n_draws - sum(found)], [*means, n_draws - math.fsum(means)]
    if means[-1] < 8:
        assert observed.keys() <= expected.keys()
        found, means = found[:-1], np.array(means[:-1]) * sum(found[:-1]) / math.fsum(means[:-1])
    assert chisquare(found, means).pvalue > 1e-4


@pytest.mark.parametrize("race_cost", [0, 1, math.inf], ids=["race", "both", "draws"])
def test_distinct_names_are_distributed_as_names_drawn_in_sequence(race_cost, monkeypatch):
    set_race_cost(monkeypatch, race_cost)
    chain = condition(SMALL, max_length=2)
    names, log_p = enumerate_names(SMALL, range(3))
    p = np.exp(log_p) / np.exp(log_p).sum()
    expected = Counter()
    for order, probability in in_sequence(p).items():
        expected[tuple(names[i] for i in order[:3])] += probability
    rng = np.random.default_rng(0)
    drawn = [tuple(names_of(sample_distinct(chain, 3, no_names(), rng))) for _ in range(1000)]
    assert_follows(Counter(drawn), expected, 1000)


@pytest.mark.parametrize(
    ("transition", "pattern", "max_length"),
    [
        (random_chain(3, backoff=0.6), "*", None),
        (random_chain(4), "*a?*", 4),  # more than one state, and states with two edges
        (random_chain(4), "?*b", None),
        (random_chain(3, density=1, backoff=0), "?a*", 4),
    ],
)
def test_pairs_in_a_race_follow_their_probabilities(transition, pattern, max_length):
    chain = condition(transition, pattern, max_length=max_length)
    names, log_p = enumerate_names(transition, range(7))
    accepted = np.flatnonzero(chain.automaton.accepts(stream_of(names)))
    p = {names[i]: math.exp(log_p[i] - chain.log_mass) for i in accepted}
    expected = {(a, b): p[a] * p[b] / (1 - p[a]) for a, b in permutations(p, 2)}
    rng = np.random.default_rng(1)
    observed = Counter(tuple(names_of(race(chain, 2, rng))) for _ in range(800))
    assert_follows(observed, expected, 800)


def test_a_draw_goes_on_from_the_excluded_names(monkeypatch):
    chain = condition(SMALL, max_length=2)
    names, log_p = enumerate_names(SMALL, range(3))
    best = int(np.argmax(log_p))
    left = [i for i in range(len(names)) if i != best]
    p = np.exp(log_p[left]) / np.exp(log_p[left]).sum()
    for race_cost in (0, math.inf):
        set_race_cost(monkeypatch, race_cost)
        rng = np.random.default_rng(2)
        excluded = stream_of([names[best]])
        drawn = [names_of(sample_distinct(chain, 1, excluded, rng))[0] for _ in range(500)]
        assert_follows(Counter(drawn), dict(zip([names[i] for i in left], p, strict=True)), 500)


@given(chains(n_symbols=4), st.lists(st.sampled_from(PIECES), max_size=5), st.integers(0, 4))
def test_a_race_finds_all_names(transition, pieces, max_length):
    chain = condition(transition, "".join(pieces), 0, max_length)
    if chain.log_mass == -np.inf:
        return
    names, _ = enumerate_names(transition, range(max_length + 1))
    accepted = chain.automaton.accepts(stream_of(names))
    expected = {name for name, is_in in zip(names, accepted, strict=True) if is_in}
    found = names_of(race(chain, len(names) + 5, np.random.default_rng(0)))
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_children_that_come_too_late_are_left_out_early(monkeypatch):
    transition = random_chain(9, density=1)
    n_joined = []
    for size in (1, 10**9):
        monkeypatch.setattr(_race, "_MIN_PRUNED", size)
        monkeypatch.setattr(_race, "_CELLS_PER_BLOCK", 1)
        chain = condition(transition, "*", max_length=5)
        first = [names_of(race(chain, 4, np.random.default_rng(seed)))[0] for seed in range(200)]
        n_joined.append(Counter(map(len, first)))
    p = [math.exp(condition(transition, "?" * n).log_mass - chain.log_mass) for n in range(6)]
    for lengths in n_joined:
        assert_follows(lengths, dict(enumerate(p)), 200)


def test_very_unequal_names_are_all_drawn():
    transition = chain_of([[0, 1 - 1e-12, 1e-12], [1 - 1e-200, 0, 1e-200], [1, 0, 0]])
    chain = condition(transition)
    found = names_of(sample_distinct(chain, 3, no_names(), np.random.default_rng(0)))
    assert found == [(1,), (2,), (1, 2)]


def test_names_whose_probability_underflows_can_be_drawn():
    transition = chain_of([[0, 1], [1 - 1e-30, 1e-30]])
    chain = condition(transition)
    found = names_of(sample_distinct(chain, 40, no_names(), np.random.default_rng(0)))
    assert sorted(map(len, found)) == list(range(1, 41))  # the last has probability 1e-1170


def test_fewer_names_than_were_counted_are_an_error():
    # The backoff to the second symbol has probability 1e-400, which is 0 as a float.
    transition = chain_of([[0, 1, 0], [1, 0, 0], [1, 0, 0]], [1e-200, 0, 0], [1, 0, 1e-200])
    chain = condition(transition, max_length=1)
    with pytest.raises(TooFewNamesError, match="is 2, less than the 3 to draw"):
        sample_distinct(chain, 3, no_names(), np.random.default_rng(0))


def test_a_race_without_an_end_is_an_error(monkeypatch):
    loop = condition(chain_of([[0, 1], [0.5, 0.5]]))
    monkeypatch.setattr(_race, "MAX_LENGTH", 50)
    with pytest.raises(EndlessNameError, match="reached 50 symbols"):
        race(loop, 200, np.random.default_rng(0))


def test_names_that_hardly_end_are_refused_in_a_race(monkeypatch):
    monkeypatch.setattr(_race, "STEPS_BEFORE_CHECK", 8)
    transition = chain_of([[0, 0.5, 0.5], [1e-9, 0.5, 0.5], [1e-9, 0.5, 0.5]])
    with pytest.raises(EndlessNameError, match="reached 512 symbols"):
        race(condition(transition), 200, np.random.default_rng(0))
