"""Beginnings of names that are longer by one symbol: counted by their bounds, then listed."""

from typing import NamedTuple

import numpy as np

from sklearn_bigram.tokenization._stream import ranges

ROUNDING = 1e-13  # of a log-probability that is summed in another order


class Prefixes(NamedTuple):
    """Beginnings of names, all with the same number of symbols."""

    state: np.ndarray  # (n_prefixes,), of the automaton
    symbol: np.ndarray  # the last one
    score: np.ndarray  # log-probability


class Children(NamedTuple):
    """Prefixes that continue other prefixes by one symbol."""

    parent: np.ndarray  # (n_children,), the number of the prefix that each continues
    state: np.ndarray
    symbol: np.ndarray
    score: np.ndarray
    bound: np.ndarray  # log-probability of the best name that each can become


def expand(completions, prefixes, k, threshold):
    """Return the children of prefixes whose bounds reach a threshold.

    If there are many more than k, the threshold is raised so that at least k children reach it.
    Of children whose bounds differ by rounding errors only, those of the first prefixes are kept.
    """
    branches = [
        _Branch(completions, prefixes, np.flatnonzero(prefixes.state == state), edge)
        for state in np.unique(prefixes.state)
        for edge in completions.automaton.edges[state]
    ]
    limit = 2 * k + 1000
    low, high = threshold, np.inf
    if _count_children(branches, low) > limit:
        top = np.max(prefixes.score + completions.best[prefixes.state, prefixes.symbol])
        low, high = _raise_threshold(branches, low, top, k, limit)
    room = limit - _count_children(branches, high)
    none = np.empty(0, dtype=np.uint8)
    parts = [Children(none, none, none, np.empty(0), np.empty(0))]
    for branch in branches:
        counts, fewer = branch.count(low), branch.count(high)
        more = np.max(counts, axis=0) - np.max(fewer, axis=0)
        fits = np.cumsum(more) - more < room
        room -= more.sum()
        parts += branch.children(np.where(fits, counts, fewer))
    return Children(*map(np.concatenate, zip(*parts, strict=True)))


def _count_children(branches, threshold):
    """Return an estimate of the number of children that reach a threshold: half to all of them."""
    return sum(int(np.max(branch.count(threshold), axis=0).sum()) for branch in branches)


def _raise_threshold(branches, low, top, k, limit):
    """Return a threshold that at least k children reach and one that fewer children reach.

    At most `limit` children reach the first, or the two differ by rounding errors only.
    """
    width = 1.0
    while _count_children(branches, max(low, top - width)) < k:
        width *= 2
    low, high = max(low, top - width), top + 1.0
    while _count_children(branches, low) > limit and high - low > ROUNDING * max(1.0, -low):
        middle = (low + high) / 2
        if _count_children(branches, middle) >= k:
            low = middle
        else:
            high = middle
    return low, high


class _Branch:
    """The children of some prefixes along one edge, those of each prefix best first.

    The children of a prefix are counted twice: among the cells and in the backoff. The backoff
    may include symbols that have a cell, but with a bound below that of the cell; these are left
    out of the list of children.
    """

    def __init__(self, completions, prefixes, members, edge):
        self.completions, self.edge = completions, edge
        self.members = members.astype(np.min_scalar_type(len(prefixes.symbol)))
        self.symbol, self.score = prefixes.symbol[members], prefixes.score[members]
        present = np.zeros(completions.n_symbols, dtype=bool)
        present[self.symbol] = True
        rows = np.flatnonzero(present)
        lengths = np.diff(completions.indptr)[rows]
        cells = ranges(completions.indptr[rows], lengths)
        row = np.repeat(np.arange(len(rows)), lengths)
        value = completions.log_p[cells] + completions.ahead(edge)[completions.indices[cells]]
        order = np.lexsort((-value, row))
        order = order[value[order] > -np.inf]
        self.value, self.cells = value[order], cells[order]  # (n_cells,), descending in each row
        stops = np.cumsum(np.bincount(row[order], minlength=len(rows)))
        row_of_member = (np.cumsum(present) - 1)[self.symbol]
        self.stop = stops[row_of_member]
        self.start = np.append(0, stops)[row_of_member]

    def count(self, threshold):
        """Count the children that reach a threshold: cells and backoff, (2, n_members)."""
        counts = np.zeros((2, len(self.members)), dtype=np.intp)
        counts[0] = _count_above(self.value, self.start, self.stop, threshold - self.score)
        log_g = self.completions.log_g[self.symbol]
        has_backoff = log_g > -np.inf
        if has_backoff.any():
            _, value = self.completions.backoff(self.edge)
            least = threshold - self.score[has_backoff] - log_g[has_backoff]
            counts[1, has_backoff] = np.searchsorted(-value, -least, side="right")
        return counts

    def children(self, counts):
        """Return the best children of each member, as many as `count` returned of each kind."""
        return [self._children_in_cells(counts[0]), self._children_in_backoff(counts[1])]

    def _children_in_cells(self, n_children):
        positions = ranges(self.start, n_children)
        value, cells = self.value[positions], self.cells[positions]
        member = np.repeat(np.arange(len(self.members)), n_children)
        symbol, log_p = self.completions.indices[cells], self.completions.log_p[cells]
        return self._children_of(member, symbol, log_p, value)

    def _children_in_backoff(self, n_children):
        symbol = self.completions.backoff(self.edge)[0][ranges(0 * n_children, n_children)]
        member = np.repeat(np.arange(len(self.members)), n_children)
        is_new = ~self.completions.transition.is_stored(self.symbol[member], symbol)
        member, symbol = member[is_new], symbol[is_new]
        log_p = self.completions.log_g[self.symbol[member]] + self.completions.log_q[symbol]
        value = log_p + self.completions.best[self.edge[1], symbol]
        return self._children_of(member, symbol, log_p, value)

    def _children_of(self, member, symbol, log_p, value):
        state = np.full(len(member), self.edge[1], dtype=np.min_scalar_type(self.edge[1]))
        symbol = symbol.astype(np.min_scalar_type(self.completions.n_symbols), copy=False)
        score = self.score[member]
        return Children(self.members[member], state, symbol, score + log_p, score + value)


def _count_above(values, start, stop, least):
    """Count the elements that reach `least` in slices of values, each slice in descending order."""
    low, high = start, stop
    for _ in range(int((stop - start).max(initial=0)).bit_length()):
        middle = (low + high) // 2
        above = (middle < high) & (values.take(middle, mode="clip") >= least)
        low, high = np.where(above, middle + 1, low), np.where(above, high, middle)
    return low - start
