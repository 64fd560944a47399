"""What can be counted: paths, files, streams; and files that are damaged or change."""

import errno
import gzip
import io
import os
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sklearn_bigram import NameTokenizer, count_bigrams
from sklearn_bigram.counting import _file_tasks as tasks_module
from tests.counting.executors import Inline
from tests.helpers import as_counter, count_by_hand, set_sizes

NAMES = ["emma", "olivia", "ava", "zoë", "李明", "anne-marie", "o b", "\t", "a\0"]
TEXT = "".join(f"{name}\n" for name in NAMES).encode()
BOM = b"\xef\xbb\xbf"
MB = 2**20

pytestmark = pytest.mark.filterwarnings("ignore:.* holds many NUL characters:UserWarning")


def write(path, data):
    """Write a file, compressed if its name says so, and return its path."""
    path.write_bytes(gzip.compress(data, 1) if path.name.lower().endswith(".gz") else data)
    return path


# Files


class AnyPath(os.PathLike):
    """A path that is neither a str nor a Path."""

    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return str(self.path)


PATHS = {
    "str": str,
    "Path": Path,
    "PathLike": AnyPath,
    "list": lambda path: [path],
    "tuple": lambda path: (path,),
    "list of PathLike": lambda path: [AnyPath(path)],
}


@pytest.mark.parametrize(
    "name", ["names.txt", "names", "names.gz", "names.txt.gz", "n.txt.GZ", ".gz"]
)
def test_a_file_is_counted_by_any_path(name, tmp_path):
    path = write(tmp_path / name, TEXT)
    for make in PATHS.values():
        counts = count_bigrams(make(path), block_size=5)
        assert as_counter(counts) == count_by_hand(NAMES)


def test_a_gz_of_two_members_is_counted_whole(tmp_path):
    path = tmp_path / "names.gz"
    path.write_bytes(gzip.compress(TEXT[:20]) + gzip.compress(TEXT[20:]))
    assert as_counter(count_bigrams(path)) == count_by_hand(NAMES)


@pytest.mark.parametrize("executor", [None, Inline()], ids=["here", "executor"])
def test_a_compressed_file_is_one_task_of_an_executor(executor, tmp_path):
    paths = [write(tmp_path / f"{i}.gz", TEXT * (i + 1)) for i in range(3)]
    counts = count_bigrams(paths, executor=executor, block_size=3)
    assert as_counter(counts) == count_by_hand(NAMES * 6)
    assert executor is None or executor.n_submitted == 3
    bad = write(tmp_path / "bad.gz", TEXT + b"a.b\n")
    with pytest.raises(ValueError, match=rf"^{bad}, line {len(NAMES) + 1}: the name is 'a\.b'"):
        count_bigrams([*paths, bad], executor=executor)


@pytest.mark.parametrize("block_size", [1000, np.int16(30_000), 10**6])
def test_a_file_of_one_line_is_read_once(path, block_size, monkeypatch):
    path.write_bytes(b"emma" * 50_000)
    n_read = []

    class Reading(io.FileIO):
        def readinto(self, buffer):
            n_read.append(n := super().readinto(buffer))
            return n

    monkeypatch.setattr(
        tasks_module, "open", lambda *args: io.BufferedReader(Reading(args[0])), raising=False
    )
    counts = count_bigrams(path, block_size=block_size)
    assert counts.matrix.sum() == 200_001
    n_blocks = 200_000 // int(block_size) + 1
    assert sum(n_read) <= 2 * 200_000 + n_blocks * 2 * io.DEFAULT_BUFFER_SIZE


@pytest.mark.parametrize("suffix", [".txt", ".gz"])
def test_lines_are_numbered_in_each_of_several_files(suffix, tmp_path):
    paths = [tmp_path / f"{i}{suffix}" for i in range(3)]
    for path, text in zip(paths, [b"a\nb\nc", b"\n", b"d\n\nzo\xeb\n"], strict=True):
        write(path, text)
    for block_size in (1, 3, 100):
        with pytest.raises(ValueError, match=f"^{paths[2]}, line 3: not UTF-8"):
            count_bigrams(paths, block_size=block_size)
    write(paths[2], b"zo\xeb\n")
    with pytest.raises(ValueError, match=f"^{paths[2]}, line 1: not UTF-8"):
        count_bigrams(paths)


