"""count_bigrams: weights of names, arguments that go together, and lists of paths."""

import glob
import io
import os
from pathlib import Path

import dask.bag
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_bigram import BigramCounts, CountBigramLM, NameTokenizer, count_bigrams
from tests.counting.executors import Inline
from tests.helpers import as_counter, count_by_hand, set_sizes

NAMES = ["emma", "ava", "zoë"]

# sample_weight


@given(st.lists(st.tuples(st.text("abé", max_size=4), st.integers(0, 3)), min_size=1))
def test_a_whole_weight_counts_a_name_as_repetition_does(drawn):
    names, weights = zip(*[*drawn, ("a", 1)], strict=True)
    repeated = [name for name, n in zip(names, weights, strict=True) for _ in range(n)]
    assert as_counter(count_bigrams(names, sample_weight=weights)) == count_by_hand(repeated)


@given(
    st.lists(st.tuples(st.text("abé", max_size=4), st.floats(0, 1e6)), min_size=1),
    st.integers(1, 4),
    st.sampled_from(["char", list]),
    st.booleans(),
)
def test_fractional_weights_count_as_in_fit_to_the_last_bit(drawn, n_names, analyzer, parallel):
    names, weights = map(list, zip(*[*drawn, ("a", 0.1)], strict=True))
    tokenizer = NameTokenizer(analyzer=analyzer)
    executor = Inline() if parallel else None
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_sizes(monkeypatch, names_per_piece=n_names)
        counts = count_bigrams(names, sample_weight=weights, tokenizer=tokenizer, executor=executor)
        model = CountBigramLM(tokenizer=tokenizer).fit(names, sample_weight=weights)
    assert counts == BigramCounts(model.symbols_, model.counts_)


@pytest.mark.parametrize("make", [list, tuple, np.array, pd.Series, pa.array])
@pytest.mark.parametrize("make_weights", [list, np.array, pd.Series])
def test_names_in_any_container_are_weighted(make, make_weights):
    counts = count_bigrams(make(NAMES), sample_weight=make_weights([2, 0, 1]))
    assert as_counter(counts) == count_by_hand(["emma", "emma", "zoë"])


def test_every_executor_weights_names(executor, monkeypatch):
    set_sizes(monkeypatch, names_per_piece=2)
    weights = [0.1, 0.2, 0, 0.3, 0.7]
    names = [*NAMES, "ava", "emma"]
    counts = count_bigrams(names, sample_weight=weights, executor=executor)
    assert counts == count_bigrams(names, sample_weight=weights)


BAD_WEIGHTS = {
    "negative": ([1, -1, 1], "Negative values in data passed to sample_weight"),
    "NaN": ([1, np.nan, 1], "sample_weight contains NaN"),
    "inf": ([1, np.inf, 1], "sample_weight contains infinity"),
    "too short": ([1, 1], r"sample_weight has shape \(2,\), but X holds 3 names"),
    "all zero": ([0, 0, 0], "sample_weight holds only zeros"),
    "too large": ([1, 1, 1e300], r"sample_weight holds 1e\+300: scale"),
}


@pytest.mark.parametrize(("weights", "message"), BAD_WEIGHTS.values(), ids=BAD_WEIGHTS)
def test_bad_weights_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        count_bigrams(NAMES, sample_weight=weights)


def test_a_bad_name_of_weight_zero_is_still_refused():
    with pytest.raises(ValueError, match=r"^X\[1\] is 'a\.b' and holds the boundary"):
        count_bigrams(["a", "a.b"], sample_weight=[1, 0])


# Arguments that do not go together

NOT_WEIGHTED = {
    "path": (lambda path: path, "^sample_weight applies only to names in memory.*delimiter"),
    "str": (str, "^sample_weight applies only to names in memory"),
    "paths": (lambda path: [path], "^sample_weight applies only to names in memory"),
    "stream": (lambda path: io.BytesIO(b"a\n"), "^sample_weight applies only to names in memory"),
    "bag": (lambda path: dask.bag.from_sequence(NAMES), "does not apply to a Dask collection"),
    "iterator": (lambda path: iter(NAMES), "but source is a list_iterator: pass list"),
    "set": (lambda path: set(NAMES), "but source is a set: pass list"),
}


