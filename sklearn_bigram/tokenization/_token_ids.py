"""Tables of token ids: one row for each name, padded with zeros on the right."""

from numbers import Number

import numpy as np
from scipy import sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.validation import check_array, validate_data

from sklearn_bigram.utils._sparse import with_data
from sklearn_bigram.utils._text import shorten
from sklearn_bigram.utils._warnings import warn_user

MAX_SYMBOLS = 2**24
_STRINGS = (
    "X is a table of strings, not of token ids: pass one column of names, such as X['name'], or a "
    "flat list of str."
)


def check_token_ids(X, estimator=None, *, is_fitted=False, signed=False):
    """Return the ids of `TokenIds` as a 2-D integer array, dense or canonical CSR.

    Parameters
    ----------
    X : TokenIds
        The table, unless its ids have been checked before.
    estimator : estimator, default=None
        The estimator that error messages name.
    is_fitted : bool, default=False
        Check the number and names of the columns against those that the estimator was fitted on.
    signed : bool, default=False
        Allow negative ids.
    """
    if X.ids is not None:
        return X.ids
    table = X.table
    if getattr(getattr(table, "dtype", None), "kind", None) in ("m", "M"):
        raise TypeError(f"X is of dtype {table.dtype}: token ids are integers.")
    if sparse.issparse(table) and table.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {table.ndim}D sparse array instead: token ids are a table "
            "with one row for each name, such as X.reshape(1, -1)."
        )
    table = _convert_objects(table)
    if sparse.issparse(table) and table.format in ("coo", "bsr") and table.dtype.kind in "iu":
        table = table.astype(np.int64)  # a conversion adds up duplicates, which must not wrap
    options = {"accept_sparse": "csr", "ensure_non_negative": not signed}
    if is_fitted:
        ids = validate_data(estimator, table, reset=False, **options)
    else:
        ids = check_array(table, input_name="X", estimator=estimator, **options)
    _check_range(ids)
    if sparse.issparse(ids) and not ids.has_canonical_format:
        ids = ids.astype(np.int64 if ids.dtype.kind in "biu" else ids.dtype)  # sums must not wrap
        ids.sum_duplicates()
        _check_range(ids)
    if ids.dtype.kind == "f":
        if np.any((ids.data if sparse.issparse(ids) else ids) % 1):
            warn_user(
                "X holds numbers that are not whole: they were truncated, since token ids are "
                "integers.",
                DataConversionWarning,
            )
        ids = ids.astype(np.intp)
    return ids


def renumber_signed(ids):
    """Return checked token ids with 0, 1, -1, 2, -2, ... mapped to 0, 1, 2, 3, 4, ..."""
    if sparse.issparse(ids):
        return with_data(ids, renumber_signed(ids.data))
    ids = ids.astype(np.int64)  # the results may not fit into a smaller type
    return np.where(ids > 0, 2 * ids - 1, -2 * ids)


def _check_range(ids):
    largest = float((ids.data if sparse.issparse(ids) else ids).max(initial=0))
    if largest >= MAX_SYMBOLS:
        raise ValueError(
            f"X holds the token id {largest:.0f}: ids must be below {MAX_SYMBOLS}. Number the "
            "symbols 1, 2, 3, ..., as NameTokenizer does."
        )


def _convert_objects(table):
    """Return a table of Python objects as one of floats; raise if they are not numbers."""
    dtypes = getattr(table, "dtypes", None)  # those of the columns of a data frame
    dtypes = [getattr(table, "dtype", None)] if dtypes is None else list(dtypes)
    if {getattr(dtype, "kind", "O") for dtype in dtypes} <= set("biufc"):
        return table
    try:
        values = np.asarray(table)
    except ValueError:
        if isinstance(table, (list, tuple)):
            _refuse_ragged(table)
        raise
    if values.dtype.kind in "biufc":
        return table
    strange = [value for value in values.flat if not isinstance(value, (Number, np.number))]
    if any(isinstance(value, (str, bytes)) for value in strange):
        raise ValueError(_STRINGS)
    if values.ndim != 2:
        return table  # scikit-learn says what is wrong with it
    if strange:
        raise TypeError(f"X holds {shorten(strange[0])}: token ids are integers.")
    return values.astype(np.float64) if isinstance(table, (list, tuple, np.ndarray)) else table


def _refuse_ragged(table):
    """Raise an error that names two rows of a list that have different lengths, if there are."""
    if any(isinstance(value, (str, bytes)) for row in table for value in row):
        raise ValueError(_STRINGS)
    lengths = [len(row) for row in table]
    i = next((i for i, length in enumerate(lengths) if length != lengths[0]), None)
    if i is not None:
        raise ValueError(
            f"X holds rows of different lengths: X[0] has {lengths[0]} ids, X[{i}] has "
            f"{lengths[i]}. Pad the rows with zeros on the right: "
            "np.array(list(itertools.zip_longest(*X, fillvalue=0))).T. If 0 is one of the ids, add "
            "1 to all of them first."
        )
