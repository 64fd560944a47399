"""sample: a chi-square test of draws against the exact probabilities of all names."""

import math
from collections import Counter
from fractions import Fraction

from scipy import stats

from sklearn_bigram import CountBigramLM, NameTokenizer
from sklearn_bigram.exceptions import EndlessNameError

from ._drawing import arguments, as_names, draw_alpha, draw_constraints, draw_counts, fit_chain
from ._exact import Product, can_end, log, reachable
from ._notes import check, note
from .counts import draw_names

N_DRAWS = 3000


def heat(chain, temperature):
    """Return the chain at a temperature."""
    hot = []
    for row in chain:
        powers = {j: Fraction(math.exp(log(p) / temperature)) for j, p in row.items()}
        total = sum(powers.values())
        hot.append({j: p / total for j, p in powers.items() if p})
    return hot


def case(rng):
    """Draw names of a random chain, or of a model whose tokenizer bounds their length."""
    if rng.random() < 0.02:
        bounded(rng)
    else:
        frequencies(rng)


def bounded(rng):
    """Check that a model whose tokenizer bounds the length can score names that it draws."""
    names, longest = draw_names(rng, "ab", longest=3), rng.randint(3, 5)
    if not any(names):
        return
    note("from sklearn_bigram import CountBigramLM, NameTokenizer")
    note(f"tokenizer = NameTokenizer(max_length={longest})")
    note(f"model = CountBigramLM(tokenizer=tokenizer).fit({names})")
    note(f"model.score_samples(model.sample(50, max_length={longest}, random_state=0))")
    model = CountBigramLM(tokenizer=NameTokenizer(max_length=longest)).fit(names)
    drawn = model.sample(50, max_length=longest, random_state=0)
    check(max(map(len, drawn)) <= longest, "the longest name", longest, drawn)
    model.score_samples(drawn)


def frequencies(rng):
    """Draw names under random constraints and compare their frequencies."""
    model, chain = fit_chain(draw_counts(rng, rng.randint(2, 4), leaks=0), draw_alpha(rng))
    symbols = list(model.symbols_)
    given, exact = draw_constraints(rng, symbols, longest=4)
    if rng.random() < 0.4:
        given["temperature"] = rng.choice([0.3, 0.5, 0.9, 1.5, 3.0])
        chain = heat(chain, given["temperature"])
    if any(p > 0.999 for row in chain for p in row.values() if p < 1):
        return  # names of thousands of symbols may be refused
    if not reachable(chain) <= can_end(chain) and "max_length" not in given:
        return  # names without an end are refused
    product = Product(chain, **exact)
    total = product.mass() if len(product.edges) <= 60 else 0
    if not total:
        return
    expected, covered = {}, Fraction(0)
    for name, p in product.best():
        if p < total * Fraction(20, N_DRAWS) or len(expected) == 100:
            break
        expected[as_names([name], symbols)[0]] = p
        covered += p
    if expected and rng.random() < 0.4:
        excluded = rng.sample(sorted(expected), min(3, len(expected)))
        left = total - sum(expected.pop(name) for name in excluded)
        if left < total / 10:
            return
        covered, total = sum(expected.values(), Fraction(0)), left
        given["exclude"] = excluded
    if not expected:
        return
    seed = rng.getrandbits(32)
    call = f"model.sample({N_DRAWS}, random_state={seed}, {arguments(given)})"
    note(call)
    try:
        drawn = model.sample(N_DRAWS, random_state=seed, **given)
    except EndlessNameError:
        return  # the longest of so many names may be very long
    found = Counter(drawn.tolist())
    check(not found.keys() & set(given.get("exclude", ())), "excluded names", "none", found)
    seen = [found[name] for name in expected] + [sum(found[x] for x in found if x not in expected)]
    means = [float(p / total) * N_DRAWS for p in expected.values()]
    means.append(N_DRAWS - math.fsum(means))
    if means[-1] < 20:  # merge the rest with the rarest name, for the test to hold
        rest, count = means.pop(), seen.pop()
        check(rest > 1e-9 * N_DRAWS or not count, "names that are impossible", "none", found)
        means[-1], seen[-1] = means[-1] + rest, seen[-1] + count
    if len(means) == 1:
        return
    p_value = stats.chi2.sf(
        sum((x - m) ** 2 / m for x, m in zip(seen, means, strict=True)), len(means) - 1
    )
    named = dict(zip([*expected, "others"], zip(means, seen, strict=False), strict=False))
    check(p_value > 1e-6, "chi-square test: means and counts", "p > 1e-6", (p_value, named))
