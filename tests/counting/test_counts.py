"""BigramCounts: added up, compared, relabelled, saved and loaded."""

import errno
import io
import os
import pickle
import stat
import subprocess
import sys
import threading
import zipfile
from functools import reduce
from itertools import chain
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from sklearn_bigram import BigramCounts, NameTokenizer, count_bigrams
from tests.helpers import as_counter, count_by_hand

NAMES = ["emma", "olivia", "ava", "", "zoë", "李明", "😀"]
LATIN, CYRILLIC = ["emma", "ava", "ann"], ["анна", "ева"]


def make_counts(symbols, cells):
    row, column, data = zip(*cells, strict=True)
    shape = (len(symbols), len(symbols))
    return BigramCounts(symbols, sparse.csr_array((data, (row, column)), shape=shape, dtype=float))


# Adding up

PARTS = {
    "the same alphabet": [["ab", "ba"], ["abba", "a", "b"]],
    "a larger alphabet": [["ab"], ["abc"]],
    "a smaller alphabet": [["abc"], ["a"]],
    "as large an alphabet": [["ab"], ["ac"]],
    "no common symbol": [LATIN, CYRILLIC],
    "a symbol in between": [["ac"], ["abc"], ["b"]],
    "no symbol": [[""], LATIN, [""]],
    "many": [[name] for name in [*NAMES, *LATIN, *CYRILLIC]],
}


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_counts_of_parts_add_up_to_those_of_all(parts):
    counts = [count_bigrams(part) for part in parts]
    everything = list(chain(*parts))
    total = reduce(add, counts)
    assert as_counter(total) == count_by_hand(everything)
    assert total == count_bigrams(everything) == sum(counts)
    assert total == reduce(lambda x, y: y + x, counts) == reduce(add, counts[::-1])
    assert [as_counter(part) for part in counts] == [count_by_hand(part) for part in parts]


@given(st.lists(st.lists(st.text("abé名\0\ud800", max_size=4), min_size=1), min_size=1, max_size=4))
def test_any_parts_add_up(parts):
    assert as_counter(reduce(add, map(count_bigrams, parts))) == count_by_hand(list(chain(*parts)))


def test_fractional_counts_add_up():
    a = make_counts([".", "a"], [(0, 1, 0.5), (1, 0, 0.5)])
    b = make_counts([".", "b"], [(0, 1, 0.25), (1, 0, 0.25)])
    cells = {(".", "a"): 1.0, ("a", "."): 1.0, (".", "b"): 0.25, ("b", "."): 0.25}
    assert as_counter(a + b + a) == cells


def test_counts_with_different_boundaries_do_not_add_up():
    other = count_bigrams(["ava"], tokenizer=NameTokenizer(boundary="$"))
    with pytest.raises(ValueError, match=r"different boundary symbols, '\.' and '\$'"):
        count_bigrams(["ava"]) + other


@pytest.mark.parametrize("other", [1, 0.0, 1.5, None, "a", [1], np.ones(2), sparse.eye_array(2)])
def test_only_counts_can_be_added_to_counts(other):
    counts = count_bigrams(["a"])
    for terms in ((counts, other), (other, counts)):
        with pytest.raises(TypeError):
            add(*terms)


# Comparing and showing


def test_counts_are_equal_if_symbols_and_matrices_are():
    counts = count_bigrams(["ab", "b"])
    assert counts == count_bigrams(["b", "ab"])
    assert counts == BigramCounts(np.array([".", "a", "b"], dtype=object), counts.matrix)
    assert counts != count_bigrams(["ab"])
    assert counts != count_bigrams(["ac", "c"])
    assert counts != count_bigrams(["abc"])
    assert counts != count_bigrams(["ab", "b"], tokenizer=NameTokenizer(boundary="$"))
    assert counts != counts.matrix.sum()


