"""What the works are done on."""

import sys

import numpy as np
from scipy import sparse

from sklearn_bigram import CountBigramLM
from sklearn_bigram.datasets import fetch_names, load_names


def lecture_names(n):
    """Return n names: bundled ones if they suffice, else the lecture's, which may be downloaded.

    Without a network, the bundled ones are repeated.
    """
    names = load_names()
    if n > len(names):
        try:
            names = fetch_names()
        except OSError as error:
            print(f"Bundled names, repeated, stand in for the lecture's: {error}", file=sys.stderr)
            names = names * (n // len(names) + 1)
    return names[:n]


def many_names(n):
    """Return a list of n names drawn from a model, each a str of its own."""
    model = CountBigramLM().fit(load_names())
    return model.sample(n, random_state=0).tolist()


def name_file(path, n_bytes):
    """Write a file of about this size, a name a line."""
    block = ("\n".join(many_names(min(n_bytes // 6, 1_000_000))) + "\n").encode()
    with open(path, "wb") as file:
        for _ in range(n_bytes // len(block)):
            file.write(block)
        rest = block[: n_bytes % len(block)]
        file.write(rest[: rest.rfind(b"\n") + 1])


def zipf_ids(n_symbols, n_bigrams, seed=0):
    """Return names of 2 to 8 symbols that follow Zipf's law, as token ids in a CSR array."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, 8, endpoint=True, size=n_bigrams // 6)  # and an end: 6 on average
    indptr = np.concatenate(([0], np.cumsum(lengths)))
    ends = np.cumsum(1 / np.arange(1, n_symbols))
    symbols = np.searchsorted(ends / ends[-1], rng.random(indptr[-1]), side="right") + 1
    column = np.arange(indptr[-1]) - np.repeat(indptr[:-1], lengths)
    parts = symbols.astype(np.int32), column.astype(np.int32), indptr.astype(np.int32)
    return sparse.csr_array(parts, shape=(len(lengths), 8))


def pairs(X):
    """Return the ids of all bigrams in two flat arrays."""
    starts = X.indptr + np.arange(len(X.indptr))
    ids = np.zeros(starts[-1] + 1, dtype=np.int32)
    inside = np.ones(len(ids), dtype=bool)
    inside[starts] = False
    ids[inside] = X.data
    return ids[:-1], ids[1:]


def save_ids(folder, X):
    """Write a CSR array so that loading it needs no memory beside it."""
    for part in ("data", "indices", "indptr"):
        np.save(folder / f"{part}.npy", getattr(X, part))


def load_ids(folder):
    """Read the array that `save_ids` wrote."""
    parts = tuple(np.load(folder / f"{part}.npy") for part in ("data", "indices", "indptr"))
    return sparse.csr_array(parts, shape=(len(parts[2]) - 1, 8))
