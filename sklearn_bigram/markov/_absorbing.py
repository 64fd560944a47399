"""Sums over all paths to the end of a Markov chain: the linear equation x = A x + c."""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order
from scipy.sparse.linalg import LinearOperator, gmres
from sklearn.exceptions import ConvergenceWarning

from sklearn_bigram.markov._elimination import MAX_DENSE, eliminate, eliminate_sparse
from sklearn_bigram.utils._sparse import row_numbers, with_data
from sklearn_bigram.utils._warnings import warn_user

_FEW = 128  # states, among which paths are followed in a dense array
_POOR = 1e-10  # relative error of an element that is worth a warning
_SMALL = 1e-200  # results below may have lost paths to underflow
_ROUNDING = 1e-15  # a relative change that cannot be improved
_PATIENCE = 50  # steps of plain iteration in which the change must halve
_MAX_PER_STATE = 8  # transitions, for which elimination is tried first
_MIN_TERMS = 200  # of a series that is summed up term by term
_MAX_WORK = 10**8  # multiplications, beyond which iteration is given up
_TINY = np.finfo(np.float64).tiny


def solve_absorbing(A, leak, c):
    """Return the least non-negative solution x of x = A x + c.

    A holds the transition probabilities of a Markov chain, and one minus each row sum is the
    probability of ending there. So x_i = (c + A c + A A c + ...)_i is the expected total reward of
    the chain from state i on, if each visit of state j is rewarded with c_j. With c = 1 it is the
    expected number of visited states.

    Parameters
    ----------
    A : CSR array of shape (n_states, n_states)
        The transition probabilities, without stored zeros.
    leak : ndarray of shape (n_states,)
        The probability of ending at each state, exactly 0 where it is impossible. Computed from
        the row sums of A it would be a rounding error for a chain that almost never ends.
    c : ndarray of shape (n_states,)
        The reward of each visit, non-negative and finite.

    Returns
    -------
    x : ndarray of shape (n_states,)
        The solution. It is inf where the chain may be rewarded for ever, and 0 where it is never
        rewarded, whether it ends or not.

    Notes
    -----
    Which elements are 0 or inf is decided by the possible transitions, not by the numbers. For up
    to 1,024 states, and for more if they have few transitions, the others are found by elimination
    without subtractions. Otherwise GMRES is refined, and a warning says if the error may be larger
    than 1e-10.
    """
    rewarded = reaching(A, c > 0)
    leak = leak + A @ (1.0 - rewarded)  # where no reward can follow, the chain may as well end
    endless = reaching(A, rewarded & ~reaching(A, leak > 0))
    x = np.where(endless, np.inf, 0.0)
    states = np.flatnonzero(rewarded & ~endless)
    if len(states) > 0:
        with np.errstate(all="ignore"):
            part = _solve(_among(A, states), leak[states], c[states])
        x[states] = np.where(np.isnan(part), np.inf, part)  # larger than any float
    return x


def log_absorbing(A, leak, log_c):
    """Return the logarithm of the least non-negative solution x of x = A x + c.

    See `solve_absorbing` for the parameters. Here c_j is the probability of a certain end after
    state j, so that x_i is the probability of that end from state i on. Each element has a small
    relative error, even if it would underflow, since paths are measured by the best one.

    Raises
    ------
    FloatingPointError
        If the chain has so many states, and ends so rarely, that x cannot be computed.
    """
    reached = reaching(A, log_c > -np.inf)
    leak = leak + A @ (1.0 - reached)
    log_x = np.full(len(log_c), -np.inf)
    states = np.flatnonzero(reached)
    if len(states) > 0:
        with np.errstate(all="ignore"):
            log_x[states] = _log_solve(_among(A, states), leak[states], log_c[states])
        if not np.isfinite(log_x[states]).all():
            raise _not_exact()
    return log_x


def reaching(A, target):
    """Return which states lead to a target state, the target states included."""
    n_states = A.shape[0]
    if n_states <= _FEW:
        leads = A.toarray() > 0
        while (more := target | leads[:, target].any(axis=1)).sum() > target.sum():
            target = more
        return target
    targets = np.flatnonzero(target)
    # One more state leads to all targets, against the direction of the chain.
    start = sparse.csr_array(
        (np.ones(len(targets)), (np.zeros(len(targets), dtype=np.intp), targets)),
        shape=(1, n_states),
    )
    backwards = sparse.block_array([[A.T, None], [start, sparse.csr_array((1, 1))]], format="csr")
    order = breadth_first_order(backwards, n_states, return_predecessors=False)
    reached = np.zeros(n_states + 1, dtype=bool)
    reached[order] = True
    return reached[:-1]


def _among(A, states):
    """Return the transitions among some states, (n, n)."""
    return A if len(states) == A.shape[0] else A[states][:, states]


