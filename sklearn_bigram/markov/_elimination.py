"""Elimination of the states of a Markov chain without subtractions.

Where states are eliminated, paths through them are added to the transitions between the others. The
probability of leaving a state, 1 - A_ii, is never computed by subtraction: it is the sum of all
that leaves the state. So the solution has a relative error of about machine precision in each
element, however rarely the chain ends.

References
----------
W. K. Grassmann, M. I. Taksar and D. P. Heyman, "Regenerative analysis and steady state
distributions for Markov chains", Operations Research 33 (5), 1985.

C. A. O'Cinneide, "Entrywise perturbation theory and error analysis for Markov chains", Numerische
Mathematik 65, 1993.
"""

import heapq

import numpy as np

MAX_DENSE = 1024  # states that are eliminated in a dense array
_MAX_GROWTH = 8  # of the number of transitions, up to which sparse elimination goes on


def eliminate(A, leak, B, scaled=None):
    """Solve X = A X + B for a dense A.

    Parameters
    ----------
    A : ndarray of shape (n_states, n_states)
        The transition probabilities.
    leak : ndarray of shape (n_states,)
        The probability of ending at each state. Each row of A and its leak add up to 1.
    B : ndarray of shape (n_states, n_columns)
        The right-hand sides, non-negative.
    scaled : pair of ndarrays, default=None
        A' and B' of another equation X' = A' X' + B', where A' is D^-1 A D for a diagonal matrix
        D, and has the same pivots. It is given where A and B would underflow.

    Returns
    -------
    X : ndarray of shape (n_states, n_columns)
        The solution.
    scaled_X : ndarray
        The solution of the scaled equation, if there is one, else None.
    """
    if len(A) == 1:
        return B / leak[:, None], None if scaled is None else scaled[1] / leak[:, None]
    h = len(A) // 2  # the second half of the states is eliminated
    exits = np.column_stack([A[h:, :h], leak[h:], B[h:]])
    inner = None
    if scaled is not None:
        A_, B_ = scaled
        inner = A_[h:, h:], np.column_stack([A_[h:, :h], B_[h:]])
    second, second_ = eliminate(A[h:, h:], leak[h:] + A[h:, :h].sum(axis=1), exits, inner)
    detours = A[:h, h:] @ second  # (h, h + 1 + n_columns)
    if scaled is not None:
        detours_ = A_[:h, h:] @ second_
        scaled = A_[:h, :h] + detours_[:, :h], B_[:h] + detours_[:, h:]
    first, first_ = eliminate(
        A[:h, :h] + detours[:, :h], leak[:h] + detours[:, h], B[:h] + detours[:, h + 1 :], scaled
    )
    X = np.vstack([first, second[:, h + 1 :] + second[:, :h] @ first])
    if scaled is None:
        return X, None
    return X, np.vstack([first_, second_[:, h:] + second_[:, :h] @ first_])


def eliminate_sparse(A, leak, c, unscaled):
    """Solve x = A x + c for a sparse A; return None if too many transitions would arise.

    States with few transitions are eliminated first, one by one, until the rest can be eliminated
    in a dense array.

    Parameters
    ----------
    A : CSR array of shape (n_states, n_states)
        The transition probabilities, or D^-1 A D for a diagonal matrix D.
    leak : ndarray of shape (n_states,)
        The probability of ending at each state.
    c : ndarray of shape (n_states,)
        The right-hand side, non-negative.
    unscaled : CSR array of shape (n_states, n_states)
        The transition probabilities, in the same elements as A.
    """
    graph = _Graph(A, leak, c, unscaled)
    limit = _MAX_GROWTH * (A.nnz + len(c))
    while graph.queue and graph.n_left > MAX_DENSE:
        if not graph.eliminate_next(limit):
            return None
    rest = graph.rest()
    position = {state: i for i, state in enumerate(rest)}
    dense, scaled = np.zeros((2, len(rest), len(rest)))
    for state, i in position.items():
        for target, (p, value) in graph.out[state].items():
            dense[i, position[target]], scaled[i, position[target]] = p, value
    leak, c = np.array(graph.leak)[rest], np.array(graph.reward)[rest]
    none = np.zeros((len(rest), 0))
    values = np.zeros(A.shape[0])
    values[rest] = eliminate(dense, leak, none, (scaled, c[:, None]))[1][:, 0]
    x = values.tolist()
    for state in reversed(graph.order):
        ahead = sum(value * x[target] for target, (_, value) in graph.out[state].items())
        x[state] = (graph.reward[state] + ahead) / graph.total[state]
    return np.array(x)


class _Graph:
    """A chain as lists of transitions, from which states are eliminated one by one.

    Each transition is a pair: its probability, and the same scaled, by which rewards are passed on.
    """

    def __init__(self, A, leak, c, unscaled):
        A, unscaled = A.tocoo(), unscaled.tocoo()
        n_states = len(c)
        # The targets of each state with their transitions, and the states that lead to it.
        self.out: list[dict[int, tuple]] = [{} for _ in range(n_states)]
        self.into: list[set[int]] = [set() for _ in range(n_states)]
        pairs = zip(unscaled.data.tolist(), A.data.tolist(), strict=True)
        for i, j, pair in zip(A.row.tolist(), A.col.tolist(), pairs, strict=True):
            if i != j:  # a way back to the same state is not needed
                self.out[i][j] = pair
                self.into[j].add(i)
        self.leak, self.reward = leak.tolist(), c.tolist()
        self.total = [0.0] * n_states  # the probability of leaving each eliminated state
        self.order: list[int] = []  # the eliminated states
        self.n_left = n_states
        self.n_transitions = A.nnz
        self.queue = [(self._degree(state), state) for state in range(n_states)]
        heapq.heapify(self.queue)

    def _degree(self, state):
        return len(self.out[state]) * len(self.into[state])

    def rest(self):
        """Return the states that are left."""
        left = np.ones(len(self.out), dtype=bool)
        left[self.order] = False
        return np.flatnonzero(left).tolist()

    def eliminate_next(self, limit):
        """Eliminate the state with the fewest paths through it.

        Return False if there are more transitions than the limit, or if they have underflowed.
        """
        degree, state = heapq.heappop(self.queue)
        while degree != self._degree(state):
            heapq.heappush(self.queue, (self._degree(state), state))
            degree, state = heapq.heappop(self.queue)
        self.n_transitions += degree
        out = self.out[state]
        total = sum(p for p, _ in out.values()) + self.leak[state]
        if self.n_transitions > limit or total == 0:
            return False
        for source in self.into[state]:
            targets = self.out[source]
            share, scaled_share = (value / total for value in targets.pop(state))
            self.leak[source] += share * self.leak[state]
            self.reward[source] += scaled_share * self.reward[state]
            for target, (p, value) in out.items():
                if target != source:
                    old_p, old_value = targets.get(target, (0.0, 0.0))
                    targets[target] = old_p + share * p, old_value + scaled_share * value
                    self.into[target].add(source)
        for target in out:
            self.into[target].discard(state)
        self.total[state] = total
        self.order.append(state)
        self.n_left -= 1
        return True
