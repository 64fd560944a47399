"""NeuralBigramLM: the gradient is zero at its weights, and its loss is that of the formula."""

import math
from fractions import Fraction

import numpy as np

from sklearn_bigram import BigramCounts, NeuralBigramLM

from ._drawing import LETTERS
from ._notes import check, close, note
from .smoothing import draw_matrix


def softmax(row):
    """Return the logarithms of the softmax of a row."""
    top = max(row)
    total = top + math.log(math.fsum(math.exp(w - top) for w in row))
    return [w - total for w in row]


def case(rng):
    """Check the minimum of the loss for random counts and a random penalty."""
    N = draw_matrix(rng)
    if not any(map(any, N)):
        N[0][0] = 1.0
    V, n = len(N), math.fsum(map(math.fsum, N))
    reg = rng.choice([0.01, 1.0, 10.0 ** rng.uniform(-12, 6), 10.0 ** rng.uniform(-4, 1)])
    kind = rng.choices([float, np.float64, np.float32, Fraction], [50, 10, 1, 1])[0]
    given = kind(reg)
    reg = float(given)
    symbols = [".", *LETTERS[: V - 1]]
    note("from fractions import Fraction; import numpy as np")
    note("from sklearn_bigram import BigramCounts, NeuralBigramLM")
    note(f"model = NeuralBigramLM({given!r}).fit(BigramCounts({symbols}, {N}))")
    model = NeuralBigramLM(given)
    try:
        model.fit(BigramCounts(symbols, N))
    except TypeError:
        check(kind is Fraction, "a parameter", "only a fraction may be refused", given)
        return
    W = model.coef_.tolist()
    log_P = [softmax(row) for row in W]
    penalty = reg / V**2
    for i in range(V):
        r = math.fsum(N[i]) / n
        for j in range(V):
            terms = [r * math.exp(log_P[i][j]), -N[i][j] / n, 2 * penalty * W[i][j]]
            scale = max(map(abs, terms))
            # The weights themselves are sums of larger numbers, so their errors are absolute.
            ok = abs(math.fsum(terms)) <= 1e-8 * scale + 2 * penalty * 1e-14 + 1e-13 * r
            check(ok, f"the terms of the gradient of coef_[{i}, {j}]", "a sum of zero", terms)
    terms = [-N[i][j] / n * log_P[i][j] for i in range(V) for j in range(V)]
    terms += [penalty * w * w for row in W for w in row]
    close(model.loss_, math.fsum(terms), "model.loss_", tol=1e-14)
    found = model.predict_log_proba(["", *symbols[1:]])
    for i in range(V):
        close(found[i], log_P[i], f"log-probabilities of row {i}", tol=1e-12)
