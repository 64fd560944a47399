from bisect import bisect_right
from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest

from sklearn_bigram.markov._pair_sampler import PairSampler, make_pair_sampler
from tests.markov.helpers import chain_of, dense, random_chain

WHOLE, N_BINS = 2**53, 2**15
TINY = 2.0**-20


class Given:
    """A generator of the given bins, and of one number for what takes more bits to tell."""

    def __init__(self, bins, more):
        self.bins, self.more = np.asarray(bins, dtype=np.uint16), more

    def integers(self, high, size, dtype=np.int64):
        if high == 2**38:
            return np.full(size, self.more)
        assert (high, dtype) == (2**64, np.uint64)
        bits = np.zeros(4 * size, dtype=np.uint16)
        bits[: self.bins.size] = 2 * self.bins.ravel() + 1  # the last bit does not matter
        return bits.view(np.uint64)


def sizes_of(P, row):
    """Return the probabilities of all pairs after a symbol, in units of 2^-53."""
    pairs = [(j, k) for j in range(len(P)) for k in range(len(P))]
    p = [P[row, j] * P[j, k] for j, k in pairs]
    sizes = [round(Fraction(x) * WHOLE) for x in p]
    sizes[int(np.argmax(p))] += WHOLE - sum(sizes)
    return dict(zip(pairs, sizes, strict=True))


def cells_by_hand(P):
    """Return for each symbol the pairs of its bins, and the pairs and the ends of the rests."""
    cells = []
    for row in range(len(P)):
        sizes = sizes_of(P, row)
        certain = [pair for pair, size in sizes.items() for _ in range(size >> 38)]
        ends = list(accumulate(size % 2**38 for size in sizes.values()))
        assert len(certain) * 2**38 + ends[-1] == WHOLE
        cells.append((certain, list(sizes), ends))
    return cells


def draw_by_hand(cells, row, bin_number, more):
    certain, pairs, ends = cells[row]
    if bin_number < len(certain):
        return certain[bin_number]
    return pairs[bisect_right(ends, (bin_number - len(certain)) * 2**38 + more)]


MATRICES = {
    "one symbol": np.ones((1, 1)),
    "equal": np.full((7, 7), 1 / 7),
    "halves, which need no more bits": np.full((2, 2), 0.5),
    "a dominant symbol": np.array([[0.001, 0.999], [1e-9, 1 - 1e-9]]),
    "tiny cells": np.array([[0, 1 - TINY, TINY], [0.25, 0.75, 0], [TINY, 0, 1 - TINY]]),
    "many symbols": dense(random_chain(64)),
}


@pytest.mark.parametrize("more", [0, 2**37, 2**38 - 1])
@pytest.mark.parametrize("P", MATRICES.values(), ids=MATRICES)
def test_each_number_falls_to_its_pair(P, more):
    n_chains = 1001  # no multiple of four, so that some bits are left over
    bins = np.random.default_rng(0).integers(N_BINS, size=(3, n_chains))
    bins[:, :20], bins[:, -20:] = np.arange(20), N_BINS - 1 - np.arange(20)
    drawn = PairSampler(P).draw(n_chains, 3, Given(bins, more))
    cells = cells_by_hand(P)
    symbols = [0] * n_chains
    for step in range(3):
        expected = [
            draw_by_hand(cells, symbol, int(bin_number), more)
            for symbol, bin_number in zip(symbols, bins[step], strict=True)
        ]
        assert [divmod(int(pair), 256)[::-1] for pair in drawn[step]] == expected
        symbols = [second for _, second in expected]


@pytest.mark.parametrize("P", MATRICES.values(), ids=MATRICES)
def test_a_pair_has_as_many_bins_as_fit_into_its_probability(P):
    sampler = PairSampler(P)
    first, last = (
        sampler.draw(N_BINS, 1, Given(np.arange(N_BINS), more))[0] for more in (0, 2**38 - 1)
    )
    for (j, k), size in sizes_of(P, 0).items():
        is_pair = np.stack([first, last]) == j + 256 * k
        assert np.count_nonzero(is_pair.all(axis=0)) == size >> 38
        assert size > 0 or not is_pair.any()


def test_one_bin_in_fifty_or_fewer_needs_more_bits(lecture_counts):
    P = (lecture_counts + 1) / (lecture_counts + 1).sum(axis=1, keepdims=True)
    for row in range(len(P)):
        assert sum(size % 2**38 for size in sizes_of(P, row).values()) < WHOLE / 50


def test_chains_of_more_than_64_symbols_have_no_pair_sampler():
    assert make_pair_sampler(random_chain(65)) is None
    assert make_pair_sampler(random_chain(64)) is not None


def test_a_chain_keeps_its_pair_sampler():
    chain = chain_of(np.full((3, 3), 1 / 3))
    assert chain.pair_sampler is chain.pair_sampler