def test_counts_are_not_hashable():
    with pytest.raises(TypeError, match="unhashable"):
        hash(count_bigrams(["a"]))


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["emma", "ava"], "<BigramCounts: 9 bigrams of 5 symbols>"),
        ([""], "<BigramCounts: 1 bigrams of 1 symbols>"),
        (["ab"] * 1000, "<BigramCounts: 3,000 bigrams of 3 symbols>"),
    ],
)
def test_repr_tells_how_much_was_counted(names, text):
    assert repr(count_bigrams(names)) == text


def test_counts_survive_pickling():
    counts = count_bigrams(NAMES)
    assert pickle.loads(pickle.dumps(counts)) == counts


# Made of parts


@pytest.mark.parametrize("matrix", [[[0, 2], [2, 0]], np.array([[0, 2], [2, 0]], dtype=np.int8)])
@pytest.mark.parametrize("make", [list, sparse.csr_array, sparse.coo_array, np.asarray])
def test_counts_can_be_made_of_any_matrix(matrix, make):
    counts = BigramCounts([".", "a"], make(matrix))
    assert counts == count_bigrams(["a", "a"])
    assert as_counter(counts) == {(".", "a"): 2, ("a", "."): 2}


@pytest.mark.parametrize(
    "matrix",
    [
        sparse.csr_array(([1.0, 1.0, 0.0, 2.0], [1, 1, 0, 0], [0, 3, 4]), shape=(2, 2)),
        sparse.csr_array(([2.0, 0.0, 2.0], [1, 0, 0], [0, 1, 3]), shape=(2, 2)),
        sparse.csr_array(([0.0, 2.0, 2.0], [0, 1, 0], [0, 2, 3]), shape=(2, 2)),
    ],
    ids=["duplicates and zeros", "unsorted", "zeros"],
)
def test_a_matrix_that_is_not_canonical_is_left_as_it_was(matrix):
    before = pickle.dumps(matrix)
    counts = BigramCounts([".", "a"], matrix)
    assert as_counter(counts) == {(".", "a"): 2, ("a", "."): 2}
    assert pickle.dumps(matrix) == before


@pytest.mark.parametrize(
    ("symbols", "matrix", "error", "message"),
    [
        ([".", "a"], np.eye(3), ValueError, r"matrix has shape \(3, 3\), but there are 2 symbols"),
        ([".", "a"], np.ones((2, 3)), ValueError, r"matrix has shape \(2, 3\)"),
        ([".", "a"], np.ones(2), ValueError, r"matrix has shape \(2,\)"),
        ([".", "b", "a", "a"], np.eye(4), ValueError, "symbols holds 'a' more than once"),
        ([".", "a"], [[0, 1], [-1, 0]], ValueError, "matrix holds -1.0: counts .*finite"),
        ([".", "a"], [[0, np.nan], [1, 0]], ValueError, "matrix holds nan"),
        ([".", "a"], [[0, np.inf], [1, 0]], ValueError, "matrix holds inf"),
        ([".", ""], np.eye(2), TypeError, "symbols holds '': symbols must be non-empty str"),
        ([0, 1], np.eye(2), TypeError, "symbols holds 0"),
    ],
)
def test_parts_that_cannot_be_counts_are_refused(symbols, matrix, error, message):
    with pytest.raises(error, match=message):
        BigramCounts(symbols, matrix)


# New symbols


@given(
    st.lists(st.text("abcd", max_size=4), min_size=1),
    st.lists(st.integers(0, 5), min_size=5, max_size=5),
)
def test_relabelled_counts_are_those_of_the_new_symbols(names, ids):
    counts, symbols = count_bigrams([*names, "abcd"]), "#tuvwxyz"
    expected = {}
    for (i, j), n in as_counter(counts).items():
        pair = symbols[ids[".abcd".index(i)]], symbols[ids[".abcd".index(j)]]
        expected[pair] = expected.get(pair, 0) + n
    assert as_counter(counts.relabel(ids, symbols)) == expected
    assert as_counter(counts.relabel(range(5), "#tuvw")) == {
        ("#tuvw"[".abcd".index(i)], "#tuvw"[".abcd".index(j)]): n
        for (i, j), n in as_counter(counts).items()
    }


