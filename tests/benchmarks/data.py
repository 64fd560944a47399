"""What the works are done on."""

import sys
from pathlib import Path

import numpy as np
from scipy import sparse

from sklearn_bigram import CountBigramLM
from sklearn_bigram.datasets import fetch_names, load_names

NAMES = Path(__file__).resolve().parents[2] / "data" / "names.txt"


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


def line_file(path, n_lines):
    """Write a file of n lines, a name a line: up to 10 million are drawn, then they repeat."""
    model = CountBigramLM().fit(load_names())
    step = min(n_lines, 1_000_000)
    blocks = []
    with open(path, "wb") as file:
        for i in range(n_lines // step):
            if i < 10:
                names = model.sample(step, random_state=i).tolist()
                blocks.append(("\n".join(names) + "\n").encode())
            file.write(blocks[i % 10])


def cyrillic_text(n_bytes):
    """Return about so many bytes of UTF-8: the names, with Cyrillic letters for the Latin ones."""
    letters = {ord("a") + i: ord("а") + i for i in range(26)}
    text = "\n".join(load_names()).translate(letters) + "\n"
    return _repeat(text, n_bytes)


def chinese_text(n_bytes):
    """Return about so many bytes of UTF-8: lines of 2 to 4 of 3,000 Chinese characters."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(2, 4, endpoint=True, size=10_000)
    ranks = np.minimum(rng.pareto(1.0, size=lengths.sum()) * 20, 2_999).astype(np.int64)
    symbols = np.char.mod("%c", ranks + ord("一"))
    names = np.split(symbols, np.cumsum(lengths)[:-1])
    return _repeat("\n".join(map("".join, names)) + "\n", n_bytes)


def _repeat(text, n_bytes):
    block = text.encode()
    return block * max(1, n_bytes // len(block))


def dna_reads(n_reads, length=150):
    """Return reads of DNA as a list of str, and as ids, (n_reads, length)."""
    ids = np.random.default_rng(0).integers(1, 5, size=(n_reads, length))
    text = np.frombuffer(b".ACGT", dtype=np.uint8)[ids]  # (n_reads, length)
    return [row.tobytes().decode() for row in text], ids


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
