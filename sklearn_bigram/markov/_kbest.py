"""The most probable names of a Markov chain, by a search that looks ahead."""

from typing import NamedTuple

import numpy as np

from sklearn_bigram.tokenization._stream import TokenStream, ranges, take

_MAX_FULL = 128  # symbols up to which all cells of P are listed, and none is left to the backoff
_ROUNDING = 1e-13  # of a log-probability that is summed in another order


def most_probable(transition, automaton, k):
    """Return the k most probable names that an automaton accepts, and their log-likelihoods.

    Names grow symbol by symbol, all of one length at a time. The probability of the best name
    that a beginning can still become is known exactly. It is a name's, and different beginnings
    become different names, so the k best of them are all that is kept of each length.

    Parameters
    ----------
    transition : TransitionMatrix
        The chain.
    automaton : Automaton
        The constraint.
    k : int
        How many names. There are fewer if fewer are possible.

    Returns
    -------
    stream : TokenStream
        The names in descending order of probability. Of equal ones the shorter comes first, then
        that with the smaller token ids.
    log_likelihood : ndarray of shape (n_names,)
        Their log-likelihoods.
    """
    stream = _Search(transition, automaton, k).run()
    log_likelihood = transition.log_likelihood(stream)
    order = _order(stream, log_likelihood, transition.n_symbols)
    return take(stream, order), log_likelihood[order]


