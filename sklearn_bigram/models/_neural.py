"""NeuralBigramLM: the bigram language model as a one-layer neural network."""

from numbers import Integral, Real

import numpy as np
from scipy import sparse
from scipy.special import softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.estimation._softmax import solve_exact
from sklearn_bigram.markov._transition import TransitionMatrix
from sklearn_bigram.models._base import BaseBigramLM
from sklearn_bigram.utils._sparse import row_numbers, with_data
from sklearn_bigram.utils._validation import MAX_FLOAT, Interval, StrOptions, check_generator
from sklearn_bigram.utils._warnings import warn_user


class NeuralBigramLM(BaseBigramLM):
    r"""Bigram language model as a neural network of one linear layer and a softmax.

    A symbol goes in one-hot, its row of the weights W holds the logits of the next symbol, and W
    minimizes the mean negative log-likelihood plus ``reg * mean(W ** 2)``. The penalty does what
    fake counts do for :class:`CountBigramLM`.

    Parameters
    ----------
    reg : float, default=0.01
        Strength of the penalty on the weights. With 0 there is no minimum if a bigram was never
        seen: its weight goes to -inf, and the model to ``CountBigramLM(alpha=0)``, which is what
        ``solver="exact"`` then returns.

    solver : {"exact", "gd"}, default="exact"
        How to train: "exact" finds the minimum to machine precision in a few Newton steps; "gd" is
        the lecture's gradient descent, by automatic differentiation in torch, in float32.

    learning_rate : float, default=50.0
        Step size of "gd". The lecture's 50 is right for thousands of names; a few names want less,
        as the steps then overshoot.

    max_iter : int, default=1000
        The most steps of "gd".

    tol : float, default=1e-4
        "gd" stops when no element of the gradient is larger than this.

    tokenizer : NameTokenizer, default=None
        What makes symbols of raw names; a clone of it is fitted. None stands for
        ``NameTokenizer()``. Not used for token ids.

    random_state : int, RandomState or numpy.random.Generator, default=None
        Draws the weights that "gd" starts from; an int is the seed of ``torch.randn``.

    warm_start : bool, default=False
        Start "gd" from the weights of the last fit, where they stand for the same symbols.

    verbose : bool, default=False
        Print the loss after each step of "gd".

    Attributes
    ----------
    coef_ : ndarray of shape (n_symbols, n_symbols), float64
        The weights W: the logits of the next symbol, a row a symbol. Made when asked for.

    loss_ : float
        Mean NLL plus penalty at the end, in nats.

    loss_curve_ : ndarray of shape (`n_iter_` + 1,)
        The loss before each step of "gd" and after the last; for "exact" only `loss_`, of shape
        (1,).

    n_iter_ : int
        Number of steps, of "gd" or Newton's method.

    symbols_ : ndarray of shape (n_symbols,)
        The symbols, str objects, the first the boundary; for token ids, the ids.

    classes_ : ndarray of shape (n_symbols,)
        The same, under the name that scikit-learn has for the columns of `predict_proba`.

    counts_ : CSR array of shape (n_symbols, n_symbols), float64
        How often symbol j followed symbol i: all that training needs of the data.

    tokenizer_ : NameTokenizer
        The fitted tokenizer, if fitted on names.

    n_features_in_ : int
        Number of columns, if fitted on token ids.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if fitted on token ids in a data frame.

    See Also
    --------
    CountBigramLM : The same model by counting.

    Notes
    -----
    .. math::

        L(W) = \sum_{ij} \frac{N_{ij}}{n} \Bigl(\log \sum_k e^{W_{ik}} - W_{ij}\Bigr)
        + \frac{\mathrm{reg}}{V^2} \sum_{ij} W_{ij}^2

    L is strictly convex for ``reg > 0``. "exact" needs memory and time in proportion to the
    bigrams seen, "gd" to the square of the number of symbols.

    References
    ----------
    .. [1] A. Karpathy, "The spelled-out intro to language modeling: building makemore", 2022.
    .. [2] R. M. Corless and D. J. Jeffrey, "The Wright omega function", AISC 2002.

    Examples
    --------
    >>> from sklearn_bigram import NeuralBigramLM
    >>> model = NeuralBigramLM(reg=0.01).fit(["emma", "olivia", "ava", "mia"])
    >>> model.predict(["", "av", "emm"])
    array(['a', 'a', 'a'], dtype=object)
    >>> round(model.loss_, 3)
    0.792
    """

    _parameter_constraints: dict = {
        **BaseBigramLM._parameter_constraints,
        "reg": [Interval(Real, 0, MAX_FLOAT, closed="both")],
        "solver": [StrOptions({"exact", "gd"})],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state", np.random.Generator],
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        reg=0.01,
        *,
        solver="exact",
        learning_rate=50.0,
        max_iter=1000,
        tol=1e-4,
        tokenizer=None,
        random_state=None,
        warm_start=False,
        verbose=False,
    ):
        self.reg = reg
        self.solver = solver
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.tol = tol
        self.tokenizer = tokenizer
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose

    @property
    def coef_(self):
        """The weights W, of shape (n_symbols, n_symbols)."""
        check_is_fitted(self)
        if self._weights is not None:
            return self._weights.astype(np.float64)
        return self.transition_.logits()  # at the minimum, each row of W sums to zero

    def _estimate(self, learned):
        if self.solver == "exact" or learned.matrix.nnz == 0:  # without counts the best W is zero
            return self._solve(learned.matrix)
        return self._descend(learned)

    def _solve(self, N):
        """Return the fitted attributes at the exact minimum."""
        fit = solve_exact(N, float(self.reg))
        V = N.shape[0]
        S = with_data(N, fit.proba - fit.proba_zero[row_numbers(N)])
        return {
            "transition_": TransitionMatrix(S, fit.proba_zero * V, np.full(V, 1 / V)),
            "loss_": fit.loss,
            "loss_curve_": np.array([fit.loss]),
            "n_iter_": fit.n_iter,
            "_weights": None,
        }

    def _descend(self, learned):
        """Return the fitted attributes after gradient descent."""
        from sklearn_bigram.estimation._descent import descend

        result = descend(
            learned.matrix,
            self._starting_weights(learned.encoder.symbols),
            reg=self.reg,
            learning_rate=self.learning_rate,
            max_iter=self.max_iter,
            tol=self.tol,
            verbose=self.verbose,
        )
        if not result.converged:
            self._warn_of_convergence(result.losses)
        V = len(learned.encoder.symbols)
        P = sparse.csr_array(softmax(result.weights.astype(np.float64), axis=1))
        return {
            "transition_": TransitionMatrix(P, np.zeros(V), np.full(V, 1 / V)),
            "loss_": float(result.losses[-1]),
            "loss_curve_": result.losses,
            "n_iter_": len(result.losses) - 1,
            "_weights": result.weights,
        }

    def _starting_weights(self, symbols):
        """Return the weights to start from: random ones, or with `warm_start` the last ones."""
        from sklearn_bigram.estimation._descent import draw_weights

        seed = self.random_state
        if not isinstance(seed, Integral):
            seed = check_generator(seed).integers(2**32)
        weights = draw_weights(len(symbols), int(seed))
        if self.warm_start and hasattr(self, "counts_"):
            old_ids = {symbol: i for i, symbol in enumerate(self.symbols_.tolist())}
            new = [i for i, symbol in enumerate(symbols) if symbol in old_ids]
            old = [old_ids[symbols[i]] for i in new]
            learned, drawn = self.coef_[np.ix_(old, old)], weights[np.ix_(new, new)]
            weights[np.ix_(new, new)] = np.where(np.isfinite(learned), learned, drawn)
        return weights

    def _warn_of_convergence(self, losses):
        """Warn that gradient descent took all its steps."""
        oscillates = np.any(np.diff(losses[len(losses) // 2 :]) > 1e-6)
        way_out = f"lower learning_rate={self.learning_rate}" if oscillates else "raise one of them"
        warn_user(
            f"Gradient descent ended after max_iter={self.max_iter} steps without reaching "
            f"tol={self.tol}{', and its loss goes up and down' if oscillates else ''}: {way_out}, "
            "or use solver='exact'.",
            ConvergenceWarning,
        )
