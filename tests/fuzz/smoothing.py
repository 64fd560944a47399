"""CountBigramLM: each smoothing against its formula, in fractions if it has one."""

import math
from fractions import Fraction

from scipy.optimize import brentq

from sklearn_bigram import BigramCounts, CountBigramLM

from ._drawing import LETTERS
from ._exact import log
from ._notes import close, note

KINDS = ["additive", "witten-bell", "dirichlet", "absolute", "kneser-ney"]
DISCOUNTED = KINDS[3:]


def discount_of(N):
    """Return the estimated discount; fractional counts are rounded up."""
    seen = [math.ceil(x) for row in N for x in row if x]
    once, twice = seen.count(1), seen.count(2)
    return Fraction(once, once + 2 * twice) if once and twice else Fraction(1, 2)


def witten_bell(row, q):
    """Return a row interpolated with q by Witten and Bell's formula."""
    kinds, total = sum(x > 0 for x in row), sum(row)
    if not total:
        return q
    return [(x + kinds * y) / (total + kinds) for x, y in zip(row, q, strict=True)]


def absolute(row, q, discount):
    """Return a row interpolated with q by absolute discounting."""
    total = sum(row)
    if not total:
        return q
    taken = sum(min(x, discount) for x in row)
    return [(max(x - discount, 0) + taken * y) / total for x, y in zip(row, q, strict=True)]


def psi(x):
    """Return the digamma function, by its recurrence and its asymptotic series."""
    total = 0.0
    while x < 12:
        total -= 1 / x
        x += 1
    series = 1 / 12 - (1 / 120 - (1 / 252 - 1 / 240 / x**2) / x**2) / x**2
    return total + math.log(x) - 1 / (2 * x) - series / x**2


def dirichlet(N):
    """Return P with the parameters u at which the gradient of their posterior density is zero."""
    rows = [[float(x) for x in row] for row in N]
    totals, columns = [sum(row) for row in rows], list(zip(*rows, strict=True))
    shape = max(sum(any(column) for column in columns), 1) / len(N)

    def u_of(log_U):
        U = math.exp(log_U)
        D = 1 + math.fsum(psi(n + U) - psi(U) for n in totals if n)

        def excess(log_u, column):
            u = math.exp(log_u)
            return math.fsum(psi(n + u) - psi(u) for n in column if n) + shape / u - D

        return [math.exp(brentq(excess, -80, 80, args=(column,), xtol=1e-13)) for column in columns]

    log_U = brentq(lambda x: math.log(math.fsum(u_of(x))) - x, -30, 40, xtol=1e-13)
    u = u_of(log_U)
    U = math.fsum(u)
    return [
        [
            (Fraction(x) + Fraction(y)) / (Fraction(total) + Fraction(U))
            for x, y in zip(row, u, strict=True)
        ]
        for row, total in zip(rows, totals, strict=True)
    ]


def smooth(N, smoothing, alpha, discount):
    """Return P by the formulas of the documentation."""
    V = len(N)
    uniform = [Fraction(1, V)] * V
    if smoothing == "additive":
        totals = [sum(row) + alpha * V for row in N]
        return [
            [(x + alpha) / t for x in row] if t else uniform
            for row, t in zip(N, totals, strict=True)
        ]
    ends = [sum(column) for column in zip(*N, strict=True)]
    if smoothing == "dirichlet":
        return dirichlet(N)
    if smoothing == "witten-bell":
        q = witten_bell(ends, uniform)
        return [witten_bell(row, q) for row in N]
    if smoothing == "kneser-ney":
        ends = [Fraction(sum(x > 0 for x in column)) for column in zip(*N, strict=True)]
    q = absolute(ends, uniform, discount)
    return [absolute(row, q, discount) for row in N]


def draw_matrix(rng):
    """Return counts in which every symbol occurs."""
    V = rng.randint(2, 7)
    draw = rng.choice(
        [
            lambda: rng.choice([0, 0, 1, 1, 2, 3, 10]),
            lambda: rng.choice([0, 0, 1, 1, 2, 3, rng.random(), 0.5, 1e-3, 1.5]),
            lambda: rng.choice([0, 1e-12, 1e-6, 1, 1e6, 1e12]),
        ]
    )
    N = [[float(draw()) for _ in range(V)] for _ in range(V)]
    for k in range(V):
        if not any(N[k]) and not any(row[k] for row in N):
            N[k][0] = 1.0
    return N


def case(rng):
    """Compare the probabilities of all bigrams, and scores, with the formula."""
    N = draw_matrix(rng)
    V, smoothing = len(N), rng.choice(KINDS)
    alpha = rng.choice([0, 1, 0.1, 10.0 ** rng.uniform(-12, 6)])
    discount = rng.choice([None, None, 0, 1, 0.5, rng.random(), 1e-12])
    symbols = [".", *LETTERS[: V - 1]]
    note("from sklearn_bigram import BigramCounts, CountBigramLM")
    parameters = f"{alpha!r}, smoothing={smoothing!r}, discount={discount!r}"
    note(f"model = CountBigramLM({parameters}).fit(BigramCounts({symbols}, {N}))")
    model = CountBigramLM(alpha, smoothing=smoothing, discount=discount)
    model.fit(BigramCounts(symbols, N))
    exact = [[Fraction(x) for x in row] for row in N]
    D = discount_of(N) if discount is None else Fraction(discount)
    P = smooth(exact, smoothing, Fraction(alpha), D)
    if smoothing in DISCOUNTED:
        close(model.discount_, D, "model.discount_")
    prefixes = ["", *LETTERS[: V - 1]]
    proba, log_proba = model.predict_proba(prefixes), model.predict_log_proba(prefixes)
    scale = 1e-15 if smoothing in DISCOUNTED else 0.0  # a difference of counts and the discount
    for i, prefix in enumerate(prefixes):
        close(proba[i], P[i], f"model.predict_proba([{prefix!r}])", tol=scale)
        if not scale:
            logs = [log(p) for p in P[i]]
            close(log_proba[i], logs, f"model.predict_log_proba([{prefix!r}])", tol=1e-15)
        close(sum(proba[i]), 1, f"the sum of model.predict_proba([{prefix!r}])", rel=1e-12)
    name = [rng.randrange(1, V) for _ in range(rng.randint(0, 6))] if V > 1 else []
    expected = math.fsum(log(P[i][j]) for i, j in zip([0, *name], [*name, 0], strict=True))
    text = "".join(symbols[i] for i in name)
    found = model.score_samples([text])[0]
    what = f"model.score_samples([{text!r}])"
    close(found, expected, what, rel=1e-7 if scale else 1e-9, tol=1e-15 * (1 + len(name)))
