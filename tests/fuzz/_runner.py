"""Runs cases in turn, each within a time limit, and reports failures."""

import random
import signal
import time
import traceback
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from . import _notes


class CaseTimeoutError(BaseException):
    """A case took too long. It is no Exception, so that no handler of the package stops it."""


@dataclass
class Tally:
    """What happened in an area."""

    cases: int = 0
    failures: int = 0
    seconds: float = 0.0


@contextmanager
def time_limit(seconds):
    """Raise CaseTimeoutError in the block after some seconds; 0 means no limit."""

    def stop(signum, frame):
        raise CaseTimeoutError(f"The case took more than {seconds} s.")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def run_case(area, case, seed, limit=20.0):
    """Run one case. Return the report of its failure, or None."""
    _notes.clear()
    rng = random.Random(f"{area} {seed}")
    try:
        with time_limit(limit), warnings.catch_warnings():
            warnings.simplefilter("error")
            case(rng)
    except (Exception, CaseTimeoutError) as error:
        return report(area, seed, error)
    return None


def report(area, seed, error):
    """Return the text of a failure: how to repeat it, the calls, and what went wrong."""
    lines = [f"FAILURE in {area}: python -m tests.fuzz --case {area} {seed}", *_notes.calls()]
    if not isinstance(error, AssertionError):
        lines += traceback.format_exception(error)[-6:]
    lines += [f"{type(error).__name__}: {error}"]
    return "\n".join(line if len(line) < 3000 else f"{line[:3000]}..." for line in lines)


def run(areas, seconds, seed, limit=20.0, file=None):
    """Run cases for some seconds, always in the area that had the least time. Return the tallies.

    The cases of an area depend only on the seed. Every area runs at least one.
    """
    tallies = {area: Tally() for area in areas}
    seeds = {area: (case_seed(seed, area, i) for i in count()) for area in areas}
    end = time.monotonic() + seconds
    while time.monotonic() < end or not all(tally.cases for tally in tallies.values()):
        area = min(areas, key=lambda area: tallies[area].seconds)
        tally, start = tallies[area], time.monotonic()
        failure = run_case(area, areas[area], next(seeds[area]), limit)
        tally.seconds += time.monotonic() - start
        tally.cases += 1
        if failure:
            tally.failures += 1
            print(failure, end="\n\n", file=file, flush=True)
    return tallies


def case_seed(seed, area, i):
    """Return the seed of the case i of an area."""
    return random.Random(f"{seed} {area} {i}").getrandbits(32)


def table(tallies):
    """Yield the lines of the table of the areas."""
    yield f"{'area':<12} {'cases':>8} {'failures':>8} {'seconds':>8}"
    for area, tally in tallies.items():
        yield f"{area:<12} {tally.cases:>8,} {tally.failures:>8,} {tally.seconds:>8.1f}"
