from collections import Counter

import numpy as np
import pytest

from sklearn_bigram.markov import _completions
from sklearn_bigram.markov._automaton import build_automaton
from sklearn_bigram.markov._children import Prefixes, expand
from sklearn_bigram.markov._completions import Completions
from tests.markov.helpers import chain_of, dense, parse, random_chain


@pytest.fixture(params=["all elements", "cells and backoff"])
def storage(request, monkeypatch):
    if request.param == "cells and backoff":
        monkeypatch.setattr(_completions, "_MAX_DENSE", 0)


def all_children(chain, completions, prefixes):
    """Return every child as a tuple, without the list of cells."""
    with np.errstate(divide="ignore"):
        log_P = np.log(dense(chain))
    children = []
    for parent, (state, symbol, score) in enumerate(zip(*prefixes, strict=True)):
        for mask_index, target in completions.automaton.edges[state]:
            for j in np.flatnonzero(completions.automaton.masks[mask_index]):
                child_score = score + log_P[symbol, j]
                bound = child_score + completions.best[target, j]
                if bound > -np.inf:
                    children.append((parent, target, int(j), child_score, bound))
    return sorted(children)


def make(n_symbols, letters, seed=0):
    chain = random_chain(n_symbols, density=0.4, seed=seed)
    automaton = build_automaton(parse("*a?*b", letters), 0, None, n_symbols)
    completions = Completions(chain, automaton)
    rng = np.random.default_rng(seed)
    prefixes = Prefixes(
        rng.integers(automaton.n_states, size=6), rng.integers(1, n_symbols, size=6), -rng.random(6)
    )
    return chain, completions, prefixes


@pytest.mark.usefixtures("storage")
@pytest.mark.parametrize("quantile", [None, 0.0, 0.5, 0.9])
def test_children_are_those_whose_bounds_reach_the_threshold(quantile):
    chain, completions, prefixes = make(9, "abcdefgh")
    expected = all_children(chain, completions, prefixes)
    bounds = np.array([child[-1] for child in expected])
    threshold = -np.inf if quantile is None else np.quantile(bounds, quantile) - 1e-9
    children = expand(completions, prefixes, 1000, threshold)
    found = sorted(zip(*(values.tolist() for values in children), strict=True))
    expected = [child for child in expected if child[-1] >= threshold]
    assert [child[:3] for child in found] == [child[:3] for child in expected]
    np.testing.assert_allclose(
        [child[3:] for child in found], [child[3:] for child in expected], atol=1e-12
    )


@pytest.mark.usefixtures("storage")
def test_of_many_children_the_best_are_among_those_returned():
    letters = "".join(map(chr, range(97, 97 + 100)))
    chain, completions, _ = make(101, letters)
    rng = np.random.default_rng(1)
    n = 40
    prefixes = Prefixes(np.zeros(n, dtype=int), rng.integers(1, 101, size=n), -rng.random(n))
    expected = all_children(chain, completions, prefixes)
    assert len(expected) > 3000
    for k in (1, 300):
        children = expand(completions, prefixes, k, -np.inf)
        limit = 2 * k + 1000
        assert k <= len(children.bound) <= limit
        best = sorted((child[-1] for child in expected), reverse=True)
        n_found = len(children.bound)
        found = np.sort(children.bound)[::-1]
        np.testing.assert_allclose(found, best[:n_found], atol=1e-12)


@pytest.mark.usefixtures("storage")
def test_of_equal_children_those_of_the_first_prefixes_are_returned():
    chain = chain_of(np.zeros((101, 101)), np.ones(101))
    completions = Completions(chain, build_automaton([None], 0, None, 101))
    n = 40
    prefixes = Prefixes(np.zeros(n, dtype=int), np.arange(1, n + 1), np.zeros(n))
    children = expand(completions, prefixes, 10, -np.inf)
    # Each prefix has 100 children; the eleventh is the first with which there are over 1,040.
    assert Counter(children.parent.tolist()) == dict.fromkeys(range(11), 100)


@pytest.mark.usefixtures("storage")
def test_equal_children_are_added_to_all_that_are_better():
    chain = chain_of(np.zeros((101, 101)), np.ones(101))
    completions = Completions(chain, build_automaton([None], 0, None, 101))
    n = 40
    score = np.where(np.arange(n) == 30, 0.0, -1.0)
    prefixes = Prefixes(np.zeros(n, dtype=int), np.arange(1, n + 1), score)
    children = expand(completions, prefixes, 150, -np.inf)
    # The best prefix has 100 children, and 1,200 of the others have room.
    assert Counter(children.parent.tolist()) == dict.fromkeys([*range(12), 30], 100)