@pytest.mark.parametrize("ids", [[0], [0, 1, 2], [0, 2], [0, -1], [[0, 1]]])
def test_each_symbol_needs_a_new_one(ids):
    with pytest.raises(ValueError, match=r"^ids must .*2 .*one for each symbol, from 0 to 1"):
        count_bigrams(["a"]).relabel(ids, [".", "b"])


# Saving

SAVED = {
    "plain": lambda: count_bigrams(LATIN),
    "no symbol": lambda: count_bigrams([""]),
    "scripts": lambda: count_bigrams(NAMES),
    "surrogates": lambda: count_bigrams(["a\ud800", "\udfff\ud800", "\U00010000"]),
    "NUL": lambda: count_bigrams(["\0", "a\0\0", "\n\r"]),
    "words": lambda: count_bigrams(
        ["mary ann", "ann  lee"], tokenizer=NameTokenizer(analyzer=str.split, boundary="<s>")
    ),
    "fractions": lambda: make_counts([".", "a"], [(0, 1, 0.1), (1, 0, 1e-300), (1, 1, 2.0**60)]),
    "256 symbols": lambda: count_bigrams([chr(i) for i in range(0x4E00, 0x4F00)]),
    "array of symbols": lambda: BigramCounts(
        np.array([".", "é"], dtype=object), sparse.csr_array([[0.0, 1.0], [1.0, 0.0]])
    ),
}


@pytest.mark.parametrize("make", SAVED.values(), ids=SAVED)
def test_saved_counts_load_as_they_were(make, tmp_path):
    for path in (tmp_path / "counts.npz", str(tmp_path / "counts.npz")):
        make().save(path)
        loaded = BigramCounts.load(path)
        assert loaded == make()
        assert as_counter(loaded) == as_counter(make())
        assert all(type(symbol) is str for symbol in loaded.symbols)


@pytest.mark.parametrize("name", ["counts.npz", "counts", "counts.txt", "ё.npz", "a" * 251])
def test_a_file_gets_the_name_that_is_given(name, tmp_path):
    count_bigrams(NAMES * 100).save(tmp_path / name)
    count_bigrams(NAMES).save(tmp_path / name)  # instead of the first
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert BigramCounts.load(tmp_path / name) == count_bigrams(NAMES)


def test_a_file_has_the_permissions_of_any_new_file(tmp_path):
    path, other = tmp_path / "counts.npz", tmp_path / "other"
    count_bigrams(NAMES).save(path)
    other.touch()
    assert stat.filemode(path.stat().st_mode) == stat.filemode(other.stat().st_mode)


