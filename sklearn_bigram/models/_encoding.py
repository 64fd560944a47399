"""X to token ids, and back: by a tokenizer for names, by the ids themselves for a table."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.exceptions import InvalidNameError
from sklearn_bigram.tokenization._containers import NAMES_PER_PIECE, Names, TokenIds, resolve
from sklearn_bigram.tokenization._stream import from_rows, no_names, slice_rows, to_rows
from sklearn_bigram.tokenization._token_ids import check_token_ids


class NameEncoder:
    """Names to token ids and back, by a fitted tokenizer.

    Parameters
    ----------
    tokenizer : NameTokenizer
        The fitted tokenizer.
    coder : NameCoder
        The coder of the tokenizer.
    vocabulary : Vocabulary
        The vocabulary of the tokenizer.
    """

    def __init__(self, tokenizer, coder, vocabulary):
        self.tokenizer, self.coder, self.vocabulary = tokenizer, coder, vocabulary
        self.symbols = vocabulary.symbols

    @property
    def boundary(self):
        """The boundary symbol."""
        return self.coder.boundary

    def check(self, X, owner):
        """Raise unless a resolved X is of the kind that this encodes."""
        if isinstance(X, TokenIds):
            raise ValueError(
                f"X is a table, but this {owner} was fitted on names: pass names, as a list of str "
                "or one column, such as X['name'], or fit it on token ids."
            )

    def streams(self, X, estimator):
        """Yield a resolved X as streams of token ids, a piece at a time."""
        self.check(X, type(estimator).__name__)
        for start, names in X.pieces():
            yield self.vocabulary.encode(self.coder.code(names, start))

    def stream_with_unknown(self, X):
        """Return the names of a resolved X that could be drawn as one stream.

        Names with the boundary are left out. Unknown symbols have the id that is reserved for them,
        if there is one, else 0.
        """
        coder = replace(self.coder, max_length=None)  # names of any length are drawn
        try:
            coded = coder.code(X)
        except InvalidNameError:
            names = [name for name in X.as_list() if coder.boundary not in coder.split(name)]
            if not names:
                return no_names()
            coded = coder.code(Names(names))
        return self.vocabulary.encode(coded, default=0)

    def split(self, text):
        """Return the symbols of a part of a name, after normalization."""
        return self.coder.split(text)

    def find(self, symbols, argument="X"):
        """Return the ids of the symbols of an argument."""
        return self.vocabulary.find(symbols, argument)

    def decode(self, stream):
        """Return a stream as an array of names."""
        return self.vocabulary.decode(stream)


@dataclass(frozen=True)
class IdEncoder:
    """Tables of token ids to streams and back."""

    symbols: np.ndarray  # (n_symbols,), the ids themselves
    n_features_in: int
    feature_names_in: np.ndarray | None  # (n_features_in,)
    is_sparse: bool  # whether the table that was fitted is

    def check(self, X, owner):
        """Raise unless a resolved X is of the kind that this encodes."""
        if not isinstance(X, TokenIds):
            raise ValueError(
                f"X holds names, but this {owner} was fitted on token ids: pass token ids, as a "
                "2-D array, or fit it on names."
            )

    def streams(self, X, estimator):
        """Yield a resolved X as streams of token ids, a piece at a time."""
        self.check(X, type(estimator).__name__)
        ids = check_token_ids(X, estimator, is_fitted=True)
        for start in range(0, ids.shape[0], NAMES_PER_PIECE):
            rows = slice_rows(ids, start, start + NAMES_PER_PIECE)
            yield from_rows(rows, len(self.symbols), start)

    def stream_with_unknown(self, X):
        """Return a resolved X as one stream; unknown ids are not an error."""
        return from_rows(check_token_ids(X))

    def decode(self, stream):
        """Return a stream as a table, dense or CSR as the one that was fitted."""
        width = max(self.n_features_in, int(stream.n_bigrams.max(initial=1)) - 1)
        return to_rows(stream, width, sparse_output=self.is_sparse)


class BaseNamesEstimator(BaseEstimator):
    """Base class of the estimators that are fitted on names or on token ids."""

    _encoder: Any  # NameEncoder or IdEncoder

    @property
    def tokenizer_(self):
        """The fitted tokenizer, if fitted on names."""
        return self._get_encoder(NameEncoder, "tokenizer_").tokenizer

    @property
    def n_features_in_(self):
        """Number of columns, if fitted on token ids."""
        return self._get_encoder(IdEncoder, "n_features_in_").n_features_in

    @property
    def feature_names_in_(self):
        """Names of the columns, if fitted on token ids in a data frame."""
        names = self._get_encoder(IdEncoder, "feature_names_in_").feature_names_in
        if names is None:
            raise self._no_attribute("feature_names_in_")
        return names

    def _get_encoder(self, cls, attribute):
        """Return the encoder if it is of the class that has an attribute."""
        encoder = vars(self).get("_encoder")
        if not isinstance(encoder, cls):
            raise self._no_attribute(attribute)
        return encoder

    def _no_attribute(self, attribute):
        return AttributeError(f"{type(self).__name__!r} object has no attribute {attribute!r}")

    def _streams(self, X):
        """Return an iterator over X as streams of token ids, a piece at a time."""
        check_is_fitted(self)
        return self._encoder.streams(resolve(X), self)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True
        tags.input_tags.sparse = True
        tags.input_tags.string = True
        return tags
