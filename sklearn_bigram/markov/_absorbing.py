"""Sums over all paths to the end of a Markov chain: the linear equation x = A x + c."""

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres
from sklearn.exceptions import ConvergenceWarning

from sklearn_bigram.utils._warnings import warn_user

_MAX_DENSE = 1024  # states up to which A is stored as a dense array
# Residuals relative to the largest element of x:
_ROUNDING = 1e-15  # cannot be improved
_GOOD = 1e-13
_POOR = 1e-10  # is worth a warning


def solve_absorbing(matvec, c, leak):
    """Return the least non-negative solution x of x = A x + c.

    A holds the transition probabilities of a Markov chain, and one minus each row sum is the
    probability of ending there. So x_i = (c + A c + A A c + ...)_i is the expected total reward of
    the chain from state i on, if each visit of state j is rewarded with c_j. With c = 1 it is the
    expected number of visited states; with c_j the probability of a certain end after state j, it
    is the probability of that end.

    Parameters
    ----------
    matvec : callable
        A as a function of an array of shape (n_states,). It must add non-negative numbers only,
        so that a result of 0 means that there is no transition.
    c : ndarray of shape (n_states,)
        The reward of each visit, non-negative and finite.
    leak : ndarray of shape (n_states,)
        The probability of ending at each state, exactly 0 where it is impossible. Computed from
        the row sums of A it would be a rounding error for a chain that almost never ends.

    Returns
    -------
    x : ndarray of shape (n_states,)
        The solution. It is inf where the chain may be rewarded for ever, and 0 where it is never
        rewarded, whether it ends or not.

    Notes
    -----
    Which elements are 0 or inf is decided by the possible transitions, not by the numbers. For up
    to 1,024 states the others are found by elimination without subtractions, with a relative error
    of about machine precision however rarely the chain ends [1]_, [2]_. For more states GMRES is
    refined until only rounding errors remain.

    References
    ----------
    .. [1] W. K. Grassmann, M. I. Taksar and D. P. Heyman, "Regenerative analysis and steady state
       distributions for Markov chains", Operations Research 33 (5), 1985.
    .. [2] C. A. O'Cinneide, "Entrywise perturbation theory and error analysis for Markov chains",
       Numerische Mathematik 65, 1993.
    """
    n_states = len(c)
    rewarded = reaching(matvec, c > 0)
    leak = leak + matvec(1.0 - rewarded)  # where no reward can follow, the chain may as well end
    endless = rewarded & ~reaching(matvec, leak > 0)
    endless = reaching(matvec, endless)
    states = np.flatnonzero(rewarded & ~endless)
    x = np.where(endless, np.inf, 0.0)
    if len(states) == 0:
        return x

    def matvec_of_states(part):
        whole = np.zeros(n_states)
        whole[states] = part
        return matvec(whole)[states]

    if len(states) <= _MAX_DENSE:
        A = np.empty((len(states), len(states)))
        for j, unit in enumerate(np.eye(len(states))):
            A[:, j] = matvec_of_states(unit)
        x[states] = _eliminate(A, leak[states], c[states, None])[:, 0]
    else:
        x[states] = _iterate(matvec_of_states, c[states])
    return x


def reaching(matvec, target):
    """Return which states lead to a target state, the target states included."""
    while True:
        more = target | (matvec(target.astype(np.float64)) > 0)
        if np.array_equal(more, target):
            return target
        target = more


def _eliminate(A, leak, B):
    """Solve (I - A) X = B, where each row of A and its leak add up to 1.

    The second half of the states is eliminated: paths through it are added to the transitions
    within the first half. 1 - A_ii is never computed; it is the sum of all that leaves state i.
    """
    if len(A) == 1:
        return B / leak[:, None]
    h = len(A) // 2
    exits = np.column_stack([A[h:, :h], leak[h:], B[h:]])
    second = _eliminate(A[h:, h:], leak[h:] + A[h:, :h].sum(axis=1), exits)
    detour = A[:h, h:] @ second  # (h, h + 1 + B.shape[1])
    first = _eliminate(
        A[:h, :h] + detour[:, :h], leak[:h] + detour[:, h], B[:h] + detour[:, h + 1 :]
    )
    return np.vstack([first, second[:, h + 1 :] + second[:, :h] @ first])


def _iterate(matvec, c):
    """Solve x = A x + c: GMRES on the residual until it stops shrinking, then plain iteration."""
    n_states = len(c)
    operator = LinearOperator((n_states, n_states), matvec=lambda v: v - matvec(v), dtype=c.dtype)
    x, residual, error = np.zeros(n_states), c, np.inf
    while error > _ROUNDING:
        x = x + gmres(operator, residual, rtol=1e-6, restart=50, maxiter=10)[0]
        residual, before = c - operator @ x, error
        error = abs(residual).max() / abs(x).max()
        if error > before / 2:
            break
    # For a chain that never returns to a state GMRES is slow, but so many iterations are enough.
    for _ in range(n_states):
        if error <= _GOOD:
            break
        x = np.maximum(x + residual, 0)
        residual = c - operator @ x
        error = abs(residual).max() / abs(x).max()
    if error > _POOR:
        warn_user(
            f"An expected value over all names did not converge: the relative residual is "
            f"{error:.0e}. The model almost never ends a name.",
            ConvergenceWarning,
        )
    return x