def _order(stream, log_likelihood, n_symbols):
    """Return the order of names by falling log-likelihood, length and symbols."""
    lengths = stream.n_bigrams - 1
    bits = n_symbols.bit_length()
    packed = []  # some of the next symbols of each name in one number
    for first in range(0, int(lengths.max(initial=0)), 63 // bits):
        key = np.zeros(len(lengths), dtype=np.int64)
        for place in range(first, first + 63 // bits):
            key <<= bits
            going = place < lengths
            key[going] += stream.ids[stream.starts[:-1][going] + 1 + place]
        packed.append(key)
    return np.lexsort((*packed[::-1], lengths, -log_likelihood))


class _Open(NamedTuple):
    """Beginnings of names, all with the same number of symbols."""

    state: np.ndarray  # (n_open,)
    symbol: np.ndarray  # the last one
    score: np.ndarray  # log-probability so far


class _Children(NamedTuple):
    """Beginnings of names that are longer by one symbol."""

    parent: np.ndarray  # (n_children,), the place of the beginning that they continue
    state: np.ndarray
    symbol: np.ndarray
    score: np.ndarray
    bound: np.ndarray  # log-probability of the best name that each can become


class _Ended(NamedTuple):
    """Whole names."""

    score: np.ndarray  # (n_ended,)
    length: np.ndarray
    place: np.ndarray  # among the beginnings of this length


class _Search:
    """The search: log P cell by cell, and the best that is ahead of each state and symbol."""

    def __init__(self, transition, automaton, k):
        self.automaton, self.k = automaton, k
        S, g, q = transition.S, transition.g, transition.q
        n = self.n_symbols = len(g)
        with np.errstate(divide="ignore"):
            if n <= _MAX_FULL:
                row, self.indices = np.divmod(np.arange(n**2), n)
                self.indptr = np.arange(0, n**2 + 1, n)
                p = transition.rows(np.arange(n)).ravel()
                g = np.zeros(n)
            else:
                row = np.repeat(np.arange(n), np.diff(S.indptr))
                self.indices, self.indptr = S.indices, S.indptr
                p = S.data + g[row] * q[S.indices]
            self.log_p = np.minimum(np.log(p), 0)
            self.log_g, self.log_q = np.log(g), np.log(q)
        self.keys = row * n + self.indices  # ascending
        self.log_end = transition.log_proba(np.arange(n), np.zeros(n, dtype=np.intp))
        self.best = np.full((automaton.n_states, n), -np.inf)
        for block in reversed(automaton.blocks):
            self._look_ahead(block)
        self.backoffs: dict[tuple[int, int], tuple] = {}

    def run(self):
        """Return the best names as a stream, in no order."""
        opened = _Open(np.zeros(1, dtype=np.intp), np.zeros(1, dtype=np.intp), np.zeros(1))
        ended = _Ended(np.empty(0), np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp))
        threshold = -np.inf
        # Of each length from 1 on, the parent and the last symbol of each beginning.
        levels: list[tuple] = []
        while len(opened.state):
            score = opened.score + self.log_end[opened.symbol]
            ends = np.flatnonzero(self.automaton.accepting[opened.state] & (score > -np.inf))
            lengths = np.full(len(ends), len(levels))
            ended = _Ended(*map(np.append, ended, (score[ends], lengths, ends)))
            children = self._expand(opened, threshold)
            keep, threshold = _keep_best(np.append(ended.score, children.bound), self.k)
            keep_ended, keep_children = np.split(keep, [len(ended.score)])
            ended = _Ended(*(values[keep_ended] for values in ended))
            children = _Children(*(values[keep_children] for values in children))
            levels.append((children.parent, children.symbol))
            opened = _Open(children.state, children.symbol, children.score)
        return _trace(ended, levels)

    def ahead(self, mask, target):
        """Return the best that is ahead of each next symbol along an edge."""
        return np.where(self.automaton.masks[mask], self.best[target], -np.inf)

    def backoff(self, mask, target):
        """Return the possible next symbols along an edge, best first, and how good they are."""
        if (mask, target) not in self.backoffs:
            value = self.log_q + self.ahead(mask, target)
            symbols = np.argsort(-value, kind="stable")
            symbols = symbols[: np.count_nonzero(value > -np.inf)]
            self.backoffs[mask, target] = symbols, value[symbols]
        return self.backoffs[mask, target]

    def _look_ahead(self, block):
        """Find the log-probability of the best way to the end from each state of a block."""
        cyclic = any(target in block for d in block for _, target in self.automaton.edges[d])
        while True:
            before = self.best[block]
            for d in block:
                ahead = np.full(self.n_symbols, -np.inf)
                for edge in self.automaton.edges[d]:
                    np.maximum(ahead, self.ahead(*edge), out=ahead)
                if self.automaton.accepting[d]:
                    ahead[0] = 0.0
                self.best[d] = self._step_back(ahead)
            if not cyclic or np.array_equal(before, self.best[block]):
                return

    def _step_back(self, ahead):
        """Return the largest log P_ij + ahead_j for each i."""
        best = self.log_g + np.max(self.log_q + ahead)  # too little where S has a cell: no harm
        filled = np.diff(self.indptr) > 0
        cells = self.log_p + ahead[self.indices]
        largest = np.maximum.reduceat(cells, self.indptr[:-1][filled])
        best[filled] = np.maximum(best[filled], largest)
        return best

    def _expand(self, opened, threshold):
        """Return the children whose bounds reach the threshold.

        Where they are many more than k, the threshold is raised first. Of children that differ by
        rounding only, those of the first beginnings are then as good as any.
        """
        branches = [
            _Branch(self, opened, np.flatnonzero(opened.state == d), edge)
            for d in np.unique(opened.state)
            for edge in self.automaton.edges[d]
        ]
        limit = 4 * self.k + 1000
        low, high = threshold, np.inf
        if _size(branches, low) > limit:
            top = np.max(opened.score + self.best[opened.state, opened.symbol])
            low, high = _narrow(branches, low, top, self.k, limit)
        room = limit - _size(branches, high)
        none = np.empty(0, dtype=np.intp)
        parts = [_Children(none, none, none, np.empty(0), np.empty(0))]
        for branch in branches:
            counts, fewer = branch.count(low), branch.count(high)
            more = np.max(counts, axis=0) - np.max(fewer, axis=0)
            fits = np.cumsum(more) - more < room
            room -= more.sum()
            parts += branch.children(np.where(fits, counts, fewer))
        return _Children(*map(np.concatenate, zip(*parts, strict=True)))


class _Branch:
    """What follows some of the open beginnings along one edge, for each row best first.

    Children are counted among the cells of S and in the backoff. A symbol with a cell may be
    counted in the backoff as well, but with a bound that its cell surpasses.
    """

    def __init__(self, search, opened, members, edge):
        self.search, self.members, self.edge = search, members, edge
        self.symbol, self.score = opened.symbol[members], opened.score[members]
        present = np.zeros(search.n_symbols, dtype=bool)
        present[self.symbol] = True
        rows = np.flatnonzero(present)
        lengths = np.diff(search.indptr)[rows]
        cells = ranges(search.indptr[rows], lengths)
        row = np.repeat(np.arange(len(rows)), lengths)
        value = search.log_p[cells] + search.ahead(*edge)[search.indices[cells]]
        order = np.lexsort((-value, row))
        order = order[value[order] > -np.inf]
        self.value, self.cells = value[order], cells[order]  # (n_cells,)
        stops = np.cumsum(np.bincount(row[order], minlength=len(rows)))
        place = (np.cumsum(present) - 1)[self.symbol]  # the row of each beginning
        self.stop = stops[place]
        self.start = np.append(0, stops)[place]

    def count(self, threshold):
        """Count children whose bound reaches the threshold, of S and backoff, (2, n_members)."""
        counts = np.zeros((2, len(self.members)), dtype=np.intp)
        counts[0] = _count_above(self.value, self.start, self.stop, threshold - self.score)
        log_g = self.search.log_g[self.symbol]
        some = log_g > -np.inf
        if some.any():
            _, value = self.search.backoff(*self.edge)
            least = threshold - self.score[some] - log_g[some]
            counts[1, some] = np.searchsorted(-value, -least, side="right")
        return counts

    def children(self, counts):
        """Return so many children of each member, best first, as two `_Children`."""
        search = self.search
        parts = []
        for backoff, n_children in enumerate(counts):
            member = np.repeat(np.arange(len(self.members)), n_children)
            if backoff:
                symbol = search.backoff(*self.edge)[0][ranges(0 * n_children, n_children)]
                keys = self.symbol[member] * search.n_symbols + symbol
                place = np.searchsorted(search.keys, keys)
                new = search.keys.take(place, mode="clip") != keys
                member, symbol = member[new], symbol[new]
                log_p = search.log_g[self.symbol[member]] + search.log_q[symbol]
                value = log_p + search.best[self.edge[1], symbol]
            else:
                cells = ranges(self.start, n_children)
                value, cells = self.value[cells], self.cells[cells]
                symbol, log_p = search.indices[cells], search.log_p[cells]
            state = np.full(len(member), self.edge[1])
            score = self.score[member]
            parent = self.members[member]
            parts.append(_Children(parent, state, symbol, score + log_p, score + value))
        return parts


def _count_above(values, start, stop, least):
    """Count the elements of slices of values, each descending, that are at least so large."""
    low, high = start, stop
    for _ in range(int((stop - start).max(initial=0)).bit_length()):
        middle = (low + high) // 2
        above = (middle < high) & (values.take(middle, mode="clip") >= least)
        low, high = np.where(above, middle + 1, low), np.where(above, high, middle)
    return low - start


def _size(branches, threshold):
    """Return a number of children that reach the threshold at least, and at most twice."""
    return sum(int(np.max(branch.count(threshold), axis=0).sum()) for branch in branches)


def _narrow(branches, low, top, k, limit):
    """Return a threshold that k or more children reach and one that fewer reach.

    As many as the limit reach the first, or the two differ by rounding only.
    """
    width = 1.0
    while _size(branches, max(low, top - width)) < k:
        width *= 2
    low, high = max(low, top - width), top + 1.0
    while _size(branches, low) > limit and high - low > _ROUNDING * max(1.0, -low):
        middle = (low + high) / 2
        if _size(branches, middle) >= k:
            low = middle
        else:
            high = middle
    return low, high


def _keep_best(values, k):
    """Tell which are the k largest, and what others must reach; earlier ones win ties."""
    if len(values) <= k:
        return np.ones(len(values), dtype=bool), -np.inf
    least = np.partition(values, len(values) - k)[len(values) - k]
    keep = values > least
    keep[np.flatnonzero(values == least)[: k - np.count_nonzero(keep)]] = True
    return keep, least - _ROUNDING * abs(least)


def _trace(ended, levels):
    """Return the names as a stream, longest first, each followed back to its beginning."""
    order = np.argsort(-ended.length, kind="stable")
    lengths, place = ended.length[order], ended.place[order]
    starts = np.concatenate(([0], np.cumsum(lengths + 1)))
    ids = np.zeros(starts[-1] + 1, dtype=np.intp)
    for length in range(int(lengths.max(initial=0)), 0, -1):
        parent, symbol = levels[length - 1]
        n_longer = np.searchsorted(-lengths, -length, side="right")
        ids[starts[:n_longer] + length] = symbol[place[:n_longer]]
        place[:n_longer] = parent[place[:n_longer]]
    return TokenStream(ids, starts)
