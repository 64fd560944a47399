"""The table, and the picture of cost against size."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "nltk",
    "markovify",
    "hmmlearn",
    "kenlm",
)
HEAD = ("work", "ours", "against", "theirs", "ratio", "at least", "met")


def markdown(report, picture, load):
    """Return the page of a report."""
    lines = [
        "# Benchmarks",
        "",
        "What `make bench` (`python -m tests.benchmarks`) wrote: ours against what one would use",
        "instead and against the limits of the machine, all measured in one run. A ratio is our",
        "speed by theirs: above 1, ours is faster. Times are medians of several runs after a",
        "warm-up, in one thread unless two are named.",
        "",
        describe_machine(load),
        "",
        *table(report.rows),
        "",
        *(f"Left out, as it is not installed: {name}." for name in sorted(report.absent)),
        *([""] if report.absent else []),
    ]
    if picture is not None:
        lines += [f"![Cost against size, ours and others, log-log]({picture.name})", ""]
    return "\n".join(lines)


def table(rows):
    """Return the lines of the table."""
    lines = [HEAD, ["---"] * len(HEAD)]
    for row in rows:
        ratio = "" if row.ratio is None else in_words(row.ratio)
        met = {None: "", True: "yes", False: "**no**"}[row.met]
        lines.append((row.work, row.ours, row.peer, row.theirs, ratio, row.target, met))
    return [f"| {' | '.join(cells)} |" for cells in lines]


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


def draw(series, path):
    """Draw the cost against size of each work, ours in front."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(series), figsize=(5 * len(series), 4.6), sharey=True, layout="constrained"
    )
    for ax, (panel, lines) in zip(axes, series.items(), strict=True):
        for label, points in lines.items():
            n, seconds = zip(*points, strict=True)
            ours = label.endswith("BigramLM")
            style = {"linewidth": 2.5, "zorder": 3} if ours else {"linewidth": 1, "alpha": 0.8}
            ax.loglog(n, seconds, marker="o", markersize=4, label=label.replace("`", ""), **style)
        ax.set(title=f"{panel}", xlabel="names")
        ax.grid(alpha=0.3)
        ax.legend(fontsize=7)
    axes[0].set_ylabel("seconds")
    figure.savefig(path, dpi=120)
    plt.close(figure)
