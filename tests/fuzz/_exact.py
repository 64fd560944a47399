"""Markov chains in exact arithmetic: the independent results for several areas.

A chain is a list of rows; a row is a dict from symbol numbers to fractions. 0 is the boundary.
"""

import heapq
import math
from fractions import Fraction

STAR = "*"


def log(x):
    """Return the logarithm of a fraction to full precision."""
    if x == 0:
        return -math.inf
    if abs(x - 1) < Fraction(1, 2):
        return math.log1p(float(x - 1))
    return math.log(x.numerator) - math.log(x.denominator)


def as_float(x):
    """Return a fraction as a float, inf if it is too large."""
    try:
        return float(x)
    except OverflowError:
        return math.inf


def chain_of(counts):
    """Return the relative frequencies of a table of counts. A row without counts is uniform."""
    chain = []
    for row in counts:
        row = [Fraction(count) for count in row]
        total = sum(row)
        row = [x / total for x in row] if total else [Fraction(1, len(row))] * len(row)
        chain.append({j: p for j, p in enumerate(row) if p})
    return chain


def solve(A, b):
    """Solve x_i = b_i + sum_j A_ij x_j, with A a dict of sparse rows, by elimination."""
    rows, b = {i: dict(row) for i, row in A.items()}, dict(b)
    users = {i: set() for i in rows}
    for i, row in rows.items():
        for j in row:
            users[j].add(i)
    order = list(rows)[::-1]
    done = set()
    for k in order:
        scale = 1 / (1 - rows[k].pop(k, Fraction(0)))
        rows[k] = {j: scale * x for j, x in rows[k].items()}
        b[k] *= scale
        done.add(k)
        for i in users[k] - done:
            w = rows[i].pop(k)
            b[i] += w * b[k]
            for j, x in rows[k].items():
                rows[i][j] = rows[i].get(j, 0) + w * x
                users[j].add(i)
    x = {}
    for k in reversed(order):
        x[k] = b[k] + sum(w * x[j] for j, w in rows[k].items())
    return x


def reachable(chain, start=0):
    """Return the symbols to which `start` leads, itself included: from 0, all that names hold."""
    seen, todo = {start}, [start]
    while todo:
        for j in chain[todo.pop()]:
            if j not in seen:
                seen.add(j)
                todo.append(j)
    return seen


def can_end(chain):
    """Return the symbols after which the name may end."""
    ends = {i for i, row in enumerate(chain) if 0 in row}
    while True:
        more = {i for i, row in enumerate(chain) if i not in ends and ends & set(row)}
        if not more:
            return ends
        ends |= more


def visits(chain):
    """Return the expected visits to each symbol of a name, one to the boundary at its start.

    A symbol that a name which cannot end comes back to for ever has inf; one that no name reaches
    has none.
    """
    ends, found = can_end(chain), reachable(chain)
    after = {i: reachable(chain, i) for i in found - ends}
    recurrent = {i for i in after if all(i in after[j] for j in after[i])}
    inner = sorted(found - recurrent)
    columns = {j: {} for j in inner}
    for i in inner:
        for j, p in chain[i].items():
            if j and j in columns:
                columns[j][i] = p
    x = solve(columns, {i: Fraction(i == 0) for i in inner})
    return {i: x.get(i, math.inf) for i in found}


class Product:
    """A chain together with a glob and bounds of the length.

    `items` is a list of sets of symbol numbers and STAR, or None for no pattern. A state is the set
    of places in the pattern, the number of symbols so far as far as it matters, and the symbol.
    """

    def __init__(self, chain, items=None, min_length=None, max_length=None):
        self.chain, self.items = chain, [STAR] if items is None else items
        self.min_length, self.max_length = min_length or 0, max_length
        start = (self._closed({0}), 0, 0)
        self.start, self.edges, self.end = start, {}, {}
        todo = [start]
        while todo:
            state = todo.pop()
            if state not in self.edges:
                self.edges[state] = dict(self._next(state))
                todo += self.edges[state]
                accepted = len(self.items) in state[0] and state[1] >= self.min_length
                self.end[state] = chain[state[2]].get(0, Fraction(0)) if accepted else Fraction(0)
        self._drop_dead_ends()

    def _closed(self, places):
        places = set(places)
        for place in sorted(places):
            while place < len(self.items) and self.items[place] == STAR:
                place += 1
                places.add(place)
        return frozenset(places)

    def _next(self, state):
        places, length, i = state
        if self.max_length is not None:
            if length == self.max_length:
                return
            length += 1
        else:
            length = min(length + 1, self.min_length)
        for j, p in self.chain[i].items():
            if j:
                after = set()
                for place in places:
                    if place < len(self.items):
                        if self.items[place] == STAR:
                            after.add(place)
                        elif j in self.items[place]:
                            after.add(place + 1)
                if after:
                    yield (self._closed(after), length, j), p

    def _drop_dead_ends(self):
        before = {}
        for state, row in self.edges.items():
            for other in row:
                before.setdefault(other, []).append(state)
        alive, todo = set(), [state for state, p in self.end.items() if p]
        while todo:
            state = todo.pop()
            if state not in alive:
                alive.add(state)
                todo += before.get(state, ())
        self.edges = {
            state: {other: p for other, p in row.items() if other in alive}
            for state, row in self.edges.items()
            if state in alive
        }

    def mass(self):
        """Return the probability that a name meets the constraints."""
        return self.masses().get(self.start, Fraction(0))

    def masses(self):
        """Return the probability of each state that the rest of the name meets them."""
        return solve(self.edges, {state: self.end[state] for state in self.edges})

    def best(self):
        """Yield the names and their probabilities, the most probable first."""
        if self.start not in self.edges:
            return
        best = self._best_ends()
        heap = [(-best[self.start], 0, (), Fraction(1), self.start)]
        while heap:
            minus, _, name, p, state = heapq.heappop(heap)
            if state is None:
                yield name, -minus
                continue
            if self.end[state]:
                heapq.heappush(heap, (-p * self.end[state], len(name), name, p, None))
            for other, q in self.edges[state].items():
                longer = (*name, other[2])
                heapq.heappush(heap, (-p * q * best[other], len(longer), longer, p * q, other))

    def _best_ends(self):
        """Return the probability of the best rest of the name from each state."""
        best = {state: self.end[state] for state in self.edges}
        changed = True
        while changed:
            changed = False
            for state, row in self.edges.items():
                p = max((q * best[other] for other, q in row.items()), default=Fraction(0))
                if p > best[state]:
                    best[state], changed = p, True
        return best


def names_of_length(chain, n):
    """Yield all possible names of a length with their probabilities."""
    prefixes = [((), Fraction(1), 0)]
    for _ in range(n):
        prefixes = [
            ((*name, j), p * q, j) for name, p, i in prefixes for j, q in chain[i].items() if j
        ]
    for name, p, i in prefixes:
        if 0 in chain[i]:
            yield name, p * chain[i][0]


def length_distribution(chain, n):
    """Return the probabilities of the lengths 0 to n."""
    state, result = {0: Fraction(1)}, []
    for _ in range(n + 1):
        result.append(sum((p * chain[i].get(0, 0) for i, p in state.items()), Fraction(0)))
        after = {}
        for i, p in state.items():
            for j, q in chain[i].items():
                if j:
                    after[j] = after.get(j, 0) + p * q
        state = after
    return result
