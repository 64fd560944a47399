"""Sums over all names of a chain, against exact arithmetic and closed forms."""

import math
from fractions import Fraction

from scipy import sparse

from sklearn_bigram import BigramCounts, CountBigramLM

from ._drawing import arguments, as_names, draw_alpha, draw_constraints, draw_counts, fit_chain
from ._exact import (
    Product,
    as_float,
    can_end,
    length_distribution,
    log,
    names_of_length,
    reachable,
    visits,
)
from ._notes import check, close, note

LARGE = [100, 127, 128, 129, 200, 255, 256, 257, 400, 1000, 1023, 1024, 1025]


def case(rng):
    """Check one function of a random small chain, or of a large ring or walk."""
    kinds = [moments, divergence, lengths, standard_scores, p_values, masses, large]
    rng.choices(kinds, [10, 10, 10, 10, 10, 20, 1])[0](rng)


def row_entropy(row):
    """Return the entropy of a row."""
    return math.fsum(-float(p) * log(p) for p in row.values())


def moments(rng):
    """Check the expected length and the entropy."""
    model, chain = fit_chain(draw_counts(rng, leaks=rng.choice([0.02, 0.1, 0.3])), draw_alpha(rng))
    v = visits(chain)
    endless = not reachable(chain) <= can_end(chain)
    length = math.inf if endless else sum((v[i] for i in v if i), Fraction(0))
    close(model.expected_length(), as_float(length), "model.expected_length()")
    if as_float(length) > 1e290 and not endless:
        return
    entropy = 0.0
    for i, n in v.items():
        H = row_entropy(chain[i])
        entropy += as_float(n) * H if H else 0.0
    close(model.entropy(), entropy, "model.entropy()", tol=1e-14)
    rate = math.nan if endless else entropy / (1 + as_float(length))
    if endless:
        check(math.isnan(model.entropy_rate()), "model.entropy_rate()", rate, model.entropy_rate())
    else:
        close(model.entropy_rate(), rate, "model.entropy_rate()", tol=1e-14)


def divergence(rng):
    """Check the divergence of two chains of the same symbols."""
    V = rng.randint(2, 5)
    N = draw_counts(rng, V)
    M = [[x if rng.random() < 0.6 else x * rng.choice([2, 0.5, 1.001]) for x in row] for row in N]
    if rng.random() < 0.3:
        M = [[x + rng.choice([0.0, 1.0]) for x in row] for row in N]
    alpha = draw_alpha(rng)
    model, chain = fit_chain(N, alpha)
    note("p = model")
    other, second = fit_chain(M, alpha)
    note("p.kl_divergence(model)")
    if list(model.symbols_) != list(other.symbols_):
        return
    v = visits(chain)
    terms = []
    for i, n in v.items():
        for j, p in chain[i].items():
            if j not in second[i]:
                terms.append(math.inf)
            elif p != second[i][j]:
                terms.append(as_float(n) * float(p) * log(p / second[i][j]))
    if any(math.isinf(term) for term in terms):
        if all(not math.isinf(x) for x in map(as_float, v.values())):
            close(model.kl_divergence(other), math.inf, "model.kl_divergence(other)")
        return
    scale = math.fsum(map(abs, terms))
    close(model.kl_divergence(other), math.fsum(terms), "divergence", tol=1e-9 * scale + 1e-14)


def lengths(rng):
    """Check the distribution of the length."""
    model, chain = fit_chain(draw_counts(rng), draw_alpha(rng))
    n = rng.randint(0, 40)
    found = model.length_distribution(n)
    expected = [as_float(p) for p in length_distribution(chain, n)]
    close(found, expected, f"model.length_distribution({n})", tol=1e-300)


