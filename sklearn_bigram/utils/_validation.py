"""What is checked at the door, and the only imports of private scikit-learn."""

import sys
import warnings
from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn.base import _fit_context as fit_context
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils import assert_all_finite
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_array, column_or_1d, validate_data
from sklearn.utils.validation import _num_samples as count_rows

from sklearn_bigram.utils._text import shorten

__all__ = [
    "MAX_FLOAT",
    "Interval",
    "StrOptions",
    "check_generator",
    "check_labels",
    "check_names",
    "check_priors",
    "check_strings",
    "check_temperature",
    "check_token_ids",
    "check_weights",
    "check_whole",
    "count_rows",
    "fit_context",
    "is_torch_generator",
    "require_names",
    "take_rows",
]

MAX_SYMBOLS = 2**24
_MAX_WEIGHT = 1e280  # of which as many as memory holds can be added up
MAX_FLOAT = sys.float_info.max  # whole numbers can be larger than any float
_WAY_OUT = "pass a list, array or Series of names, such as ['emma', 'olivia']"


def check_names(X):
    """Return the names in X; None if X is a table (of token ids).

    They are a list or tuple, or an array of NumPy (of dtype "U") or Arrow. Strings are looked for
    only as far as it takes to tell names from a table: `check_strings` looks at each.
    """
    if isinstance(X, (str, bytes, bytearray)):
        raise ValueError(
            f"X is a single {type(X).__name__}, {shorten(X)}: {_WAY_OUT}. The names in a file are "
            "counted by count_bigrams."
        )
    if isinstance(X, (list, tuple)):
        return _check_sequence(X)
    if sparse.issparse(X):
        return None
    if (array := _as_arrow(X)) is not None:
        return array
    # pyarrow counts dimensions of tensors only: its arrays have a `type`, its tables a `schema`.
    if hasattr(X, "to_pylist"):
        return None if hasattr(X, "schema") else _check_sequence(X.to_pylist())
    ndim = getattr(X, "ndim", 1 if hasattr(X, "to_list") else None)
    if ndim is None and hasattr(X, "__array__"):
        ndim = np.asarray(X).ndim
    if ndim is None:
        lines = ". The lines of a file are X.read().splitlines()" if hasattr(X, "read") else ""
        raise ValueError(f"X is a {type(X).__name__}: {_WAY_OUT}{lines}.")
    if ndim != 1:
        return None
    if isinstance(X, np.ndarray) and X.dtype.kind in "biufc":
        return None  # scikit-learn's own message says how to reshape it
    if type(X) is np.ndarray and X.dtype.kind == "U" and len(X) > 0:
        return X
    return _check_sequence(X.to_list() if hasattr(X, "to_list") else np.asarray(X).tolist())


def require_names(X):
    """Return the names in X as `check_names` does; a table is an error."""
    names = check_names(X)
    if names is None:
        raise ValueError(
            "X holds no names: pass a list of str, or one column of a table, such as X['name']."
        )
    return names


def _as_arrow(X):
    """Return a column of strings without gaps that is held by Arrow as an Arrow array, or None."""
    pyarrow = sys.modules.get("pyarrow")  # what Arrow holds has it imported
    if pyarrow is None:
        return None
    if type(X).__module__.startswith("polars.") and hasattr(X, "to_arrow"):
        X = X.to_arrow()
    elif hasattr(getattr(X, "array", None), "__arrow_array__"):
        X = X.array.__arrow_array__()
    if not isinstance(X, (pyarrow.Array, pyarrow.ChunkedArray)) or len(X) == 0 or X.null_count:
        return None
    return X if X.type in (pyarrow.string(), pyarrow.large_string()) else None


def _check_sequence(names):
    if len(names) == 0:
        raise ValueError(f"X is empty: {_WAY_OUT}.")
    if type(names[0]) is str or any(isinstance(name, str) for name in names):
        return names
    if all(hasattr(row, "__len__") and not isinstance(row, (bytes, dict, set)) for row in names):
        return None
    if all(isinstance(item, (Integral, float, np.number)) for item in names):
        raise ValueError(
            "Expected 2D array, got 1D array instead: X is a list of numbers. Names must be "
            f"strings: {_WAY_OUT}; or pass token ids as a 2-D array, a row a name."
        )
    return names


def check_strings(names, first=0):
    """Raise a TypeError that names the first element that is not a string, counted from `first`."""
    for i, name in enumerate(names, first):
        if not isinstance(name, str):
            what = "None" if name is None else f"of type {type(name).__name__} ({shorten(name)})"
            raise TypeError(f"X[{i}] is {what}: names must be strings.")


