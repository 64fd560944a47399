"""Works: large alphabets, and cost against size."""

import tempfile
from pathlib import Path

import numpy as np
from scipy import sparse

from sklearn_bigram import CountBigramLM, NeuralBigramLM

from . import data, peers
from .counting import FITS, fit_names
from .harness import Cost, Report, fresh, in_short, median_time, one_time, peak_memory
from .modelling import samplers, scorers

_LARGE = 20_000  # symbols, for which there are targets
_SCIPY = "SciPy's sparse arrays"


def alphabets(sizes):
    """Fit, score and sample names over few and many symbols."""
    report = Report()
    for n_symbols in sizes.alphabets:
        with tempfile.TemporaryDirectory() as folder:
            scipy = Cost(fresh(sizes, _make_ids, Path(folder), n_symbols, sizes))
            for kind, limit in ((CountBigramLM, 2), (NeuralBigramLM, 5)):
                found = fresh(sizes, _measure, Path(folder), kind, sizes)
                _add(report, f"V = {n_symbols:,}", kind.__name__, found, limit)
                if kind is CountBigramLM:
                    large, last = n_symbols == _LARGE, n_symbols == max(sizes.alphabets)
                    bigrams = f"fit {in_short(sizes.bigrams)}bigrams"
                    report.versus(
                        f"V = {n_symbols:,}: `CountBigramLM().fit`",
                        Cost(found["fit"]),
                        {_SCIPY: scipy},
                        {_SCIPY: 1} if large else {},
                        headlines={_SCIPY: f"{bigrams} over {n_symbols:,} symbols"} if last else {},
                        figures={_SCIPY: "large-scipy"} if large else {},
                    )
                    long = fresh(sizes, _score_long, Path(folder), min(1_000, n_symbols))
                    work = f"V = {n_symbols:,}: `standard_score_samples`, a new length, 1,000"
                    report.below(work, Cost(long), 3 if large else None)
    return report


def _add(report, alphabet, kind, found, limit):
    size, n = in_short(found["n_bigrams"]), found["n_samples"]
    for work, seconds, least in (
        (f"`{kind}().fit`, {size} bigrams of {found['cells']:,} kinds", found["fit"], limit),
        (f"`{kind}.sample({n:,})`", found["sample"], 0.5),
        (f"`{kind}.score_samples`, {found['n_names']:,} CSR rows", found["score"], 1),
    ):
        large = alphabet == f"V = {_LARGE:,}"
        report.below(f"{alphabet}: {work}", Cost(seconds), least if large else None)
    target, met = "", None
    if alphabet == f"V = {_LARGE:,}":
        target, met = "under 1.5 GB", found["peak"] < 1.5e9
    report.add(
        f"{alphabet}: `{kind}`, peak memory beside the {in_short(found['n_bytes'])}B of data",
        f"{in_short(found['peak'])}B",
        target=target,
        met=met,
    )


def _make_ids(folder, n_symbols, sizes):
    """Save the data, and return the seconds in which scipy counts the same."""
    X = data.zipf_ids(n_symbols, sizes.bigrams)
    data.save_ids(folder, X)
    return median_time(sizes.budget, peers.scipy_coo, *data.pairs(X), n_symbols)


def _measure(folder, kind, sizes):
    X = data.load_ids(folder)
    n_samples = min(100_000, sizes.many)
    fit_names(kind, [[1, 2]])  # what is imported on the first call
    before = peak_memory()
    model = kind().fit(X)
    model.sample(n_samples)
    model.score_samples(X)
    return {
        "peak": peak_memory() - before,
        "n_bytes": X.data.nbytes + X.indices.nbytes + X.indptr.nbytes,
        "n_bigrams": X.nnz + X.shape[0],
        "n_names": X.shape[0],
        "n_samples": n_samples,
        "cells": model.counts_.nnz,
        "fit": median_time(sizes.budget, fit_names, kind, X),
        "sample": median_time(sizes.budget, model.sample, n_samples),
        "score": median_time(sizes.budget, model.score_samples, X),
    }


def _score_long(folder, n_symbols):
    """Return the seconds of the standard score of a name of 1,000 symbols."""
    X = data.load_ids(folder)
    wide = sparse.csr_array((X.data, X.indices, X.indptr), shape=(X.shape[0], 1_000))
    model = CountBigramLM().fit(wide)
    return one_time(model.standard_score_samples, [[1 + i % (n_symbols - 1) for i in range(1_000)]])


def growth(sizes):
    """Measure the cost at sizes from small to large."""
    report = Report()
    names = data.many_names(max(sizes.growth))
    train = data.lecture_names(sizes.names)
    model = CountBigramLM().fit(train)
    ours, neural = "CountBigramLM", "NeuralBigramLM"

    def line(panel, label, function, X=None, patience=2 * sizes.patience):
        """Measure a function of the first n of X, or of n, until it takes too long."""
        points = report.series.setdefault(panel, {}).setdefault(label, [])
        for n in sizes.growth:
            x = n if X is None else X[:n]
            points.append((n, median_time(min(sizes.budget, 1.0), function, x)))
            if points[-1][1] * 10 > patience:
                break

    always = float("inf")
    line("fit", ours, lambda names: CountBigramLM().fit(names), names, always)
    line("fit", neural, lambda names: NeuralBigramLM().fit(names), names, always)
    line("score_samples", ours, model.score_samples, names, always)
    line("sample", ours, model.sample, patience=always)
    for panel, lines in report.series.items():
        for label, points in lines.items():
            add_exponent(report, f"`{label}.{panel}`", points)

    for label, fit in FITS.items():
        with report.if_present():
            line("fit", label, fit, names)
    with tempfile.TemporaryDirectory() as folder:
        for label, prepare in scorers(train, model, folder).items():
            with report.if_present():
                scorer, to_input = prepare()
                line("score_samples", label, scorer, to_input(names))
    for label, prepare in samplers(train, model).items():
        with report.if_present():
            line("sample", label, prepare())
    return report


def add_exponent(report, label, points):
    """Put down the exponent of the cost in the number of names."""
    n, seconds = np.log(np.transpose(points))
    exponent = np.polyfit(n, seconds, 1)[0]
    last = (seconds[-1] - seconds[-2]) / (n[-1] - n[-2])
    report.add(
        f"{label}, {points[0][0]:,} to {points[-1][0]:,} names: cost grows as n to the",
        f"{exponent:.3f} ({last:.3f} between the last two sizes)",
        target="under 1.05",
        met=bool(exponent < 1.05),
    )
