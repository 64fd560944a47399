"""The data of the page: the counts, the steps of both sliders, and the training names."""

import base64
import json
import zlib

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.counting._pairs import count_pairs
from sklearn_bigram.exceptions import UnknownSymbolsError
from sklearn_bigram.explorer._steps import describe_models
from sklearn_bigram.tokenization._stream import from_rows
from sklearn_bigram.utils._text import printable

MAX_SHOWN = 200  # symbols
_MAX_CHARACTERS = 300_000  # of the names that the page holds
_OTHER_NAMES = (
    "names do not have the bigram counts that the model was fitted on: pass the training names, or "
    "names=None if they had weights."
)
_STRIPPERS = ("ascii", "unicode", None)


def make_payload(estimator, names):
    """Return all that the page knows of a fitted model and its training names, as a dict.

    Parameters
    ----------
    estimator : CountBigramLM or NeuralBigramLM
        The fitted model.
    names : array-like of str or None
        Its training names.
    """
    check_is_fitted(estimator)
    if not hasattr(estimator, "tokenizer_"):
        raise ValueError(
            f"This {type(estimator).__name__} was fitted on token ids, but the explorer shows "
            "names: fit the model on names, with tokenizer=NameTokenizer(...)."
        )
    tokenizer, N = estimator.tokenizer_, estimator.counts_
    texts = stream = None
    if names is not None:
        ids = _encode(tokenizer, names)
        texts, stream = tokenizer.inverse_transform(ids), from_rows(ids, N.shape[0])
        _check_counts(count_pairs(stream.ids, N.shape[0]), N)
    shown = choose_symbols(N)
    kept = N[shown][:, shown].tocoo()
    strip = tokenizer.strip_accents
    return {
        "symbols": [str(symbol) for symbol in estimator.symbols_[shown]],
        "labels": [printable(symbol) for symbol in estimator.symbols_[shown]],
        "n_symbols": N.shape[0],
        "n_names": N[[0]].sum(),
        "n_bigrams": N.sum(),
        "rows": kept.row.tolist(),
        "columns": kept.col.tolist(),
        "counts": kept.data.tolist(),
        "totals": N.sum(axis=1)[shown].tolist(),  # of all symbols, also those not shown
        "lowercase": bool(tokenizer.lowercase),
        "strip_accents": strip if strip in _STRIPPERS else "other",
        "unknown": tokenizer.handle_unknown == "use_unknown",
        "models": describe_models(estimator, shown, stream),
        "names": None if texts is None else choose_names(texts),
    }


def _encode(tokenizer, names):
    """Return names as token ids; a symbol that the model does not know is in no training name."""
    try:
        return tokenizer.transform(names)
    except UnknownSymbolsError as error:
        raise ValueError(_OTHER_NAMES) from error


def _check_counts(counts, expected):
    """Raise unless names have the counts that the model was fitted on."""
    if (counts != expected).nnz:
        raise ValueError(_OTHER_NAMES)


def choose_symbols(N):
    """Return the ids of the symbols to show, ascending: the most frequent, and the boundary."""
    n_symbols = N.shape[0]
    if n_symbols <= MAX_SHOWN:
        return np.arange(n_symbols)
    frequency = N.sum(axis=0)
    frequency[0] = np.inf
    return np.sort(np.argsort(-frequency, kind="stable")[:MAX_SHOWN])


def choose_names(texts):
    """Return the distinct names that the page holds, sorted, and how many there are.

    If they are too many, it holds some that are evenly spread over the sorted list.
    """
    distinct = sorted(set(texts))
    n_characters = sum(len(text) + 1 for text in distinct)
    step = max(1, -(-n_characters // _MAX_CHARACTERS))
    return {"list": distinct[::step], "n_distinct": len(distinct)}


def pack(payload):
    """Return the payload as text that is safe in HTML: JSON, compressed, in base64."""
    text = json.dumps(payload, separators=(",", ":"), allow_nan=False)  # ASCII
    return base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")
