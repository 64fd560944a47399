"""BigramCounts.save and load, with damaged and made-up files."""

import io
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from sklearn_bigram import BigramCounts, count_bigrams

from ._notes import check, equal, note
from .counts import draw_names


def case(rng):
    """Check that a file holds the same counts, or is refused with ValueError or OSError."""
    names = draw_names(rng)
    counts = count_bigrams(names)
    note("from sklearn_bigram import BigramCounts, count_bigrams")
    note(f"counts = count_bigrams({names}); counts.save('counts.npz')")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / rng.choice(["counts.npz", "counts", "ä b.npz"])
        counts.save(path)
        equal(BigramCounts.load(str(path)), counts, "BigramCounts.load('counts.npz')")
        whole = path.read_bytes()
        damage, must_fail = rng.choice([flip, flip, cut, insert, craft])(rng, whole)
        path.write_bytes(damage)
        try:
            found = BigramCounts.load(path)
        except (ValueError, OSError):
            return
        check(not must_fail, "a damaged file", "ValueError", found)
        if must_fail is None:
            equal(found, counts, "a damaged file")
        sound(found)


def sound(counts):
    """Check that counts are valid."""
    check(all(isinstance(x, str) and x for x in counts.symbols), "symbols", "str", counts.symbols)
    equal(len(set(counts.symbols)), len(counts.symbols), "distinct symbols")
    equal(counts.matrix.shape, (len(counts.symbols),) * 2, "the shape of the matrix")
    data = counts.matrix.data
    check(bool(np.isfinite(data).all() and (data > 0).all()), "counts", "positive", data)
    check(counts.matrix.has_canonical_format, "the matrix", "canonical", counts.matrix)
    equal((counts + counts).symbols, counts.symbols, "the symbols of a sum")


def flip(rng, whole):
    """Return the file with some bits flipped."""
    damaged = bytearray(whole)
    flips = [(rng.randrange(len(whole)), rng.randrange(8)) for _ in range(rng.randint(1, 4))]
    for place, bit in flips:
        damaged[place] ^= 1 << bit
    note(f"# bits flipped at {flips}")
    return bytes(damaged), None


def cut(rng, whole):
    """Return a part of the file."""
    a = rng.randrange(len(whole))
    note(f"# only the first {a} bytes")
    return whole[:a], True


def insert(rng, whole):
    """Return the file with bytes put in."""
    a, more = rng.randint(0, len(whole)), rng.randbytes(rng.randint(1, 20))
    note(f"# {more} put in at {a}")
    return whole[:a] + more + whole[a:], None


ARRAYS = [
    lambda x: x.astype(np.float32),
    lambda x: x.astype(np.int64),
    lambda x: x.astype(np.uint64),
    lambda x: x.astype(complex),
    lambda x: x.astype(str),
    lambda x: x.astype("M8[s]") if x.dtype.kind in "iu" else x.astype(">f8"),
    lambda x: x[::-1],
    lambda x: x[:-1],
    lambda x: x[:0],
    lambda x: x[None],
    lambda x: np.array(5),
    lambda x: -x.astype(float),
    lambda x: x * np.nan,
    lambda x: x * np.inf if x.all() else x,
    lambda x: x * 0,
    lambda x: np.append(x, x[-1:]),
    lambda x: x + 1,
    lambda x: x.astype(object),
    lambda x: np.full_like(x, 2**31 - 1 if x.dtype.itemsize > 2 else 255),
]


def craft(rng, whole):
    """Return an archive with changed, missing or further arrays."""
    with np.load(io.BytesIO(whole)) as arrays:
        arrays = dict(arrays)
    for _ in range(rng.randint(1, 2)):
        key, k = rng.choice(sorted(arrays)), rng.randrange(len(ARRAYS))
        note(f"# array {key!r} changed by ARRAYS[{k}] of tests.fuzz.files")
        with suppress(ValueError, TypeError, IndexError, Warning), np.errstate(all="ignore"):
            arrays[key] = ARRAYS[k](arrays[key])
    if rng.random() < 0.2:
        key = rng.choice(sorted(arrays))
        note(f"# array {key!r} left out")
        del arrays[key]
    file = io.BytesIO()
    if rng.random() < 0.8:
        np.savez(file, **arrays)
    else:
        with zipfile.ZipFile(file, "w") as archive:
            for key, x in arrays.items():
                member = io.BytesIO()
                np.save(member, x, allow_pickle=True)
                name = rng.choice([key, f"{key}.npy", f"../{key}.npy"])
                archive.writestr(name, rng.choice([member.getvalue(), b"", rng.randbytes(50)]))
    return file.getvalue(), False
