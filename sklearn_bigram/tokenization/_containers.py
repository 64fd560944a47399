"""What X is: names in any container, or a table of token ids."""

import sys
from collections import UserString
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from scipy import sparse

from sklearn_bigram.tokenization._categories import from_arrow, from_pandas
from sklearn_bigram.utils._text import shorten

NAMES_PER_PIECE = 2**16  # names that are encoded at a time
_WAY_OUT = "pass a list, array or Series of names, such as ['emma', 'olivia']"


@dataclass(frozen=True)
class Names:
    """Names in a list or tuple, a NumPy or Arrow array of strings, or `Categories`.

    A NumPy array has the dtype "U", or StringDType without an object for missing strings. At
    least one element of a list is a str. `check_strings` checks the others.
    """

    values: Any

    def __len__(self):
        return len(self.values)

    def as_list(self):
        """Return the names as a list or tuple of str."""
        if isinstance(self.values, (list, tuple)):
            return self.values
        return self.values.tolist() if hasattr(self.values, "tolist") else self.values.to_pylist()

    def pieces(self):
        """Return an iterable of pieces of the names, each after the index of its first name."""
        n_names = len(self.values)
        if n_names <= NAMES_PER_PIECE:
            return [(0, self)]
        starts = range(0, n_names, NAMES_PER_PIECE)
        return ((i, Names(self.values[i : i + NAMES_PER_PIECE])) for i in starts)


@dataclass(frozen=True)
class TokenIds:
    """What can only be a table of token ids; `check_token_ids` checks it."""

    table: Any
    ids: Any = None  # the checked ids, if the table has been checked


def resolve(X):
    """Return X as `Names` or `TokenIds`.

    Elements are looked at only as far as it takes to tell names from a table.
    """
    if isinstance(X, (list, tuple)):
        return Names(X) if X and type(X[0]) is str else _resolve_sequence(X)
    if isinstance(X, (Names, TokenIds)):
        return X
    if isinstance(X, (str, bytes, bytearray)):
        raise ValueError(
            f"X is a single {type(X).__name__}, {shorten(X)}: {_WAY_OUT}. To count the names in a "
            "file, use count_bigrams."
        )
    if sparse.issparse(X):
        return TokenIds(X)
    if hasattr(X, "levels") and hasattr(X, "get_level_values"):
        raise ValueError(f"X is a MultiIndex: {_WAY_OUT}, or one level, X.get_level_values(0).")
    if (column := _as_column(X)) is not None:
        return Names(column)
    # pyarrow counts dimensions of tensors only: its arrays have a `type`, its tables a `schema`.
    if hasattr(X, "to_pylist"):
        return TokenIds(X) if hasattr(X, "schema") else _resolve_sequence(X.to_pylist())
    ndim = getattr(X, "ndim", 1 if hasattr(X, "to_list") else None)
    if ndim is None and hasattr(X, "__array__"):
        ndim = np.asarray(X).ndim
    if ndim is None:
        lines = (
            ". For the lines of a file, pass X.read().splitlines()" if hasattr(X, "read") else ""
        )
        raise ValueError(f"X is a {type(X).__name__}: {_WAY_OUT}{lines}.")
    if ndim != 1 or (isinstance(X, np.ndarray) and X.dtype.kind in "biufc"):
        return TokenIds(X)  # scikit-learn's own message says how to reshape one dimension
    if type(X) is np.ndarray and len(X) > 0 and _holds_only_strings(X.dtype):
        return Names(X)
    if hasattr(X, "to_list"):  # pandas has `tolist`, too, and deprecates `to_list` of a Categorical
        return _resolve_sequence(X.tolist() if hasattr(X, "tolist") else X.to_list())
    return _resolve_sequence(np.asarray(X).tolist())


def resolve_names(X):
    """Return X as `Names`; a table is an error."""
    names = resolve(X)
    if isinstance(names, TokenIds):
        raise ValueError(
            "X holds no names: pass a list of str, or one column of a table, such as X['name']."
        )
    return names


def is_column(source):
    """Tell whether this is a list, or an array, column or table of some library."""
    return isinstance(source, (list, tuple)) or any(
        hasattr(source, name) for name in ("__array__", "to_list", "to_pylist")
    )


def check_strings(names, start=0):
    """Raise a TypeError if an element is not a str; the first element is X[start]."""
    for i, name in enumerate(names, start):
        if not isinstance(name, str):
            what = "None" if name is None else f"of type {type(name).__name__} ({shorten(name)})"
            raise TypeError(f"X[{i}] is {what}: names must be strings.")


def _holds_only_strings(dtype):
    """Tell whether each element of a NumPy array is a str; others may hold missing ones."""
    return dtype.kind == "U" or (dtype.kind == "T" and not hasattr(dtype, "na_object"))


def _as_column(X):
    """Return a column of strings without gaps as an Arrow array or `Categories`, or None.

    If a library holds X, it has been imported.
    """
    pandas, pyarrow = sys.modules.get("pandas"), sys.modules.get("pyarrow")
    if pandas is not None and isinstance(array := getattr(X, "array", X), pandas.Categorical):
        return from_pandas(array) if len(X) > 0 else None
    if pyarrow is None:
        return None
    if type(X).__module__.startswith("polars.") and hasattr(X, "to_arrow"):
        X = X.to_arrow()
    elif hasattr(getattr(X, "array", None), "__arrow_array__"):
        X = X.array.__arrow_array__()
    if not isinstance(X, (pyarrow.Array, pyarrow.ChunkedArray)) or len(X) == 0 or X.null_count:
        return None
    if pyarrow.types.is_dictionary(X.type):
        return from_arrow(X)
    return X if X.type in (pyarrow.string(), pyarrow.large_string()) else None


def _resolve_sequence(X):
    if len(X) == 0:
        raise ValueError(f"X is empty: {_WAY_OUT}.")
    if any(isinstance(name, str) for name in X):
        return Names(X)
    no_rows = (bytes, dict, set, UserString)
    if all(hasattr(row, "__len__") and not isinstance(row, no_rows) for row in X):
        return TokenIds(X)
    if all(isinstance(item, (Integral, float, np.number)) for item in X):
        raise ValueError(
            "Expected 2D array, got 1D array instead: X is a list of numbers. Names must be "
            f"strings: {_WAY_OUT}; or pass token ids as a 2-D array, one row for each name."
        )
    return Names(X)
