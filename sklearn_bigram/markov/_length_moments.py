"""Mean and standard deviation of the log-likelihood of names of one length."""

from typing import NamedTuple

import numpy as np

_ROUNDING = 1e-12  # of the mean: a standard deviation below is none


class _Reached(NamedTuple):
    """How far the lengths are done; a new one replaces it, so that threads may share it."""

    # Of the rest of a name, t bigrams from each state on:
    log_mass: np.ndarray  # (V,), the logarithm of its probability, but for a constant
    mean: np.ndarray  # (V,), of its log-likelihood, less the offset
    variance: np.ndarray  # (V,)
    offset: float
    # Of whole names, by their number of bigrams:
    means: list  # nan where no name is possible
    deviations: list


class LengthMoments:
    """Moments of the log-likelihood of a name, given its number of bigrams, under P = S + g q^T.

    They are built up from the end: what is left of a name from a state on is one bigram and what
    is left from the next state on, and the next state is distributed as P says and as it can
    still end in time. Means and variances are mixed by these weights, so nothing cancels, and
    the weights are kept as logarithms, so nothing underflows. The cells of S are visited one by
    one; all others of a row are the sum over its whole backoff less the part at those cells.
    """

    def __init__(self, S, g, q):
        row = np.repeat(np.arange(len(g)), np.diff(S.indptr))
        p = S.data + g[row] * q[S.indices]
        end = S[:, [0]].toarray()[:, 0] + g * q[0]
        inner = (S.indices != 0) & (p > 0)
        self.row, self.column = row[inner], S.indices[inner]
        self.starts = np.flatnonzero(np.diff(self.row, prepend=-1))  # of each row that has cells
        with np.errstate(divide="ignore"):
            self.log_p, self.log_g, self.log_q = np.log(p[inner]), np.log(g), np.log(q)
            log_mass = np.log(end)
        self.log_q[0] = -np.inf  # no name goes on behind its end
        mean = np.where(end > 0, log_mass, 0.0)
        nothing = _Reached(log_mass, mean, np.zeros(len(g)), 0.0, [np.nan], [np.nan])
        self._reached = self._note(nothing)

    def up_to(self, n_bigrams):
        """Return means and standard deviations of names of 0 to at least n bigrams."""
        reached = self._reached
        if len(reached.means) <= n_bigrams:
            reached = reached._replace(
                means=reached.means.copy(), deviations=reached.deviations.copy()
            )
            while len(reached.means) <= n_bigrams:
                reached = self._note(self._step(reached))
            self._reached = reached
        return np.array(reached.means), np.array(reached.deviations)

    def _note(self, reached):
        """Write down the moments of whole names, those from the boundary on, and recenter."""
        log_mass, mean, variance, offset, means, deviations = reached
        whole_mean, whole_deviation = offset + mean[0], np.sqrt(variance[0])
        if whole_deviation <= _ROUNDING * abs(whole_mean):
            whole_deviation = 0.0
        possible = log_mass[0] > -np.inf
        means.append(whole_mean if possible else np.nan)
        deviations.append(whole_deviation if possible else np.nan)
        likely = log_mass.argmax()
        if log_mass[likely] > -np.inf:
            log_mass = log_mass - log_mass[likely]
        mean, offset = mean - mean[likely], offset + mean[likely]
        return reached._replace(log_mass=log_mass, mean=mean, offset=offset)

    def _step(self, reached):
        """Put one more bigram before."""
        log_mass, mean, variance = reached.log_mass, reached.mean, reached.variance
        # The backoff to all symbols: weights a, values u less their mean.
        log_a = self.log_q + log_mass  # (V,)
        top_a = log_a.max()
        a = np.exp(log_a - top_a) if top_a > -np.inf else np.zeros(len(log_a))
        u = np.where(a > 0, self.log_q + mean, 0.0)
        center = a @ u / max(a.sum(), 1.0)  # the largest weight is 1, if there is any
        u -= center
        rest, rest_u, rest_u2 = (
            part.sum() - self._sum(part[self.column]) for part in (a, a * u, a * (variance + u * u))
        )  # each (V,): over the cells of a row that are not in S
        rest = np.maximum(rest, 0)
        shift = np.where(self.log_g > -np.inf, self.log_g, 0.0) + center
        # The cells of S: weights w.
        log_w = self.log_p + log_mass[self.column]  # (nnz,)
        top = self.log_g + top_a
        with_cells = self.row[self.starts]
        top[with_cells] = np.maximum(top[with_cells], np.maximum.reduceat(log_w, self.starts))
        top[top == -np.inf] = 0
        w = np.exp(log_w - top[self.row])
        b = np.exp(self.log_g + top_a - top)
        mass = self._sum(w) + b * rest
        possible = np.where(mass > 0, mass, 1.0)
        value = self.log_p + mean[self.column]
        mean = (self._sum(w * value) + b * (rest_u + shift * rest)) / possible
        value -= mean[self.row]
        shift -= mean
        inner = self._sum(w * (variance[self.column] + value * value))
        outer = b * (rest_u2 + 2 * shift * rest_u + shift * shift * rest)
        variance = np.maximum(inner + outer, 0) / possible
        with np.errstate(divide="ignore"):
            log_mass = top + np.log(mass)
        return reached._replace(log_mass=log_mass, mean=mean, variance=variance)

    def _sum(self, values):
        """Add up the values of the cells of S in each row, (V,)."""
        return np.bincount(self.row, values, minlength=len(self.log_g))
