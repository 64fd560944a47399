"""The command line: what it prints, what it refuses, and how it ends."""

import gzip
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import tqdm
from sklearn.model_selection import PredefinedSplit, cross_val_score

import sklearn_bigram
from sklearn_bigram import BigramCounts, CountBigramLM, NameTokenizer, NeuralBigramLM, count_bigrams
from sklearn_bigram.cli import _commands, _demo, _main, _tuning
from sklearn_bigram.datasets import load_names

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "sklearn_bigram"]
FEW = ["emma", "olivia", "ava", "mia", "anna", "hannah", "noah", "liam", "annika", "ann"]
PNG = b"\x89PNG"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in a folder with the bundled names, a few names, and counts of these."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    monkeypatch.chdir(tmp_path)
    write("names.txt", load_names())
    write("few.txt", FEW)
    count_bigrams(FEW).save("few.npz")
    return tmp_path


def write(path, lines, encoding="utf-8"):
    Path(path).write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))


def run(*args, **options):
    """Run the command line in its own process."""
    options = {"capture_output": True, "timeout": 120, **options}
    return subprocess.run([*PROGRAM, *args], **options)


class Stream(io.TextIOWrapper):
    """A stream of text that remembers it, and may be a terminal."""

    def __init__(self, encoding="ascii", *, is_terminal=False):
        super().__init__(io.BytesIO(), encoding)
        self.is_terminal = is_terminal

    def isatty(self):
        return self.is_terminal

    def text(self, encoding="utf-8"):
        self.flush()
        return self.buffer.getvalue().decode(encoding)


@pytest.fixture
def call(monkeypatch):
    """Run a command line here, and return the status and what it printed on both outputs."""

    def run_here(line, encoding="utf-8", **options):
        out, err = Stream(**options), Stream("utf-8", **options)
        with monkeypatch.context() as patch:
            patch.setattr("sys.stdout", out)
            patch.setattr("sys.stderr", err)
            try:
                status = _main.main(shlex.split(line))
            except SystemExit as error:
                status = error.code
        return status, out.text(encoding), err.text()

    return run_here


@pytest.fixture
def lines(call):
    """Run a command line that succeeds in silence, and return the lines that it printed."""

    def run_here(line, encoding="utf-8"):
        status, out, err = call(line, encoding)
        assert (status, err) == (0, "")
        assert out == "" or out.endswith("\n")
        return out.split("\n")[:-1]

    return run_here


@pytest.fixture
def stdin(monkeypatch):
    def give(data):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), "ascii"))

    return give


def make_model(**options):
    return CountBigramLM(**options).fit(FEW)


# Models

MODELS = {
    "": CountBigramLM(),
    "--alpha 0.5": CountBigramLM(alpha=0.5),
    "--alpha 0.5 --smoothing additive": CountBigramLM(alpha=0.5),
    "--smoothing witten-bell": CountBigramLM(smoothing="witten-bell"),
    "--smoothing absolute": CountBigramLM(smoothing="absolute"),
    "--smoothing kneser-ney --model count": CountBigramLM(smoothing="kneser-ney"),
    "--model neural": NeuralBigramLM(),
    "--model neural --reg 0.1": NeuralBigramLM(reg=0.1),
}


@pytest.mark.parametrize(("options", "model"), MODELS.items())
@pytest.mark.parametrize("source", ["few.txt", "few.npz"])
def test_the_model_is_that_of_the_options(options, model, source, lines):
    names, log_likelihood = model.fit(FEW).most_probable(5)
    expected = [f"{value:.4f}\t{name}" for name, value in zip(names, log_likelihood, strict=True)]
    assert lines(f"top {source} -k 5 {options}") == expected


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
def test_text_in_and_out_has_the_encoding(encoding, suffix, lines):
    path = "zoë" + suffix
    data = "\r\n".join(["zoë", "", "zoë", "a\u00a0b"]).encode(encoding)  # no end of the last line
    Path(path).write_bytes(gzip.compress(data) if suffix == ".gz" else data)
    names = CountBigramLM().fit(["zoë", "zoë", "a\u00a0b"]).most_probable(3)[0]
    found = lines(f"top {path} -k 3 --encoding {encoding}", encoding)
    assert [line.split("\t")[1] for line in found] == names.tolist()
    scored = lines(f"score {path} {path} --encoding {encoding}", encoding)
    assert [line.split("\t")[2] for line in scored] == ["zoë", "zoë", "a\u00a0b"]


