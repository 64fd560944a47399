"""Constraints on names: glob patterns and bounds of the length, as small automata."""

import re
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sklearn_bigram.exceptions import TooManyStatesError
from sklearn_bigram.utils._text import shorten

_MAX_STATES = 2**14
_MAX_CELLS = 2**25  # states x symbols
_TOKEN = re.compile(r"\?|\*|\[(!?)([^]]*)(\]?)|[^?*[]+")


class Automaton(NamedTuple):
    """States that names lead through, from state 0, symbol by symbol.

    An allowed name has exactly one path that ends in an accepting state, any other name none.
    There may be two edges for a symbol, but never two such paths, so sums over paths are sums
    over names, as they would be in a deterministic automaton, with fewer states.
    """

    masks: list  # sets of symbols as bool arrays (n_symbols,), none with the boundary
    edges: list  # of each state, its pairs (place in masks, next state)
    accepting: np.ndarray  # (n_states,) bool
    blocks: list  # lists of states: edges lead on to a later block, or stay within one

    @property
    def n_states(self):
        """Number of states."""
        return len(self.edges)

    def sources(self):
        """Return, for each state, the places in masks by which it is entered, -1 at the start."""
        found: list[set[int]] = [set() for _ in self.edges]
        found[0].add(-1)
        for edges in self.edges:
            for mask, target in edges:
                found[target].add(mask)
        return [frozenset(places) for places in found]

    def accepts(self, stream):
        """Tell which names of a stream are allowed, (n_names,) bool."""
        n_names = len(stream.starts) - 1
        accepted = np.zeros(n_names, dtype=bool)
        name, state = np.arange(n_names), np.zeros(n_names, dtype=np.intp)
        place = stream.starts[:-1] + 1  # of the next symbol of each name
        while len(name):
            symbol = stream.ids[place[name]]
            accepted[name[(symbol == 0) & self.accepting[state]]] = True
            steps = [(name[:0], state[:0])]
            for d in np.unique(state):
                here = state == d
                for mask, target in self.edges[d]:
                    on = name[here & self.masks[mask][symbol]]
                    steps.append((on, np.full(len(on), target)))
            name, state = map(np.concatenate, zip(*steps, strict=True))
            place += 1
        return accepted


def parse_pattern(pattern, tokenizer):
    """Return the elements of a glob pattern: masks of symbols, and None for any run."""
    if not isinstance(pattern, str):
        raise TypeError(f"pattern must be a str, not {type(pattern).__name__}.")
    n_symbols = len(tokenizer.symbols)

    def ids_of(symbols):
        if tokenizer.boundary in symbols:
            raise ValueError(
                f"pattern is {shorten(pattern)} and holds the boundary symbol "
                f"{tokenizer.boundary!r}, which no name can hold."
            )
        return tokenizer.find(symbols, "pattern")

    def mask_of(ids):
        mask = np.zeros(n_symbols, dtype=bool)
        mask[ids] = True
        return mask

    def mask_of_class(negated, content):
        symbols = list(tokenizer.split(content))
        mask = np.zeros(n_symbols, dtype=bool)
        while symbols:
            if len(symbols) >= 3 and symbols[1] == "-":
                first, last = symbols[0], symbols[2]
                mask |= [first <= symbol <= last for symbol in tokenizer.symbols]
                del symbols[:3]
            else:
                mask[ids_of([symbols.pop(0)])] = True
        mask ^= negated
        mask[0] = False
        return mask

    elements: list[np.ndarray | None] = []
    for token in _TOKEN.finditer(pattern):
        negated, content, closed = token.groups()
        if content is None:
            if token[0] == "*":
                elements.append(None)
            elif token[0] == "?":
                elements.append(np.arange(n_symbols) > 0)
            else:
                elements += [mask_of([i]) for i in ids_of(tokenizer.split(token[0]))]
            continue
        if not closed:
            raise ValueError(
                f"pattern is {shorten(pattern)} and has a [ without a ]: close it, or write [[] "
                "for the symbol itself."
            )
        mask = mask_of_class(bool(negated), content) if content else None
        if mask is None or not mask.any():
            raise ValueError(
                f"pattern is {shorten(pattern)}, in which {token[0]} stands for no symbol: name "
                "symbols of the alphabet in it."
            )
        elements.append(mask)
    return elements


def build_automaton(elements, min_length, max_length, n_symbols):
    """Return the automaton of names that match a pattern and have so many symbols.

    Parameters
    ----------
    elements : list
        The elements of the pattern, from `parse_pattern`.
    min_length : int
        The fewest symbols.
    max_length : int or None
        The most symbols; None for any number.
    n_symbols : int
        The number of symbols, the boundary included.
    """
    automaton = _PatternBuilder(n_symbols).build(elements)
    if min_length > 0 or max_length is not None:
        automaton = _bound_length(automaton, min_length, max_length, n_symbols)
    _check_size(automaton.n_states, n_symbols)
    return automaton


