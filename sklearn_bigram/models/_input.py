"""What goes in: names or token ids, to streams of ids."""

from scipy import sparse
from sklearn.base import BaseEstimator, clone

from sklearn_bigram.counting._counting import PIECE
from sklearn_bigram.tokenization import _stream
from sklearn_bigram.tokenization._tokenizer import NameTokenizer
from sklearn_bigram.utils._validation import check_names, check_token_ids

# What a fit learns of the kind of X.
INPUT_ATTRIBUTES = ("tokenizer_", "n_features_in_", "feature_names_in_", "_fitted_on_sparse")


def new_tokenizer(tokenizer):
    """Return a clone of a tokenizer, its parameters checked; None stands for the default."""
    if tokenizer is None:
        return NameTokenizer()
    tokenizer = clone(tokenizer)
    tokenizer._check_params()
    return tokenizer


class BaseNamesEstimator(BaseEstimator):
    """Base class of what is fitted on names, which go through `tokenizer_`, or on token ids.

    `symbols_` are the symbols that it knows.
    """

    tokenizer_: NameTokenizer

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True
        tags.input_tags.sparse = True
        tags.input_tags.string = True
        return tags

    def _stream_of_ids(self, X, *, reset):
        """Return a table of token ids as a stream; learn its kind, or check it."""
        X = check_token_ids(X, self, reset=reset)
        if reset:
            self._fitted_on_sparse = sparse.issparse(X)
        return _stream.from_rows(X)

    def _check_kind(self, kind):
        """Raise unless X is of the kind that the model was fitted on."""
        name = type(self).__name__
        if kind == "ids" and hasattr(self, "tokenizer_"):
            raise ValueError(
                f"X is a table, but this {name} was fitted on names: pass names, as a list of str "
                "or one column, such as X['name'], or fit it on token ids."
            )
        if kind == "names" and not hasattr(self, "tokenizer_"):
            raise ValueError(
                f"X holds names, but this {name} was fitted on token ids: pass token ids, as a "
                "2-D array, or fit it on names."
            )

    def _streams(self, X):
        """Yield X, checked, as streams of token ids, a piece of it at a time."""
        names = check_names(X)
        if names is not None:
            self._check_kind("names")
            for first in range(0, len(names), PIECE):
                yield self.tokenizer_._stream(names[first : first + PIECE], first)
        else:
            self._check_kind("ids")
            X = check_token_ids(X, self)
            for first in range(0, X.shape[0], PIECE):
                rows = _stream.slice_rows(X, first, first + PIECE)
                yield _stream.from_rows(rows, len(self.symbols_), first)
