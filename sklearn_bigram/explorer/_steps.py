"""The models that the page switches between, and the steps of their sliders."""

import numpy as np

from sklearn_bigram.counting._pairs import count_pairs
from sklearn_bigram.models._count import CountBigramLM
from sklearn_bigram.models._encoding import IdEncoder
from sklearn_bigram.models._learning import EncodedCounts
from sklearn_bigram.models._neural import NeuralBigramLM
from sklearn_bigram.tokenization._stream import take

_FOLDS = 5
_SEED = 0


def _grid(digits, low, high):
    """Return 0, these digits times the powers of ten from 10**low on, and 10**high."""
    powers = (float(f"{digit}e{exponent}") for exponent in range(low, high) for digit in digits)
    return [0.0, *powers, 10.0**high]


_SLIDERS = {
    "alpha": (CountBigramLM, _grid((1, 1.5, 2, 3, 5, 7), -3, 5), 1.0),
    "reg": (NeuralBigramLM, _grid((1, 3), -5, 2), 0.01),
}


def describe_models(estimator, shown, stream):
    """Return a list of dicts, one for each model of the switch; the first is the estimator.

    Parameters
    ----------
    estimator : CountBigramLM or NeuralBigramLM
        The fitted model.
    shown : ndarray of int
        The ids of the symbols that the page shows.
    stream : TokenStream or None
        The training names, for the cross-validation of each step.
    """
    N, (own, name) = estimator.counts_, _find_slider(estimator)
    folds = None if stream is None else split_counts(stream, N.shape[0])
    order = ["reg", "alpha"] if own == "reg" else ["alpha", "reg"]
    sliders = [
        _describe_slider(
            parameter, getattr(estimator, parameter) if parameter == own else None, N, folds, shown
        )
        for parameter in order
    ]
    if own is not None:
        return sliders
    P = estimator.transition_.rows(shown)[:, shown]
    fitted = {
        "parameter": None,
        "name": name,
        "values": [None],
        "start": 0,
        "train": [_mean_nll([N], [estimator.transition_])],
        "held_out": None,
        "tables": [P.ravel().tolist()],
    }
    return [fitted, *sliders]


def _find_slider(estimator):
    """Return the parameter whose slider has this model as a step, or None, and a name for it."""
    if isinstance(estimator, NeuralBigramLM):
        return "reg" if estimator.solver == "exact" else None, "gradient descent"
    return "alpha" if estimator.smoothing == "additive" else None, estimator.smoothing


def _describe_slider(parameter, value, N, folds, shown):
    """Return the description of a model with one parameter, from 0 to the uniform distribution.

    Parameters
    ----------
    parameter : "alpha" or "reg"
        The parameter.
    value : float or None
        Its value at the start; None for the default.
    N : CSR array of shape (n_symbols, n_symbols)
        All counts.
    folds : list of CSR arrays, or None
        The counts of the names that are held out together.
    shown : ndarray of int
        The ids of the symbols that the page shows.
    """
    cls, grid, default = _SLIDERS[parameter]
    value = default if value is None else float(value)
    values = sorted({*grid, value})
    chains = [_fit(cls(**{parameter: step}), N) for step in values]
    uniform = float(np.log(N.shape[0]))
    held_out = None
    if folds is not None:
        held_out = [
            *(_cross_validate(cls(**{parameter: step}), N, folds) for step in values),
            uniform,
        ]
    # Counts are smoothed in the page. The network's P is computed here.
    tables = [_make_table(c, N, shown) for c in chains] if parameter == "reg" else None
    return {
        "parameter": parameter,
        "name": parameter,
        "values": [*values, None],  # None stands for infinity
        "start": values.index(value),
        "train": [*(_mean_nll([N], [chain]) for chain in chains), uniform],
        "held_out": held_out,
        "tables": tables,
    }


def _make_table(transition, N, shown):
    """Return P of the shown symbols: at the stored counts, and the rest of each row, in a dict."""
    rows, columns = N[shown][:, shown].nonzero()
    P = transition.rows(shown)[:, shown]
    return {
        "stored": P[rows, columns].tolist(),
        "others": (transition.g[shown] * transition.q[0]).tolist(),
    }


def _fit(model, N):
    """Return the transition matrix of a model that is fitted to counts."""
    encoder = IdEncoder(np.arange(N.shape[0]), 1, None, is_sparse=False)
    return model.fit(EncodedCounts(encoder, N)).transition_


def _mean_nll(parts, transitions):
    """Return the mean NLL per bigram of parts of the counts, each with its own model, in nats.

    It is None if it is infinite, which JSON lacks.
    """
    nll = n_bigrams = 0.0
    for part, transition in zip(parts, transitions, strict=True):
        N = part.tocoo()
        nll -= N.data @ transition.log_proba(N.row, N.col)
        n_bigrams += N.data.sum()
    return float(nll / n_bigrams) if np.isfinite(nll) else None


def _cross_validate(model, N, folds):
    """Return the mean NLL of all names, each held out once, from a model of the other folds."""
    return _mean_nll(folds, [_fit(model, N - fold) for fold in folds])


def split_counts(stream, n_symbols):
    """Return the counts of each fold of the names, drawn at random; None for too few names."""
    n_names = len(stream.starts) - 1
    if n_names < _FOLDS:
        return None
    fold = np.random.default_rng(_SEED).permutation(n_names) % _FOLDS
    parts = (take(stream, np.flatnonzero(fold == k)) for k in range(_FOLDS))
    return [count_pairs(part.ids, n_symbols) for part in parts]
