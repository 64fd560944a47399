"""BigramClassifier and BigramOutlierDetector, by their formulas."""

import math
from fractions import Fraction

import numpy as np

from sklearn_bigram import BigramClassifier, BigramOutlierDetector, CountBigramLM, NameTokenizer

from ._exact import log
from ._notes import check, close, equal, note
from .counts import count_by_hand, draw_names
from .smoothing import dirichlet


def case(rng):
    """Check a classifier or a detector."""
    rng.choice([classifier_case, detector_case])(rng)


def log_likelihood(name, P, unseen=()):
    """Return the logarithm of the probability of a name, without bigrams of an unseen symbol."""
    pairs = zip([".", *name], [*name, "."], strict=True)
    logs = [log(P(a, b)) for a, b in pairs if a not in unseen and b not in unseen]
    return -math.inf if -math.inf in logs else math.fsum(logs)


def additive(counts, symbols, alpha):
    """Return the function of a bigram to its probability."""
    V, totals = len(symbols), {}
    for (i, _), n in counts.items():
        totals[i] = totals.get(i, 0) + Fraction(n)

    def proba(i, j):
        total = totals.get(i, 0) + alpha * V
        return (Fraction(counts.get((i, j), 0)) + alpha) / total if total else Fraction(1, V)

    return proba


def dirichlet_of(counts, symbols):
    """Return the function of a bigram to its probability in the hierarchical Dirichlet model."""
    rows = dirichlet([[counts.get((i, j), 0) for j in symbols] for i in symbols])
    ids = {symbol: k for k, symbol in enumerate(symbols)}
    return lambda i, j: rows[ids[i]][ids[j]]


def classifier_case(rng):
    """Check joint and posterior probabilities, with priors, weights, alpha=0 and an unseen z."""
    names = draw_names(rng, rng.choice(["ab", "abcdef", "aé漢"]), most=20)
    if not any(names):
        names.append("a")
    while len(names) < 2:
        names.append("ab")
    labels = rng.choice([["x", "y"], [3, -1, 7], ["a", "bb", "ccc", "d"]])[: len(names)]
    y = [*labels, *(rng.choice(labels) for _ in names)][: len(names)]
    labels = sorted(set(y))
    alpha = rng.choice([0, 0.1, 1, 1e-9, 100])
    weights = rng.choice([None, [rng.choice([0.5, 1, 2, 3]) for _ in names]])
    priors = rng.choice([None, None, [rng.random() + 0.01 for _ in labels]])
    if priors:
        priors = [p / math.fsum(priors) for p in priors]
    symbols = [".", *sorted({c for name in names for c in name} | {"z"})]
    note("from sklearn_bigram import BigramClassifier, CountBigramLM, NameTokenizer")
    note(f"names, y = {names}, {y}")
    note(
        f"tokenizer = NameTokenizer(alphabet={symbols[1:]})\n"
        f"classifier = BigramClassifier(CountBigramLM({alpha}, tokenizer=tokenizer), "
        f"priors={priors}).fit(names, y, sample_weight={weights})"
    )
    tokenizer = NameTokenizer(alphabet=symbols[1:])
    classifier = BigramClassifier(CountBigramLM(alpha, tokenizer=tokenizer), priors=priors)
    classifier.fit(names, y, sample_weight=weights)
    equal(classifier.classes_.tolist(), labels, "classifier.classes_")
    equal(classifier.symbols_.tolist(), symbols, "classifier.symbols_")
    weight = weights or [1] * len(names)
    log_prior, joint = [], []
    test = names + draw_names(rng, "".join(symbols[1:]))
    note(f"test = {test}")
    for k, label in enumerate(labels):
        members = [i for i, other in enumerate(y) if other == label]
        own, own_weights = [names[i] for i in members], [weight[i] for i in members]
        P = additive(count_by_hand(own, own_weights), symbols, Fraction(alpha))
        share = Fraction(sum(own_weights)) / Fraction(sum(weight))
        log_prior.append(math.log(priors[k]) if priors else log(share))
        joint.append([log_likelihood(name, P, ["z"]) + log_prior[-1] for name in test])
    close(classifier.class_log_prior_, log_prior, "class_log_prior_", tol=1e-14)
    found = classifier.predict_joint_log_proba(test)
    proba, predicted = classifier.predict_proba(test), classifier.predict(test)
    for i, name in enumerate(test):
        row = [scores[i] for scores in joint]
        close(found[i], row, f"predict_joint_log_proba([{name!r}])", tol=1e-14)
        top = max(row)
        powers = [
            math.exp(x - top) if top > -math.inf else math.exp(p)
            for x, p in zip(row, log_prior, strict=True)
        ]
        expected = [p / math.fsum(powers) for p in powers]
        close(proba[i], expected, f"predict_proba([{name!r}])", rel=1e-7, tol=1e-12)
        best = labels.index(predicted[i].item())
        check(expected[best] > max(expected) - 1e-9, f"predict([{name!r}])", expected, predicted[i])


