"""A Markov chain conditioned on the acceptance of its names by an automaton."""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from sklearn_bigram.exceptions import EndlessNameError, ExcludedError
from sklearn_bigram.markov._absorbing import reaching, solve_absorbing
from sklearn_bigram.markov._sampling import MAX_LENGTH, Sampler
from sklearn_bigram.tokenization import _stream
from sklearn_bigram.tokenization._stream import TokenStream
from sklearn_bigram.utils._sparse import row_numbers, with_data

_CHAINS_IN_STEP = 2**14
_NAMES_PER_ROUND = 2**20  # of sampling without the excluded names
_CELLS_IN_SAMPLERS = 2**23  # of all the samplers that are kept
_MIN_SHARE = 1e-4  # of the probability that `exclude` must leave
_ROUNDING = 1e-12  # of a sum of probabilities


class ConditionalChain:
    """A chain conditioned on the acceptance of its names.

    A name is a path through pairs of a state of the automaton and a symbol. The mass of a pair is
    the probability that the rest of the name is accepted. Given acceptance, the probability of a
    next symbol is proportional to its probability in the chain times the mass of the next pair.
    These products are again a sparse matrix plus a backoff, so they are sampled as P itself is.

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
        # The masses of a state are scaled to a largest of 1; all of them may be 0.
        self._mass = np.zeros((n_states, n_symbols))
        self._log_scale = np.full(n_states, -np.inf)
        entering = automaton.entering_masks()
        rows_of = {indices: self._select_rows(indices) for indices in set(entering)}
        self._rows = [rows_of[indices] for indices in entering]
        self._samplers: dict[int, _StateSampler] = {}
        for block in reversed(automaton.blocks):
            if automaton.is_cyclic(block):
                self._solve(block)
            else:
                (state,) = block
                ahead = self._look_ahead(state, automaton.edges[state])
                self._set_mass(state, self._rows[state].matvec(ahead.mass), ahead.log_scale)

    @property
    def log_mass(self):
        """The log-probability that a name is accepted."""
        with np.errstate(divide="ignore"):
            return float(self._log_scale[0] + np.log(self._mass[0, 0]))

    def sample(self, n_names, rng):
        """Draw accepted names with a NumPy Generator; `log_mass` must not be -inf."""
        return _stream.join(
            [
                self._sample_in_step(min(_CHAINS_IN_STEP, n_names - start), rng)
                for start in range(0, n_names, _CHAINS_IN_STEP)
            ]
        )

    def _select_rows(self, mask_indices):
        """Return the rows of P of the symbols of these masks; -1 stands for the boundary."""
        S, g, q = self.transition.S, self.transition.g, self.transition.q
        selected = np.zeros(len(g), dtype=bool)
        for index in mask_indices:
            selected |= self.automaton.masks[index] if index >= 0 else np.arange(len(g)) == 0
        symbols = np.flatnonzero(selected)
        if len(symbols) == len(g):
            return _Rows(symbols, S, g, q)
        return _Rows(symbols, S[symbols], g[symbols], q)

    def _look_ahead(self, state, edges):
        """Return the mass of what follows each next symbol, along these edges or by the end."""
        log_scale = max([self._log_scale[target] for _, target in edges], default=-np.inf)
        ends = self.automaton.accepting[state]
        if ends:
            log_scale = max(log_scale, 0.0)
        by_edge = np.zeros((len(edges) + 1, self.transition.n_symbols))  # the last is the end
        if log_scale > -np.inf:
            for mass, (mask_index, target) in zip(by_edge, edges, strict=False):
                scale = np.exp(self._log_scale[target] - log_scale)
                mask = self.automaton.masks[mask_index]
                np.multiply(self._mass[target], scale, out=mass, where=mask)
            if ends:
                by_edge[-1, 0] = np.exp(-log_scale)
        return _Ahead(by_edge.sum(axis=0), log_scale, by_edge[:-1])

    def _set_mass(self, state, mass, log_scale):
        largest = mass.max(initial=0)
        if largest > 0:
            self._mass[state, self._rows[state].symbols] = mass / largest
            self._log_scale[state] = log_scale + np.log(largest)

    def _solve(self, block):
        """Set the masses of a block of states that lead back to each other."""
        edges = self.automaton.edges
        inner = {state: [edge for edge in edges[state] if edge[1] in block] for state in block}
        aheads = [
            self._look_ahead(state, [edge for edge in edges[state] if edge[1] not in block])
            for state in block
        ]
        log_scale = max(ahead.log_scale for ahead in aheads)
        if log_scale == -np.inf:
            return
        stops = np.cumsum([len(self._rows[state].symbols) for state in block])
        part_of = dict(zip(block, np.split(np.arange(stops[-1]), stops[:-1]), strict=True))

        def matvec(x):
            result = np.empty(len(x))
            for state in block:
                ahead = np.zeros(self.transition.n_symbols)
                for mask_index, target in inner[state]:
                    mass = np.zeros(len(ahead))
                    mass[self._rows[target].symbols] = x[part_of[target]]
                    ahead += self.automaton.masks[mask_index] * mass
                result[part_of[state]] = self._rows[state].matvec(ahead)
            return result

        c, leak = np.empty(stops[-1]), np.empty(stops[-1])
        for state, ahead in zip(block, aheads, strict=True):
            scale = np.exp(ahead.log_scale - log_scale)
            c[part_of[state]] = self._rows[state].matvec(ahead.mass * scale)
            leaves = np.ones(self.transition.n_symbols)
            for mask_index, _ in inner[state]:
                leaves -= self.automaton.masks[mask_index]
            leak[part_of[state]] = self._rows[state].matvec(leaves)
        if np.array_equal(c, leak) and reaching(matvec, c > 0).all():
            x = np.ones(len(c))  # acceptance is certain
        else:
            x = np.maximum(solve_absorbing(matvec, c, leak), 0)
        for state in block:
            self._set_mass(state, x[part_of[state]], log_scale)

    def _sample_in_step(self, n_names, rng):
        """Draw names that all run in step, as a stream."""
        running = np.arange(n_names, dtype=np.min_scalar_type(_CHAINS_IN_STEP))
        symbol = np.zeros(n_names, dtype=np.min_scalar_type(self.transition.n_symbols))
        state = np.zeros(n_names, dtype=np.intp)
        steps: list[tuple] = []
        while len(running):
            if len(steps) == MAX_LENGTH:
                raise EndlessNameError(MAX_LENGTH)
            before, symbol = symbol, np.empty_like(symbol)
            groups = [(source, np.flatnonzero(state == source)) for source in np.unique(state)]
            for source, here in groups:
                symbol[here], state[here] = self._sampler(source).draw(before[here], rng)
            unfinished = symbol > 0
            running, symbol, state = running[unfinished], symbol[unfinished], state[unfinished]
            steps.append((running, symbol))
        lengths = np.zeros(n_names, dtype=np.intp)
        for names, _ in steps:
            lengths[names] += 1
        starts = np.concatenate(([0], np.cumsum(lengths + 1)))
        ids = np.zeros(starts[-1] + 1, dtype=symbol.dtype)
        for position, (names, symbols) in enumerate(steps, 1):
            ids[starts[names] + position] = symbols
        return TokenStream(ids, starts)

    def _sampler(self, state):
        """Return the sampler of a state, made when it is first needed."""
        if state not in self._samplers:
            cells = self.transition.S.nnz + self.transition.n_symbols
            if len(self._samplers) >= _CELLS_IN_SAMPLERS // cells:
                self._samplers.clear()
            edges = self.automaton.edges[state]
            ahead = self._look_ahead(state, edges)
            targets = [target for _, target in edges]
            self._samplers[state] = _StateSampler(self._rows[state], ahead, targets)
        return self._samplers[state]


class _Rows(NamedTuple):
    """Some rows of P = S + g q^T."""

    symbols: np.ndarray  # (n_rows,), ascending
    S: sparse.csr_array  # (n_rows, n_symbols)
    g: np.ndarray  # (n_rows,)
    q: np.ndarray  # (n_symbols,)

    def matvec(self, x):
        return self.S @ x + self.g * (self.q @ x)


class _Ahead(NamedTuple):
    """The mass of what follows each next symbol in a state."""

    mass: np.ndarray  # (n_symbols,), scaled
    log_scale: float
    by_edge: np.ndarray  # (n_edges, n_symbols), the part of each edge


class _StateSampler:
    """Draws the next symbol and the next state in one state of the automaton."""

    def __init__(self, rows, ahead, targets):
        mass = rows.matvec(ahead.mass)
        possible = mass > 0
        mass, S = mass[possible], rows.S[possible]
        S = with_data(S, S.data * ahead.mass[S.indices] / mass[row_numbers(S)])
        S.eliminate_zeros()
        weight = rows.q @ ahead.mass
        g = rows.g[possible] * weight / mass
        q = rows.q * ahead.mass / weight if weight > 0 else rows.q
        self._symbols, self._sampler = rows.symbols[possible], Sampler(S, g, q)
        # The cumulative share of each edge in the mass of each next symbol, (n_edges, n_symbols).
        self._shares = np.cumsum(ahead.by_edge, axis=0)
        if len(self._shares) > 1:
            self._shares /= np.where(self._shares[-1] > 0, self._shares[-1], 1)
        self._targets = np.array(targets, dtype=np.intp)

    def draw(self, symbol, rng):
        """Draw the next symbol and the next state after each of these symbols.

        The state after the boundary has no meaning.
        """
        symbol = self._sampler.draw(np.searchsorted(self._symbols, symbol), rng)
        state = np.zeros(len(symbol), dtype=np.intp)
        continued = np.flatnonzero(symbol)
        if len(self._shares) > 1:
            u = rng.random(len(continued))
            edge = (self._shares[:, symbol[continued]] <= u).sum(axis=0)
        else:
            edge = np.zeros(len(continued), dtype=np.intp)
        state[continued] = self._targets[edge]
        return symbol, state


def sample_without(chain, n_names, excluded, rng):
    """Draw names from a ConditionalChain; draw again in place of excluded names.

    Parameters
    ----------
    chain : ConditionalChain
        The chain.
    n_names : int
        The number of names.
    excluded : TokenStream
        Distinct names that the automaton of the chain accepts.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    stream : TokenStream
        The names.

    Raises
    ------
    ExcludedError
        If the excluded names leave less than 1/10,000 of the probability.
    """
    if len(excluded.n_bigrams) == 0:
        return chain.sample(n_names, rng)
    log_shares = chain.transition.log_likelihood(excluded) - chain.log_mass
    share = 1 - np.exp(log_shares).sum()
    if share < _MIN_SHARE:
        raise ExcludedError(float(share) if share >= _ROUNDING else 0.0)
    keys = set(_stream.keys(excluded))
    parts, missing = [], n_names
    while missing > 0:
        n_drawn = min(int(1.1 * missing / share) + 10, _NAMES_PER_ROUND)
        stream = chain.sample(n_drawn, rng)
        allowed = [i for i, key in enumerate(_stream.keys(stream)) if key not in keys][:missing]
        parts.append(_stream.take(stream, allowed))
        missing -= len(allowed)
    return _stream.join(parts)
