"""Mean and standard deviation of the log-likelihood of names of each length."""

from copy import copy
from typing import NamedTuple

import numpy as np
from scipy import sparse

from sklearn_bigram.markov._transition import log
from sklearn_bigram.utils._sparse import row_numbers, with_data

_ROUNDING = 1e-12  # of the mean; a standard deviation below is 0
_MAX_RANGE = 200  # nats, so that products of three numbers in this range do not underflow
_WINDOW = 64  # numbers of bigrams, in which growth must be even to be extrapolated


class LengthMoments:
    """Moments of the log-likelihood of random names, given their number of bigrams.

    Nothing is computed before it is asked for, and what was computed is kept.

    Parameters
    ----------
    transition : TransitionMatrix
        The chain that the names are drawn from.
    """

    def __init__(self, transition):
        self.transition = transition
        self._computed = None  # a pair, replaced as a whole, so that threads may share this object

    def __getstate__(self):
        """Leave out of pickles what can be computed again."""
        return {"transition": self.transition, "_computed": None}

    def up_to(self, n_bigrams):
        """Return means and standard deviations for names of 0 to at least n bigrams, in nats.

        They are nan for a number of bigrams that no name has. Where the mean and the variance grow
        by the same amount with each bigram, to 12 digits, they are extrapolated.
        """
        if self._computed is None:
            recursion = _Recursion(self.transition)
            self._computed = recursion, recursion.start()
        recursion, state = self._computed
        if len(state.means) <= n_bigrams:
            state = state._replace(means=state.means.copy(), deviations=state.deviations.copy())
            while len(state.means) <= n_bigrams and not _is_even(state):
                state = recursion.step(state)
            self._computed = recursion, state
        means, deviations = np.array(state.means), np.array(state.deviations)
        if len(means) > n_bigrams:
            return means, deviations
        more = np.arange(1, n_bigrams - len(means) + 2)
        variances = _extrapolate(deviations**2, more)
        return _extrapolate(means, more), np.sqrt(np.maximum(variances, 0))

    def standardize(self, log_likelihood, n_bigrams):
        """Return the standard scores of names, given their number of bigrams, (n_names,).

        The score is -inf for an impossible name, and 0 if all possible names are equally likely.
        """
        mean, deviation = self.up_to(int(n_bigrams.max()))
        excess = log_likelihood - mean[n_bigrams]
        score = np.where(np.isfinite(excess), 0.0, -np.inf)
        varies = np.isfinite(excess) & (deviation[n_bigrams] > 0)
        return np.divide(excess, deviation[n_bigrams], out=score, where=varies)


class _State(NamedTuple):
    """Where the recursion over the lengths has come to."""

    # Of the last n bigrams of a name, from each symbol on, each (n_symbols,):
    log_mass: np.ndarray  # the log-probability that the name ends after them, up to a constant
    mean: np.ndarray  # of their log-likelihood, less the offset
    variance: np.ndarray
    offset: float
    # Of whole names, by their number of bigrams:
    means: list
    deviations: list