def _check_size(n_states, n_symbols):
    limit = min(_MAX_STATES, _MAX_CELLS // n_symbols)
    if n_states > limit:
        raise TooManyStatesError(limit, n_symbols)


class _PatternBuilder:
    """Builds the automaton of a pattern from left to right."""

    def __init__(self, n_symbols):
        self.n_symbols = n_symbols
        self.masks, self.places = [], {}
        self.edges, self.blocks = [], []

    def build(self, elements):
        stars = [place for place, element in enumerate(elements) if element is None]
        here = self._add_state(self._new_block())
        if not stars:
            here = self._add_shape(here, elements)
        else:
            here = self._add_shape(here, elements[: stars[0]])
            for first, last in pairwise(stars):
                if last > first + 1:
                    here = self._add_search(here, elements[first + 1 : last])
            # Where the last shape begins is guessed: only one guess ends where the name does.
            self.edges[here].append((self._place(np.arange(self.n_symbols) > 0), here))
            here = self._add_shape(here, elements[stars[-1] + 1 :])
        accepting = np.zeros(len(self.edges), dtype=bool)
        accepting[here] = True
        return Automaton(self.masks, self.edges, accepting, self.blocks)

    def _place(self, mask):
        place = self.places.setdefault(mask.tobytes(), len(self.masks))
        if place == len(self.masks):
            self.masks.append(mask)
        return place

    def _new_block(self):
        self.blocks.append([])
        return self.blocks[-1]

    def _add_state(self, block):
        _check_size(len(self.edges) + 1, self.n_symbols)
        self.edges.append([])
        block.append(len(self.edges) - 1)
        return block[-1]

    def _add_shape(self, here, shape):
        """Add the states of consecutive symbols and return the last."""
        for mask in shape:
            target = self._add_state(self._new_block())
            self.edges[here].append((self._place(mask), target))
            here = target
        return here

    def _add_search(self, here, shape):
        """Add the states that look for the first place of a shape; return that after it.

        A state stands for the beginnings of the shape that the last symbols match, the empty one
        among them. Symbols that the same elements match form a kind.
        """
        kind = np.zeros(self.n_symbols, dtype=np.intp)
        for mask in shape:
            _, kind = np.unique(2 * kind + mask, return_inverse=True)
        example = np.unique(kind[1:], return_index=True)[1] + 1  # a symbol of each kind
        block = next(block for block in self.blocks if here in block)
        # Once only such symbols are left as match all, the match that is furthest ends first.
        certain = len(shape)
        while certain > 1 and shape[certain - 1][1:].all():
            certain -= 1
        states = {frozenset([0]): here}
        queue = [frozenset([0])]
        found = self._add_state(self._new_block())
        for matched in queue:
            kinds_to: dict[int, list] = {}
            for symbol in example:
                longer = {length + 1 for length in matched if shape[length][symbol]}
                if len(shape) in longer:
                    target = found
                else:
                    furthest = max(longer, default=0)
                    key = frozenset({furthest} if furthest >= certain else {0, *longer})
                    if key not in states:
                        states[key] = self._add_state(block)
                        queue.append(key)
                    target = states[key]
                kinds_to.setdefault(target, []).append(kind[symbol])
            for target, kinds in kinds_to.items():
                mask = np.isin(kind, kinds)
                mask[0] = False
                self.edges[states[matched]].append((self._place(mask), target))
        return found


def _bound_length(automaton, min_length, max_length, n_symbols):
    """Return the automaton with the number of symbols counted as far as it matters."""
    top = min_length if max_length is None else max_length
    number: dict[tuple[int, int], int] = {}
    blocks = []
    layer = {0}
    for count in range(top + 1):
        counting = count < top or max_length is not None
        if not counting:
            layer = _closure(automaton.edges, layer)
        for block in automaton.blocks:
            here = [d for d in block if d in layer]
            for d in here:
                number[count, d] = len(number)
            numbers = [number[count, d] for d in here]
            blocks += [[n] for n in numbers] if counting else [numbers] * bool(numbers)
        _check_size(len(number), n_symbols)
        layer = {target for d in layer for _, target in automaton.edges[d]}
        if not layer:
            break
    edges = [
        [
            (mask, number[step, target])
            for mask, target in automaton.edges[d]
            if (step := min(count + 1, top) if max_length is None else count + 1) <= top
        ]
        for count, d in number
    ]
    accepting = [count >= min_length and automaton.accepting[d] for count, d in number]
    return Automaton(automaton.masks, edges, np.array(accepting), blocks)


def _closure(edges, states):
    """Return these states and all that they lead to."""
    found, queue = set(states), list(states)
    for d in queue:
        more = {target for _, target in edges[d]} - found
        found |= more
        queue += more
    return found
