"""A Markov chain conditioned on the acceptance of its names by an automaton."""

import numpy as np

from sklearn_bigram.exceptions import EndlessNameError, ExcludedError
from sklearn_bigram.markov._product import ProductChain
from sklearn_bigram.markov._rows import Rows, log_sum
from sklearn_bigram.markov._sampler import Sampler
from sklearn_bigram.markov._sampling import MAX_LENGTH, STEPS_BEFORE_CHECK, refuse_endless
from sklearn_bigram.markov._transition import log
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

    Attributes
    ----------
    log_masses : ndarray of shape (n_states, n_symbols)
        The logarithm of the mass of each pair, since a mass may underflow.
    """

    def __init__(self, transition, automaton):
        self.transition, self.automaton = transition, automaton
        self.log_masses = np.full((automaton.n_states, transition.n_symbols), -np.inf)
        entering = automaton.entering_masks()
        rows_of = {indices: self._select_rows(indices) for indices in set(entering)}
        self._rows = [rows_of[indices] for indices in entering]
        self._samplers: dict[int, _StateSampler] = {}
        self._n_cells_of_state = transition.S.nnz + transition.n_symbols
        for block in reversed(automaton.blocks):
            if automaton.is_cyclic(block):
                self._solve(block)
            else:
                (state,) = block
                ahead = self._look_ahead(state, automaton.edges[state])
                rows = self._rows[state]
                self.log_masses[state, rows.symbols] = rows.log_means(ahead)

    @property
    def log_mass(self):
        """The log-probability that a name is accepted."""
        return float(self.log_masses[0, 0])

    @property
    def n_cells(self):
        """The largest number of cells of samplers that this chain can have."""
        return self.automaton.n_states * self._n_cells_of_state

    def sample(self, n_names, rng):
        """Draw accepted names with a NumPy Generator; `log_mass` must not be -inf."""
        return _stream.join(
            [
                self._sample_in_step(min(_CHAINS_IN_STEP, n_names - start), rng)
                for start in range(0, n_names, _CHAINS_IN_STEP)
            ]
        )

    def draw(self, state, symbol, rng):
        """Draw the next symbol and the next state after each of these symbols, in one state.

        The state after the boundary has no meaning.
        """
        return self._sampler(state).draw(symbol, rng)

    def _select_rows(self, mask_indices):
        """Return the rows of P of the symbols of these masks; -1 stands for the boundary."""
        S, g, q = self.transition.S, self.transition.g, self.transition.q
        selected = np.zeros(len(g), dtype=bool)
        for index in mask_indices:
            selected |= self.automaton.masks[index] if index >= 0 else np.arange(len(g)) == 0
        symbols = np.flatnonzero(selected)
        if len(symbols) == len(g):
            return Rows(symbols, S, g, q)
        return Rows(symbols, S[symbols], g[symbols], q)

    def look_along(self, edges):
        """Return the log-mass of the pair that each next symbol leads to, by edge."""
        along = np.full((len(edges), self.transition.n_symbols), -np.inf)
        for log_mass, (mask_index, target) in zip(along, edges, strict=True):
            np.copyto(log_mass, self.log_masses[target], where=self.automaton.masks[mask_index])
        return along

    def _look_ahead(self, state, edges):
        """Return the log-mass of what follows each next symbol, along these edges or by the end."""
        along = self.look_along(edges)
        ahead = along[0] if len(along) == 1 else np.logaddexp.reduce(along, initial=-np.inf)
        if self.automaton.accepting[state]:
            ahead[0] = 0.0
        return ahead

    def _solve(self, block):
        """Set the masses of a block of states that lead back to each other."""
        chain = ProductChain({state: self._rows[state] for state in block})
        is_certain = True
        for state in block:
            edges = self.automaton.edges[state]
            inner = [edge for edge in edges if edge[1] in chain.pairs]
            outer = [edge for edge in edges if edge[1] not in chain.pairs]
            leaves = np.ones(self.transition.n_symbols)
            for mask_index, _ in inner:
                leaves -= self.automaton.masks[mask_index]
            chain.connect(state, [(self.automaton.masks[index], to) for index, to in inner])
            ahead = self._look_ahead(state, outer)
            chain.end(state, leaves, ahead)
            is_certain = is_certain and np.array_equal(np.exp(ahead), leaves)
        log_mass = chain.solve(is_certain)
        for state, pairs in chain.pairs.items():
            self.log_masses[state, self._rows[state].symbols] = log_mass[pairs]

    def _sample_in_step(self, n_names, rng):
        """Draw names that all run in step, as a stream."""
        running = np.arange(n_names, dtype=np.min_scalar_type(_CHAINS_IN_STEP))
        symbol = np.zeros(n_names, dtype=np.min_scalar_type(self.transition.n_symbols))
        state = np.zeros(n_names, dtype=np.intp)
        steps: list[tuple] = []
        while len(running):
            if len(steps) == MAX_LENGTH:
                raise EndlessNameError(MAX_LENGTH)
            if len(steps) == STEPS_BEFORE_CHECK:
                refuse_endless(self.transition, len(running), n_names - len(running))
            symbol, state = self._draw_next(symbol, state, rng)
            unfinished = symbol > 0
            running, symbol, state = running[unfinished], symbol[unfinished], state[unfinished]
            steps.append((running, symbol))
        names, symbols = map(np.concatenate, zip(*steps, strict=True))
        starts = np.concatenate(([0], np.cumsum(np.bincount(names, minlength=n_names) + 1)))
        ids = np.zeros(starts[-1] + 1, dtype=symbol.dtype)
        position = np.repeat(np.arange(1, len(steps) + 1), [len(part) for part, _ in steps])
        ids[starts[names] + position] = symbols
        return TokenStream(ids, starts)

    def _draw_next(self, symbol, state, rng):
        """Draw the next symbol and the next state after each of these pairs."""
        sources = np.flatnonzero(np.bincount(state)).tolist()
        if len(sources) == 1:
            return self.draw(sources[0], symbol, rng)
        groups = [(source, np.flatnonzero(state == source)) for source in sources]
        next_symbol, next_state = np.empty_like(symbol), np.empty_like(state)
        for source, here in groups:
            next_symbol[here], next_state[here] = self.draw(source, symbol[here], rng)
        return next_symbol, next_state

    def _sampler(self, state):
        """Return the sampler of a state, made when it is first needed."""
        sampler = self._samplers.get(state)
        if sampler is None:  # threads may make it at the same time, and drop those of others
            if len(self._samplers) >= _CELLS_IN_SAMPLERS // self._n_cells_of_state:
                self._samplers.clear()
            edges, rows = self.automaton.edges[state], self._rows[state]
            sampler = self._samplers[state] = _StateSampler(
                rows,
                self.log_masses[state, rows.symbols],
                self._look_ahead(state, edges),
                self.look_along(edges),
                [target for _, target in edges],
            )
        return sampler


class _StateSampler:
    """Draws the next symbol and the next state in one state of the automaton.

    Parameters
    ----------
    rows : Rows
        The rows of P of the symbols that lead to the state.
    log_mass : ndarray of shape (n_rows,)
        The log-mass of the state with each of these symbols.
    ahead : ndarray of shape (n_symbols,)
        The log-mass of what follows each next symbol.
    along : ndarray of shape (n_edges, n_symbols)
        The part of each edge in it.
    targets : list of int
        The state that each edge leads to.
    """

    def __init__(self, rows, log_mass, ahead, along, targets):
        possible = log_mass > -np.inf
        log_mass, S = log_mass[possible], rows.S[possible]
        S = with_data(S, np.exp(log(S.data) + ahead[S.indices] - log_mass[row_numbers(S)]))
        S.eliminate_zeros()
        log_q = log(rows.q) + ahead
        log_weight = log_sum(log_q)
        g = np.exp(log(rows.g[possible]) + log_weight - log_mass)
        q = np.exp(log_q - log_weight) if log_weight > -np.inf else rows.q
        self._row_of = np.zeros(len(rows.q), dtype=np.min_scalar_type(len(rows.q)))  # by symbol
        self._row_of[rows.symbols[possible]] = np.arange(len(log_mass))
        self._sampler = Sampler(S, g, q)
        # The cumulative share of each edge in the mass of each next symbol, (n_edges, n_symbols).
        self._shares = np.cumsum(np.exp(along - np.where(ahead > -np.inf, ahead, 0)), axis=0)
        if len(targets) > 1:
            self._shares /= np.where(self._shares[-1] > 0, self._shares[-1], 1)
        self._targets = np.array(targets, dtype=np.intp)

    def draw(self, symbol, rng):
        """Draw the next symbol and the next state after each of these symbols.

        The state after the boundary has no meaning.
        """
        symbol = self._sampler.draw(self._row_of.take(symbol), rng)
        state = np.zeros(len(symbol), dtype=np.intp)
        continued = np.flatnonzero(symbol)
        if len(self._shares) > 1:
            u = rng.random(len(continued))
            edge = (self._shares[:, symbol[continued]] <= u).sum(axis=0)
        else:
            edge = np.zeros(len(continued), dtype=np.intp)
        state[continued] = self._targets[edge]
        return symbol, state


def share_left(chain, excluded):
    """Return the share of the names of a ConditionalChain that is not excluded.

    Parameters
    ----------
    chain : ConditionalChain
        The chain.
    excluded : TokenStream
        Distinct names that the automaton of the chain accepts.

    Raises
    ------
    ExcludedError
        If it is less than 1/10,000.
    """
    log_shares = chain.transition.log_likelihood(excluded) - chain.log_mass
    share = float(1 - np.exp(log_shares).sum())
    if share < _MIN_SHARE:
        raise ExcludedError(share if share >= _ROUNDING else 0.0)
    return share


def sample_without(chain, n_names, excluded, share, rng):
    """Draw names from a ConditionalChain; draw again in place of excluded names.

    Parameters
    ----------
    chain : ConditionalChain
        The chain.
    n_names : int
        The number of names.
    excluded : TokenStream
        Distinct names that the automaton of the chain accepts.
    share : float
        The share of the names that is left, from `share_left`.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    stream : TokenStream
        The names.
    """
    if len(excluded.n_bigrams) == 0:
        return chain.sample(n_names, rng)
    keys = set(_stream.keys(excluded))
    parts, missing = [], n_names
    while missing > 0:
        n_drawn = min(int(1.1 * missing / share) + 10, _NAMES_PER_ROUND)
        stream = chain.sample(n_drawn, rng)
        allowed = [i for i, key in enumerate(_stream.keys(stream)) if key not in keys][:missing]
        parts.append(_stream.take(stream, allowed))
        missing -= len(allowed)
    return _stream.join(parts)
