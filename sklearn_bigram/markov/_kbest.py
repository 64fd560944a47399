"""The most probable names of a Markov chain, by a search with exact bounds."""

from typing import NamedTuple

import numpy as np

from sklearn_bigram.markov._children import ROUNDING, Children, Prefixes, expand
from sklearn_bigram.markov._completions import Completions
from sklearn_bigram.tokenization import _stream
from sklearn_bigram.tokenization._stream import TokenStream

_NAMES_PER_PART = 2**18  # whose log-likelihood is computed at a time


def most_probable(transition, automaton, k, excluded):
    """Return the k most probable names that an automaton accepts, and their log-likelihoods.

    Parameters
    ----------
    transition : TransitionMatrix
        The chain.
    automaton : Automaton
        The constraint.
    k : int
        The number of names. There are fewer if fewer are possible.
    excluded : TokenStream
        Distinct names to leave out.

    Returns
    -------
    stream : TokenStream
        The names in descending order of log-likelihood. Of names with equal log-likelihoods the
        shorter comes first, then the one with the smaller symbol ids.
    log_likelihood : ndarray of shape (n_names,)
        Their log-likelihoods, in nats.
    """
    completions = Completions(transition, automaton)
    keys = set(_stream.keys(excluded))
    n_names = k  # that are searched for
    while True:
        stream = _search(completions, n_names)
        log_likelihood = _log_likelihood(transition, stream)
        order = _order(stream, log_likelihood, transition.n_symbols)
        if keys:
            found = _stream.keys(stream)
            order = np.array([i for i in order if found[i] not in keys][:k], dtype=np.intp)
        if len(order) == k or len(log_likelihood) < n_names:
            return _stream.take(stream, order), log_likelihood[order]
        n_names = min(2 * n_names, k + len(keys))


class _Ended(NamedTuple):
    """Whole names."""

    score: np.ndarray  # (n_ended,), log-probability
    length: np.ndarray
    prefix: np.ndarray  # the number of the prefix of this length


def _search(completions, k):
    """Return the k best names as a stream, in no order.

    Prefixes of names grow by one symbol at a time, all of the same length. The best name that a
    prefix can become is known, and different prefixes become different names. So no more than the
    k best prefixes of each length need to be kept.
    """
    zero, none = np.zeros(1, dtype=np.intp), np.empty(0, dtype=np.intp)
    prefixes = Prefixes(zero, zero, np.zeros(1))
    ended = _Ended(np.empty(0), none, none)
    threshold = -np.inf
    levels: list[tuple] = []  # for each length from 1, the parent and the last symbol of prefixes
    while len(prefixes.state):
        score = prefixes.score + completions.log_end[prefixes.symbol]
        accepted = completions.automaton.accepting[prefixes.state]
        ends = np.flatnonzero(accepted & (score > -np.inf))
        lengths = np.full(len(ends), len(levels))
        ended = _Ended(*map(np.append, ended, (score[ends], lengths, ends)))
        children = expand(completions, prefixes, k, threshold)
        keep, least = keep_best(np.append(ended.score, children.bound), k)
        threshold = least - ROUNDING * abs(least)
        keep_ended, keep_children = np.split(keep, [len(ended.score)])
        ended = _Ended(*(values[keep_ended] for values in ended))
        children = Children(*(values[keep_children] for values in children))
        levels.append((children.parent, children.symbol))
        prefixes = Prefixes(children.state, children.symbol, children.score)
    return trace(ended.length, ended.prefix, levels)


def keep_best(values, k):
    """Return which values are the k largest, and the least of these; -inf if all are kept.

    Of equal values the first are kept.
    """
    if len(values) <= k:
        return np.ones(len(values), dtype=bool), -np.inf
    least = np.partition(values, len(values) - k)[len(values) - k]
    keep = values > least
    keep[np.flatnonzero(values == least)[: k - np.count_nonzero(keep)]] = True
    return keep, least


def trace(lengths, prefix, levels):
    """Return whole names as a stream, the longest first: each is followed back to its start.

    Parameters
    ----------
    lengths : ndarray of shape (n_names,)
        The number of symbols of each name.
    prefix : ndarray of shape (n_names,)
        The number of each name among the prefixes of its length.
    levels : list of tuple
        For each length from 1, the numbers of the parents and the last symbols of the prefixes.
    """
    order = np.argsort(-lengths, kind="stable")
    lengths, prefix = lengths[order], prefix[order]
    starts = np.concatenate(([0], np.cumsum(lengths + 1)))
    dtype = np.result_type(np.uint8, *(symbol for _, symbol in levels))
    ids = np.zeros(starts[-1] + 1, dtype=dtype)
    for length in range(int(lengths.max(initial=0)), 0, -1):
        parent, symbol = levels[length - 1]
        n_names = np.searchsorted(-lengths, -length, side="right")  # of at least this length
        ids[starts[:n_names] + length] = symbol[prefix[:n_names]]
        prefix[:n_names] = parent[prefix[:n_names]]
    return TokenStream(ids, starts)


def _log_likelihood(transition, stream):
    """Return the log-likelihood of each name in a stream, (n_names,), a part at a time."""
    n_names = len(stream.starts) - 1
    log_likelihood = np.empty(n_names)
    for start in range(0, n_names, _NAMES_PER_PART):
        part = _stream.slice_names(stream, start, start + _NAMES_PER_PART)
        log_likelihood[start : start + _NAMES_PER_PART] = transition.log_likelihood(part)
    return log_likelihood


def _order(stream, log_likelihood, n_symbols):
    """Return the order of names by falling log-likelihood, then length, then symbol ids."""
    order = np.argsort(-log_likelihood)
    in_order = log_likelihood[order]
    equal = np.flatnonzero(in_order[1:] == in_order[:-1])
    tied = np.unique(np.append(equal, equal + 1))  # places of names that equal their neighbors
    names = order[tied]
    order[tied] = names[_order_all(_stream.take(stream, names), in_order[tied], n_symbols)]
    return order


def _order_all(stream, log_likelihood, n_symbols):
    """Return the same order, by a comparison of all symbols."""
    lengths = stream.n_bigrams - 1
    bits = n_symbols.bit_length()
    symbols_per_key = 63 // bits
    packed = []  # arrays (n_names,), each with some consecutive symbols of every name
    for start in range(0, int(lengths.max(initial=0)), symbols_per_key):
        key = np.zeros(len(lengths), dtype=np.int64)
        for position in range(start, start + symbols_per_key):
            key <<= bits
            is_longer = position < lengths
            key[is_longer] += stream.ids[stream.starts[:-1][is_longer] + 1 + position]
        packed.append(key)
    return np.lexsort((*packed[::-1], lengths, -log_likelihood))
