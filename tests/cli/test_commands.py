"""The commands do what the models do in Python."""

import gzip
import json
import re
import subprocess
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from sklearn_bigram import (
    BigramCounts,
    BigramExplorer,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
    count_bigrams,
)
from tests.cli.program import FEW, PNG, ROOT, write
from tests.helpers import set_sizes


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
    "--smoothing dirichlet": CountBigramLM(smoothing="dirichlet"),
    "--model neural": NeuralBigramLM(),
    "--model neural --reg 0.1": NeuralBigramLM(reg=0.1),
}


@pytest.mark.parametrize(("options", "model"), MODELS.items())
def test_the_options_choose_the_model(options, model, lines):
    names, log_likelihood = model.fit(FEW).most_probable(5)
    expected = [f"{value:.4f}\t{name}" for name, value in zip(names, log_likelihood, strict=True)]
    assert lines(f"top few.txt -k 5 {options}") == expected
    assert lines(f"top few.npz -k 5 {options}") == expected


CONTRADICTIONS = {
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
    "sample few.txt -n 10000001 --distinct": "-n 10000001 is more than 10,000,000, the maximum",
    "sample few.txt --min-length 3 --max-length 2": "--min-length 3 is larger than --max-length 2.",
}


@pytest.mark.parametrize(("line", "message"), CONTRADICTIONS.items(), ids=CONTRADICTIONS)
def test_options_that_contradict_each_other_are_refused(line, message, fails):
    fails(line, message)
    assert not Path("a.npz").exists()


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


def test_many_samples_are_drawn_in_pieces(names, lines, monkeypatch):
    set_sizes(monkeypatch, names_per_sample=4)
    found = lines("sample names.txt -n 10 --seed 0")
    rng = np.random.default_rng(0)
    model = CountBigramLM().fit(names)
    assert found == [name for n in (4, 4, 2) for name in model.sample(n, random_state=rng)]


def test_distinct_samples_are_those_of_the_model(lines, monkeypatch):
    set_sizes(monkeypatch, names_per_sample=7)
    given = {"pattern": "a*", "max_length": 3, "exclude": FEW, "temperature": 2.0}
    drawn = make_model().sample(40, **given, distinct=True, random_state=2)
    options = "--pattern 'a*' --max-length 3 --new --temperature 2 --distinct --seed 2"
    assert lines(f"sample few.txt -n 40 {options}") == drawn.tolist()


def test_too_few_distinct_names_are_refused_at_once(fails):
    write("two.txt", ["ab", "a"])
    message = "the constraints is 2, less than the 3 to draw: give a smaller -n or fewer con"
    fails("sample two.txt -n 3 --distinct --alpha 0", message)
    fails("sample names.txt -n 100000 --distinct --max-length 2", "less than the 100,000 to draw")


IMPOSSIBLE = {
    "--pattern 'x*'": "--pattern holds unknown symbols: 'x'. No training name holds",
    "--regex x+": "--regex holds unknown symbols: 'x'. No training name holds",
    r"--regex '(a)\1'": r"pattern is '(a)\\1' and holds a back-reference, which is not supported",
    "--pattern '[a'": "pattern is '[a', in which a [ is not closed",
    "--alpha 0 --pattern lll": "The probability that a name ends and meets the constraints is zero",
    "--pattern ann --new --alpha 0": "--new leaves no name that meets the other constraints.",
    "--min-length 99999": "more than 16,384 states, the limit for 11 symbols: give a shorter "
    "--pattern or --regex, or a smaller --min-length or --max-length.",
}


@pytest.mark.parametrize(("options", "message"), IMPOSSIBLE.items(), ids=IMPOSSIBLE)
def test_constraints_that_no_name_meets_are_refused(options, message, fails):
    fails(f"sample few.txt {options}", message)


# top


def test_top_names_are_those_of_the_model(lines):
    names, log_likelihood = make_model().most_probable(20, pattern="*n?", exclude=FEW, max_length=6)
    found = lines("top few.txt --pattern '*n?' --new --max-length 6 --json")
    assert [json.loads(line) for line in found] == [
        {"name": name, "log_likelihood": value}
        for name, value in zip(names, log_likelihood.tolist(), strict=True)
    ]
    assert lines("top few.txt --alpha 0 --pattern 'lll'") == []


