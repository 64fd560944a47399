"""Contamination: the score below which lies a given proportion of the training names."""

import numpy as np

from sklearn_bigram.tokenization._containers import Names, TokenIds
from sklearn_bigram.utils._validation import check_weights


def drop_weightless(X, sample_weight):
    """Return `Names` or `TokenIds` without the names of weight 0, and the other weights.

    Names of weight 0 may contain symbols that the model has not learned.
    """
    if sample_weight is None:
        return X, None
    if isinstance(X, Names):
        weights = check_weights(sample_weight, len(X))
        names = X.as_list()
        return Names([names[i] for i in np.flatnonzero(weights)]), weights[weights > 0]
    weights = check_weights(sample_weight, X.ids.shape[0])
    return TokenIds(X.table, X.ids[weights > 0]), weights[weights > 0]


def find_offset(scores, weights, contamination):
    """Return the lowest score with more than `contamination` of the weight at or below it.

    Parameters
    ----------
    scores : ndarray of shape (n_names,)
        The score of each name.
    weights : ndarray of shape (n_names,) or None
        The weight of each name, above 0. None means that all weights are equal.
    contamination : float
        A proportion, at most 0.5.
    """
    order = np.argsort(scores)
    total = np.cumsum(np.ones(len(scores)) if weights is None else weights[order])
    share = contamination * total[-1] * (1 + 1e-12)  # rounding: 0.29 * 100 < 29
    return float(scores[order[np.searchsorted(total, share, side="right")]])
