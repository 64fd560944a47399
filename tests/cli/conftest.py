"""A folder of files to work in, and ways to call the program in this process."""

import io
import shlex

import pytest

from sklearn_bigram import count_bigrams
from sklearn_bigram.cli import main
from tests.cli.program import FEW, ROOT, Stream, write


@pytest.fixture(autouse=True)
def folder(names, tmp_path, monkeypatch):
    """Work in a folder with the bundled names, a few names, and counts of these."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    monkeypatch.chdir(tmp_path)
    write("names.txt", names)
    write("few.txt", FEW)
    count_bigrams(FEW).save("few.npz")
    return tmp_path


@pytest.fixture
def call(monkeypatch):
    """Return a function that runs a command line, and returns the status and both outputs."""

    def run_here(line, encoding="utf-8", *, out_is_terminal=False, err_is_terminal=False):
        out = Stream(is_terminal=out_is_terminal)
        err = Stream("utf-8", is_terminal=err_is_terminal)
        with monkeypatch.context() as patch:
            patch.setattr("sys.stdout", out)
            patch.setattr("sys.stderr", err)
            try:
                status = main(shlex.split(line))
            except SystemExit as error:
                status = error.code
        return status, out.text(encoding), err.text()

    return run_here


@pytest.fixture
def lines(call):
    """Return a function that runs a command line that succeeds, and returns its lines."""

    def run_here(line, encoding="utf-8"):
        status, out, err = call(line, encoding)
        assert (status, err) == (0, "")
        assert out == "" or out.endswith("\n")
        return out.split("\n")[:-1]

    return run_here


@pytest.fixture
def stdin(monkeypatch):
    """Return a function that sets the bytes of standard input."""

    def give(data):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), "ascii"))

    return give


@pytest.fixture
def fails(call):
    """Return a function that asserts that a line ends with an error of one line and no output."""

    def assert_fails(line, message, status=2):
        found, out, err = call(line)
        assert (found, out) == (status, "")
        assert err.startswith("sklearn-bigram: ")
        assert message in err
        assert err.count("\n") == 1
        assert "tokenizer" not in err.lower()

    return assert_fails
