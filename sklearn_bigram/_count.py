"""CountBigramLM: the bigram language model by counting."""

from numbers import Real

import numpy as np
from scipy import sparse

from sklearn_bigram._base import BaseBigramLM
from sklearn_bigram._transition import TransitionMatrix
from sklearn_bigram._validation import Interval


class CountBigramLM(BaseBigramLM):
    r"""Bigram language model by counting, with additive smoothing.

    The probability of symbol j after symbol i is its relative frequency, after `alpha` fake
    counts were added to every bigram.

    Parameters
    ----------
    alpha : float, default=1.0
        Fake counts added to each bigram (Laplace smoothing for 1, Lidstone's in general). With 0,
        a bigram never seen is impossible: a name that holds it has a log-likelihood of -inf.

    tokenizer : NameTokenizer, default=None
        What makes symbols of raw names; a clone of it is fitted. None stands for
        ``NameTokenizer()``. Not used for token ids.

    Attributes
    ----------
    symbols_ : ndarray of shape (n_symbols,)
        The symbols, str objects, the first the boundary; for token ids, the ids.

    classes_ : ndarray of shape (n_symbols,)
        The same, under the name that scikit-learn has for the columns of `predict_proba`.

    counts_ : CSR array of shape (n_symbols, n_symbols), float64
        How often symbol j followed symbol i.

    tokenizer_ : NameTokenizer
        The fitted tokenizer, if fitted on names.

    n_features_in_ : int
        Number of columns, if fitted on token ids.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if fitted on token ids in a data frame.

    See Also
    --------
    NeuralBigramLM : The same model as a neural network.

    Notes
    -----
    .. math:: P_{ij} = \frac{N_{ij} + \alpha}{\sum_k N_{ik} + \alpha V}

    With ``alpha=0``, a row without any count is uniform. Such a symbol never ends or begins a
    bigram of the data, so sampling does not reach it.

    References
    ----------
    .. [1] A. Karpathy, "The spelled-out intro to language modeling: building makemore", 2022.
    .. [2] S. F. Chen and J. Goodman, "An empirical study of smoothing techniques for language
       modeling", Computer Speech & Language 13 (4), 1999.

    Examples
    --------
    >>> from sklearn_bigram import CountBigramLM
    >>> model = CountBigramLM(alpha=0.1).fit(["emma", "olivia", "ava", "mia"])
    >>> model.sample(3, random_state=1)
    array(['molia', 'miavema', 'a'], dtype=object)
    >>> model.predict(["", "av", "emm"])
    array(['a', 'a', 'a'], dtype=object)
    >>> round(model.score(["eva"]), 3)
    -1.411
    """

    _parameter_constraints: dict = {
        **BaseBigramLM._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, alpha=1.0, *, tokenizer=None):
        self.alpha = alpha
        self.tokenizer = tokenizer

    def _estimate(self, counts, previous):
        N = counts.matrix
        V = N.shape[0]
        mean = N.sum(axis=1) / V  # (V,), a mean so that V * alpha cannot overflow
        weight = mean + self.alpha
        weight[weight == 0] = 1
        row = np.repeat(np.arange(V), np.diff(N.indptr))
        S = sparse.csr_array((N.data / V / weight[row], N.indices, N.indptr), shape=N.shape)
        g = np.where(mean > 0, self.alpha / weight, 1.0)
        self._transition = TransitionMatrix(S, g, np.full(V, 1 / V))
