"""X and labels to the counts of each class: all that a classifier learns from data."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_consistent_length

from sklearn_bigram.counting._counts import BigramCounts, no_counts, relabel_matrix
from sklearn_bigram.counting._names import count_ids_by_class, count_names_by_class
from sklearn_bigram.models._encoding import IdEncoder, NameEncoder
from sklearn_bigram.models._learning import (
    all_ids,
    check_counts,
    encode,
    enlarge,
    find_longest,
    fit_encoder,
    make_id_encoder,
    new_tokenizer,
)
from sklearn_bigram.tokenization._containers import Names, TokenIds, resolve
from sklearn_bigram.tokenization._stream import from_rows
from sklearn_bigram.tokenization._token_ids import check_token_ids
from sklearn_bigram.utils._text import shorten
from sklearn_bigram.utils._validation import check_labels, check_weights, find_labels


@dataclass(frozen=True)
class Labeled:
    """Names, token ids or counts, and the class of each."""

    X: Names | TokenIds | list[BigramCounts]
    y: np.ndarray  # (n_names,) or, for counts, (n_counts,): the class as an index into classes
    classes: np.ndarray  # (n_classes,)
    weights: Any  # (n_names,), or None

    def sizes(self):
        """Return the weight of the names of each class, (n_classes,)."""
        weights = self.weights
        if isinstance(self.X, list):  # each name begins with a boundary
            weights = [counts.matrix.sum(axis=1)[0] for counts in self.X]
        return np.bincount(self.y, weights, len(self.classes)).astype(np.float64)

    def boundary(self):
        """Return the boundary of the counts, or None if these are not counts."""
        return self.X[0].symbols[0] if isinstance(self.X, list) else None


@dataclass(frozen=True)
class ClassCounts:
    """Counts of the symbols of one encoder, for each class."""

    encoder: NameEncoder | IdEncoder
    matrices: list  # of CSR arrays of shape (n_symbols, n_symbols), float64, one for each class
    sizes: np.ndarray  # (n_classes,), the weight of the names of each class


def resolve_labeled(X, y, sample_weight, classes=None):
    """Return X and the labels of its names as `Labeled`.

    Parameters
    ----------
    X : array-like or dict
        Names or token ids, or `BigramCounts` by label.
    y : array-like of shape (n_names,)
        The label of each name; None if X is a dict.
    sample_weight : array-like of shape (n_names,) or None
        The weight of each name.
    classes : ndarray of shape (n_classes,), default=None
        The sorted labels that may occur. If None, they are those that do.
    """
    argument = "y"
    if isinstance(X, BigramCounts):
        raise ValueError(
            "X is a BigramCounts, which does not tell classes apart: pass the counts of each class "
            "in a dict, {label: counts}."
        )
    if isinstance(X, Mapping) and not sparse.issparse(X):  # a sparse array may be a dict of keys
        argument, weights = "X", sample_weight
        X, labels = _check_counts_by_label(X, y)
        found, y = check_labels(labels)
        if found[y].tolist() != labels:
            raise ValueError(
                f"The labels of X are of different types, such as {shorten(labels[0])} and "
                f"{shorten(next(a for a in labels if type(a) is not type(labels[0])))}: use one."
            )
    else:
        X = resolve(X)
        found, y = check_labels(y)
        check_consistent_length(X.table if isinstance(X, TokenIds) else X.values, y)
        weights = check_weights(sample_weight, len(y))
    if classes is None:
        return Labeled(X, y, found, weights)
    return Labeled(X, find_labels(found, classes, argument)[y], classes, weights)


def learn_by_class(labeled, estimator, tokenizer):
    """Return the `ClassCounts` of what a classifier is fitted on.

    Parameters
    ----------
    labeled : Labeled
        Names, token ids or counts.
    estimator : BigramClassifier
        The classifier that error messages name.
    tokenizer : NameTokenizer or None
        The tokenizer of the models.
    """
    X = labeled.X
    if isinstance(X, TokenIds):
        ids = check_token_ids(X, estimator)
        parts = _count_ids(ids, labeled)
        return ClassCounts(make_id_encoder(X, ids, parts[0]), parts, labeled.sizes())
    tokenizer, coder = new_tokenizer(tokenizer)
    parts = _count_names(labeled, coder)
    encoder = _fit_encoder(tokenizer, coder, X, _all_symbols(parts))
    matrices = [encode(part, encoder).matrix for part in parts]
    return ClassCounts(encoder, matrices, labeled.sizes())


def learn_more_by_class(labeled, estimator, known):
    """Return the `ClassCounts` of more names and of what was known before together."""
    X, encoder = labeled.X, known.encoder
    encoder.check(X, type(estimator).__name__)
    sizes = known.sizes + labeled.sizes()
    if isinstance(X, TokenIds):
        parts = _count_ids(check_token_ids(X, estimator, is_fitted=True), labeled)
        n_symbols = max(parts[0].shape[0], len(encoder.symbols))
        matrices = [
            enlarge(old, n_symbols) + enlarge(new, n_symbols)
            for old, new in zip(known.matrices, parts, strict=True)
        ]
        return ClassCounts(replace(encoder, symbols=all_ids(matrices[0])), matrices, sizes)
    parts = _count_names(labeled, encoder.coder)
    symbols = _all_symbols(parts) | {*encoder.symbols}
    tokenizer = copy.copy(encoder.tokenizer)
    longest = encoder.vocabulary.longest
    encoder = _fit_encoder(tokenizer, encoder.coder, X, symbols, longest)
    ids = encoder.find(known.encoder.symbols.tolist())
    matrices = [
        relabel_matrix(old, ids, len(encoder.symbols)) + encode(new, encoder).matrix
        for old, new in zip(known.matrices, parts, strict=True)
    ]
    return ClassCounts(encoder, matrices, sizes)


def find_seen(matrices):
    """Tell of each symbol whether one of these counts holds it, (n_symbols,) bool."""
    seen = np.zeros(matrices[0].shape[0], dtype=bool)
    seen[0] = True
    for N in matrices:
        seen[N.indices] = True
        seen |= np.diff(N.indptr) > 0
    return seen


def _check_counts_by_label(X, y):
    """Return the counts and the labels of a dict, each as a list."""
    if y is not None:
        raise ValueError("X is a dict of counts by label, which holds the classes: leave out y.")
    if not X:
        raise ValueError("X is an empty dict: pass the BigramCounts of each class by its label.")
    for label, counts in X.items():
        if not isinstance(counts, BigramCounts):
            raise TypeError(
                f"X[{shorten(label)}] is of type {type(counts).__name__}: a dict holds the "
                "BigramCounts of each class by its label. To pass names, pass X and y."
            )
    labels, parts = list(X), list(X.values())
    for label, counts in X.items():
        if counts.symbols[0] != parts[0].symbols[0]:
            raise ValueError(
                f"The boundary symbol of X[{shorten(label)}] is {counts.symbols[0]!r}, but that of "
                f"X[{shorten(labels[0])}] is {parts[0].symbols[0]!r}: count all classes with the "
                "same tokenizer, or rename one with counts.with_boundary."
            )
    if not any(counts.matrix.nnz for counts in parts):
        raise ValueError("X is a dict of counts without any bigram: count some names first.")
    return parts, labels


def _count_ids(ids, labeled):
    """Return the counts of a checked table of token ids for each class, in a list."""
    n_classes = len(labeled.classes)
    return count_ids_by_class(from_rows(ids), labeled.y, n_classes, labeled.weights)


def _count_names(labeled, coder):
    """Return the `BigramCounts` of each class, in a list."""
    X, n_classes = labeled.X, len(labeled.classes)
    if not isinstance(X, list):
        return count_names_by_class(coder, X, labeled.y, n_classes, labeled.weights)
    parts = [no_counts(coder.boundary)] * n_classes
    for i, counts in zip(labeled.y, X, strict=True):
        parts[i] = check_counts(counts, coder, labeled.weights)
    return parts


def _all_symbols(parts):
    """Return the set of the symbols of all counts."""
    return set().union(*(part.symbols for part in parts))


def _fit_encoder(tokenizer, coder, X, symbols, longest=0):
    """Return the encoder of a tokenizer, after fitting it to the symbols and the longest name."""
    symbols = [coder.boundary, *sorted(symbols - {coder.boundary})]
    if isinstance(X, list):
        return fit_encoder(tokenizer, coder, symbols, longest, "counts")
    longest = max(longest, find_longest(tokenizer, coder, X))
    return fit_encoder(tokenizer, coder, symbols, longest)
