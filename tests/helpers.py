"""Helpers that the tests of several folders share."""

import pickle
from collections import Counter
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import strategies as st

# The sizes in which the package handles data: where each is defined or imported.
_SIZES = {
    "names_per_piece": [
        "sklearn_bigram.counting._counting.PIECE",
        "sklearn_bigram.counting._sources.PIECE",
        "sklearn_bigram.models._input.PIECE",
    ],
    "bytes_per_block": ["sklearn_bigram.counting._counting.BLOCK"],
    "bytes_per_decoding": ["sklearn_bigram.counting._sources._DECODED"],
    "max_bytes_read": ["sklearn_bigram.counting._sources._MAX_STREAM"],
    "max_pending": ["sklearn_bigram.counting._sources._PENDING"],
    "max_bytes_pending": ["sklearn_bigram.counting._sources._MAX_HELD"],
    "parts_per_sum": ["sklearn_bigram.counting._sources._FAN_IN"],
    "names_per_sample": ["sklearn_bigram.cli._commands._PIECE"],
    "characters_per_score": ["sklearn_bigram.cli._commands._PIECE_TEXT"],
    "lines_per_write": ["sklearn_bigram.cli._writing._PIECE"],
}
_SPARE_BUFFERS = "sklearn_bigram.counting._counting._spare"

# Names that may hold any code point but the default boundary, surrogates too.
any_names = st.lists(
    st.text(st.characters(exclude_categories=(), exclude_characters="."), max_size=12),
    min_size=1,
    max_size=8,
)


def set_sizes(monkeypatch, **sizes):
    """Change the sizes in which the package handles data, so that little data has many pieces."""
    for name, size in sizes.items():
        for constant in _SIZES[name]:
            monkeypatch.setattr(constant, size)
    monkeypatch.setattr(_SPARE_BUFFERS, [])  # those that are kept have the size of before


def count_by_hand(names, boundary=".", symbols=list):
    """Return the Counter of the bigrams of names."""
    counter = Counter()
    for name in names:
        sequence = [boundary, *symbols(name), boundary]
        counter.update(pairwise(sequence))
    return counter


def as_counter(counts):
    """Return counts as a Counter, after checking that they have the form of all counts."""
    symbols, N = list(counts.symbols), counts.matrix
    assert N.shape == (len(symbols), len(symbols))
    assert N.dtype == np.float64
    assert N.has_canonical_format
    assert (N.data > 0).all()
    assert symbols[1:] == sorted({*symbols} - {symbols[0]})
    N = N.tocoo()
    triples = zip(N.row.tolist(), N.col.tolist(), N.data.tolist(), strict=True)
    return Counter({(symbols[i], symbols[j]): n for i, j, n in triples})


@contextmanager
def refused(estimator, error, message):
    """Assert that the block raises this error and leaves every attribute as it was."""
    before = dict(vars(estimator))
    learned = {key: value for key, value in before.items() if "_" in (key[0], key[-1])}
    contents = pickle.dumps(learned)
    with pytest.raises(error, match=message):
        yield
    assert list(vars(estimator)) == list(before)
    assert all(vars(estimator)[key] is value for key, value in before.items())
    assert pickle.dumps(learned) == contents
