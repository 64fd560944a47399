"""Constraints on names as finite automata: pattern elements and bounds of the length."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sklearn_bigram.exceptions import TooManyStatesError
from sklearn_bigram.markov._pattern import any_symbol

_MAX_STATES = 2**14
_MAX_CELLS = 2**25  # states times symbols


class Automaton(NamedTuple):
    """An unambiguous finite automaton; names start in state 0.

    An accepted name has exactly one path to an accepting state, any other name has none. So a sum
    over paths is a sum over names, as in a deterministic automaton, but with fewer states.
    """

    masks: list  # distinct sets of symbols, each (n_symbols,) bool, without the boundary
    edges: list  # for each state, its edges: pairs of an index in masks and the next state
    accepting: np.ndarray  # (n_states,) bool
    blocks: list  # lists of states in topological order: no edge leads to an earlier block

    @property
    def n_states(self):
        """Number of states."""
        return len(self.edges)

    def is_cyclic(self, block):
        """Tell whether an edge leads from a block to the same block."""
        return any(target in block for state in block for _, target in self.edges[state])

    def entering_masks(self):
        """Return, for each state, the indices of the masks of all edges that lead to it.

        The start is also entered with the boundary, for which the set holds -1.
        """
        entering: list[set[int]] = [set() for _ in self.edges]
        entering[0].add(-1)
        for edges in self.edges:
            for mask_index, target in edges:
                entering[target].add(mask_index)
        return [frozenset(indices) for indices in entering]

    def accepts(self, stream):
        """Tell which names of a stream are accepted, (n_names,) bool."""
        n_names = len(stream.starts) - 1
        accepted = np.zeros(n_names, dtype=bool)
        name, state = np.arange(n_names), np.zeros(n_names, dtype=np.intp)
        position = stream.starts[:-1] + 1  # of the next symbol of each name
        while len(name):
            symbol = stream.ids[position[name]]
            accepted[name[(symbol == 0) & self.accepting[state]]] = True
            steps = [(name[:0], state[:0])]
            for source in np.unique(state):
                is_here = state == source
                for mask_index, target in self.edges[source]:
                    moved = name[is_here & self.masks[mask_index][symbol]]
                    steps.append((moved, np.full(len(moved), target)))
            name, state = map(np.concatenate, zip(*steps, strict=True))
            position += 1
        return accepted


def build_automaton(elements, min_length, max_length, n_symbols):
    """Return the automaton of the names that match a pattern and whose length is within bounds.

    Parameters
    ----------
    elements : list of ndarray or None
        The elements of the pattern, from `parse_pattern`; ``[None]`` matches every name.
    min_length : int
        The fewest symbols of a name.
    max_length : int or None
        The most symbols of a name; None for no bound.
    n_symbols : int
        The number of symbols, the boundary included.

    Returns
    -------
    automaton : Automaton
        The automaton.

    Raises
    ------
    TooManyStatesError
        If its states and the symbols would take too much memory.
    """
    automaton = _PatternBuilder(n_symbols).build(elements)
    return bound_length(automaton, min_length, max_length, n_symbols)


def check_size(n_states, n_symbols):
    """Raise if an automaton has too many states, or too many distinct sets of symbols."""
    if n_states > _max_states(n_symbols):
        raise too_many_states(n_symbols)


def too_many_states(n_symbols):
    """Return the error of a constraint that would take too much memory or time."""
    return TooManyStatesError(_max_states(n_symbols), n_symbols)


def _max_states(n_symbols):
    return min(_MAX_STATES, _MAX_CELLS // n_symbols)


class _PatternBuilder:
    """Builds the automaton of a pattern from left to right.

    A segment is a part of the pattern between two ``*``, a list of masks. The search for a segment
    ends where it first matches, as in the Knuth-Morris-Pratt algorithm. Only the last segment must
    end where the name ends, so its start is guessed: exactly one guess leads to acceptance.
    """

    def __init__(self, n_symbols):
        self.n_symbols = n_symbols
        self.masks, self.index_of_mask = [], {}
        self.edges, self.blocks = [], []

    def build(self, elements):
        """Return the automaton of these elements."""
        stars = [index for index, element in enumerate(elements) if element is None]
        state = self._add_state(self._add_block())
        if not stars:
            state = self._add_segment(state, elements)
        else:
            state = self._add_segment(state, elements[: stars[0]])
            for star, next_star in pairwise(stars):
                if next_star > star + 1:
                    state = self._add_search(state, elements[star + 1 : next_star])
            self._add_edge(state, any_symbol(self.n_symbols), state)
            state = self._add_segment(state, elements[stars[-1] + 1 :])
        accepting = np.zeros(len(self.edges), dtype=bool)
        accepting[state] = True
        return Automaton(self.masks, self.edges, accepting, self.blocks)

    def _add_block(self):
        self.blocks.append([])
        return self.blocks[-1]

    def _add_state(self, block):
        check_size(len(self.edges) + 1, self.n_symbols)
        self.edges.append([])
        block.append(len(self.edges) - 1)
        return block[-1]

    def _add_edge(self, state, mask, target):
        index = self.index_of_mask.setdefault(mask.tobytes(), len(self.masks))
        if index == len(self.masks):
            self.masks.append(mask)
        self.edges[state].append((index, target))

    def _add_segment(self, state, segment):
        """Add the states of a segment that starts at once; return the state after it."""
        for mask in segment:
            target = self._add_state(self._add_block())
            self._add_edge(state, mask, target)
            state = target
        return state

    def _add_search(self, start, segment):
        """Add the states that search for a segment; return the state after its first match.

        Each state stands for the set of lengths of those prefixes of the segment that the last
        symbols match, 0 included.
        """
        block = next(block for block in self.blocks if start in block)
        found = self._add_state(self._add_block())
        classes = self._classify_symbols(segment)  # (n_symbols,)
        representatives = np.unique(classes[1:], return_index=True)[1] + 1
        # A segment may end in elements that match any symbol. A match of all before them is then
        # certain to become a match of the segment, and it is the first: others are not followed.
        certain = len(segment)
        while certain > 1 and segment[certain - 1][1:].all():
            certain -= 1
        states = {frozenset([0]): start}
        queue = [frozenset([0])]
        for lengths in queue:
            classes_to: dict[int, list] = {}
            for symbol in representatives:
                longer = {length + 1 for length in lengths if segment[length][symbol]}
                if len(segment) in longer:
                    target = found
                else:
                    longest = max(longer, default=0)
                    key = frozenset({longest} if longest >= certain else {0, *longer})
                    if key not in states:
                        states[key] = self._add_state(block)
                        queue.append(key)
                    target = states[key]
                classes_to.setdefault(target, []).append(classes[symbol])
            for target, entering in classes_to.items():
                is_entering = np.zeros(classes.max() + 1, dtype=bool)
                is_entering[entering] = True
                mask = is_entering[classes]
                mask[0] = False
                self._add_edge(states[lengths], mask, target)
        return found

    def _classify_symbols(self, segment):
        """Return the class of each symbol; the same elements match all symbols of a class."""
        classes = np.zeros(self.n_symbols, dtype=np.intp)
        for mask in segment:
            _, classes = np.unique(2 * classes + mask, return_inverse=True)
        return classes


def bound_length(automaton, min_length, max_length, n_symbols):
    """Return the automaton that also counts symbols, as far as the bounds require.

    Its states are pairs of a count and a state of the given automaton.
    """
    if min_length == 0 and max_length is None:
        return automaton
    is_bounded = max_length is not None
    top = max_length if is_bounded else min_length
    number_of: dict[tuple[int, int], int] = {}
    blocks = []
    layer = {0}  # the states that names of `count` symbols can be in
    for count in range(top + 1):
        is_exact = is_bounded or count < top  # the count goes up with every symbol
        if not is_exact:
            layer = closure(automaton.edges, layer)
        for block in automaton.blocks:
            states = [state for state in block if state in layer]
            for state in states:
                number_of[count, state] = len(number_of)
            numbers = [number_of[count, state] for state in states]
            if is_exact:
                blocks += [[number] for number in numbers]
            elif numbers:
                blocks.append(numbers)
        check_size(len(number_of), n_symbols)
        layer = {target for state in layer for _, target in automaton.edges[state]}
        if not layer:
            break
    edges = []
    for count, state in number_of:
        following = count + 1 if is_bounded else min(count + 1, top)
        edges.append(
            [
                (mask_index, number_of[following, target])
                for mask_index, target in automaton.edges[state]
                if following <= top
            ]
        )
    accepting = [count >= min_length and automaton.accepting[state] for count, state in number_of]
    return Automaton(automaton.masks, edges, np.array(accepting), blocks)


def closure(edges, states):
    """Return these states and all states that they lead to."""
    reached, queue = set(states), list(states)
    for state in queue:
        new = {target for _, target in edges[state]} - reached
        reached |= new
        queue += new
    return reached