def test_a_file_needs_no_pickle(tmp_path):
    count_bigrams(NAMES).save(tmp_path / "counts.npz")
    with np.load(tmp_path / "counts.npz", allow_pickle=False) as arrays:
        assert all(arrays[key].dtype.kind in "iuf" for key in arrays)


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()], ids=repr
)
@pytest.mark.parametrize("exists", [True, False])
def test_a_failed_save_leaves_everything_as_it_was(error, exists, tmp_path, monkeypatch):
    path = tmp_path / "counts.npz"
    if exists:
        count_bigrams(["a"]).save(path)

    def savez(file, **arrays):
        file.write(b"half")
        raise error

    monkeypatch.setattr(np, "savez_compressed", savez)
    with pytest.raises(type(error)):
        count_bigrams(NAMES).save(path)
    assert list(tmp_path.iterdir()) == [path] * exists
    assert not exists or BigramCounts.load(path) == count_bigrams(["a"])


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("missing/counts.npz", FileNotFoundError),
        ("folder", IsADirectoryError),
        ("counts.npz/", IsADirectoryError),
    ],
)
def test_a_path_that_cannot_be_written_is_an_os_error(path, error, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(error, match=path):
        count_bigrams(NAMES).save(f"{tmp_path}/{path}")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


# Loading


@pytest.mark.parametrize(
    ("path", "error"), [("missing.npz", FileNotFoundError), ("", IsADirectoryError)]
)
def test_a_path_that_cannot_be_read_is_an_os_error(path, error, tmp_path):
    with pytest.raises(error, match=str(tmp_path / path)):
        BigramCounts.load(tmp_path / path)


class Trap:
    """An object that fails the test as soon as it is unpickled."""

    def __reduce__(self):
        return pytest.fail, ("A file of counts was unpickled.",)


def write_npz(**changes):
    """Return a function that writes a file of counts of '.', 'a', 'b' with other arrays."""
    N = count_bigrams(["ab"]).matrix
    arrays = {"text": np.frombuffer(b".ab", np.uint8), "ends": np.array([1, 2, 3])}
    arrays |= {"data": N.data, "indices": N.indices, "indptr": N.indptr} | changes
    kept = {key: array for key, array in arrays.items() if array is not None}

    def write(path):
        with open(path, "wb") as file:
            np.savez(file, **kept)

    return write


def write_npy(path):
    with open(path, "wb") as file:
        np.save(file, np.ones(3))


NO_COUNTS = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("emma\nolivia\n"),
    "pickle": lambda path: path.write_bytes(pickle.dumps(Trap())),
    "an array": write_npy,
    "other arrays": write_npz(text=None),
    "no matrix": write_npz(indptr=None),
    "objects": write_npz(data=np.array([Trap()] * 3, dtype=object)),
    "strings": write_npz(data=np.array(["1"] * 3)),
    "float32": write_npz(data=np.ones(3, dtype=np.float32)),
    "explicit zero": write_npz(data=np.array([1.0, 0.0, 1.0])),
    "duplicates": write_npz(
        data=np.ones(4), indices=np.array([1, 1, 2, 0]), indptr=np.array([0, 2, 3, 4])
    ),
    "NaN": write_npz(data=np.array([1.0, np.nan, 1.0])),
    "infinite": write_npz(data=np.array([1.0, np.inf, 1.0])),
    "negative": write_npz(data=np.array([1.0, -1.0, 1.0])),
    "column out of range": write_npz(indices=np.array([1, 2, 3])),
    "row out of range": write_npz(indptr=np.array([0, 1, 2, 4])),
    "too few rows": write_npz(indptr=np.array([0, 3])),
    "not UTF-8": write_npz(text=np.frombuffer(b".a\xff", np.uint8)),
    "text too short": write_npz(text=np.frombuffer(b".a", np.uint8)),
    "text too long": write_npz(text=np.frombuffer(b".abc", np.uint8)),
    "ends that go down": write_npz(ends=np.array([1, 3, 2])),
    "ends that are floats": write_npz(ends=np.array([1.0, 2.0, 3.0])),
    "ends in two dimensions": write_npz(ends=np.array([[1], [2], [3]])),
    "no symbols": write_npz(
        text=np.array([], np.uint8), ends=np.array([], int), indptr=np.array([0])
    ),
    "overlapping symbols": write_npz(ends=np.array([3, 1, 3])),
    "ends beyond the text": write_npz(ends=np.array([1, 2, 4])),
    "huge ends": write_npz(ends=np.array([2**62, -(2**62), 3])),
    "negative column": write_npz(indices=np.array([1, -1, 0])),
    "huge column": write_npz(indices=np.array([1, 2**62, 0])),
    "unsigned columns": write_npz(indices=np.array([1, 2, 0], dtype=np.uint64)),
    "columns that are floats": write_npz(indices=np.array([1.0, 2.0, 0.0])),
    "big-endian": write_npz(data=np.ones(3, dtype=">f8")),
    "complex": write_npz(data=np.ones(3, dtype=complex)),
    "text of wide characters": write_npz(text=np.array([".ab"])),
    "fields": write_npz(data=np.ones(3, dtype=[("a", "f8")])),
    "another array": write_npz(other=np.ones(3)),
    "a symbol twice": write_npz(text=np.frombuffer(b".aa", np.uint8)),
}