# Streams


class Dribble(io.RawIOBase):
    """An unbuffered stream that returns a few bytes at a time."""

    def __init__(self, data, size=3):
        self.stream, self.size = io.BytesIO(data), size

    def readable(self):
        return True

    def readinto(self, buffer):
        return self.stream.readinto(memoryview(buffer)[: self.size])


def open_gz(data, path):
    return gzip.open(write(path.with_suffix(".gz"), data))


def open_file(data, path, buffering=-1):
    path.write_bytes(data)
    return open(path, "rb", buffering=buffering)


STREAMS = {
    "BytesIO": lambda data, path: io.BytesIO(data),
    "file": open_file,
    "unbuffered file": lambda data, path: open_file(data, path, 0),
    "gzip": open_gz,
    "short reads": lambda data, path: Dribble(data),
    "single bytes": lambda data, path: Dribble(data, 1),
    "buffered short reads": lambda data, path: io.BufferedReader(Dribble(data), 4),
}


@pytest.mark.parametrize("open_stream", STREAMS.values(), ids=STREAMS)
def test_binary_streams_are_counted(open_stream, path, monkeypatch):
    for block_size in (1, 7, 2**23):
        with open_stream(TEXT, path) as stream:
            counts = count_bigrams(stream, block_size=block_size)
            assert not stream.closed
        assert as_counter(counts) == count_by_hand(NAMES)
    set_sizes(monkeypatch, max_bytes_read=2)
    with open_stream(TEXT, path) as stream:
        assert as_counter(count_bigrams(stream)) == count_by_hand(NAMES)


def test_a_stream_is_counted_from_its_position():
    stream = io.BytesIO(b"emma\nava\nzoe\n")
    stream.seek(5)
    assert as_counter(count_bigrams(stream)) == count_by_hand(["ava", "zoe"])


def test_a_stream_with_a_name_is_named(path):
    path.write_bytes(b"ann\n\xff")
    with open(path, "rb") as stream, pytest.raises(ValueError, match=f"^{path}, line 2: not UTF-8"):
        count_bigrams(stream, block_size=1)
    with open(os.dup(os.open(path, os.O_RDONLY)), "rb") as stream:
        assert isinstance(stream.name, int)
        with pytest.raises(ValueError, match=r"^The stream, line 2: not UTF-8"):
            count_bigrams(stream)


class Broken(io.RawIOBase):
    """A stream that the system cannot read."""

    def read(self, size):
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_an_error_of_the_system_names_the_stream():
    with pytest.raises(OSError, match=r"'The stream'$") as error:
        count_bigrams(Broken())
    assert (error.value.errno, error.value.filename) == (errno.EIO, "The stream")


def test_an_error_of_the_system_names_the_file(path, monkeypatch):
    monkeypatch.setattr(tasks_module, "count_lines", lambda *_, **__: Broken().read(1))
    with pytest.raises(OSError, match=f"'{path}'$"):
        count_bigrams(path)


class Waiting(Dribble):
    """A non-blocking stream that has nothing to read yet, once."""

    waited = False

    def readinto(self, buffer):
        if self.stream.tell() > 5 and not self.waited:
            self.waited = True
            return None
        return super().readinto(buffer)


def test_a_non_blocking_stream_is_not_cut_off_in_silence():
    with pytest.raises(OSError):  # noqa: PT011 - which one, and its message, are free
        count_bigrams(Waiting(TEXT), block_size=1)


@pytest.mark.parametrize("buffering", [0, -1])
@pytest.mark.parametrize("written", [b"", b"emma\n", b"emma\nav"])  # the last, Python refuses
def test_a_pipe_that_does_not_block_is_refused(buffering, written):
    end, other = os.pipe()
    os.set_blocking(end, False)
    with open(end, "rb", buffering=buffering) as stream, open(other, "wb", buffering=0) as writer:
        writer.write(written)
        with pytest.raises(OSError, match=r"^The stream .*: open it|not 'NoneType'"):
            count_bigrams(stream)


