"""Distinct random names: how many there are, and draws without repetition."""

import numpy as np

from sklearn_bigram.exceptions import TooFewNamesError
from sklearn_bigram.markov._race import race
from sklearn_bigram.markov._transition import TransitionMatrix
from sklearn_bigram.tokenization import _stream
from sklearn_bigram.utils._sparse import row_numbers, with_data

_NAMES_PER_ROUND = 2**20
_RACE_COST = 8  # of a name in a race, in draws
_LARGEST_COUNT = 2.0**53  # up to which whole numbers are exact


def check_enough(chain, n_names, excluded):
    """Raise if fewer names than this can be drawn.

    Parameters
    ----------
    chain : ConditionalChain
        The chain.
    n_names : int
        The number of names.
    excluded : TokenStream
        Distinct names to leave out, which the automaton of the chain accepts.

    Raises
    ------
    TooFewNamesError
        If there are fewer.
    """
    support = _support(chain.transition)
    n_excluded = int(np.sum(support.log_likelihood(excluded) > -np.inf))
    n_left = _count_names(chain, support, n_names + n_excluded) - n_excluded
    if n_left < n_names:
        raise TooFewNamesError(int(n_left), n_names)


def _support(transition):
    """Return the matrix that has 1 where P is above zero and 0 elsewhere, as S + g q^T."""
    S, g, q = transition.S, transition.g > 0, transition.q > 0
    only_in_S = (S.data > 0) & ~(g[row_numbers(S)] & q[S.indices])
    return TransitionMatrix(with_data(S, only_in_S.astype(float)), g.astype(float), q.astype(float))


def _count_names(chain, support, enough):
    """Return the number of accepted names; the count may stop when it has reached `enough`.

    Prefixes of accepted names are counted, by their length. Each of them becomes another name.
    """
    possible = chain.log_masses > -np.inf  # (n_states, n_symbols)
    n_symbols, automaton = support.n_symbols, chain.automaton
    ends = support.log_proba(np.arange(n_symbols), np.zeros(n_symbols, dtype=np.intp)) == 0
    n_ended = 0.0
    prefixes = {0: np.eye(1, n_symbols)[0]}  # for each state, the number with each last symbol
    for _ in range(possible.size + 1):
        following: dict[int, np.ndarray] = {}
        for state, n_prefixes in prefixes.items():
            if automaton.accepting[state]:
                n_ended += float(n_prefixes @ ends)
            n_longer = support.rmatvec(n_prefixes)
            for mask_index, target in automaton.edges[state]:
                mask = automaton.masks[mask_index] & possible[target]
                if (n_longer * mask).any():
                    before = following.get(target, 0.0)
                    following[target] = np.minimum(before + n_longer * mask, _LARGEST_COUNT)
        n_unended = sum(n_prefixes.sum() for n_prefixes in following.values())
        if n_unended == 0 or n_ended + n_unended >= enough:
            return n_ended + n_unended
        prefixes = following
    return np.inf  # a longer name comes to the same state and symbol again: there is no end


def sample_distinct(chain, n_names, excluded, rng):
    """Draw names one after the other, each from the names that have not been drawn.

    Names are drawn and repetitions are left out, as long as this takes fewer draws than a race of
    all names would be worth.

    Parameters
    ----------
    chain : ConditionalChain
        The chain.
    n_names : int
        The number of names.
    excluded : TokenStream
        Distinct names to leave out, which the automaton of the chain accepts.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    stream : TokenStream
        The names.

    Raises
    ------
    TooFewNamesError
        If there are fewer.
    """
    known, n_excluded = excluded, len(excluded.n_bigrams)
    n_missing, n_draws = n_names, n_names
    while n_missing > 0 and n_draws <= _RACE_COST * (n_missing + len(known.n_bigrams)):
        n_drawn = min(int(1.1 * n_draws) + 10, _NAMES_PER_ROUND)
        known, n_new = _add_new(known, chain.sample(n_drawn, rng), n_missing)
        n_missing -= n_new
        n_draws = n_missing * n_drawn // max(1, n_new)  # that are still necessary, about
    if n_missing > 0:
        stream = race(chain, n_missing + len(known.n_bigrams), rng)
        known, n_new = _add_new(known, stream, n_missing)
        n_missing -= n_new
    if n_missing > 0:  # a product of probabilities is too small for a float
        raise TooFewNamesError(n_names - n_missing, n_names)
    return _stream.slice_names(known, n_excluded, n_excluded + n_names)


def _add_new(known, stream, n_names):
    """Return a stream with the first new names of another one, and how many there are."""
    n_known = len(known.n_bigrams)
    joined = _stream.join([known, stream])
    new = _stream.find_new(joined, n_known)[:n_names]
    return _stream.take(joined, np.append(np.arange(n_known), new)), len(new)
