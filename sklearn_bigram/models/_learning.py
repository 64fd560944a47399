"""X to counts, and to the encoder that knows their symbols: all that a model learns from data."""

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import clone

from sklearn_bigram.counting._counts import BigramCounts, make_counts, relabel_matrix
from sklearn_bigram.counting._names import count_ids, count_names
from sklearn_bigram.models._encoding import IdEncoder, NameEncoder
from sklearn_bigram.tokenization._coder import make_checked_coder, make_coder
from sklearn_bigram.tokenization._containers import TokenIds, resolve
from sklearn_bigram.tokenization._stream import from_rows
from sklearn_bigram.tokenization._token_ids import check_token_ids
from sklearn_bigram.tokenization._tokenizer import NameTokenizer
from sklearn_bigram.tokenization._vocabulary import learn_vocabulary
from sklearn_bigram.utils._text import shorten
from sklearn_bigram.utils._validation import check_weights, get_feature_names


@dataclass(frozen=True)
class EncodedCounts:
    """Counts of the symbols of an encoder; models take them in place of names."""

    encoder: NameEncoder | IdEncoder
    matrix: Any  # CSR array of shape (n_symbols, n_symbols), float64


def learn(X, estimator, sample_weight=None):
    """Return the `EncodedCounts` of the X that an estimator is fitted on."""
    if isinstance(X, EncodedCounts):
        return X
    if not isinstance(X, BigramCounts):
        X = resolve(X)
    if isinstance(X, TokenIds):
        ids = check_token_ids(X, estimator)
        N = _count_ids(ids, sample_weight)
        return EncodedCounts(make_id_encoder(X, ids, N), N)
    tokenizer, coder = new_tokenizer(estimator.tokenizer)
    counts = _count_names(X, coder, sample_weight)
    longest = find_longest(tokenizer, coder, X)
    encoder = fit_encoder(tokenizer, coder, counts.symbols, longest, _argument_of(X))
    return encode(counts, encoder)


def learn_more(X, estimator, known, sample_weight=None):
    """Return the `EncodedCounts` of X and of what was known before together."""
    encoder = known.encoder
    if not isinstance(X, BigramCounts):
        X = resolve(X)
    encoder.check(X, type(estimator).__name__)
    if isinstance(X, TokenIds):
        N = _count_ids(check_token_ids(X, estimator, is_fitted=True), sample_weight)
        n_symbols = max(N.shape[0], known.matrix.shape[0])
        N = enlarge(known.matrix, n_symbols) + enlarge(N, n_symbols)
        return EncodedCounts(replace(encoder, symbols=all_ids(N)), N)
    counts = _count_names(X, encoder.coder, sample_weight)
    counts = make_counts(encoder.symbols.tolist(), known.matrix) + counts
    longest = find_longest(encoder.tokenizer, encoder.coder, X)
    longest = max(longest, encoder.vocabulary.longest)
    tokenizer, coder = copy.copy(encoder.tokenizer), encoder.coder
    encoder = fit_encoder(tokenizer, coder, counts.symbols, longest, _argument_of(X))
    return encode(counts, encoder)


def check_counts(counts, coder, sample_weight):
    """Return counts that a model can be fitted or scored on; raise if they are not such."""
    boundary = counts.symbols[0]
    if sample_weight is not None:
        raise ValueError(
            "sample_weight does not apply to BigramCounts, which do not hold single names: pass "
            "the names, or multiply the counts by a number: weight * counts."
        )
    if boundary != coder.boundary:
        raise ValueError(
            f"The boundary symbol of the counts is {boundary!r}, but that of the tokenizer is "
            f"{coder.boundary!r}: pass counts.with_boundary({coder.boundary!r}), or give the model "
            f"tokenizer=NameTokenizer(boundary={boundary!r})."
        )
    if coder.analyzer == "char":
        for symbol in counts.symbols[1:]:
            if len(symbol) != 1:
                raise ValueError(
                    f"The counts hold the symbol {shorten(symbol)}, which is not a single "
                    "character: give the model the tokenizer that they were counted with."
                )
    return counts


def new_tokenizer(tokenizer):
    """Return an unfitted tokenizer and its coder; None stands for the default tokenizer."""
    if tokenizer is None:
        tokenizer = NameTokenizer()
        return tokenizer, make_coder(tokenizer)
    tokenizer = clone(tokenizer)
    return tokenizer, make_checked_coder(tokenizer)


def _count_names(X, coder, sample_weight):
    """Return the `BigramCounts` of names, or X itself if it is such counts."""
    if isinstance(X, BigramCounts):
        return check_counts(X, coder, sample_weight)
    return count_names(coder, X, check_weights(sample_weight, len(X)))


def find_longest(tokenizer, coder, X):
    """Return the length of the longest name if the tokenizer's dense output needs it, else 0."""
    if tokenizer.sparse_output or isinstance(X, BigramCounts):
        return 0
    return max(coder.code(names).longest() for _, names in X.pieces())


def _argument_of(X):
    """Return what errors call X, since there is other advice for counts than for names."""
    return "counts" if isinstance(X, BigramCounts) else "X"


def fit_encoder(tokenizer, coder, symbols, longest, argument="X"):
    """Return the encoder of a tokenizer, after fitting it to the symbols of an argument."""
    vocabulary = learn_vocabulary(tokenizer, coder, symbols[1:], longest, argument)
    return NameEncoder(tokenizer.fit(vocabulary), coder, vocabulary)


def encode(counts, encoder):
    """Return `BigramCounts` with the symbols of an encoder."""
    ids = encoder.find(counts.symbols)
    return EncodedCounts(encoder, relabel_matrix(counts.matrix, ids, len(encoder.symbols)))


def _count_ids(ids, sample_weight):
    """Return the counts of a checked table of token ids."""
    stream = from_rows(ids)
    return count_ids(stream, check_weights(sample_weight, len(stream.n_bigrams)))


def make_id_encoder(X, ids, N):
    """Return the encoder of a table of token ids, given the checked ids and their counts."""
    feature_names = get_feature_names(X.table)
    return IdEncoder(all_ids(N), ids.shape[1], feature_names, sparse.issparse(ids))


def all_ids(N):
    """Return the ids that have a row in a matrix of counts."""
    return np.arange(N.shape[0], dtype=np.intp)


def enlarge(N, n_symbols):
    return relabel_matrix(N, np.arange(N.shape[0]), n_symbols)
