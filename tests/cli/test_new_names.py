"""Names that are not in a file: the same as with all names of the file excluded."""

import gzip
import os
import threading
from functools import partial
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from sklearn_bigram import CountBigramLM
from sklearn_bigram.cli import _new_names
from sklearn_bigram.cli._new_names import NameFile, sample_new
from sklearn_bigram.exceptions import TooFewNamesError
from tests.cli.program import FEW, write
from tests.helpers import set_sizes

some_lines = st.lists(st.text("aĀb\0 \r\ufeffΣ李", max_size=20), max_size=30)


def is_in(name, lines, *, lowercase):
    """Tell whether a name is one of these lines of a file, in plain Python."""
    lines = [line.removesuffix("\r").lstrip("\ufeff") for line in lines]
    return name != "" and name in [line.lower() if lowercase else line for line in lines]


@given(some_lines, some_lines, st.booleans(), st.sampled_from([1, 10, 2**17]), st.integers(1, 64))
def test_names_are_found_in_a_file_as_in_a_list(lines, others, lowercase, n_bytes, n_bits):
    names = [*others, *(line.strip("\r\ufeff") for line in lines[::2])]
    with pytest.MonkeyPatch.context() as patch:
        set_sizes(patch, bytes_per_reading=n_bytes)
        patch.setattr(_new_names, "_MIN_BITS", min(n_bits, 16))
        patch.setattr(_new_names, "_SLOTS_PER_NAME", 0)
        if n_bits == 64:
            patch.setattr(_new_names, "_FACTOR", np.uint64(0))  # all lines have the same hash
        Path("a.txt").write_bytes("\n".join(lines).encode())
        found = NameFile("a.txt", encoding="utf-8", lowercase=lowercase).find(names)
    assert found == {name for name in names if is_in(name, lines, lowercase=lowercase)}


@pytest.mark.parametrize("n_bits", [1, 8, 16])
def test_many_names_are_found_among_many(names, n_bits, monkeypatch):
    set_sizes(monkeypatch, bytes_per_reading=1000)
    monkeypatch.setattr(_new_names, "_MIN_BITS", n_bits)
    monkeypatch.setattr(_new_names, "_SLOTS_PER_NAME", 0)
    drawn = CountBigramLM().fit(names).sample(5000, random_state=0).tolist()
    long = ["a" * n for n in range(50)]
    write("long.txt", [*names, *long[::2]])
    found = NameFile("long.txt", encoding="utf-8", lowercase=False).find([*drawn, *long])
    assert found == {*drawn, *long} & {*names, *long[2::2]}


def test_a_name_is_hashed_whole():
    lines = ["a" * n + end for n in range(40) for end in "bc"]
    hashes, starts, ends = _new_names.hash_lines("\n".join(["", *lines, ""]).encode())
    assert len(set(hashes.tolist())) == len(lines)
    assert (ends - starts).tolist() == list(map(len, lines))


# The commands

LARGE = [
    "top few.txt --new -k 30",
    "top few.txt --new -k 5 --json --alpha 0",
    "top few.txt --new -k 50 --max-length 1",
    "top few.txt --new --pattern 'a*' --min-length 2 --max-length 5 --smoothing kneser-ney",
    "top few.txt --new --regex '[an]+' --model neural",
    "top FEW.txt --new --lowercase",
    "top few.gz --new --encoding utf-16",
    "top few.txt --new --pattern ann -k 3",
    "sample few.txt --new --pattern ann",
    "sample few.txt --new --pattern ann --distinct",
    "sample few.txt --new -n 50 --max-length 1 --distinct",
]


@pytest.mark.parametrize("line", LARGE)
@pytest.mark.parametrize("n_candidates", [1, 1000])
def test_a_large_file_excludes_the_names_that_a_small_one_does(
    line, n_candidates, call, monkeypatch
):
    write("FEW.txt", [name.upper() for name in FEW])
    Path("few.gz").write_bytes(gzip.compress("\r\n".join(["", *FEW, FEW[0]]).encode("utf-16")))
    encoding = "utf-16" if "utf-16" in line else "utf-8"
    expected = call(line, encoding)
    set_sizes(monkeypatch, max_names_held=0, min_candidates=n_candidates)
    assert call(line, encoding) == expected


