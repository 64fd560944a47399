"""Names, strings and counts from files and standard input, and files that cannot be read."""

import bz2
import errno
import gzip
import io
import os
from pathlib import Path

import numpy as np
import pytest

from sklearn_bigram import BigramCounts, CountBigramLM, NameTokenizer, count_bigrams
from sklearn_bigram.cli._reading import LineStream, read_lines
from tests.cli.program import FEW, write
from tests.helpers import set_sizes

BOM = "\ufeff"


def test_names_are_turned_to_lower_case(lines):
    write("upper.txt", [name.upper() for name in FEW])
    for options in ("--pattern 'AN*'", "--new"):
        expected = lines(f"top few.txt {options.lower()}")
        assert lines(f"top upper.txt --lowercase {options}") == expected
    assert lines("score upper.txt few.txt --lowercase") == lines("score few.txt few.txt")
    write("upper.txt", ["İ", "İI"])  # the first letter is two code points in lower case
    small = [name.lower() for name in ("İ", "İI")]
    nll = -CountBigramLM().fit(small).score(small[:1])
    assert lines("score upper.txt upper.txt --lowercase")[0].endswith(f"\t{nll:.4f}\tİ")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "UTF8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("suffix", [".txt", ".gz"])
def test_input_and_output_have_the_encoding(encoding, suffix, lines):
    path = "zoë" + suffix
    data = "\r\n".join(["zoë", "", "zoë", "a\u00a0b"]).encode(encoding)  # no end of the last line
    Path(path).write_bytes(gzip.compress(data) if suffix == ".gz" else data)
    names = CountBigramLM().fit(["zoë", "zoë", "a\u00a0b"]).most_probable(3)[0]
    found = lines(f"top {path} -k 3 --encoding {encoding}", encoding)
    assert [line.split("\t")[1] for line in found] == names.tolist()
    scored = lines(f"score {path} {path} --encoding {encoding}", encoding)
    assert [line.split("\t")[2] for line in scored] == ["zoë", "zoë", "a\u00a0b"]


def test_byte_order_marks_of_joined_files_are_dropped(lines, stdin):
    expected = lines("top few.txt -k 3"), lines("score few.txt few.txt")
    for encoding in ("utf-8", "utf-16"):  # the latter writes a mark
        parts = [f"{BOM * (encoding == 'utf-8')}{name}\r\n".encode(encoding) for name in FEW]
        Path("joined.txt").write_bytes(b"".join(parts))
        option = f"--encoding {encoding}"
        assert lines(f"top joined.txt -k 3 {option}", encoding) == expected[0]
        assert lines(f"score joined.txt joined.txt {option}", encoding) == expected[1]
        assert lines(f"top joined.txt -k 3 --new {option}", encoding) == lines(
            "top few.txt -k 3 --new"
        )
        stdin(Path("joined.txt").read_bytes())
        assert lines(f"top - -k 3 {option}", encoding) == expected[0]


def test_suffixes_may_be_capitals(lines, call):
    Path("FEW.TXT.GZ").write_bytes(gzip.compress(Path("few.txt").read_bytes()))
    expected = lines("score few.txt few.txt")
    assert lines("score FEW.TXT.GZ FEW.TXT.GZ") == expected
    assert call("count FEW.TXT.GZ -o FEW.NPZ")[0] == 0
    assert lines("score FEW.NPZ few.txt") == expected


@pytest.mark.parametrize(
    "line",
    [
        "sample ''",
        "sample '' --new",
        "score few.txt ''",
        "tune ''",
        "count few.txt '' -o a.npz",
        "demo --names ''",
        "arpa few.txt -o ''",
        "plot few.txt -o ''",
    ],
)
def test_an_empty_path_is_refused(line, fails):
    fails(line, "the path is empty: give the name of a file")


def test_an_output_that_ends_in_a_separator_is_refused(fails):
    before = sorted(os.listdir())
    fails("arpa few.txt -o few.arpa/", "'few.arpa/' is a folder")
    fails("plot few.txt -o few.png/", "'few.png/' is a folder")
    fails("count few.txt -o new.npz/", "'new.npz/' must end in .npz")
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize(
    "line",
    [
        "sample {}",
        "sample {} --new",
        "score few.txt {}",
        "sample {}.npz",
        "count few.txt -o {}/a.npz",
        "tune {}.txt",
        "count {}.txt -o a.npz",
        "sample few.txt {}",
        "sample few.txt --encoding {}",
        "sample few.txt --{}",
    ],
)
def test_messages_hold_nothing_that_controls_a_terminal(line, call):
    text = "\x1b]31m\x07\x9b2J\u202e"
    Path(f"{text}.txt").write_bytes(b"\n")
    Path(f"{text}.npz").write_bytes(b"\n")
    status, out, err = call(line.format(text))
    assert (status, out) == (2, "")
    assert "\\x1b]31m\\x07" in err
    assert err.removesuffix("\n").isprintable()