def test_a_pipe_is_counted_as_it_comes(path):
    os.mkfifo(path)
    with ThreadPoolExecutor(1) as executor:
        writing = executor.submit(path.write_bytes, TEXT)
        assert as_counter(count_bigrams([path], block_size=5)) == count_by_hand(NAMES)
        assert writing.result() == len(TEXT)


# Refused

NO_SOURCES = {
    "bytes": (lambda path: b"emma\n", TypeError, "source is bytes: pass a path"),
    "bytearray": (lambda path: bytearray(b"a"), TypeError, "source is bytes: pass a path"),
    "text stream": (lambda path: io.StringIO("emma\n"), TypeError, "text stream: open it in bin"),
    "text file": (open, TypeError, "names.txt is a text stream: open it in binary mode"),
    "None": (lambda path: None, ValueError, "NoneType: pass a list"),
    "number": (lambda path: 3, ValueError, "int: pass a list"),
    "numbers": (lambda path: [1, 2], ValueError, "strings"),
    "empty list": (lambda path: [], ValueError, "no names in"),
    "empty Series": (lambda path: pd.Series([], dtype="str"), ValueError, "X is empty"),
    "names and a path": (lambda path: ["emma", path], TypeError, r"^X\[1\] is of type PosixPath"),
    "table": (lambda path: np.array([["a"]]), ValueError, "one column"),
    "token ids": (lambda path: np.array([[1, 2]]), ValueError, "one column|names"),
    "frame": (lambda path: pd.DataFrame({"name": NAMES}), ValueError, "one column"),
}


@pytest.mark.parametrize(("make", "error", "message"), NO_SOURCES.values(), ids=NO_SOURCES)
def test_other_sources_are_refused(make, error, message, path):
    path.write_bytes(TEXT)
    source = make(path)
    with pytest.raises(error, match=message):
        count_bigrams(source)
    if hasattr(source, "close"):
        source.close()


class EmptyPath(os.PathLike):
    def __fspath__(self):
        return ""


@pytest.mark.parametrize("source", ["", EmptyPath(), [EmptyPath()]])
def test_an_empty_path_is_refused(source):
    with pytest.raises(ValueError, match=r"^The path is empty: give the name of a file\.$"):
        count_bigrams(source)


def test_a_path_that_ends_in_a_separator_is_no_file(path):
    path.write_bytes(TEXT)
    for source in (f"{path}/", [AnyPath(f"{path}/")]):
        with pytest.raises(NotADirectoryError, match=f"{path}/"):
            count_bigrams(source)
    with pytest.raises(IsADirectoryError, match=str(path.parent)):
        count_bigrams(f"{path.parent}/")
    with pytest.raises(FileNotFoundError):
        count_bigrams(f"{path}s/")


@pytest.mark.parametrize("suffix", ["txt", "gz"])
def test_a_name_of_a_file_that_would_control_the_terminal_is_escaped(suffix, tmp_path):
    path = tmp_path / f"\x1b[2J\x9b1m\u202e.{suffix}"
    for data in (b"zo\xeb", b"", b"a.b"):
        path.write_bytes(data)
        with pytest.raises((ValueError, OSError), match=r"\\x1b\[2J\\x9b1m\\u202e") as caught:
            count_bigrams(path)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("block_size", [0, -1, 1.5, "8", None, True])
def test_a_block_size_must_be_a_positive_int(block_size, path):
    path.write_bytes(TEXT)
    for source in (io.BytesIO(TEXT), path, NAMES):
        with pytest.raises((ValueError, TypeError), match=r"^block_size must be"):
            count_bigrams(source, block_size=block_size)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"boundary": ".."}, "one symbol"),
        ({"max_length": 0}, "max_length"),
        ({"alphabet": ""}, "alphabet is empty"),
    ],
)
def test_a_bad_tokenizer_is_refused_before_anything_is_read(params, message):
    source = iter(["emma"])
    with pytest.raises(ValueError, match=message):
        count_bigrams(source, tokenizer=NameTokenizer(**params))
    assert list(source) == ["emma"]


