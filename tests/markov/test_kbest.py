import itertools
import math
import tracemalloc
from fnmatch import fnmatchcase

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_bigram.markov import _completions, _kbest
from sklearn_bigram.markov._automaton import build_automaton
from sklearn_bigram.markov._kbest import most_probable
from sklearn_bigram.tokenization import _stream
from tests.markov.helpers import (
    NO_NAMES,
    PIECES,
    chain_of,
    dense,
    ending_chains,
    log_likelihood,
    names_of,
    parse,
    random_chain,
    stream_of,
)


@pytest.fixture(params=["all elements", "cells and backoff"])
def storage(request, monkeypatch):
    if request.param == "cells and backoff":
        monkeypatch.setattr(_completions, "_MAX_DENSE", 0)


def everything(n_symbols):
    return build_automaton([None], 0, None, n_symbols)


@pytest.mark.usefixtures("storage")
@settings(max_examples=50)
@given(
    chain=ending_chains(),
    pattern=st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    low=st.integers(0, 3),
    is_bounded=st.booleans(),
    k=st.integers(1, 40),
    excluded=st.sets(st.sampled_from(["a", "b", "ab", "ca", "bb", "abc"])),
)
def test_names_are_the_head_of_the_sorted_list(chain, pattern, low, is_bounded, k, excluded):
    automaton = build_automaton(parse(pattern), low, 5 if is_bounded else None, 4)
    stream, log_p = most_probable(chain, automaton, k, stream_of(sorted(excluded)))
    names, P = names_of(stream), dense(chain)
    all_names = ["".join(x) for n in range(low, 6) for x in itertools.product("abc", repeat=n)]
    best = [
        log_likelihood(P, ["abc".index(x) + 1 for x in name])
        for name in all_names
        if fnmatchcase(name, pattern) and name not in excluded
    ]
    best = sorted((value for value in best if value > -np.inf), reverse=True)[:k]
    assert len(set(names)) == len(names)
    assert (np.diff(log_p) <= 0).all()
    np.testing.assert_array_equal(log_p, chain.log_likelihood(stream))
    assert all(fnmatchcase(name, pattern) and len(name) >= low for name in names)
    assert not set(names) & excluded
    if is_bounded:
        assert len(names) == len(best)
    else:  # names of more than five symbols are less probable than this
        certain = log_p > 6 * math.log(P[:, 1:].max() + 1e-300)
        best, log_p = best[: certain.sum()], log_p[certain]
    np.testing.assert_allclose(log_p, best, atol=1e-10)


def test_names_with_equal_probability_are_sorted_by_length_and_ids():
    stream, log_p = most_probable(chain_of(np.full((4, 4), 0.25)), everything(4), 40, NO_NAMES)
    names = names_of(stream)
    assert names[:5] == ["", "a", "b", "c", "aa"]
    assert names == sorted(names, key=lambda name: (len(name), name))
    np.testing.assert_allclose(log_p, [-(len(name) + 1) * math.log(4) for name in names])


@pytest.mark.parametrize("n_symbols", [4, 7, 8, 130])  # 2, 3, 4 and 8 bits
def test_equal_long_names_are_sorted_by_all_their_ids(n_symbols):
    """Each of the 32 names of this length has one of two symbols in five of 70 places."""
    automaton_elements = []
    rng = np.random.default_rng(0)
    for position in range(70):
        mask = np.zeros(n_symbols, dtype=bool)
        mask[[1, n_symbols - 1] if position % 16 == 5 else rng.integers(1, n_symbols)] = True
        automaton_elements.append(mask)
    chain = chain_of(np.full((n_symbols, n_symbols), 1 / n_symbols))
    automaton = build_automaton(automaton_elements, 0, None, n_symbols)
    stream, _ = most_probable(chain, automaton, 100, NO_NAMES)
    ids = [tuple(x[1:].tolist()) for x in np.split(stream.ids[:-1], stream.starts[1:-1])]
    assert len(ids) == 2 ** len(range(5, 70, 16))
    assert ids == sorted(ids)


def test_excluded_names_are_left_out_and_replaced_by_the_next_best(monkeypatch):
    chain = random_chain(4)
    best, log_p = most_probable(chain, everything(4), 50, NO_NAMES)
    excluded = names_of(best)[:30:2]
    stream, rest = most_probable(chain, everything(4), 10, stream_of(excluded))
    kept = [i for i, name in enumerate(names_of(best)) if name not in excluded][:10]
    assert names_of(stream) == [names_of(best)[i] for i in kept]
    assert rest.tolist() == log_p[kept].tolist()


def test_fewer_names_are_returned_if_fewer_are_possible():
    chain = chain_of([[0, 0.5, 0.5], [1, 0, 0], [1, 0, 0]])
    for excluded, names in [([], ["a", "b"]), (["b"], ["a"]), (["a", "b"], [])]:
        stream, log_p = most_probable(chain, everything(3), 5, stream_of(excluded))
        assert names_of(stream) == names
        assert log_p.tolist() == [math.log(0.5)] * len(names)