def _solve(A, leak, c):
    """Return the solution for states that are all rewarded and all end."""
    x = _eliminate(A, leak, c)
    if x is not None:
        return x
    x, error = _iterate(A, c, np.maximum(_refine(A, c), c))
    if not error <= _POOR:  # it may be nan
        warn_user(
            "An expected value over all names did not converge to ten digits, since the model "
            "almost never ends a name.",
            ConvergenceWarning,
        )
    return x


def _log_solve(A, leak, log_c):
    """Return the logarithm of the solution for states that all reach an end with c > 0."""
    x = _eliminate(A, leak, np.exp(log_c))
    if x is not None and x.min() > _SMALL:
        return np.log(x)
    known = log_c if x is None else np.where(x > _SMALL, np.log(x), log_c)
    log_low = _best_paths(A, known)  # a lower bound of the solution
    scaled = with_data(A, np.exp(np.log(A.data) + log_low[A.indices] - log_low[row_numbers(A)]))
    c = np.exp(log_c - log_low)
    if x is not None:
        return np.log(_eliminate(A, leak, c, scaled)) + log_low
    ones = np.ones(len(c))
    x, error = _iterate(scaled, c, ones)
    if not error <= _POOR:  # it may be nan
        x, error = _iterate(scaled, c, np.maximum(_refine(scaled, c), ones))
    if not error <= _POOR:
        raise _not_exact()
    return np.log(x) + log_low


def _eliminate(A, leak, c, scaled=None):
    """Return the solution by elimination, of the scaled chain if there is one.

    Return None if there are too many transitions.
    """
    if len(c) <= MAX_DENSE:
        if scaled is None:
            return eliminate(A.toarray(), leak, c[:, None])[0][:, 0]
        none = np.zeros((len(c), 0))
        return eliminate(A.toarray(), leak, none, (scaled.toarray(), c[:, None]))[1][:, 0]
    if A.nnz > _MAX_PER_STATE * len(c):
        return None
    return eliminate_sparse(A if scaled is None else scaled, leak, c, A)


def _not_exact():
    return FloatingPointError(
        "The probability of the constraints could not be computed to ten digits, since the model "
        "hardly ever ends a name: set max_length, or simplify the pattern."
    )


def _best_paths(A, log_c):
    """Return the largest log-probability of a path to an end, or to a state times its c."""
    log_A = np.minimum(np.log(A.data), 0)
    sources = np.flatnonzero(np.diff(A.indptr))
    best = log_c.copy()
    while len(sources) > 0:
        through = np.maximum.reduceat(log_A + best[A.indices], A.indptr[sources])
        if not np.any(through > best[sources]):
            break
        best[sources] = np.maximum(best[sources], through)
    return best


def _iterate(A, c, x):
    """Solve x = A x + c from a first x on, and return x with a bound of its relative error.

    Each step adds only what is not negative. So small elements become as exact as large ones, and
    the largest relative change of an element never grows.
    """
    change = before = np.inf
    step = 0
    while True:
        step += 1
        new = A @ x + c
        change = float(np.max(np.abs(new - x) / np.maximum(new, _TINY)))
        x = new
        if change <= _ROUNDING:
            break
        if step % _PATIENCE == 0:
            if change > before / 2 and step * A.nnz > _MAX_WORK:
                break
            before = change
    if not change <= _POOR:
        return x, np.inf
    # The residual is at most change * x, so the error is at most change * (I - A)^-1 x.
    rounding = _ROUNDING + 3e-17 * np.diff(A.indptr).max()
    return x, max(change, rounding) * _growth(A, x)


def _growth(A, x):
    """Return a bound of (I - A)^-1 x, relative to x."""
    total = rest = x  # of the series x + A x + A A x + ...
    for _ in range(max(_MIN_TERMS, _MAX_WORK // max(1, A.nnz))):
        rest = A @ rest
        total = total + rest
        if np.max(rest / x) <= 0.5:
            return float(2 * np.max(total / x))
    total = _refine(A, x, 1e-10)
    if np.all(total >= x) and np.max(np.abs(x + A @ total - total) / x) <= 0.5:
        return float(2 * np.max(total / x))
    return np.inf


def _refine(A, c, tolerance=_ROUNDING):
    """Solve x = A x + c by GMRES on the residual, until that is small or does not shrink."""
    operator = LinearOperator(A.shape, matvec=lambda v: v - A @ v, dtype=c.dtype)
    x, residual, error = np.zeros(len(c)), c, np.inf
    while error > tolerance:
        x = x + gmres(operator, residual, rtol=1e-6, restart=50, maxiter=10)[0]
        residual, before = c - operator @ x, error
        error = abs(residual).max() / abs(x).max()
        if error > before / 2:
            break
    return x