def test_new_names_are_found_behind_many_that_are_in_the_file(lines, monkeypatch):
    names, _ = CountBigramLM().fit(FEW).most_probable(200)
    write("best.txt", filter(None, names))
    expected = lines("top best.txt --new -k 3")
    set_sizes(monkeypatch, max_names_held=0, min_candidates=1)
    assert lines("top best.txt --new -k 3") == expected


SMALL = ["ab", "ba", "abb", "a", "bab", "b", "c"]
NOT_NEW = ["a", "ba", "bb", "c", "ca"]  # of the names of at most two symbols


def probabilities(temperature=1.0):
    """Return the probability of each new name of at most two symbols, by brute force."""
    model = CountBigramLM().fit(SMALL)
    P = model.transition_matrix_ ** (1 / temperature)
    P /= P.sum(axis=1, keepdims=True)
    symbols = model.symbols_.tolist()
    p = {}
    for name in ["", *map("".join, (*product("abc"), *product("abc", repeat=2)))]:
        if name not in NOT_NEW:
            ids = [symbols.index(symbol) for symbol in f".{name}."]
            p[name] = np.prod(P[ids[:-1], ids[1:]])
    total = sum(p.values())
    return {name: value / total for name, value in p.items()}


@pytest.fixture
def draw():
    """Return a function that draws new names of at most two symbols."""
    model = CountBigramLM().fit(SMALL)
    write("not_new.txt", NOT_NEW)
    file = NameFile("not_new.txt", encoding="utf-8", lowercase=False)
    return partial(sample_new, model, file, max_length=2, random_state=np.random.default_rng(0))


@pytest.mark.parametrize("temperature", [1.0, 3.0])
@pytest.mark.parametrize("sizes", [(1, 50), (10, 500), (1000, 10_000)])
def test_samples_follow_the_distribution_of_new_names(temperature, sizes, draw, monkeypatch):
    set_sizes(monkeypatch, min_candidates=sizes[0], max_candidates=sizes[1])
    found = draw(3000, distinct=False, temperature=temperature)
    expected = probabilities(temperature)
    assert set(found) <= set(expected)
    observed = [found.count(name) for name in expected]
    assert chisquare(observed, 3000 * np.array(list(expected.values()))).pvalue > 1e-3


@pytest.mark.parametrize("n_candidates", [1, 1000])
def test_distinct_samples_are_drawn_one_after_the_other(n_candidates, draw, monkeypatch):
    set_sizes(monkeypatch, min_candidates=n_candidates, max_candidates=1)
    drawn = [tuple(draw(2, distinct=True)) for _ in range(250)]
    p = probabilities()
    expected = {(a, b): p[a] * p[b] / (1 - p[a]) for a, b in permutations(p, 2)}
    assert set(drawn) <= set(expected)
    likely = sorted(expected, key=expected.__getitem__)[-8:]
    observed = [drawn.count(pair) for pair in likely]
    f_exp = [250 * expected[pair] for pair in likely]
    others = 250 - sum(observed), 250 - sum(f_exp)
    assert chisquare([*observed, others[0]], [*f_exp, others[1]]).pvalue > 1e-3


@pytest.mark.parametrize("n_candidates", [1, 1000])
def test_all_distinct_new_names_can_be_drawn(n_candidates, draw, monkeypatch):
    set_sizes(monkeypatch, min_candidates=n_candidates)
    n_names = len(probabilities())
    found = draw(n_names, distinct=True)
    assert sorted(found) == sorted(probabilities())
    with pytest.raises(TooFewNamesError) as info:
        draw(n_names + 1, distinct=True)
    assert (info.value.n_names, info.value.n_wanted) == (n_names, n_names + 1)


def test_samples_of_a_large_file_are_reproducible(lines, monkeypatch):
    set_sizes(monkeypatch, max_names_held=0, names_per_look_up=7, max_candidates=5)
    for option in ("", "--distinct", "--temperature 0.5 --json"):
        line = f"sample names.txt -n 20 --new --seed 3 {option}"
        found = lines(line)
        assert found == lines(line)
        assert len(found) == 20
        assert not {*found} & {*Path("names.txt").read_text().splitlines()}
        assert option != "--distinct" or len({*found}) == 20


def test_the_names_of_a_pipe_are_held(lines, monkeypatch):
    expected = lines("top few.txt --new")
    set_sizes(monkeypatch, max_names_held=0)
    os.mkfifo("pipe")
    writer = threading.Thread(target=write, args=("pipe", FEW))
    writer.start()
    assert lines("top pipe --new") == expected
    writer.join()
