"""The program as a process: how it starts, and how it ends."""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

import sklearn_bigram
from sklearn_bigram import CountBigramLM
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


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
@pytest.mark.parametrize(
    "line", ["count few.txt -o full.npz", "arpa few.txt -o full.gz", "plot few.txt -o full.png"]
)
def test_a_full_device_is_a_failure(line, fails):
    path = line.split()[-1]
    os.symlink("/dev/full", path)
    before = sorted(os.listdir())
    fails(line, f"sklearn-bigram: {path}: No space left on device", status=1)
    assert sorted(os.listdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", ["count names.txt -o few.npz", "arpa names.txt -o few.txt", "plot names.txt -o a.png"]
)
def test_a_full_disk_leaves_the_old_file(line):
    resource = pytest.importorskip("resource")
    before = {path: Path(path).read_bytes() for path in os.listdir()}

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    # The files of coverage would be too large as well.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    result = run(*line.split(), preexec_fn=limit, env={**env, "MPLCONFIGDIR": "/nowhere"})
    assert result.returncode == 1
    assert result.stderr.endswith(f"sklearn-bigram: {line.split()[-1]}: File too large\n".encode())
    assert b"Traceback" not in result.stderr
    assert {path: Path(path).read_bytes() for path in os.listdir()} == before


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


SIGNALS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}


def obey_signals():
    """Undo in a new process that the tests may have been told to ignore signals, as by nohup."""
    for name in SIGNALS:
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def start(*arguments):
    """Start the program in a process that obeys signals."""
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=obey_signals,
    )


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_during_a_count_is_quiet_and_leaves_no_file(workers, name):
    os.mkfifo("pipe")
    before = sorted(os.listdir())
    process = start("count", "few.txt", "pipe", "-o", "counts.npz", "--workers", workers)
    with process, open_when_read("pipe", process):
        time.sleep(0.2)  # until it waits for more
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (SIGNALS[name], b"", b"")
    assert sorted(os.listdir()) == before


SIGNALLED_WHILE_WRITING = """
import os, signal, sys
from sklearn_bigram.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
def replace(*paths):
    assert len(os.listdir()) == int(sys.argv[2]) + 1  # the new file, under another name
    for _ in range(3):
        signal.raise_signal(int(sys.argv[1]))
os.replace = replace
raise SystemExit(main(sys.argv[3:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("line", ["count names.txt -o few.npz", "arpa names.txt -o few.txt"])
def test_a_signal_before_a_file_is_complete_leaves_the_old_one(line, name):
    before = {path: Path(path).read_bytes() for path in os.listdir()}
    arguments = [str(int(getattr(signal, name))), str(len(before)), *line.split()]
    program = [sys.executable, "-c", SIGNALLED_WHILE_WRITING, *arguments]
    result = subprocess.run(program, capture_output=True, timeout=120)
    assert (result.returncode, result.stdout, result.stderr) == (SIGNALS[name], b"", b"")
    assert {path: Path(path).read_bytes() for path in os.listdir()} == before


@pytest.mark.parametrize("names", [("SIGTERM", "SIGHUP"), ("SIGHUP", "SIGTERM")])
def test_a_second_signal_does_not_keep_the_file_from_being_removed(names):
    numbers = [int(getattr(signal, name)) for name in names]
    before = sorted(os.listdir())
    program = (
        "import os, pathlib, signal\n"
        "from sklearn_bigram.cli import main\n"
        "signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        f"os.replace = lambda *paths: signal.raise_signal({numbers[0]})\n"
        "unlink = pathlib.Path.unlink\n"
        "def remove(*args, **options):\n"
        f"    signal.raise_signal({numbers[1]})\n"
        "    unlink(*args, **options)\n"
        "pathlib.Path.unlink = remove\n"
        "raise SystemExit(main(['count', 'few.txt', '-o', 'counts.npz']))\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=120)
    assert (result.returncode, result.stderr) == (SIGNALS[names[0]], b"")
    assert sorted(os.listdir()) == before


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="there is no /dev/stdout")
def test_output_to_a_descriptor_goes_where_standard_output_goes(lines):
    expected = "\n".join(lines("arpa few.txt"))
    arpa = shlex.join([*PROGRAM, "arpa", "few.txt", "-o"])
    script = (
        f"echo old > a.txt; {{ echo before; {arpa} /dev/stdout; echo after; }} >> a.txt; "
        f"{arpa} /dev/fd/1 | cat > b.txt; {arpa} >(cat > c.txt); wait $!"
    )
    subprocess.run(["bash", "-c", script], check=True, timeout=120)
    assert Path("a.txt").read_text() == f"old\nbefore\n{expected}\nafter\n"
    assert Path("b.txt").read_text() == Path("c.txt").read_text() == f"{expected}\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_ends_a_program_whose_output_nobody_reads(name):
    process = start("sample", "few.txt", "-n", "10000000")
    with process:
        process.stdout.read(1)
        time.sleep(0.5)  # until the pipe is full
        process.send_signal(getattr(signal, name))
        assert process.wait(timeout=60) == SIGNALS[name]
        assert process.stderr.read() == b""


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_does_not_wait_for_the_threads(name):
    os.mkfifo("pipe.gz")  # a thread waits for it for ever
    before = sorted(os.listdir())
    process = start("count", "pipe.gz", "-o", "counts.npz", "--workers", "2")
    with process, open_when_read("pipe.gz", process):
        time.sleep(0.2)  # until it waits for more
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (SIGNALS[name], b"", b"")
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_thread_that_runs_on_ends_with_the_program(name, call, monkeypatch):
    statuses, end = [], threading.Event()

    def run_on(*args, **options):
        threading.Thread(target=end.wait).start()
        signal.raise_signal(getattr(signal, name))

    monkeypatch.setattr(CountBigramLM, "sample", run_on)
    monkeypatch.setattr(os, "_exit", statuses.append)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert call("sample few.txt") == (SIGNALS[name], "", "")
    finally:
        signal.signal(signal.SIGINT, handler)
        end.set()
    assert statuses == [SIGNALS[name]]


@pytest.mark.slow
def test_a_signal_that_the_caller_ignores_is_ignored():
    script = f"trap '' TERM HUP; {shlex.join([*PROGRAM, 'sample', '-'])}"
    process = subprocess.Popen(["bash", "-c", script], stdin=subprocess.PIPE, stdout=-1, stderr=-1)
    with process:
        process.stdin.write(b"emma\n")
        process.stdin.flush()
        time.sleep(2)  # until it waits for more
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGHUP)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out.count(b"\n"), err) == (0, 10, b"")


def test_handlers_of_signals_are_as_before_after_a_call(lines):
    before = [signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)]
    lines("sample few.txt")
    assert [signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)] == before


def test_the_command_line_can_be_called_in_any_thread(lines):
    with ThreadPoolExecutor(1) as threads:
        assert len(threads.submit(lines, "sample few.txt").result()) == 10


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
