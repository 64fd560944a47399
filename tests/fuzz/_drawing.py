"""Random chains, patterns and bounds that several areas draw."""

from fractions import Fraction

from sklearn_bigram import BigramCounts, CountBigramLM

from ._exact import STAR, chain_of
from ._notes import note

LETTERS = "abcdefgh"


def draw_count(rng, leaks):
    """Return a count, often 0, sometimes a tiny one."""
    kind = rng.random()
    if kind < 0.35:
        return 0.0
    if kind < 0.35 + leaks:
        return 10.0 ** -rng.choice([12, 14, 16, 17, 20, 50, 100, 200, 300])
    if kind < 0.9:
        return float(rng.choice([1, 1, 1, 2, 3, 5, 10]))
    return rng.choice([rng.random(), 1e6 * rng.random(), 0.1, 1e12])


def draw_counts(rng, n_symbols=None, leaks=0.1):
    """Return a square table of counts as a list of lists, with names that begin."""
    V = n_symbols or rng.randint(2, 6)
    N = [[draw_count(rng, leaks) for _ in range(V)] for _ in range(V)]
    N[0][0] = rng.choice([0.0, 0.0, N[0][0]])
    if not any(N[0]):
        N[0][-1] = 1.0
    if not any(row[0] for row in N):
        N[-1][0] = 1.0
    return N


def draw_alpha(rng):
    """Return a number of fake counts, mostly 0."""
    return rng.choice([0, 0, 0, 0, 1, 0.1, 1e-6, 1e-12])


def fit_chain(N, alpha=0):
    """Return the model of the counts N, and its chain in fractions."""
    symbols = [".", *LETTERS[: len(N) - 1]]
    note("from sklearn_bigram import BigramCounts, CountBigramLM")
    note(f"model = CountBigramLM({alpha}).fit(BigramCounts({symbols}, {N}))")
    model = CountBigramLM(alpha).fit(BigramCounts(symbols, N))
    kept = [symbols.index(symbol) for symbol in model.symbols_]
    fake = Fraction(alpha)
    return model, chain_of([[Fraction(N[i][j]) + fake for j in kept] for i in kept])


def draw_glob(rng, symbols):
    """Return a pattern of the symbols as a text and as items for `Product`."""
    letters = list(range(1, len(symbols)))
    text, items = "", []
    for _ in range(rng.randint(0, 5)):
        kind = rng.choice("**?s[!")
        chosen = rng.sample(letters, rng.randint(1, len(letters)))
        if kind == "!" and len(chosen) == len(letters):
            kind = "["  # a set that matches no symbol is refused
        inside = "".join(symbols[i] for i in chosen)
        if kind == "*":
            text, items = text + "*", [*items, STAR]
        elif kind == "?":
            text, items = text + "?", [*items, set(letters)]
        elif kind == "s":
            text, items = text + symbols[chosen[0]], [*items, {chosen[0]}]
        elif kind == "[":
            text, items = text + f"[{inside}]", [*items, set(chosen)]
        else:
            text, items = text + f"[!{inside}]", [*items, set(letters) - set(chosen)]
    return text, items


def draw_constraints(rng, symbols, longest=8):
    """Return random constraints as arguments of the package and of `Product`."""
    given, exact = {}, {}
    if rng.random() < 0.6:
        given["pattern"], exact["items"] = draw_glob(rng, symbols)
    if rng.random() < 0.4:
        given["min_length"] = rng.randint(0, longest)
    if rng.random() < 0.4:
        given["max_length"] = given.get("min_length", 0) + rng.randint(0, longest)
    exact |= {key: given[key] for key in ("min_length", "max_length") if key in given}
    return given, exact


def arguments(given):
    """Return keyword arguments as text."""
    return ", ".join(f"{key}={value!r}" for key, value in given.items())


def as_names(names, symbols):
    """Return names of symbol numbers as str."""
    return ["".join(symbols[i] for i in name) for name in names]
