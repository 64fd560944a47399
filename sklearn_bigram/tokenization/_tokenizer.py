"""NameTokenizer: conversion of names to token ids and back."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.exceptions import InvalidNameError
from sklearn_bigram.tokenization._coder import make_checked_coder, make_coder
from sklearn_bigram.tokenization._containers import TokenIds, resolve_names
from sklearn_bigram.tokenization._stream import from_rows, to_rows
from sklearn_bigram.tokenization._token_ids import check_token_ids
from sklearn_bigram.tokenization._vocabulary import Vocabulary, learn_vocabulary
from sklearn_bigram.utils._validation import Interval, StrOptions

SPARSE_WIDTH = 2**20


class NameTokenizer(TransformerMixin, BaseEstimator):
    """Convert names to token ids, one row per name.

    The symbols of the training names, sorted by code point, get the ids 1, 2, 3, ... The id 0 is
    the boundary, a symbol that marks the start and the end of every name. A row holds the ids of
    one name, followed by zeros as padding. A sparse array does not store the padding.

    Parameters
    ----------
    boundary : str, default="."
        The symbol for the start and the end of a name. Names must not contain it.

    analyzer : {"char", "grapheme"} or callable, default="char"
        How to split a name into symbols. With "char", a symbol is a code point. With "grapheme",
        it is a user-perceived character, such as a letter with its combining accents or a flag;
        this option requires the package ``regex`` (extra ``grapheme``). A callable takes a name
        and returns its symbols as a list of str. The symbols of a sampled name are joined without
        a separator. With "grapheme" or a callable, neighboring symbols can combine, so the analyzer
        may split a sampled name into other symbols.

    lowercase : bool, default=False
        If True, convert names to lower case before splitting them.

    strip_accents : {"ascii", "unicode"} or callable, default=None
        Remove accents after the conversion to lower case, in the same way as
        :class:`~sklearn.feature_extraction.text.CountVectorizer`.

    alphabet : str or list of str, default=None
        The known symbols, in any order. The analyzer splits a str into symbols. If None, the
        symbols of the training names are used. Set `alphabet` if some symbols may be missing from
        a part of the names, such as a fold of a cross-validation. Pass such a tokenizer to the
        model: a model that comes after it in a pipeline only knows the ids that it was fitted on.

    handle_unknown : {"error", "use_unknown"}, default="error"
        How to treat unknown symbols. "error" raises an error. "use_unknown" replaces them by the
        reserved symbol U+FFFD, which has id 1. Samples from a model may then contain this symbol.

    max_length : int, default=None
        Maximum number of symbols of a name, and the number of output columns. If None, names can
        have any length. A sparse output then has 2**20 columns, and a dense output has as many
        columns as the longest training name has symbols. Models with this tokenizer raise an error
        for longer names, but sample names of any length: pass `max_length` to `sample`, too.

    sparse_output : bool, default=True
        If True, return a CSR array. If False, return a dense array.

    Attributes
    ----------
    symbols_ : ndarray of shape (n_symbols,) of str objects
        The symbol of each token id. The first is the boundary.

    max_length_ : int
        Number of columns of the output.

    See Also
    --------
    CountBigramLM : Bigram language model that tokenizes names with this class.

    Examples
    --------
    >>> from sklearn_bigram import NameTokenizer
    >>> tokenizer = NameTokenizer(sparse_output=False)
    >>> tokenizer.fit_transform(["emma", "ava"])
    array([[2, 3, 3, 1],
           [1, 4, 1, 0]], dtype=int32)
    >>> tokenizer.symbols_
    array(['.', 'a', 'e', 'm', 'v'], dtype=object)
    >>> tokenizer.inverse_transform([[4, 1, 3], [2, 4, 0]])
    array(['vam', 'ev'], dtype=object)
    """

    _parameter_constraints: dict = {
        "boundary": [str],
        "analyzer": [StrOptions({"char", "grapheme"}), callable],
        "lowercase": ["boolean"],
        "strip_accents": [StrOptions({"ascii", "unicode"}), callable, None],
        "alphabet": [str, "array-like", None],
        "handle_unknown": [StrOptions({"error", "use_unknown"})],
        "max_length": [Interval(Integral, 1, None, closed="left"), None],
        "sparse_output": ["boolean"],
    }

    symbols_: np.ndarray
    max_length_: int
    _vocabulary: Vocabulary

    def __init__(
        self,
        *,
        boundary=".",
        analyzer="char",
        lowercase=False,
        strip_accents=None,
        alphabet=None,
        handle_unknown="error",
        max_length=None,
        sparse_output=True,
    ):
        self.boundary = boundary
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.strip_accents = strip_accents
        self.alphabet = alphabet
        self.handle_unknown = handle_unknown
        self.max_length = max_length
        self.sparse_output = sparse_output

    def fit(self, X, y=None):
        """Learn the symbols of the names.

        Parameters
        ----------
        X : list, array or Series of str, of length n_names
            The names.

        y : None
            Ignored.

        Returns
        -------
        self : NameTokenizer
            The fitted tokenizer.
        """
        if isinstance(X, Vocabulary):
            return self._assign(X)  # already learned by a model
        coder = make_checked_coder(self)
        coded = coder.code(resolve_names(X))
        symbols = coded.decode(coded.distinct())
        return self._assign(learn_vocabulary(self, coder, symbols, coded.longest()))

    def partial_fit(self, X, y=None):
        """Learn the symbols of more names. All ids may change.

        Parameters
        ----------
        X : list, array or Series of str, of length n_names
            The names.

        y : None
            Ignored.

        Returns
        -------
        self : NameTokenizer
            The tokenizer, fitted to all names so far.
        """
        if not hasattr(self, "symbols_"):
            return self.fit(X)
        coder = make_checked_coder(self)
        coded = coder.code(resolve_names(X))
        symbols = [*self.symbols_[1:], *coded.decode(coded.distinct())]
        longest = max(self._vocabulary.longest, coded.longest())
        return self._assign(learn_vocabulary(self, coder, symbols, longest))

    def transform(self, X):
        """Convert names to token ids.

        Parameters
        ----------
        X : list, array or Series of str, of length n_names
            The names.

        Returns
        -------
        ids : CSR array or ndarray of shape (n_names, `max_length_`), int32
            The token ids of each name, padded with zeros on the right.

        Raises
        ------
        ValueError
            If a name contains the boundary, an unknown symbol or too many symbols.
        TypeError
            If an element of X is not a str.
        """
        check_is_fitted(self)
        names = resolve_names(X)
        stream = self._vocabulary.encode(make_coder(self).code(names))
        lengths = stream.n_bigrams - 1
        if lengths.max() > self.max_length_:
            i = int(np.argmax(lengths > self.max_length_))
            raise InvalidNameError(
                names.as_list()[i],
                i,
                f"has {lengths[i]} symbols, more than the {self.max_length_} columns of the output",
                "set max_length to the largest number of symbols that a name may have",
            )
        return to_rows(stream, self.max_length_, sparse_output=self.sparse_output)

    def inverse_transform(self, X):
        """Convert token ids back to names.

        Parameters
        ----------
        X : array-like or CSR array of shape (n_names, n_columns)
            Token ids, padded with zeros on the right.

        Returns
        -------
        names : ndarray of shape (n_names,) of str objects
            The names. A zero between other ids becomes the boundary symbol.

        Raises
        ------
        ValueError
            If an id is negative or does not belong to a symbol.
        """
        check_is_fitted(self)
        return self._vocabulary.decode(from_rows(check_token_ids(TokenIds(X)), len(self.symbols_)))

    def get_feature_names_out(self, input_features=None):
        """Return the names of the output columns: ``symbol0``, ``symbol1``, ...

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of shape (`max_length_`,) of str objects
            The name of each output column.
        """
        check_is_fitted(self)
        return np.array([f"symbol{i}" for i in range(self.max_length_)], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags

    def _assign(self, vocabulary):
        """Set the fitted attributes."""
        if self.max_length is not None:
            max_length = self.max_length
        else:
            max_length = SPARSE_WIDTH if self.sparse_output else max(1, vocabulary.longest)
        self.__dict__.update(
            symbols_=vocabulary.symbols, max_length_=max_length, _vocabulary=vocabulary
        )
        return self
