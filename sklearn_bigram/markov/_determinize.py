"""From the positions of a regular expression to the smallest automaton of symbols."""

from collections import defaultdict
from graphlib import TopologicalSorter

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sklearn_bigram.markov._automaton import Automaton, check_size, closure, too_many_states
from sklearn_bigram.markov._regex import elements_of, number_rows, parse_regex

_MAX_STATES = 2**14  # before equivalent ones are merged
_MAX_STEPS = 2**20  # of the subset construction, about a second
_MAX_READ = 2**26  # characters of words, for all states together
_MAX_CELLS = 2**25  # states times words
_MAX_EDGES = 2**20  # states times kinds of words; to merge states takes some 4 µs for each


def build_regex_automaton(pattern, alphabet):
    """Return the automaton of the names that a regular expression matches.

    It is built of the characters of names first. A symbol of several characters leads to the state
    that its characters lead to, one after the other. So a name is accepted if its text matches.

    Parameters
    ----------
    pattern : re.Pattern
        The compiled expression, which is matched against whole names.
    alphabet : object
        The symbols that names have, as in `parse_regex`.

    Returns
    -------
    automaton : Automaton
        The deterministic automaton with the fewest states.

    Raises
    ------
    ValueError
        If no automaton can match the expression, or if it holds a character that no symbol holds.
    TooManyStatesError
        If it would take too much memory or time.
    """
    symbols = alphabet.symbols.tolist()
    positions = parse_regex(pattern, alphabet)
    table, accepting = _determinize(positions, len(symbols))
    words = [tuple(map(positions.class_of.__getitem__, symbol)) for symbol in symbols[1:]]
    edges, states, kinds = _read_words(table, words, len(symbols))
    edges, accepting = _merge_states(*_trim(edges, [accepting[state] for state in states]))
    check_size(len(edges), len(symbols))
    return _make_automaton(edges, accepting, np.append(-1, kinds))


def _determinize(positions, n_symbols):
    """Return the deterministic automaton of characters, by the subset construction.

    Returns
    -------
    table : ndarray of shape (n_states + 1, n_classes)
        The next state by state and class of characters; -1 and the last row are the dead end.
    accepting : list of bool
        Whether a name may end in each state.
    """
    start = _pass_anchors(positions, 1, positions.begins)
    number_of = {start: 0}
    queue, n_steps = [start], 0
    rows: list[list] = []
    accepting = []
    cost = 1 + len(positions.follow) // 2**11  # of a union of sets
    for subset in queue:
        anchors = positions.ends if rows else positions.begins | positions.ends
        accepting.append(_pass_anchors(positions, subset, anchors) & positions.last != 0)
        following = _follow(positions, subset)
        targets = [following & match for match in positions.matches]
        for target in targets:
            if target and target not in number_of:
                number_of[target] = len(number_of)
                queue.append(target)
        rows.append([number_of.get(target, -1) for target in targets])
        n_steps += cost * subset.bit_count() + len(targets) // 4
        if len(queue) > _MAX_STATES or n_steps > _MAX_STEPS:
            raise too_many_states(n_symbols)
    rows.append([-1] * len(positions.matches))
    return np.array(rows, dtype=np.int32), accepting


def _follow(positions, subset):
    """Return the set of positions that may come after those of a set."""
    following = 0
    for position in elements_of(subset):
        following |= positions.follow[position]
    return following


def _pass_anchors(positions, subset, anchors):
    """Return a set with the anchors that may come after its positions, one after another."""
    new = subset if anchors else 0
    while new:
        new = _follow(positions, new) & anchors & ~subset
        subset |= new
    return subset


def _read_words(table, words, n_symbols):
    """Return the automaton that reads a word, the classes of its characters, at each step.

    Returns
    -------
    edges : list of dict
        For each state, the next state by the kind of the word.
    states : list of int
        The states in the table.
    kinds : ndarray of shape (n_words,)
        The kind of each word; words of a kind lead from each state to the same.
    """
    distinct = sorted(set(words), key=len, reverse=True)
    lengths = np.array(list(map(len, distinct)), dtype=int)
    columns = [
        np.array([word[place] for word in distinct[: np.count_nonzero(lengths > place)]])
        for place in range(lengths.max(initial=0))
    ]
    states, number_of, steps, n_read = [0], {0: 0, -1: -1}, [], 0
    for state in states:
        targets = np.full(len(distinct), state, dtype=np.int32)
        reading = np.arange(len(distinct))
        for column in columns:
            reading = reading[reading < len(column)]
            targets[reading] = table[targets[reading], column[reading]]
            reading = reading[targets[reading] >= 0]
            n_read += len(reading)
        steps.append(targets)
        for target in np.unique(targets).tolist():
            if target not in number_of:
                number_of[target] = len(states)
                states.append(target)
        if n_read > _MAX_READ or len(states) * len(distinct) > _MAX_CELLS:
            raise too_many_states(n_symbols)
    kinds = number_rows(np.array(steps).T)  # (n_distinct,)
    _, representatives = np.unique(kinds, return_index=True)
    if sum(np.count_nonzero(targets[representatives] >= 0) for targets in steps) > _MAX_EDGES:
        raise too_many_states(n_symbols)
    edges = [
        {
            kind: number_of[target]
            for kind, target in enumerate(targets[representatives].tolist())
            if target >= 0
        }
        for targets in steps
    ]
    kind_of = dict(zip(distinct, kinds.tolist(), strict=True))
    return edges, states, np.array([kind_of[word] for word in words], dtype=int)


