"""The commands do what the models do in Python."""

import gzip
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sklearn_bigram import BigramCounts, CountBigramLM, NameTokenizer, NeuralBigramLM, count_bigrams
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


def test_distinct_samples_are_the_samples_without_repetitions(lines, monkeypatch):
    drawn = make_model().sample(40, pattern="a*", max_length=3, random_state=2)
    first = list(dict.fromkeys(drawn))
    assert len(first) < 40
    options = "--pattern 'a*' --max-length 3 --seed 2 --distinct"
    found = lines(f"sample few.txt -n 40 {options}")
    assert (len(set(found)), found[: len(first)]) == (40, first)
    set_sizes(monkeypatch, names_per_sample=7)
    found = lines(f"sample few.txt -n 40 {options} --new")
    assert len(set(found) - set(FEW)) == 40


def test_distinct_samples_come_to_an_end(call):
    write("two.txt", ["ab", "a"])
    status, out, err = call("sample two.txt --distinct --alpha 0")
    assert (status, sorted(out.split())) == (2, ["a", "ab"])
    assert "--new and --distinct leave no name" in err


IMPOSSIBLE = {
    "--pattern 'x*'": "--pattern holds unknown symbols: 'x'. No training name holds",
    "--pattern '[a'": "pattern is '[a', in which a [ is not closed",
    "--alpha 0 --pattern lll": "The probability that a name ends and meets the constraints is zero",
    "--pattern ann --new --alpha 0": "--new and --distinct leave no name that meets the "
    "other constraints.",
    "--min-length 99999": "more than 16,384 states, the limit for 11 symbols: give a shorter "
    "--pattern, or a smaller --min-length or --max-length.",
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


def test_large_files_are_scored_in_pieces(lines, monkeypatch):
    write("some.txt", [*FEW, "", "liv"] * 10)
    expected = lines("score few.txt some.txt")
    assert len(expected) == 110
    for n_characters in (1, 100):
        set_sizes(monkeypatch, characters_per_score=n_characters)
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


def test_a_picture_has_room_for_a_thousand_symbols(fails):
    write("many.txt", map(chr, range(0x4E00, 0x4E00 + 1200)))
    fails("plot many.txt", "many.txt has 1,201 symbols, more than the 1,000 that a plot can show.")


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
    examples = list(find_examples())
    commands = {"sample", "score", "top", "tune", "count", "plot", "arpa"}
    assert {command.split()[0] for command, _ in examples} >= commands
    for command, output in examples:
        status, out, err = call(command)
        assert status == 0, command
        assert (out + err).rstrip("\n") == output, command
