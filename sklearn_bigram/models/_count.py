"""CountBigramLM: the bigram language model by counting."""

from numbers import Real

from sklearn_bigram.estimation._smoothing import (
    absolute,
    additive,
    estimate_discount,
    kneser_ney,
    witten_bell,
)
from sklearn_bigram.markov._transition import TransitionMatrix
from sklearn_bigram.models._base import BaseBigramLM
from sklearn_bigram.utils._validation import MAX_FLOAT, Interval, StrOptions


class CountBigramLM(BaseBigramLM):
    r"""Bigram language model by counting, with a choice of smoothing.

    The probability of symbol j after symbol i is its relative frequency, smoothed: by `alpha` fake
    counts of every bigram, or with the frequency of symbol j in general.

    Parameters
    ----------
    alpha : float, default=1.0
        Fake counts added to each bigram (Laplace smoothing for 1, Lidstone's in general). With 0,
        a bigram never seen is impossible: a name that holds it has a log-likelihood of -inf.
        Only "additive" uses it.

    smoothing : {"additive", "witten-bell", "absolute", "kneser-ney"}, default="additive"
        How bigrams that were never seen get their share: see the notes. The others interpolate
        each row with a distribution q of the next symbol in general, and need no tuning.

    discount : float, default=None
        What "absolute" and "kneser-ney" take off each count, from 0 to 1; only they use it. None
        stands for an estimate, :math:`n_1 / (n_1 + 2 n_2)`, where :math:`n_1` bigrams were seen
        once and :math:`n_2` twice (counts that are not whole are rounded up for it), or 0.5 if
        :math:`n_1` or :math:`n_2` is 0. With 0, a bigram never seen is impossible.

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

    discount_ : float or None
        The discount, given or estimated, of "absolute" and "kneser-ney"; None for the others.

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
    Let :math:`N_i` be the sum of row i of the counts and :math:`T_i` the number of distinct
    symbols in it. With ``smoothing="additive"``,

    .. math:: P_{ij} = \frac{N_{ij} + \alpha}{N_i + \alpha V}.

    For ``alpha=0``, a row without any count is uniform. Such a symbol never ends or begins a
    bigram of the data, so sampling does not reach it.

    The others have, with ``"witten-bell"`` [3]_ the first and with a discount D [4]_ the second of

    .. math::

        P_{ij} = \frac{N_{ij} + T_i q_j}{N_i + T_i}, \qquad
        P_{ij} = \frac{\max(N_{ij} - D, 0)}{N_i} + \frac{\sum_k \min(N_{ik}, D)}{N_i} q_j.

    A row without any count is q. This is a row of its own, smoothed by the same formula with
    the uniform distribution in place of q. What it counts is how often symbol j was the next, or
    with ``"kneser-ney"`` [5]_, which is like ``"absolute"`` otherwise, how many distinct symbols
    were before it.

    References
    ----------
    .. [1] A. Karpathy, "The spelled-out intro to language modeling: building makemore", 2022.
    .. [2] S. F. Chen and J. Goodman, "An empirical study of smoothing techniques for language
       modeling", Computer Speech & Language 13 (4), 1999.
    .. [3] I. H. Witten and T. C. Bell, "The zero-frequency problem", IEEE Transactions on
       Information Theory 37 (4), 1991.
    .. [4] H. Ney, U. Essen and R. Kneser, "On structuring probabilistic dependences in stochastic
       language modelling", Computer Speech & Language 8 (1), 1994.
    .. [5] R. Kneser and H. Ney, "Improved backing-off for m-gram language modeling", ICASSP 1995.

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

    A discount takes from what was seen, and gives to what was not:

    >>> model = CountBigramLM(smoothing="kneser-ney").fit(["emma", "olivia", "ava", "mia"])
    >>> round(model.discount_, 3), round(model.score(["eva"]), 3)
    (0.875, -1.593)
    """

    _parameter_constraints: dict = {
        **BaseBigramLM._parameter_constraints,
        "alpha": [Interval(Real, 0, MAX_FLOAT, closed="both")],
        "smoothing": [StrOptions({"additive", "witten-bell", "absolute", "kneser-ney"})],
        "discount": [Interval(Real, 0, 1, closed="both"), None],
    }

    def __init__(self, alpha=1.0, *, smoothing="additive", discount=None, tokenizer=None):
        self.alpha = alpha
        self.smoothing = smoothing
        self.discount = discount
        self.tokenizer = tokenizer

    def _estimate(self, learned):
        N, discount = learned.matrix, None
        if self.smoothing == "additive":
            parts = additive(N, float(self.alpha))
        elif self.smoothing == "witten-bell":
            parts = witten_bell(N)
        else:
            discount = estimate_discount(N) if self.discount is None else float(self.discount)
            smooth = absolute if self.smoothing == "absolute" else kneser_ney
            parts = smooth(N, discount)
        return {"transition_": TransitionMatrix(*parts), "discount_": discount}