class _Recursion:
    """Computes the moments of names of n + 1 bigrams from those of n bigrams, backwards in time.

    The end of a name from one symbol on is one bigram and a shorter end from the next symbol on.
    The next symbol is distributed as in P, conditioned on an end after the given number of
    bigrams. Means and variances are mixed with these weights, so nothing cancels; the weights are
    kept as logarithms, so nothing underflows. Where they are in a small range, they are products
    with constant matrices, which saves most of the time. The stored elements of S are visited one
    by one. The other elements of a row are summed as its whole backoff minus the backoff at stored
    elements.
    """

    def __init__(self, transition):
        S, g, q, self.multiplicity = _merge_unseen(transition)
        row = row_numbers(S)
        p = S.data + g[row] * q[S.indices]
        self.end = S[:, [0]].toarray()[:, 0] + g * q[0]
        inner = (S.indices != 0) & (p > 0)
        self.row, self.column = row[inner], S.indices[inner]
        self.starts = np.flatnonzero(np.diff(self.row, prepend=-1))  # of each row with elements
        self.log_p, self.log_g, self.log_q = log(p[inner]), log(g), log(q)
        self.log_q[0] = -np.inf  # no name continues after its end
        indptr = np.searchsorted(self.row, np.arange(len(g) + 1)).astype(S.indptr.dtype)
        self.p = sparse.csr_array((p[inner], self.column, indptr), shape=S.shape)
        self.p_log_p = with_data(self.p, self.p.data * self.log_p)
        self.pattern = with_data(self.p, np.ones(len(self.log_p)))
        logs = self.log_p, self.log_g, self.log_q
        self.has_small_range = max(map(_depth, logs)) < _MAX_RANGE

    def start(self):
        """Return the state for names of one bigram, which is their end."""
        log_mass = log(self.end)
        mean = np.where(self.end > 0, log_mass, 0.0)
        return _record(_State(log_mass, mean, np.zeros(len(mean)), 0.0, [np.nan], [np.nan]))

    def step(self, state):
        """Return the state for names of one more bigram."""
        log_mass, mean, variance = state.log_mass, state.mean, state.variance
        # The backoff to all symbols: weights a and values u, which are centered.
        log_a = self.log_q + log_mass  # (n_symbols,)
        top_a = log_a.max()
        a = np.zeros(len(log_a))
        if top_a > -np.inf:
            a = self.multiplicity * np.exp(log_a - top_a)
        u = np.where(a > 0, self.log_q + mean, 0.0)
        center = a @ u / max(a.sum(), 1.0)  # the largest weight is 1, if there is any
        u -= center
        parts = np.array((a, a * u, a * (variance + u * u))).T  # (n_symbols, 3)
        # Over the elements of a row that are not stored, each (n_symbols,):
        rest, rest_u, rest_u2 = (parts.sum(axis=0) - self.pattern @ parts).T
        rest = np.maximum(rest, 0)
        shift = np.where(self.log_g > -np.inf, self.log_g, 0.0) + center
        # The stored elements: weights w[i, j] = W[i, j] * e[j].
        top, W, W_log_p, e = self._weigh(log_mass, top_a)
        b = np.exp(self.log_g + top_a - top)
        w, w_mean, w_variance = (W @ np.array((e, e * mean, e * variance)).T).T
        mass = w + b * rest
        divisor = np.where(mass > 0, mass, 1.0)
        value = self.log_p + mean[self.column]
        mean = (W_log_p @ e + w_mean + b * (rest_u + shift * rest)) / divisor
        value -= np.repeat(mean, np.diff(self.p.indptr))
        shift -= mean
        value *= value
        value *= W.data
        squares = copy(W)  # with_data takes longer than all the rest, for few symbols
        squares.data = value
        stored = w_variance + squares @ e
        others = b * (rest_u2 + 2 * shift * rest_u + shift * shift * rest)
        variance = np.maximum(stored + others, 0) / divisor
        log_mass = top + log(mass)
        return _record(state._replace(log_mass=log_mass, mean=mean, variance=variance))

    def _weigh(self, log_mass, top_a):
        """Return the weights of the stored elements, divided by exp(top): top, W, W log p, e."""
        top = log_mass.max()
        if self.has_small_range and top > -np.inf and _depth(log_mass - top) < _MAX_RANGE:
            return top, self.p, self.p_log_p, np.exp(log_mass - top)
        log_w = self.log_p + log_mass[self.column]  # (nnz,)
        top = self.log_g + top_a
        with_elements = self.row[self.starts]
        top[with_elements] = np.maximum(top[with_elements], np.maximum.reduceat(log_w, self.starts))
        top[top == -np.inf] = 0
        w = np.exp(log_w - top[self.row])
        W = with_data(self.p, w)
        return top, W, with_data(self.p, w * self.log_p), np.ones(len(log_mass))


def _depth(logs):
    """Return how far below 0 the smallest finite number is."""
    return -np.min(logs, where=logs > -np.inf, initial=0.0)


def _record(state):
    """Append the moments of whole names, which start at the boundary, and center the state."""
    log_mass, mean, variance, offset, means, deviations = state
    name_mean, name_deviation = offset + mean[0], np.sqrt(variance[0])
    if name_deviation <= _ROUNDING * abs(name_mean):
        name_deviation = 0.0
    possible = log_mass[0] > -np.inf
    means.append(name_mean if possible else np.nan)
    deviations.append(name_deviation if possible else np.nan)
    likely = log_mass.argmax()
    if log_mass[likely] > -np.inf:
        log_mass = log_mass - log_mass[likely]
    mean, offset = mean - mean[likely], offset + mean[likely]
    return state._replace(log_mass=log_mass, mean=mean, offset=offset)


def _merge_unseen(transition):
    """Return S, g and q with all symbols that were never seen as one, and the number of each."""
    S, g, q = transition.S, transition.g, transition.q
    seen = np.diff(S.indptr) > 0
    seen[S.indices] = True
    seen[0] = True
    unseen = np.flatnonzero(~seen)
    if len(unseen) < 2 or np.ptp(g[unseen]) > 0 or np.ptp(q[unseen]) > 0:
        return S, g, q, np.ones(len(g))
    kept = np.append(np.flatnonzero(seen), unseen[0])
    multiplicity = np.append(np.ones(len(kept) - 1), len(unseen))
    return S[kept][:, kept], g[kept], q[kept], multiplicity


def _is_even(state):
    """Tell whether mean and variance have grown evenly for a while; look from time to time."""
    if len(state.means) <= _WINDOW + 2 or len(state.means) % _WINDOW:
        return False
    means = np.array(state.means[-_WINDOW - 2 :])
    variances = np.array(state.deviations[-_WINDOW - 2 :]) ** 2
    return _grows_evenly(means) and _grows_evenly(variances)


def _grows_evenly(values):
    growth = np.diff(values)
    tolerance = 1e-12 * np.abs(growth).max() + 1e-15 * np.abs(values).max()
    return bool(np.ptp(growth) <= tolerance)


def _extrapolate(values, more):
    """Return values and so many more, which grow as the last ones do."""
    slope = (values[-1] - values[-1 - _WINDOW]) / _WINDOW
    return np.append(values, values[-1] + slope * more)
