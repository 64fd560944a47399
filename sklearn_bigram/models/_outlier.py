"""BigramOutlierDetector: detection of unusual names."""

import copy

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.counting._counts import BigramCounts
from sklearn_bigram.models._base import BaseBigramLM
from sklearn_bigram.models._contamination import drop_weightless, find_offset
from sklearn_bigram.models._count import make_default_model
from sklearn_bigram.tokenization._containers import TokenIds, resolve
from sklearn_bigram.tokenization._token_ids import check_token_ids, renumber_signed
from sklearn_bigram.utils._validation import FloatInterval, StrOptions, fit_context
from sklearn_bigram.utils._warnings import warn_user

_THRESHOLD = -3.0


def _partial_fit_is_available(detector):
    """Return True, or raise the reason why `partial_fit` is not available."""
    if detector.contamination != "auto":
        raise AttributeError(
            f"contamination={detector.contamination} is a proportion of all training names, which "
            "partial_fit does not keep: use threshold or false_alarm_rate, or call fit with all "
            "names."
        )
    return True


class BigramOutlierDetector(OutlierMixin, BaseEstimator):
    r"""Detect unusual names by their log-likelihood among names of the same length.

    A name is an outlier if it is much less likely than names of the same length sampled from the
    model. A name is never an outlier because of its length alone. One of three parameters decides
    what "much less" means. If `contamination` is a number, it decides, and a warning says so if
    another one is given, too. Else `false_alarm_rate` decides if it is given; a `threshold` other
    than -3 is then an error. Else `threshold` decides.

    Fit the detector to a clean list where you have one. To judge a table by itself, set
    `contamination`, because outliers look less unusual to a model that was fitted to them.

    Parameters
    ----------
    estimator : CountBigramLM or NeuralBigramLM, default=None
        The language model. A clone of it is fitted. If None, the model is
        ``CountBigramLM(smoothing="dirichlet", tokenizer=NameTokenizer(boundary="\n",
        handle_unknown="use_unknown"))``. It needs no tuning, and gives unseen symbols, including
        dots, a small probability instead of raising an error. To tune a nested parameter such as
        ``estimator__alpha``, pass the model explicitly.

    contamination : "auto" or float, default="auto"
        Proportion of outliers in the training names, at most 0.5. With a number, the other two
        parameters have no effect. With "auto", `false_alarm_rate` or `threshold` decides.

    threshold : float, default=-3.0
        Names with a lower standard score are outliers. With -3, these are the names whose
        log-likelihood is more than three standard deviations below the mean for their length.

    false_alarm_rate : float, default=None
        Names with a lower p-value are outliers. At every length, at most this proportion of the
        names that the model samples are outliers.

    Attributes
    ----------
    estimator_ : CountBigramLM or NeuralBigramLM
        The fitted model.

    offset_ : float
        Names with a score below it are outliers. It is `threshold`, the logarithm of
        `false_alarm_rate`, or the score that gives the training names the proportion
        `contamination`.

    n_features_in_ : int
        Number of columns. Only set when fitted on token ids.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Only set when fitted on token ids in a data frame.

    See Also
    --------
    CountBigramLM.standard_score_samples : The score.
    CountBigramLM.pvalue_samples : The score with `false_alarm_rate`, before the logarithm.

    Notes
    -----
    The standard score has mean 0 and variance 1, but it is not normally distributed. About 0.7 % of
    the names that a model samples have a score below -3, more at some lengths than at others; for a
    normal distribution it would be 0.13 %. Use `false_alarm_rate` for a known proportion.

    The empty string is an inlier, because it is the only name of its length. If it is an error in
    your data, look for it separately: ``name == ""``.

    A few outliers hardly change a model of many training names, but they do change a model of few.
    In a table of 180 bundled names and 15 random strings, ``false_alarm_rate=0.01`` finds none of
    the 15, and ``contamination=15/195`` finds some 12. A model without smoothing (``alpha=0``),
    fitted on a clean list, flags every name that contains an unseen bigram.

    The fewer the training names, the fewer outliers are found. Fitted on 100 of the bundled names,
    the default model flags 48 % of random strings, 13 % of names that contain a digit, and 0.3 %
    of other names. With ``smoothing="kneser-ney"``, these are 82 %, 48 % and 5 %; with
    ``alpha=1``, 2 % or less of each. With few training names, real names exceed a
    `false_alarm_rate` of 1 % with some models: fitted on 180 names, 5.4 % of other names are
    flagged with ``smoothing="kneser-ney"``, 3.4 % with "witten-bell" and 0.7 % with "dirichlet".

    For thousands of symbols, such as words, use a model with ``smoothing="kneser-ney"`` or set
    `contamination`. Fitted on 3,000 sentences, the default model flags 1 % of sentences whose words
    were shuffled, Kneser-Ney smoothing 19 %, and 4 % of other sentences.

    Token ids may be negative, because scikit-learn requires outlier detectors to accept negative
    values. If the training data contain negative ids, the ids 0, 1, -1, 2, -2, ... are mapped to
    0, 1, 2, 3, 4, ... before the model is fitted.

    Examples
    --------
    >>> from sklearn_bigram import BigramOutlierDetector
    >>> from sklearn_bigram.datasets import load_names
    >>> detector = BigramOutlierDetector().fit(load_names())
    >>> detector.predict(["emma", "jo", "christopher", "zv", "asdfghjkl", "ema9"])
    array([ 1,  1,  1, -1, -1, -1])
    >>> detector = BigramOutlierDetector(false_alarm_rate=0.001).fit(load_names())
    >>> detector.predict(["emma", "jo", "christopher", "zv", "asdfghjkl", "ema9"])
    array([ 1,  1,  1,  1, -1, -1])
    """

    _parameter_constraints: dict = {
        "estimator": [BaseBigramLM, None],
        "contamination": [StrOptions({"auto"}), FloatInterval(0, 0.5, closed="right")],
        "threshold": [FloatInterval(None, None, closed="neither")],
        "false_alarm_rate": [FloatInterval(0, 1, closed="neither"), None],
    }

    def __init__(
        self,
        estimator=None,
        *,
        contamination="auto",
        threshold=_THRESHOLD,
        false_alarm_rate=None,
    ):
        self.estimator = estimator
        self.contamination = contamination
        self.threshold = threshold
        self.false_alarm_rate = false_alarm_rate

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, sample_weight=None):
        """Fit the model to names and determine the threshold `offset_`.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            The training names. Unless `contamination` is given, their :class:`BigramCounts` are
            also accepted. The default model takes their boundary, which names must not contain.

        y : None
            Ignored.

        sample_weight : array-like of shape (n_names,), default=None
            Weight of each name, in the model and in the proportion of outliers.

        Returns
        -------
        self : object
            The fitted detector.

        Raises
        ------
        ValueError
            If the model cannot be fitted to X, or if both `threshold` and `false_alarm_rate` are
            given and `contamination` is "auto". The detector is then unchanged.
        """
        self._check_rule()
        model, signed = clone(self._model()), False
        if isinstance(X, BigramCounts):
            if self.contamination != "auto":
                raise ValueError(
                    f"X is BigramCounts, but contamination={self.contamination} is a proportion of "
                    "names, which counts do not contain: pass names, or use threshold or "
                    "false_alarm_rate."
                )
            if self.estimator is None:
                model.tokenizer.set_params(boundary=X.symbols[0])
        else:
            X = resolve(X)
        if isinstance(X, TokenIds):
            ids = check_token_ids(X, self, signed=True)
            signed = ids.min() < 0
            X = TokenIds(X.table, renumber_signed(ids) if signed else ids)
        model.fit(X, sample_weight=sample_weight)
        if self.contamination == "auto":
            offset = self._fixed_offset()
        else:
            X, weights = drop_weightless(X, sample_weight)
            offset = find_offset(model.standard_score_samples(X), weights, self.contamination)
        self._assign(model, offset, signed)
        return self

    @available_if(_partial_fit_is_available)
    @fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y=None, sample_weight=None):
        """Add more training names to a fitted detector.

        The result is the same as that of one `fit` on all names. This method is not available if
        `contamination` is given.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            More names, in the form used in earlier calls, or their :class:`BigramCounts`. Token
            ids may be negative if some were in the first call.

        y : None
            Ignored.

        sample_weight : array-like of shape (n_names,), default=None
            Weight of each name.

        Returns
        -------
        self : object
            The fitted detector.
        """
        if not hasattr(self, "estimator_"):
            return self.fit(X, sample_weight=sample_weight)
        self._validate_params()  # fit_context skips this for a fitted estimator
        self._check_rule()
        model = copy.copy(self.estimator_)  # so that it is replaced together with the offset
        if self.estimator is not None:
            model.set_params(**clone(self.estimator).get_params(deep=False))
        if not isinstance(X, BigramCounts):
            X = self._resolve(X)
        model.partial_fit(X, sample_weight=sample_weight)
        self._assign(model, self._fixed_offset(), self._signed)
        return self

    def score_samples(self, X):
        """Compute the score of each name: the standard score or the log p-value.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        score : ndarray of shape (n_names,)
            The lower the score, the more abnormal the name. -inf for an impossible name. If fitted
            with `false_alarm_rate`, the logarithm of the p-value, which is at most 0. Otherwise the
            log-likelihood of the name minus the mean for its length, divided by the standard
            deviation.
        """
        check_is_fitted(self)
        X = self._resolve(X)
        if not self._scores_are_pvalues:
            return self.estimator_.standard_score_samples(X)
        with np.errstate(divide="ignore"):
            return np.log(self.estimator_.pvalue_samples(X))

    def decision_function(self, X):
        """Compute the difference between the score of each name and `offset_`.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        decision : ndarray of shape (n_names,)
            ``score_samples(X) - offset_``. Negative values are outliers.
        """
        scores = self.score_samples(X)
        above = np.zeros(len(scores))  # stays 0 where both are -inf
        return np.subtract(scores, self.offset_, out=above, where=scores != self.offset_)

    def predict(self, X):
        """Predict whether each name is an outlier.

        Parameters
        ----------
        X : list, array or Series of str, or token ids of shape (n_names, n_columns)
            Names.

        Returns
        -------
        is_inlier : ndarray of shape (n_names,)
            -1 for outliers and 1 for inliers.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    @property
    def n_features_in_(self):
        """Number of columns. Only set when fitted on token ids."""
        return self.estimator_.n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the columns. Only set when fitted on token ids in a data frame."""
        return self.estimator_.feature_names_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = get_tags(self._model()).input_tags
        tags.input_tags.positive_only = False
        return tags

    def _model(self):
        """Return the language model, unfitted."""
        return make_default_model() if self.estimator is None else self.estimator

    def _check_rule(self):
        """Raise or warn if more than one parameter says what an outlier is."""
        threshold_is_given = self.threshold != _THRESHOLD
        if self.contamination == "auto":
            if self._uses_rate() and threshold_is_given:
                raise ValueError(
                    f"threshold={self.threshold} and false_alarm_rate={self.false_alarm_rate} "
                    "contradict each other: leave threshold at -3.0, or false_alarm_rate at None."
                )
        elif self.false_alarm_rate is not None or threshold_is_given:
            rule = "threshold" if self.false_alarm_rate is None else "false_alarm_rate"
            warn_user(
                f"{rule}={getattr(self, rule)} has no effect, because "
                f"contamination={self.contamination} decides what an outlier is.",
                UserWarning,
            )

    def _uses_rate(self):
        return self.contamination == "auto" and self.false_alarm_rate is not None

    def _fixed_offset(self):
        """Return the offset that does not depend on the training names."""
        if self.false_alarm_rate is None:
            return float(self.threshold)
        return float(np.log(float(self.false_alarm_rate)))

    def _resolve(self, X):
        """Return X as `Names` or `TokenIds`, with token ids numbered as in `fit`."""
        X = resolve(X)
        if self._signed and isinstance(X, TokenIds):
            ids = check_token_ids(X, self, is_fitted=True, signed=True)
            X = TokenIds(X.table, renumber_signed(ids))
        return X

    def _assign(self, model, offset, signed):
        """Set all fitted attributes at once."""
        self.__dict__.update(
            estimator_=model,
            offset_=offset,
            _signed=signed,
            _scores_are_pvalues=self._uses_rate(),
        )
