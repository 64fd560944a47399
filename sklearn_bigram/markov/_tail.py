"""The probability that a random name of the same length is at most as likely as a given name."""

import numpy as np

from sklearn_bigram.markov._automaton import build_automaton
from sklearn_bigram.markov._conditional import ConditionalChain
from sklearn_bigram.markov._tail_bound import TailBound
from sklearn_bigram.markov._tail_grid import LossGrid

# The width of a cell, in nats, for names of up to so many bigrams.
_WIDTHS = {16: 2.0**-9, 32: 2.0**-8, 64: 2.0**-7}
_MAX_SIMULATED = 32  # bigrams
_N_SIMULATED = 99_999  # names
_ROUNDING = 1e-9  # of a log-likelihood, in nats
_SEED = 0


class LikelihoodTails:
    """The tail probabilities of the log-likelihood of random names, given their number of bigrams.

    There are three methods. Up to 64 bigrams, `LossGrid` is exact up to the rounding of the
    log-likelihood to cells, if the symbols are few enough. Otherwise, up to 32 bigrams, names are
    simulated; a name that is less likely than all of them gets the bound of `TailBound`, if that
    is smaller. Longer names get that bound. Which method is used depends on the chain and the
    number of bigrams only.

    Nothing is computed before it is asked for, and what was computed is kept.

    Parameters
    ----------
    transition : TransitionMatrix
        The chain that the names are drawn from.
    """

    def __init__(self, transition):
        self.transition = transition
        # These are replaced as a whole, so that threads may share this object.
        self._grids = {}  # by the largest number of bigrams: a list of tails, None for no grid
        self._simulated = {}  # by number of bigrams: the log-likelihoods of names, ascending
        self._bound = None

    def __getstate__(self):
        """Leave out of pickles what can be computed again."""
        return self.__class__(self.transition).__dict__

    def at_most(self, log_likelihood, n_bigrams):
        """Return the tail probability of each log-likelihood, given numbers of bigrams, (n,)."""
        proba = np.zeros(len(log_likelihood))
        longest = int(n_bigrams.max())
        for n in np.unique(n_bigrams).tolist():
            here = np.flatnonzero((n_bigrams == n) & (log_likelihood > -np.inf))
            if len(here):
                proba[here] = self._of_length(n, longest, log_likelihood[here])
        return proba

    def _of_length(self, n, longest, log_likelihood):
        tails = self._tails(n, longest)
        if tails is not None:
            tail = tails[n - 1]
            return 0.0 if tail is None else tail.at_most(log_likelihood)
        if n > _MAX_SIMULATED:
            return self._bound_tail(n, log_likelihood)
        drawn = self._simulate(n)
        if drawn is None:
            return 0.0
        below = np.searchsorted(drawn, log_likelihood + _ROUNDING, side="right")
        proba = (1 + below) / (1 + len(drawn))
        rare = np.flatnonzero(below == 0)
        if len(rare):
            proba[rare] = np.minimum(proba[rare], self._bound_tail(n, log_likelihood[rare]))
        return proba

    def _bound_tail(self, n, log_likelihood):
        if self._bound is None:
            self._bound = TailBound(self.transition)
        return self._bound.at_most(log_likelihood, n)

    def _tails(self, n, longest):
        """Return the tails of a grid by number of bigrams, from 1 to at least n; None without."""
        limit = next((limit for limit in _WIDTHS if limit >= n), None)
        if limit is None:
            return None
        width = _WIDTHS[limit]
        if limit not in self._grids and not LossGrid.is_affordable(self.transition, width, limit):
            self._grids |= {limit: None}
        tails = self._grids.get(limit, [])
        if tails is not None and len(tails) < n:
            tails = LossGrid(self.transition, width).tails(min(longest, limit))
            self._grids |= {limit: tails}
        return tails

    def _simulate(self, n):
        """Return the log-likelihoods of random names, ascending; None if there are no names."""
        if n not in self._simulated:
            n_symbols = self.transition.n_symbols
            automaton = build_automaton([None], n - 1, n - 1, n_symbols)
            chain, drawn = ConditionalChain(self.transition, automaton), None
            if chain.log_mass > -np.inf:
                names = chain.sample(_N_SIMULATED, np.random.default_rng(_SEED))
                drawn = np.sort(self.transition.log_likelihood(names))
            self._simulated |= {n: drawn}
        return self._simulated[n]