def _trim(edges, accepting):
    """Return an automaton without the states from which no accepting state is reached."""
    back: list[list] = [[] for _ in edges]
    for state, targets in enumerate(edges):
        for target in targets.values():
            back[target].append((None, state))
    alive = closure(back, np.flatnonzero(accepting).tolist())
    kept = sorted(alive | {0})
    number_of = {state: number for number, state in enumerate(kept)}
    edges = [
        {kind: number_of[target] for kind, target in edges[state].items() if target in alive}
        for state in kept
    ]
    return edges, [accepting[state] for state in kept]


def _merge_states(edges, accepting):
    """Return an automaton in which equivalent states are one, by Hopcroft's algorithm.

    Blocks of states are split until all states of a block lead to the same blocks. A missing edge
    leads to the dead end, which is a block of its own.
    """
    back: list[list] = [[] for _ in edges]
    for state, targets in enumerate(edges):
        for kind, target in targets.items():
            back[target].append((kind, state))
    block_of = [int(accepts) for accepts in accepting]
    blocks = [{state for state, number in enumerate(block_of) if number == k} for k in (0, 1)]
    waiting = {0, 1}
    while waiting:
        sources = defaultdict(list)
        for target in blocks[waiting.pop()]:
            for kind, state in back[target]:
                sources[kind].append(state)
        for states in sources.values():
            parts = defaultdict(set)
            for state in states:
                parts[block_of[state]].add(state)
            for number, part in parts.items():
                rest = blocks[number]
                if len(part) == len(rest):
                    continue
                rest -= part
                for state in part:
                    block_of[state] = len(blocks)
                is_smaller = len(part) <= len(rest)
                waiting.add(len(blocks) if number in waiting or is_smaller else number)
                blocks.append(part)
    _, firsts, number_of = np.unique(block_of, return_index=True, return_inverse=True)
    order = np.argsort(firsts)  # of the blocks, so that state 0 is in the first
    rank = np.argsort(order)[number_of].tolist()
    merged = [
        {kind: rank[target] for kind, target in edges[state].items()} for state in firsts[order]
    ]
    return merged, [accepting[state] for state in firsts[order]]


def _make_automaton(edges, accepting, kinds):
    """Return the automaton of symbols whose kinds are given, -1 for the boundary."""
    masks: list[np.ndarray] = []
    index_of: dict[tuple, int] = {}
    numbered: list[list] = []
    for targets in edges:
        kinds_to = defaultdict(list)
        for kind, target in targets.items():
            kinds_to[target].append(kind)
        numbered.append([])
        for target, entering in kinds_to.items():
            index = index_of.setdefault(tuple(entering), len(masks))
            if index == len(masks):
                check_size(index + 1, len(kinds))
                masks.append(np.isin(kinds, entering))
            numbered[-1].append((index, target))
    return Automaton(masks, numbered, np.array(accepting), _strong_components(numbered))


def _strong_components(edges):
    """Return the sets of states that lead back to each other, in topological order."""
    pairs = [(source, target) for source, steps in enumerate(edges) for _, target in steps]
    sources, targets = np.array(pairs, dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(pairs)), (sources, targets)), shape=(len(edges), len(edges)))
    n_components, labels = connected_components(graph, connection="strong")
    components: list[list] = [[] for _ in range(n_components)]
    for state, label in enumerate(labels):
        components[label].append(state)
    sorter = TopologicalSorter(dict.fromkeys(range(n_components), ()))
    for source, target in np.unique(labels[[sources, targets]], axis=1).T.tolist():
        if source != target:
            sorter.add(target, source)
    return [components[label] for label in sorter.static_order()]
