"""The methods of a bigram model that describe its distribution over names."""

from collections.abc import Callable

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.markov import _information
from sklearn_bigram.markov._length_moments import LengthMoments
from sklearn_bigram.markov._transition import TransitionMatrix
from sklearn_bigram.utils._validation import check_whole


class NameStatistics:
    """Mixin of the bigram models: expected length, entropy, divergence and standard scores."""

    symbols_: np.ndarray
    transition_: TransitionMatrix
    _length_moments: LengthMoments
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
            n_bigrams = stream.n_bigrams
            mean, deviation = self._length_moments.up_to(int(n_bigrams.max()))
            excess = self.transition_.log_likelihood(stream) - mean[n_bigrams]
            score = np.where(np.isfinite(excess), 0.0, -np.inf)
            varies = np.isfinite(excess) & (deviation[n_bigrams] > 0)
            scores.append(np.divide(excess, deviation[n_bigrams], out=score, where=varies))
        return np.concatenate(scores)
