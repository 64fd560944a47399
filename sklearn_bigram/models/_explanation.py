"""NameExplanation: the bigrams of one name, each with the most probable alternative."""

from dataclasses import dataclass
from html import escape

import numpy as np

from sklearn_bigram.utils._text import printable

_HEADER = ("bigram", "log_proba", "best", "best_log_proba")


@dataclass(frozen=True, eq=False, repr=False)
class NameExplanation:
    """The bigrams of one name, each beside the most probable bigram with the same first symbol.

    :meth:`CountBigramLM.explain` and :meth:`NeuralBigramLM.explain` return it. It prints as a
    table, also in a notebook.

    Parameters
    ----------
    first, second : ndarray of shape (n_bigrams,)
        The symbols of each bigram, including unknown symbols. The first bigram begins with the
        boundary, and the last one ends with it.

    log_proba : ndarray of shape (n_bigrams,)
        The log-probability of the second symbol after the first, in nats.

    best : ndarray of shape (n_bigrams,)
        The most probable symbol after the first.

    best_log_proba : ndarray of shape (n_bigrams,)
        Its log-probability, in nats.

    standard_score : float
        The standard score of the name among names of its length.

    Examples
    --------
    >>> from sklearn_bigram import CountBigramLM
    >>> from sklearn_bigram.datasets import load_names
    >>> CountBigramLM().fit(load_names()).explain("maqz")
    log-likelihood -17.02 nats, standard score -2.44
    bigram  log_proba  best  best_log_proba
    .m          -2.48  .s             -2.35
    ma          -0.97  ma             -0.97
    aq          -6.86  a.             -1.43
    qz          -4.83  qu             -0.77
    z.          -1.88  za             -1.47
    """

    first: np.ndarray
    second: np.ndarray
    log_proba: np.ndarray
    best: np.ndarray
    best_log_proba: np.ndarray
    standard_score: float

    @property
    def log_likelihood(self):
        """The log-likelihood of the name, in nats: the sum of `log_proba`."""
        return float(self.log_proba.sum())

    def to_frame(self):
        """Return the bigrams as a pandas DataFrame.

        Returns
        -------
        frame : DataFrame of shape (n_bigrams, 5)
            The columns `first`, `second`, `log_proba`, `best` and `best_log_proba`.
        """
        pd = import_pandas()
        columns = ("first", "second", "log_proba", "best", "best_log_proba")
        return pd.DataFrame({column: getattr(self, column) for column in columns})

    def table(self):
        """Return the bigrams as rows of text, each a list of four cells.

        Returns
        -------
        rows : list of list of str
            The bigram, its log-probability, the most probable bigram, and its log-probability.
        """
        first, second, best = (
            [printable(symbol) for symbol in symbols]
            for symbols in (self.first, self.second, self.best)
        )
        join = "" if all(len(label) == 1 for label in first + second + best) else " "
        columns = zip(first, second, self.log_proba, best, self.best_log_proba, strict=True)
        return [
            [f"{i}{join}{j}", f"{log_p:.2f}", f"{i}{join}{k}", f"{log_q:.2f}"]
            for i, j, log_p, k, log_q in columns
        ]

    def __str__(self):
        rows = [list(_HEADER), *self.table()]
        widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
        a, b, c, d = widths
        lines = [f"{i:<{a}}  {p:>{b}}  {k:<{c}}  {q:>{d}}" for i, p, k, q in rows]
        return "\n".join([self._summary(), *lines])

    __repr__ = __str__

    def _repr_html_(self):
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
            for row in self.table()
        )
        head = "".join(f"<th>{name}</th>" for name in _HEADER)
        return (
            f"<table><caption>{self._summary()}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>"
        )

    def _summary(self):
        return (
            f"log-likelihood {self.log_likelihood:.2f} nats, "
            f"standard score {self.standard_score:.2f}"
        )


def import_pandas():
    """Return pandas."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("to_frame needs pandas: pip install pandas.") from error
    return pd
