"""Expected values over all names of a chain: length, entropy and divergence."""

import numpy as np
from scipy import sparse

from sklearn_bigram.markov._absorbing import reaching, solve_absorbing
from sklearn_bigram.utils._sparse import row_numbers, with_data

_MAX_DENSE = 128  # symbols up to which the chain is that of P, without states for the backoff


def expected_length(transition):
    """Return the expected number of symbols of a name, inf if it may never end."""
    return _expected_sum(transition, 1.0 * (np.arange(transition.n_symbols) > 0))


def length_distribution(transition, max_length):
    """Return the probabilities that a name has 0, 1, ..., max_length symbols."""
    ends = _end_probabilities(transition)
    proba = np.empty(max_length + 1)
    for length in range(max_length + 1):
        proba[length] = ends[0]
        ends = _continue(transition, ends)
    return proba


def entropy(transition):
    """Return the entropy of a name, in nats."""
    return _expected_sum(transition, _row_entropies(transition))


def kl_divergence(transition, other):
    """Return the Kullback-Leibler divergence of another chain from this one, in nats."""
    return _expected_sum(transition, _row_divergences(transition, other))


def _end_probabilities(transition):
    """Return the probability that a name ends after each symbol, (n_symbols,)."""
    is_boundary = np.zeros(transition.n_symbols)
    is_boundary[0] = 1
    return transition.matvec(is_boundary)


def _continue(transition, x):
    """Return the expectations of x after one step that does not end the name, (n_symbols,)."""
    return transition.matvec(np.append(0.0, x[1:]))


def _expected_sum(transition, values):
    """Return the expected sum of the values of a name's symbols and of the boundary before them.

    The values of symbols that no name has do not matter.
    """
    if transition.n_symbols > _MAX_DENSE:
        return _ChainToEnd(transition).expected_sum(values)
    P = transition.rows(np.arange(transition.n_symbols))
    leak, P[:, 0] = P[:, 0].copy(), 0
    return _sum_from_start(sparse.csr_array(P), leak, values)


def _sum_from_start(A, leak, values):
    """Return the expected sum of the values of a chain that starts in its first state."""
    reached = reaching(A.T, np.arange(len(leak)) == 0)
    values = np.where(reached, values, 0.0)
    return np.inf if np.isinf(values).any() else float(solve_absorbing(A, leak, values)[0])


class _ChainToEnd:
    """The chain up to the end of a name, for sums over all names.

    The backoff of all symbols is the same. So it is one more state, to which all of them lead.
    Symbols after which nothing was counted have no other transitions. They are no states: paths
    through them count as transitions of the states before.
    """

    def __init__(self, transition):
        S, self.g, self.q = transition.S, transition.g, transition.q.copy()
        self.end_by_backoff, self.q[0] = self.q[0], 0.0
        self.ends = S[:, [0]].toarray()[:, 0]  # (n_symbols,), the rest is by backoff
        self.S = S.copy()
        self.S.data[S.indices == 0] = 0
        self.S.eliminate_zeros()
        has_transitions = np.diff(self.S.indptr) > 0
        has_transitions[0] = True
        self.kept, self.passed = np.flatnonzero(has_transitions), np.flatnonzero(~has_transitions)

    def expected_sum(self, values):
        """Return the expected sum of the values, (n_symbols,), from the boundary on."""
        kept, passed, q = self.kept, self.passed, self.q
        S = self.S[kept]
        to_passed = S[:, passed]
        to_backoff = self.g[kept] + to_passed @ self.g[passed]
        A = sparse.block_array(
            [
                [S[:, kept], sparse.csr_array(to_backoff[:, None])],
                [sparse.csr_array(q[None, kept]), [[q[passed] @ self.g[passed]]]],
            ],
            format="csr",
        )
        A.eliminate_zeros()
        reached = reaching(A.T, np.arange(len(kept) + 1) == 0)
        is_passed = (to_passed.T @ (1.0 * reached[:-1]) > 0) | (reached[-1] & (q[passed] > 0))
        values_passed = np.where(is_passed, values[passed], 0.0)
        values_kept = np.where(reached[:-1], values[kept], 0.0)
        if np.isinf(values_passed).any() or np.isinf(values_kept).any():
            return np.inf

        def with_passed(of_kept, of_backoff, of_passed):
            return np.append(of_kept + to_passed @ of_passed, of_backoff + q[passed] @ of_passed)

        leak = with_passed(self.ends[kept], self.end_by_backoff, self.ends[passed])
        c = with_passed(values_kept, 0.0, values_passed)
        states = np.flatnonzero(reached)
        return float(solve_absorbing(A[states][:, states], leak[states], c[states])[0])