def check_token_ids(X, estimator=None, *, reset=False, signed=False):
    """Return X as a 2-D integer array, dense or CSR; set or check the estimator's width."""
    if getattr(getattr(X, "dtype", None), "kind", None) in ("m", "M"):
        raise TypeError(f"X is of dtype {X.dtype}: token ids are integers.")
    options = {"accept_sparse": "csr", "ensure_non_negative": not signed}
    try:
        if estimator is None:
            X = check_array(X, input_name="X", **options)
        else:
            X = validate_data(estimator, X, reset=reset, **options)
    except (TypeError, ValueError) as error:
        if _holds_strings(X):
            raise ValueError(
                "X is a table of strings, not of token ids: pass one column of names, such as "
                "X['name'], or a flat list of str."
            ) from error
        raise
    _check_range(X)
    if sparse.issparse(X) and not X.has_canonical_format:
        X = X.astype(np.int64 if X.dtype.kind in "biu" else X.dtype)  # sums must not wrap
        X.sum_duplicates()
        _check_range(X)
    if X.dtype.kind == "f":
        if np.any((X.data if sparse.issparse(X) else X) % 1):
            warnings.warn(
                "X holds numbers that are not whole: token ids are integers, so they were "
                "truncated.",
                DataConversionWarning,
                stacklevel=2,
            )
        X = X.astype(np.intp)
    return X


def _check_range(X):
    """Raise a ValueError if X holds a number that is too large for a token id."""
    top = float((X.data if sparse.issparse(X) else X).max(initial=0))
    if top >= MAX_SYMBOLS:
        raise ValueError(
            f"X holds the token id {top:.0f}: ids must be below {MAX_SYMBOLS}; number the symbols "
            "1, 2, 3, ... (NameTokenizer does)."
        )


def _holds_strings(X):
    values = np.asarray(X, dtype=None if hasattr(X, "dtype") else object)
    return values.dtype.kind in "OUST" and any(isinstance(value, str) for value in values.flat)


def check_weights(sample_weight, n_samples):
    """Return the weights as (n_samples,) float64, None for None."""
    if sample_weight is None:
        return None
    weights = _check_sample_weight(
        sample_weight, np.empty(n_samples), dtype=np.float64, ensure_non_negative=True
    )
    if weights.max(initial=0) > _MAX_WEIGHT:
        raise ValueError(
            f"sample_weight holds {weights.max()}: scale the weights, so that their sums do not "
            "overflow."
        )
    return weights


def check_labels(y):
    """Return the sorted classes, and the place of each label among them, (n_names,)."""
    if y is None:
        raise ValueError(
            "A classifier requires y to be passed, but the target y is None: pass the class of "
            "each name."
        )
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name="y")
    check_classification_targets(y)
    return np.unique(y, return_inverse=True)


def check_priors(priors, n_classes):
    """Return the priors as (n_classes,) float64."""
    priors = check_array(priors, ensure_2d=False, dtype=np.float64, input_name="priors")
    if priors.shape != (n_classes,):
        raise ValueError(
            f"priors has shape {priors.shape}, but y has {n_classes} classes: pass one number for "
            "each class, in the order of the sorted labels."
        )
    if np.any(priors < 0):
        raise ValueError(f"priors holds {priors.min()}: probabilities must be non-negative.")
    if not np.isclose(priors.sum(), 1):
        raise ValueError(f"The sum of priors is {priors.sum()}: it must be 1.")
    return priors


def check_whole(value, name, least):
    """Return the value of this argument as an int; raise unless it is whole, from `least` on."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}.")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}.")
    return int(value)


def check_temperature(temperature):
    """Raise unless this is a positive, finite number."""
    if isinstance(temperature, bool) or not isinstance(temperature, Real):
        raise TypeError(f"temperature must be a number, not {type(temperature).__name__}.")
    if not 0 < float(temperature) < np.inf:
        raise ValueError(f"temperature must be positive and finite, got {temperature}.")


def is_torch_generator(random_state):
    """Tell whether this is a torch.Generator, without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(random_state, torch.Generator)


def check_generator(random_state):
    """Return a NumPy Generator for None, an int, a RandomState or a Generator.

    None brings fresh entropy: the global state of NumPy is neither read nor written. A
    RandomState is advanced by one draw.
    """
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(2**31, dtype=np.int64)
    try:
        return np.random.default_rng(random_state)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"random_state is {random_state!r}: pass None, a non-negative int, a "
            "numpy.random.RandomState, a numpy.random.Generator or a torch.Generator."
        ) from error
