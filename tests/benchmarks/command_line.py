"""Works: the command line on a large file."""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sklearn_bigram import CountBigramLM
from sklearn_bigram.cli import main

from . import data
from .harness import Cost, Report, fresh, in_short, one_time, peak_memory, per_name
from .inputs import time_counting
from .modelling import scorers, set_apart
from .scaling import add_exponent

_ROOT = Path(__file__).resolve().parents[2]
# Runs the command, and writes its peak of memory to a file.
_PROGRAM = """
import sys
from sklearn_bigram.cli import main
status = main(sys.argv[2:])
from tests.benchmarks.harness import peak_memory
with open(sys.argv[1], "w") as file:
    file.write(str(peak_memory()))
sys.exit(status)
"""
_PATIENCE = 60  # seconds that the command line may take for the largest file


def run(sizes, *argv):
    """Run a command, in a process of its own if asked for, and return the peak of memory."""
    argv = list(map(str, argv))
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere:
        if not sizes.isolated:
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                assert main(argv) == 0
            return peak_memory()
        peak = Path(folder, "peak")
        command = [sys.executable, "-c", _PROGRAM, peak, *argv]
        subprocess.run(command, cwd=_ROOT, check=True, stdout=nowhere, stderr=subprocess.DEVNULL)
        return int(peak.read_text())


def commands(sizes):
    """Run commands on a file of many lines, start included."""
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder, "large.txt"), Path(folder, "small.txt")
        fresh(sizes, data.line_file, large, sizes.lines)
        fresh(sizes, data.line_file, small, sizes.lines // 8)
        counts = Path(folder, "counts.npz")
        kinds = {
            "count": lambda path: ["count", path, "-o", counts],
            "sample": lambda path: ["sample", path],
            "score": lambda path: ["score", data.NAMES, path],
            "top --new": lambda path: ["top", path, "--new"],
            "sample --new": lambda path: ["sample", path, "--new"],
            "tune": lambda path: ["tune", path],
        }
        costs, peaks = {}, {}
        for kind, argv in kinds.items():
            start = run(sizes, *argv(data.NAMES))  # and what is read for the first time
            costs[kind], peak = _measure(sizes, argv(large))
            peaks[kind] = [max(p - start, 2**20) for p in (peak, run(sizes, *argv(small)))]
        score = f"`sklearn-bigram score`, file of {sizes.lines:,} lines"
        speed = sizes.lines / costs["score"].seconds
        report.add(score, costs["score"], target="3 M lines/s", met=speed >= 3e6)
        loop = "a loop that scores with KenLM and prints"
        with report.if_present():
            theirs = fresh(sizes, _kenlm_loop, small, folder, sizes)
            report.versus(
                score,
                costs["score"],
                {loop: theirs},
                headlines={loop: f"score a file of {sizes.lines:,} lines on the command line"},
            )
        counting = "`sklearn-bigram count` of this file"
        least = {"top --new": 0.5, "sample --new": 0.5, "tune": 0.25}
        for kind, cost in costs.items():
            work = f"`sklearn-bigram {kind}`, file of {sizes.lines:,} lines"
            if kind == "count":
                report.add(work, cost)
            else:
                report.versus(
                    work,
                    cost,
                    {counting: costs["count"]},
                    {counting: least.get(kind)},
                    figures={counting: f"command-{kind.split()[0]}"} if kind != "sample" else (),
                )
            large_peak, small_peak = peaks[kind]
            report.add(
                f"`{kind}`: peak memory beside its start",
                f"{in_short(large_peak)}B",
                target=f"flat: {in_short(small_peak)}B for an eighth of the file",
                met=large_peak < 1.2 * small_peak + 2**23,
            )
    return report


def _measure(sizes, argv):
    """Return the cost in lines, and the peak of memory, of the quicker of two runs.

    If the first takes long, it is the only one.
    """
    peaks = []
    seconds = one_time(lambda: peaks.append(run(sizes, *argv)))
    if seconds < 2 * sizes.patience:
        seconds = min(seconds, one_time(lambda: peaks.append(run(sizes, *argv))))
    return Cost(seconds, sizes.lines, " lines"), max(peaks)


def _kenlm_loop(path, folder, sizes):
    train = data.lecture_names(sizes.names)
    scorer, _ = scorers(train, CountBigramLM().fit(train), folder)["KenLM"]()
    lines = path.read_text().splitlines()

    def score_and_print(lines):
        with open(os.devnull, "w") as output:
            for line, score in zip(lines, scorer(set_apart(lines)), strict=True):
                print(score, line, sep="\t", file=output)

    return per_name(sizes, score_and_print, lines, " lines")


def growth_of_files(sizes):
    """Measure the cost of counting and scoring files from small to large."""
    report = Report()
    lines = {"count_bigrams": [], "sklearn-bigram score": []}
    report.series["files"] = lines
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "names.txt")
        for n in sizes.file_growth:
            fresh(sizes, data.line_file, path, n)
            seconds = fresh(sizes, time_counting, path, min(sizes.budget, 1.0))
            lines["count_bigrams"].append((n, seconds))
            scored = lines["sklearn-bigram score"]
            step = n / scored[-1][0] if scored else 1
            if len(scored) < 2 or scored[-1][1] * step < _PATIENCE:
                scored.append((n, one_time(run, sizes, "score", data.NAMES, path)))
    for label, points in lines.items():
        add_exponent(report, f"`{label}`, file", points)
    return report
