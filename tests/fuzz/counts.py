"""Counts: of names by hand, in parts, and with weights."""

from collections import Counter
from itertools import pairwise

import numpy as np

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM, count_bigrams

from ._notes import close, equal, note

ALPHABETS = [
    "ab",
    "abcdefghijklmnopqrstuvwxyz",
    "aé漢😀",
    "a\x00\n \ud800",
    "".join(map(chr, range(48, 800))),
]


def draw_names(rng, alphabet=None, longest=8, most=12):
    """Return random names."""
    alphabet = alphabet or rng.choice(ALPHABETS)
    return [
        "".join(rng.choice(alphabet) for _ in range(rng.randint(0, longest)))
        for _ in range(rng.randint(1, most))
    ]


def count_by_hand(names, weights=None):
    """Return the bigrams of names with their weights."""
    counter = Counter()
    for name, weight in zip(names, weights or [1] * len(names), strict=True):
        for pair in pairwise([".", *name, "."]):
            counter[pair] += weight
    return {pair: float(n) for pair, n in counter.items() if n}


def pairs_of(symbols, N):
    """Return a matrix of counts as a dict."""
    N = N.tocoo()
    cells = zip(N.row, N.col, N.data, strict=True)
    return {(symbols[i], symbols[j]): float(n) for i, j, n in cells}


def case(rng):
    """Check counts of names in parts, their sums, and weights as repetitions."""
    names = draw_names(rng, most=rng.choice([3, 30]))
    if not any(names):
        names.append("a")
    smoothing = rng.choice(["additive", "kneser-ney", "dirichlet"])
    model = rng.choice([CountBigramLM(smoothing=smoothing), NeuralBigramLM()])
    note("from sklearn_bigram import *")
    note(f"names = {names}")
    weights = [rng.randint(0, 3) for _ in names]
    counts = count_bigrams(names)
    equal(pairs_of(counts.symbols, counts.matrix), count_by_hand(names), "count_bigrams(names)")

    cuts = sorted(rng.randint(0, len(names)) for _ in range(rng.randint(0, 3)))
    parts = [names[a:b] for a, b in pairwise([0, *cuts, len(names)])]
    parts = [part for part in parts if part]
    note(f"parts = {parts}")
    equal(sum(count_bigrams(part) for part in parts), counts, "the sum of counts of parts")
    note(f"model = {model}; whole = {model}.fit(names); for part in parts: model.partial_fit(part)")
    whole = type(model)(**model.get_params()).fit(names)
    for part in parts:
        model.partial_fit(count_bigrams(part) if rng.random() < 0.3 else part)
    equal(model.symbols_.tolist(), whole.symbols_.tolist(), "symbols_ by partial_fit")
    equal(pairs_of(model.symbols_, model.counts_), count_by_hand(names), "counts_ by partial_fit")
    scores = whole.score_samples(names).tolist()
    equal(model.score_samples(names).tolist(), scores, "scores by partial_fit")
    by_counts = type(model)(**model.get_params()).fit(counts).score_samples(names)
    equal(by_counts.tolist(), scores, "scores of a model of counts")

    repeated = [name for name, weight in zip(names, weights, strict=True) for _ in range(weight)]
    if any(repeated):
        dtype = rng.choice([np.int64, np.uint8, np.float32, np.float64, bool])
        if dtype is bool:
            weights = [int(w > 0) for w in weights]
            repeated = [name for name, w in zip(names, weights, strict=True) if w]
        note(f"model.fit(names, sample_weight=np.array({weights}, {dtype.__name__}))")
        model.fit(names, sample_weight=np.array(weights, dtype=dtype))
        found = pairs_of(model.symbols_, model.counts_)
        equal(found, count_by_hand(repeated), "counts_ with weights")
        again = type(model)(**model.get_params()).fit(repeated)
        equal(model.symbols_.tolist(), again.symbols_.tolist(), "symbols_ with weights")
        score = again.score(repeated)
        known = [(x, w) for x, w in zip(names, weights, strict=True) if w]
        found = model.score([x for x, _ in known], sample_weight=[w for _, w in known])
        close(found, score, "score with weights", rel=1e-12)

    ids_of(rng, names)


def ids_of(rng, names):
    """Check that token ids give the same counts as names."""
    sparse_output = rng.random() < 0.5
    tokenizer = NameTokenizer(sparse_output=sparse_output, max_length=max(map(len, names)))
    note(f"ids = {tokenizer}.fit_transform(names)")
    ids = tokenizer.fit_transform(names)
    model = CountBigramLM().fit(ids)
    symbols = tokenizer.symbols_
    equal(pairs_of(symbols, model.counts_), count_by_hand(names), "counts of ids")
    scores = CountBigramLM().fit(names).score_samples(names)
    equal(model.score_samples(ids).tolist(), scores.tolist(), "scores of ids")