def _log_cells(transition, row, column):
    """Return log P at cells that include all stored elements of S, (n_cells,).

    The logarithm of a probability close to 1 follows from those of the other symbols, not from its
    own digits, which have been rounded.
    """
    log_p = transition.log_proba(row, column)
    p = np.exp(log_p)
    likely = np.flatnonzero(p > 0.5)  # at most one cell of a row
    p[likely] = 0.0
    outside = np.maximum(_sum_outside(transition.q, row, column), 0)
    others = np.bincount(row, p, len(transition.g)) + transition.g * outside
    log_p[likely] = np.log1p(-np.minimum(others[row[likely]], 0.5))
    return log_p


def _row_entropies(transition):
    """Return the entropy of each row of P, (n_symbols,)."""
    row, column = row_numbers(transition.S), transition.S.indices
    log_p = _log_cells(transition, row, column)
    p = np.exp(log_p)
    of_cells = np.bincount(row, p * np.where(p > 0, log_p, 0.0), transition.n_symbols)
    log_g, log_q = _finite_log(transition.g), _finite_log(transition.q)
    return np.maximum(-of_cells - _sum_backoff(transition, row, column, log_g, log_q), 0)


def _row_divergences(transition, other):
    """Return the divergence of each row of the other matrix from that row of P, (n_symbols,).

    Rows add up to 1, so the divergence is the sum of p log(p / q) - p + q. Each of these terms is
    non-negative. So the difference of rows that are nearly equal is not lost among rounding errors.
    """
    n, g, q = transition.n_symbols, transition.g, transition.q
    if n <= _MAX_DENSE:
        row, column = np.divmod(np.arange(n**2), n)
    else:
        cells = (_ones(transition.S) + _ones(other.S)).tocoo()  # stored in either matrix
        row, column = cells.row, cells.col
    log_p, other_log_p = _log_cells(transition, row, column), _log_cells(other, row, column)
    divergences = np.bincount(row, _excess(log_p, other_log_p), n)
    row_ratio = np.where(other.g > 0, _finite_log(g) - _finite_log(other.g), 0.0)
    column_ratio = np.where(other.q > 0, _finite_log(q) - _finite_log(other.q), 0.0)
    divergences += _sum_backoff(transition, row, column, row_ratio, column_ratio)
    divergences -= g * _sum_outside(q, row, column)
    divergences += other.g * _sum_outside(other.q, row, column)
    # A row is infinite if this chain backs off to a symbol that the other forbids.
    possible = q > 0
    forbidden = (other.g == 0) & (_sum_outside(possible * 1.0, row, column) > 0)
    forbidden |= _sum_outside(possible * (other.q == 0.0), row, column) > 0
    divergences[(g > 0) & forbidden] = np.inf
    return np.maximum(divergences, 0)


def _excess(log_p, log_q):
    """Return p log(p / q) - p + q for each pair of log-probabilities."""
    p, q = np.exp(log_p), np.exp(log_q)
    ratio = np.subtract(log_p, log_q, out=np.zeros(len(p)), where=p > 0)
    large, r = np.abs(ratio) > 1, np.clip(ratio, -1, 1)
    series = r**2 * (1 / 2 - r * (1 / 6 - r * (1 / 24 - r / 120)))
    near = p * np.where(np.abs(r) < 1e-3, series, r + np.expm1(-r))
    return np.where(large | (p == 0), p * ratio - p + q, near)


def _sum_backoff(transition, row, column, f_row, f_column):
    """Return the sum of P_ij (f_row[i] + f_column[j]) over the columns without a cell."""
    q = transition.q
    return transition.g * (
        f_row * _sum_outside(q, row, column) + _sum_outside(q * f_column, row, column)
    )


def _sum_outside(values, row, column):
    """Return, for each row, the sum of values over the columns without a cell, (n_symbols,)."""
    n = len(values)
    outside = values.sum() - np.bincount(row, values[column], n)
    return np.where(np.bincount(row, minlength=n) < n, outside, 0.0)


def _finite_log(x):
    """Return log x, with 0 for 0."""
    return np.log(x, out=np.zeros(len(x)), where=x > 0)


def _ones(S):
    """Return S with ones in place of its stored elements."""
    return with_data(S, np.ones(S.nnz))