def test_standard_input_holds_names_or_strings(lines, stdin):
    data = Path("few.txt").read_bytes()
    expected = lines("score few.txt few.txt")
    stdin(data)
    assert lines("score few.txt") == expected
    stdin(data)
    assert lines("score few.txt -") == expected
    stdin(data)
    assert lines("score - few.txt") == expected
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


# sample


def test_samples_are_those_of_the_model(lines):
    model = make_model()
    assert lines("sample few.txt --seed 0") == model.sample(10, random_state=0).tolist()
    names = model.sample(
        20, pattern="a*", min_length=2, max_length=5, temperature=0.5, exclude=FEW, random_state=1
    )
    options = "--pattern 'a*' --min-length 2 --max-length 5 --temperature 0.5 --new"
    assert lines(f"sample few.txt -n 20 {options} --seed 1") == names.tolist()
    found = lines(f"sample few.txt -n 20 {options} --seed 1 --json")
    assert [json.loads(line) for line in found] == [{"name": name} for name in names]


def test_samples_differ_without_a_seed(lines):
    assert lines("sample names.txt -n 50") != lines("sample names.txt -n 50")


def test_many_samples_are_drawn_in_pieces(lines, monkeypatch):
    monkeypatch.setattr(_commands, "_PIECE", 4)
    names = lines("sample names.txt -n 10 --seed 0")
    rng = np.random.default_rng(0)
    model = CountBigramLM().fit(load_names())
    assert names == [name for n in (4, 4, 2) for name in model.sample(n, random_state=rng)]


def test_distinct_samples_are_what_is_drawn_but_for_repetitions(lines, monkeypatch):
    model = make_model()
    drawn = model.sample(40, pattern="a*", max_length=3, random_state=2)
    first = list(dict.fromkeys(drawn))
    assert len(first) < 40
    options = "--pattern 'a*' --max-length 3 --seed 2 --distinct"
    found = lines(f"sample few.txt -n 40 {options}")
    assert (len(set(found)), found[: len(first)]) == (40, first)
    monkeypatch.setattr(_commands, "_PIECE", 7)
    found = lines(f"sample few.txt -n 40 {options} --new")
    assert len(set(found) - set(FEW)) == 40


def test_distinct_samples_come_to_an_end(call):
    write("two.txt", ["ab", "a"])
    status, out, err = call("sample two.txt --distinct --alpha 0")
    assert (status, sorted(out.split())) == (2, ["a", "ab"])
    assert "--new and --distinct leave none of the names" in err


# top


def test_top_names_are_those_of_the_model(lines):
    names, log_likelihood = make_model().most_probable(20, pattern="*n?", exclude=FEW, max_length=6)
    found = lines("top few.txt --pattern '*n?' --new --max-length 6 --json")
    assert [json.loads(line) for line in found] == [
        {"name": name, "log_likelihood": value}
        for name, value in zip(names, log_likelihood.tolist(), strict=True)
    ]


def test_there_may_be_no_such_name(lines):
    assert lines("top few.txt --alpha 0 --pattern 'lll'") == []


# score


def test_scores_are_those_of_the_model(lines):
    write("strings.txt", ["emma", "", "mmmm", "e", "aaaaaaaaaaaaaa"])
    strings = ["emma", "mmmm", "e", "aaaaaaaaaaaaaa"]
    model = make_model()
    standard = model.standard_score_samples(strings)
    nll = [-model.score([string]) for string in strings]
    found = [json.loads(line) for line in lines("score few.txt strings.txt --json")]
    assert [row["line"] for row in found] == [1, 3, 4, 5]
    assert [row["string"] for row in found] == strings
    np.testing.assert_allclose([row["standard_score"] for row in found], standard)
    np.testing.assert_allclose([row["nll"] for row in found], nll)
    rows = [f"{s:.2f}\t{n:.4f}\t{t}" for s, n, t in zip(standard, nll, strings, strict=True)]
    assert lines("score few.txt strings.txt") == rows
    order = np.argsort(standard, kind="stable")
    assert lines("score few.txt strings.txt --sort") == [rows[i] for i in order]
    below = [row for row, s in zip(rows, standard, strict=True) if s < -1]
    assert 0 < len(below) < len(rows)
    assert lines("score few.txt strings.txt --below -1") == below
    assert set(lines("score few.txt strings.txt --below -1 --sort")) == set(below)


