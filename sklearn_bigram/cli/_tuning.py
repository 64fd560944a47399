"""Hyperparameter search by cross-validation on counts."""

from functools import reduce
from operator import add
from typing import NamedTuple

import numpy as np

from sklearn_bigram import BigramCounts, CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.cli._reading import LINE_END, join_lines, read_blocks
from sklearn_bigram.counting._names import count_codes_by_class
from sklearn_bigram.exceptions import NoNamesError
from sklearn_bigram.tokenization._codes import Codes, code_text

_BYTES_PER_BLOCK = 2**20  # of text whose names are split at a time
_STEPS = (1, 2, 5)
_MARGIN = 0.2  # nats; height of the plot above the lowest point


class Candidate(NamedTuple):
    """A model with one parameter value, and its result on held-out names."""

    model: str  # "count" or "neural"
    parameter: str
    value: float | str
    nll: float  # mean NLL per bigram in nats, averaged over the folds
    error: float  # standard error of `nll`

    @property
    def options(self):
        """The command line options that select this candidate."""
        model = "--model neural " if self.model == "neural" else ""
        value = self.value if isinstance(self.value, str) else f"{self.value:g}"
        return f"{model}--{self.parameter} {value}"


def grid(low, high):
    """Return 1, 2 and 5 times the powers of ten from 10**low on, up to 10**high."""
    numbers = [float(f"{step}e{exponent}") for exponent in range(low, high) for step in _STEPS]
    return [*numbers, 10.0**high]


GRIDS = {
    ("count", "alpha"): grid(-3, 2),
    ("count", "smoothing"): ["witten-bell", "absolute", "kneser-ney", "dirichlet"],
    ("neural", "reg"): grid(-5, 1),
}
_CLASSES = {"count": CountBigramLM, "neural": NeuralBigramLM}


def count_folds(path, n_folds, seed, *, encoding, lowercase):
    """Split the names of a text file at random into folds of nearly equal size.

    Returns the counts of each fold, with the boundary `LINE_END`, and the number of names.
    """
    rng = np.random.default_rng(seed)
    folds: list[BigramCounts] = []
    n_names = 0
    for text in read_blocks(path, encoding, _BYTES_PER_BLOCK):
        coded = drop_blank(Codes(code_text(join_lines(text, lowercase=lowercase)), ord(LINE_END)))
        n_here = len(coded.starts) - 1
        if n_here > 0:
            fold = (n_names + rng.permutation(n_here)) % n_folds
            parts = count_codes_by_class(coded, fold, n_folds)
            folds = list(map(add, folds, parts)) if folds else parts
            n_names += n_here
    if not folds:
        raise NoNamesError(path)
    return folds, n_names


def drop_blank(coded):
    """Return the `Codes` of lines without the blank ones."""
    is_blank = np.diff(coded.starts) == 1
    if not is_blank.any():
        return coded
    return Codes(np.delete(coded.codes, coded.starts[1:][is_blank]), coded.boundary)


def cross_validate(folds, models):
    """Yield the candidates of some models, evaluated by cross-validation.

    Each candidate is fitted once per fold, to the counts of the other folds.

    Parameters
    ----------
    folds : list of BigramCounts
        The counts of each fold. All fitted models share the symbols of all folds.
    models : list of str
        The models to evaluate: "count", "neural" or both.
    """
    total = reduce(add, folds)
    ids = {symbol: i for i, symbol in enumerate(total.symbols)}
    held_out = [fold.relabel([ids[s] for s in fold.symbols], total.symbols) for fold in folds]
    rest = [type(total)(total.symbols, total.matrix - fold.matrix) for fold in held_out]
    tokenizer = NameTokenizer(boundary=total.symbols[0])
    for (model, parameter), values in GRIDS.items():
        for value in values if model in models else ():
            estimator = _CLASSES[model](tokenizer=tokenizer, **{parameter: value})
            nll = [
                -estimator.fit(train).score(test)
                for train, test in zip(rest, held_out, strict=True)
            ]
            error = np.std(nll, ddof=1) / np.sqrt(len(nll))
            yield Candidate(model, parameter, value, float(np.mean(nll)), float(error))


def find_best(candidates):
    """Return the candidate with the lowest NLL for each parameter."""
    found: dict[str, Candidate] = {}
    for candidate in candidates:
        best = found.setdefault(candidate.parameter, candidate)
        if candidate.nll < best.nll:
            found[candidate.parameter] = candidate
    return list(found.values())


def draw_curves(candidates, plt):
    """Return a figure of the NLL as a function of alpha and of reg."""
    drawn = [c for c in candidates if c.parameter != "smoothing"]
    parameters = list(dict.fromkeys(c.parameter for c in drawn))
    figure, axes = plt.subplots(
        1, len(parameters), sharey=True, squeeze=False, layout="constrained",
        figsize=(5 * len(parameters), 4),
    )  # fmt: skip
    for ax, parameter in zip(axes[0], parameters, strict=True):
        points = [c for c in drawn if c.parameter == parameter]
        x, nll, error = (
            np.array([getattr(c, name) for c in points]) for name in ("value", "nll", "error")
        )
        ax.fill_between(x, nll - error, nll + error, alpha=0.2, lw=0)
        ax.plot(x, nll)
        best = nll.argmin()
        ax.plot(x[best], nll[best], "o", color="C0")
        ax.annotate(f"{x[best]:g}", (x[best], nll[best]), (0, 8), textcoords="offset points")
        ax.set(xscale="log", xlabel=parameter, title=_CLASSES[points[0].model].__name__)
        ax.set_ylim(top=nll.min() + _MARGIN)
        ax.grid(alpha=0.3)
    axes[0, 0].set_ylabel("held-out NLL per bigram (nats)")
    return figure
