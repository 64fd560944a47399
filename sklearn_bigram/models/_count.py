"""CountBigramLM: the bigram language model estimated by counting."""

from sklearn_bigram.estimation._dirichlet import dirichlet
from sklearn_bigram.estimation._smoothing import (
    absolute,
    additive,
    estimate_discount,
    kneser_ney,
    witten_bell,
)
from sklearn_bigram.markov._transition import TransitionMatrix
from sklearn_bigram.models._base import BaseBigramLM
from sklearn_bigram.tokenization._tokenizer import NameTokenizer
from sklearn_bigram.utils._validation import FloatInterval, StrOptions


class CountBigramLM(BaseBigramLM):
    r"""Bigram language model estimated by counting, with a choice of smoothing.

    The probability of symbol j after symbol i is the relative frequency of the bigram ij, smoothed.
    Additive smoothing adds `alpha` to each count. The other methods interpolate with the overall
    frequency of symbol j.

    Parameters
    ----------
    alpha : float, default=1.0
        Pseudocount added to each bigram: 1 is Laplace smoothing, other values are Lidstone
        smoothing. With 0, unseen bigrams have probability 0, and a name that contains one has
        log-likelihood -inf. Used only by "additive" smoothing.

    smoothing : str, default="additive"
        Smoothing method, see the Notes: "additive", "witten-bell", "absolute", "kneser-ney" or
        "dirichlet". All but "additive" interpolate each row with a distribution q that does not
        depend on the previous symbol. They need no tuning.

    discount : float, default=None
        Discount subtracted from each count, between 0 and 1. Used only by "absolute" and
        "kneser-ney" smoothing. If None, it is estimated as :math:`n_1 / (n_1 + 2 n_2)`, where
        :math:`n_1` bigrams were seen once and :math:`n_2` twice. For this estimate, fractional
        counts are rounded up. If :math:`n_1` or :math:`n_2` is 0, the discount is 0.5. With 0,
        unseen bigrams have probability 0.

    tokenizer : NameTokenizer, default=None
        Tokenizer that splits names into symbols. A clone of it is fitted. If None,
        ``NameTokenizer()`` is used. Ignored for token ids.

    Attributes
    ----------
    symbols_ : ndarray of shape (n_symbols,)
        The symbols, as str objects. The first is the boundary. For token ids, the ids.

    classes_ : ndarray of shape (n_symbols,)
        Same as `symbols_`. It labels the columns of `predict_proba`.

    counts_ : CSR array of shape (n_symbols, n_symbols), float64
        Bigram counts: entry (i, j) is how often symbol j followed symbol i.

    transition_ : TransitionMatrix
        The fitted probabilities as the matrix P = S + g q^T: an internal object, whose methods may
        change.

    transition_matrix_ : ndarray of shape (n_symbols, n_symbols), float64
        The fitted probabilities of the second symbol given the first. It is computed on access, for
        up to 5,792 symbols.

    discount_ : float or None
        The discount used by "absolute" or "kneser-ney" smoothing, given or estimated. None for
        the other methods.

    tokenizer_ : NameTokenizer
        The fitted tokenizer. Only set when fitted on names.

    n_features_in_ : int
        Number of columns. Only set when fitted on token ids.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Only set when fitted on token ids in a data frame.

    See Also
    --------
    NeuralBigramLM : The same model, trained as a neural network.

    Notes
    -----
    Let :math:`N_i` be the sum of row i of the counts and :math:`T_i` the number of distinct
    symbols in it. With ``smoothing="additive"``,

    .. math:: P_{ij} = \frac{N_{ij} + \alpha}{N_i + \alpha V}.

    With ``alpha=0``, a row without counts is uniform. Its symbol occurs in no bigram of the data,
    so sampling never reaches it.

    With ``smoothing="witten-bell"`` [3]_,

    .. math:: P_{ij} = \frac{N_{ij} + T_i q_j}{N_i + T_i}.

    With ``smoothing="absolute"`` [4]_ or ``"kneser-ney"`` [5]_ and the discount D,

    .. math::

        P_{ij} = \frac{\max(N_{ij} - D, 0)}{N_i} + \frac{\sum_k \min(N_{ik}, D)}{N_i} q_j.

    A row without counts equals q. The distribution q is estimated by the same formula, with the
    uniform distribution in place of q. The count of symbol j is the number of bigrams that end in
    j, or for ``"kneser-ney"`` the number of distinct symbols before j. Apart from this,
    ``"kneser-ney"`` is the same as ``"absolute"``. See [2]_ for a comparison of smoothing methods.

    ``smoothing="dirichlet"`` is the hierarchical Dirichlet model [6]_. Each row of P is drawn from
    one Dirichlet distribution with the parameters :math:`u_1, \ldots, u_V`. With their sum U, the
    mean of P given the counts is

    .. math:: P_{ij} = \frac{N_{ij} + u_j}{N_i + U} = \frac{N_{ij} + U q_j}{N_i + U},
        \qquad q_j = \frac{u_j}{U}.

    So u consists of fake counts, which are estimated from the counts: it maximizes the probability
    of the counts (the evidence) times the prior,

    .. math::

        \prod_i \frac{\Gamma(U)}{\Gamma(N_i + U)}
        \prod_j \frac{\Gamma(N_{ij} + u_j)}{\Gamma(u_j)} \;\times\; \prod_j u_j^a e^{-u_j}.

    The prior is the density of :math:`\log u_j` if :math:`u_j` has a gamma distribution with rate
    1 and shape :math:`a = T / V`, where T is the number of distinct symbols that end a bigram. If
    all V symbols do, the mean of each :math:`u_j` is 1, as in Laplace smoothing. At the maximum,

    .. math::

        q_j = \frac{t_j + T / V}{\sum_k t_k + T},
        \qquad t_j = \sum_i \sum_{n=0}^{N_{ij} - 1} \frac{u_j}{u_j + n}

    for whole counts, so that q is a Witten-Bell estimate, too. Its count :math:`t_j` is between the
    number of distinct symbols before j, which ``"kneser-ney"`` uses, and the number of bigrams that
    end in j, which ``"witten-bell"`` uses.

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
    .. [6] D. J. C. MacKay and L. C. Bauman Peto, "A hierarchical Dirichlet language model", Natural
       Language Engineering 1 (3), 1995. It leaves the prior of u open.

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

    A discount moves probability from seen bigrams to unseen ones:

    >>> model = CountBigramLM(smoothing="kneser-ney").fit(["emma", "olivia", "ava", "mia"])
    >>> round(model.discount_, 3), round(model.score(["eva"]), 3)
    (0.875, -1.593)
    """

    _parameter_constraints: dict = {
        **BaseBigramLM._parameter_constraints,
        "alpha": [FloatInterval(0, None, closed="left")],
        "smoothing": [
            StrOptions({"additive", "witten-bell", "absolute", "kneser-ney", "dirichlet"})
        ],
        "discount": [FloatInterval(0, 1, closed="both"), None],
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
        elif self.smoothing == "dirichlet":
            parts = dirichlet(N)
        else:
            discount = estimate_discount(N) if self.discount is None else float(self.discount)
            smooth = absolute if self.smoothing == "absolute" else kneser_ney
            parts = smooth(N, discount)
        return {"transition_": TransitionMatrix(*parts), "discount_": discount}


def make_default_model():
    """Return the model of a classifier or detector that is given none: it takes any symbol."""
    tokenizer = NameTokenizer(boundary="\n", handle_unknown="use_unknown")
    return CountBigramLM(smoothing="dirichlet", tokenizer=tokenizer)