def test_a_string_with_an_unknown_symbol_or_the_boundary_is_impossible(call):
    write("strings.txt", ["emma", "x", "e.mma", "zoë", "ann"])
    status, out, err = call("score few.txt strings.txt --sort")
    assert status == 0
    assert out.split("\n")[:3] == ["-inf\tinf\tx", "-inf\tinf\te.mma", "-inf\tinf\tzoë"]
    assert err == (
        "sklearn-bigram: 3 of 5 strings contain a symbol that does not occur in few.txt: they are "
        "impossible.\n"
    )
    write("capitals.txt", ["emma", "Emma", "X"])
    assert call("score few.txt capitals.txt")[2].endswith("impossible (--lowercase may help).\n")
    assert call("score few.txt strings.txt --lowercase")[2].endswith("they are impossible.\n")
    _, out, _ = call("score few.txt strings.txt --json")
    assert json.loads(out.split("\n")[1]) == {
        "line": 2,
        "string": "x",
        "standard_score": None,
        "nll": None,
    }
    assert call("score few.txt strings.txt --below -inf")[1] == ""


@pytest.mark.parametrize("size", [1, 100])
def test_large_files_are_scored_in_pieces(size, lines, monkeypatch):
    expected = lines("score names.txt names.txt")
    assert len(expected) == len(load_names())
    monkeypatch.setattr(_commands, "_PIECE_TEXT", size)
    assert lines("score names.txt names.txt") == expected


def test_an_impossible_string_of_known_symbols_needs_no_remark(lines):
    write("strings.txt", ["mmmmm", "vvv"])
    assert lines("score few.txt strings.txt --alpha 0")[1] == "-inf\tinf\tvvv"


def test_nothing_to_score_is_nothing(lines):
    write("strings.txt", [])
    assert lines("score few.txt strings.txt") == []


# tune


def parse(line):
    (out,) = line
    return json.loads(out)


