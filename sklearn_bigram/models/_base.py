"""BaseBigramLM: fitting, scoring and prediction, shared by both models."""

import numpy as np
from sklearn.base import DensityMixin
from sklearn.utils import ClassifierTags
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.counting._counts import BigramCounts
from sklearn_bigram.markov._arpa import UNKNOWN_WORD, escape, write_arpa
from sklearn_bigram.markov._kept_chains import KeptChains
from sklearn_bigram.markov._length_moments import LengthMoments
from sklearn_bigram.markov._tail import LikelihoodTails
from sklearn_bigram.models._encoding import BaseNamesEstimator
from sklearn_bigram.models._generation import NameGeneration
from sklearn_bigram.models._learning import (
    EncodedCounts,
    check_counts,
    learn,
    learn_more,
)
from sklearn_bigram.models._statistics import NameStatistics
from sklearn_bigram.models._views import BigramViews
from sklearn_bigram.tokenization._tokenizer import NameTokenizer
from sklearn_bigram.utils._validation import check_weights, fit_context


class BaseBigramLM(NameGeneration, NameStatistics, BigramViews, DensityMixin, BaseNamesEstimator):
    """Base class of the bigram language models.

    A subclass defines ``_estimate(learned)``. This method takes `EncodedCounts` and returns a dict
    of fitted attributes. One of them is `transition_`, a `TransitionMatrix`.
    """

    _parameter_constraints: dict = {"tokenizer": [NameTokenizer, None]}

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, sample_weight=None):
        """Fit the model to names.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            The training names, or a 2-D array or CSR array of non-negative integers with one row
            per name, where trailing zeros are padding. :class:`BigramCounts` of the names are also
            accepted.

        y : None
            Ignored.

        sample_weight : array-like of shape (n_names,), default=None
            Weight of each name. Symbols that occur only in names of weight 0 are not learned.

        Returns
        -------
        self : object
            The fitted model.

        Raises
        ------
        ValueError
            If X is empty, is neither one-dimensional names nor a table of token ids, or contains
            a name with the boundary symbol. The model is then unchanged.
        TypeError
            If a name is not a str.
        """
        learned = learn(X, self, sample_weight)
        return self._assign(learned, self._estimate(learned))

    @fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y=None, sample_weight=None):
        """Add more training names to a fitted model.

        The result is the same as that of one `fit` on all names.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            More names, in the form used in earlier calls, or their :class:`BigramCounts`. They
            may contain new symbols.

        y : None
            Ignored.

        sample_weight : array-like of shape (n_names,), default=None
            Weight of each name.

        Returns
        -------
        self : object
            The fitted model.
        """
        if not hasattr(self, "counts_"):
            return self.fit(X, sample_weight=sample_weight)
        self._validate_params()  # fit_context skips this for a fitted estimator
        known = EncodedCounts(self._encoder, self.counts_)
        learned = learn_more(X, self, known, sample_weight)
        return self._assign(learned, self._estimate(learned))

    def score_samples(self, X):
        """Compute the log-likelihood of each name, in nats.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        log_likelihood : ndarray of shape (n_names,)
            The sum of the log-probabilities of the bigrams of each name, including its end. -inf
            if a bigram has probability 0.
        """
        streams = self._streams(X)
        return np.concatenate([self.transition_.log_likelihood(stream) for stream in streams])

    def score(self, X, y=None, sample_weight=None):
        """Compute the mean log-likelihood per bigram, in nats.

        This is the negative of the mean NLL.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names, or their :class:`BigramCounts`.

        y : None
            Ignored.

        sample_weight : array-like of shape (n_names,), default=None
            Weight of each name.

        Returns
        -------
        score : float
            The log-likelihood of all names divided by their number of bigrams.
        """
        check_is_fitted(self)
        encoder, transition = self._encoder, self.transition_
        if isinstance(X, BigramCounts):
            encoder.check(X, type(self).__name__)
            counts = check_counts(X, encoder.coder, sample_weight)
            if counts.matrix.nnz == 0:
                raise ValueError("X holds no bigrams, so they have no mean log-likelihood.")
            N, ids = counts.matrix.tocoo(), np.array(encoder.find(counts.symbols, "counts"))
            log_likelihood = N.data @ transition.log_proba(ids[N.row], ids[N.col])
            return float(log_likelihood / N.data.sum())
        parts = [
            (transition.log_likelihood(stream), stream.n_bigrams) for stream in self._streams(X)
        ]
        log_likelihood, n_bigrams = (np.concatenate(part) for part in zip(*parts, strict=True))
        weights = check_weights(sample_weight, len(n_bigrams))
        if weights is None:
            return float(log_likelihood.sum() / n_bigrams.sum())
        seen = weights > 0
        weights = weights[seen]
        return float(weights @ log_likelihood[seen] / (weights @ n_bigrams[seen]))

    def perplexity(self, X):
        """Compute the perplexity per bigram, the exponential of the mean NLL.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        perplexity : float
            Between 1 (every bigram has probability 1) and inf (a bigram has probability 0).
        """
        with np.errstate(over="ignore"):
            return float(np.exp(-self.score(X)))

    def predict_log_proba(self, X):
        """Compute the log-probabilities of the next symbol after each prefix.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Prefixes of names. The empty prefix gives the distribution of the first symbol.

        Returns
        -------
        log_proba : ndarray of shape (n_names, n_symbols)
            One row per prefix, with the columns in the order of `classes_`.
        """
        last = self._last_symbols(X)
        return self.transition_.log_rows(last)

    def predict_proba(self, X):
        """Compute the probabilities of the next symbol after each prefix.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Prefixes of names. The empty prefix gives the distribution of the first symbol.

        Returns
        -------
        proba : ndarray of shape (n_names, n_symbols)
            One row per prefix, with the columns in the order of `classes_`.
        """
        last = self._last_symbols(X)
        return self.transition_.rows(last)

    def predict(self, X):
        """Predict the most probable next symbol after each prefix.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Prefixes of names. The empty prefix gives the distribution of the first symbol.

        Returns
        -------
        symbols : ndarray of shape (n_names,)
            Elements of `classes_`. The boundary means that the name ends.
        """
        last = self._last_symbols(X)
        return self.classes_[self.transition_.argmax(last)]

    def to_arpa(self, file):
        """Write the model to an ARPA file, which KenLM, SRILM and other toolkits can read.

        In the file, a name is a sentence of symbols separated by spaces, scored from ``<s>`` to
        ``</s>``. Inside symbols, ``<``, whitespace, control characters and surrogates are written
        as code points, for example ``<U+0020>`` for a space. With
        ``handle_unknown="use_unknown"``, the reserved symbol is written as ``<unk>``. Otherwise
        ``<unk>`` has probability 0, which ARPA files represent by -99.

        Parameters
        ----------
        file : str, path-like or file object
            A path, or a file object open for writing, binary or text in UTF-8. A file at a path
            is written completely or not at all. It is compressed if the path ends in ``.gz``.

        Examples
        --------
        >>> import io
        >>> from sklearn_bigram import CountBigramLM
        >>> file = io.StringIO()
        >>> CountBigramLM().fit(["emma", "ava"]).to_arpa(file)
        >>> file.getvalue().splitlines()[2:4]
        ['ngram 1=7', 'ngram 2=8']
        """
        check_is_fitted(self)
        words = [escape(str(symbol)) for symbol in self.symbols_]
        if hasattr(self, "tokenizer_") and self.tokenizer_.handle_unknown == "use_unknown":
            words[1] = UNKNOWN_WORD
        write_arpa(file, self.transition_, words)

    @property
    def classes_(self):
        """The symbols, in the order of the columns of `predict_proba`."""
        check_is_fitted(self)
        return self.symbols_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # The model is not a classifier. But scikit-learn's check of sparse input reads this tag
        # of every estimator with `predict_proba`, and then expects one column for each of the two
        # ids that it passes.
        tags.classifier_tags = ClassifierTags(multi_class=False)
        return tags

    def _assign(self, learned, estimate):
        """Set all fitted attributes at once, so that an interrupt cannot leave some of them old."""
        self.__dict__.update(
            _encoder=learned.encoder,
            symbols_=learned.encoder.symbols,
            counts_=learned.matrix,
            _kept_chains=KeptChains(),
            _length_moments=LengthMoments(estimate["transition_"]),
            _likelihood_tails=LikelihoodTails(estimate["transition_"]),
            **estimate,
        )
        return self

    def _last_symbols(self, X):
        """Return the id of the last symbol of each prefix, or 0 for an empty prefix."""
        last = [stream.ids[stream.starts[1:] - 1] for stream in self._streams(X)]
        return np.concatenate(last).astype(np.intp)
