"""BigramOutlierDetector: names that do not look like the others."""

from numbers import Real

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.counting._counts import BigramCounts
from sklearn_bigram.models._base import BaseBigramLM
from sklearn_bigram.models._count import CountBigramLM
from sklearn_bigram.tokenization._containers import Names, TokenIds, resolve
from sklearn_bigram.tokenization._token_ids import check_token_ids
from sklearn_bigram.tokenization._tokenizer import NameTokenizer
from sklearn_bigram.utils._sparse import with_data
from sklearn_bigram.utils._validation import (
    Interval,
    StrOptions,
    check_weights,
    count_rows,
    fit_context,
    take_rows,
)

_AUTO_OFFSET = -3.0


class BigramOutlierDetector(OutlierMixin, BaseEstimator):
    r"""Detect names that are unlike the others, by the standard score of their log-likelihood.

    A name is an outlier if a bigram model finds it much less likely than the names of its length
    are that the model draws itself. The length alone makes none.

    Parameters
    ----------
    estimator : CountBigramLM or NeuralBigramLM, default=None
        The model; a clone of it is fitted. None stands for one in which symbols that the training
        names lack are rare, not an error, dots included: ``CountBigramLM(tokenizer=
        NameTokenizer(boundary="\n", handle_unknown="use_unknown"))``. To tune a parameter of
        it, such as ``estimator__alpha``, give it.

    contamination : "auto" or float, default="auto"
        The share of outliers in the training names, at most 0.5. With "auto" an outlier is what
        scores below -3, three standard deviations less likely than the mean of its length.

    Attributes
    ----------
    estimator_ : CountBigramLM or NeuralBigramLM
        The fitted model.

    offset_ : float
        The score that outliers are below.

    n_features_in_ : int
        Number of columns, if fitted on token ids.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if fitted on token ids in a data frame.

    See Also
    --------
    CountBigramLM.standard_score_samples : The score.

    Notes
    -----
    The training names may hold outliers: a few among many hardly change the model. A model
    without smoothing (``alpha=0``) calls each name an outlier that has a new bigram. With many
    symbols and few names, ``alpha=1`` smooths so much that nothing is odd: use
    ``CountBigramLM(smoothing="kneser-ney")``, or give `contamination`.

    Token ids may be negative here, as scikit-learn wants it of outlier detectors. If some of the
    training data are, the ids 0, 1, -1, 2, -2, ... are numbered 0, 1, 2, 3, 4, ... for the model.

    Examples
    --------
    >>> from sklearn_bigram import BigramOutlierDetector
    >>> from sklearn_bigram.datasets import load_names
    >>> detector = BigramOutlierDetector().fit(load_names())
    >>> detector.predict(["emma", "jo", "christopher", "xq", "asdfghjkl", "ema9"])
    array([ 1,  1,  1, -1, -1, -1])
    """

    _parameter_constraints: dict = {
        "estimator": [BaseBigramLM, None],
        "contamination": [StrOptions({"auto"}), Interval(Real, 0, 0.5, closed="right")],
    }

    def __init__(self, estimator=None, *, contamination="auto"):
        self.estimator = estimator
        self.contamination = contamination

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, sample_weight=None):
        """Fit the model to names, and find the score that outliers are below.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            The names. Or, with ``contamination="auto"``, :class:`BigramCounts` of them.

        y : None
            Ignored.

        sample_weight : array-like of shape (n_names,), default=None
            How often each name counts, in the model and in the share of outliers.

        Returns
        -------
        self : object
            The fitted detector.

        Raises
        ------
        ValueError
            If the model cannot be fitted to X. The detector is then as it was.
        """
        counted = isinstance(X, BigramCounts)
        if not counted:
            X = resolve(X)
        if counted and self.contamination != "auto":
            raise ValueError(
                f"X is BigramCounts, but contamination={self.contamination} is a share of names, "
                "which counts do not hold: pass names, or use contamination='auto'."
            )
        signed = isinstance(X, TokenIds) and has_negative(X.table)
        X = fold(X) if signed else X
        model = clone(self._model())
        if counted and self.estimator is None:
            model.tokenizer.set_params(boundary=X.symbols[0])
        model.fit(X, sample_weight=sample_weight)
        offset = _AUTO_OFFSET
        if self.contamination != "auto":
            X, weights = drop_weightless(X, sample_weight)
            offset = find_offset(model.standard_score_samples(X), weights, self.contamination)
        self.__dict__.update(estimator_=model, offset_=offset, _signed=signed)
        return self

    def score_samples(self, X):
        """Compute the standard score of the log-likelihood of each name.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        score : ndarray of shape (n_names,)
            How many standard deviations the log-likelihood is above the mean of its length; the
            lower, the more of an outlier, down to -inf for an impossible name.
        """
        check_is_fitted(self)
        X = resolve(X)
        if self._signed and isinstance(X, TokenIds):
            X = fold(X)
        return self.estimator_.standard_score_samples(X)

    def decision_function(self, X):
        """Compute how far the score of each name is above `offset_`.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        decision : ndarray of shape (n_names,)
            ``score_samples(X) - offset_``, negative for outliers.
        """
        scores = self.score_samples(X)
        above = np.zeros(len(scores))  # and so it stays if both are -inf
        return np.subtract(scores, self.offset_, out=above, where=scores != self.offset_)

    def predict(self, X):
        """Tell outliers.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        is_inlier : ndarray of shape (n_names,)
            -1 for outliers, 1 for all others.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    @property
    def n_features_in_(self):
        """Number of columns, if fitted on token ids."""
        return self.estimator_.n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the columns, if fitted on token ids in a data frame."""
        return self.estimator_.feature_names_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self._model()).input_tags
        tags.input_tags.positive_only = False
        return tags

    def _model(self):
        if self.estimator is None:
            tokenizer = NameTokenizer(boundary="\n", handle_unknown="use_unknown")
            return CountBigramLM(tokenizer=tokenizer)
        return self.estimator


def has_negative(table):
    """Tell whether a table of token ids holds negative numbers."""
    values = table.tocsr().data if sparse.issparse(table) else np.asarray(table)
    return values.dtype.kind in "if" and values.min(initial=0) < 0


def fold(X):
    """Return `TokenIds` in which 0, 1, -1, 2, -2, ... are numbered 0, 1, 2, 3, 4, ..."""
    ids = check_token_ids(X.table, signed=True)
    if sparse.issparse(ids):
        return TokenIds(with_data(ids, _fold(ids.data)))
    return TokenIds(_fold(ids))


def _fold(ids):
    return np.where(ids > 0, 2 * ids - 1, -2 * ids)


def drop_weightless(X, sample_weight):
    """Return X without the names of weight 0, whose symbols may be unknown, and the weights."""
    n_names = len(X) if isinstance(X, Names) else count_rows(X.table)
    weights = check_weights(sample_weight, n_names)
    if weights is None or weights.all():
        return X, weights
    kept = np.flatnonzero(weights)
    if isinstance(X, Names):
        names = X.as_list()
        return Names([names[i] for i in kept]), weights[kept]
    return TokenIds(take_rows(X.table, kept)), weights[kept]


def find_offset(scores, weights, contamination):
    """Return the lowest score such that more than this share of the weight is at or below it."""
    order = np.argsort(scores)
    total = np.cumsum(np.ones(len(scores)) if weights is None else weights[order])
    share = contamination * total[-1] * (1 + 1e-12)  # so that 0.29 * 100 is not less than 29
    return float(scores[order[np.searchsorted(total, share, side="right")]])
