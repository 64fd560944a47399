"""Regular expressions as constraints, against re.fullmatch on all names of a few symbols."""

import math
import re
from fractions import Fraction

from ._drawing import as_names, draw_alpha, draw_counts, fit_chain
from ._exact import log, names_of_length
from ._notes import close, equal, note

ATOMS = ["a", "b", ".", "[ab]", "[^a]", "[^b-z]", "[c-z]", r"\w", r"\d", "(?i:B)", "(?-i:a)", "A?"]
ANCHORS = ["", "^", "$", r"\A", r"\Z"]
COUNTS = ["*", "+", "?", "*?", "{2}", "{,2}", "{1,}", "{0}", "{1,3}", "{2,3}?"]


def draw_expression(rng, depth):
    """Return a random regular expression that re can compile."""
    kind = rng.choice("aapsrr") if depth else "a"
    if kind == "a":
        return rng.choice(ATOMS if rng.random() < 0.9 else ANCHORS)
    parts = [draw_expression(rng, depth - 1) for _ in range(rng.randint(1, 3))]
    if kind == "p":
        return f"({'|'.join(parts)})"
    if kind == "s":
        return "".join(parts)
    return f"(?:{parts[0]}){rng.choice(COUNTS)}"


def case(rng):
    """Compare log_mass and most_probable with the sum and the list of the names that match."""
    model, chain = fit_chain(draw_counts(rng, rng.randint(3, 5), leaks=0), draw_alpha(rng))
    symbols = list(model.symbols_)
    if not {"a", "b"} <= set(symbols):
        return
    longest = 8 - len(symbols)
    least = rng.choice([0, 0, 1, 2])
    flags = rng.choice([0, re.IGNORECASE, re.ASCII, re.DOTALL | re.IGNORECASE])
    expression = draw_expression(rng, rng.randint(1, 4))
    if "A" in expression:
        flags |= re.IGNORECASE
    pattern = re.compile(expression, flags)
    given = (
        f"pattern=re.compile({expression!r}, {flags:d}), min_length={least}, max_length={longest}"
    )
    note("import re")

    names = [pair for n in range(least, longest + 1) for pair in names_of_length(chain, n)]
    texts = as_names([name for name, _ in names], symbols)
    expected = {
        text: p for text, (_, p) in zip(texts, names, strict=True) if p and pattern.fullmatch(text)
    }
    note(f"print(model.log_mass({given}))")
    mass = sum(expected.values(), Fraction(0))
    close(model.log_mass(pattern, least, longest), log(mass), "log_mass", tol=1e-12)

    note(f"names, log_proba = model.most_probable(10_000, {given})")
    found, log_proba = model.most_probable(
        10_000, pattern=pattern, min_length=least, max_length=longest
    )
    equal(sorted(found), sorted(expected), "the names")
    close(log_proba, [log(expected[name]) for name in found], "log_proba", tol=1e-12)
    if math.exp(log(mass)) > 0:
        note(f"drawn = model.sample(20, {given}, random_state=0)")
        drawn = model.sample(
            20, pattern=pattern, min_length=least, max_length=longest, random_state=0
        )
        equal(sorted(set(drawn) - set(expected)), [], "names that do not match")