def test_a_chain_that_may_never_end_has_names_where_it_ends():
    chain = chain_of([[0, 0.25, 0.75], [1, 0, 0], [0, 0, 1.0]])
    stream, log_p = most_probable(chain, everything(3), 5, NO_NAMES)
    assert names_of(stream) == ["a"]
    assert log_p == pytest.approx(math.log(0.25))


@pytest.mark.parametrize("n_symbols", [20, 1500])
@pytest.mark.parametrize("k", [1, 5000])
def test_infinitely_many_equal_names_take_little_memory(n_symbols, k):
    """All names of two symbols are equally probable; 5,000 of a million are asked for."""
    chain = chain_of(np.zeros((n_symbols, n_symbols)), np.ones(n_symbols))
    tracemalloc.start()
    stream, log_p = most_probable(chain, everything(n_symbols), k, NO_NAMES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
    lengths = stream.n_bigrams - 1
    assert (np.diff(lengths) >= 0).all()
    np.testing.assert_allclose(log_p, -(lengths + 1) * math.log(n_symbols))
    sizes = np.bincount(lengths)
    assert sizes[:-1].tolist() == [(n_symbols - 1) ** n for n in range(len(sizes) - 1)]
    assert sizes.sum() == k == len(set(map(bytes, np.split(stream.ids, stream.starts[1:-1]))))


def test_names_of_many_symbols_are_found_in_cells_and_backoff():
    rng = np.random.default_rng(0)
    n = 150
    S = rng.random((n, n)) * (rng.random((n, n)) < 0.05)
    S[:, 0] += 1
    g = rng.random(n) * (rng.random(n) < 0.7)
    q = rng.random(n) * (rng.random(n) < 0.7)
    q /= q.sum()
    S *= ((1 - g) / S.sum(axis=1))[:, None]
    chain = chain_of(S, g, q)
    with np.errstate(divide="ignore"):
        log_P = np.log(dense(chain))
    singles = log_P[0, 1:] + log_P[1:, 0]
    pairs = log_P[0, 1:, None] + log_P[1:, 1:] + log_P[1:, 0]
    expected = np.sort(np.concatenate([singles, pairs.ravel()]))[::-1]
    expected = expected[expected > -np.inf]
    automaton = build_automaton([None], 1, 2, n)
    for k in (3, 2000, 30_000):
        stream, log_p = most_probable(chain, automaton, k, NO_NAMES)
        np.testing.assert_allclose(log_p, expected[:k], atol=1e-10)
        assert len(set(map(bytes, np.split(stream.ids, stream.starts[1:-1])))) == len(log_p)


def test_thousands_of_names_are_in_order_and_complete():
    chain = random_chain(12, density=0.8, backoff=0.05)
    stream, log_p = most_probable(chain, everything(12), 20_000, NO_NAMES)
    keys = [bytes(name) for name in np.split(stream.ids[:-1].astype(np.uint8), stream.starts[1:-1])]
    assert len(set(keys)) == len(log_p) == 20_000
    assert (np.diff(log_p) <= 0).all()
    P = dense(chain)
    short = [x for n in range(4) for x in itertools.product(range(1, 12), repeat=n)]
    certain = {bytes([0, *x]) for x in short if log_likelihood(P, x) > log_p[-1] + 1e-9}
    assert certain <= set(keys)
    few, few_log_p = most_probable(chain, everything(12), 10, NO_NAMES)
    assert few_log_p.tolist() == log_p[:10].tolist()
    assert few.ids.tolist() == stream.ids[: len(few.ids)].tolist()


def test_names_are_the_same_in_small_parts(monkeypatch):
    chain = random_chain(12, density=0.8, backoff=0.05)
    stream, log_p = most_probable(chain, everything(12), 1000, NO_NAMES)
    monkeypatch.setattr(_kbest, "_NAMES_PER_PART", 7)
    monkeypatch.setattr(_stream, "_NAMES_PER_PART", 7)
    in_parts = most_probable(chain, everything(12), 1000, NO_NAMES)
    np.testing.assert_array_equal(in_parts[0].ids, stream.ids)
    np.testing.assert_array_equal(in_parts[1], log_p)


def test_a_name_takes_less_than_300_bytes_while_it_is_searched_for(lecture_counts):
    P = (lecture_counts + 1) / (lecture_counts + 1).sum(axis=1, keepdims=True)
    tracemalloc.start()
    most_probable(chain_of(P), everything(27), 200_000, NO_NAMES)
    assert tracemalloc.get_traced_memory()[1] < 300 * 200_000
    tracemalloc.stop()


@pytest.mark.parametrize("stay", [1e9, 1e15, 1e300])
def test_a_loop_of_probability_one_ends_the_search(stay):
    N = np.array([[0, 1, 0], [0, stay, 1], [1, 0, 1]])
    chain = chain_of(N / N.sum(axis=1, keepdims=True))
    stream, log_likelihood = most_probable(chain, build_automaton([None], 0, None, 3), 3, NO_NAMES)
    assert names_of(stream, "ab") == ["ab", "aab", "aaab"]
    assert (np.diff(log_likelihood) <= 0).all()
