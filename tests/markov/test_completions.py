import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_bigram.markov import _completions
from sklearn_bigram.markov._automaton import build_automaton
from sklearn_bigram.markov._completions import Completions
from tests.markov.helpers import PIECES, chains, dense, parse, random_chain


@pytest.fixture(params=["all elements", "cells and backoff"])
def storage(request, monkeypatch):
    if request.param == "cells and backoff":
        monkeypatch.setattr(_completions, "_MAX_DENSE", 0)


def complete(P, automaton):
    """Return the best log-probability to the end by relaxing the edges one by one."""
    n = len(P)
    best = np.zeros((automaton.n_states, n))
    for _ in range(automaton.n_states * n):
        for state, edges in enumerate(automaton.edges):
            for i in range(n):
                ways = [P[i, 0] * automaton.accepting[state], 0]
                for mask_index, target in edges:
                    mask = automaton.masks[mask_index]
                    ways += [P[i, j] * best[target, j] for j in np.flatnonzero(mask)]
                best[state, i] = max(ways)
    with np.errstate(divide="ignore"):
        return np.log(best)


@pytest.mark.usefixtures("storage")
@settings(max_examples=25, deadline=None)
@given(
    chain=chains(n_symbols=4),
    pattern=st.lists(st.sampled_from(PIECES), max_size=3).map("".join),
    bounds=st.sampled_from([(0, None), (2, None), (1, 3)]),
)
def test_the_best_completion_is_the_most_probable_path(chain, pattern, bounds):
    automaton = build_automaton(parse(pattern), *bounds, 4)
    best = Completions(chain, automaton).best
    np.testing.assert_allclose(best, complete(dense(chain), automaton), atol=1e-9)


@pytest.mark.usefixtures("storage")
def test_cells_and_backoff_hold_the_matrix():
    chain = random_chain(20, density=0.3)
    completions = Completions(chain, build_automaton([None], 0, None, 20))
    with np.errstate(divide="ignore"):
        log_p = completions.log_g[:, None] + completions.log_q
    row = np.repeat(np.arange(20), np.diff(completions.indptr))
    log_p[row, completions.indices] = completions.log_p
    np.testing.assert_allclose(log_p, np.log(dense(chain)), atol=1e-12)
    np.testing.assert_allclose(completions.log_end, np.log(dense(chain)[:, 0]), atol=1e-12)


def test_up_to_128_symbols_all_elements_are_cells():
    for n_symbols in (128, 129):
        chain = random_chain(n_symbols, density=0.01)
        completions = Completions(chain, build_automaton([None], 0, None, n_symbols))
        n_cells = n_symbols**2 if n_symbols == 128 else chain.S.nnz
        assert len(completions.log_p) == n_cells
        assert np.isneginf(completions.log_g).all() == (n_symbols == 128)


def test_the_backoff_lists_possible_symbols_best_first():
    chain = random_chain(4, density=0)
    chain.q = np.array([0.1, 0.2, 0, 0.7])
    automaton = build_automaton(parse("?[bc]"), 0, None, 4)
    completions = Completions(chain, automaton)
    (edge,) = automaton.edges[0]
    symbols, value = completions.backoff(edge)
    ahead = completions.ahead(edge)
    assert symbols.tolist() == [3, 1] if ahead[3] + np.log(0.7) > ahead[1] + np.log(0.2) else [1, 3]
    np.testing.assert_allclose(value, np.log(chain.q[symbols]) + ahead[symbols])
    assert completions.backoff(edge)[0] is symbols
