"""The options of the commands, their help, and values that they refuse."""

import os
import re

import pytest

import sklearn_bigram
from sklearn_bigram.cli._option_types import utf8

COMMANDS = ["demo", "sample", "score", "top", "tune", "count", "plot", "explore", "arpa"]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_an_example(command, call):
    status, out, err = call(f"{command} --help")
    assert (status, err) == (0, "")
    assert f"example: sklearn-bigram {command} " in " ".join(out.split())


def test_the_help_lists_the_commands(lines):
    out = lines("--help")
    assert re.findall(r"^    (\w+) ", "\n".join(out), re.M) == COMMANDS


def test_the_help_explains_statuses_suffixes_and_patterns(lines):
    out = " ".join(" ".join(lines("--help")).split())
    assert "compressed (.gz), or a counts file written by `count` (.npz)" in out
    assert "The exit status is 0 for success, 2 for a mistake in the options" in out
    out = " ".join(" ".join(lines("sample --help")).split())
    assert "* stands for any number of symbols" in out
    assert "(.gz: compressed)" in out


def test_an_argument_is_utf8_and_otherwise_what_the_locale_says():
    assert utf8("zoë") == "zoë"
    assert utf8(os.fsdecode(b"zo\xc3\xab")) == "zoë"
    assert utf8(os.fsdecode(b"zo\xeb")) == os.fsdecode(b"zo\xeb")
    assert utf8("\ud800") == "\ud800"


def test_the_version_is_that_of_the_package(lines):
    assert lines("--version") == [f"sklearn-bigram {sklearn_bigram.__version__}"]


REFUSED = {
    "": "the following arguments are required: COMMAND",
    "sing": "argument COMMAND: invalid choice: 'sing'",
    "sample": "the following arguments are required: NAMES",
    "explore few.txt -o page.png": "'page.png' must end in .html or .htm",
    "explore few.txt -o page": "'page' must end in .html or .htm",
    "explore few.txt -o missing/page.html": "the folder of 'missing/page.html' does not exist",
    "sample few.txt -n 0": "argument -n: '0' is not an integer >= 1",
    "sample few.txt -n 1.5": "argument -n: '1.5' is not an integer >= 1",
    "sample few.txt --seed=-1": "argument --seed: '-1' is not an integer >= 0",
    "sample few.txt --temperature 0": "'0' is not a number > 0",
    "sample few.txt --temperature nan": "'nan' is not a number > 0",
    "sample few.txt --alpha inf": "argument --alpha: 'inf' is not a number >= 0",
    "sample few.txt --regex (": "argument --regex: '(' is not a regular expression: missing )",
    "sample few.txt --regex a{99999999999}": "regular expression: the repetition number is too",
    "top few.txt --regex a --pattern b": "argument --pattern: not allowed with argument --regex",
    "sample few.txt --smoothing good": "argument --smoothing: invalid choice: 'good'",
    "sample few.txt --encoding klingon": "'klingon' is not a known text encoding",
    "sample few.txt --encoding base64": "'base64' is not a known text encoding",
    "sample few.txt --encoding idna": "'idna' cannot encode text line by line",
    "sample few.txt --encoding punycode": "'punycode' cannot encode text line by line",
    "score few.txt --below nan": "argument --below: 'nan' is not a number",
    "score few.txt --below low": "argument --below: 'low' is not a number",
    "top few.txt -k 10000001": "'10000001' is more than the maximum, 10,000,000",
    "demo -o -": "argument -o/--output: - is standard output, which gets the results",
    "tune few.txt --plot -": "argument --plot: - is standard output, which gets the results",
    "count few.txt -o -": "'-' must end in .npz",
    "tune few.txt --folds 1": "argument --folds: '1' is not an integer >= 2",
    "count few.txt": "the following arguments are required: -o/--output",
    "count few.txt -o counts.txt": "'counts.txt' must end in .npz, the suffix of counts files",
    "count few.txt -o none/counts.npz": "the folder of 'none/counts.npz' does not exist",
    "plot few.txt -o .png/b.png": "the folder of '.png/b.png' does not exist",
    "plot few.txt -o a.xyz": "'a.xyz' must end in .png, .svg, .pdf",
    "arpa few.txt -o .": "'.' is a folder",
    "demo --names few.txt --fetch": "argument --fetch: not allowed with argument --names",
}


@pytest.mark.parametrize(("line", "message"), REFUSED.items(), ids=REFUSED)
def test_a_bad_option_is_refused_in_one_line_that_points_to_the_help(line, message, call, fails):
    before = sorted(os.listdir())
    fails(line, message)
    command = f"sklearn-bigram {line.split()[0]}" if line.split()[:1] != ["sing"] and line else ""
    assert call(line)[2].endswith(f" (see {command or 'sklearn-bigram'} --help)\n")
    assert sorted(os.listdir()) == before