def standard_scores(rng):
    """Check standard scores against all names of the length."""
    model, chain = fit_chain(
        draw_counts(rng, rng.randint(2, 4), leaks=rng.choice([0, 0.05])), draw_alpha(rng)
    )
    n = rng.randint(0, 6)
    pairs = list(names_of_length(chain, n))
    if not pairs:
        return
    total = sum(p for _, p in pairs)
    logs = [log(p) for _, p in pairs]
    weights = [as_float(p / total) for _, p in pairs]
    mean = math.fsum(w * x for w, x in zip(weights, logs, strict=True))
    deviation = math.sqrt(
        math.fsum(w * (x - mean) ** 2 for w, x in zip(weights, logs, strict=True))
    )
    names = as_names([name for name, _ in pairs], list(model.symbols_))
    found = model.standard_score_samples(names)
    if len({p for _, p in pairs}) == 1:
        close(found, [0.0] * len(names), f"model.standard_score_samples({names})")
    elif deviation > 1e-5 * (1 + abs(mean)):
        scores = [(x - mean) / deviation for x in logs]
        close(found, scores, f"model.standard_score_samples({names})", rel=1e-5, tol=1e-5)
    check(
        not any(map(math.isnan, found)), f"model.standard_score_samples({names})", "no nan", found
    )


def p_values(rng):
    """Check p-values against all names of the length: they include the names that are as likely."""
    model, chain = fit_chain(
        draw_counts(rng, rng.randint(2, 4), leaks=rng.choice([0, 0.05])), draw_alpha(rng)
    )
    n = rng.randint(0, 6)
    pairs = list(names_of_length(chain, n))
    if not pairs:
        return
    total = sum(p for _, p in pairs)
    names = as_names([name for name, _ in pairs], list(model.symbols_))
    call = f"model.pvalue_samples({names})"
    note(call)
    factor = Fraction(math.exp((n + 1) / 512 + 1e-8))
    # With tiny probabilities, the grid would be too large: p-values are simulated.
    n_drawn = 99_999 if min(min(row.values()) for row in chain if row) < 1e-40 else math.inf
    for (_, p), found in zip(pairs, model.pvalue_samples(names).tolist(), strict=True):
        low = as_float(sum(other for _, other in pairs if other <= p) / total)
        high = as_float(sum(other for _, other in pairs if other <= p * factor) / total)
        slack = 1e-300 + 6 * math.sqrt(high / n_drawn) + 20 / n_drawn
        check(found >= low * (1 - 1e-9) - slack, call, f"at least {low}", found)
        check(found <= min(high * (1 + 1e-9) + slack, 1), call, f"at most {high}", found)


def masses(rng):
    """Check the mass of random constraints, and that no name of them is more probable."""
    model, chain = fit_chain(draw_counts(rng, leaks=rng.choice([0, 0.1, 0.3])), draw_alpha(rng))
    given, exact = draw_constraints(rng, list(model.symbols_))
    product = Product(chain, **exact)
    if len(product.edges) > 60:
        return
    expected = log(product.mass())
    found = model.log_mass(**given)
    call = f"model.log_mass({arguments(given)})"
    close(found, expected, call, tol=1e-12)
    note(f"model.most_probable(1, {arguments(given)})")
    _, best = model.most_probable(1, **given)
    floor = best[0] if len(best) else -math.inf
    slack = 4e-16 * abs(floor) if len(best) else 0.0
    check(found >= floor - slack, f"{call} and the best name", f"at least {floor}", found)
    check(found <= 1e-12, f"{call} is a probability", "at most 0", found)


def large(rng):
    """Check a ring or a walk of many symbols, in a random order."""
    n = rng.choice(LARGE)
    symbols = [chr(0x4E00 + k) for k in range(n)]
    rng.shuffle(symbols)
    build = rng.choice([ring, walk])
    rows, cols, data, check_model = build(rng, n)
    note(f"# a {build.__name__} of {n} symbols: repeat it with --case")
    order = sorted(range(1, n + 1), key=lambda i: symbols[i - 1])
    place = {0: 0} | {i: k for k, i in enumerate(order, 1)}
    cells = [place[i] for i in rows], [place[j] for j in cols]
    matrix = sparse.csr_array((data, cells), shape=(n + 1, n + 1))
    counts = BigramCounts([".", *sorted(symbols)], matrix)
    check_model(CountBigramLM(alpha=0).fit(counts), symbols)


