"""The exact solver of the regularized softmax regression on counts."""

from typing import NamedTuple

import numpy as np
from scipy.special import wrightomega

from sklearn_bigram.utils._sparse import row_numbers

_MAX_NEWTON = 100
_TINY = 1e-290  # T / lam of a bigram that was seen is at least this, so that it does not underflow


class SoftmaxFit(NamedTuple):
    """The minimum of the regularized mean NLL, with the sparsity pattern of the counts."""

    proba: np.ndarray  # (nnz,) P at each stored count
    proba_zero: np.ndarray  # (n_symbols,) P at the cells of each row without a stored count
    loss: float
    n_iter: int


def solve_exact(counts, reg):
    r"""Minimize the mean NLL plus ``reg * mean(W ** 2)`` over W.

    Let T = N / n, where n is the sum of all counts. Let r be the sum of a row of T, and
    lam = 2 reg / V^2. The gradient of the row is r p - T + lam w. It is zero at
    w = log omega(T / lam + s) - s and p = omega(T / lam + s) lam / r, where omega is the Wright
    omega function. Each row has one unknown, s. Newton's method finds it as the root of
    sum_j omega(T_j / lam + s) = r / lam. In a row, cells with equal counts have equal weights.
    Therefore the cost of a row is proportional to its number of distinct counts.

    Parameters
    ----------
    counts : CSR array of shape (V, V), canonical, without explicit zeros
    reg : float, at least 0

    Returns
    -------
    fit : SoftmaxFit
        With ``reg=0``, the limit as `reg` tends to 0: the relative frequencies. Unseen bigrams
        then have weight -inf.
    """
    V = counts.shape[0]
    totals = counts.sum(axis=1)
    n = totals.sum()
    seen = totals > 0
    with np.errstate(over="ignore", divide="ignore"):
        scale = V**2 / 2 / np.float64(reg)  # 1 / lam
    row = row_numbers(counts)
    proba_zero = np.where(seen, 0.0, 1 / V)
    if not np.isfinite(scale) or n == 0:
        proba = counts.data / totals[row]
        loss = np.sum(-counts.data / n * np.log(proba))
        return SoftmaxFit(proba, proba_zero, float(loss), 0)

    group, group_row, group_count, size = _group(counts, row, seen)
    # From here on, only rows with counts: arrays have shape (n_seen,) or (n_groups,).
    at = (np.cumsum(seen) - 1)[group_row]  # (n_groups,) index among the rows with counts
    A = group_count / n * scale
    A[group_count > 0] = np.maximum(A[group_count > 0], _TINY)

    def add(values):
        return np.bincount(at, size * values)

    def omega_at(s):
        x = A + s[at]
        omega = wrightomega(x)
        # omega + log(omega) = x gives log(omega) without cancellation or underflow.
        return omega, np.where(omega < 1, x - omega, np.log(np.maximum(omega, 1)))

    s = np.log(add(A) / V)
    n_iter, converged = 0, False
    while not converged:
        n_iter += 1
        if n_iter > _MAX_NEWTON:
            raise FloatingPointError(f"Newton's method did not converge in {_MAX_NEWTON} steps.")
        omega, log_omega = omega_at(s)
        # The residual is the sum of omega - A, which is s - log(omega). The first expression is
        # less accurate for large A, the second for small A.
        residual = add(np.where(1 + abs(s[at]) >= A, omega - A, s[at] - log_omega))
        step = residual / add(omega / (1 + omega))
        s = s - step
        converged = bool(np.all(abs(step) <= 1e-11 * (1 + abs(s))))  # error ~ step ** 2

    omega, log_omega = omega_at(s)
    total = add(omega)
    p = omega / total[at]
    log_p = log_omega - np.log(total)[at]
    w = log_omega - s[at]
    zero = group_count == 0
    proba_zero[group_row[zero]] = p[zero]
    penalty = reg * (np.sum(size * w**2) / V**2)
    loss = penalty - np.sum(size * group_count / n * log_p)
    return SoftmaxFit(p[group], proba_zero, float(loss), n_iter)


def _group(counts, row, seen):
    """Group equal counts in each row, including the zeros.

    Returns the group of each stored count, and the row, count and size of each group.
    """
    V = counts.shape[0]
    order = np.lexsort((counts.data, row))
    rows, values = row[order], counts.data[order]
    is_start = np.append(True, (rows[1:] != rows[:-1]) | (values[1:] != values[:-1]))
    group = np.empty(len(order), dtype=np.intp)
    group[order] = np.cumsum(is_start) - 1
    start = np.flatnonzero(is_start)
    n_zero = V - np.diff(counts.indptr)
    zero_row = np.flatnonzero(seen & (n_zero > 0))
    return (
        group,
        np.append(rows[start], zero_row),
        np.append(values[start], np.zeros(len(zero_row))),
        np.append(np.diff(np.append(start, len(order))), n_zero[zero_row]),
    )
