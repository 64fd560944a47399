from fnmatch import fnmatchcase
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_bigram.exceptions import TooManyStatesError
from sklearn_bigram.markov import _automaton
from sklearn_bigram.markov._automaton import build_automaton
from tests.markov.helpers import PIECES, parse, stream_of

NAMES = ["".join(letters) for n in range(7) for letters in product("abc", repeat=n)]
STREAM = stream_of(NAMES)


def build(pattern, min_length=0, max_length=None):
    return build_automaton(parse(pattern), min_length, max_length, 4)


def count_paths(automaton, ids):
    """Return the number of accepting paths of a name."""
    paths = np.zeros(automaton.n_states, dtype=int)
    paths[0] = 1
    for i in ids:
        after = np.zeros_like(paths)
        for state, edges in enumerate(automaton.edges):
            for mask_index, target in edges:
                after[target] += paths[state] * automaton.masks[mask_index][i]
        paths = after
    return paths[automaton.accepting].sum()


patterns = st.lists(st.sampled_from(PIECES), max_size=7).map("".join)


@settings(max_examples=60)
@given(
    pattern=patterns,
    bounds=st.lists(st.integers(0, 6), min_size=2, max_size=2).map(sorted),
    is_bounded=st.booleans(),
)
def test_patterns_mean_the_same_as_in_fnmatch(pattern, bounds, is_bounded):
    low, high = bounds if is_bounded else (bounds[0], None)
    automaton = build(pattern, low, high)
    high = 6 if high is None else high
    expected = [fnmatchcase(name, pattern) and low <= len(name) <= high for name in NAMES]
    assert automaton.accepts(STREAM).tolist() == expected
    for i in range(0, len(NAMES), 29):
        ids = STREAM.ids[STREAM.starts[i] + 1 : STREAM.starts[i + 1]]
        assert count_paths(automaton, ids) == expected[i]


@settings(max_examples=60)
@given(pattern=patterns, low=st.integers(0, 3), high=st.none() | st.integers(3, 5))
def test_the_parts_of_an_automaton_fit_together(pattern, low, high):
    automaton = build(pattern, low, high)
    block_of = {state: k for k, block in enumerate(automaton.blocks) for state in block}
    assert sorted(block_of) == list(range(automaton.n_states))
    assert len({mask.tobytes() for mask in automaton.masks}) == len(automaton.masks)
    assert not any(mask[0] or not mask.any() for mask in automaton.masks)
    entering = [{-1}] + [set() for _ in range(1, automaton.n_states)]
    cyclic = set()
    for state, edges in enumerate(automaton.edges):
        for mask_index, target in edges:
            entering[target].add(mask_index)
            assert block_of[target] >= block_of[state]
            if block_of[target] == block_of[state]:
                cyclic.add(block_of[state])
    assert automaton.entering_masks() == entering
    assert [automaton.is_cyclic(block) for block in automaton.blocks] == [
        k in cyclic for k in range(len(automaton.blocks))
    ]
    # Only states in a cycle share a block.
    assert all(len(block) == 1 or k in cyclic for k, block in enumerate(automaton.blocks))


@pytest.mark.parametrize(
    ("pattern", "n_states"),
    [
        *[("", 1), ("abc", 4), ("*", 1), ("a**b", 3), ("*a?????????", 11), ("*abc*", 4)],
        # Elements at the end of a search that match any symbol take a state each.
        *[("*a" + "?" * 20 + "*", 22), ("*a?*", 3), ("*[ab]?b" + "?" * 20 + "*c*", 26)],
    ],
)
def test_automata_are_small(pattern, n_states):
    assert build(pattern).n_states == n_states


@pytest.mark.parametrize(
    ("bounds", "n_states"), [((0, 3), 4), ((2, 3), 4), ((2, None), 3), ((0, 0), 1), ((3, 3), 4)]
)
def test_counting_symbols_takes_a_state_each(bounds, n_states):
    assert build("*", *bounds).n_states == n_states


def test_a_bound_beyond_the_longest_match_takes_no_states():
    assert build("abc", 0, 10**9).n_states == 4


def test_no_name_is_accepted_from_an_empty_stream():
    assert build("*").accepts(stream_of([])).shape == (0,)


@pytest.mark.parametrize(("pattern", "bounds"), [("*", (0, 9)), ("*", (9, None)), ("a" * 9, ())])
@pytest.mark.parametrize(("states", "cells"), [(10, 10**9), (10**9, 43)])
def test_automata_that_are_too_large_are_refused(pattern, bounds, states, cells, monkeypatch):
    monkeypatch.setattr(_automaton, "_MAX_STATES", states)
    monkeypatch.setattr(_automaton, "_MAX_CELLS", cells)
    assert build(pattern, *bounds).n_states == 10
    longer = pattern + "a" if len(pattern) > 1 else pattern
    with pytest.raises(TooManyStatesError) as caught:
        build(longer, *(bound and bound + 1 for bound in bounds))
    assert (caught.value.limit, caught.value.n_symbols) == (10, 4)


def test_states_are_counted_while_they_are_added(monkeypatch):
    with pytest.raises(TooManyStatesError, match=r"more than 16,384 states, the limit for 4"):
        build("*", 0, 10**9)
    monkeypatch.setattr(_automaton, "_MAX_STATES", 1000)
    with pytest.raises(TooManyStatesError, match=r"more than 1,000 states, the limit for 4"):
        build("*a" + "?" * 20 + "b*")
