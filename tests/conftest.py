import os
from pathlib import Path

import numpy as np
import pooch
import pytest
from hypothesis import settings

from sklearn_bigram.datasets import fetch_names, load_names

settings.register_profile("any speed", deadline=None)
settings.load_profile("any speed")

LECTURE_SYMBOLS = ".abcdefghijklmnopqrstuvwxyz"
_FOLDER = os.environ.get("SKLEARN_BIGRAM_DATA") or pooch.os_cache("sklearn_bigram")


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
def names():
    return load_names()
