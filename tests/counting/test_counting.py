"""The count matrix: counted exactly, added up, written to a file and fitted from."""

import errno
import os
import pickle
import signal
import stat
from collections import Counter
from functools import reduce
from itertools import chain, pairwise
from operator import add

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone

from sklearn_bigram import (
    BigramCounts,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
    count_bigrams,
)
from sklearn_bigram.counting import _pairs
from sklearn_bigram.counting._pairs import borrow_counter, count_bytes, count_pairs
from sklearn_bigram.models import _encoding
from sklearn_bigram.tokenization import _containers
from tests.helpers import as_counter, count_by_hand

NAMES = ["emma", "olivia", "ava", "", "zoë", "李明", "😀"]
LATIN, CYRILLIC = ["emma", "ava", "ann"], ["анна", "ева"]

# Each model with where its numbers stand
MODELS = {
    "count": CountBigramLM(),
    "exact": NeuralBigramLM(),
    "gd": NeuralBigramLM(solver="gd", random_state=0, max_iter=2, tol=100.0),
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def make_counts(symbols, cells):
    row, column, data = zip(*cells, strict=True)
    shape = (len(symbols), len(symbols))
    return BigramCounts(symbols, sparse.csr_array((data, (row, column)), shape=shape, dtype=float))


# Adding up

PARTS = {
    "the same alphabet": [["ab", "ba"], ["abba", "a", "b"]],
    "a larger alphabet": [["ab"], ["abc"]],
    "a smaller alphabet": [["abc"], ["a"]],
    "no common symbol": [LATIN, CYRILLIC],
    "one between": [["ac"], ["abc"], ["b"]],
    "none": [[""], LATIN, [""]],
    "many": [[name] for name in [*NAMES, *LATIN, *CYRILLIC]],
}
every_split = pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)


@every_split
def test_counts_of_parts_add_up_to_those_of_all(parts):
    total = reduce(add, map(count_bigrams, parts))
    everything = list(chain(*parts))
    assert as_counter(total) == count_by_hand(everything)
    assert total == count_bigrams(everything)


@every_split
def test_addition_commutes_and_associates(parts):
    counts = [count_bigrams(part) for part in parts]
    left, right = reduce(add, counts), reduce(lambda x, y: y + x, reversed(counts))
    assert left == right == reduce(add, counts[::-1])


@every_split
def test_addition_leaves_the_terms_as_they_were(parts):
    a, b = map(count_bigrams, parts[:2])
    _ = a + b
    assert [as_counter(a), as_counter(b)] == [count_by_hand(part) for part in parts[:2]]


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
def test_counts_add_up_with_nothing_else(other):
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


# Files

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
@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["str", "Path"])
def test_saved_counts_load_as_they_were(make, kind, tmp_path):
    path = kind(tmp_path / "counts.npz")
    make().save(path)
    loaded = BigramCounts.load(path)
    assert loaded == make()
    assert all(type(symbol) is str for symbol in loaded.symbols)
    assert loaded.matrix.has_canonical_format


def test_loaded_counts_add_up_and_fit(tmp_path):
    count_bigrams(LATIN).save(tmp_path / "counts.npz")
    total = BigramCounts.load(tmp_path / "counts.npz") + count_bigrams(CYRILLIC)
    assert total == count_bigrams(LATIN + CYRILLIC)
    model = CountBigramLM().fit(total)
    assert model.score(LATIN) == CountBigramLM().fit(LATIN + CYRILLIC).score(LATIN)


