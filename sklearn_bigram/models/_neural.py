"""NeuralBigramLM: the bigram language model trained as a one-layer neural network."""

from numbers import Integral

import numpy as np
from scipy import sparse
from scipy.special import softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.estimation._descent import descend, draw_weights, import_torch
from sklearn_bigram.estimation._softmax import solve_exact
from sklearn_bigram.markov._transition import TransitionMatrix
from sklearn_bigram.models._base import BaseBigramLM
from sklearn_bigram.utils._sparse import row_numbers, with_data
from sklearn_bigram.utils._validation import (
    FloatInterval,
    Interval,
    StrOptions,
    check_generator,
)
from sklearn_bigram.utils._warnings import warn_user


class NeuralBigramLM(BaseBigramLM):
    r"""Bigram language model: a neural network with one linear layer and a softmax.

    The input is a one-hot encoded symbol. Its row of the weight matrix W holds the logits of the
    next symbol. Training minimizes the mean negative log-likelihood (NLL) plus
    ``reg * mean(W ** 2)``. The penalty smooths the probabilities, as the pseudocounts of
    :class:`CountBigramLM` do.

    Parameters
    ----------
    reg : float, default=0.01
        Strength of the L2 penalty on the weights. With 0, the loss has no minimum if there are
        unseen bigrams: their weights tend to -inf, and the model tends to
        ``CountBigramLM(alpha=0)``. In this case, ``solver="exact"`` returns that limit.

    solver : {"exact", "gd"}, default="exact"
        Training algorithm. "exact" finds the minimum to machine precision with a few Newton steps.
        "gd" is the gradient descent of the lecture [1]_, in float32, with automatic
        differentiation in torch. Install torch with ``pip install torch``.

    learning_rate : float, default=50.0
        Step size of "gd". The lecture's value of 50 suits thousands of names. With only a few
        names, use a smaller value, because large steps overshoot the minimum.

    max_iter : int, default=1000
        Maximum number of steps of "gd".

    tol : float, default=1e-4
        "gd" stops when no element of the gradient is larger than `tol` in absolute value.

    tokenizer : NameTokenizer, default=None
        Tokenizer that splits names into symbols. A clone of it is fitted. If None,
        ``NameTokenizer()`` is used. Ignored for token ids.

    random_state : int, RandomState or numpy.random.Generator, default=None
        Determines the initial weights of "gd". An int is the seed of ``torch.randn``.

    warm_start : bool, default=False
        If True, "gd" starts from the weights of the previous fit. Weights of new symbols are
        drawn at random.

    verbose : bool, default=False
        If True, print the loss after each step of "gd".

    Attributes
    ----------
    coef_ : ndarray of shape (n_symbols, n_symbols), float64
        The weight matrix W. Row i holds the logits of the symbol that follows symbol i. It is
        computed on access.

    loss_ : float
        Final loss: mean NLL plus penalty, in nats.

    loss_curve_ : ndarray of shape (`n_iter_` + 1,)
        The loss before each step of "gd" and after the last one. For "exact", only `loss_`, as an
        array of shape (1,).

    n_iter_ : int
        Number of steps: gradient steps for "gd", Newton steps for "exact".

    symbols_ : ndarray of shape (n_symbols,)
        The symbols, as str objects. The first is the boundary. For token ids, the ids.

    classes_ : ndarray of shape (n_symbols,)
        Same as `symbols_`. It labels the columns of `predict_proba`.

    counts_ : CSR array of shape (n_symbols, n_symbols), float64
        Bigram counts: entry (i, j) is how often symbol j followed symbol i. Training uses only
        these counts.

    transition_ : TransitionMatrix
        The fitted probabilities as the matrix P = S + g q^T: an internal object, whose methods may
        change.

    transition_matrix_ : ndarray of shape (n_symbols, n_symbols), float64
        The fitted probabilities of the second symbol given the first. It is computed on access, for
        up to 5,792 symbols.

    tokenizer_ : NameTokenizer
        The fitted tokenizer. Only set when fitted on names.

    n_features_in_ : int
        Number of columns. Only set when fitted on token ids.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Only set when fitted on token ids in a data frame.

    See Also
    --------
    CountBigramLM : The same model, estimated by counting.

    Notes
    -----
    Let N be the counts, n their sum and V the number of symbols. The loss is

    .. math::

        L(W) = \sum_{ij} \frac{N_{ij}}{n} \Bigl(\log \sum_k e^{W_{ik}} - W_{ij}\Bigr)
        + \frac{\mathrm{reg}}{V^2} \sum_{ij} W_{ij}^2.

    L is strictly convex for ``reg > 0``. The "exact" solver expresses its minimum with the Wright
    omega function [2]_. Its memory and time are proportional to the number of distinct bigrams
    seen. Those of "gd" are proportional to the square of the number of symbols.

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
        "reg": [FloatInterval(0, None, closed="left")],
        "solver": [StrOptions({"exact", "gd"})],
        "learning_rate": [FloatInterval(0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [FloatInterval(0, None, closed="left")],
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
        """The weight matrix W, of shape (n_symbols, n_symbols)."""
        check_is_fitted(self)
        if self._weights is not None:
            return self._weights.astype(np.float64)
        return self.transition_.logits()  # at the minimum, each row of W sums to zero

    def _validate_params(self):
        """Check the parameters, and that torch is there if they need it."""
        super()._validate_params()
        if self.solver == "gd":
            import_torch()

    def _estimate(self, learned):
        if self.solver == "exact" or learned.matrix.nnz == 0:  # without counts, W = 0
            return self._solve(learned.matrix)
        return self._descend(learned)

    def _solve(self, N):
        """Find the exact minimum and return the fitted attributes."""
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
        """Run gradient descent and return the fitted attributes."""
        result = descend(
            learned.matrix,
            self._starting_weights(learned.encoder.symbols),
            reg=float(self.reg),
            learning_rate=float(self.learning_rate),
            max_iter=self.max_iter,
            tol=float(self.tol),
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
        """Return the initial weights: random, or with `warm_start` those of the previous fit."""
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
        """Warn that gradient descent did not converge."""
        oscillates = np.any(np.diff(losses[len(losses) // 2 :]) > 1e-6)
        remedy = f"lower learning_rate={self.learning_rate}" if oscillates else "raise one of them"
        warn_user(
            f"Gradient descent stopped after max_iter={self.max_iter} steps without reaching "
            f"tol={self.tol}{', and the loss oscillates' if oscillates else ''}: {remedy}, "
            "or use solver='exact'.",
            ConvergenceWarning,
        )