def ring(rng, n):
    """Return a ring, each symbol of which may end a name, and its closed forms."""
    tiny = rng.choice([1e-3, 1e-9, 1e-12, 1e-100, 1e-300])
    share = rng.choice([1.0, 0.05])
    leaks = [tiny * rng.uniform(0.5, 2) if rng.random() < share else 0.0 for _ in range(n)]
    leaks[-1] = leaks[-1] or tiny
    rows, cols, data = [0], [1], [1.0]
    for i, leak in enumerate(leaks, 1):
        rows += [i, i]
        cols += [i % n + 1, 0]
        data += [1.0, leak]
    ends = [leak / (1 + leak) for leak in leaks]

    def check_model(model, symbols):
        survival = [0.0]  # logarithms
        for leak in leaks:
            survival.append(survival[-1] - math.log1p(leak))
        v = 1 / -math.expm1(survival[-1])
        visited = [v * math.exp(s) for s in survival[:-1]]
        close(model.expected_length(), math.fsum(visited), "model.expected_length()")
        H = [
            math.log1p(leak) / (1 + leak) - (end * math.log(end) if end else 0)
            for leak, end in zip(leaks, ends, strict=True)
        ]
        entropy = math.fsum(x * y for x, y in zip(visited, H, strict=True))
        close(model.entropy(), entropy, "model.entropy()")
        k = rng.randrange(n)
        pattern = f"*{symbols[k]}"
        if ends[k]:
            expected = math.log(visited[k]) + math.log(ends[k])
            close(model.log_mass(pattern), expected, f"model.log_mass({pattern!r})", tol=1e-9)
        close(model.log_mass(), 0, "model.log_mass()", tol=1e-9)
        m = rng.randint(1, 50)
        expected = log(1 - Fraction(math.exp(survival[m])))
        if survival[m]:
            expected = math.log(-math.expm1(survival[m]))
            found = model.log_mass(max_length=m)
            close(found, expected, f"model.log_mass(max_length={m})", tol=1e-9)

    return rows, cols, data, check_model


def walk(rng, n):
    """Return a walk that ends when it is back at its start, and its closed forms."""
    ups = [rng.choice([1.0, 1.0, rng.uniform(0.5, 2)]) for _ in range(n)]
    for _ in range(rng.randint(0, 4)):
        ups[rng.randrange(n)] = 10.0 ** rng.choice([-100, -17, -12, 12, 17, 40])
    ups[-1] = 0.0
    rows, cols, data = [0], [1], [1.0]
    for i, up in enumerate(ups, 1):
        rows += [i] * (1 + (i < n))
        cols += [i - 1, i + 1][: 1 + (i < n)]
        data += [1.0, up][: 1 + (i < n)]
    p = [up / (1 + up) for up in ups]
    q = [1 / (1 + up) for up in ups]

    def check_model(model, symbols):
        visited = [1 / q[0]]
        for i in range(n - 1):
            visited.append(visited[-1] * p[i] / q[i + 1])
        close(model.expected_length(), math.fsum(visited), "model.expected_length()")
        H = [math.log1p(up) - (x * math.log(up) if up else 0) for up, x in zip(ups, p, strict=True)]
        if all(up < 1e6 for up in ups):
            entropy = math.fsum(x * y for x, y in zip(visited, H, strict=True))
            close(model.entropy(), entropy, "model.entropy()")
        k = rng.randint(2, n)
        odds, total = 1.0, 1.0  # gambler's ruin: the sum of the products of q / p
        for i in range(k - 1):
            odds *= 1 / ups[i]
            total += odds
        pattern = f"*{symbols[k - 1]}*"
        found = model.log_mass(pattern)
        close(found, -math.log(total), f"model.log_mass({pattern!r})", tol=1e-9)

    return rows, cols, data, check_model