@pytest.mark.parametrize("name", ["counts.npz", "counts", "counts.txt", "ё.npz"])
def test_a_file_has_the_name_it_was_given(name, tmp_path):
    count_bigrams(NAMES).save(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_replaces_the_one_that_was_there(tmp_path):
    path = tmp_path / "counts.npz"
    count_bigrams(NAMES * 100).save(path)
    count_bigrams(["a"]).save(path)
    assert BigramCounts.load(path) == count_bigrams(["a"])


def test_a_file_has_the_permissions_of_any_new_file(tmp_path):
    path, other = tmp_path / "counts.npz", tmp_path / "other"
    count_bigrams(NAMES).save(path)
    other.touch()
    assert stat.filemode(path.stat().st_mode) == stat.filemode(other.stat().st_mode)


@pytest.mark.parametrize("matrix", [[[0, 2], [2, 0]], np.array([[0, 2], [2, 0]], dtype=np.int8)])
@pytest.mark.parametrize("make", [list, sparse.csr_array, sparse.coo_array, np.asarray])
def test_counts_can_be_made_of_any_matrix(matrix, make, tmp_path):
    counts = BigramCounts([".", "a"], make(matrix))
    assert counts == count_bigrams(["a", "a"])
    assert counts.matrix.dtype == np.float64
    counts.save(tmp_path / "counts.npz")
    assert BigramCounts.load(tmp_path / "counts.npz") == counts
    assert CountBigramLM().fit(counts).score(["a"]) == CountBigramLM().fit(["a", "a"]).score(["a"])


def test_counts_of_a_matrix_that_is_not_canonical_leave_it_as_it_was():
    matrix = sparse.csr_array(([1.0, 1.0, 0.0, 2.0], [1, 1, 0, 0], [0, 3, 4]), shape=(2, 2))
    before = pickle.dumps(matrix)
    counts = BigramCounts([".", "a"], matrix)
    assert counts.matrix.has_canonical_format
    assert (counts.matrix.data == 2).all()
    assert counts == count_bigrams(["a", "a"])
    assert pickle.dumps(matrix) == before


@pytest.mark.parametrize(
    ("symbols", "matrix", "error", "message"),
    [
        ([".", "a"], np.eye(3), ValueError, r"matrix has shape \(3, 3\), but there are 2 symbols"),
        ([".", "a"], np.ones((2, 3)), ValueError, r"matrix has shape \(2, 3\)"),
        ([".", "a"], np.ones(2), ValueError, r"matrix has shape \(2,\)"),
        ([".", "a", "a"], np.eye(3), ValueError, "symbols holds 'a' more than once"),
        ([".", "a"], [[0, 1], [-1, 0]], ValueError, "matrix holds -1.0: counts must be finite"),
        ([".", "a"], [[0, np.nan], [1, 0]], ValueError, "matrix holds nan"),
        ([".", "a"], [[0, np.inf], [1, 0]], ValueError, "matrix holds inf"),
        ([".", ""], np.eye(2), TypeError, "symbols holds '': symbols must be non-empty str"),
        ([0, 1], np.eye(2), TypeError, "symbols holds 0"),
    ],
)
def test_what_cannot_be_counts_is_refused(symbols, matrix, error, message):
    with pytest.raises(error, match=message):
        BigramCounts(symbols, matrix)


@pytest.mark.parametrize("ids", [[0], [0, 1, 2], [0, 2], [0, -1], [[0, 1]]])
def test_symbols_are_renamed_one_by_one(ids):
    with pytest.raises(
        ValueError, match="ids must hold 2 indices of new symbols, one for each symbol, from 0"
    ):
        count_bigrams(["a"]).relabel(ids, [".", "b"])


def test_counts_are_summed():
    parts = [count_bigrams([name]) for name in NAMES]
    assert sum(parts) == count_bigrams(NAMES)


def test_a_file_may_have_the_longest_name_that_there_is(tmp_path):
    path = tmp_path / f"{'a' * 251}.npz"
    count_bigrams(NAMES).save(path)
    assert BigramCounts.load(path) == count_bigrams(NAMES)


def test_a_file_needs_no_pickle(tmp_path):
    count_bigrams(NAMES).save(tmp_path / "counts.npz")
    with np.load(tmp_path / "counts.npz", allow_pickle=False) as arrays:
        assert all(arrays[key].dtype.kind in "iuf" for key in arrays)


@pytest.fixture
def full_disk(monkeypatch):
    def savez(file, **arrays):
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez_compressed", savez)


@pytest.fixture
def interrupt(monkeypatch):
    def savez(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", savez)


@pytest.mark.parametrize(
    ("accident", "error"), [("full_disk", OSError), ("interrupt", KeyboardInterrupt)]
)
@pytest.mark.parametrize("there", [True, False])
def test_a_failed_save_leaves_all_as_it_was(accident, error, there, tmp_path, request):
    path = tmp_path / "counts.npz"
    if there:
        count_bigrams(["a"]).save(path)
    counts = count_bigrams(NAMES)
    request.getfixturevalue(accident)
    with pytest.raises(error):
        counts.save(path)
    assert list(tmp_path.iterdir()) == [path] * there
    assert not there or BigramCounts.load(path) == count_bigrams(["a"])


@pytest.mark.parametrize(
    ("place", "error"),
    [("missing/counts.npz", FileNotFoundError), ("folder", IsADirectoryError)],
)
def test_a_file_that_cannot_be_written_is_an_os_error(place, error, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(error, match=place):
        count_bigrams(NAMES).save(tmp_path / place)
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


@pytest.mark.parametrize(
    ("place", "error"), [("missing.npz", FileNotFoundError), ("", IsADirectoryError)]
)
def test_a_file_that_cannot_be_read_is_an_os_error(place, error, tmp_path):
    with pytest.raises(error, match=str(tmp_path / place)):
        BigramCounts.load(tmp_path / place)


class Trap:
    """What raises as soon as it is unpickled."""

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
            np.savez(file, allow_pickle=True, **kept)

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
    "NaN": write_npz(data=np.array([1.0, np.nan, 1.0])),
    "infinite": write_npz(data=np.array([1.0, np.inf, 1.0])),
    "negative": write_npz(data=np.array([1.0, -1.0, 1.0])),
    "column out of range": write_npz(indices=np.array([1, 2, 3])),
    "row out of range": write_npz(indptr=np.array([0, 1, 2, 4])),
    "too few rows": write_npz(indptr=np.array([0, 3])),
    "not UTF-8": write_npz(text=np.frombuffer(b".a\xff", np.uint8)),
    "text too short": write_npz(text=np.frombuffer(b".a", np.uint8)),
    "ends that go down": write_npz(ends=np.array([1, 3, 2])),
    "ends that are floats": write_npz(ends=np.array([1.0, 2.0, 3.0])),
    "ends in two dimensions": write_npz(ends=np.array([[1], [2], [3]])),
    "no symbols": write_npz(
        text=np.array([], np.uint8), ends=np.array([], int), indptr=np.array([0])
    ),
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
    data, refused = path.read_bytes(), 0
    for i in range(0, len(data), 7):
        flipped = data[:i] + bytes([data[i] ^ 0x55]) + data[i + 1 :]
        path.write_bytes(data[:i] if damage == "cut off" else flipped)
        try:
            loaded = BigramCounts.load(path)
        except ValueError as error:
            assert str(path) in str(error)  # noqa: PT017
            refused += 1
        else:
            assert loaded == counts
    assert refused > len(data) / 14


# Counting pairs of codes


def random_codes(n, n_codes, dtype):
    rng = np.random.default_rng(n_codes)
    codes = np.concatenate([rng.integers(0, n_codes, n // 2), rng.geometric(0.2, n) - 1])
    codes = np.append(rng.permutation(codes), [n_codes - 1, n_codes - 1, 0])
    return np.minimum(codes, n_codes - 1).astype(dtype)


@pytest.mark.parametrize(
    ("dtype", "n_codes", "n"),
    [
        *[(np.uint8, n_codes, 3000) for n_codes in (1, 2, 27, 255, 256)],
        *[(np.uint16, n_codes, 3000) for n_codes in (2, 256, 257, 2048, 2049, 65_535, 65_536)],
        *[(np.uint32, n_codes, 3000) for n_codes in (2, 256, 257, 65_536, 65_537, 1_114_112)],
        (np.uint16, 300, 70_000),  # more than there are cells in the matrix
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_pairs_are_counted_exactly(dtype, n_codes, n, weighted):
    codes = random_codes(n, n_codes, dtype)
    weights = np.random.default_rng(0).integers(0, 5, len(codes) - 1) / 8 if weighted else None
    N = count_pairs(codes, n_codes, weights)
    expected = Counter()
    ones = np.ones(len(codes) - 1)
    for pair, weight in zip(
        pairwise(codes.tolist()), ones if weights is None else weights, strict=True
    ):
        expected[pair] += weight
    assert N.shape == (n_codes, n_codes)
    assert N.dtype == np.float64
    assert N.has_canonical_format
    assert (N.data > 0).all()
    N = N.tocoo()
    cells = zip(N.row.tolist(), N.col.tolist(), strict=True)
    assert dict(zip(cells, N.data, strict=True)) == {k: n for k, n in expected.items() if n}


@pytest.mark.parametrize("block", [1, 2, 3, 4, 7, 64])
@given(st.binary(min_size=1, max_size=60))
@example(bytes(range(60)))
def test_bytes_are_counted_exactly_for_every_block(block, data):
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(_pairs, "BYTES_PER_BLOCK", block)
        monkeypatch.setattr(_pairs, "_spare_counters", [])  # blocks of this size
        table = count_bytes(np.frombuffer(data, dtype=np.uint8))
    cells = zip(*(index.tolist() for index in np.nonzero(table)), strict=True)
    assert {(i, j): table[i, j] for i, j in cells} == Counter(pairwise(data))


@pytest.mark.parametrize("extra", [-1, 0, 1, 2, 3])
def test_no_pair_is_lost_where_a_block_of_a_mebibyte_ends(extra):
    codes = np.arange(2 * 2**20 + extra, dtype=np.uint8)
    table = count_bytes(codes)
    assert table.sum() == len(codes) - 1
    assert_array_equal(np.diag(np.roll(table, -1, axis=1)), np.bincount(codes[:-1]))


@pytest.mark.parametrize("n_pairs", [127, 128, 129, 2**15 - 1, 2**15, 2**15 + 1])
def test_all_pairs_may_be_the_same(n_pairs):
    assert count_pairs(np.zeros(n_pairs + 1, dtype=np.uint16), 300).sum() == n_pairs


def test_memory_is_lent_to_one_at_a_time_and_used_again():
    with borrow_counter(is_ascii=True) as first, borrow_counter(is_ascii=True) as second:
        assert first is not second
    with borrow_counter(is_ascii=True) as again:
        assert again in (first, second)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timers")
def test_a_signal_handler_may_count_in_the_middle_of_a_count(tmp_path):
    path = tmp_path / "names.txt"
    path.write_bytes(b"emma\n" * 10**6)
    expected, inner = count_bigrams(path), []
    before = signal.signal(signal.SIGALRM, lambda *_: inner.append(count_bigrams(["olivia"])))
    try:
        while len(inner) < 20:
            signal.setitimer(signal.ITIMER_REAL, 0.001 + 0.0002 * len(inner))
            assert count_bigrams(path) == expected
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert all(counts == count_bigrams(["olivia"]) for counts in inner)


@pytest.mark.parametrize("n_symbols", [300, 70_000])
def test_alphabets_larger_than_a_byte_or_two_are_counted_exactly(n_symbols):
    points = [i for i in range(0x100, 0x100 + n_symbols + 2048) if not 0xD800 <= i < 0xE000]
    text = "".join(map(chr, points[:n_symbols]))
    names = [text[i : i + 7] for i in range(0, n_symbols, 7)] + [text[:3], text[-3:]]
    counts = count_bigrams(names)
    assert len(counts.symbols) == n_symbols + 1
    assert as_counter(counts) == count_by_hand(names)


# Models

TOKENIZERS = {
    "default": {},
    "lowercase": {"lowercase": True},
    "grapheme": {"analyzer": "grapheme"},
    "words": {"analyzer": str.split, "boundary": "<s>"},
    "dollar": {"boundary": "$"},
    "accents": {"strip_accents": "unicode"},
    "alphabet": {"alphabet": "abcdefghijklmnopqrstuvwxyzEéева李明 \u0301"},
    "unknown": {"alphabet": "abc", "handle_unknown": "use_unknown"},
}
TRAINING = ["Emma", "ava", "mary ann", "e\u0301va", "", "ева", "李明"]


def assert_equal_models(first, second):
    """Hold that what two models learned is the same to the last bit."""
    learned = [name for name in vars(second) if name.endswith("_") and name != "tokenizer_"]
    assert {"counts_", "symbols_"} <= {*learned} <= {*vars(first)}
    for name in learned:
        a, b = (getattr(model, name) for model in (first, second))
        if name == "transition_":
            assert_array_equal(a.g, b.g)
            assert_array_equal(a.q, b.q)
            a, b = a.S, b.S
        if sparse.issparse(b):
            assert (a != b).nnz == 0
        else:
            assert_array_equal(a, b)
    prefixes = ["", *second.symbols_[1:]]
    assert_array_equal(*(model.predict_log_proba(prefixes) for model in (first, second)))


@every_model
@pytest.mark.parametrize("params", TOKENIZERS.values(), ids=TOKENIZERS)
def test_a_model_of_counts_is_that_of_the_names(model, params):
    tokenizer = NameTokenizer(**params)
    of_names = clone(model).set_params(tokenizer=tokenizer).fit(TRAINING)
    of_counts = clone(of_names).fit(count_bigrams(TRAINING, tokenizer=tokenizer))
    assert_equal_models(of_counts, of_names)
    assert_array_equal(of_counts.score_samples(TRAINING), of_names.score_samples(TRAINING))
    drawn = (m.sample(20, random_state=0) for m in (of_counts, of_names))
    assert_array_equal(*drawn)


@every_model
@pytest.mark.parametrize("first", ["names", "counts", "nothing"])
@pytest.mark.parametrize("second", ["names", "counts"])
def test_partial_fit_takes_counts_and_names_alike(model, first, second):
    partial = clone(model)
    if first != "nothing":
        partial.fit(LATIN if first == "names" else count_bigrams(LATIN))
    partial.partial_fit(CYRILLIC if second == "names" else count_bigrams(CYRILLIC))
    everything = LATIN * (first != "nothing") + CYRILLIC
    assert_equal_models(partial, clone(model).fit(everything))


@every_model
def test_a_model_can_be_fitted_from_its_own_weighted_counts(model):
    weights = [1.5, 0.0, 0.25]
    weighted = clone(model).fit(LATIN, sample_weight=weights)
    counts = BigramCounts(weighted.symbols_, weighted.counts_)
    assert_equal_models(clone(model).fit(counts), weighted)


@every_model
def test_fitting_leaves_the_counts_as_they_were(model):
    counts = count_bigrams(LATIN)
    clone(model).fit(counts).partial_fit(counts).partial_fit(CYRILLIC)
    assert as_counter(counts) == count_by_hand(LATIN)


@every_model
@pytest.mark.parametrize("new", [LATIN, ["emma"], ["", "nnn"], ["vae"] * 100])
def test_the_score_of_counts_is_that_of_the_names(model, new):
    fitted = clone(model).fit(LATIN)
    counts = count_bigrams(new)
    assert fitted.score(counts) == pytest.approx(fitted.score(new), rel=1e-13)
    assert fitted.perplexity(counts) == pytest.approx(fitted.perplexity(new), rel=1e-13)
    assert type(fitted.score(counts)) is float


def test_counts_of_what_is_impossible_score_minus_infinity():
    model = CountBigramLM(alpha=0).fit(["ab"])
    assert model.score(count_bigrams(["ab", "ba"])) == -np.inf
    assert model.score(count_bigrams(["ab"])) == 0


@every_model
@pytest.mark.parametrize("method", ["fit", "partial_fit", "score"])
@pytest.mark.parametrize(
    ("params", "weight", "message"),
    [
        ({}, [1.0, 2.0], "sample_weight does not apply to BigramCounts"),
        ({"boundary": "$"}, None, r"boundary symbol of the counts is '\$', but that .* '\.'"),
        ({"analyzer": str.split}, None, "symbol 'ava', which is not a single character: give"),
    ],
)
def test_counts_that_do_not_go_with_the_model_are_refused(model, method, params, weight, message):
    fitted = clone(model).fit(LATIN)
    before = dict(vars(fitted))
    counts = count_bigrams(["emma", "ava"], tokenizer=NameTokenizer(**params))
    with pytest.raises(ValueError, match=message):
        getattr(fitted, method)(counts, sample_weight=weight)
    assert vars(fitted) == before


@every_model
@pytest.mark.parametrize("method", ["partial_fit", "score"])
def test_counts_do_not_go_with_a_model_of_token_ids(model, method):
    fitted = clone(model).fit([[1, 2], [2, 0]])
    with pytest.raises(ValueError, match=r"holds names, but this .* was fitted on token ids"):
        getattr(fitted, method)(count_bigrams(["ab"]))


@every_model
def test_unknown_symbols_of_counts_are_named(model):
    fitted = clone(model).fit(LATIN)
    with pytest.raises(ValueError, match=r"unknown symbols: 'x', 'é'\. Remove them"):
        fitted.score(count_bigrams(["exé"]))
    fitted.set_params(tokenizer=NameTokenizer(alphabet="abc"))
    with pytest.raises(ValueError, match=r"unknown symbols: 'é'\. Remove them"):
        fitted.fit(count_bigrams(["aé"]))


@every_model
def test_unknown_symbols_of_counts_can_be_one(model):
    tokenizer = NameTokenizer(handle_unknown="use_unknown")
    fitted = clone(model).set_params(tokenizer=tokenizer).fit(LATIN)
    names = ["exyva", "ééxm", "a"]
    assert fitted.score(count_bigrams(names)) == pytest.approx(fitted.score(names), rel=1e-13)


@pytest.mark.parametrize("method", ["score_samples", "predict", "predict_proba"])
def test_what_needs_names_refuses_counts(method):
    with pytest.raises(ValueError, match="X is a BigramCounts: pass"):
        getattr(CountBigramLM().fit(LATIN), method)(count_bigrams(LATIN))


# More names than are handled at a time


@pytest.fixture(params=[1, 2, 3, 5])
def piece(request, monkeypatch):
    for module in (_containers, _encoding):
        monkeypatch.setattr(module, "NAMES_PER_PIECE", request.param)
    return request.param


PIECED = [*LATIN, "", *CYRILLIC, "李明", "emma", "zoë", "b"]  # 10 names
WEIGHTS = [0.5, 0, 0, 0, 0, 0.25, 3, 1, 0, 2]


@every_model
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
def test_pieces_of_names_count_as_the_whole(model, weights, piece):
    def fit():
        return clone(model).fit(PIECED, sample_weight=weights)

    in_pieces = fit()
    scores = in_pieces.score_samples(PIECED[5:8] * 3)
    score = in_pieces.score(PIECED[5:8], sample_weight=[1, 0, 2])
    predicted = in_pieces.predict_proba(PIECED[5:8] * 3)
    with pytest.MonkeyPatch.context() as monkeypatch:
        for module in (_containers, _encoding):
            monkeypatch.setattr(module, "NAMES_PER_PIECE", 2**16)
        whole = fit()
        assert_equal_models(in_pieces, whole)
        assert_array_equal(scores, whole.score_samples(PIECED[5:8] * 3))
        assert_array_equal(predicted, whole.predict_proba(PIECED[5:8] * 3))
        assert score == whole.score(PIECED[5:8], sample_weight=[1, 0, 2])
    if weights is None:
        counts = BigramCounts(in_pieces.symbols_, in_pieces.counts_)
        assert as_counter(counts) == count_by_hand(PIECED)


def test_the_longest_name_of_all_pieces_makes_the_columns(piece):
    tokenizer = NameTokenizer(sparse_output=False)
    model = CountBigramLM(tokenizer=tokenizer).fit(["a", "abc", "abcdefg", "ab", "b"])
    assert model.tokenizer_.max_length_ == 7


BAD = {
    "no str": (None, {}, TypeError, "is None"),
    "a number": (7, {}, TypeError, r"is of type int \(7\)"),
    "boundary": ("a.b", {}, ValueError, r"is 'a\.b' and holds the boundary symbol"),
    "too long": ("emma", {"max_length": 3}, ValueError, "is 'emma' and has 4 symbols"),
    "boundary word": (
        "a . b",
        {"analyzer": str.split},
        ValueError,
        r"is 'a \. b' and holds the boundary symbol",
    ),
    "no str in lower case": (None, {"lowercase": True}, TypeError, "is None"),
}


@pytest.mark.parametrize(("bad", "params", "error", "what"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("place", [0, 1, 4, 6])
@pytest.mark.parametrize("piece", [2, 3, 5], indirect=True)
@pytest.mark.parametrize("method", ["fit", "partial_fit", "score", "score_samples", "predict"])
def test_a_bad_name_is_named_by_its_place_in_all_pieces(
    bad, params, error, what, place, method, piece
):
    model = CountBigramLM(tokenizer=NameTokenizer(**params)).fit(["a", "b"])
    names = ["a", "b"] * 3 + ["a"]
    names.insert(place, bad)
    with pytest.raises(error, match=rf"^X\[{place}\] {what}"):
        getattr(model, method)(names)


@pytest.mark.parametrize("method", ["fit", "score"])
def test_pieces_without_a_single_name_are_named_by_their_place(method, piece):
    model = CountBigramLM().fit(["a"])
    with pytest.raises(TypeError, match=r"^X\[5\] is None: names must be strings"):
        getattr(model, method)(["a"] * 5 + [None] * 5)
