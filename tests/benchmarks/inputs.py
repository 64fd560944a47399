"""Works: names in other containers, token ids, weights, and wide text."""

import tempfile
from pathlib import Path

import numpy as np

from sklearn_bigram import CountBigramLM, count_bigrams

from . import data
from .counting import fit_names
from .harness import Cost, Report, fresh, in_short, median_time, timed

_LIST = "a list of str"
_READING = "machine: reading and decoding alone"


def containers(sizes):
    """Fit to names in other containers than a list."""
    report = Report()
    names = data.many_names(sizes.many)
    n, unit = len(names), " names"
    a_list = timed(sizes, fit_names, CountBigramLM, names, n=n, unit=unit)
    for label, (convert, least) in CONTAINERS.items():
        with report.if_present():
            ours = timed(sizes, fit_names, CountBigramLM, convert(names), n=n, unit=unit)
            work = f"`CountBigramLM().fit`, {label}, {n:,} names"
            report.versus(
                work,
                ours,
                {_LIST: a_list},
                {_LIST: least},
                figures={_LIST: "strings" if "StringDType" in label else ""},
            )
    return report


def pandas_series(names):
    """Return a Series of the default type of strings."""
    import pandas as pd

    return pd.Series(names)


def pandas_categorical(names):
    """Return a Categorical of the names."""
    import pandas as pd

    return pd.Categorical(names)


def arrow_array(names):
    """Return an Arrow array of strings."""
    import pyarrow as pa

    return pa.array(names)


def arrow_dictionary(names):
    """Return an Arrow array of indices into a dictionary."""
    return arrow_array(names).dictionary_encode()


def polars_series(names):
    """Return a Polars Series of strings."""
    import polars as pl

    return pl.Series(names)


CONTAINERS = {
    "NumPy array of objects": (lambda names: np.array(names, dtype=object), None),
    "NumPy array `<U`": (np.array, None),
    "NumPy array `StringDType`": (lambda names: np.array(names, dtype="T"), 0.5),
    "pandas Series": (pandas_series, None),
    "pandas Categorical": (pandas_categorical, 0.5),
    "Arrow array": (arrow_array, None),
    "Arrow dictionary array": (arrow_dictionary, 0.5),
    "Polars Series": (polars_series, None),
}


def token_ids(sizes):
    """Fit to a dense table of token ids, and to the same as strings."""
    report = Report()
    reads, ids = data.dna_reads(sizes.reads)
    n, unit = len(reads), " reads"
    text = timed(sizes, fit_names, CountBigramLM, reads, n=n, unit=unit)
    for dtype in ("int64", "uint8"):
        work = f"`CountBigramLM().fit`, {len(ids):,} reads of DNA as {dtype} ids"
        table = ids.astype(dtype)
        ours = timed(sizes, fit_names, CountBigramLM, table, n=n, unit=unit)
        figure = "ids" if dtype == "int64" else ""
        report.versus(work, ours, {_LIST: text}, {_LIST: 0.33}, figures={_LIST: figure})
    return report


def weights(sizes):
    """Count names with weights."""
    report = Report()
    names = list(filter(None, data.many_names(sizes.many)))
    n, unit = len(names), " names"
    sample_weight = np.random.default_rng(0).integers(1, 1_000, size=n)
    plain = timed(sizes, count_bigrams, names, n=n, unit=unit)
    weighted = timed(sizes, count_weighted, names, sample_weight, n=n, unit=unit)
    without = "the same without weights"
    work = f"`count_bigrams`, list of {n:,} str"
    report.versus(f"{work}, with weights", weighted, {without: plain}, figures={without: "weights"})
    with tempfile.TemporaryDirectory() as folder:
        bare, path = Path(folder, "names.txt"), Path(folder, "weighted.txt")
        bare.write_text("\n".join(names) + "\n")
        lines = map("{},{}\n".format, names, sample_weight)
        path.write_text("".join(lines))
        plain = timed(sizes, count_bigrams, bare, n=n, unit=unit)
        weighted = timed(sizes, lambda: count_bigrams(path, delimiter=","), n=n, unit=unit)
        work = f"`count_bigrams`, file of {n:,} lines with weights"
        report.versus(work, weighted, {without: plain})
    return report


def count_weighted(names, sample_weight):
    """Count names with weights."""
    return count_bigrams(names, sample_weight=sample_weight)


def wide_text(sizes):
    """Count files of text that is not ASCII."""
    report = Report()
    unit = " characters"
    for language, make in (("Cyrillic", data.cyrillic_text), ("Chinese", data.chinese_text)):
        text = make(sizes.file_bytes // 16)
        n = len(text.decode())
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "wide.txt")
            path.write_bytes(text)
            del text
            ours = Cost(fresh(sizes, time_counting, path, sizes.budget), n, unit)
            work = f"`count_bigrams`, {language} file of {in_short(path.stat().st_size)}B"
            speed = n / ours.seconds
            report.add(work, ours, target="200 M characters/s", met=speed >= 200e6)
            decoding = timed(sizes, read_text, path, n=n, unit=unit)
            report.versus(
                work, ours, {_READING: decoding}, figures={_READING: f"wide-{language.lower()}"}
            )
    return report


def time_counting(path, budget):
    """Return the seconds in which we count a file."""
    return median_time(budget, count_bigrams, path)


def read_text(path):
    """Read a file and decode it, as any way to count wide text in Python must."""
    return path.read_bytes().decode()
