"""BigramClassifier: one language model per class, combined by Bayes' rule."""

from numbers import Integral

import numpy as np
from scipy.special import logsumexp
from sklearn.base import ClassifierMixin, clone
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.markov._transition import log
from sklearn_bigram.models._base import BaseBigramLM
from sklearn_bigram.models._count import make_default_model
from sklearn_bigram.models._encoding import BaseNamesEstimator
from sklearn_bigram.models._learning import EncodedCounts
from sklearn_bigram.models._learning_by_class import (
    ClassCounts,
    find_seen,
    learn_by_class,
    learn_more_by_class,
    resolve_labeled,
)
from sklearn_bigram.tokenization._containers import TokenIds, resolve
from sklearn_bigram.tokenization._stream import slice_names
from sklearn_bigram.tokenization._token_ids import check_token_ids
from sklearn_bigram.utils._validation import (
    StrOptions,
    check_classes,
    check_priors,
    fit_context,
)

_CELLS_PER_PIECE = 2**18  # names times classes that are computed at a time


class BigramClassifier(ClassifierMixin, BaseNamesEstimator):
    r"""Classifier of names with one bigram language model per class and Bayes' rule.

    The predicted class maximizes the product of the likelihood of the name and the prior
    probability of the class. All models share the alphabet of all training names, so that their
    likelihoods are comparable.

    Parameters
    ----------
    estimator : CountBigramLM or NeuralBigramLM, default=None
        The language model. A clone of it is fitted to the names of each class. If None, the model
        is ``CountBigramLM(smoothing="dirichlet", tokenizer=NameTokenizer(boundary="\n",
        handle_unknown="use_unknown"))``. It needs no tuning. Names may hold any symbol except a
        line feed: unknown symbols and dots are not errors. To tune a nested parameter such as
        ``estimator__alpha``, pass the model explicitly.

    priors : "uniform", dict or array-like of shape (n_classes,), default=None
        Prior probabilities of the classes: a dict by label, or an array in the order of `classes_`.
        "uniform" gives all classes the same. If None, the relative frequencies of the classes in
        the training data are used.

    n_jobs : int, default=None
        Number of classes to fit in parallel. None means 1 unless in a
        ``joblib.parallel_config`` context. -1 means using all processors. Parallel fitting is
        worthwhile only for gradient descent.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted.

    class_count_ : ndarray of shape (n_classes,)
        The number of training names of each class, or the sum of their weights.

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

    A symbol that no class has seen says nothing about the class, so the product leaves out all
    bigrams that contain it. Otherwise, the class with the fewest names would be nearly certain,
    since its model expects unseen symbols most. Such a symbol is unknown, or only in the `alphabet`
    of the tokenizer, or only in training names whose weight or prior is 0. A name of such symbols
    alone has the priors as its class probabilities.

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
    >>> classifier.predict_proba(["rocci", "horák", "ßß"]).round(3)
    array([[0.   , 1.   ],
           [0.989, 0.011],
           [0.5  , 0.5  ]])

    From counts of each class, such as those of large files:

    >>> from sklearn_bigram import count_bigrams
    >>> counts = {"it": count_bigrams(X[:3]), "cs": count_bigrams(X[3:])}
    >>> BigramClassifier().fit(counts).predict(["rocci", "horák"])
    array(['it', 'cs'], dtype='<U2')
    """

    _parameter_constraints: dict = {
        "estimator": [BaseBigramLM, None],
        "priors": [StrOptions({"uniform"}), dict, "array-like", None],
        "n_jobs": [Integral, None],
    }

    def __init__(self, estimator=None, *, priors=None, n_jobs=None):
        self.estimator = estimator
        self.priors = priors
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, sample_weight=None):
        """Fit one model to the names of each class.

        Parameters
        ----------
        X : list, array or Series of str, token ids of shape (n_names, n_columns), or dict
            The training names, or a 2-D array or CSR array of non-negative integers with one row
            per name, where trailing zeros are padding. A dict holds the :class:`BigramCounts` of
            each class by its label; `y` is then left out. The default model takes their boundary,
            which names must not contain.

        y : array-like of shape (n_names,)
            The class label of each name. None if X is a dict.

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
        return self._fit(X, y, None, sample_weight)

    @fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y=None, classes=None, sample_weight=None):
        """Add more training names to a fitted classifier.

        The result is the same as that of one `fit` on all names.

        Parameters
        ----------
        X : list, array or Series of str, token ids of shape (n_names, n_columns), or dict
            More names, in the form used in earlier calls, or a dict that holds their
            :class:`BigramCounts` by label. They may contain new symbols, but no new labels.

        y : array-like of shape (n_names,)
            The class label of each name. None if X is a dict.

        classes : array-like of shape (n_classes,), default=None
            All labels that y may hold, in any call. Used in the first call, where None stands for
            the labels of y. In later calls, it must be the same or None.

        sample_weight : array-like of shape (n_names,), default=None
            Weight of each name.

        Returns
        -------
        self : BigramClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            As in `fit`; or if y holds a label that is not among the classes, or `classes` differs
            from those of an earlier call. The classifier is then unchanged.

        Examples
        --------
        >>> from sklearn_bigram import BigramClassifier
        >>> classifier = BigramClassifier().partial_fit(["rossi"], ["it"], classes=["cs", "it"])
        >>> classifier.partial_fit(["novák", "ricci"], ["cs", "it"]).class_count_
        array([1., 2.])
        """
        if classes is not None:
            classes = check_classes(classes)
        if not hasattr(self, "classes_"):
            return self._fit(X, y, classes, sample_weight)
        if classes is not None and classes.tolist() != self.classes_.tolist():
            raise ValueError(
                f"classes is {classes.tolist()}, but this classifier was fitted with "
                f"{self.classes_.tolist()}: leave out classes, or call fit on all names."
            )
        self._validate_params()  # fit_context skips this for a fitted estimator
        model = self._model()
        model._validate_params()
        labeled = resolve_labeled(X, y, sample_weight, self.classes_)
        matrices = [fitted.counts_ for fitted in self.estimators_]
        known = ClassCounts(self._encoder, matrices, self.class_count_)
        sizes = known.sizes + labeled.sizes()
        log_prior = self._find_log_prior(labeled.classes, sizes)
        learned = learn_more_by_class(labeled, self, known)
        return self._fit_models(labeled.classes, log_prior, learned, model)

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
            -inf if the name is impossible in the class. Bigrams with a symbol that no class has
            seen do not count, see the Notes.
        """
        return self._predict(X, np.asarray)

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
        return self._predict(X, self._normalize)

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
        return self._predict(X, lambda joint: np.exp(self._normalize(joint)))

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
        best = self._predict(X, lambda joint: self._normalize(joint).argmax(axis=1))
        return self.classes_[best]

    def _fit(self, X, y, classes, sample_weight):
        """Fit the classifier to names and forget what it was fitted on before."""
        model = self._model()
        model._validate_params()
        labeled = resolve_labeled(X, y, sample_weight, classes)
        if self.estimator is None and labeled.boundary() is not None:
            model.tokenizer.set_params(boundary=labeled.boundary())
        log_prior = self._find_log_prior(labeled.classes, labeled.sizes())
        learned = learn_by_class(labeled, self, model.tokenizer)
        return self._fit_models(labeled.classes, log_prior, learned, model)

    def _model(self):
        """Return the language model of each class, unfitted."""
        return make_default_model() if self.estimator is None else self.estimator

    def _find_log_prior(self, classes, sizes):
        """Return the log prior probability of each class, given the weight of its names."""
        if self.priors is not None:
            return log(check_priors(self.priors, classes))
        if len(sizes) > 0 and not sizes.any():
            raise ValueError(
                "X is a dict of counts in which no name starts, so the classes have no relative "
                "frequencies: give priors."
            )
        return log(sizes / sizes.sum())

    def _fit_models(self, classes, log_prior, learned, model):
        """Fit the model of each class to its counts, and set all fitted attributes at once."""
        models = Parallel(n_jobs=self.n_jobs)(
            delayed(clone(model).fit)(EncodedCounts(learned.encoder, N)) for N in learned.matrices
        )
        possible = np.flatnonzero(log_prior > -np.inf)
        self.__dict__.update(
            _encoder=learned.encoder,
            _seen=find_seen([learned.matrices[i] for i in possible]),
            symbols_=learned.encoder.symbols,
            classes_=classes,
            class_count_=learned.sizes,
            class_log_prior_=log_prior,
            estimators_=models,
        )
        return self

    def _predict(self, X, function):
        """Return a function of the joint log-probabilities, (n_names, ...).

        It is called with a piece of them at a time, (n_names_in_piece, n_classes), so that no array
        but the result is larger than a piece.
        """
        check_is_fitted(self)
        X = resolve(X)
        self._encoder.check(X, type(self).__name__)
        if isinstance(X, TokenIds):
            X = TokenIds(X.table, check_token_ids(X, self, is_fitted=True))
            n_names = X.ids.shape[0]
        else:
            n_names = len(X)
        result, stop = None, 0
        for stream in self._encoder.streams(X, self):
            for piece in self._split(stream):
                part = function(self._joint_log_proba(piece))
                if result is None:
                    result = np.empty((n_names, *part.shape[1:]), part.dtype)
                start, stop = stop, stop + len(part)
                result[start:stop] = part
        return result

    def _split(self, stream):
        """Return a stream as pieces that are small enough for the number of classes."""
        step = max(1, _CELLS_PER_PIECE // len(self.classes_))
        n_names = len(stream.starts) - 1
        return (slice_names(stream, start, start + step) for start in range(0, n_names, step))

    def _joint_log_proba(self, stream):
        """Return the joint log-probabilities of the names in a stream, (n_names, n_classes)."""
        left_out = None
        seen = self._seen.take(stream.ids)
        if not seen.all():
            left_out = np.flatnonzero(~(seen[:-1] & seen[1:]))
        columns = [model.transition_.log_likelihood(stream, left_out) for model in self.estimators_]
        return np.stack(columns, axis=1) + self.class_log_prior_

    def _normalize(self, joint):
        """Return the log-probabilities of the classes, given the joint ones of some names."""
        joint[np.all(joint == -np.inf, axis=1)] = self.class_log_prior_
        return joint - logsumexp(joint, axis=1, keepdims=True)
