"""The methods of a bigram model that describe its distribution over names."""

from collections.abc import Callable

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.markov import _information
from sklearn_bigram.markov._length_moments import LengthMoments
from sklearn_bigram.markov._tail import LikelihoodTails
from sklearn_bigram.markov._transition import TransitionMatrix
from sklearn_bigram.utils._validation import check_whole


class NameStatistics:
    """Mixin of the bigram models: expected length, entropy, divergence, scores and p-values."""

    symbols_: np.ndarray
    transition_: TransitionMatrix
    _length_moments: LengthMoments
    _likelihood_tails: LikelihoodTails
    _streams: Callable

    def expected_length(self):
        """Compute the expected number of symbols of a name.

        Returns
        -------
        length : float
            The expected length, without the boundary; inf if a name may never end.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> round(CountBigramLM(alpha=0).fit(["emma", "ava"]).expected_length(), 6)
        3.5
        """
        check_is_fitted(self)
        return _information.expected_length(self.transition_)

    def length_distribution(self, max_length):
        """Compute the probabilities of the lengths of names.

        Parameters
        ----------
        max_length : int
            The largest length.

        Returns
        -------
        proba : ndarray of shape (max_length + 1,)
            The probability that a name has 0, 1, ..., `max_length` symbols. One minus the sum is
            the probability of longer names.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> CountBigramLM(alpha=0).fit(["a", "aa"]).length_distribution(3).round(3)
        array([0.   , 0.667, 0.222, 0.074])
        """
        check_is_fitted(self)
        max_length = check_whole(max_length, "max_length", 0)
        return _information.length_distribution(self.transition_, max_length)

    def entropy(self):
        r"""Compute the entropy of a name, in nats.

        Returns
        -------
        entropy : float
            Minus the expected log-likelihood of a name sampled from the model; inf if a name may
            go on for ever without becoming certain.

        See Also
        --------
        entropy_rate : The entropy per bigram.

        Notes
        -----
        Let :math:`v_i` be the expected number of visits to symbol i in a name, with one visit to
        the boundary. Then

        .. math:: H = -\sum_i v_i \sum_j P_{ij} \log P_{ij}

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> model = CountBigramLM(alpha=0).fit(["ab", "cd"])  # each with probability 1/2
        >>> round(model.entropy(), 6)
        0.693147
        """
        check_is_fitted(self)
        return _information.entropy(self.transition_)

    def entropy_rate(self):
        """Compute the entropy per bigram, in nats.

        It is the entropy of a name divided by its expected number of bigrams, which is the entropy
        rate of the chain that passes through the boundary from one name to the next. The mean NLL
        of many names sampled from the model converges to it.

        Returns
        -------
        entropy_rate : float
            From 0, if each symbol is certain, to the logarithm of the number of symbols; nan if a
            name may never end.

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
        """Compute the Kullback-Leibler divergence of another model from this model, in nats.

        It is the expected difference between the log-likelihoods of a name under this model and
        under `other`, for names sampled from this model. The sum over all names is exact.

        Parameters
        ----------
        other : CountBigramLM or NeuralBigramLM
            A fitted model with the same symbols.

        Returns
        -------
        divergence : float
            0 if both models have the same distribution over names; inf if a bigram of possible
            names is impossible under `other`.

        Raises
        ------
        TypeError
            If `other` is not a bigram model.
        ValueError
            If `other` has different symbols, or if one model was fitted on names and the other on
            token ids.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> model = CountBigramLM(alpha=0).fit(["ab", "ab", "ba"])
        >>> smoothed = CountBigramLM(alpha=1).fit(["ab", "ab", "ba"])
        >>> round(model.kl_divergence(smoothed), 3), smoothed.kl_divergence(model)
        (0.575, inf)
        """
        check_is_fitted(self)
        if not isinstance(other, NameStatistics):
            raise TypeError(
                f"other is of type {type(other).__name__}: it must be a fitted bigram model, such "
                "as CountBigramLM."
            )
        check_is_fitted(other)
        if hasattr(self, "tokenizer_") != hasattr(other, "tokenizer_"):
            raise ValueError(
                "One model was fitted on names and the other on token ids: fit both on names or "
                "both on token ids."
            )
        if not np.array_equal(self.symbols_, other.symbols_):
            raise ValueError(
                f"The models have different symbols, {len(self.symbols_)} and "
                f"{len(other.symbols_)} of them: fit both with the same alphabet, such as "
                "tokenizer=NameTokenizer(alphabet=...)."
            )
        return _information.kl_divergence(self.transition_, other.transition_)

    def standard_score_samples(self, X):
        """Compute the standard score of each name's log-likelihood among names of its length.

        Long names have lower log-likelihoods than short names, and their mean log-likelihood per
        bigram varies less. So neither value is comparable between names of different lengths. The
        standard score is.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        score : ndarray of shape (n_names,)
            The log-likelihood minus its mean, divided by its standard deviation. Mean and standard
            deviation are those of names of the same length sampled from the model. The score of an
            impossible name is -inf. If all possible names of a length are equally likely, their
            score is 0; so the score of the empty name is 0.

        See Also
        --------
        BigramOutlierDetector : Detects outliers by this score.

        Notes
        -----
        Mean and standard deviation are exact. Computing them takes time in proportion to the
        length of the longest name; the model keeps them for later calls. The score does not
        depend on the probability of the length. In token ids, a boundary inside a row counts as
        a symbol.

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
        scores = []
        for stream in self._streams(X):
            log_likelihood = self.transition_.log_likelihood(stream)
            scores.append(self._length_moments.standardize(log_likelihood, stream.n_bigrams))
        return np.concatenate(scores)

    def pvalue_samples(self, X):
        r"""Compute the probability that a random name is at most as likely as each name.

        This is the p-value of a test whether the name was sampled from the model, given its length.
        Of the names of any length that the model samples, at most the proportion `t` have a p-value
        of `t` or less.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        pvalue : ndarray of shape (n_names,)
            The probability that a name of the same length sampled from the model is at most as
            likely as the given name. From 0, for an impossible name, to 1, for the most likely name
            of its length; so the p-value of the empty name is 1.

        See Also
        --------
        standard_score_samples : A score in standard deviations.
        BigramOutlierDetector : Detects outliers by a p-value, with `false_alarm_rate`.

        Notes
        -----
        The p-value does not depend on the probability of the length. The method depends on the
        length and the number of symbols, never on the other names:

        - Names of up to 63 symbols, if the alphabet is small: the distribution of the
          log-likelihood is computed on a grid. The p-value is at least the exact probability, and
          at most the probability of names that are at most :math:`e^\delta` times as likely as the
          given name. For a name with n bigrams, :math:`\delta` is n/512 nats up to 15 symbols,
          n/256 up to 31 and n/128 up to 63. An alphabet is small up to some 80 symbols, or some 40
          for names of more than 15 symbols.
        - Other names of up to 31 symbols: 99,999 names of this length are sampled, with a fixed
          seed. The standard error of a p-value p is :math:`\sqrt{p (1 - p) / 99{,}999}`, which is
          10 % of a p-value of 0.001. A name that is less likely than all of them has the p-value
          0.00001, or Chernoff's upper bound if that is smaller.
        - Longer names: Chernoff's upper bound. It is some ten times too large around 0.001.

        The first call takes about half a second for names of up to 15 letters, or about half a
        second for each length where names are sampled. The model keeps the distributions for later
        calls.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> from sklearn_bigram.datasets import load_names
        >>> model = CountBigramLM().fit(load_names())
        >>> model.pvalue_samples(["maria", "ib", "krzysztof", "xqzkvw"]).round(6)
        array([9.89863e-01, 7.84500e-03, 1.64000e-04, 0.00000e+00])
        """
        values = []
        for stream in self._streams(X):
            log_likelihood = self.transition_.log_likelihood(stream)
            values.append(self._likelihood_tails.at_most(log_likelihood, stream.n_bigrams))
        return np.concatenate(values)
