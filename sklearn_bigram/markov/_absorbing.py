"""Sums over all ways to the end of a Markov chain: the linear equation x = A x + c."""

import warnings

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres
from sklearn.exceptions import ConvergenceWarning

_MAX_DENSE = 1024  # states up to which A is made a table
_ROUNDING = 1e-15  # residuals, beside the largest element of x, that cannot be improved,
_SMALL, _LARGE = 1e-13, 1e-10  # that are good, and that are worth a warning


def solve_absorbing(matvec, c, leak):
    """Return the least non-negative solution x of x = A x + c.

    A holds the probabilities of the steps of a Markov chain between states, and what its rows lack
    to 1 is the probability to end. So x_i = (c + A c + A A c + ...)_i is what the chain collects
    from state i on, in expectation, if a visit of state j brings c_j: with c = 1 the expected
    number of states visited, with c_j the probability of a certain end the probability of it.

    Parameters
    ----------
    matvec : callable
        A as a function of an array of shape (n_states,). It must add non-negative numbers only:
        where it returns 0 there is no step.
    c : ndarray of shape (n_states,)
        What each visit brings, non-negative and finite.
    leak : ndarray of shape (n_states,)
        The probability to end at each state, exactly 0 where there is none: what the rows of A
        lack to 1, which as a difference would be rounding where a chain hardly ever ends.

    Returns
    -------
    x : ndarray of shape (n_states,)
        The solution; inf where the chain may go on for ever and collect for ever. A state that
        collects nothing has 0, whether the chain ends or not.

    Notes
    -----
    Which elements are 0 and inf follows from the steps that are possible, not from the numbers.
    Up to 1,024 states the rest are eliminated without a subtraction, which gives each to about
    machine precision however seldom the chain ends [1]_, [2]_. Above that it is GMRES, refined
    until the residual is rounding.

    References
    ----------
    .. [1] W. K. Grassmann, M. I. Taksar and D. P. Heyman, "Regenerative analysis and steady state
       distributions for Markov chains", Operations Research 33 (5), 1985.
    .. [2] C. A. O'Cinneide, "Entrywise perturbation theory and error analysis for Markov chains",
       Numerische Mathematik 65, 1993.
    """
    n = len(c)
    gains = reaching(matvec, c > 0)
    leak = leak + matvec(1.0 - gains)  # where nothing more is gained, the chain may as well end
    endless = gains & ~reaching(matvec, leak > 0)
    endless = reaching(matvec, endless)
    states = np.flatnonzero(gains & ~endless)
    x = np.where(endless, np.inf, 0.0)
    if len(states) == 0:
        return x

    def step(part):
        whole = np.zeros(n)
        whole[states] = part
        return matvec(whole)[states]

    if len(states) <= _MAX_DENSE:
        A = np.empty((len(states), len(states)))
        for j, unit in enumerate(np.eye(len(states))):
            A[:, j] = step(unit)
        x[states] = _eliminate(A, leak[states], c[states, None])[:, 0]
    else:
        x[states] = _iterate(step, c[states])
    return x


def reaching(matvec, target):
    """Return which states lead to one of the target, those of it included."""
    while True:
        more = target | (matvec(target.astype(np.float64)) > 0)
        if np.array_equal(more, target):
            return target
        target = more


def _eliminate(A, leak, B):
    """Solve (I - A) X = B, where each row of A and its leak add up to 1.

    What leads through the second half of the states is added to the steps within the first. The
    diagonal 1 - A_ii is never formed: it is the sum of all that leaves state i.
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


def _iterate(step, c):
    """Solve x = step(x) + c: GMRES, each time for what is left, then plain steps."""
    n = len(c)
    operator = LinearOperator((n, n), matvec=lambda v: v - step(v), dtype=np.float64)
    x, rest, error = np.zeros(n), c, np.inf
    while error > _ROUNDING:
        x = x + gmres(operator, rest, rtol=1e-6, restart=50, maxiter=10)[0]
        rest, before = c - operator @ x, error
        error = abs(rest).max() / abs(x).max()
        if error > before / 2:
            break
    for _ in range(n):  # enough for a chain that never returns to a state, which GMRES is slow at
        if error <= _SMALL:
            break
        x = np.maximum(x + rest, 0)
        rest = c - operator @ x
        error = abs(rest).max() / abs(x).max()
    if error > _LARGE:
        warnings.warn(
            f"A sum over all names of the chain did not converge: {error:.0e} of it is left over.",
            ConvergenceWarning,
            stacklevel=2,
        )
    return x
