"""BigramClassifier: a language model for each class, and Bayes' rule."""

import copy
from numbers import Integral

import numpy as np
from scipy.special import logsumexp
from sklearn.base import ClassifierMixin, clone
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_bigram.counting._counting import (
    BigramCounts,
    count_names_by_class,
    count_stream_by_class,
)
from sklearn_bigram.models._base import BaseBigramLM
from sklearn_bigram.models._count import CountBigramLM
from sklearn_bigram.models._input import INPUT_ATTRIBUTES, BaseNamesEstimator, new_tokenizer
from sklearn_bigram.utils._validation import (
    check_labels,
    check_names,
    check_priors,
    check_weights,
    fit_context,
)


def fit_class(model, counts, learned):
    """Fit a model to the counts of one class, given what was learned of X, and return it."""
    vars(model).update(learned)
    model._learn(counts, model)
    return model


class BigramClassifier(ClassifierMixin, BaseNamesEstimator):
    r"""Classifier of names: a bigram language model for each class, and Bayes' rule.

    A name belongs to the class whose model makes it most likely, weighed by how frequent the class
    is. All models share one alphabet, that of all the names, so that what they say is comparable.

    Parameters
    ----------
    estimator : CountBigramLM or NeuralBigramLM, default=None
        The model, of which a clone is fitted to each class. None stands for ``CountBigramLM()``.
        To tune a parameter of it, such as ``estimator__alpha``, give it.

    priors : array-like of shape (n_classes,), default=None
        The probability of each class, in the order of `classes_`. By default its share of the
        training names.

    n_jobs : int, default=None
        How many classes to fit at the same time. None means 1, unless in a
        ``joblib.parallel_config`` context, -1 all processors. It pays for gradient descent only.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    class_log_prior_ : ndarray of shape (n_classes,)
        The logarithm of the probability of each class.

    estimators_ : list of n_classes models
        The fitted model of each class, in the order of `classes_`.

    symbols_ : ndarray of shape (n_symbols,)
        The symbols of all models, str objects, the first the boundary; for token ids, the ids.

    tokenizer_ : NameTokenizer
        The fitted tokenizer, if fitted on names.

    n_features_in_ : int
        Number of columns, if fitted on token ids.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if fitted on token ids in a data frame.

    See Also
    --------
    CountBigramLM : The model of a class, unless another is given.

    Notes
    -----
    For a name of the symbols :math:`x_1 \ldots x_m` between boundaries :math:`x_0` and
    :math:`x_{m+1}`,

    .. math:: P(c \mid x) \propto P(c) \prod_{k=1}^{m+1} P_c(x_k \mid x_{k-1})

    A symbol that only names of another class hold is unlikely in a class, not unknown. A name that
    is impossible in every class, as may happen with ``alpha=0``, says nothing of its class: its
    probabilities are the priors.

    A class whose names all have weight 0 keeps its place: its model has seen nothing and is
    uniform, and its prior is 0 unless `priors` says otherwise.

    References
    ----------
    .. [1] F. Peng, D. Schuurmans and S. Wang, "Augmenting naive Bayes classifiers with statistical
       language models", Information Retrieval 7, 2004.

    Examples
    --------
    >>> from sklearn_bigram import BigramClassifier
    >>> X = ["rossi", "bianchi", "ricci", "novák", "dvořák", "černý"]
    >>> y = ["it", "it", "it", "cs", "cs", "cs"]
    >>> classifier = BigramClassifier().fit(X, y)
    >>> classifier.predict(["rocci", "horák"])
    array(['it', 'cs'], dtype='<U2')
    >>> classifier.predict_proba(["rocci", "horák"]).round(2)
    array([[0.02, 0.98],
           [0.88, 0.12]])
    """

    _parameter_constraints: dict = {
        "estimator": [BaseBigramLM, None],
        "priors": ["array-like", None],
        "n_jobs": [Integral, None],
    }

    def __init__(self, estimator=None, *, priors=None, n_jobs=None):
        self.estimator = estimator
        self.priors = priors
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, sample_weight=None):
        """Fit a model to the names of each class.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            The names; or a 2-D array or CSR array of non-negative integers, a row a name, in
            which trailing zeros are padding.

        y : array-like of shape (n_names,)
            The class of each name.

        sample_weight : array-like of shape (n_names,), default=None
            How often each name counts, for its model and for the priors. Symbols seen only with
            weight 0 are not learned.

        Returns
        -------
        self : BigramClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If X is empty, not one-dimensional names nor a table of token ids, or holds a name
            with the boundary symbol; if y does not hold a label a name; if `priors` are not
            probabilities of its classes. The classifier is then as it was.
        TypeError
            If a name is not a str.
        """
        fitted = copy.copy(self)
        for name in INPUT_ATTRIBUTES:
            fitted.__dict__.pop(name, None)
        estimator = CountBigramLM() if self.estimator is None else self.estimator
        estimator._validate_params()
        names = check_names(X)
        fitted.classes_, y = check_labels(y)
        check_consistent_length(X if names is None else names, y)
        weights = check_weights(sample_weight, len(y))
        if self.priors is None:
            sizes = np.bincount(y, weights)
            priors = sizes / sizes.sum()
        else:
            priors = check_priors(self.priors, len(fitted.classes_))
        with np.errstate(divide="ignore"):
            fitted.class_log_prior_ = np.log(priors)
        if names is None:
            counts = fitted._count_ids(X, y, weights)
        else:
            tokenizer = new_tokenizer(estimator.tokenizer)
            counts = fitted._count_names(names, y, weights, tokenizer)
        learned = {name: vars(fitted)[name] for name in INPUT_ATTRIBUTES if name in vars(fitted)}
        fitted.estimators_ = Parallel(n_jobs=self.n_jobs)(
            delayed(fit_class)(clone(estimator), part, learned) for part in counts
        )
        fitted.symbols_ = fitted.estimators_[0].symbols_
        self.__dict__ = fitted.__dict__
        return self

    def predict_joint_log_proba(self, X):
        """Compute the log-probability of each name and each class together.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        joint_log_proba : ndarray of shape (n_names, n_classes)
            The log-likelihood of each name in each class plus `class_log_prior_`, in nats; -inf
            if the name is impossible in the class.
        """
        check_is_fitted(self)
        log_likelihood = [
            np.stack([model._transition.log_likelihood(stream) for model in self.estimators_], 1)
            for stream in self._streams(X)
        ]
        return np.concatenate(log_likelihood) + self.class_log_prior_

    def predict_log_proba(self, X):
        """Compute the log-probabilities of the classes of each name.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        log_proba : ndarray of shape (n_names, n_classes)
            A row a name; columns are in the order of `classes_`. Those of a name that is
            impossible in every class are `class_log_prior_`.
        """
        log_proba = self.predict_joint_log_proba(X)
        log_proba[np.all(log_proba == -np.inf, axis=1)] = self.class_log_prior_
        return log_proba - logsumexp(log_proba, axis=1, keepdims=True)

    def predict_proba(self, X):
        """Compute the probabilities of the classes of each name.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        proba : ndarray of shape (n_names, n_classes)
            A row a name; columns are in the order of `classes_`. Those of a name that is
            impossible in every class are the priors.
        """
        return np.exp(self.predict_log_proba(X))

    def predict(self, X):
        """Predict the most probable class of each name.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        y : ndarray of shape (n_names,)
            Elements of `classes_`.
        """
        best = self.predict_log_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _count_names(self, names, y, weights, tokenizer):
        """Count the names of each class, and learn the symbols of all into `tokenizer_`."""
        n_classes = len(self.classes_)
        counts, longest = count_names_by_class(tokenizer, names, y, n_classes, weights)
        symbols = counts[0].symbols
        tokenizer._learn(symbols[1:], longest)
        self.tokenizer_ = tokenizer
        return [part.relabel(tokenizer._find_ids(symbols), tokenizer.symbols_) for part in counts]

    def _count_ids(self, X, y, weights):
        """Count the token ids of each class, up to the largest of all."""
        stream = self._stream_of_ids(X, reset=True)
        n_classes, n_ids = len(self.classes_), int(stream.ids.max()) + 1
        seen, parts = count_stream_by_class(stream, n_ids, y, n_classes, weights)
        n_symbols = int(seen[-1]) + 1
        return [BigramCounts._of(range(n_symbols), N[:n_symbols, :n_symbols]) for N in parts]
