"""How works are timed, run in processes of their own, and put down as rows."""

import contextlib
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any

_THREADS = ("OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB_MAXIMUM", "NUMEXPR")


@dataclass(frozen=True)
class Sizes:
    """How much work there is to do."""

    names: int  # of the lecture's list
    many: int  # names to count, score and sample
    file_bytes: int
    alphabets: tuple[int, ...]
    bigrams: int  # of each alphabet
    growth: tuple[int, ...]  # names, for the cost against size
    file_growth: tuple[int, ...]  # names in a file, for the same
    lines: int  # of the file that the command line gets
    distinct: tuple[int, int]  # distinct names to sample
    best: tuple[int, ...]  # most probable names to list
    reads: int  # of 150 letters of DNA
    patience: float  # seconds that one run of a peer may take, else it is given less to do
    budget: float  # seconds in which a run is repeated
    isolated: bool = False  # in processes of their own, so that memory is measured well


FULL = Sizes(
    names=32_033,
    many=1_000_000,
    file_bytes=2 * 10**9,
    alphabets=(27, 1_000, 20_000),
    bigrams=20_000_000,
    growth=(10**4, 10**5, 10**6, 10**7),
    file_growth=(10**5, 10**6, 10**7, 10**8),
    lines=10_000_000,
    distinct=(100_000, 1_000_000),
    best=(1_000, 100_000, 1_000_000),
    reads=100_000,
    patience=3.0,
    budget=3.0,
    isolated=True,
)
QUICK = Sizes(
    names=2_000,
    many=20_000,
    file_bytes=2 * 10**7,
    alphabets=(27, 1_000),
    bigrams=100_000,
    growth=(10**3, 10**4),
    file_growth=(10**4, 10**5),
    lines=50_000,
    distinct=(500, 5_000),
    best=(100, 1_000),
    reads=1_000,
    patience=0.05,
    budget=0.02,
)
TINY = Sizes(
    names=300,
    many=500,
    file_bytes=10**5,
    alphabets=(30,),
    bigrams=2_000,
    growth=(100, 300),
    file_growth=(100, 300),
    lines=200,
    distinct=(20, 60),
    best=(10,),
    reads=20,
    patience=0.01,
    budget=0.0,
)


@dataclass(frozen=True)
class Cost:
    """Seconds that n things took; without a unit, what counts is the time of them all."""

    seconds: float
    n: float = 1
    unit: str = ""
    note: str = ""

    def __str__(self):
        rate = f"{in_short(self.n / self.seconds)}{self.unit}/s"
        text = rate if self.unit else in_time(self.seconds)
        return f"{text} ({self.note})" if self.note else text


@dataclass(frozen=True)
class Row:
    """One line of the tables."""

    work: str
    ours: str
    peer: str = ""
    theirs: str = ""
    ratio: float | None = None
    target: str = ""
    met: bool | None = None
    section: str = ""
    headline: str = ""  # what the summary calls the work, if it is there
    figure: str = ""  # the ratio's name in docs/limits.rst


