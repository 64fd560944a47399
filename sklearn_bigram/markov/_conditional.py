"""A Markov chain on the condition that its names meet a constraint."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from sklearn_bigram.markov._absorbing import reaching, solve_absorbing
from sklearn_bigram.markov._transition import MAX_LENGTH, Sampler, raise_endless
from sklearn_bigram.tokenization._stream import TokenStream, join

_CHAINS = 2**14  # names that are drawn in step
_MAX_KEPT = 2**23  # cells of what draws in each state, which is kept until there are so many


class _Rows(NamedTuple):
    """Some rows of P = S + g q^T."""

    rows: np.ndarray  # (n_rows,), ascending
    S: sparse.csr_array  # (n_rows, n_symbols)
    g: np.ndarray  # (n_rows,)
    q: np.ndarray  # (n_symbols,)

    def matvec(self, x):
        return self.S @ x + self.g * (self.q @ x)


class ConditionalChain:
    """A chain on the condition that an automaton accepts its names.

    The mass of state d and symbol i is the probability that what follows them is accepted. Given
    the constraint, the probability of going from i to j in state d is proportional to P_ij times
    what is ahead of j. That is again a sparse matrix and a backoff.

    Parameters
    ----------
    transition : TransitionMatrix
        The chain.
    automaton : Automaton
        The constraint.
    """

    def __init__(self, transition, automaton):
        self.transition, self.automaton = transition, automaton
        n_states, n_symbols = automaton.n_states, transition.n_symbols
        self.mass = np.zeros((n_states, n_symbols))  # of each state the largest is 1, unless all 0
        self.log_scale = np.full(n_states, -np.inf)  # and the logarithm of what it was
        sources = automaton.sources()
        rows_of = {places: self._rows(places) for places in set(sources)}
        self.rows = [rows_of[places] for places in sources]
        self.samplers: dict[int, tuple] = {}
        for block in reversed(automaton.blocks):
            if any(target in block for d in block for _, target in automaton.edges[d]):
                self._solve(block)
            else:
                (d,) = block
                ahead, log_scale, _ = self._ahead(d)
                self._set_mass(d, self.rows[d].matvec(ahead), log_scale)

    @property
    def log_mass(self):
        """The logarithm of the probability that a name is accepted."""
        with np.errstate(divide="ignore"):
            return float(self.log_scale[0] + np.log(self.mass[0, 0]))

    def sample(self, n_names, rng):
        """Draw names with a NumPy Generator; the constraint must not be impossible."""
        return join(
            [
                self._sample_in_step(min(_CHAINS, n_names - first), rng)
                for first in range(0, n_names, _CHAINS)
            ]
        )

    def _rows(self, places):
        """Return the rows of the symbols by which a state is entered, 0 at the start."""
        S, g, q = self.transition.S, self.transition.g, self.transition.q
        entered = np.zeros(len(g), dtype=bool)
        for place in places:
            if place < 0:
                entered[0] = True
            else:
                entered |= self.automaton.masks[place]
        rows = np.flatnonzero(entered)
        if len(rows) == len(g):
            return _Rows(rows, S, g, q)
        return _Rows(rows, S[rows], g[rows], q)

    def _ahead(self, d, without=()):
        """Return the mass ahead of each next symbol in state d, its log scale, and by edge."""
        edges = [(m, t) for m, t in self.automaton.edges[d] if t not in without]
        log_scale = max([self.log_scale[t] for _, t in edges], default=-np.inf)
        if self.automaton.accepting[d]:
            log_scale = max(log_scale, 0.0)
        ahead = np.zeros((len(edges) + 1, self.transition.n_symbols))  # the last is the end
        if log_scale > -np.inf:
            for part, (m, t) in zip(ahead, edges, strict=False):
                scale = np.exp(self.log_scale[t] - log_scale)
                np.multiply(self.mass[t], scale, out=part, where=self.automaton.masks[m])
            if self.automaton.accepting[d]:
                ahead[-1, 0] = np.exp(-log_scale)
        return ahead.sum(axis=0), log_scale, ahead[:-1]

    def _set_mass(self, d, mass, log_scale):
        largest = mass.max(initial=0)
        if largest > 0:
            self.mass[d, self.rows[d].rows] = mass / largest
            self.log_scale[d] = log_scale + np.log(largest)

    def _solve(self, block):
        """Find the masses of states that lead back to each other."""
        aheads, log_scales, _ = zip(*(self._ahead(d, block) for d in block), strict=True)
        log_scale = max(log_scales)
        if log_scale == -np.inf:
            return
        ends = np.cumsum([len(self.rows[d].rows) for d in block])
        parts = dict(zip(block, np.split(np.arange(ends[-1]), ends[:-1]), strict=True))
        inside = {d: [(m, t) for m, t in self.automaton.edges[d] if t in parts] for d in block}

        def matvec(x):
            result = np.empty(len(x))
            for d in block:
                ahead = np.zeros(self.transition.n_symbols)
                for m, t in inside[d]:
                    spread = np.zeros(len(ahead))
                    spread[self.rows[t].rows] = x[parts[t]]
                    ahead += self.automaton.masks[m] * spread
                result[parts[d]] = self.rows[d].matvec(ahead)
            return result

        c, leak = np.empty(ends[-1]), np.empty(ends[-1])
        for d, ahead, log in zip(block, aheads, log_scales, strict=True):
            c[parts[d]] = self.rows[d].matvec(ahead * np.exp(log - log_scale))
            leaves = np.ones(self.transition.n_symbols)
            for m, _ in inside[d]:
                leaves -= self.automaton.masks[m]
            leak[parts[d]] = self.rows[d].matvec(leaves)
        if np.array_equal(c, leak) and reaching(matvec, c > 0).all():
            x = np.ones(len(c))  # the chain ends for sure
        else:
            x = np.maximum(solve_absorbing(matvec, c, leak), 0)
        for d in block:
            self._set_mass(d, x[parts[d]], log_scale)

    def _sampler(self, d):
        """Return what draws in state d: the symbols to start from, the next one, its edge."""
        rows = self.rows[d]
        ahead, _, ways = self._ahead(d)
        mass = rows.matvec(ahead)
        alive = mass > 0
        mass, S = mass[alive], rows.S[alive]
        cells = S.data * ahead[S.indices] / np.repeat(mass, np.diff(S.indptr))
        S = sparse.csr_array((cells, S.indices, S.indptr), shape=S.shape)
        S.eliminate_zeros()
        weight = rows.q @ ahead
        g = rows.g[alive] * weight / mass
        q = rows.q * ahead / weight if weight > 0 else rows.q
        shares = np.cumsum(ways, axis=0)  # (n_edges, n_symbols)
        if len(ways) > 1:
            shares /= np.where(shares[-1] > 0, shares[-1], 1)
        return rows.rows[alive], Sampler(S, g, q, with_table=False), shares

    def _step(self, d, symbol, rng):
        """Draw the next symbol and the next state after each of these symbols in state d."""
        if d not in self.samplers:
            if len(self.samplers) >= _MAX_KEPT // (len(self.transition.S.data) + len(self.mass[d])):
                self.samplers.clear()
            self.samplers[d] = self._sampler(d)
        rows, sampler, shares = self.samplers[d]
        symbol = sampler.draw(np.searchsorted(rows, symbol), rng)
        edge = np.zeros(len(symbol), dtype=np.intp)
        if len(shares) > 1:
            going = np.flatnonzero(symbol)
            u = rng.random(len(going))
            edge[going] = (shares[:, symbol[going]] <= u).sum(axis=0)
        targets = np.array([target for _, target in self.automaton.edges[d]] or [d])
        return symbol, targets[edge]

    def _sample_in_step(self, n_names, rng):
        """Draw names that all run in step, as a stream."""
        running = np.arange(n_names, dtype=np.min_scalar_type(_CHAINS))
        symbol = np.zeros(n_names, dtype=np.min_scalar_type(self.transition.n_symbols))
        state = np.zeros(n_names, dtype=np.intp)
        steps: list[tuple] = []
        while len(running):
            if len(steps) == MAX_LENGTH:
                raise_endless()
            before, symbol = symbol, np.empty_like(symbol)
            groups = [(d, np.flatnonzero(state == d)) for d in np.unique(state)]
            for d, here in groups:
                symbol[here], state[here] = self._step(d, before[here], rng)
            going = symbol > 0
            running, symbol, state = running[going], symbol[going], state[going]
            steps.append((running, symbol))
        lengths = np.zeros(n_names, dtype=np.intp)
        for names, _ in steps:
            lengths[names] += 1
        starts = np.concatenate(([0], np.cumsum(lengths + 1)))
        ids = np.zeros(starts[-1] + 1, dtype=symbol.dtype)
        for place, (names, symbols) in enumerate(steps, 1):
            ids[starts[names] + place] = symbols
        return TokenStream(ids, starts)