BLANKS = [b"", b"\n", b"\n\n\n", b"\r\n\r\n", b"\n\r\n\n", BOM, BOM + b"\n", b"\r"]


@pytest.mark.parametrize("params", [{}, {"lowercase": True}, {"max_length": 9}], ids=str)
def test_a_source_without_names_is_refused(params, path):
    count_blocks = partial(count_bigrams, tokenizer=NameTokenizer(**params), block_size=2)
    with pytest.raises(ValueError, match=r"^There are no names in the source\.$"):
        count_blocks(iter([]))
    for data in BLANKS:
        with pytest.raises(ValueError, match=r"^There are no names in the source\.$"):
            count_blocks(io.BytesIO(data))
        for suffix in (".txt", ".gz"):
            file = write(path.with_suffix(suffix), data)
            with pytest.raises(ValueError, match=rf"^There are no names in {file}, {file}\.$"):
                count_blocks([file, file])


# Files that are missing, damaged, or change


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("missing.txt", FileNotFoundError),
        ("missing.gz", FileNotFoundError),
        ("missing/names.txt", FileNotFoundError),
        ("folder", IsADirectoryError),
        ("folder.gz", IsADirectoryError),
        ("names.txt/names.txt", NotADirectoryError),
    ],
)
@pytest.mark.parametrize("executor", [None, Inline()], ids=["here", "executor"])
def test_a_file_that_cannot_be_read_is_an_os_error(name, error, path, executor):
    path.write_bytes(TEXT)
    for folder in ("folder", "folder.gz"):
        path.with_name(folder).mkdir()
    culprit = path.parent / name
    for source in (str(culprit), culprit, [path, culprit]):
        with pytest.raises(error, match=str(culprit)):
            count_bigrams(source, executor=executor)


def test_a_gz_that_is_not_compressed_is_named(tmp_path):
    path = tmp_path / "names.gz"
    path.write_bytes(TEXT)
    with pytest.raises(OSError, match=f"{path} is damaged or truncated"):
        count_bigrams(path)


def test_a_gz_that_is_cut_off_is_named_wherever_it_is_cut(tmp_path):
    path, data = tmp_path / "names.gz", gzip.compress(TEXT * 3)
    for size in [*range(1, len(data), 7), len(data) - 1]:
        path.write_bytes(data[:size])
        for block_size in (1, 2**20):
            for open_source in (Path, gzip.open):
                source = open_source(path)
                with pytest.raises(OSError, match=f"{path} is damaged or truncated"):
                    count_bigrams(source, block_size=block_size)
                if open_source is gzip.open:
                    source.close()


def test_a_damaged_gz_is_never_counted_wrong(tmp_path):
    path, data = tmp_path / "names.gz", gzip.compress(TEXT * 3)
    expected, n_refused = count_by_hand(NAMES * 3), 0
    for i in range(0, len(data), 2):
        path.write_bytes(data[:i] + bytes([data[i] ^ 0x10]) + data[i + 1 :])
        try:
            counts = count_bigrams(path, block_size=10)
        except OSError as error:
            assert f"{path} is damaged or truncated" in str(error)  # noqa: PT017
            n_refused += 1
        except ValueError as error:  # a line is bad before the checksum is
            assert f"{path}, line " in str(error)  # noqa: PT017
            n_refused += 1
        else:
            assert as_counter(counts) == expected
    assert n_refused > len(data) / 4


@pytest.mark.parametrize("executor", [None, Inline()], ids=["here", "executor"])
def test_a_pipe_may_be_compressed(executor, tmp_path):
    pipe = tmp_path / "names.gz"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as threads:
        threads.submit(pipe.write_bytes, gzip.compress(TEXT))
        assert as_counter(count_bigrams(pipe, executor=executor)) == count_by_hand(NAMES)


