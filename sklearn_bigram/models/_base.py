"""What both models share: ids to counts, and all that P can say."""

import copy

import numpy as np
from sklearn.base import DensityMixin
from sklearn.utils import ClassifierTags
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.counting._counting import BigramCounts, count_names, count_stream
from sklearn_bigram.models._generation import NameGeneration
from sklearn_bigram.models._input import INPUT_ATTRIBUTES, BaseNamesEstimator, new_tokenizer
from sklearn_bigram.models._statistics import NameStatistics
from sklearn_bigram.tokenization._tokenizer import NameTokenizer
from sklearn_bigram.utils._text import shorten
from sklearn_bigram.utils._validation import (
    check_names,
    check_weights,
    fit_context,
)


def check_counts(counts, tokenizer, sample_weight):
    """Return counts that a model can be fitted or scored on, or say why not."""
    boundary, symbols = tokenizer.boundary, counts.symbols[1:]
    if sample_weight is not None:
        raise ValueError(
            "sample_weight does not go with counts: weigh names when they are counted."
        )
    if counts.symbols[0] != boundary:
        raise ValueError(
            f"The boundary symbol of the counts is {counts.symbols[0]!r}, that of the tokenizer "
            f"{boundary!r}: give the model tokenizer=NameTokenizer(boundary={counts.symbols[0]!r})."
        )
    if tokenizer.analyzer == "char" and any(len(symbol) != 1 for symbol in symbols):
        long = next(symbol for symbol in symbols if len(symbol) != 1)
        raise ValueError(
            f"The counts have the symbol {shorten(long)}, which is no character: use the tokenizer "
            "that they were counted with."
        )
    return counts


class BaseBigramLM(NameGeneration, NameStatistics, DensityMixin, BaseNamesEstimator):
    """Base class of the bigram language models.

    A subclass turns `counts_` into `_transition`, in `_estimate`.
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
        return self._fit(X, sample_weight, partial=False)

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
        return self._fit(X, sample_weight, partial=hasattr(self, "counts_"))

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
        transition = self._transition_of_fitted()
        return np.concatenate([transition.log_likelihood(stream) for stream in self._streams(X)])

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
        transition = self._transition_of_fitted()
        if isinstance(X, BigramCounts):
            self._check_kind("names")
            counts = check_counts(X, self.tokenizer_, sample_weight)
            counts = counts.relabel(self.tokenizer_._find_ids(counts.symbols), self.symbols_)
            N = counts.matrix.tocoo()
            return float(N.data @ transition.log_proba(N.row, N.col) / N.data.sum())
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
        return self._transition_of_fitted().log_rows(self._last_symbols(X))

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
        return self._transition_of_fitted().rows(self._last_symbols(X))

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
        transition = self._transition_of_fitted()
        return self.classes_[transition.argmax(self._last_symbols(X))]

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

        transition = self._transition_of_fitted()
        words = [escape(str(symbol)) for symbol in self.symbols_]
        if hasattr(self, "tokenizer_") and self.tokenizer_.handle_unknown == "use_unknown":
            words[1] = UNKNOWN_WORD
        write_arpa(file, transition, words)

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

    def _fit(self, X, sample_weight, *, partial):
        """Fit a copy, and become it when nothing can go wrong any more."""
        fitted = copy.copy(self)
        if partial:
            self._validate_params()  # scikit-learn leaves it out where a fit came before
        else:
            for name in INPUT_ATTRIBUTES:
                fitted.__dict__.pop(name, None)
        names = X if isinstance(X, BigramCounts) else check_names(X)
        if names is None:
            counts = fitted._count_ids(X, sample_weight, partial)
        else:
            counts = fitted._count_names(names, sample_weight, partial)
        if partial:
            counts = BigramCounts._of(self.symbols_, self.counts_) + counts
        if names is not None:
            counts = counts.relabel(
                fitted.tokenizer_._find_ids(counts.symbols), fitted.tokenizer_.symbols_
            )
        fitted._learn(counts, self)
        self.__dict__ = fitted.__dict__
        return self

    def _learn(self, counts, previous):
        """Become the model of counts of all the symbols to know."""
        self._estimate(counts, previous)
        self.counts_ = counts.matrix
        self.symbols_ = np.array(
            counts.symbols, dtype=object if hasattr(self, "tokenizer_") else np.intp
        )

    def _count_names(self, names, sample_weight, partial):
        """Count names, if they are not counted yet, and learn their symbols into `tokenizer_`."""
        if partial:
            self._check_kind("names")
            tokenizer = copy.copy(self.tokenizer_)
        else:
            tokenizer = new_tokenizer(self.tokenizer)
        if isinstance(names, BigramCounts):
            counts, longest = check_counts(names, tokenizer, sample_weight), 0
        else:
            weights = check_weights(sample_weight, len(names))
            counts, longest = count_names(tokenizer, names, weights)
        tokenizer._learn(counts.symbols[1:], longest, partial=partial)
        self.tokenizer_ = tokenizer
        return counts

    def _count_ids(self, X, sample_weight, partial):
        """Count token ids, and remember what kind of table they came in."""
        if partial:
            self._check_kind("ids")
        stream = self._stream_of_ids(X, reset=not partial)
        return count_stream(stream, check_weights(sample_weight, len(stream.n_bigrams)))

    def _last_symbols(self, X):
        """Return the id of the last symbol of each prefix, 0 if it is empty."""
        last = [stream.ids[stream.starts[1:] - 1] for stream in self._streams(X)]
        return np.concatenate(last).astype(np.intp)

    def _transition_of_fitted(self):
        check_is_fitted(self)
        return self._transition
