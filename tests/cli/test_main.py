"""The program as a process: how it starts, and how it ends."""

import errno
import io
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
from sklearn_bigram import BigramCounts, CountBigramLM
from sklearn_bigram.cli import _main, main
from sklearn_bigram.cli._main import phrase
from sklearn_bigram.exceptions import (
    EndlessNameError,
    ExcludedError,
    ImpossibleError,
    InvalidLineError,
    RegexInGlobError,
    TooFewNamesError,
    TooManyStatesError,
    UnknownSymbolsError,
)
from tests.cli.program import PROGRAM, Stream, run, write


def test_only_the_imports_of_a_command_are_made():
    program = (
        "import sys\n"
        "from sklearn_bigram.cli import main\n"
        "try: main(['sample', '--help'])\n"
        "except SystemExit: pass\n"
        "print('>', {'numpy', 'scipy', 'sklearn'} & set(sys.modules))\n"
        "import numpy, scipy, sklearn.base, sklearn.utils.validation\n"
        "before = set(sys.modules)\n"
        "heavy = {'torch', 'matplotlib', 'pandas', 'dask', 'sklearn.model_selection'}\n"
        "heavy |= {'sklearn.preprocessing', 'sklearn.feature_extraction', 'sklearn.metrics'}\n"
        "ours = {'_neural', '_classifier', '_outlier', '_contamination', '_learning_by_class'}\n"
        "heavy |= {f'sklearn_bigram.models.{name}' for name in ours}\n"
        "ours = {'_display', '_name_display', 'datasets', 'cli._tuning', 'cli._demo'}\n"
        "heavy |= {f'sklearn_bigram.{name}' for name in ours}\n"
        "for command in ('sample few.txt', 'score few.txt few.txt', 'top few.txt',\n"
        "                'count few.txt -o few.npz', 'arpa few.txt -o few.arpa'):\n"
        "    main(command.split())\n"
        "    print('>', command[:5], heavy & (set(sys.modules) - before))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    ).stdout.splitlines()
    found = [line for line in out if line.startswith(">")]
    commands = ["", "sampl ", "score ", "top f ", "count ", "arpa  "]
    assert found == [f"> {command}set()" for command in commands]


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
    line = ["top", "names.txt", "--pattern", "?ë", "--new"]
    write("names.txt", ["zoë", "noë"])
    result = run(*line, env={**os.environ, **locale})
    assert result.stdout == run(*line).stdout
    assert {line.split("\t")[1] for line in result.stdout.decode().splitlines()} == {
        f"{letter}ë" for letter in "znoë"
    }


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


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("line", ["--help", "--version", "sample --help"])
def test_help_that_cannot_be_written_is_a_failure(line, unbuffered):
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "wb") as full:
        result = run(*line.split(), stdout=full, stderr=-1, capture_output=False, env=env)
    assert result.returncode == 1
    assert result.stderr == b"sklearn-bigram: standard output: No space left on device\n"


@pytest.mark.parametrize("line", ["sample few.txt", "--help"])
def test_a_closed_output_is_a_failure(line):
    script = f"{shlex.join([*PROGRAM, *line.split()])} >&-"
    result = subprocess.run(["bash", "-c", script], capture_output=True, timeout=120)
    assert result.returncode == 1
    assert result.stderr == b"sklearn-bigram: standard output is closed\n"


@pytest.mark.parametrize("option", ["", "--json"])
def test_remarks_are_not_among_the_results_if_standard_error_is_closed(option, call, monkeypatch):
    write("strings.txt", ["emma", "x"])
    line = f"score few.txt strings.txt {option}"
    _, expected, err = call(line)
    assert "1 of 2 strings contain a symbol" in err
    out = Stream()
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", None)
        assert main(shlex.split(line)) == 0
        assert sys.stderr is None
    assert out.text() == expected