@pytest.mark.parametrize(("make", "message"), NOT_WEIGHTED.values(), ids=NOT_WEIGHTED)
def test_weights_of_other_sources_are_refused(make, message, path):
    path.write_text("emma\n")
    with pytest.raises(ValueError, match=message):
        count_bigrams(make(path), sample_weight=[1, 2, 3])


@pytest.mark.parametrize(
    "source", [NAMES, iter(NAMES), np.array(NAMES), []], ids=["list", "iterator", "array", "empty"]
)
def test_a_delimiter_of_names_in_memory_is_refused(source):
    with pytest.raises(ValueError, match=r"^delimiter applies only to files and binary streams"):
        count_bigrams(source, delimiter=",")


@pytest.mark.parametrize("delimiter", ["", ",,", "|", "comma", 1, b",", [","], "\n"])
def test_other_delimiters_are_refused(delimiter):
    with pytest.raises(ValueError, match=r"^delimiter is .*: it must be ',', ';', ' ', '\\t' or"):
        count_bigrams(io.BytesIO(b"a,1\n"), delimiter=delimiter)


# Lists of paths


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with twelve files, a folder and a link to nothing."""
    monkeypatch.chdir(tmp_path)
    for i in range(12):
        (tmp_path / f"{i:02}.txt").write_text("emma\n")
    (tmp_path / "folder").mkdir()
    os.symlink("nothing", tmp_path / "link")
    return tmp_path


PATHS = {
    "glob": lambda: glob.glob("*.txt"),
    "iglob": lambda: glob.iglob("*.txt"),
    "tuple": lambda: tuple(glob.glob("*")),
    "absolute": lambda: glob.glob(os.path.join(os.getcwd(), "*.txt")),
    "listdir": lambda: os.listdir("."),
    "map": lambda: map(str, glob.glob("*.txt")),
    "one": lambda: ["00.txt"],
    "folder": lambda: ["folder"],
    "link": lambda: ["link"],
}


@pytest.mark.parametrize("make", PATHS.values(), ids=PATHS)
def test_a_list_of_paths_that_exist_is_refused(make, folder):
    with pytest.raises(ValueError, match=r"^source holds strings.* the path of an existing file"):
        count_bigrams(make())


def test_the_advice_counts_the_files_or_the_strings(folder):
    paths = glob.glob("*.txt")
    with pytest.raises(ValueError, match=r"list\(map\(pathlib\.Path, source\)\)\..* an array or S"):
        count_bigrams(paths)
    counts = count_bigrams([folder / path for path in paths])
    assert as_counter(counts) == count_by_hand(["emma"] * 12)
    tokenizer = NameTokenizer(boundary="\n")
    for strings in (np.array(paths), pd.Series(paths)):
        counts = count_bigrams(strings, tokenizer=tokenizer)
        assert as_counter(counts) == count_by_hand(paths, "\n")


def test_an_iterator_of_paths_must_be_a_list():
    with pytest.raises(TypeError, match=r"^source yields paths, .* 'emma': pass a list of them"):
        count_bigrams(map(Path, ["emma"]))


@pytest.mark.parametrize(
    "names", [["emma", "folder"], ["folder", "emma"], [""], ["a\0"], ["\ud800"]]
)
def test_names_that_do_not_all_exist_are_names(names, folder):
    for source in (names, tuple(names), iter(names)):
        assert as_counter(count_bigrams(source)) == count_by_hand(names)


def test_few_names_are_looked_for(folder, monkeypatch):
    looked_up = []
    exists = os.path.lexists
    monkeypatch.setattr(os.path, "lexists", lambda path: looked_up.append(path) or exists(path))
    count_bigrams(["emma"] * 1000)
    assert looked_up == ["emma"]
    count_bigrams(["folder"] * 9 + ["emma"] * 1000)
    assert len(looked_up) == 11
    with pytest.raises(ValueError, match="existing"):
        count_bigrams(["folder"] * 10 + ["emma"] * 1000)
    assert len(looked_up) == 21
