"""The command score, compared with scores that are computed and printed one by one."""

import json
import random
from math import inf
from pathlib import Path

import pytest

from sklearn_bigram.cli._commands import fit
from sklearn_bigram.cli._parser import build_parser
from tests.cli.program import FEW, write
from tests.helpers import set_sizes

BOM = "\ufeff"
ODD = [*"aemnvABX.Σßéİ中😀\r\t \0\x85\u2028", BOM, "emma", "ANN", "aΣ", "\r\r", "mmmmmmmm"]
NAMES = {"few.txt": FEW, "dots.txt": [*FEW, "a.b", "é"], "wide.txt": [*FEW, "中😀", "aς", "i̇"]}


def score_one_by_one(line, text):
    """Return what a command line prints to standard output and standard error."""
    args = build_parser().parse_args(line.split())
    model = fit(args)
    rows = [score_string(model, args, *pair) for pair in enumerate(text.split("\n"), 1)]
    rows = [row for row in rows if row["string"]]
    unknown = [row["string"] for row in rows if row["bigrams"] is None]
    chosen = [row for row in rows if args.below is None or row["standard_score"] < args.below]
    if args.sort:
        chosen.sort(key=lambda row: row["standard_score"])
    out = "".join(format_row(args, row) for row in chosen)
    if not unknown:
        return out, ""
    may_help = any(set(model.symbols_[1:]).issuperset(string.lower()) for string in unknown)
    return out, (
        f"sklearn-bigram: {len(unknown)} of {len(rows)} strings contain a symbol that does not "
        f"occur in {args.names}: they are impossible{' (--lowercase may help)' * may_help}.\n"
    )


def score_string(model, args, number, line):
    string = line.removesuffix("\r").lstrip(BOM)
    row = {"line": number, "string": string, "standard_score": -inf, "nll": inf, "bigrams": None}
    name = string.lower() if args.lowercase else string
    if set(model.symbols_[1:]).issuperset(name):
        row["standard_score"] = float(model.standard_score_samples([name])[0])
        row["nll"] = float(-model.score_samples([name])[0] / (len(name) + 1))
        row["bigrams"] = model.explain(name)
    return row


def format_row(args, row):
    if not args.json:
        lines = [f"{row['standard_score']:.2f}\t{row['nll']:.4f}\t{row['string']}"]
        if args.explain and row["bigrams"] is not None:
            lines += [f"    {line}" for line in str(row["bigrams"]).split("\n")[1:]]
        return "\n".join([*lines, ""])
    values = {name: None if value in (inf, -inf) else value for name, value in row.items()}
    table = values.pop("bigrams")
    if args.explain:
        values["bigrams"] = table and [
            {
                name: None if getattr(table, name)[i] == -inf else getattr(table, name)[i]
                for name in ("first", "second", "log_proba", "best", "best_log_proba")
            }
            for i in range(len(table.first))
        ]
    return json.dumps(values, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("n_bytes", [1, 40, 2**17])
@pytest.mark.parametrize("lowercase", ["", "--lowercase"])
def test_strings_of_all_kinds_are_scored_as_one_by_one(
    names, n_bytes, lowercase, call, monkeypatch
):
    set_sizes(monkeypatch, bytes_per_reading=n_bytes, strings_per_print=7)
    write(names, NAMES[names])
    rng = random.Random(0)
    for options in ("", "--alpha 0", "--sort", "--below -1", "--json", "--explain --below 0"):
        n_kinds = rng.randint(1, len(ODD))
        kinds = rng.sample(ODD, n_kinds) + FEW
        strings = ["".join(rng.choices(kinds, k=rng.randint(0, 3))) for _ in range(60)]
        text = "".join(string + rng.choice(["\n", "\r\n"]) for string in strings)
        text += rng.choice(["", "emma", BOM])
        Path("strings.txt").write_bytes(text.encode())
        line = f"score {names} strings.txt {lowercase} {options}"
        assert call(line) == (0, *score_one_by_one(line, text)), line


@pytest.mark.parametrize(
    "options", ["--sort --below 0", "--sort --json", "--json --explain --alpha 0", "--model neural"]
)
def test_options_of_score_go_together(options, call, monkeypatch):
    set_sizes(monkeypatch, bytes_per_reading=20, strings_per_print=3)
    text = "\n".join(["vvv", "", "emma", "x", "zoë", *FEW, "a" * 300, "Emma", "annnnn"])
    Path("strings.txt").write_bytes(text.encode())
    line = f"score few.txt strings.txt {options}"
    assert call(line) == (0, *score_one_by_one(line, text))


def test_blank_lines_have_numbers_but_no_scores(call, monkeypatch):
    set_sizes(monkeypatch, bytes_per_reading=2)
    for text in ("", "\n\n\n", "\r\n", BOM, "\n\n\nemma\n\n"):
        Path("strings.txt").write_bytes(text.encode())
        for options in ("", "--json", "--sort"):
            line = f"score few.txt strings.txt {options}"
            assert call(line) == (0, *score_one_by_one(line, text))


@pytest.mark.parametrize("options", ["", "--sort", "--json"])
def test_nothing_is_written_where_no_string_is_chosen(options, call):
    for text in ("", "\n", "emma\n"):
        Path("strings.txt").write_bytes(text.encode("utf-16"))
        line = f"score few.npz strings.txt --below -99 --encoding utf-16 {options}"
        assert call(line, "latin-1") == (0, "", "")
