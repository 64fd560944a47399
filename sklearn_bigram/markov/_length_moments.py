"""Mean and standard deviation of the log-likelihood of names of each length."""

from typing import NamedTuple

import numpy as np

from sklearn_bigram.markov._transition import log
from sklearn_bigram.utils._sparse import row_numbers

_ROUNDING = 1e-12  # of the mean; a standard deviation below is 0
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
    kept as logarithms, so nothing underflows. The stored elements of S are visited one by one. The
    other elements of a row are summed as its whole backoff minus the backoff at stored elements.
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
        rest, rest_u, rest_u2 = (
            part.sum() - self._sum(part[self.column]) for part in (a, a * u, a * (variance + u * u))
        )  # each (n_symbols,): over the elements of a row that are not stored
        rest = np.maximum(rest, 0)
        shift = np.where(self.log_g > -np.inf, self.log_g, 0.0) + center
        # The stored elements: weights w.
        log_w = self.log_p + log_mass[self.column]  # (nnz,)
        top = self.log_g + top_a
        with_elements = self.row[self.starts]
        top[with_elements] = np.maximum(top[with_elements], np.maximum.reduceat(log_w, self.starts))
        top[top == -np.inf] = 0
        w = np.exp(log_w - top[self.row])
        b = np.exp(self.log_g + top_a - top)
        mass = self._sum(w) + b * rest
        divisor = np.where(mass > 0, mass, 1.0)
        value = self.log_p + mean[self.column]
        mean = (self._sum(w * value) + b * (rest_u + shift * rest)) / divisor
        value -= mean[self.row]
        shift -= mean
        stored = self._sum(w * (variance[self.column] + value * value))
        others = b * (rest_u2 + 2 * shift * rest_u + shift * shift * rest)
        variance = np.maximum(stored + others, 0) / divisor
        log_mass = top + log(mass)
        return _record(state._replace(log_mass=log_mass, mean=mean, variance=variance))

    def _sum(self, values):
        """Return the row sums of values at the stored elements, (n_symbols,)."""
        return np.bincount(self.row, values, minlength=len(self.log_g))


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
