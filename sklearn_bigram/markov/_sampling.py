"""Random names from a Markov chain, without constraints."""

import numpy as np

from sklearn_bigram.exceptions import EndlessNameError
from sklearn_bigram.markov._information import expected_length
from sklearn_bigram.tokenization._stream import TokenStream

MAX_LENGTH = 2**16  # symbols of a sampled name
STEPS_BEFORE_CHECK = 512  # after which most names should have ended
_CHAINS_IN_STEP = 2**13
_STEPS_PER_TRANSPOSE = 32
_MANY_NAMES = 2**16  # from which names are drawn in sequence
_NAMES_PER_CHAIN = 16  # of them, at least
_FIRST_STEPS = 128
_SYMBOLS_PER_ROUND = 2**23


def sample_names(transition, n_names, rng):
    """Draw names from a chain with a NumPy Generator, as a stream.

    From 65,536 names on, they are drawn another way, which is faster.

    Parameters
    ----------
    transition : TransitionMatrix
        The chain.
    n_names : int
        The number of names.
    rng : numpy.random.Generator
        The source of randomness.

    Returns
    -------
    stream : TokenStream
        The names.

    Raises
    ------
    EndlessNameError
        If a name reaches `MAX_LENGTH` symbols, or many names are about to.
    """
    sample = _sample_in_sequence if n_names >= _MANY_NAMES else _sample_in_step
    return sample(transition, n_names, rng)


def _sample_in_step(transition, n_names, rng):
    """Draw names, a symbol at a time.

    Up to 8,192 chains run in step. Each chain passes through the boundary from one name to the
    next. The number of names per chain is fixed in advance, so short names are not favored.
    """
    n_chains = min(n_names, _CHAINS_IN_STEP)
    wanted = np.full(n_chains, n_names // n_chains, dtype=np.int32)
    wanted[: n_names % n_chains] += 1
    sampler = transition.sampler
    running = np.arange(n_chains)
    state = np.zeros(n_chains, dtype=sampler.dtype)
    missing = wanted.copy()  # names of each running chain
    missing_before = missing + 1
    steps: list[np.ndarray] = []
    while len(running):
        if len(steps) % MAX_LENGTH == 0:
            if (missing == missing_before[running]).any():
                raise EndlessNameError(MAX_LENGTH)
            missing_before[running] = missing
        if len(steps) == STEPS_BEFORE_CHECK:
            refuse_endless(transition, len(running), np.sum(wanted[running] - missing))
        state = sampler.draw(state, rng)
        if len(running) == n_chains:
            steps.append(state)
        else:
            steps.append(np.zeros(n_chains, dtype=sampler.dtype))
            steps[-1][running] = state
        missing -= state == 0
        unfinished = missing > 0
        if 2 * np.count_nonzero(unfinished) <= len(running):  # rarely, because it copies
            running, state, missing = running[unfinished], state[unfinished], missing[unfinished]
    return _cut_chains(_transpose(steps), wanted)


def _sample_in_sequence(transition, n_names, rng):
    """Draw many names.

    Up to 8,192 chains run in step. Each chain passes through the boundary from one name to the
    next, for a number of steps that is fixed in advance, and then ends the name that it is in. So
    the chains, one after the other, are one sequence of independent names, of which the first are
    returned.
    """
    parts, n_missing = [np.zeros(1, dtype=transition.sampler.dtype)], n_names
    symbols_per_name = _FIRST_STEPS / _NAMES_PER_CHAIN  # until names have been drawn
    while n_missing > 0:
        n_chains = min(1 + n_missing // _NAMES_PER_CHAIN, _CHAINS_IN_STEP)
        n_symbols = min(n_missing * symbols_per_name, _SYMBOLS_PER_ROUND)
        chains = _draw_chains(transition, n_chains, 1 + int(n_symbols / n_chains), rng)
        parts.append(_end_names(transition, chains, rng))
        n_missing -= np.count_nonzero(parts[-1] == 0)
        symbols_per_name = sum(map(len, parts)) / (n_names - n_missing)
    ids = np.concatenate(parts)
    starts = np.flatnonzero(ids == 0)[: n_names + 1]
    stream = TokenStream(ids[: starts[-1] + 1], starts)
    if stream.n_bigrams.max() > MAX_LENGTH:
        raise EndlessNameError(MAX_LENGTH)
    return stream


def _draw_chains(transition, n_chains, n_steps, rng):
    """Draw as many symbols for each chain, or one more, (n_chains, n_symbols)."""
    if transition.pair_sampler is not None:
        pairs = transition.pair_sampler.draw(n_chains, (n_steps + 1) // 2, rng)
        return _transpose(pairs).astype("<u2", copy=False).view(np.uint8)
    states = [np.zeros(n_chains, dtype=transition.sampler.dtype)]
    for _ in range(n_steps):
        states.append(transition.sampler.draw(states[-1], rng))
    return _transpose(states[1:])


def _end_names(transition, chains, rng):
    """Return the symbols of all chains, each followed by the end of the name that it is in."""
    running = np.flatnonzero(chains[:, -1]).astype(np.uint16)  # which is sorted by counting
    symbol = chains[running, -1]
    n_unended = len(running)
    steps: list[tuple] = []
    while len(running):
        if len(steps) == MAX_LENGTH:
            raise EndlessNameError(MAX_LENGTH)
        if len(steps) == STEPS_BEFORE_CHECK:
            refuse_endless(transition, len(running), n_unended - len(running))
        symbol = transition.sampler.draw(symbol, rng)
        steps.append((running, symbol))
        if not symbol.all():
            running, symbol = running[symbol > 0], symbol[symbol > 0]
    if not steps:
        return chains.ravel()
    chain, symbols = map(np.concatenate, zip(*steps, strict=True))
    order = np.argsort(chain, kind="stable")
    return np.insert(chains.ravel(), (chain[order] + np.intp(1)) * chains.shape[1], symbols[order])


def refuse_endless(transition, n_running, n_ended):
    """Raise if names hardly end, before many of them have taken much time and memory.

    This is called once, after `STEPS_BEFORE_CHECK` steps.
    """
    few_ended = n_running >= 32 and n_ended < 0.01 * n_running
    if few_ended and expected_length(transition) > MAX_LENGTH:
        raise EndlessNameError(STEPS_BEFORE_CHECK)


def _transpose(steps):
    """Return the steps, each (n_chains,), as one array of chains, (n_chains, n_steps)."""
    chains = np.empty((len(steps[0]), len(steps)), dtype=steps[0].dtype)
    for start in range(0, len(steps), _STEPS_PER_TRANSPOSE):  # blocks that stay in cache
        stop = start + _STEPS_PER_TRANSPOSE
        chains[:, start:stop] = np.concatenate(steps[start:stop]).reshape(-1, len(chains)).T
    return chains


def _cut_chains(chains, wanted):
    """Return the stream of the first names of each chain, as many as wanted of each."""
    offset = np.arange(len(chains)) * chains.shape[1]
    ends = np.flatnonzero(chains.ravel() == 0)  # of all names of all chains
    cut = ends[np.searchsorted(ends, offset) + wanted - 1] - offset
    kept = [chain[:end] for chain, end in zip(chains, (cut + 1).tolist(), strict=True)]
    ids = np.concatenate([np.zeros(1, dtype=chains.dtype), *kept])
    return TokenStream(ids, np.flatnonzero(ids == 0))
