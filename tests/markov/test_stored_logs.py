"""A table of pages against a dict."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sklearn_bigram.markov._stored_logs import StoredLogs, is_small

CELLS = st.sets(st.integers(0, 99) | st.sampled_from([0, 31, 32, 63, 64, 95, 96, 99]), min_size=1)


@given(CELLS, st.sampled_from([np.uint8, np.uint16, np.uint32, np.uint64]))
def test_every_stored_cell_is_found_and_no_other(stored, dtype):
    value = dict(zip(sorted(stored), np.arange(1.0, 101.0), strict=False))
    numbers = np.array(list(value), dtype=dtype)
    logs = StoredLogs(numbers, np.array(list(value.values())), 100)
    cells = np.random.default_rng(0).permutation(100).astype(dtype)
    log_p, others = logs.find(cells)
    log_p[others] = 0
    assert log_p.tolist() == [value.get(cell, 0) for cell in cells.tolist()]


def test_a_full_page_and_a_single_cell_far_behind_it_are_found():
    numbers = np.append(np.arange(32, 64), 2**27).astype(np.uint64)
    logs = StoredLogs(numbers, np.arange(33.0), 2**28 + 1)
    log_p, others = logs.find(np.array([64, 63, 32, 31, 2**27 - 1, 2**27, 40], dtype=np.uint64))
    assert others.tolist() == [0, 3, 4]
    assert log_p[[1, 2, 5, 6]].tolist() == [31, 0, 32, 8]


def test_a_table_takes_at_most_32_bytes_for_each_stored_element():
    assert is_small(20_000**2, 3_125_000)
    assert not is_small(20_000**2, 3_124_999)
