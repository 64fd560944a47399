"""Works: what only a chain can do, such as constrained samples and best names."""

import numpy as np

from sklearn_bigram import CountBigramLM

from . import data, lecture, openfst
from .harness import Cost, Report, fresh, in_short, one_time, peak_memory, timed

_PATTERN = "m??i?a"
_PYNINI = "pynini (OpenFst)"


def infer(sizes):
    """Sample under constraints, list the best names, and score against the chain."""
    report = Report()
    names = data.lecture_names(sizes.names)
    model = CountBigramLM().fit(names)
    P = model.predict_proba(["", *lecture.SYMBOLS[1:]])
    _add_constrained(report, sizes, names, model, P)
    _add_distinct(report, sizes, model)
    _add_best(report, sizes, model, P)
    report.add(f'`log_mass("{_PATTERN}")`', timed(sizes, model.log_mass, _PATTERN))
    n, unit = len(names), " names"
    scored = timed(sizes, model.standard_score_samples, names, n=n, unit=unit)
    report.add(f"`standard_score_samples`, list of {n:,} str", scored)
    standard = "`standard_score_samples`"
    pvalues = timed(sizes, model.pvalue_samples, names, n=n, unit=unit)
    work = f"`pvalue_samples`, list of {n:,} str"
    report.versus(work, pvalues, {standard: scored}, figures={standard: "pvalues"})
    report.add("`entropy()`", timed(sizes, model.entropy))
    return report


def _add_constrained(report, sizes, names, model, P):
    n, unit = 1_000, " names"
    free = timed(sizes, model.sample, n, n=n, unit=unit)
    shaped = timed(sizes, lambda: model.sample(n, pattern=_PATTERN), n=n, unit=unit)
    mass = np.exp(model.log_mass(_PATTERN))

    def pynini():
        constrained = openfst.constrain(P, _PATTERN)
        return timed(sizes, openfst.sample, constrained, n, n=n, unit=unit)

    unconstrained = f"`sample({n:,})`"
    others = {
        unconstrained: free,
        "free draws until so many fit": Cost(free.seconds / mass, n, unit),
        _PYNINI: pynini,
    }
    work = f'`sample({n:,}, pattern="{_PATTERN}")`'
    report.versus(work, shaped, others, {unconstrained: 0.05})
    models = [CountBigramLM().fit(names) for _ in range(5)]
    first = [one_time(lambda m=m: m.sample(1, pattern=_PATTERN)) for m in models]
    again = timed(sizes, lambda: model.sample(1, pattern=_PATTERN))
    work = f'`sample(1, pattern="{_PATTERN}")`, a second time'
    report.below(work, again, 3e-4)
    report.versus(work, again, {"the first time": Cost(float(np.median(first)))})
    new = timed(sizes, lambda: model.sample(n, exclude=names), n=n, unit=unit)
    report.add(f"`sample({n:,}, exclude=...)` of {len(names):,} names", new)


def _add_distinct(report, sizes, model):
    few, many = sizes.distinct
    unit = " names"
    costs = [Cost(timed(sizes, draw_distinct, model, n).seconds, n, unit) for n in (few, many)]
    work = f"`sample({many:,}, distinct=True)`"
    fewer = f"`sample({few:,}, distinct=True)`"
    report.versus(work, costs[1], {fewer: costs[0]}, {fewer: 0.8})


def draw_distinct(model, n):
    """Draw n names without replacement."""
    return model.sample(n, distinct=True)


def _add_best(report, sizes, model, P):
    limits = {1_000: 0.01, 100_000: 0.2}
    for k in sizes.best:
        best = timed(sizes, model.most_probable, k)
        work = f"`most_probable({k:,})`"
        report.below(work, best, limits.get(k))
        last = k == max(k for k in sizes.best if k <= 100_000)
        if k <= 100_000:
            with report.if_present():
                fst = openfst.make_fst(P)
                theirs = timed(sizes, openfst.most_probable, fst, k)
                shown = {_PYNINI: f"list the {k:,} most probable names"}
                report.versus(work, best, {_PYNINI: theirs}, headlines=shown if last else {})
    k = max(sizes.best)
    peak, answer = fresh(sizes, _measure_best, sizes, k)
    report.add(
        f"`most_probable({k:,})`: peak memory, with the answer of {in_short(answer)}B",
        f"{in_short(peak)}B",
    )


def _measure_best(sizes, k):
    """Return the peak of memory of the k best names, and the memory that they need as str."""
    model = CountBigramLM().fit(data.lecture_names(sizes.names))
    model.most_probable(10)
    before = peak_memory()
    names, log_p = model.most_probable(k)
    peak = peak_memory() - before
    return peak, sum(map(len, names)) + 49 * len(names) + names.nbytes + log_p.nbytes