@pytest.mark.parametrize("write", NO_COUNTS.values(), ids=NO_COUNTS)
def test_a_file_without_counts_is_refused_by_name(write, tmp_path):
    path = tmp_path / "counts.npz"
    write(path)
    with pytest.raises(ValueError, match=f"{path} does not hold bigram counts"):
        BigramCounts.load(path)


def test_the_file_that_the_refused_ones_derive_from_is_good(tmp_path):
    write_npz()(tmp_path / "counts.npz")
    assert BigramCounts.load(tmp_path / "counts.npz") == count_bigrams(["ab"])


@pytest.mark.parametrize("damage", ["cut off", "byte changed"])
def test_a_damaged_file_is_refused_or_was_not_hurt(damage, tmp_path):
    path, counts = tmp_path / "counts.npz", count_bigrams(NAMES)
    counts.save(path)
    data, n_refused = path.read_bytes(), 0
    for i in range(0, len(data), 7):
        flipped = data[:i] + bytes([data[i] ^ 0x55]) + data[i + 1 :]
        path.write_bytes(data[:i] if damage == "cut off" else flipped)
        try:
            loaded = BigramCounts.load(path)
        except ValueError as error:
            assert str(path) in str(error)  # noqa: PT017
            n_refused += 1
        else:
            assert loaded == counts
    assert n_refused > len(data) / 14


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed], ids=["stored", "compressed"])
def test_500_flipped_bytes_are_refused_or_do_no_harm(save, tmp_path, monkeypatch):
    monkeypatch.setattr(np, "savez_compressed", save)
    path, counts = tmp_path / "counts.npz", count_bigrams(NAMES * 3 + ["anne-marie"])
    counts.save(path)
    data, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(500):
        i = int(rng.integers(len(data)))
        byte = data[i] ^ int(rng.integers(1, 256))
        path.write_bytes(data[:i] + bytes([byte]) + data[i + 1 :])
        try:
            loaded = BigramCounts.load(path)
        except (ValueError, OSError) as error:
            assert str(path) in str(error)  # noqa: PT017
        else:
            assert loaded == counts


def test_counts_that_compress_extremely_well_can_be_loaded_again(tmp_path):
    counts = BigramCounts([chr(0x4E00 + i) for i in range(1300)], np.ones((1300, 1300)))
    counts.save(tmp_path / "counts.npz")
    assert BigramCounts.load(tmp_path / "counts.npz") == counts


# Files from strangers

LIMITED_LOAD = """
import resource, sys
from sklearn_bigram import BigramCounts
BigramCounts([".", "a"], [[0, 1], [1, 0]])
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**26, -1))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    BigramCounts.load(sys.argv[1])
except ValueError as error:
    assert "does not hold bigram counts" in str(error), error
    assert not isinstance(error.__cause__, MemoryError), error.__cause__
    print("refused", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) // 1024)
"""