def test_unknown_symbols_of_a_pattern_are_escaped_and_cut(fails):
    fails("sample few.txt --pattern '\x1b*'", r"--pattern holds unknown symbols: '\x1b'. No")


def test_standard_input_holds_names_or_strings(lines, stdin):
    data = Path("few.txt").read_bytes()
    expected = lines("score few.txt few.txt")
    for line in ("score few.txt", "score few.txt -", "score - few.txt"):
        stdin(data)
        assert lines(line) == expected
    stdin(data.decode().encode("utf-16"))
    assert len(lines("sample - --encoding utf-16", "utf-16")) == 10
    stdin(data)
    assert lines("top - --new") == lines("top few.txt --new")


@pytest.mark.parametrize("names", [["j.r.", "r.j."], ["a.\tb", "\x00"]])
def test_names_may_hold_the_usual_boundary(names, lines, stdin):
    write("dots.txt", names)
    model = CountBigramLM(tokenizer=NameTokenizer(boundary="\n")).fit(names)
    assert lines("sample dots.txt -n 5 --seed 3") == model.sample(5, random_state=3).tolist()
    stdin("\n".join([*names, "x"]).encode())
    scores = [float(line.split("\t")[0]) for line in lines("score dots.txt dots.txt")]
    np.testing.assert_allclose(scores, model.standard_score_samples(names), atol=0.005)


UNREADABLE = {
    "sample none.txt": "none.txt: No such file or directory",
    "sample none.txt --new": "none.txt: No such file or directory",
    "sample none.npz": "none.npz: No such file or directory",
    "sample .": ".: Is a directory",
    "sample few.txt/x": "few.txt/x: Not a directory",
    "score few.txt none.txt": "none.txt: No such file or directory",
    "count none.txt -o counts.npz": "none.txt: No such file or directory",
    "sample bytes.txt": "bytes.txt, line 3: not UTF-8 text, at the byte 0xff: give its --enc",
    "sample bytes.txt --new": "bytes.txt, line 3: not UTF-8 text, at the byte 0xff: give its",
    "count few.txt bytes.txt -o a.npz": "bytes.txt, line 3: not UTF-8 text, at the byte 0xff: give",
    "score few.txt bytes.txt": "bytes.txt, line 3: not utf-8 text, at the byte 0xff: give its",
    "tune bytes.txt --encoding ascii": "bytes.txt, line 3: not ascii text, at the byte 0xff: give",
    "sample far.txt --encoding shift-jis": "far.txt, line 5001: not shift-jis text, at the byte",
    "sample empty.txt": "There are no names in empty.txt.",
    "sample empty.txt --new": "There are no names in empty.txt.",
    "explore empty.txt": "There are no names in empty.txt.",
    "count empty.txt empty.txt -o a.npz": "There are no names in empty.txt, empty.txt.",
    "sample - ": "There are no names in -.",
    "sample text.npz": "text.npz does not hold bigram counts, or is damaged.",
    "sample words.npz": "words.npz has symbols of several characters, which the command line",
    "tune two.txt": "two.txt holds 2 names, fewer than --folds 5.",
    "demo --names two.txt": "two.txt holds 2 names: the demo needs at least 10.",
}


@pytest.mark.parametrize(("line", "message"), UNREADABLE.items(), ids=UNREADABLE)
def test_a_file_that_cannot_be_used_is_named(line, message, fails, stdin):
    Path("bytes.txt").write_bytes(b"emma\nava\nmi\xff\n")
    Path("far.txt").write_bytes(b"emma\n" * 5000 + b"mi\xff\n")
    Path("text.npz").write_bytes(b"emma\n")
    write("empty.txt", ["", ""])
    write("two.txt", ["emma", "ava"])
    count_bigrams(["a b"], tokenizer=NameTokenizer(analyzer=lambda s: [s])).save("words.npz")
    stdin(b"\n\n")
    before = sorted(os.listdir())
    fails(line, message)
    assert sorted(os.listdir()) == before


class Folder(io.RawIOBase):
    """Standard input from a folder: opened, but an error to read."""

    def readable(self):
        return True

    def readinto(self, buffer):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


@pytest.mark.parametrize(
    ("line", "name"),
    [("count - -o a.npz", "The stream"), ("count - few.txt -o a.npz", "-"), ("score few.txt", "-")],
)
def test_an_input_that_cannot_be_read_is_named(line, name, fails, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(Folder())))
    fails(line, f"sklearn-bigram: {name}: Is a directory")


@pytest.mark.parametrize("line", ["score few.txt marked.txt", "tune marked.txt"])
def test_utf16_without_its_mark_is_named(line, fails):
    Path("few.txt").write_text("emma\n", encoding="utf-16")
    Path("marked.txt").write_bytes(b"e\0m\0\n\0")
    fails(
        f"{line} --encoding utf-16",
        "sklearn-bigram: marked.txt, line 1: not utf-16 text",  # the reason depends on Python
    )


