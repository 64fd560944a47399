"""Helpers that the tests of several folders share."""

import io
import pickle
from collections import Counter
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import strategies as st
from scipy import sparse

from sklearn_bigram.models._encoding import NameEncoder
from sklearn_bigram.tokenization._coder import make_coder
from sklearn_bigram.tokenization._containers import Names
from sklearn_bigram.tokenization._vocabulary import Vocabulary

# The sizes in which the package handles data: where each is defined or imported.
_SIZES = {
    "names_per_piece": [
        "sklearn_bigram.tokenization._containers.NAMES_PER_PIECE",
        "sklearn_bigram.counting._sources.NAMES_PER_PIECE",
        "sklearn_bigram.models._encoding.NAMES_PER_PIECE",
    ],
    "bytes_per_block": ["sklearn_bigram.counting._pairs.BYTES_PER_BLOCK"],
    "bytes_per_decoding": [
        "sklearn_bigram.counting._text.BYTES_PER_DECODING",
        "sklearn_bigram.counting._file_tasks.BYTES_PER_DECODING",
    ],
    "max_bytes_per_line": [
        "sklearn_bigram.counting._text.MAX_BYTES_PER_LINE",
        "sklearn_bigram.counting._file_tasks.MAX_BYTES_PER_LINE",
        "sklearn_bigram.cli._reading.MAX_BYTES_PER_LINE",
    ],
    "max_bytes_read": ["sklearn_bigram.counting._file_tasks._MAX_BYTES_READ"],
    "max_pending": ["sklearn_bigram.counting._executor._MAX_PENDING"],
    "max_bytes_pending": ["sklearn_bigram.counting._executor._MAX_BYTES_PENDING"],
    "parts_per_sum": ["sklearn_bigram.counting._dask._PARTS_PER_SUM"],
    "names_per_sample": ["sklearn_bigram.cli._commands._PIECE"],
    "bytes_per_reading": ["sklearn_bigram.cli._reading._BYTES_PER_BLOCK"],
    "names_per_look_up": ["sklearn_bigram.cli._commands._PIECE_TO_LOOK_UP"],
    "max_names_held": ["sklearn_bigram.cli._commands.MAX_NAMES_HELD"],
    "min_candidates": ["sklearn_bigram.cli._new_names._MIN_CANDIDATES"],
    "max_candidates": ["sklearn_bigram.cli._new_names._MAX_CANDIDATES"],
    "bytes_per_split": ["sklearn_bigram.cli._tuning._BYTES_PER_BLOCK"],
    "strings_per_print": ["sklearn_bigram.cli._scoring._PIECE"],
    "lines_per_write": ["sklearn_bigram.cli._writing._PIECE"],
}
_SPARE_BUFFERS = "sklearn_bigram.counting._pairs._spare_counters"

HAS_TORCH = find_spec("torch") is not None

# Names that may hold any code point but the default boundary, surrogates too.
any_names = st.lists(
    st.text(st.characters(exclude_categories=(), exclude_characters="."), max_size=12),
    min_size=1,
    max_size=8,
)


def for_each(argument, estimators):
    """Return the mark that passes each of the estimators in a dict to a test.

    Those that need torch are skipped where it is not installed.
    """
    params = []
    for name, estimator in estimators.items():
        needs_torch = getattr(estimator, "solver", None) == "gd"
        params.append(pytest.param(estimator, id=name, marks=[pytest.mark.torch] * needs_torch))
    return pytest.mark.parametrize(argument, params)


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


def encoder_of(tokenizer):
    """Return the encoder of a fitted tokenizer."""
    unknown_id = 1 if tokenizer.handle_unknown == "use_unknown" else None
    vocabulary = Vocabulary(tokenizer.symbols_, unknown_id, 0)
    return NameEncoder(tokenizer, make_coder(tokenizer), vocabulary)


def encode(tokenizer, names):
    """Return names as one stream of token ids."""
    (stream,) = encoder_of(tokenizer).streams(Names(names), None)
    return stream


@contextmanager
def refused(estimator, error, message=None):
    """Check that the block raises this error, and that it changes nothing in the estimator.

    All attributes must be the same objects with the same contents as before, in the same dict.
    """
    held = vars(estimator)
    attributes, before = dict(held), contents(estimator)
    with pytest.raises(error, match=message):
        yield
    assert vars(estimator) is held
    assert list(held) == list(attributes)
    assert all(held[name] is value for name, value in attributes.items())
    assert contents(estimator) == before


def contents(estimator):
    """Return all attributes of an estimator but its parameters as bytes, to be compared."""
    parameters = estimator.get_params(deep=False)
    fitted = {name: value for name, value in vars(estimator).items() if name not in parameters}
    file = io.BytesIO()
    _ContentsPickler(file).dump(fitted)
    return file.getvalue()


class _ContentsPickler(pickle.Pickler):
    """Pickles CSR arrays without the flags that SciPy sets when it looks at them."""

    def reducer_override(self, obj):
        if isinstance(obj, sparse.csr_array):
            return sparse.csr_array, ((obj.data, obj.indices, obj.indptr), obj.shape)
        return NotImplemented