def test_standard_error_may_be_closed():
    command = shlex.join([*PROGRAM, "score", "few.txt", "strings.txt"])
    write("strings.txt", ["emma", "x"])
    result = subprocess.run(["bash", "-c", f"{command} 2>&-"], capture_output=True, timeout=120)
    assert result.returncode == 0
    assert [line.split(b"\t")[-1] for line in result.stdout.splitlines()] == [b"emma", b"x"]


class FullStream(io.StringIO):
    """A stream that cannot be written."""

    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_remark_that_cannot_be_written_changes_nothing(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", Stream())
        patch.setattr("sys.stderr", FullStream())
        assert main(["count", "few.txt", "-o", "counts.npz"]) == 0
        assert main(["sample", "none.txt"]) == 2
        with pytest.raises(SystemExit, match="2"):
            main(["sample"])
    assert BigramCounts.load("counts.npz") == BigramCounts.load("few.npz")


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
@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
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


@pytest.mark.slow
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
@pytest.mark.slow
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


@pytest.fixture
def interruptible():
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_waits_until_imports_are_complete(call, monkeypatch):
    completed = []

    def import_interrupted(name):
        signal.raise_signal(signal.SIGINT)
        completed.append(name)

    monkeypatch.setattr(_main, "import_module", import_interrupted)
    assert call("sample few.txt") == (130, "", "")
    assert completed == ["sklearn_bigram.cli._commands"]


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_waits_until_matplotlib_is_imported(call, monkeypatch):
    import matplotlib

    completed = []

    def use(backend):
        signal.raise_signal(signal.SIGINT)
        completed.append(backend)

    monkeypatch.setattr(matplotlib, "use", use)
    assert call("plot few.txt") == (130, "", "")
    assert completed == ["agg"]


def test_signals_are_not_held_where_that_cannot_be_done(lines, monkeypatch):
    monkeypatch.delattr(signal, "pthread_sigmask")
    assert len(lines("sample few.txt")) == 10


def test_handlers_of_signals_are_as_before_after_a_call(lines):
    before = [signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)]
    lines("sample few.txt")
    assert [signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)] == before


def test_the_command_line_can_be_called_in_any_thread(lines):
    with ThreadPoolExecutor(1) as threads:
        assert len(threads.submit(lines, "sample few.txt").result()) == 10


PHRASES = {
    "unknown": (UnknownSymbolsError(["ß"], "pattern"), "--pattern holds unknown symbols: 'ß'. No"),
    "glob": (RegexInGlobError("a.b", "."), "--pattern is 'a.b', a glob, in which '.' stands for"),
    "line": (InvalidLineError("a.txt", 3, "not UTF-8 text", "convert it"), "a.txt, line 3: not"),
    "all excluded": (ExcludedError(0), "--new leaves no name that"),
    "excluded": (ExcludedError(1e-5), "--new leaves 1e-05 of the probability"),
    "cold": (ImpossibleError(0.01), "At temperature=0.01, the probability that a name ends"),
    "impossible": (ImpossibleError(1), "The probability that a name ends and meets"),
    "endless": (
        EndlessNameError(70_000),
        "A name reached 70,000 symbols without ending",
    ),
    "few": (TooFewNamesError(703, 10**5), "The number of distinct names that have a probability"),
    "states": (TooManyStatesError(16_384, 11), "The constraints need more than 16,384 states"),
    "system": (FileNotFoundError(2, "No such file", "a.txt"), "a.txt: No such file"),
    "output": (OSError(28, "No space left"), "standard output: No space left"),
    "without text": (MemoryError(), "MemoryError"),
}


@pytest.mark.parametrize(("error", "start"), PHRASES.values(), ids=PHRASES)
def test_errors_are_phrased_in_options_of_the_command_line(error, start):
    sentence = phrase(error)
    assert sentence.startswith(start)
    python_only = (
        "min_length",
        "max_length",
        "most_probable",
        "handle_unknown",
        "open(",
        "n_samples",
    )
    assert not any(word in sentence for word in python_only)