@pytest.mark.filterwarnings("always:.* holds many NUL characters:UserWarning")
def test_the_advice_on_utf16_without_a_mark_reads_it(call):
    Path("unmarked.txt").write_bytes("emma\nava\n".encode("utf-16-le"))
    status, _, err = call("count unmarked.txt -o a.npz")
    assert status == 0
    assert "If it is UTF-16, its encoding is utf-16-le or utf-16-be" in err
    assert call("count unmarked.txt -o a.npz --encoding utf-16-le")[0] == 0
    assert BigramCounts.load("a.npz") == count_bigrams(["emma", "ava"])


def test_half_of_a_surrogate_pair_is_named(fails):
    Path("half.txt").write_bytes(b"emma\n+2AA-\n")
    message = "half.txt, line 2: not UTF-8 text, at the byte 0xed: give its --encoding."
    fails("count half.txt -o a.npz --encoding utf-7", message)


def test_blank_lines_are_read_in_pieces():
    Path("blank.txt").write_bytes(b"\n" * 1000)
    stream = LineStream("blank.txt", "latin-1")
    assert len(stream.read(10)) == 20


@pytest.mark.parametrize("command", ["sample names.gz", "sample names.gz --new", "tune names.gz"])
def test_a_damaged_file_is_a_failure(command, fails):
    Path("names.gz").write_bytes(gzip.compress(Path("names.txt").read_bytes())[:1000])
    fails(command, "sklearn-bigram: names.gz is damaged or truncated: ", status=1)


@pytest.mark.parametrize("line", ["sample long.txt", "tune long.txt", "sample long.txt --new"])
def test_a_line_that_is_too_long_is_named(line, fails, monkeypatch):
    set_sizes(monkeypatch, max_bytes_per_line=20, bytes_per_decoding=8)
    Path("long.txt").write_bytes("zoë\n".encode() + b"x" * 20 + b"\n" + b"x" * 21 + b"\n")
    fails(line, "sklearn-bigram: long.txt, line 3: longer than 1.90735e-05 MiB: put one name on")


@pytest.mark.parametrize("line", ["score few.txt names.bz2", "sample names.bz2"])
def test_a_compressed_file_is_named_with_the_command_that_decompresses_it(line, fails):
    Path("names.bz2").write_bytes(bz2.compress(Path("names.txt").read_bytes()))
    fails(
        line,
        "sklearn-bigram: names.bz2, line 1: not text, but the start of a compressed file: count "
        "the output of the command `bzip2 -dc`.",
    )


def test_lines_before_a_bad_one_are_scored(call, monkeypatch):
    set_sizes(monkeypatch, bytes_per_reading=1000)
    Path("bytes.txt").write_bytes(b"emma\n" * 5000 + b"\xff\n")
    status, out, err = call("score few.txt bytes.txt")
    assert status == 2
    assert out.count("\n") == 5000
    assert err.startswith("sklearn-bigram: bytes.txt, line 5001: not utf-8 text")


@pytest.mark.parametrize("length", [21, 40, 41, 100])
@pytest.mark.parametrize("end", ["", "\n", "\nemma\n"])
def test_lines_before_one_that_is_too_long_are_scored(length, end, call, lines, monkeypatch):
    set_sizes(monkeypatch, max_bytes_per_line=20)
    Path("long.txt").write_bytes(("zoë\n" + "x" * 20 + "\n").encode())
    expected = lines("score few.txt few.txt") + ["-inf\tinf\tzoë", "-inf\tinf\t" + "x" * 20]
    text = Path("few.txt").read_text() + Path("long.txt").read_text() + "x" * length + end
    Path("long.txt").write_text(text)
    status, out, err = call("score few.txt long.txt")
    assert (status, out.splitlines()) == (2, expected)
    assert err.startswith("sklearn-bigram: long.txt, line 13: longer than 1.90735e-05 MiB")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig", "shift-jis", "utf-7"])
@pytest.mark.parametrize("n_bytes", [1, 2, 3, 5, 8, 2**17])
def test_blocks_of_any_size_have_the_lines_of_the_text(encoding, n_bytes, monkeypatch):
    set_sizes(monkeypatch, bytes_per_reading=n_bytes)
    text = "\nあい\r\n\n\ra\rb\x0bc\x85\u2028\n" if encoding.startswith("utf") else "\nあ\r\n\na\r"
    for ending in ("", "\n", "い"):
        Path("a.txt").write_bytes((text + ending).encode(encoding))
        Path("a.gz").write_bytes(gzip.compress((text + ending).encode(encoding)))
        expected = io.StringIO(text + ending, newline="\n").readlines()
        expected = [line.removesuffix("\n").removesuffix("\r") for line in expected]
        for path in ("a.txt", "a.gz"):
            assert list(read_lines(path, encoding)) == expected


def test_standard_input_may_be_closed(fails, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    for line in ("sample -", "sample - --new", "score few.txt"):
        fails(line, "standard input is closed.")
