import os
from pathlib import Path

import numpy as np
import pooch
import pytest
from hypothesis import settings

from sklearn_bigram.datasets import fetch_names, load_names
from tests.helpers import HAS_TORCH

settings.register_profile("full", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile("full")

_PAGES_WITH_TORCH = {"lecture.rst", "pitfalls.rst"}
LECTURE_SYMBOLS = ".abcdefghijklmnopqrstuvwxyz"
_FOLDER = os.environ.get("SKLEARN_BIGRAM_DATA") or pooch.os_cache("sklearn_bigram")

_N_LEFT_OUT = pytest.StashKey[int]()


class _SkipWithoutTorch:
    """A plugin, since a hook of this file would not apply to the pages in ``docs``.

    All tests are skipped in the same line, so that pytest counts them in one line.
    """

    @staticmethod
    def pytest_runtest_setup(item):
        if item.get_closest_marker("torch"):
            pytest.skip("torch is not installed")


def pytest_configure(config):
    """Skip what needs torch where it is not installed."""
    if not HAS_TORCH:
        config.pluginmanager.register(_SkipWithoutTorch())


def pytest_collection_modifyitems(items):
    """Mark with torch the pages and the tests that use it."""
    for item in items:
        if item.path.name in _PAGES_WITH_TORCH or "torch" in getattr(item, "fixturenames", ()):
            item.add_marker("torch")


def pytest_deselected(items):
    """Remember how many tests were left out, here or in a worker process."""
    config = items[0].config
    n_left_out = config.stash.get(_N_LEFT_OUT, 0) + len(items)
    config.stash[_N_LEFT_OUT] = n_left_out
    if hasattr(config, "workeroutput"):
        config.workeroutput["n_left_out"] = n_left_out


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take over the number of a worker process; each has left out the same tests."""
    node.config.stash[_N_LEFT_OUT] = getattr(node, "workeroutput", {}).get("n_left_out", 0)


def pytest_terminal_summary(terminalreporter, config):
    """Say in one line that slow tests were left out."""
    if config.option.markexpr == "not slow":
        n_left_out = config.stash.get(_N_LEFT_OUT, 0)
        terminalreporter.write_line(f"Slow tests left out: {n_left_out} (see make test-all)")


def names_from_counts(counts):
    """Return names with exactly these bigram counts: the pieces of an Eulerian circuit."""
    rest = [np.repeat(np.arange(len(row)), row).tolist() for row in counts]
    path, circuit = [0], []
    while path:
        if rest[path[-1]]:
            path.append(rest[path[-1]].pop())
        else:
            circuit.append(path.pop())
    text = "".join(LECTURE_SYMBOLS[i] for i in reversed(circuit))
    return text[1:-1].split(".")


@pytest.fixture(scope="session")
def lecture_counts():
    return np.loadtxt(Path(__file__).with_name("lecture_counts.txt"), dtype=int)


# The lecture's figures depend on the counts alone, so they are tested on any machine; and from the
# real names where they lie on this one.
@pytest.fixture(
    scope="session", params=["counts"] + ["names"] * (Path(_FOLDER) / "names.txt").exists()
)
def lecture_names(request, lecture_counts):
    return fetch_names() if request.param == "names" else names_from_counts(lecture_counts)


@pytest.fixture(scope="session")
def torch():
    import torch

    return torch


@pytest.fixture(scope="session")
def names():
    return load_names()
