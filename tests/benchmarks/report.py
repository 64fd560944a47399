"""The page: the summary, the tables of all measurements, and the picture of cost against size."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from .harness import in_time

PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "nltk",
    "markovify",
    "hmmlearn",
    "kenlm",
    "pynini",
)
OURS = ("CountBigramLM", "NeuralBigramLM", "count_bigrams", "sklearn-bigram score")
_SUMMARY = ("work", "how fast", "against", "times as fast")
_DETAILS = ("measured", "takes", "times as fast", "goal")


def markdown(report, picture, load):
    """Return the page of a report."""
    headlines = [
        (row.headline, row.ours, row.peer, in_words(row.ratio))
        for row in report.rows
        if row.headline
    ]
    lines = [
        "# Benchmarks",
        "",
        "How fast the package is, compared with what one would use instead and with the limits of",
        "the machine. All figures come from one run of `make bench`. Above 1 in the last column,",
        "the package is faster.",
        "",
        *(table(_SUMMARY, headlines) if headlines else []),
        "",
    ]
    if picture is not None:
        lines += [f"![{describe(report.series)}]({picture.name})", ""]
    lines += [
        "## All measurements",
        "",
        describe_machine(load),
        "",
        "Times are medians of several runs after a warm-up, in one thread unless two are named. In",
        "each table, lines that begin with *against* compare with the line above them: they say",
        "what the other way takes, and how many times as fast the package is. A goal is a limit",
        "that we set ourselves before we measured.",
        "",
        *(f"Left out, as it is not installed: {name}." for name in sorted(report.absent)),
        *([""] if report.absent else []),
    ]
    for section, rows in group(report.rows, lambda row: row.section).items():
        lines += [f"### {section}", "", *table(_DETAILS, details(rows)), ""]
    lines += ["`make bench` (`python -m tests.benchmarks`) wrote this page.", ""]
    return "\n".join(lines)


def details(rows):
    """Return the cells of a section: each figure of ours once, then those it is compared with."""
    cells = []
    for (work, ours), found in group(rows, lambda row: (row.work, row.ours)).items():
        own = next((goal(row) for row in found if not row.peer), "")
        cells.append((work, ours, "", own))
        cells += [
            (f"*against* {row.peer}", row.theirs, in_words(row.ratio), goal(row))
            for row in found
            if row.peer
        ]
    return cells


def group(rows, key):
    """Return lists of the rows that have the same key, in the order of their first rows."""
    groups = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def goal(row):
    """Write the goal of a row, and whether it is met."""
    return row.target and f"{row.target}: {'met' if row.met else '**missed**'}"


def table(head, rows):
    """Return the lines of a table."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def in_words(ratio):
    """Write a ratio with three digits."""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def describe_machine(load):
    """Return a line on the machine and the versions."""
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    return (
        f"{date}; {os.cpu_count()} cores, {platform.machine()}, {platform.system()}, load "
        f"{load:.1f} at the start; {', '.join(found)}."
    )


def describe(series):
    """Describe the picture in words, for those who do not see it."""
    count = f"{len(series)} panels" if len(series) > 1 else "one panel"
    text = [f"Seconds against the number of names, on logarithmic axes, in {count}."]
    for panel, lines in series.items():
        ends = [
            f"{label.replace('`', '')} takes {in_time(points[0][1])} for {points[0][0]:,} and "
            f"{in_time(points[-1][1])} for {points[-1][0]:,}"
            for label, points in lines.items()
        ]
        text.append(f"{panel}: {'; '.join(ends)}.")
    return " ".join(text)


def draw(series, path):
    """Draw the cost against size of each work, ours in front, one panel above the other."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        len(series), 1, figsize=(6.5, 3.4 * len(series)), layout="constrained", squeeze=False
    )
    for ax, (panel, lines) in zip(axes.ravel(), series.items(), strict=True):
        for label, points in lines.items():
            n, seconds = zip(*points, strict=True)
            label = label.replace("`", "")
            style = {"linewidth": 1, "alpha": 0.8}
            if label in OURS:
                style = {"linewidth": 2.5, "zorder": 3}
            ax.loglog(n, seconds, marker="o", markersize=4, label=label, **style)
        ax.set(title=panel, xlabel="names", ylabel="seconds")
        ax.grid(alpha=0.3)
        ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
