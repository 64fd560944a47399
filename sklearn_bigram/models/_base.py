"""BaseBigramLM: what both models share: fitting from counts, scores and predictions."""

import numpy as np
from sklearn.base import DensityMixin
from sklearn.utils import ClassifierTags
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.counting._counts import BigramCounts
from sklearn_bigram.models._encoding import BaseNamesEstimator
from sklearn_bigram.models._generation import NameGeneration
from sklearn_bigram.models._learning import (
    EncodedCounts,
    check_counts,
    learn,
    learn_more,
)
from sklearn_bigram.models._statistics import NameStatistics
from sklearn_bigram.tokenization._tokenizer import NameTokenizer
from sklearn_bigram.utils._validation import check_weights, fit_context


class BaseBigramLM(NameGeneration, NameStatistics, DensityMixin, BaseNamesEstimator):
    """Base class of the bigram language models.

    A subclass defines ``_estimate(learned)``, which turns `EncodedCounts` into a dict of fitted
    attributes. One of these is `transition_`, a `TransitionMatrix`.
    """

    _parameter_constraints: dict = {"tokenizer": [NameTokenizer, None]}

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, sample_weight=None):
        """Fit the model to names.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            The names; or a 2-D array or CSR array of non-negative integers, a row a name, in
            which trailing zeros are padding. Or :class:`BigramCounts` of names.

        y : None
            Ignored.

        sample_weight : array-like of shape (n_names,), default=None
            How often each name counts. Symbols seen only with weight 0 are not learned.

        Returns
        -------
        self : object
            The fitted model.

        Raises
        ------
        ValueError
            If X is empty, not one-dimensional names nor a table of token ids, or holds a name
            with the boundary symbol. The model is then as it was.
        TypeError
            If a name is not a str.
        """
        learned = learn(X, self, sample_weight)
        return self._assign(learned, self._estimate(learned))

    @fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y=None, sample_weight=None):
        """Add names to those fitted so far; the result is that of one fit on all of them.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            More names, of the kind that was fitted before, or :class:`BigramCounts` of them.
            They may hold new symbols.

        y : None
            Ignored.

        sample_weight : array-like of shape (n_names,), default=None
            How often each name counts.

        Returns
        -------
        self : object
            The fitted model.
        """
        if not hasattr(self, "counts_"):
            return self.fit(X, sample_weight=sample_weight)
        self._validate_params()  # which fit_context leaves out here
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
            The sum of the log-probabilities of each name's bigrams, its end included; -inf if one
            is impossible.
        """
        streams = self._streams(X)
        return np.concatenate([self.transition_.log_likelihood(stream) for stream in streams])

    def score(self, X, y=None, sample_weight=None):
        """Compute the mean log-likelihood per bigram, in nats: minus the mean NLL.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names, or :class:`BigramCounts` of them.

        y : None
            Ignored.

        sample_weight : array-like of shape (n_names,), default=None
            How often each name counts.

        Returns
        -------
        score : float
            The log-likelihood of all names, divided by the number of their bigrams.
        """
        check_is_fitted(self)
        encoder, transition = self._encoder, self.transition_
        if isinstance(X, BigramCounts):
            encoder.check(X, type(self).__name__)
            counts = check_counts(X, encoder.coder, sample_weight)
            N, ids = counts.matrix.tocoo(), np.array(encoder.find(counts.symbols))
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
        """Compute the perplexity per bigram: exp of the mean NLL.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        perplexity : float
            From 1, if each symbol was certain, to inf, if one was impossible.
        """
        with np.errstate(over="ignore"):
            return float(np.exp(-self.score(X)))

    def predict_log_proba(self, X):
        """Compute the log-probabilities of the symbol after each prefix.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Prefixes of names; the empty one asks how names begin.

        Returns
        -------
        log_proba : ndarray of shape (n_names, n_symbols)
            A row a prefix; columns are in the order of `classes_`.
        """
        last = self._last_symbols(X)
        return self.transition_.log_rows(last)

    def predict_proba(self, X):
        """Compute the probabilities of the symbol after each prefix.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Prefixes of names; the empty one asks how names begin.

        Returns
        -------
        proba : ndarray of shape (n_names, n_symbols)
            A row a prefix; columns are in the order of `classes_`.
        """
        last = self._last_symbols(X)
        return self.transition_.rows(last)

    def predict(self, X):
        """Predict the most likely symbol after each prefix.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Prefixes of names; the empty one asks how names begin.

        Returns
        -------
        symbols : ndarray of shape (n_names,)
            Elements of `classes_`; the boundary says that the name ends.
        """
        last = self._last_symbols(X)
        return self.classes_[self.transition_.argmax(last)]

    def to_arpa(self, file):
        """Write the model as an ARPA file, which KenLM, SRILM and others read.

        A name is then a sentence of symbols with spaces between, scored from ``<s>`` to ``</s>``.
        In symbols, ``<``, whitespace, control characters and surrogates are written as their code
        points, such as ``<U+0020>`` for a space. The symbol of ``handle_unknown="use_unknown"``
        is ``<unk>``; without it ``<unk>`` is impossible, which ARPA writes as -99.

        Parameters
        ----------
        file : str, path-like or file object
            A path, compressed if it ends in ``.gz``, whose file is written whole or not at all;
            or a file open for writing, of bytes, or of text that is encoded as UTF-8.

        Examples
        --------
        >>> import io
        >>> from sklearn_bigram import CountBigramLM
        >>> file = io.StringIO()
        >>> CountBigramLM().fit(["emma", "ava"]).to_arpa(file)
        >>> file.getvalue().splitlines()[2:4]
        ['ngram 1=7', 'ngram 2=8']
        """
        from sklearn_bigram.markov._arpa import UNKNOWN_WORD, escape, write_arpa

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
        # Not a classifier, but scikit-learn's check of sparse input reads this of anything that
        # has `predict_proba`, to know how many columns to expect: the two ids that it sends in.
        tags.classifier_tags = ClassifierTags(multi_class=False)
        return tags

    def _assign(self, learned, estimate):
        """Set the fitted attributes, all at once: an interrupt comes before or after."""
        self.__dict__.update(
            _encoder=learned.encoder,
            symbols_=learned.encoder.symbols,
            counts_=learned.matrix,
            **estimate,
        )
        return self

    def _last_symbols(self, X):
        """Return the id of the last symbol of each prefix, 0 if it is empty."""
        last = [stream.ids[stream.starts[1:] - 1] for stream in self._streams(X)]
        return np.concatenate(last).astype(np.intp)

    def _transition_of_fitted(self):
        check_is_fitted(self)
        return self.transition_
