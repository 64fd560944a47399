"""most_probable against a search in exact arithmetic."""

import math
from itertools import islice

from ._drawing import arguments, as_names, draw_alpha, draw_constraints, draw_counts, fit_chain
from ._exact import Product, log
from ._notes import check, close, equal, note


def case(rng):
    """Compare the best names under random constraints, with ties and excluded names."""
    kind = rng.choice(["ties", "leaks", "any"])
    N = draw_counts(rng, leaks={"ties": 0, "leaks": 0.3, "any": 0.1}[kind])
    if kind == "ties":
        N = [[float(min(x, 1)) for x in row] for row in N]
    model, chain = fit_chain(N, draw_alpha(rng))
    symbols = list(model.symbols_)
    given, exact = draw_constraints(rng, symbols)
    k = rng.choice([1, 2, 5, 20, 100])
    product = Product(chain, **exact)
    best = list(islice(product.best(), k + 20))
    if rng.random() < 0.5:
        excluded = rng.sample(best, min(len(best), rng.randint(0, 10)))
        given["exclude"] = as_names([name for name, _ in excluded], symbols)
        best = [pair for pair in best if pair not in excluded]
    few = len(best) < k
    note(f"names, log_proba = model.most_probable({k}, {arguments(given)})")
    names, log_proba = model.most_probable(k, **given)
    names, log_proba = names.tolist(), log_proba.tolist()

    logs = [log(p) for _, p in best]
    close(log_proba, logs[:k], "log_proba", tol=1e-12)
    equal(log_proba, model.score_samples(names).tolist() if names else [], "score_samples(names)")
    equal(len(set(names)), len(names), "the number of distinct names")
    ids = [[symbols.index(symbol) for symbol in name] for name in names]
    keys = [(-p, len(name), name) for p, name in zip(log_proba, ids, strict=True)]
    check(keys == sorted(keys), "the order of the names", sorted(keys), keys)
    last = -math.inf if few or not logs else logs[:k][-1]
    surely = {
        name
        for name, p in zip(as_names([n for n, _ in best], symbols), logs, strict=True)
        if p > last + 1e-9 * (1 + abs(last))
    }
    check(surely <= set(names), "names that must be among the best", surely, names)
    within = {
        name
        for name, p in zip(as_names([n for n, _ in best], symbols), logs, strict=True)
        if p >= last - 1e-9 * (1 + abs(last))
    }
    if len(within) < len(best) or few:
        check(set(names) <= within, "names that may be among the best", within, names)
