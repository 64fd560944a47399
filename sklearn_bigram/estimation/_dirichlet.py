"""Smoothing by the hierarchical Dirichlet model, whose strength is estimated from the counts.

Each row of P is drawn from one Dirichlet distribution with the parameters u_1, ..., u_V. Let U be
their sum, N the counts, and N_i the sum of row i. Given the counts, the mean of P is

    P_ij = (N_ij + u_j) / (N_i + U).

The evidence for u is the probability of the counts, from which P has been integrated out:

    prod_i Gamma(U) / Gamma(N_i + U) prod_j Gamma(N_ij + u_j) / Gamma(u_j).

The prior of each u_j is a gamma distribution with rate 1 and shape a = T / V, where T is the number
of distinct next symbols. Thus U has the mean T, as if each of them had one fake count. u is the
maximum of the posterior density of log u: of the evidence times prod_j u_j^a exp(-u_j). With psi,
the digamma function, the gradient is zero where

    sum_i [psi(N_ij + u_j) - psi(u_j)] + a / u_j = D    for each j, and
    sum_i [psi(N_i + U) - psi(U)] + 1 = D.

Given D, each column has one unknown, u_j, and the left-hand side is a decreasing, convex function
of it. Newton's method finds it. One equation remains: U is the sum of these u_j, which depend on U.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import digamma

from sklearn_bigram.estimation._smoothing import share

_TOLERANCE = 1e-8  # of the last Newton step; the error that it leaves is of the order of its square
_MAX_STEPS = 100
_LARGE = 1000.0  # from here on, three terms of the asymptotic series of psi are enough


def dirichlet(N):
    """Return S, g and q of the hierarchical Dirichlet model.

    See `additive` for the parameters and return values.

    References
    ----------
    D. J. C. MacKay and L. C. Bauman Peto, "A hierarchical Dirichlet language model", Natural
    Language Engineering 1 (3), 1995. The prior of u is our own choice.
    """
    u = estimate_u(N)
    U = u.sum()
    return *share(N, N.data, np.full(len(u), U)), u / U


def estimate_u(N):
    """Return u, of shape (n_symbols,), with a relative error below 1e-9."""
    columns = _group(N.indices, N.data, N.shape[1])
    totals = N.sum(axis=1)
    totals = totals[totals > 0]
    rows = _group(np.zeros(len(totals), dtype=int), totals, 1)
    a = max(len(np.unique(columns.column)), 1) / N.shape[1]
    # u times the left-hand side is at least this, since psi(u + n) - psi(u) >= min(n, 1) / u.
    least = columns.sum(np.minimum(columns.value, 1)) + a
    log_U = np.log1p(N.nnz / max(len(totals), 1))
    low, high = -np.inf, np.inf  # bounds of the solution for log_U
    u = np.zeros(N.shape[1])
    for _ in range(_MAX_STEPS):
        U = np.exp(log_U)
        (D,), (D_slope,) = rows.psi_sums(np.array([U]))
        D += 1
        u, u_slope = _solve_columns(columns, a, D, np.maximum(u, least / D), least / D)
        # Replacing U by the sum of u never passes the solution, but it is slow. Newton's method
        # may pass it: it is used between the bounds. The slopes are those of log D and log u.
        step = np.log(u.sum()) - log_U
        low, high = (log_U, high) if step > 0 else (low, log_U)
        D_slope *= U / D
        slope = 1 - D_slope * np.sum(u_slope * u) / u.sum()
        if slope > 0 and low <= log_U + step / slope <= high:
            step /= slope
        log_U += step
        u = u * np.exp(u_slope * D_slope * step)
        if abs(step) <= _TOLERANCE:
            break
    return u


def _solve_columns(columns, a, D, u, least):
    """Solve the equation of each column, given D, from the start `u` and the lower bound `least`.

    Returns u, and the derivative of log u with respect to log D.
    """
    for _ in range(_MAX_STEPS):
        value, slope = columns.psi_sums(u)
        value, slope = value + a / u, slope - a / u**2
        step = (D - value) / slope
        u = np.maximum(u + step, least)
        if np.all(abs(step) <= _TOLERANCE * u):
            break
    return u, D / (u * slope)


class _Groups(NamedTuple):
    """Counts in columns, of which equal ones are stored once."""

    column: np.ndarray  # (n_groups,)
    value: np.ndarray  # (n_groups,) the count, positive
    size: np.ndarray  # (n_groups,) how often the count occurs in the column
    n_columns: int

    def sum(self, values):
        """Sum values of the groups over all counts of each column, (n_columns,)."""
        return np.bincount(self.column, self.size * values, self.n_columns)

    def psi_sums(self, u):
        """Sum psi(n + u) - psi(u) over all counts n of each column.

        Returns the sums, (n_columns,), and their derivatives with respect to u, (n_columns,).
        """
        n, start = self.value, u[self.column]
        rise = _subtract_psi(n, start, digamma(u)[self.column])
        slope = _trigamma(n + start) - _trigamma(u)[self.column]
        return self.sum(rise), self.sum(slope)


def _group(column, count, n_columns):
    """Group equal counts of each column."""
    order = np.lexsort((count, column))
    column, count = column[order], count[order]
    is_start = (np.diff(column, prepend=-1) != 0) | (np.diff(count, prepend=0) != 0)
    start = np.flatnonzero(is_start)
    return _Groups(column[start], count[start], np.diff(start, append=len(order)), n_columns)


def _subtract_psi(n, u, psi_u):
    """Return psi(n + u) - psi(u); for large u by a series, where the difference would cancel."""
    large = np.maximum(u, _LARGE)
    reciprocals = n / large / (large + n)  # 1 / large - 1 / (large + n)
    series = np.log1p(n / large) + reciprocals * (1 / 2 + (1 / large + 1 / (large + n)) / 12)
    return np.where(u < _LARGE, digamma(n + u) - psi_u, series)


def _trigamma(x):
    """Return the derivative of psi to ten digits, several times faster than SciPy."""
    y = 1 / (x + 6)
    z = y**2
    series = y + z / 2 + y * z * (1 / 6 - z * (1 / 30 - z * (1 / 42 - z / 30)))
    return sum((x + k) ** -2.0 for k in range(6)) + series