def moments(P, symbols, longest):
    """Return the mean and deviation of the log-likelihood of each length, by a recursion."""
    inner = symbols[1:]
    step = {(i, j): float(P(i, j)) for i in symbols for j in symbols}
    state = {".": (1.0, 0.0, 0.0)}  # probability; expectations of the score and its square
    result = []
    for _ in range(longest + 1):
        result.append(moments_after(state, step, ["."])["."])
        state = moments_after(state, step, inner)
        scale = math.fsum(m[0] for m in state.values())
        state = {j: tuple(x / scale for x in m) for j, m in state.items()}
    means = [(m1 / m0, m2 / m0) for m0, m1, m2 in result]
    return [(mean, math.sqrt(max(square - mean**2, 0))) for mean, square in means]


def moments_after(state, step, inner):
    """Return the sums of one more symbol."""
    after = {}
    for j in inner:
        total = [0.0, 0.0, 0.0]
        for i, (m0, m1, m2) in state.items():
            p = step[i, j]
            if p:
                s = math.log(p)
                total[0] += p * m0
                total[1] += p * (m1 + s * m0)
                total[2] += p * (m2 + 2 * s * m1 + s * s * m0)
        after[j] = tuple(total)
    return after


def detector_case(rng):
    """Check the scores, the threshold and the decisions."""
    names = draw_names(rng, rng.choice(["ab", "abcdef", "aé漢"]), most=30)
    if not any(names):
        names.append("ab")
    contamination = rng.choice(["auto", 0.1, 0.25, 0.5, rng.uniform(0.01, 0.5)])
    note("from sklearn_bigram import BigramOutlierDetector")
    note(f"names = {names}")
    note(f"detector = BigramOutlierDetector(contamination={contamination!r}).fit(names)")
    detector = BigramOutlierDetector(contamination=contamination).fit(names)
    symbols = [".", "\ufffd", *sorted({c for name in names for c in name})]
    P = dirichlet_of(count_by_hand(names), symbols)
    table = moments(P, symbols, 12)
    test = names + draw_names(rng, "abcdefxyz")
    scores = []
    for name in test:
        name = ["\ufffd" if c not in symbols else c for c in name]
        mean, deviation = table[len(name)]
        score = log_likelihood(name, P) - mean
        scores.append(score / deviation if deviation > 1e-6 else 0.0)
    note(f"test = {test}")
    found = detector.score_samples(test)
    close(found, scores, "detector.score_samples(test)", rel=1e-6, tol=1e-6)
    if contamination == "auto":
        equal(detector.offset_, -3.0, "detector.offset_")
    else:
        check_share(detector, names, [1] * len(names))
    equal(
        (found - detector.offset_).tolist(), detector.decision_function(test).tolist(), "decision"
    )
    inliers = [1 if x >= detector.offset_ else -1 for x in found]
    equal(detector.predict(test).tolist(), inliers, "predict")
    if contamination == "auto":
        rate = rng.choice([0.001, 0.01, 0.1, rng.uniform(0.01, 0.9)])
        note(f"detector = BigramOutlierDetector(false_alarm_rate={rate!r}).fit(names)")
        check_rate(rng, BigramOutlierDetector(false_alarm_rate=rate).fit(names), rate, test)
    if contamination != "auto":
        weights = [rng.choice([0.5, 1, 2, 3]) for _ in names]
        note(f"weighted = BigramOutlierDetector(contamination={contamination!r})")
        note(f"weighted.fit(names, sample_weight={weights})")
        weighted = BigramOutlierDetector(contamination=contamination)
        weighted.fit(names, sample_weight=weights)
        check_share(weighted, names, weights)
        half = detector.fit(names, sample_weight=[0.5] * len(names))
        check_share(half, names, [1] * len(names))


def check_rate(rng, detector, rate, test):
    """Check decisions by p-values, and that few names of the model are outliers."""
    p = detector.estimator_.pvalue_samples(test)
    equal(detector.predict(test).tolist(), np.where(p < rate, -1, 1).tolist(), "predict(test)")
    close(detector.score_samples(test), np.log(p), "score_samples(test)", tol=1e-14)
    n, n_drawn = rng.randint(0, 9), 2000
    note(f"drawn = detector.estimator_.sample({n_drawn}, min_length={n}, max_length={n})")
    drawn = detector.estimator_.sample(n_drawn, min_length=n, max_length=n, random_state=0)
    share = float(np.mean(detector.predict(drawn) == -1))
    check(share <= rate + 6 * math.sqrt(rate / n_drawn) + 6 / n_drawn, "false alarms", rate, share)


def check_share(detector, names, weights):
    """Check that as many training names as may be are outliers, and that the next one is not."""
    scores, share = detector.score_samples(names).tolist(), Fraction(detector.contamination)
    total = sum(map(Fraction, weights))
    pairs = list(zip(scores, weights, strict=True))
    below = sum(Fraction(w) for score, w in pairs if score < detector.offset_) / total
    up_to = sum(Fraction(w) for score, w in pairs if score <= detector.offset_) / total
    slack = Fraction(1, 10**9)
    check(below <= share + slack, "the share of outliers", float(share), float(below))
    check(up_to > share - slack, "the share with the next name", float(share), float(up_to))
    check(detector.offset_ in scores, "offset_ is a score", scores, detector.offset_)
