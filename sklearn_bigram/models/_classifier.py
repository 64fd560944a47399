"""BigramClassifier: one language model per class, combined by Bayes' rule."""

from numbers import Integral

import numpy as np
from scipy.special import logsumexp
from sklearn.base import ClassifierMixin, clone
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_consistent_length

from sklearn_bigram.models._base import BaseBigramLM
from sklearn_bigram.models._count import CountBigramLM
from sklearn_bigram.models._encoding import BaseNamesEstimator
from sklearn_bigram.models._learning import EncodedCounts, learn_by_class
from sklearn_bigram.tokenization._containers import TokenIds, resolve
from sklearn_bigram.utils._validation import (
    check_labels,
    check_priors,
    check_weights,
    fit_context,
)


class BigramClassifier(ClassifierMixin, BaseNamesEstimator):
    r"""Classifier of names with one bigram language model per class and Bayes' rule.

    The predicted class maximizes the product of the likelihood of the name and the prior
    probability of the class. All models share the alphabet of all training names, so that their
    likelihoods are comparable.

    Parameters
    ----------
    estimator : CountBigramLM or NeuralBigramLM, default=None
        The language model. A clone of it is fitted to the names of each class. If None,
        ``CountBigramLM()`` is used. To tune a nested parameter such as ``estimator__alpha``, pass
        the model explicitly.

    priors : array-like of shape (n_classes,), default=None
        Prior probabilities of the classes, in the order of `classes_`. If None, the relative
        frequencies of the classes in the training data are used.

    n_jobs : int, default=None
        Number of classes to fit in parallel. None means 1 unless in a
        ``joblib.parallel_config`` context. -1 means using all processors. Parallel fitting is
        worthwhile only for gradient descent.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted.

    class_log_prior_ : ndarray of shape (n_classes,)
        The log prior probability of each class.

    estimators_ : list of n_classes models
        The fitted model of each class, in the order of `classes_`.

    symbols_ : ndarray of shape (n_symbols,)
        The symbols shared by all models, as str objects. The first is the boundary. For token
        ids, the ids.

    tokenizer_ : NameTokenizer
        The fitted tokenizer. Only set when fitted on names.

    n_features_in_ : int
        Number of columns. Only set when fitted on token ids.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Only set when fitted on token ids in a data frame.

    See Also
    --------
    CountBigramLM : The default model of each class.

    Notes
    -----
    For a name with the symbols :math:`x_1 \ldots x_m` between the boundaries :math:`x_0` and
    :math:`x_{m+1}`,

    .. math:: P(c \mid x) \propto P(c) \prod_{k=1}^{m+1} P_c(x_k \mid x_{k-1}).

    See [1]_ for this kind of classifier. If a symbol occurs only in the names of one class, the
    models of the other classes treat it as unseen, not as unknown. If a name is impossible in every
    class, which may happen with ``alpha=0``, its class probabilities are the priors.

    If all names of a class have weight 0, the class stays in `classes_`. Its model is fitted
    without counts, and its prior is 0 unless `priors` is given.

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
        """Fit one model to the names of each class.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            The training names, or a 2-D array or CSR array of non-negative integers with one row
            per name, where trailing zeros are padding.

        y : array-like of shape (n_names,)
            The class label of each name.

        sample_weight : array-like of shape (n_names,), default=None
            Weight of each name, for its model and for the priors. Symbols that occur only in
            names of weight 0 are not learned.

        Returns
        -------
        self : BigramClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If X is empty, is neither one-dimensional names nor a table of token ids, or contains
            a name with the boundary symbol; if y does not have one label per name; if `priors`
            are not valid probabilities of the classes. The classifier is then unchanged.
        TypeError
            If a name is not a str.
        """
        model = CountBigramLM() if self.estimator is None else self.estimator
        model._validate_params()
        X = resolve(X)
        classes, y = check_labels(y)
        check_consistent_length(X.table if isinstance(X, TokenIds) else X.values, y)
        weights = check_weights(sample_weight, len(y))
        if self.priors is None:
            sizes = np.bincount(y, weights)
            priors = sizes / sizes.sum()
        else:
            priors = check_priors(self.priors, len(classes))
        encoder, counts = learn_by_class(X, self, model, y, len(classes), weights)
        models = Parallel(n_jobs=self.n_jobs)(
            delayed(clone(model).fit)(EncodedCounts(encoder, N)) for N in counts
        )
        with np.errstate(divide="ignore"):
            log_prior = np.log(priors)
        self.__dict__.update(
            _encoder=encoder,
            symbols_=encoder.symbols,
            classes_=classes,
            class_log_prior_=log_prior,
            estimators_=models,
        )
        return self

    def predict_joint_log_proba(self, X):
        """Compute the joint log-probability of each name and each class.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        joint_log_proba : ndarray of shape (n_names, n_classes)
            The log-likelihood of each name in each class plus `class_log_prior_`, in nats. It is
            -inf if the name is impossible in the class.
        """
        streams = self._streams(X)
        log_likelihood = [
            np.stack([model.transition_.log_likelihood(stream) for model in self.estimators_], 1)
            for stream in streams
        ]
        return np.concatenate(log_likelihood) + self.class_log_prior_

    def predict_log_proba(self, X):
        """Compute the log-probability of each class for each name.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        log_proba : ndarray of shape (n_names, n_classes)
            One row per name, with the columns in the order of `classes_`. If a name is impossible
            in every class, its row is `class_log_prior_`.
        """
        log_proba = self.predict_joint_log_proba(X)
        log_proba[np.all(log_proba == -np.inf, axis=1)] = self.class_log_prior_
        return log_proba - logsumexp(log_proba, axis=1, keepdims=True)

    def predict_proba(self, X):
        """Compute the probability of each class for each name.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        proba : ndarray of shape (n_names, n_classes)
            One row per name, with the columns in the order of `classes_`. If a name is impossible
            in every class, its row holds the priors.
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
            The predicted class labels.
        """
        best = self.predict_log_proba(X).argmax(axis=1)
        return self.classes_[best]
