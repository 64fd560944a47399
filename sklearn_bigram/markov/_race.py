"""The first names of a race, which is sampling without replacement."""

from typing import NamedTuple

import numpy as np

from sklearn_bigram.exceptions import EndlessNameError
from sklearn_bigram.markov._kbest import keep_best, trace
from sklearn_bigram.markov._sampling import MAX_LENGTH, STEPS_BEFORE_CHECK, refuse_endless
from sklearn_bigram.markov._transition import log
from sklearn_bigram.tokenization import _stream

_CELLS_PER_BLOCK = 2**20
_MIN_PRUNED = 2**14  # children of which those that come too late are left out


def race(chain, n_names, rng):
    """Return the first names that finish in a race of all names of a chain, as a stream.

    Each name finishes after a time with an exponential distribution, whose rate is the probability
    of the name. The order of the finish is then that of names which are drawn one after the other,
    each from the names that have not been drawn. So is that of the first names of one prefix.

    The race is decided from above [1]_. The first name of all names with one prefix finishes at a
    time whose rate is the sum of their rates. This name goes on with a symbol that is drawn. Other
    symbols lead to names that finish later, after more time with an exponential distribution, since
    it has no memory. Only prefixes whose first name may be among those that are wanted are
    followed. Instead of times, `key` holds their negative logarithms, which have a Gumbel
    distribution.

    Parameters
    ----------
    chain : ConditionalChain
        The chain; `log_mass` must not be -inf.
    n_names : int
        The number of names. There are fewer if fewer are possible.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    stream : TokenStream
        The names, the first one first.

    Raises
    ------
    EndlessNameError
        If a name reaches `MAX_LENGTH` symbols, or many names are about to.

    References
    ----------
    .. [1] Wouter Kool, Herke van Hoof and Max Welling (2019). "Stochastic beams and where to find
       them: the Gumbel-top-k trick for sampling sequences without replacement." ICML 2019,
       3499-3508.
    """
    zero = np.zeros(1, dtype=np.intp)
    key = np.array([chain.log_mass - np.log(rng.standard_exponential())])
    prefixes, least = _Prefixes(zero, zero, zero, np.zeros(1), key), -np.inf
    ended = _Ended(np.empty(0), zero[:0], zero[:0])
    levels: list[tuple] = []  # for each length from 1, the parent and the last symbol of prefixes
    while len(prefixes.key):
        length = len(levels)
        if length == MAX_LENGTH:
            raise EndlessNameError(MAX_LENGTH)
        if length == STEPS_BEFORE_CHECK:
            refuse_endless(chain.transition, len(prefixes.key), len(ended.key))
        children = _expand(chain, prefixes, n_names, least, rng)
        ends = children.symbol == 0
        lengths = np.full(np.count_nonzero(ends), length)
        new = _Ended(children.key[ends], lengths, children.parent[ends])
        ended, prefixes = _Ended(*map(np.append, ended, new)), _take(children, ~ends)
        keep, least = keep_best(np.append(ended.key, prefixes.key), n_names)
        keep_ended, keep_prefixes = np.split(keep, [len(ended.key)])
        ended, prefixes = _take(ended, keep_ended), _take(prefixes, keep_prefixes)
        levels.append((prefixes.parent, prefixes.symbol))
    stream = trace(ended.length, ended.prefix, levels)
    key = ended.key[np.argsort(-ended.length, kind="stable")]
    return _stream.take(stream, np.argsort(-key))


class _Prefixes(NamedTuple):
    """Beginnings of names, all with the same number of symbols; the last may be the boundary."""

    parent: np.ndarray  # (n_prefixes,), the number of the prefix without the last symbol
    state: np.ndarray  # of the automaton
    symbol: np.ndarray  # the last one
    log_p: np.ndarray  # log-probability
    key: np.ndarray  # of the first name


class _Ended(NamedTuple):
    """Whole names."""

    key: np.ndarray  # (n_ended,)
    length: np.ndarray
    prefix: np.ndarray  # the number of the prefix of this length


def _take(arrays, which):
    """Return some elements of each of the arrays in a named tuple."""
    return type(arrays)(*(values[which] for values in arrays))


def _expand(chain, prefixes, n_names, least, rng):
    """Return the children of prefixes whose keys reach `least`.

    If there are many, those that cannot be among the first `n_names` are left out.
    """
    parts, n_children = [], 0
    max_rows = max(1, _CELLS_PER_BLOCK // chain.transition.n_symbols)
    order = np.argsort(-prefixes.key)
    for state in np.unique(prefixes.state):
        members = order[prefixes.state[order] == state]
        for start in range(0, len(members), max_rows):
            block = members[start : start + max_rows]
            children = _expand_block(chain, _take(prefixes, block), state, least, rng)
            parts += [part._replace(parent=block[part.parent]) for part in children]
            n_children += sum(len(part.key) for part in children)
            if n_children > 4 * n_names + _MIN_PRUNED:
                joined = _Prefixes(*map(np.concatenate, zip(*parts, strict=True)))
                keep, least = keep_best(joined.key, n_names)
                parts, n_children = [_take(joined, keep)], n_names
    return _Prefixes(*map(np.concatenate, zip(*parts, strict=True)))


def _expand_block(chain, prefixes, state, least, rng):
    """Return the children of prefixes of one state whose keys reach `least`, in parts."""
    n_symbols, edges = chain.transition.n_symbols, chain.automaton.edges[state]
    log_p = chain.transition.log_rows(prefixes.symbol)  # (n_prefixes, n_symbols)
    log_p += prefixes.log_p[:, None]
    rows = np.arange(len(log_p))
    first, first_state = chain.draw(state, prefixes.symbol, rng)
    parts = [_Prefixes(rows, first_state, first, log_p[rows, first], prefixes.key)]
    ways = list(zip([target for _, target in edges], chain.look_along(edges), strict=True))
    if chain.automaton.accepting[state]:
        ways.append((0, np.where(np.arange(n_symbols) == 0, 0.0, -np.inf)))
    for target, ahead in ways:
        symbols = np.flatnonzero(ahead > -np.inf)
        number = np.full(n_symbols, -1)  # of each symbol in these
        number[symbols] = np.arange(len(symbols))
        log_rate = log_p[:, symbols] + ahead[symbols]
        key = log_rate - log(rng.standard_exponential(log_rate.shape))  # without the time before
        is_first = (first_state == target) & (number[first] >= 0)
        key[is_first, number[first[is_first]]] = -np.inf
        found = np.flatnonzero((key >= least) & (key > -np.inf))
        row, column = np.divmod(found, max(1, len(symbols)))
        key = -np.logaddexp(-prefixes.key[row], -key.ravel()[found])
        symbol, state_after = symbols[column], np.full(len(row), target)
        part = _Prefixes(row, state_after, symbol, log_p[row, symbol], key)
        parts.append(_take(part, key >= least))
    return parts