def test_names_match_a_regular_expression(lines):
    options = {"pattern": re.compile("(?i)[^B]*N+.?"), "max_length": 6}
    names, _ = make_model().most_probable(20, **options)
    found = lines("top few.txt --regex '(?i)[^B]*N+.?' --max-length 6")
    assert [line.split("\t")[1] for line in found] == names.tolist()
    drawn = make_model().sample(9, random_state=0, **options)
    found = lines("sample few.txt -n 9 --regex '(?i)[^B]*N+.?' --max-length 6 --seed 0")
    assert found == drawn.tolist()
    assert all(re.fullmatch("(?i)[^b]*n+.?", name) for name in found)


@pytest.mark.filterwarnings("default:Possible nested set:FutureWarning")
def test_a_regular_expression_of_a_doubtful_form_is_remarked_once(call):
    status, out, err = call("top few.txt --regex '[[a]n.*' -k 3")
    assert (status, len(out.splitlines())) == (0, 3)
    assert err.count("Possible nested set") == 1


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


def test_explained_scores_have_the_bigrams_of_each_string(call):
    write("strings.txt", ["EMMA", "vv", "x"])
    options = "score few.txt strings.txt --lowercase --alpha 0 --explain"
    expected = make_model(alpha=0).explain("emma")
    _, out, _ = call(options)
    table = str(expected).splitlines()[1:]
    lines = out.splitlines()
    assert lines[1 : 1 + len(table)] == [f"    {line}" for line in table]
    assert lines[-1] == "-inf\tinf\tx"  # an unknown symbol
    _, out, _ = call(f"{options} --json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [bigram["second"] for bigram in rows[0]["bigrams"]] == list("emma.")
    assert [bigram["best"] for bigram in rows[0]["bigrams"]] == expected.best.tolist()
    assert [bigram["log_proba"] for bigram in rows[0]["bigrams"]] == expected.log_proba.tolist()
    assert rows[1]["bigrams"][1]["log_proba"] is None  # impossible
    assert rows[2]["bigrams"] is None


def test_large_files_are_scored_in_pieces(lines, monkeypatch):
    write("some.txt", [*FEW, "", "liv"] * 10)
    expected = lines("score few.txt some.txt")
    assert len(expected) == 110
    for n_bytes in (1, 100):
        set_sizes(monkeypatch, bytes_per_reading=n_bytes)
        assert lines("score few.txt some.txt") == expected


def test_an_impossible_string_of_known_symbols_needs_no_remark(lines):
    write("strings.txt", ["mmmmm", "vvv"])
    assert lines("score few.txt strings.txt --alpha 0")[1] == "-inf\tinf\tvvv"


def test_a_file_without_strings_has_no_scores(lines):
    write("strings.txt", [])
    assert lines("score few.txt strings.txt") == []


# count


def test_counts_are_those_of_the_names(names, call):
    assert call("count names.txt -o counts.npz") == (
        0,
        "",
        "sklearn-bigram: counts.npz: 92,725 bigrams of 27 symbols.\n",
    )
    assert BigramCounts.load("counts.npz") == count_bigrams(names)


@pytest.mark.parametrize("workers", ["", "--workers 2"])
def test_files_and_counts_and_standard_input_add_up(workers, names, call, stdin):
    write("more.txt", ["zoë", "ABC"])
    expected = count_bigrams([*names, "zoë", "ABC", *FEW, *FEW])
    stdin("\n".join(FEW).encode())
    assert call(f"count names.txt - more.txt few.npz -o all.npz {workers}")[0] == 0
    assert BigramCounts.load("all.npz") == expected
    assert call(f"count names.txt more.txt -o all.npz {workers}")[0] == 0
    assert BigramCounts.load("all.npz") == count_bigrams([*names, "zoë", "ABC"])
    assert call(f"count few.npz all.npz -o all.npz {workers}")[0] == 0  # into one of them
    assert BigramCounts.load("all.npz") == count_bigrams([*FEW, *names, "zoë", "ABC"])
    assert call("count more.txt names.txt --lowercase -o low.npz")[0] == 0
    assert BigramCounts.load("low.npz") == count_bigrams([*names, "zoë", "abc"])


def test_counts_get_a_boundary_that_no_name_holds(call, lines):
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
    assert len(lines("sample both.npz")) == 10


def test_a_pipe_is_counted_as_a_file_is(names, call, folder):
    import os

    os.mkfifo("pipe")
    with subprocess.Popen(["cp", "names.txt", "pipe"]):
        assert call("count pipe few.txt -o counts.npz")[0] == 0
    assert BigramCounts.load("counts.npz") == count_bigrams([*names, *FEW])


@pytest.mark.parametrize(
    ("option", "delimiter"), [("comma", ","), ("semicolon", ";"), ("space", " "), ("tab", "\t")]
)
@pytest.mark.parametrize("workers", ["", "--workers 2"])
def test_weights_are_read_from_the_second_column(option, delimiter, workers, call, stdin):
    rows = [f"{name}{delimiter}{n}" for n, name in enumerate(FEW)]
    write("weights.txt", [*rows, "", f'"o{delimiter}b"{delimiter}2.5'])
    names, weights = [*FEW, f"o{delimiter}b"], [*range(len(FEW)), 2.5]
    expected = count_bigrams(names, sample_weight=weights)
    assert call(f"count weights.txt -o counts.npz --weights {option} {workers}")[0] == 0
    assert BigramCounts.load("counts.npz") == expected
    stdin(Path("weights.txt").read_bytes())
    line = f"count - few.npz weights.txt -o counts.npz --weights {option} {workers}"
    assert call(line)[0] == 0
    assert BigramCounts.load("counts.npz") == expected * 2 + count_bigrams(FEW)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_weights_are_read_in_any_encoding(encoding, call):
    for path, lines in {"a.csv": ["zoë,2", "", "É,0.5"], "empty.csv": ["", ""]}.items():
        Path(path).write_bytes("\r\n".join(lines).encode(encoding))
    options = f"--weights comma --lowercase --encoding {encoding}"
    assert call(f"count empty.csv a.csv -o counts.npz {options}")[0] == 0
    expected = count_bigrams(["zoë", "é"], sample_weight=[2, 0.5])
    assert BigramCounts.load("counts.npz") == expected


BAD_WEIGHTS = {
    "count few.txt -o a.npz --weights comma": "few.txt, line 1: the line is 'emma' and has no "
    "weight: every line, including the first, must hold a name, a comma and a weight.",
    "count bad.tsv -o a.npz --weights tab": "bad.tsv, line 3: the weight is '-1', which is not a",
    "count bad.tsv -o a.npz --weights tab --encoding ascii": "bad.tsv, line 3: the weight is '-1'",
    "count few.txt - -o a.npz --weights tab": "few.txt, line 1: the line is 'emma' and has no",
    "count zero.tsv -o a.npz --weights tab": "There are no names with a weight above zero in zero",
    "count few.npz -o a.npz --weights tab": "--weights applies only to text files, and all",
    "count few.txt -o a.npz --weights x": "argument --weights: invalid choice: 'x'",
}


@pytest.mark.parametrize(("line", "message"), BAD_WEIGHTS.items(), ids=BAD_WEIGHTS)
def test_lines_without_a_weight_are_named(line, message, fails, stdin):
    write("bad.tsv", ["emma\t2", "", "ava\t-1"])
    write("zero.tsv", ["emma\t0"])
    stdin(b"emma\t1\n")
    fails(line, message)
    assert not Path("a.npz").exists()


def test_lines_are_joined_to_pieces_of_a_stream(call, monkeypatch):
    set_sizes(monkeypatch, max_bytes_read=5)
    Path("a.txt").write_bytes("\r\n".join([*FEW, "zoë\r"]).encode("latin-1"))
    assert call("count a.txt -o counts.npz --encoding latin-1")[0] == 0
    assert BigramCounts.load("counts.npz") == count_bigrams([*FEW, "zoë"])


def test_names_of_files_are_counted_as_names(call, lines, stdin):
    write("files.txt", ["few.txt", "names.txt"])
    expected = lines("top files.txt")
    stdin(b"few.txt\nnames.txt\n")
    assert lines("top -") == expected
    assert lines("top files.txt --new --encoding latin-1 -k 1")
    assert call("tune files.txt --folds 2")[0] == 0
    stdin(b"few.txt\n")
    assert call("count - files.txt -o files.npz")[0] == 0
    assert BigramCounts.load("files.npz").matrix.sum() == 26


# plot and arpa


@pytest.mark.parametrize(
    ("options", "path", "start"),
    [
        ("", "bigrams.png", PNG),
        ("-o a.svg --kind logits --model neural", "a.svg", b"<?xml"),
        ("-o a.pdf --kind proba", "a.pdf", b"%PDF"),
        ("-o plain", "plain", PNG),
    ],
)
def test_a_picture_is_drawn(options, path, start, call):
    status = call(f"plot few.npz {options}")
    assert status == (0, "", f"sklearn-bigram: the plot is saved in {path}.\n")
    assert Path(path).read_bytes().startswith(start)


def test_a_picture_can_go_to_standard_output(call):
    status, out, err = call("plot few.npz -o -", "latin-1")
    assert (status, err) == (0, "")
    call("plot few.npz -o plain")
    assert out.encode("latin-1") == Path("plain").read_bytes()
    assert not Path("-").exists()


def test_a_picture_has_room_for_a_thousand_symbols(fails):
    write("many.txt", map(chr, range(0x4E00, 0x4E00 + 1200)))
    fails("plot many.txt", "many.txt has 1,201 symbols, more than the 1,000 that a plot can show.")


@pytest.mark.parametrize(
    ("options", "model"),
    [
        ("few.txt", CountBigramLM()),
        ("few.txt --alpha 2 -o page.HTM", CountBigramLM(alpha=2)),
        ("few.txt --model neural --reg 0.1", NeuralBigramLM(reg=0.1)),
    ],
)
def test_the_explorer_is_that_of_the_model(options, model, call):
    path = "page.HTM" if "-o" in options else "explorer.html"
    Path(path).write_text("an older file")
    status = call(f"explore {options}")
    remark = f"the explorer is saved in {path}: open it in a browser."
    assert status == (0, "", f"sklearn-bigram: {remark}\n")
    expected = BigramExplorer(model.fit(FEW), FEW).to_html()
    assert Path(path).read_text(encoding="utf-8") == expected


def test_the_explorer_of_counts_holds_no_names(call):
    status, out, err = call("explore few.npz -o -")
    assert (status, err) == (0, "")
    assert out == BigramExplorer(CountBigramLM().fit(FEW)).to_html()
    assert not Path("-").exists()


def test_the_explorer_reads_names_from_standard_input_once(call, stdin):
    stdin(b"Ann\r\n\r\nBEN\n")
    status, out, _ = call("explore - --lowercase -o -")
    assert status == 0
    names = ["ann", "ben"]
    tokenizer = NameTokenizer(lowercase=True)
    assert out == BigramExplorer(CountBigramLM(tokenizer=tokenizer).fit(names), names).to_html()


def test_arpa_files_are_those_of_the_model(lines):
    make_model(alpha=2).to_arpa("expected.arpa")
    expected = Path("expected.arpa").read_bytes()
    assert "\n".join(lines("arpa few.txt --alpha 2")).encode() + b"\n" == expected
    assert lines("arpa few.npz --alpha 2 -o names.arpa") == []
    assert Path("names.arpa").read_bytes() == expected
    lines("arpa few.npz --alpha 2 -o names.arpa.gz")
    assert gzip.decompress(Path("names.arpa.gz").read_bytes()) == expected


# The documentation


def find_examples():
    """Yield the commands of the documentation, and what it says that they print."""
    docs = ROOT / "docs"
    pages = [docs / "command_line.rst", *sorted((docs / "how_to").glob("*.rst"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    for block in re.findall(r"^\.\. code-block:: console\n\n((?:   .*\n|\n)+)", text, re.M):
        lines = dedent(block).rstrip().split("\n")
        if not lines[0].startswith("$ sklearn-bigram"):
            continue
        for example in re.split(r"^\$ sklearn-bigram ", "\n".join(lines), flags=re.M)[1:]:
            command, _, output = example.partition("\n")
            yield command, output.rstrip("\n")


def test_the_documentation_shows_what_is_printed(call):
    write("strings.txt", ["maria", "asdfgh", "jean-luc", "qwxz", "anneliese"])
    examples = list(find_examples())
    commands = {"sample", "score", "top", "tune", "count", "plot", "explore", "arpa"}
    assert {command.split()[0] for command, _ in examples} >= commands
    for example, output in examples:
        command, _, last_lines = example.partition(" | tail -n ")
        status, out, err = call(command)
        assert status == 0, command
        printed = (out + err).rstrip("\n").split("\n")
        assert printed[-int(last_lines or len(printed)) :] == output.split("\n"), example
