"""The program as a process: how it starts, and how it ends."""

import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

import sklearn_bigram
from sklearn_bigram.cli._main import phrase
from sklearn_bigram.exceptions import (
    EndlessNameError,
    ExcludedError,
    ImpossibleError,
    InvalidLineError,
    TooManyStatesError,
    UnknownSymbolsError,
)
from tests.cli.program import PROGRAM, run


def test_only_the_imports_of_a_command_are_made():
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


def test_the_exit_status_is_that_of_main():
    assert run("--version").stdout == f"sklearn-bigram {sklearn_bigram.__version__}\n".encode()
    result = run("sample")
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.startswith(b"sklearn-bigram: the following arguments are required: NAMES")


def test_the_console_script_is_main():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="sklearn-bigram")
    assert script.load() is sklearn_bigram.cli.main


def test_text_is_utf8_whatever_the_locale():
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    result = run("score", "few.txt", "-", env={**os.environ, **locale}, input="zoë\n".encode())
    assert result.stdout == "-inf\tinf\tzoë\n".encode()


def test_a_closed_pipe_is_quiet():
    command = shlex.join([*PROGRAM, "sample", "few.txt", "-n", "100000"])
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


def test_a_closed_input_is_a_mistake():
    script = f"{shlex.join([*PROGRAM, 'sample', '-'])} <&-"
    result = subprocess.run(["bash", "-c", script], capture_output=True, timeout=120)
    assert result.returncode == 2
    assert result.stderr == b"sklearn-bigram: standard input is closed.\n"


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
        time.sleep(0.2)  # until it waits for more
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert not Path("counts.npz").exists()


PHRASES = {
    "unknown": (UnknownSymbolsError(["ß"], "pattern"), "--pattern holds unknown symbols: 'ß'. No"),
    "line": (InvalidLineError("a.txt", 3, "not UTF-8 text", "convert it"), "a.txt, line 3: not"),
    "all excluded": (ExcludedError(0), "--new and --distinct leave no name that"),
    "excluded": (ExcludedError(1e-5), "--new and --distinct leave 1e-05 of the probability"),
    "cold": (ImpossibleError(0.01), "At temperature=0.01, the probability that a name ends"),
    "impossible": (ImpossibleError(1), "The probability that a name ends and meets"),
    "endless": (
        EndlessNameError(70_000),
        "A name reached 70,000 symbols without ending",
    ),
    "states": (TooManyStatesError(16_384, 11), "The constraints need more than 16,384 states"),
    "system": (FileNotFoundError(2, "No such file", "a.txt"), "a.txt: No such file"),
    "output": (OSError(28, "No space left"), "standard output: No space left"),
    "without text": (MemoryError(), "MemoryError"),
}


@pytest.mark.parametrize(("error", "start"), PHRASES.values(), ids=PHRASES)
def test_errors_are_phrased_in_options_of_the_command_line(error, start):
    sentence = phrase(error)
    assert sentence.startswith(start)
    python_only = ("min_length", "max_length", "most_probable", "handle_unknown", "open(")
    assert not any(word in sentence for word in python_only)
