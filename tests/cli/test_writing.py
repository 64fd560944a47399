"""Files that are written whole or not at all, remarks, and progress."""

import os
import signal
import sys
import warnings
from pathlib import Path

import pytest
import tqdm

from sklearn_bigram import CountBigramLM
from tests.cli.program import write
from tests.helpers import set_sizes


@pytest.fixture
def interruptible():
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    "line",
    [
        "count few.txt -o few.npz",
        "plot few.txt -o few.png",
        "tune few.txt --model neural --plot few.png",
        "arpa few.txt -o few.npz",
    ],
)
def test_an_interrupt_before_a_file_is_complete_leaves_the_old_one(line, call, monkeypatch):
    Path("few.png").write_bytes(b"old")
    before = {path: Path(path).read_bytes() for path in os.listdir()}

    def interrupt(*args):
        assert len(os.listdir()) == len(before) + 1  # the new file, under another name
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(os, "replace", interrupt)
    status, _, err = call(line)
    assert (status, err) == (130, "")
    assert {path: Path(path).read_bytes() for path in os.listdir()} == before


def test_letters_that_the_font_lacks_are_remarked_upon(call):
    write("names.txt", ["李明", "明"])
    status, _, err = call("plot names.txt")
    assert status == 0
    assert err.split("\n")[:2] == [
        "sklearn-bigram: the font of the plot does not contain all symbols.",
        "sklearn-bigram: the plot is saved in bigrams.png.",
    ]


def test_pictures_need_matplotlib(fails, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    message = "Plots need matplotlib: pip install 'sklearn_bigram[plot]'."
    for line in ("plot few.txt", "tune few.txt --plot curve.png"):
        fails(line, f"sklearn-bigram: {message}\n")


def test_lines_are_written_many_at_a_time(lines, monkeypatch):
    expected = lines("sample few.txt -n 25 --seed 0")
    for n_lines in (1, 10, 25):
        set_sizes(monkeypatch, lines_per_write=n_lines)
        assert lines("sample few.txt -n 25 --seed 0") == expected


def test_a_lack_of_memory_is_a_failure(call, monkeypatch):
    def fail(*args, **options):
        raise MemoryError

    monkeypatch.setattr(CountBigramLM, "sample", fail)
    assert call("sample few.txt") == (1, "", "sklearn-bigram: MemoryError\n")


def test_a_warning_is_one_line(call, monkeypatch):
    def warn(*args, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("take\ncare", stacklevel=1)
        return ["emma"]

    monkeypatch.setattr(CountBigramLM, "sample", warn)
    assert call("sample few.txt -n 1") == (0, "emma\n", "sklearn-bigram: take care\n")


# Progress


class Eager(tqdm.tqdm):
    """A progress bar that shows itself at once."""

    def __init__(self, *args, **options):
        super().__init__(*args, **{**options, "delay": 0, "mininterval": 0})


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("sample few.txt -n 20", "20.0/20.0"),
        ("score few.txt few.txt", "10.0it"),
        ("tune few.txt --model neural", "19.0/19.0"),
    ],
)
def test_progress_is_shown_on_a_terminal_but_not_among_results(line, shown, call, monkeypatch):
    monkeypatch.setattr(tqdm, "tqdm", Eager)
    assert call(line)[2] == ""
    assert call(line, out_is_terminal=True, err_is_terminal=True)[2] == ""
    assert shown in call(line, err_is_terminal=True)[2]