def npy(shape, descr, data=b""):
    """Return an array file with a header that says what it likes."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"shape": shape, "descr": descr, "fortran_order": False}
    )
    return file.getvalue() + data


def write_zip(compression=zipfile.ZIP_DEFLATED, **members):
    """Return a function that writes a file of counts with some members replaced by others."""

    def write(path):
        write_npz()(path)
        with zipfile.ZipFile(path) as archive:
            contents = {name: archive.read(name) for name in archive.namelist()}
        contents |= {f"{name}.npy": data for name, data in members.items()}
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, data in contents.items():
                archive.writestr(name, data)

    return write


def write_symbols_that_overlap(path):
    n = 2**15
    write_npz(
        text=np.full(2**16, 97, np.uint8),
        ends=np.tile([2**16, 1], n // 2),
        indptr=np.concatenate([[0, 1, 2], np.full(n - 2, 3)]),
    )(path)


def write_large_members(path):
    """Write members that are only together too large."""
    data = npy((2**26,), "|u1", bytes(2**26))
    write_zip(**dict.fromkeys(["text", "ends", "data", "indices", "indptr"], data))(path)


BOMBS = {
    "a huge shape": write_zip(data=npy((2**40,), "<f8", bytes(24))),
    "a huge shape of no bytes": write_zip(data=npy((2**60,), "<f8")),
    "a shape that overflows": write_zip(data=npy((2**32, 2**32), "<f8", bytes(24))),
    "a negative shape": write_zip(data=npy((-1,), "<f8", bytes(24))),
    "wide elements": write_zip(text=npy((3,), "<U500000000", bytes(24))),
    "elements of no bytes": write_zip(text=npy((2**60,), "|V0")),
    "zeros": lambda path: write_zip(data=npy((2**25,), "<f8", bytes(2**28)))(path),
    "zeros in another member": lambda path: write_zip(other=bytes(2**28))(path),
    "a header of zeros": lambda path: write_zip(
        data=b"\x93NUMPY\x02\x00" + b"\xff\xff\xff\x3f" + bytes(2**27)
    )(path),
    "several members of zeros": write_large_members,
    "bzip2": lambda path: write_zip(zipfile.ZIP_BZIP2, text=bytes(2**20))(path),
    "LZMA": lambda path: write_zip(zipfile.ZIP_LZMA, text=bytes(2**20))(path),
    "symbols that overlap": write_symbols_that_overlap,
}


@pytest.mark.parametrize("form", ["bzip2", "LZMA", "another version", "too short", "too long"])
def test_arrays_in_another_form_are_refused(form, tmp_path):
    path = tmp_path / "counts.npz"
    version_2 = io.BytesIO()
    np.lib.format.write_array(version_2, np.frombuffer(b".ab", np.uint8), version=(2, 0))
    forms = {
        "bzip2": write_zip(zipfile.ZIP_BZIP2),
        "LZMA": write_zip(zipfile.ZIP_LZMA),
        "another version": write_zip(text=version_2.getvalue()),
        "too short": write_zip(text=npy((3,), "|u1", b".a")),
        "too long": write_zip(text=npy((3,), "|u1", b".abc")),
    }
    forms[form](path)
    with pytest.raises(ValueError, match=f"^{path} does not hold bigram counts"):
        BigramCounts.load(path)


@pytest.mark.skipif(
    not os.path.exists("/proc/self/statm"), reason="memory is limited on Linux only"
)
@pytest.mark.parametrize("write", BOMBS.values(), ids=BOMBS)
def test_a_crafted_file_is_refused_in_little_memory(write, tmp_path):
    path = tmp_path / "counts.npz"
    write(path)
    program = [sys.executable, "-c", LIMITED_LOAD, path]
    result = subprocess.run(program, capture_output=True, timeout=120, text=True)
    assert result.stderr == ""
    word, n_megabytes = result.stdout.split()
    assert word == "refused"
    assert int(n_megabytes) < 48


def test_the_boundary_is_replaced_by_a_symbol_that_no_name_holds():
    counts = count_bigrams(["ab", "b"])
    other = counts.with_boundary("#")
    assert other.symbols == ["#", "a", "b"]
    assert (other.matrix != counts.matrix).nnz == 0
    assert counts.symbols[0] == "."
    with pytest.raises(ValueError, match="boundary is 'a', which is another symbol of the counts"):
        counts.with_boundary("a")


def test_a_pipe_is_not_a_counts_file(tmp_path):
    pipe = tmp_path / "counts.npz"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: open(pipe, "wb").close())
    writer.start()
    with pytest.raises(ValueError, match=f"^{pipe} is a pipe, .*: copy it into a file first"):
        BigramCounts.load(pipe)
    writer.join()


def test_lack_of_memory_is_not_taken_for_damage(tmp_path, monkeypatch):
    count_bigrams(["emma"]).save(tmp_path / "counts.npz")

    def fail(*args):
        raise MemoryError

    monkeypatch.setattr("sklearn_bigram.counting._counts.read_counts", fail)
    with pytest.raises(MemoryError):
        BigramCounts.load(tmp_path / "counts.npz")
