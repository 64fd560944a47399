"""Works: counting a list of names, and a file."""

import contextlib
import resource
import tempfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, _fit_context

from sklearn_bigram import CountBigramLM, count_bigrams

from . import data, lecture, peers
from .harness import Cost, Report, fresh, in_short, median_time, peak_memory, per_name, timed
from .kernel import compile_kernel
from .machine import join

DICT = "the lecture's dict loop"
FITS = {
    DICT: lecture.dict_loop,
    "the lecture's tensor loop": lecture.tensor_loop,
    "`collections.Counter`": peers.counter,
    "`CountVectorizer`": peers.count_vectorizer,
    "`nltk.lm`": peers.nltk_fit,
    "markovify": peers.markovify_fit,
    "hmmlearn": peers.hmmlearn_fit,
}
_EXECUTORS = {
    "threads": ThreadPoolExecutor,
    "processes": partial(ProcessPoolExecutor, mp_context=get_context("spawn")),
}


class NoWork(BaseEstimator):
    """An estimator with the parameters of CountBigramLM, of which `fit` does nothing."""

    _parameter_constraints = CountBigramLM._parameter_constraints

    def __init__(self, alpha=1.0, *, tokenizer=None):
        self.alpha = alpha
        self.tokenizer = tokenizer

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, sample_weight=None):
        return self


def fit_names(kind, names):
    """Fit a new estimator of this kind."""
    return kind().fit(names)


def fit_count(sizes):
    """Count a list of names and smooth."""
    report = Report()
    targets = {
        DICT: 40,
        "the lecture's tensor loop": 1200,
        "`nltk.lm`": 1200,
    }
    few, many = data.lecture_names(sizes.names), data.many_names(sizes.many)
    for names, least in ((few, targets), (many, {})):
        work = f"`CountBigramLM().fit`, list of {len(names):,} str"
        ours = timed(sizes, fit_names, CountBigramLM, names)
        headlines = {DICT: f"fit `CountBigramLM` to {len(names):,} names"} if names is few else {}
        joining = "machine: joining the names"
        bounds = {
            joining: timed(sizes, join, names),
            "scikit-learn's checks: a `fit` that does nothing": timed(
                sizes, fit_names, NoWork, names
            ),
        }
        figure = "fit-join" if names is few else "fit-many-join"
        report.versus(work, ours, bounds, figures={joining: figure})
        for label, fit in FITS.items():
            with report.if_present():
                theirs = per_name(sizes, fit, names)
                ours = Cost(ours.seconds, len(names))
                report.versus(work, ours, {label: theirs}, least, headlines=headlines)
    return report


def count_file(sizes):
    """Count a large file in one core, two threads and two processes."""
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder, "large.txt"), Path(folder, "small.txt")
        fresh(sizes, _make_files, {large: sizes.file_bytes, small: sizes.file_bytes // 8})
        n = large.stat().st_size
        work = f"`count_bigrams`, file of {in_short(n)}B"
        kernel = None
        with report.if_present():
            kernel = [
                Cost(k, n, "B") for k in fresh(sizes, _count_in_c, large, folder, sizes.budget)
            ]

        seconds, peak, _ = fresh(sizes, _count_file, large, None, sizes.budget)
        one = Cost(seconds, n, "B")
        if kernel:
            label = "machine: C kernel that counts byte pairs"
            report.versus(
                f"{work}, one core",
                one,
                {label: kernel[0]},
                {label: 0.6},
                headlines={label: f"count a file of {in_short(n)}B"},
                figures={label: "count-kernel"},
            )
        reading = timed(sizes, _read, large, n=n, unit="B")
        label = "machine: reading alone"
        report.versus(f"{work}, one core", one, {label: reading}, figures={label: "count-reading"})
        _, small_peak, _ = fresh(sizes, _count_file, small, None, 0)
        report.add(
            f"{work}, one core: peak memory",
            f"{in_short(peak)}B",
            target=f"flat: {in_short(small_peak)}B for an eighth of the file",
            met=peak < 1.2 * small_peak,
        )
        for how in _EXECUTORS:
            seconds, peak, worker = fresh(sizes, _count_file, large, how, sizes.budget)
            two = Cost(seconds, n, "B")
            label = f"{work}, two {how}"
            alone, both = "ours, one core", "machine: C kernel, two threads"
            least = 1.8 if how == "threads" else 1.5
            figures = {alone: f"count-{how}", both: f"count-{how}-kernel"}
            report.versus(label, two, {alone: one}, {alone: least}, figures=figures)
            if kernel:
                report.versus(label, two, {both: kernel[1]}, figures=figures)
                if how == "threads":
                    twice = Cost(kernel[1].seconds, n, "B")
                    report.versus(
                        "machine: C kernel, two threads",
                        twice,
                        {"machine: C kernel, one thread": kernel[0]},
                        figures={"machine: C kernel, one thread": "kernel-threads"},
                    )
            more = f", and {in_short(worker)}B in a worker, imports included" if worker else ""
            report.add(f"{label}: peak memory", f"{in_short(peak)}B{more}")
    return report


def _make_files(sizes):
    for path, n_bytes in sizes.items():
        data.name_file(path, n_bytes)


def _count_file(path, how, budget):
    """Return the seconds, the peak of memory here, beside the imports, and that of a worker."""
    with _EXECUTORS[how](2) if how else contextlib.nullcontext() as executor:

        def count(source):
            return count_bigrams(source, executor=executor)

        count(["emma"])  # what is imported on the first call
        before = peak_memory()
        count(path)
        peak = peak_memory() - before
        seconds = median_time(budget, count, path)
    worker = how == "processes" and resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return seconds, peak, worker


def _count_in_c(path, folder, budget):
    text = np.fromfile(path, dtype=np.uint8)
    kernel = compile_kernel(folder)
    return [median_time(budget, kernel, text, n_threads) for n_threads in (1, 2)]


def _read(path):
    buffer = bytearray(2**23)
    with open(path, "rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
