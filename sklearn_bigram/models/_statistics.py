"""What a bigram model says of names as a whole: lengths, entropy, divergence, standard scores."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.markov._absorbing import reaching, solve_absorbing
from sklearn_bigram.utils._validation import check_whole


class NameStatistics:
    """Mixin of the bigram models: the distribution over names, as a Markov chain that ends."""

    symbols_: np.ndarray
    _streams: Callable
    transition_: Any
    _transition_of_fitted: Callable

    def expected_length(self):
        """Compute the expected number of symbols of a name.

        Returns
        -------
        length : float
            The expected length, without the boundary; inf if names may go on for ever.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> round(CountBigramLM(alpha=0).fit(["emma", "ava"]).expected_length(), 6)
        3.5
        """
        return expected_sum(self._transition_of_fitted(), 1.0) - 1

    def length_distribution(self, max_length):
        """Compute the probabilities of the lengths of names.

        Parameters
        ----------
        max_length : int
            The largest length to compute it for.

        Returns
        -------
        proba : ndarray of shape (max_length + 1,)
            The probability that a name has 0, 1, ..., `max_length` symbols. What the sum lacks
            to 1 is the probability of longer ones.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> CountBigramLM(alpha=0).fit(["a", "aa"]).length_distribution(3).round(3)
        array([0.   , 0.667, 0.222, 0.074])
        """
        transition = self._transition_of_fitted()
        max_length = check_whole(max_length, "max_length", 0)
        ends = end_probabilities(transition)
        proba = np.empty(max_length + 1)
        for length in range(max_length + 1):
            proba[length] = ends[0]
            ends = go_on(transition, ends)
        return proba

    def entropy(self):
        r"""Compute the entropy of a name, in nats.

        Returns
        -------
        entropy : float
            The expected surprise at a name that the model draws, that is, minus its expected
            log-likelihood; inf if names may go on for ever.

        See Also
        --------
        entropy_rate : The same per bigram.

        Notes
        -----
        With :math:`v_i` the expected number of visits to symbol i in a name, the boundary being
        visited once,

        .. math:: H = -\sum_i v_i \sum_j P_{ij} \log P_{ij}

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> model = CountBigramLM(alpha=0).fit(["ab", "cd"])  # each with probability 1/2
        >>> round(model.entropy(), 6)
        0.693147
        """
        transition = self._transition_of_fitted()
        return expected_sum(transition, row_entropies(transition))

    def entropy_rate(self):
        """Compute the entropy per bigram, in nats.

        This is the entropy of a name divided by its expected number of bigrams, and so the
        entropy rate of the chain that runs on through the boundary from one name to the next.
        The mean NLL of very many names that the model draws comes to this.

        Returns
        -------
        entropy_rate : float
            From 0, if each symbol is certain, to the logarithm of the number of symbols; nan if
            names may go on for ever.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> model = CountBigramLM(alpha=0).fit(["ab", "cd"])
        >>> round(model.entropy_rate(), 6)  # a third of the entropy
        0.231049
        """
        n_bigrams = self.expected_length() + 1
        return self.entropy() / n_bigrams if np.isfinite(n_bigrams) else np.nan

    def kl_divergence(self, other):
        """Compute the Kullback-Leibler divergence of another model from this one, in nats.

        It is what a name drawn from this model costs more, in expectation, when `other` gives its
        log-likelihood. The sum over all names is exact.

        Parameters
        ----------
        other : CountBigramLM or NeuralBigramLM
            A model with the same symbols.

        Returns
        -------
        divergence : float
            0 if both are the same distribution over names; inf if `other` forbids a bigram that
            names of this model have.

        Raises
        ------
        TypeError
            If `other` is not a bigram model.
        ValueError
            If its symbols are not the same, or it was fitted on names and this on token ids or
            the other way round.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> model = CountBigramLM(alpha=0).fit(["ab", "ab", "ba"])
        >>> smoothed = CountBigramLM(alpha=1).fit(["ab", "ab", "ba"])
        >>> round(model.kl_divergence(smoothed), 3), smoothed.kl_divergence(model)
        (0.575, inf)
        """
        transition = self._transition_of_fitted()
        if not isinstance(other, NameStatistics):
            raise TypeError(
                f"other is of type {type(other).__name__}: it must be a bigram model, such as "
                "CountBigramLM, fitted to names of the same symbols."
            )
        check_is_fitted(other)
        other_transition = other.transition_
        if hasattr(self, "tokenizer_") != hasattr(other, "tokenizer_"):
            raise ValueError(
                "One of the models was fitted on names and the other on token ids: fit both on the "
                "same kind."
            )
        if not np.array_equal(self.symbols_, other.symbols_):
            raise ValueError(
                f"The models have different symbols, {len(self.symbols_)} and "
                f"{len(other.symbols_)}: fit both with the same alphabet, such as "
                "tokenizer=NameTokenizer(alphabet=...)."
            )
        return expected_sum(transition, row_divergences(transition, other_transition))

    def standard_score_samples(self, X):
        """Compute how likely each name is among all names of its length, in standard deviations.

        The log-likelihood of a long name is lower than that of a short one, and its mean per
        bigram varies less, so neither compares names of different lengths. This does.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        score : ndarray of shape (n_names,)
            The log-likelihood less its mean, over its standard deviation, both those of a name
            that the model draws, given that it has as many symbols. It is -inf for an
            impossible name, and 0 for a possible one if all of its length that are possible are
            equally likely, as the empty name is, being the only one.

        See Also
        --------
        BigramOutlierDetector : Tells outliers by this score.

        Notes
        -----
        Mean and standard deviation are exact. The first call takes time in proportion to the
        length of the longest name, and they are then kept. How likely the length itself is does
        not matter. In token ids, a boundary inside a row counts as one of its symbols.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> from sklearn_bigram.datasets import load_names
        >>> model = CountBigramLM().fit(load_names())
        >>> names = ["maria", "ib", "krzysztof", "xqzkvw"]
        >>> (model.score_samples(names) / [6, 3, 10, 7]).round(1)
        array([-1.9, -3.8, -3.8, -5.3])
        >>> model.standard_score_samples(names).round(1)
        array([ 1.9, -3.3, -4.5, -8.5])
        """
        transition = self._transition_of_fitted()
        scores = []
        for stream in self._streams(X):
            n_bigrams = stream.n_bigrams
            mean, deviation = transition.length_moments.up_to(int(n_bigrams.max()))
            excess = transition.log_likelihood(stream) - mean[n_bigrams]
            score = np.where(np.isfinite(excess), 0.0, -np.inf)
            spread = np.isfinite(excess) & (deviation[n_bigrams] > 0)
            scores.append(np.divide(excess, deviation[n_bigrams], out=score, where=spread))
        return np.concatenate(scores)


def end_probabilities(transition):
    """Return the probability that a name ends at each state, (n_symbols,)."""
    is_boundary = np.zeros(transition.n_symbols)
    is_boundary[0] = 1
    return transition.matvec(is_boundary)


def go_on(transition, x):
    """Return the expectations of x after one step that does not end the name, (n_symbols,)."""
    return transition.matvec(np.append(0.0, x[1:]))


def expected_sum(transition, costs):
    """Return the expected sum over a name of what its symbols cost, the boundary before included.

    What symbols cost that no name has does not matter.
    """
    start = np.zeros(transition.n_symbols, dtype=bool)
    start[0] = True
    costs = np.where(reaching(transition.rmatvec, start), costs, 0.0)
    if np.isinf(costs).any():
        return np.inf
    ends = end_probabilities(transition)
    return float(solve_absorbing(lambda x: go_on(transition, x), costs, ends)[0])


def row_entropies(transition):
    """Return the entropy of each row of P, (n_symbols,)."""
    S = transition.S
    row, column = np.repeat(np.arange(len(transition.g)), np.diff(S.indptr)), S.indices
    log_p = transition.log_proba(row, column)
    log_g, log_q = _log(transition.g), _log(transition.q)
    return np.maximum(-_row_means(transition, row, column, log_p, log_g, log_q), 0)


def row_divergences(transition, other):
    """Return the KL divergence of each row of the other matrix from that of this, (n_symbols,)."""
    g, q, other_g, other_q = transition.g, transition.q, other.g, other.q
    cells = (_pattern(transition.S) + _pattern(other.S)).tocoo()  # in either; all else is backoff
    row, column = cells.row, cells.col
    log_p, other_log_p = transition.log_proba(row, column), other.log_proba(row, column)
    with np.errstate(invalid="ignore"):
        ratio = np.where(log_p > -np.inf, log_p - other_log_p, 0.0)
    row_ratio = np.where(other_g > 0, _log(g) - _log(other_g), 0.0)
    column_ratio = np.where(other_q > 0, _log(q) - _log(other_q), 0.0)
    divergences = _row_means(transition, row, column, ratio, row_ratio, column_ratio)
    needed = q > 0
    forbidden = (other_g == 0) & (_beside(needed * 1.0, row, column) > 0)
    forbidden |= _beside(needed * (other_q == 0.0), row, column) > 0
    divergences[(g > 0) & forbidden] = np.inf
    return np.maximum(divergences, 0)


def _row_means(transition, row, column, f, f_row, f_column):
    """Return the mean of f over each row of P, (n_symbols,).

    The cells (row, column), which are at least those of S, have the values `f`; every other cell
    has ``f_row[i] + f_column[j]``.
    """
    g, q = transition.g, transition.q
    p = np.exp(transition.log_proba(row, column))
    f = np.where(p > 0, f, 0.0)
    means = np.bincount(row, p * f, minlength=len(g))
    backoff = f_row * _beside(q, row, column) + _beside(q * f_column, row, column)
    return means + g * backoff


def _beside(values, row, column):
    """Return the sum of the values over the columns that have no cell in a row, (n_symbols,)."""
    return values.sum() - np.bincount(row, values[column], minlength=len(values))


def _log(x):
    """Return log x, and 0 for 0."""
    return np.log(x, out=np.zeros(len(x)), where=x > 0)


def _pattern(S):
    """Return S with ones for all its cells."""
    return sparse.csr_array((np.ones(len(S.data)), S.indices, S.indptr), shape=S.shape)
