"""The methods of a bigram model that show its bigrams: as arrays, as tables, and name by name."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.exceptions import TooManySymbolsError
from sklearn_bigram.markov._transition import TransitionMatrix
from sklearn_bigram.models._encoding import IdEncoder, NameEncoder
from sklearn_bigram.models._explanation import NameExplanation, import_pandas

_MAX_BYTES = 2**28  # of a dense matrix
_KINDS = ("counts", "proba", "log_proba")


class BigramViews:
    """Mixin of the bigram models: dense matrices of bigrams, and the bigrams of one name."""

    symbols_: np.ndarray
    counts_: Any
    transition_: TransitionMatrix
    _encoder: NameEncoder | IdEncoder
    _streams: Callable
    standard_score_samples: Callable

    @property
    def transition_matrix_(self):
        """The probabilities P of the second symbol given the first, (n_symbols, n_symbols).

        It is computed on access.
        """
        check_is_fitted(self)
        self._check_dense("transition_matrix_")
        return self.transition_.rows(np.arange(len(self.symbols_)))

    def to_frame(self, kind="proba"):
        """Return all bigrams as a pandas DataFrame.

        Parameters
        ----------
        kind : {"counts", "proba", "log_proba"}, default="proba"
            How often each bigram was seen; the probability of the second symbol given the first; or
            its logarithm, in nats.

        Returns
        -------
        frame : DataFrame of shape (n_symbols, n_symbols)
            One row per first symbol and one column per second symbol, labelled with the symbols.

        Raises
        ------
        ValueError
            If `kind` is not one of the three options, or if the frame would take more than 2**28
            bytes, as it would with 5,793 symbols or more.
        ImportError
            If pandas is not installed.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> CountBigramLM().fit(["ab", "b"]).to_frame("counts")
             .    a    b
        .  0.0  1.0  1.0
        a  0.0  0.0  1.0
        b  2.0  0.0  0.0
        """
        check_is_fitted(self)
        if kind not in _KINDS:
            raise ValueError(f"kind is {kind!r}: it must be one of {', '.join(map(repr, _KINDS))}.")
        pd = import_pandas()
        self._check_dense("to_frame")
        states = np.arange(len(self.symbols_))
        if kind == "counts":
            values = self.counts_.toarray()
        else:
            values = getattr(self.transition_, "rows" if kind == "proba" else "log_rows")(states)
        return pd.DataFrame(values, index=self.symbols_, columns=self.symbols_)

    def explain(self, name):
        """List the bigrams of one name, each with the most probable alternative.

        Parameters
        ----------
        name : str, or the token ids of one row
            The name. For a model of token ids, a row of `n_features_in_` ids, where trailing zeros
            are padding: one-dimensional, or a table with one row, dense or sparse.

        Returns
        -------
        explanation : NameExplanation
            The log-probability of each bigram, and the most probable symbol after the same symbol.

        Raises
        ------
        TypeError
            If `name` is not a str, but the model was fitted on names.
        ValueError
            If `name` holds unknown symbols or the boundary, or is not one row of token ids.

        See Also
        --------
        NameDisplay : Plots the explanation.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> from sklearn_bigram.datasets import load_names
        >>> explanation = CountBigramLM().fit(load_names()).explain("maqz")
        >>> explanation.log_proba.round(2)
        array([-2.48, -0.97, -6.86, -4.83, -1.88])
        >>> "".join(explanation.best)
        'sa.ua'
        """
        X = self._as_table(name)
        (stream,) = self._streams(X)
        first, second = stream.ids[:-1].astype(np.intp), stream.ids[1:].astype(np.intp)
        transition, symbols = self.transition_, self.symbols_
        best = transition.argmax(first)
        held = symbols[stream.ids]
        if isinstance(self._encoder, NameEncoder):  # an unknown symbol is shown as it is
            held[1:-1] = list(self._encoder.split(name))
        return NameExplanation(
            first=held[:-1],
            second=held[1:],
            log_proba=transition.log_proba(first, second),
            best=symbols[best],
            best_log_proba=transition.log_proba(first, best),
            standard_score=float(self.standard_score_samples(X)[0]),
        )

    def _as_table(self, name):
        """Return an X that holds only this name."""
        check_is_fitted(self)
        if isinstance(name, str):
            return [name]
        if not isinstance(self._encoder, IdEncoder):
            raise TypeError(f"name is of type {type(name).__name__}: pass one name, a str.")
        shape = np.shape(name)
        if len(shape) == 1:
            return name.reshape(1, -1) if sparse.issparse(name) else [name]
        if len(shape) != 2 or shape[0] != 1:
            raise ValueError(f"name has shape {shape}: pass the token ids of one row.")
        return name

    def _check_dense(self, attribute):
        """Raise if a dense matrix of all bigrams would be too large."""
        n_symbols = len(self.symbols_)
        if 8 * n_symbols**2 > _MAX_BYTES:
            raise TooManySymbolsError(attribute, n_symbols, _MAX_BYTES)
