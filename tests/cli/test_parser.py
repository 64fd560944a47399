"""The options of the commands, their help, and values that they refuse."""

import os
import re

import pytest

import sklearn_bigram

COMMANDS = ["demo", "sample", "score", "top", "tune", "count", "plot", "arpa"]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_an_example(command, call):
    status, out, err = call(f"{command} --help")
    assert (status, err) == (0, "")
    assert f"example: sklearn-bigram {command} " in " ".join(out.split())


def test_the_help_lists_the_commands(lines):
    out = lines("--help")
    assert re.findall(r"^    (\w+) ", "\n".join(out), re.M) == COMMANDS


def test_the_version_is_that_of_the_package(lines):
    assert lines("--version") == [f"sklearn-bigram {sklearn_bigram.__version__}"]


REFUSED = {
    "": "the following arguments are required: COMMAND",
    "sing": "argument COMMAND: invalid choice: 'sing'",
    "sample": "the following arguments are required: NAMES",
    "sample few.txt -n 0": "argument -n: '0' is not a whole number from 1 on",
    "sample few.txt -n 1.5": "argument -n: '1.5' is not a whole number from 1 on",
    "sample few.txt --seed=-1": "argument --seed: '-1' is not a whole number from 0 on",
    "sample few.txt --temperature 0": "'0' is not a number above 0",
    "sample few.txt --temperature nan": "'nan' is not a number above 0",
    "sample few.txt --alpha inf": "argument --alpha: 'inf' is not a number from 0 on",
    "sample few.txt --smoothing good": "argument --smoothing: invalid choice: 'good'",
    "sample few.txt --encoding klingon": "'klingon' is not the name of an encoding",
    "sample few.txt --encoding base64": "'base64' is not the name of an encoding",
    "tune few.txt --folds 1": "argument --folds: '1' is not a whole number from 2 on",
    "count few.txt": "the following arguments are required: -o/--output",
    "count few.txt -o counts.txt": "'counts.txt' must end in .npz, by which counts are known",
    "count few.txt -o none/counts.npz": "'none/counts.npz' is not in a folder that exists",
    "plot few.txt -o .png/b.png": "'.png/b.png' is not in a folder that exists",
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
