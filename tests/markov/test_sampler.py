from bisect import bisect_right
from itertools import accumulate

import numpy as np
import pytest
from scipy import sparse

from sklearn_bigram.markov import _sampler
from sklearn_bigram.markov._sampler import Sampler
from tests.markov.helpers import chain_of, random_chain

WHOLE = 2**53


class Given:
    """A generator of given numbers."""

    def __init__(self, numbers):
        self.numbers = np.asarray(numbers, dtype=np.int64)

    def random(self, size):
        assert size == len(self.numbers)
        return self.numbers / WHOLE


def ends_of(S, g, row):
    """Return where the cells of a row of S end, in units of 2^-53, as Python integers."""
    stored = S.data[S.indptr[row] : S.indptr[row + 1]]
    ends = [min(end, WHOLE) for end in accumulate(round(p * WHOLE) for p in stored)]
    if g[row] == 0 and ends:
        ends[-1] = WHOLE
    return ends


def draw_by_hand(S, g, q, row, u):
    """Return the symbol that a number falls to, by exact arithmetic."""
    ends = ends_of(S, g, row)
    cell = bisect_right(ends, u)
    if cell < len(ends):
        return S.indices[S.indptr[row] + cell]
    start = ends[-1] if ends else 0
    share = (u - start) / (WHOLE - start)
    if (q == q[0]).all():
        return int(share * len(q))
    return bisect_right(np.cumsum(q / q.sum())[:-1], share)


TINY = 2.0**-53
ROWS = {
    "stored elements only": ([[0, 0.25, 0.75], [1, 0, 0], [0.5, 0.25, 0.25]], [0, 0, 0]),
    "backoff only": (np.zeros((3, 3)), [1, 1, 1]),
    "both": ([[0.25, 0, 0.25], [0, 0.125, 0], [0, 0, 0]], [0.5, 0.875, 1]),
    "sums that rounding errors keep from 1": (np.full((7, 7), 1 / 7), np.zeros(7)),
    "a sum that rounding errors keep from 1, in a chain that is mostly backoff": (
        [[1 / 7] * 7, [0] * 7, [0] * 7],
        [0, 1, 1],
    ),
    "sums above 1": (np.full((3, 3), 1 / 3 + TINY), [0, TINY, 0]),
    "elements that round to zero": ([[TINY / 4, 1, 0], [1, TINY / 4, 0], [1, 0, 0]], [0, 0, 0]),
    "many small elements": (np.array([[*[TINY] * 40, 1 - 41 * TINY, TINY]]), [0]),
    "one row of several": ([[0, 0.5, 0, 0.25], [1, 0, 0, 0]], [0.25, 0]),
}


@pytest.mark.parametrize("extra_bits", [0, 4])
@pytest.mark.parametrize("is_uniform", [True, False])
@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_each_number_falls_to_its_cell(rows, is_uniform, extra_bits, monkeypatch):
    monkeypatch.setattr(_sampler, "_MAX_EXTRA_BITS", extra_bits)
    S, g = sparse.csr_array(rows[0]), np.array(rows[1], dtype=float)
    q = np.ones(S.shape[1]) if is_uniform else 1.0 + np.arange(S.shape[1]) % 5
    q /= q.sum()
    sampler = Sampler(S, g, q)
    row, numbers = [], []
    for i in range(S.shape[0]):
        edges = {0, WHOLE - 1, *ends_of(S, g, i), *np.linspace(0, WHOLE - 1, 50).astype(int)}
        near = {edge + shift for edge in edges for shift in (-1, 0, 1)}
        numbers += sorted(number for number in near if 0 <= number < WHOLE)
        row += [i] * (len(numbers) - len(row))
    expected = [draw_by_hand(S, g, q, i, int(u)) for i, u in zip(row, numbers, strict=True)]
    row = np.array(row, dtype=np.uint8)
    drawn = sampler.draw(row, Given(numbers))
    assert drawn.tolist() == expected
    few = [sampler.draw(row[[k]], Given(numbers[k : k + 1])) for k in range(len(row))]
    assert np.concatenate(few).tolist() == expected
    assert drawn.dtype == few[0].dtype == sampler.dtype == np.uint8


@pytest.mark.parametrize("min_bins", [1, 2**14, 2**20])
@pytest.mark.parametrize("n_symbols", [2, 40, 300, 1100])
def test_the_size_of_the_guide_table_changes_no_draw(n_symbols, min_bins, monkeypatch):
    chain = random_chain(n_symbols, density=0.2)
    monkeypatch.setattr(_sampler, "_MIN_BINS", min_bins)
    sampler = Sampler(chain.S, chain.g, chain.q)
    rng = np.random.default_rng(0)
    row, numbers = rng.integers(n_symbols, size=300), rng.integers(WHOLE, size=300)
    expected = [
        draw_by_hand(chain.S, chain.g, chain.q, i, int(u))
        for i, u in zip(row, numbers, strict=True)
    ]
    assert sampler.draw(row, Given(numbers)).tolist() == expected
    assert sampler.draw(row[:10], Given(numbers[:10])).tolist() == expected[:10]


def test_a_guide_table_has_a_bin_per_cell_and_a_small_one_sixteen_times_as_many():
    def n_bins(chain):
        return len(Sampler(chain.S, chain.g, chain.q)._guide) - 1

    few = chain_of(np.full((4, 4), 0.25))  # five cells a row with the backoff
    assert n_bins(few) == 4 * 8 * 16
    many = chain_of(np.full((300, 300), 1 / 300))
    assert n_bins(many) == 300 * 512
    between = chain_of(np.full((60, 60), 1 / 60))  # 3,660 cells: four times as many are 14,640
    assert n_bins(between) == 60 * 64 * 4
