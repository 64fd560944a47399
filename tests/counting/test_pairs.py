"""Pairs of neighbors in an array of codes, counted exactly."""

import signal
from collections import Counter
from contextlib import ExitStack
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklearn_bigram import count_bigrams
from sklearn_bigram.counting import _pairs
from sklearn_bigram.counting._pairs import count_bytes, count_bytes_by_group, count_pairs
from tests.helpers import set_sizes


def random_codes(n, n_codes, dtype):
    rng = np.random.default_rng(n_codes)
    codes = np.concatenate([rng.integers(0, n_codes, n // 2), rng.geometric(0.2, n) - 1])
    codes = np.append(rng.permutation(codes), [n_codes - 1, n_codes - 1, 0])
    return np.minimum(codes, n_codes - 1).astype(dtype)


def to_dict(N, n_codes):
    """Return a matrix of counts as a dict of its cells, after checking its form."""
    assert N.shape == (n_codes, n_codes)
    assert N.dtype == np.float64
    assert N.has_canonical_format
    assert (N.data > 0).all()
    N = N.tocoo()
    return dict(zip(zip(N.row.tolist(), N.col.tolist(), strict=True), N.data, strict=True))


@pytest.mark.parametrize(
    ("dtype", "n_codes", "n"),
    [
        *[(np.uint8, n_codes, 1000) for n_codes in (1, 2, 27, 128, 129, 255, 256)],
        *[(np.uint16, n_codes, 1000) for n_codes in (2, 256, 257, 2049, 65_535, 65_536)],
        *[(np.uint32, n_codes, 1000) for n_codes in (2, 256, 257, 65_537, 1_114_112)],
        (np.uint16, 300, 70_000),  # more than the matrix has cells
    ],
)
def test_pairs_are_counted_exactly(dtype, n_codes, n):
    codes = random_codes(n, n_codes, dtype)
    pairs = list(pairwise(codes.tolist()))
    assert to_dict(count_pairs(codes, n_codes), n_codes) == Counter(pairs)
    weights = np.random.default_rng(0).integers(0, 5, len(pairs)) / 8
    expected = Counter()
    for pair, weight in zip(pairs, weights, strict=True):
        expected[pair] += weight
    found = to_dict(count_pairs(codes, n_codes, weights), n_codes)
    assert found == {pair: weight for pair, weight in expected.items() if weight}


@given(st.binary(min_size=1, max_size=60), st.sampled_from([1, 2, 3, 4, 7, 64]))
@example(bytes(range(60)), 4)
@example(bytes([0, 255, 255, 0, 128, 127]), 3)
def test_bytes_are_counted_exactly_in_blocks_of_any_size(data, block):
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_sizes(monkeypatch, bytes_per_block=block)
        table = count_bytes(np.frombuffer(data, dtype=np.uint8))
    assert table.shape == (256, 256)
    cells = zip(*(index.tolist() for index in np.nonzero(table)), strict=True)
    assert {(i, j): table[i, j] for i, j in cells} == Counter(pairwise(data))


@given(st.binary(min_size=1, max_size=60), st.sampled_from([1, 2, 3, 7, 64]), st.data())
def test_bytes_of_each_group_are_counted_exactly(data, block, draw):
    n_groups = draw.draw(st.integers(1, 16))
    groups = draw.draw(st.lists(st.integers(0, n_groups - 1), min_size=60, max_size=60))
    groups = groups[: len(data) - 1]
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_sizes(monkeypatch, bytes_per_block=block)
        codes = np.frombuffer(data, dtype=np.uint8)
        tables = count_bytes_by_group(codes, np.array(groups, dtype=np.int32), n_groups)
    assert tables.shape == (n_groups, 256, 256)
    cells = zip(*(index.tolist() for index in np.nonzero(tables)), strict=True)
    triples = ((group, *pair) for group, pair in zip(groups, pairwise(data), strict=True))
    assert {cell: tables[cell] for cell in cells} == Counter(triples)


@pytest.mark.parametrize("extra", [-1, 0, 1, 2, 3])
@pytest.mark.parametrize("n_values", [128, 256])
def test_no_pair_is_lost_at_the_end_of_a_block(extra, n_values):
    codes = (np.arange(2**19 + extra) % n_values).astype(np.uint8)
    table = count_bytes(codes)
    assert table.sum() == len(codes) - 1
    successors = (np.arange(256) + 1) % n_values
    expected = np.bincount(codes[:-1], minlength=256)
    assert_array_equal(table[np.arange(n_values), successors[:n_values]], expected[:n_values])


@pytest.mark.parametrize("n_pairs", [127, 128, 129, 2**15 - 1, 2**15, 2**15 + 1])
def test_all_pairs_may_be_the_same(n_pairs):
    assert count_pairs(np.zeros(n_pairs + 1, dtype=np.uint16), 300).sum() == n_pairs


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timers")
def test_a_signal_handler_may_count_in_the_middle_of_a_count(tmp_path):
    path = tmp_path / "names.txt"
    path.write_bytes(b"emma\n" * 10**6)
    expected, inner = count_bigrams(path), []
    before = signal.signal(signal.SIGALRM, lambda *_: inner.append(count_bigrams(["olivia"])))
    try:
        while len(inner) < 20:
            signal.setitimer(signal.ITIMER_REAL, 0.001 + 0.0002 * len(inner))
            assert count_bigrams(path) == expected
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert all(counts == count_bigrams(["olivia"]) for counts in inner)


def test_few_counters_are_kept_after_many_were_in_use(monkeypatch):
    set_sizes(monkeypatch, bytes_per_block=100)
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(_pairs.borrow_counter(is_ascii=True))
    assert len(_pairs._spare_counters) == 2