def test_tuning_is_cross_validation(lines):
    names = load_names()[:200]
    write("some.txt", names)
    found = parse(lines("tune some.txt --folds 4 --seed 7 --json"))
    assert (found["n_names"], found["n_folds"]) == (200, 4)
    fold = np.random.default_rng(7).permutation(200) % 4
    tokenizer = NameTokenizer(alphabet="".join(sorted(set("".join(names)))))
    by_options = {(c["parameter"], c["value"]): c for c in found["candidates"]}
    for parameter, value, model in [
        ("alpha", 0.05, CountBigramLM(alpha=0.05)),
        ("alpha", 20.0, CountBigramLM(alpha=20)),
        ("smoothing", "kneser-ney", CountBigramLM(smoothing="kneser-ney")),
        ("reg", 0.2, NeuralBigramLM(reg=0.2)),
    ]:
        model.set_params(tokenizer=tokenizer)
        scores = -cross_val_score(model, np.array(names), cv=PredefinedSplit(fold))
        candidate = by_options[parameter, value]
        assert candidate["nll"] == pytest.approx(scores.mean(), rel=1e-12)
        assert candidate["error"] == pytest.approx(scores.std(ddof=1) / 2, rel=1e-9)
    assert found["best"] == min(found["candidates"], key=lambda c: c["nll"])
    assert [c["value"] for c in found["candidates"] if c["parameter"] == "alpha"] == [
        *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        *(1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
    ]


def test_the_table_marks_the_best_of_each_kind(lines):
    found = parse(lines("tune few.txt --json"))["candidates"]
    first, _, _, *rows, _, last = lines("tune few.txt")
    assert first.startswith("10 names in 5 folds")
    assert len(rows) == len(found)
    best = {}
    for row, candidate in zip(rows, found, strict=True):
        options, nll, error, mark = re.fullmatch(r"(.*\S) +(\S+) +(0\.\d+)(  \*)?", row).groups()
        assert (nll, error) == (f"{candidate['nll']:.4f}", f"{candidate['error']:.4f}")
        if mark:
            best[candidate["parameter"]] = (candidate["nll"], options)
    for parameter, (nll, _) in best.items():
        assert nll == min(c["nll"] for c in found if c["parameter"] == parameter)
    assert list(best) == ["alpha", "smoothing", "reg"]
    assert last == f"* best value of each parameter; best overall: {min(best.values())[1]}"
    assert len(lines(f"sample few.txt {min(best.values())[1]}")) == 10


@pytest.mark.parametrize(
    ("model", "parameters"), [("count", {"alpha", "smoothing"}), ("neural", {"reg"})]
)
def test_one_model_can_be_tuned_alone(model, parameters, lines):
    found = parse(lines(f"tune few.txt --model {model} --json"))["candidates"]
    assert {candidate["parameter"] for candidate in found} == parameters


def test_tuning_knows_symbols_of_one_fold_alone_and_lower_case(lines):
    write("rare.txt", ["AB", "ab", "a.", "ß"])
    found = parse(lines("tune rare.txt --folds 4 --lowercase --json"))
    assert all(np.isfinite(candidate["nll"]) for candidate in found["candidates"])


def test_the_curve_is_drawn(lines):
    lines("tune few.txt --plot curve.png")
    assert Path("curve.png").read_bytes().startswith(PNG)
    lines("tune few.txt --model neural --plot curve.svg")
    assert "<svg" in Path("curve.svg").read_text(encoding="utf-8")


def test_curves_have_their_lowest_points():
    import matplotlib.pyplot as plt

    candidates = [
        _tuning.Candidate("count", "alpha", alpha, nll, 0.01)
        for alpha, nll in [(0.1, 3.0), (1.0, 2.0), (10.0, 2.5)]
    ]
    figure = _tuning.draw_curves(candidates, plt)
    (ax,) = figure.axes
    curve, point = ax.lines
    np.testing.assert_array_equal(curve.get_xydata(), [[0.1, 3.0], [1.0, 2.0], [10.0, 2.5]])
    np.testing.assert_array_equal(point.get_xydata(), [[1.0, 2.0]])
    assert (ax.get_title(), ax.get_xlabel(), ax.texts[0].get_text()) == (
        "CountBigramLM",
        "alpha",
        "1",
    )
    plt.close(figure)


# count


def test_counts_are_those_of_the_names(call):
    assert call("count names.txt -o counts.npz") == (
        0,
        "",
        "sklearn-bigram: counts.npz: 92,725 bigrams of 27 symbols.\n",
    )
    assert BigramCounts.load("counts.npz") == count_bigrams(load_names())


@pytest.mark.parametrize("workers", ["", "--workers 2"])
def test_files_and_counts_and_standard_input_add_up(workers, call, stdin):
    write("more.txt", ["zoë", "ABC"])
    expected = count_bigrams([*load_names(), "zoë", "ABC", *FEW, *FEW])
    stdin("\n".join(FEW).encode())
    assert call(f"count names.txt - more.txt few.npz -o all.npz {workers}")[0] == 0
    assert BigramCounts.load("all.npz") == expected
    assert call(f"count names.txt more.txt -o all.npz {workers}")[0] == 0
    assert BigramCounts.load("all.npz") == count_bigrams([*load_names(), "zoë", "ABC"])
    assert call(f"count few.npz all.npz -o all.npz {workers}")[0] == 0  # into one of them
    assert BigramCounts.load("all.npz") == count_bigrams([*FEW, *load_names(), "zoë", "ABC"])
    assert call("count more.txt names.txt --lowercase -o low.npz")[0] == 0
    assert BigramCounts.load("low.npz") == count_bigrams([*load_names(), "zoë", "abc"])


def test_counts_find_a_boundary_that_is_free(call, lines):
    write("dots.txt", ["a.b", "c"])
    call("count dots.txt -o dots.npz")
    counts = BigramCounts.load("dots.npz")
    assert counts == count_bigrams(["a.b", "c"], tokenizer=NameTokenizer(boundary="\n"))
    call("count few.npz dots.npz -o both.npz")
    both = count_bigrams([*FEW, "a.b", "c"], tokenizer=NameTokenizer(boundary="\n"))
    assert BigramCounts.load("both.npz") == both
    count_bigrams(["\n"]).save("line.npz")
    call("count line.npz both.npz -o all.npz")
    assert BigramCounts.load("all.npz").symbols[0] == "\0"
    assert lines("sample both.npz --seed 0") == lines("sample both.npz --seed 0")


def test_a_pipe_is_counted_as_a_file_is(call, folder):
    os.mkfifo("pipe")
    with subprocess.Popen(["cp", "names.txt", "pipe"]):
        assert call("count pipe few.txt -o counts.npz")[0] == 0
    assert BigramCounts.load("counts.npz") == count_bigrams([*load_names(), *FEW])


# plot and arpa


@pytest.mark.parametrize(
    ("options", "path", "start"),
    [
        ("", "bigrams.png", PNG),
        ("-o a.png --kind proba", "a.png", PNG),
        ("-o a.svg --kind logits --model neural", "a.svg", b"<?xml"),
        ("-o a.pdf", "a.pdf", b"%PDF"),
        ("-o plain", "plain", PNG),
    ],
)
def test_the_picture_is_drawn(options, path, start, call):
    status = call(f"plot few.npz {options}")
    assert status == (0, "", f"sklearn-bigram: the plot is saved in {path}.\n")
    assert Path(path).read_bytes().startswith(start)


def test_letters_that_the_font_lacks_are_remarked_upon(call):
    write("names.txt", ["李明", "明"])
    status, _, err = call("plot names.txt")
    assert status == 0
    assert err.split("\n")[:2] == [
        "sklearn-bigram: the font of the plot does not contain all symbols.",
        "sklearn-bigram: the plot is saved in bigrams.png.",
    ]


def test_arpa_files_are_those_of_the_model(lines):
    make_model(alpha=2).to_arpa("expected.arpa")
    expected = Path("expected.arpa").read_bytes()
    assert "\n".join(lines("arpa few.txt --alpha 2")).encode() + b"\n" == expected
    assert lines("arpa few.npz --alpha 2 -o names.arpa") == []
    assert Path("names.arpa").read_bytes() == expected
    lines("arpa few.npz --alpha 2 -o names.arpa.gz")
    assert gzip.decompress(Path("names.arpa.gz").read_bytes()) == expected


# demo


def test_demo_shows_that_both_methods_meet():
    result = run("demo", text=True)
    assert (result.returncode, result.stderr) == (0, "")
    rows = dict(
        re.findall(r"^((?:count|neural)\S*(?: \w+)?)  .* (\d\.\d{4}) ", result.stdout, re.M)
    )
    assert list(rows) == ["count", "count, tuned", "neural", "neural, tuned", "neural, descent"]
    assert abs(float(rows["count, tuned"]) - float(rows["neural, tuned"])) < 0.002
    samples = re.findall(r"^Samples from (\w+): (.*)$", result.stdout, re.M)
    assert [model for model, _ in samples] == ["CountBigramLM", "NeuralBigramLM"]
    assert all(len(names.split(", ")) == 10 for _, names in samples)
    assert Path("bigrams.png").read_bytes().startswith(PNG)


def test_demo_takes_a_file_of_names(lines, names):
    data = "\ufeff" + "\r\n".join([*names[:300], "", "zoë"] * 2)
    Path("my.txt").write_text(data, encoding="utf-8")
    first = lines("demo --names my.txt -o picture.png --seed 1")[0]
    assert first == "602 names: 481 for training, 121 held out."
    assert Path("picture.png").exists()


def test_demo_fetches_names(lines, monkeypatch, names):
    monkeypatch.setattr(_demo, "fetch_names", lambda: names[:200])
    assert lines("demo --fetch")[0].startswith("200 names")


def test_without_matplotlib_there_are_no_pictures(lines, call, monkeypatch, names):
    write("my.txt", names[:100])
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    message = "Plots need matplotlib: pip install 'sklearn_bigram[plot]'."
    assert lines("demo --names my.txt")[-1] == f"No plot: {message}"
    for line in ("plot few.txt", "tune few.txt --plot curve.png"):
        assert call(line) == (2, "", f"sklearn-bigram: {message}\n")


# Mistakes

MISTAKES = {
    # options
    "": "the following arguments are required: COMMAND",
    "sing": "argument COMMAND: invalid choice: 'sing'",
    "sample": "the following arguments are required: NAMES",
    "sample few.txt -n 0": "argument -n: '0' is not an integer >= 1",
    "sample few.txt -n 1.5": "argument -n: '1.5' is not an integer >= 1",
    "sample few.txt --seed=-1": "argument --seed: '-1' is not an integer >= 0",
    "sample few.txt --temperature 0": "'0' is not a number > 0",
    "sample few.txt --temperature nan": "'nan' is not a number > 0",
    "sample few.txt --alpha inf": "argument --alpha: 'inf' is not a number >= 0",
    "sample few.txt --smoothing good": "argument --smoothing: invalid choice: 'good'",
    "sample few.txt --encoding klingon": "'klingon' is not a known text encoding",
    "sample few.txt --encoding base64": "'base64' is not a known text encoding",
    "tune few.txt --folds 1": "argument --folds: '1' is not an integer >= 2",
    "count few.txt": "the following arguments are required: -o/--output",
    "count few.txt -o counts.txt": "'counts.txt' must end in .npz, the suffix of counts",
    "count few.txt -o none/counts.npz": "the folder of 'none/counts.npz' does not exist",
    "plot few.txt -o .png/b.png": "the folder of '.png/b.png' does not exist",
    "arpa few.txt -o .": "'.' is a folder",
    "demo --names few.txt --fetch": "argument --fetch: not allowed with argument --names",
    # options that contradict each other
    "sample few.txt --model neural --alpha 1": "--alpha applies only to --model count.",
    "sample few.txt --reg 1": "--reg applies only to --model neural.",
    "arpa few.txt --model neural --smoothing absolute": "--smoothing applies only to --model",
    "top few.txt --smoothing absolute --alpha 1": "--alpha does not apply to --smoothing absolute.",
    "top few.npz --new": "few.npz is a counts file, but --new needs the training names",
    "top few.npz --lowercase": "--lowercase cannot change a counts file: use --lowercase",
    "count few.npz few.txt --lowercase -o a.npz": "--lowercase cannot change a counts file: count",
    "tune few.npz": "few.npz is a counts file, but cross-validation needs the names",
    "score - -": "NAMES and FILE are both standard input: give a file for one of them.",
    "score -": "NAMES and FILE are both standard input: give a file for one of them.",
    "sample few.txt --min-length 3 --max-length 2": "--min-length 3 is larger than --max-length 2.",
    # files
    "sample none.txt": "none.txt: No such file or directory",
    "sample none.txt --new": "none.txt: No such file or directory",
    "sample none.npz": "none.npz: No such file or directory",
    "sample .": ".: Is a directory",
    "sample few.txt/x": "few.txt/x: Not a directory",
    "score few.txt none.txt": "none.txt: No such file or directory",
    "count none.txt -o counts.npz": "none.txt: No such file or directory",
    "sample bytes.txt": "bytes.txt, line 3: not UTF-8 text, at the byte 0xff: give its --enc",
    "sample bytes.txt --new": "bytes.txt, line 3: not utf-8 text, at the byte 0xff: give its",
    "count few.txt bytes.txt -o a.npz": "bytes.txt, line 3: not UTF-8 text, at the byte 0xff: give",
    "score few.txt bytes.txt": "bytes.txt, line 3: not utf-8 text, at the byte 0xff: give its",
    "tune bytes.txt --encoding ascii": "bytes.txt, line 3: not ascii text, at the byte 0xff: give",
    "sample far.txt --encoding shift-jis": "far.txt, line 5001: not shift-jis text, at the byte",
    "sample empty.txt": "There are no names in empty.txt.",
    "sample empty.txt --new": "There are no names in empty.txt.",
    "count empty.txt empty.txt -o a.npz": "There are no names in empty.txt, empty.txt.",
    "sample text.npz": "text.npz does not hold bigram counts, or is damaged.",
    "sample words.npz": "words.npz has symbols of several characters, which the command line",
    "tune two.txt": "two.txt holds 2 names, fewer than --folds 5.",
    "demo --names two.txt": "two.txt holds 2 names: the demo needs at least 10.",
    "plot many.txt": "many.txt has 1,201 symbols, more than the 1,000 that a plot can show.",
    "plot few.txt -o a.xyz": "'a.xyz' must end in .png, .svg, .pdf",
    # patterns
    "sample few.txt --pattern 'x*'": "--pattern holds unknown symbols: 'x'. No training name holds",
    "sample few.txt --pattern '[a'": "pattern is '[a' and has a [ without a ]",
    "sample few.txt --alpha 0 --pattern lll": "No name can be drawn",
    "sample ab.txt --new --alpha 0": "--new and --distinct leave none of the "
    "names that meet the other constraints.",
    "sample few.txt --min-length 99999": "more than 16,384 states, the limit for 11 symbols: "
    "give a shorter --pattern, or a smaller --min-length or --max-length.",
}


@pytest.mark.parametrize(("line", "message"), MISTAKES.items(), ids=MISTAKES)
def test_a_mistake_is_one_line_and_status_2(line, message, call, stdin):
    Path("bytes.txt").write_bytes(b"emma\nava\nmi\xff\n")
    Path("far.txt").write_bytes(b"emma\n" * 5000 + b"mi\xff\n")
    Path("text.npz").write_bytes(b"emma\n")
    write("empty.txt", ["", ""])
    write("two.txt", ["emma", "ava"])
    write("ab.txt", ["ab"])
    write("many.txt", map(chr, range(0x4E00, 0x4E00 + 1200)))
    count_bigrams(["a b"], tokenizer=NameTokenizer(analyzer=lambda s: [s])).save("words.npz")
    stdin(b"emma\n")
    before = sorted(os.listdir())
    status, out, err = call(line)
    assert (status, out) == (2, "")
    assert err.startswith("sklearn-bigram: ")
    assert message in err
    assert err.count("\n") == 1
    assert "tokenizer" not in err.lower()
    assert sorted(os.listdir()) == before


def test_a_missing_argument_says_where_help_is(call):
    assert call("sample")[2].endswith(" (see sklearn-bigram sample --help)\n")


def test_what_is_before_a_bad_line_is_scored(call, monkeypatch):
    monkeypatch.setattr(_commands, "_PIECE_TEXT", 1)
    Path("bytes.txt").write_bytes(b"emma\n" * 5000 + b"\xff\n")
    status, out, err = call("score few.txt bytes.txt")
    assert status == 2
    assert 0 < out.count("\n") < 5000
    assert err.startswith("sklearn-bigram: bytes.txt, line 5001: not utf-8 text")


def test_standard_input_may_be_closed(call, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    for line in ("sample -", "sample - --new", "score few.txt"):
        assert call(line) == (2, "", "sklearn-bigram: standard input is closed.\n")


@pytest.mark.parametrize("command", ["sample names.gz", "sample names.gz --new"])
def test_a_damaged_file_is_a_failure(command, call):
    Path("names.gz").write_bytes(gzip.compress(Path("names.txt").read_bytes())[:1000])
    status, out, err = call(command)
    assert (status, out) == (1, "")
    assert err.startswith("sklearn-bigram: names.gz is damaged or cut off: ")
    assert err.count("\n") == 1


def test_a_lack_of_memory_is_a_failure(call, monkeypatch):
    def fail(args):
        raise MemoryError

    monkeypatch.setattr(_commands, "sample", fail)
    assert call("sample few.txt") == (1, "", "sklearn-bigram: MemoryError\n")


def test_a_warning_is_one_line(call, monkeypatch):
    def warn(args):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("take\ncare", stacklevel=1)

    monkeypatch.setattr(_commands, "sample", warn)
    assert call("sample few.txt") == (0, "", "sklearn-bigram: take care\n")


# Help


COMMANDS = ["demo", "sample", "score", "top", "tune", "count", "plot", "arpa"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command, lines, call):
    status, out, err = call(f"{command} --help")
    assert (status, err) == (0, "")
    assert f"example: sklearn-bigram {command} " in " ".join(out.split())


def test_help_lists_the_commands(lines):
    out = lines("--help")
    assert re.findall(r"^    (\w+) ", "\n".join(out), re.M) == COMMANDS


def test_version(lines):
    assert lines("--version") == [f"sklearn-bigram {sklearn_bigram.__version__}"]


def test_only_what_a_command_needs_is_imported():
    program = (
        "import sys\n"
        "from sklearn_bigram.cli import main\n"
        "try: main(['sample', '--help'])\n"
        "except SystemExit: pass\n"
        "print({'numpy', 'scipy', 'sklearn'} & set(sys.modules))\n"
        "import numpy, scipy, sklearn.base, sklearn.utils.validation\n"
        "before = set(sys.modules)\n"
        "main(['sample', 'few.txt'])\n"
        "heavy = {'torch', 'matplotlib', 'pandas', 'dask', 'sklearn.model_selection'}\n"
        "print(heavy & (set(sys.modules) - before))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    ).stdout.splitlines()
    assert out[-12] == out[-1] == "set()"


# Processes


def test_text_is_utf8_whatever_the_locale():
    names = ["zoë", "chloë", "李明", "анна"]
    write("zoë.txt", names)
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    env = {**os.environ, **locale}
    line = ["sample", "-", "--seed", "1", "-n", "30", "--new"]
    with open("zoë.txt", "rb") as file:
        result = run(*line, stdin=file, env=env)
    assert (result.returncode, result.stderr) == (0, b"")
    model = CountBigramLM().fit(names)
    expected = model.sample(30, exclude=names, random_state=1)
    assert result.stdout.decode("utf-8").split("\n") == [*expected, ""]
    result = run("score", "few.txt", "-", env=env, input="zoë\n".encode())
    assert result.stdout == "-inf\tinf\tzoë\n".encode()


def test_a_closed_pipe_is_quiet():
    command = shlex.join([*PROGRAM, "sample", "names.txt", "-n", "300000"])
    script = f"{command} | head -n 1; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=120)
    assert result.stderr == ""
    assert result.stdout.split("\n")[1:] == ["141", ""]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
def test_a_full_disk_is_a_failure():
    with open("/dev/full", "wb") as full:
        result = run("sample", "few.txt", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert result.returncode == 1
    assert result.stderr == b"sklearn-bigram: standard output: No space left on device\n"


def test_a_closed_output_is_a_failure():
    script = f"{shlex.join([*PROGRAM, 'sample', 'few.txt'])} >&-"
    result = subprocess.run(["bash", "-c", script], capture_output=True, timeout=120)
    assert result.returncode == 1
    assert result.stderr == b"sklearn-bigram: standard output is closed\n"


def open_when_read(path, process):
    """Return a pipe, open for writing as soon as the process reads it."""
    while process.poll() is None:
        with suppress(OSError):
            return open(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "wb")
        time.sleep(0.01)
    return pytest.fail(f"the process has ended: {process.stderr.read()}")


def test_an_interrupt_is_quiet_and_leaves_no_file():
    os.mkfifo("pipe")
    process = subprocess.Popen(
        [*PROGRAM, "count", "few.txt", "pipe", "-o", "counts.npz"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with process, open_when_read("pipe", process):
        time.sleep(0.5)  # until it waits for more
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert not Path("counts.npz").exists()


@pytest.fixture
def interruptible():
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("line", "writer"),
    [
        ("count few.txt -o few.npz", "numpy.savez_compressed"),
        ("plot few.txt -o few.png", "matplotlib.figure.Figure.savefig"),
        ("tune few.txt --plot few.png", "matplotlib.figure.Figure.savefig"),
        ("arpa few.txt -o few.npz", "sklearn_bigram.markov._arpa._format_logs"),
    ],
)
def test_an_interrupt_while_a_file_is_written_leaves_the_old_one(line, writer, call, monkeypatch):
    Path("few.png").write_bytes(b"old")
    before = {path: Path(path).read_bytes() for path in os.listdir()}

    def interrupt(*args, **options):
        assert len(os.listdir()) == len(before) + 1  # a part of the new file
        signal.raise_signal(signal.SIGINT)

    import matplotlib.figure  # noqa: F401 - for the name of the writer

    monkeypatch.setattr(writer, interrupt)
    status, _, err = call(line)
    assert (status, err) == (130, "")
    assert {path: Path(path).read_bytes() for path in os.listdir()} == before


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
        ("tune few.txt", "38.0/38.0"),
    ],
)
def test_a_terminal_is_shown_progress_but_not_among_results(line, shown, call, monkeypatch):
    monkeypatch.setattr(tqdm, "tqdm", Eager)
    assert call(line)[2] == ""
    assert call(line, is_terminal=True)[2] == ""
    monkeypatch.setattr("sys.stdout", Stream())
    monkeypatch.setattr("sys.stderr", Stream("utf-8", is_terminal=True))
    assert _main.main(shlex.split(line)) == 0
    assert shown in sys.stderr.text()


# The documentation


def console_examples():
    """Yield the commands of the documentation's page, and what it says that they print."""
    text = (ROOT / "docs" / "command_line.rst").read_text(encoding="utf-8")
    for block in re.findall(r"^\.\. code-block:: console\n\n((?:   .*\n|\n)+)", text, re.M):
        lines = [line[3:] for line in block.rstrip().split("\n")]
        if not lines[0].startswith("$ sklearn-bigram"):
            continue
        for example in re.split(r"^\$ sklearn-bigram ", "\n".join(lines), flags=re.M)[1:]:
            command, _, output = example.partition("\n")
            yield command, output.rstrip("\n")


def test_the_documentation_shows_what_is_printed(call):
    write("strings.txt", ["maria", "asdfgh", "jean-luc", "qwxz", "anneliese"])
    examples = list(console_examples())
    assert {command.split()[0] for command, _ in examples} >= set(COMMANDS) - {"demo"}
    for command, output in examples:
        status, out, err = call(command)
        assert status == 0, command
        assert (out + err).rstrip("\n") == output, command