@dataclass
class Report:
    """What a work found."""

    rows: list[Row] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)  # packages and tools
    series: dict[str, dict[str, list]] = field(default_factory=dict)  # panel, label, (n, seconds)

    def add(self, work, ours, *, target="", met=None):
        """Put down a figure of ours that stands alone."""
        self.rows.append(Row(work, str(ours), target=target, met=met))

    def below(self, work, ours, limit=None):
        """Put down a time of ours, which should be under a limit in seconds, if there is one."""
        target = "" if limit is None else f"under {in_time(limit)}"
        self.add(work, ours, target=target, met=None if limit is None else ours.seconds < limit)

    def versus(self, work, ours, peers, targets=(), *, headlines=(), figures=()):
        """Put down a row for each peer: `peers` maps labels to costs, or functions that return one.

        `targets` maps labels to the least ratio of our speed to the peer's, `figures` to the name
        of the ratio in docs/limits.rst, and `headlines` to what the summary calls the work.
        """
        for label, measure in peers.items():
            with self.if_present():
                theirs = measure() if callable(measure) else measure
                ratio = (theirs.seconds / theirs.n) / (ours.seconds / ours.n)
                least = dict(targets).get(label)
                self.rows.append(
                    Row(
                        work,
                        str(ours),
                        label,
                        str(theirs),
                        ratio,
                        "" if least is None else f"{least:,}x",
                        None if least is None else ratio >= least,
                        headline=dict(headlines).get(label, ""),
                        figure=dict(figures).get(label, ""),
                    )
                )

    @contextlib.contextmanager
    def if_present(self):
        """Leave out what needs a package or a tool that is not there."""
        try:
            yield
        except ImportError as error:
            self.absent.add(error.name or str(error))

    def merge(self, other, section):
        """Add what another work found, as a section."""
        self.rows += [replace(row, section=section) for row in other.rows]
        self.absent |= other.absent
        for panel, lines in other.series.items():
            self.series.setdefault(panel, {}).update(lines)


def timed(sizes: Sizes, function: Callable, *args: Any, n: float = 1, unit: str = "") -> Cost:
    """Return the cost of n things, which one call of the function does."""
    return Cost(median_time(sizes.budget, function, *args), n, unit)


def median_time(budget: float, function: Callable, *args: Any, most: int = 101) -> float:
    """Return the median seconds of several calls after a warm-up.

    There are at least three, and more while they fit into the budget of seconds. If one takes
    longer than the budget, there are two, and the shorter time is taken.
    """
    first = one_time(function, *args)
    if not budget:
        return first
    if first > budget:
        return min(first, one_time(function, *args))
    times = [one_time(function, *args) for _ in range(3)]
    while sum(times) < budget and len(times) < most:
        times.append(one_time(function, *args))
    return statistics.median(times)


def one_time(function: Callable, *args: Any) -> float:
    """Return the seconds of one call."""
    start = time.perf_counter()
    result = function(*args)
    seconds = time.perf_counter() - start
    del result  # not within the time
    return seconds


def per_name(sizes: Sizes, function: Callable, X: Any, unit: str = "") -> Cost:
    """Return the cost of a function of names, or of the number of names to make.

    If all of them would take longer than there is patience for, it gets the first ones.
    """
    total = X if isinstance(X, int) else len(X)
    part = range(total + 1).__getitem__ if isinstance(X, int) else lambda n: X[:n]
    function(part(1))  # what is done once
    n = min(total, 1_000)
    while True:
        enough = int(n * sizes.patience / one_time(function, part(n)))
        if n == total or enough < 2 * n:
            break
        n = min(total, 10 * n, enough)
    seconds = median_time(sizes.budget, function, part(n)) * total / n
    return Cost(seconds, total, unit, "" if n == total else f"from {n:,} names")


def fresh(sizes, function, *args):
    """Call a function of a module, in a process of its own, and return what it returns."""
    if not sizes.isolated:
        return function(*args)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        return executor.submit(function, *args).result()


def pin_threads():
    """Make the processes that are started from now on compute in one thread."""
    for library in _THREADS:
        os.environ[f"{library}_NUM_THREADS"] = "1"


def peak_memory():
    """Return the most bytes of memory that this process has had so far."""
    # On Linux, getrusage in a new process begins with the peak of the one that started it.
    with contextlib.suppress(OSError), open("/proc/self/status") as file:
        return int(re.search(r"VmHWM:\s*(\d+) kB", file.read())[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def in_short(number):
    """Write a number with three digits and the letter of a unit's size."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g} {letter}"
    return f"{number:.3g} "


def in_time(seconds):
    """Write a time with three digits and a unit."""
    for size, unit in ((1, "s"), (1e-3, "ms")):
        if seconds >= size:
            number = seconds / size
            return f"{number:,.0f} {unit}" if number >= 1000 else f"{number:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"
