"""Input validation, and the only imports of private parts of scikit-learn.

Nothing public takes their place: `_fit_context` validates parameters, `Interval` and `StrOptions`
say which are valid, and `_get_feature_names` reads the names of columns from any data frame.
"""

import sys
from collections.abc import Mapping
from numbers import Integral, Number, Real

import numpy as np
from sklearn.base import _fit_context as fit_context
from sklearn.utils import assert_all_finite
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _get_feature_names as get_feature_names
from sklearn.utils.validation import check_array, column_or_1d

from sklearn_bigram.utils._text import shorten

__all__ = [
    "MAX_WEIGHT",
    "FloatInterval",
    "Interval",
    "StrOptions",
    "check_classes",
    "check_flag",
    "check_generator",
    "check_labels",
    "check_priors",
    "check_temperature",
    "check_weights",
    "check_whole",
    "find_labels",
    "fit_context",
    "get_feature_names",
    "is_torch_generator",
]

MAX_WEIGHT = 1e280  # as many of these as memory holds can be added up without overflow


class FloatInterval(Interval):
    """An interval of numbers of any type, which are compared as the floats that they become."""

    def __init__(self, left, right, *, closed):
        super().__init__(Real, left, right, closed=closed)

    def is_satisfied_by(self, val):
        """Tell whether a value is a number inside."""
        try:
            return isinstance(val, Real) and super().is_satisfied_by(float(val))
        except OverflowError:  # whole numbers can be larger than any float
            return False


def check_weights(sample_weight, n_samples):
    """Return the weights as (n_samples,) float64, None for None."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Number):
        sample_weight = np.full(n_samples, sample_weight)
    weights = check_array(
        sample_weight,
        ensure_2d=False,
        ensure_non_negative=True,
        dtype=np.float64,
        input_name="sample_weight",
    )
    if weights.shape != (n_samples,):
        raise ValueError(
            f"sample_weight has shape {weights.shape}, but X holds {n_samples} names: pass one "
            "number for each name."
        )
    if not weights.any():
        raise ValueError("sample_weight holds only zeros: give a name a weight above zero.")
    if weights.max() > MAX_WEIGHT:
        raise ValueError(
            f"sample_weight holds {weights.max()}: scale the weights, so that their sums do not "
            "overflow."
        )
    return weights


def check_labels(y):
    """Return the sorted classes, and the index of each label's class, (n_names,)."""
    if y is None:
        raise ValueError(
            "A classifier requires y to be passed, but the target y is None: pass the class of "
            "each name."
        )
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name="y")
    check_classification_targets(y)
    return np.unique(y, return_inverse=True)


def check_classes(classes):
    """Return the sorted labels that a classifier may be given, (n_classes,)."""
    classes = np.asarray(classes)
    if classes.ndim != 1 or len(classes) == 0:
        raise ValueError(
            f"classes has shape {classes.shape}: pass a list of all labels that y may hold."
        )
    return check_labels(classes)[0]


def find_labels(labels, classes, argument):
    """Return the index of the class of each label of an argument, (n_labels,)."""
    index = {label: i for i, label in enumerate(classes.tolist())}
    for label in labels.tolist():
        if label not in index:
            known = ", ".join(map(shorten, list(index)[:10]))
            raise ValueError(
                f"{argument} holds the label {shorten(label)}, which is not among the "
                f"{len(index)} classes ({known}{', ...' if len(index) > 10 else ''}): name all "
                "labels in the first call of partial_fit, with classes=[...], or call fit."
            )
    return np.array([index[label] for label in labels.tolist()], dtype=np.intp)


def check_priors(priors, classes):
    """Return the priors of the classes, which are given, as (n_classes,) float64."""
    n_classes = len(classes)
    if isinstance(priors, str):  # "uniform"
        return np.ones(n_classes) / n_classes  # of no classes, X will be refused
    if isinstance(priors, Mapping):
        priors = _order_priors(priors, classes.tolist())
    priors = check_array(priors, ensure_2d=False, dtype=np.float64, input_name="priors")
    if priors.shape != (n_classes,):
        raise ValueError(
            f"priors has shape {priors.shape}, but y has {n_classes} classes: pass one number for "
            "each class, in the order of the sorted labels, or a dict by label."
        )
    if np.any(priors < 0):
        raise ValueError(f"priors holds {priors.min()}: probabilities must be non-negative.")
    if not np.isclose(priors.sum(), 1):
        raise ValueError(f"The sum of priors is {priors.sum()}: it must be 1.")
    return priors


def _order_priors(priors, labels):
    """Return the values of a dict of priors in the order of the labels."""
    for label in labels:
        if label not in priors:
            raise ValueError(
                f"priors has no entry for the class {shorten(label)}: give each class one."
            )
    known = set(labels)
    for label in priors:
        if label not in known:
            raise ValueError(
                f"priors has an entry for {shorten(label)}, which is not a class: remove it."
            )
    return [priors[label] for label in labels]


def check_whole(value, name, minimum):
    """Return the value of this argument as an int; raise unless it is whole and not below."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}.")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value}.")
    return int(value)


def check_flag(value, name):
    """Return the value of this argument; raise unless it is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, not {type(value).__name__}.")
    return bool(value)


def check_temperature(temperature):
    """Return the temperature as a float; raise unless it is a positive, finite number."""
    if isinstance(temperature, bool) or not isinstance(temperature, Real):
        raise TypeError(f"temperature must be a number, not {type(temperature).__name__}.")
    try:
        value = float(temperature)
    except OverflowError:
        value = np.inf
    if not 0 < value < np.inf:
        raise ValueError(f"temperature must be positive and finite, got {shorten(temperature)}.")
    return value


def is_torch_generator(random_state):
    """Tell whether this is a torch.Generator, without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(random_state, torch.Generator)


def check_generator(random_state):
    """Return a NumPy Generator for None, an int, a RandomState or a Generator.

    None stands for fresh entropy; the global random state of NumPy is not touched. A RandomState
    is advanced by one draw.
    """
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(2**31, dtype=np.int64)
    try:
        return np.random.default_rng(random_state)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"random_state is {random_state!r}: pass None, a non-negative int, a "
            "numpy.random.RandomState, a numpy.random.Generator or a torch.Generator."
        ) from error