def append(path):
    with open(path, "ab") as file:
        file.write(b"eve\n")


def truncate(path):
    os.truncate(path, 20)


def rewrite(path):
    status = path.stat()
    data = path.read_bytes()
    path.write_bytes(data[:-9] + bytes(9))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def replace(path):
    other = path.with_name("other")
    other.write_bytes(path.read_bytes() * 2)
    os.replace(other, path)


def make_folder(path):
    path.unlink()
    path.mkdir()


every_change = pytest.mark.parametrize(
    "change", [append, truncate, rewrite, replace, os.unlink, make_folder]
)


@every_change
@pytest.mark.parametrize("at", [1, 5])
def test_a_file_that_changes_while_it_is_counted_is_refused(change, at, path):
    path.write_bytes(os.urandom(15_000).hex().encode().replace(b"0", b"\n"))
    executor = Inline(lambda: change(path), at)
    with pytest.raises(OSError, match=str(path)):
        count_bigrams(path, executor=executor, block_size=2000)
    assert executor.n_submitted > at


@every_change
@pytest.mark.parametrize("executor", [None, Inline()], ids=["here", "executor"])
def test_a_compressed_file_that_changes_is_refused(change, executor, tmp_path, monkeypatch):
    path = write(tmp_path / "a.gz", os.urandom(15_000).hex().encode().replace(b"0", b"\n"))
    calls = []

    def count_block(*args):
        calls.append(args)
        if len(calls) == 3:
            change(path)
        return original(*args)

    original = tasks_module.count_block
    monkeypatch.setattr(tasks_module, "count_block", count_block)
    with pytest.raises(OSError, match=str(path)):
        count_bigrams(path, executor=executor, block_size=2000)
    assert len(calls) >= 3


def test_a_file_that_grows_before_it_is_counted_is_counted_whole(tmp_path):
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    first.write_bytes(b"emma\n" * 3)
    second.write_bytes(b"ava\n")
    executor = Inline(lambda: append(second), at=1)
    counts = count_bigrams([first, second], executor=executor, block_size=5)
    assert as_counter(counts) == count_by_hand(["emma"] * 3 + ["ava", "eve"])


# Memory


def peak_of(count):
    tracemalloc.start()
    try:
        count()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["file", "stream", "gz"])
@pytest.mark.parametrize("where", [None, "threads"])
def test_memory_does_not_grow_with_the_file(kind, where, tmp_path, request, monkeypatch):
    set_sizes(monkeypatch, max_bytes_read=MB, max_bytes_pending=8 * MB)
    executor = where and request.getfixturevalue(where)
    path = tmp_path / ("names.gz" if kind == "gz" else "names.txt")

    def peak(n_bytes):
        write(path, b"emmaolivia\n" * (n_bytes // 11))
        if kind != "stream":
            return peak_of(lambda: count_bigrams(path, executor=executor, block_size=MB))
        with open(path, "rb") as stream:
            return peak_of(lambda: count_bigrams(stream, executor=executor))

    assert peak(40 * MB) < peak(2 * MB) + 24 * MB


@pytest.mark.parametrize("where", [None, "threads"])
def test_memory_does_not_grow_with_the_number_of_names(where, request, monkeypatch):
    set_sizes(monkeypatch, names_per_piece=100, bytes_per_block=1000, max_pending=8)
    executor = where and request.getfixturevalue(where)

    def peak(n):
        numbers = count()
        names = (f"{next(numbers):0100d}" for _ in range(n))
        return peak_of(lambda: count_bigrams(names, executor=executor))

    assert peak(30_000) < peak(5_000) + 2 * MB


@pytest.mark.parametrize("tokenizer", ["char", NameTokenizer, 1])
def test_a_tokenizer_of_another_type_is_refused(tokenizer):
    with pytest.raises(TypeError, match=r"^tokenizer is .*: it must be a NameTokenizer or None"):
        count_bigrams(["ab"], tokenizer=tokenizer)
