"""Tables of token ids: one row for each name, padded with zeros on the right."""

import numpy as np
from scipy import sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.validation import check_array, validate_data

from sklearn_bigram.utils._warnings import warn_user

MAX_SYMBOLS = 2**24


def check_token_ids(table, estimator=None, *, is_fitted=False, signed=False):
    """Return a table of token ids as a 2-D integer array, dense or canonical CSR.

    Parameters
    ----------
    table : array-like, sparse array or data frame of shape (n_names, n_columns)
        The ids.
    estimator : estimator, default=None
        The estimator that error messages name.
    is_fitted : bool, default=False
        Check the number and names of the columns against those that the estimator was fitted on.
    signed : bool, default=False
        Allow negative ids.
    """
    if getattr(getattr(table, "dtype", None), "kind", None) in ("m", "M"):
        raise TypeError(f"X is of dtype {table.dtype}: token ids are integers.")
    options = {"accept_sparse": "csr", "ensure_non_negative": not signed}
    try:
        if is_fitted:
            X = validate_data(estimator, table, reset=False, **options)
        else:
            X = check_array(table, input_name="X", estimator=estimator, **options)
    except (TypeError, ValueError) as error:
        if _holds_strings(table):
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
            warn_user(
                "X holds numbers that are not whole: they were truncated, since token ids are "
                "integers.",
                DataConversionWarning,
            )
        X = X.astype(np.intp)
    return X


def _check_range(X):
    largest = float((X.data if sparse.issparse(X) else X).max(initial=0))
    if largest >= MAX_SYMBOLS:
        raise ValueError(
            f"X holds the token id {largest:.0f}: ids must be below {MAX_SYMBOLS}. Number the "
            "symbols 1, 2, 3, ..., as NameTokenizer does."
        )


def _holds_strings(table):
    values = np.asarray(table, dtype=None if hasattr(table, "dtype") else object)
    return values.dtype.kind in "OUST" and any(isinstance(value, str) for value in values.flat)
