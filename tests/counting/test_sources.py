"""Counting names, files, streams and Dask collections, wherever it is done."""

import gzip
import io
import logging
import multiprocessing
import os
import re
import signal
import tracemalloc
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import count, product, repeat
from pathlib import Path

import dask
import dask.bag
import dask.dataframe
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import tqdm.auto
from distributed import Client, LocalCluster
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sklearn_bigram import NameTokenizer, count_bigrams
from sklearn_bigram.counting import _executor, _pairs, _text
from sklearn_bigram.counting import _sources as sources_module
from sklearn_bigram.tokenization import _containers
from sklearn_bigram.utils._exceptions import InvalidLineError
from tests.helpers import as_counter, count_by_hand

NAMES = ["emma", "olivia", "ava", "zoë", "李明", "anne-marie", "o b", "\t", "a\0"]
TEXT = "".join(f"{name}\n" for name in NAMES).encode()
BOM = b"\xef\xbb\xbf"
PATIENCE = 60  # seconds until a test that hangs fails


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sources")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "names.txt"


def write(path, data):
    """Write a file, compressed if its name says so, and return its path."""
    path.write_bytes(gzip.compress(data, 1) if path.suffix == ".gz" else data)
    return path


# Executors


@pytest.fixture(scope="module")
def threads():
    with ThreadPoolExecutor(2) as executor:
        yield executor


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as executor:
        yield executor


@pytest.fixture(scope="module")
def cluster():
    # So long after a worker is lost, Dask gives up any that is being restarted just then.
    patient = dask.config.set({"distributed.deploy.lost-worker-timeout": "1h"})
    options = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with patient, LocalCluster(n_workers=2, threads_per_worker=1, **options) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def client(cluster):
    with Client(cluster, set_as_default=False) as client:
        yield client


@pytest.fixture(scope="module")
def workers(client):
    return client.get_executor()


@pytest.fixture(scope="module")
def here():
    return None


@pytest.fixture(params=["here", "threads", "processes", "workers"])
def executor(request):
    return request.getfixturevalue(request.param)


class Inline(Executor):
    """Run each task when it is submitted, and `hook` once before task number `at`."""

    def __init__(self, hook=None, at=1):
        self.hook, self.at = hook, at
        self.n_submitted, self.n_held, self.most_held = 0, 0, 0

    def submit(self, function, *args):
        if self.n_submitted == self.at and self.hook is not None:
            self.hook()
        self.n_submitted += 1
        self.n_held += 1
        self.most_held = max(self.most_held, self.n_held)
        future = Counted(self)
        try:
            future.set_result(function(*args))
        except Exception as error:
            future.set_exception(error)
        return future


class Counted(Future):
    """A future that tells its executor when its result was taken."""

    def __init__(self, executor):
        super().__init__()
        self.executor = executor

    def result(self, timeout=None):
        self.executor.n_held -= 1
        return super().result(timeout)


class Stuck(Executor):
    """Run the first `n` tasks, and never any other."""

    def __init__(self, n):
        self.n, self.futures = n, []

    def submit(self, function, *args):
        future = Future()
        if len(self.futures) < self.n:
            try:
                future.set_result(function(*args))
            except Exception as error:
                future.set_exception(error)
        self.futures.append(future)
        return future


class Watched(Executor):
    """Pass tasks on to an executor, remember the futures, and call `hook` before task `at`."""

    def __init__(self, executor, hook=None, at=0):
        self.executor, self.hook, self.at, self.futures = executor, hook, at, []

    def submit(self, function, *args):
        if self.hook is not None and len(self.futures) == self.at:
            self.hook()
        self.futures.append(self.executor.submit(function, *args))
        return self.futures[-1]

    def settle(self):
        """Hold that each task is cancelled or comes to an end."""
        for future in self.futures:
            assert future.cancelled() or future.exception(PATIENCE) or future.done()


# What names may come in


class Names:
    """An iterable that is no sequence."""

    def __iter__(self):
        return iter(NAMES)


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "generator": lambda names: (name for name in names),
    "iterator": iter,
    "map": lambda names: map(str, names),
    "set": set,
    "keys": lambda names: dict.fromkeys(names).keys(),
    "iterable": lambda names: Names(),
    "array of U": np.array,
    "array of objects": lambda names: np.array(names, dtype=object),
    "StringDType": lambda names: np.array(names, dtype=np.dtypes.StringDType()),
    "pandas": pd.Series,
    "polars": pl.Series,
    "pyarrow": pa.array,
    "chunks": lambda names: pa.chunked_array([names[:4], [], names[4:]]),
    "slice": lambda names: pa.array(["x", *names, "y"])[1:-1],
    "large": lambda names: pa.array(names, pa.large_string()),
    "pandas of Arrow": lambda names: pd.Series(names, dtype="string[pyarrow]"),
}


@pytest.mark.parametrize("make", CONTAINERS.values(), ids=CONTAINERS)
@pytest.mark.parametrize("piece", [1, 2, 2**16])
def test_names_are_counted_from_any_container(make, piece, monkeypatch):
    names = NAMES[:-1] if make is np.array else NAMES  # '<U' drops trailing NULs
    for module in (_containers, sources_module):
        monkeypatch.setattr(module, "NAMES_PER_PIECE", piece)
    assert as_counter(count_bigrams(make(names))) == count_by_hand(names)


def test_empty_names_of_a_list_count():
    assert as_counter(count_bigrams(["", "a", ""])) == {(".", "."): 2, (".", "a"): 1, ("a", "."): 1}


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


@pytest.mark.parametrize("make", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("name", ["names.txt", "names", "names.gz", "names.txt.gz"])
def test_files_are_counted_by_any_path(make, name, tmp_path):
    path = write(tmp_path / name, TEXT)
    counts = count_bigrams(make(path), block_size=5)
    assert as_counter(counts) == count_by_hand(NAMES)


def test_a_gz_of_two_members_is_counted_whole(tmp_path):
    path = tmp_path / "names.gz"
    path.write_bytes(gzip.compress(TEXT[:20]) + gzip.compress(TEXT[20:]))
    assert as_counter(count_bigrams(path)) == count_by_hand(NAMES)


def test_files_of_a_list_are_counted_one_after_the_other(tmp_path, executor):
    texts = [b"emma", BOM + b"ava\r\n", b"", BOM + "zoë".encode(), b"\n\n", b"ann\nbob\n"]
    paths = [tmp_path / f"{i}.txt" for i in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    paths.append(tmp_path / "last.gz")
    paths[-1].write_bytes(gzip.compress(BOM + b"eve"))
    counts = count_bigrams([*paths, paths[0]], executor=executor, block_size=3)
    names = ["emma", "ava", "zoë", "ann", "bob", "eve", "emma"]
    assert as_counter(counts) == count_by_hand(names)


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


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("block_size", [1, 7, 2**23])
def test_binary_streams_are_counted(kind, block_size, path, executor):
    with STREAMS[kind](TEXT, path) as stream:
        counts = count_bigrams(stream, executor=executor, block_size=block_size)
        assert not stream.closed
    assert as_counter(counts) == count_by_hand(NAMES)


def test_a_stream_is_counted_from_where_it_stands():
    stream = io.BytesIO(b"emma\nava\nzoe\n")
    stream.seek(5)
    assert as_counter(count_bigrams(stream)) == count_by_hand(["ava", "zoe"])


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
        with pytest.raises(
            OSError, match=r"^The stream is a non-blocking stream: open|not 'NoneType'"
        ):
            count_bigrams(stream)


@pytest.mark.parametrize("block_size", [1000, np.int16(30_000), 10**6])
def test_a_file_of_one_line_is_read_once(path, block_size, monkeypatch):
    path.write_bytes(b"emma" * 250_000)
    read = []

    class Reading(io.FileIO):
        def readinto(self, buffer):
            read.append(n := super().readinto(buffer))
            return n

    monkeypatch.setattr(
        sources_module, "open", lambda *args: io.BufferedReader(Reading(args[0])), raising=False
    )
    counts = count_bigrams(path, block_size=block_size)
    assert counts.matrix.sum() == 10**6 + 1
    n_blocks = 10**6 // int(block_size) + 1
    assert sum(read) <= 2 * 10**6 + n_blocks * 2 * io.DEFAULT_BUFFER_SIZE


def test_text_that_is_decoded_in_pieces_is_counted_whole(path, monkeypatch):
    names = [*NAMES, "", "b" * 50, "zoë", *"xyz", ""]
    bad = [*names, "a.b", "c"]
    for tokenizer in (NameTokenizer(), NameTokenizer(analyzer=list), NameTokenizer(lowercase=True)):
        for size in (1, 2, 7, 40, 1000):
            monkeypatch.setattr(_text, "BYTES_PER_DECODING", size)
            path.write_bytes("\r\n".join(names).encode())
            counts = count_bigrams(path, tokenizer=tokenizer)
            assert as_counter(counts) == count_by_hand(filter(None, names))
            path.write_bytes("\n".join(bad).encode())
            with pytest.raises(ValueError, match=f"line {len(names) + 1}: the name is 'a.b'"):
                count_bigrams(path, tokenizer=tokenizer)


@pytest.mark.parametrize("executor", [2, "threads"])
def test_what_is_no_executor_is_refused(executor, path):
    with pytest.raises(TypeError, match=r"executor is .*ThreadPoolExecutor\(\)"):
        count_bigrams(path, executor=executor)


def test_a_dask_error_tells_the_partition(path):
    bag = dask.bag.from_sequence([*"abcdefghij", "x.y", 3], npartitions=4)
    with pytest.raises(ValueError, match=r"^In partition 3, where X is: X\[1\] is 'x\.y'"):
        count_bigrams(bag.filter(lambda name: name != 3))
    with pytest.raises(TypeError, match=r"^In partition 3, where X is: X\[2\] is of type int"):
        count_bigrams(bag)


@pytest.mark.parametrize("kind", ["executor", None])
def test_compressed_files_are_counted_whole_where_they_are_decompressed(kind, tmp_path):
    paths = [write(tmp_path / f"{i}.gz", TEXT * (i + 1)) for i in range(3)]
    executor = Inline() if kind else None
    counts = count_bigrams(paths, executor=executor, block_size=3)
    assert as_counter(counts) == count_by_hand(NAMES * 6)
    assert executor is None or executor.n_submitted == 3
    bad = write(tmp_path / "bad.gz", TEXT + b"a.b\n")
    with pytest.raises(ValueError, match=rf"^{bad}, line {len(NAMES) + 1}: the name is 'a\.b'"):
        count_bigrams([*paths, bad], executor=executor)


NO_SOURCES = {
    "bytes": (lambda path: b"emma\n", TypeError, "source is bytes: pass a path"),
    "bytearray": (lambda path: bytearray(b"a"), TypeError, "source is bytes: pass a path"),
    "text stream": (lambda path: io.StringIO("emma\n"), TypeError, "text stream: open it in bin"),
    "text file": (open, TypeError, "names.txt is a text stream: open it in binary mode"),
    "None": (lambda path: None, ValueError, "NoneType: pass a list"),
    "number": (lambda path: 3, ValueError, "int: pass a list"),
    "numbers": (lambda path: [1, 2], ValueError, "strings"),
    "names and a path": (lambda path: ["emma", path], TypeError, r"^X\[1\] is of type PosixPath"),
    "table": (lambda path: np.array([["a"]]), ValueError, "one column"),
    "token ids": (lambda path: np.array([[1, 2]]), ValueError, "one column|names"),
    "frame": (lambda path: pd.DataFrame({"name": NAMES}), ValueError, "one column"),
    "Dask frame": (
        lambda path: dask.dataframe.from_dict({"name": NAMES}, npartitions=1),
        ValueError,
        "one column",
    ),
}


@pytest.mark.parametrize(("make", "error", "message"), NO_SOURCES.values(), ids=NO_SOURCES)
def test_what_is_no_source_is_refused(make, error, message, path):
    path.write_bytes(TEXT)
    source = make(path)
    with pytest.raises(error, match=message):
        count_bigrams(source)
    if hasattr(source, "close"):
        source.close()


@pytest.mark.parametrize("block_size", [0, -1, 1.5, "8", None])
@pytest.mark.parametrize("stream", [False, True])
def test_a_block_size_that_is_none_is_refused(block_size, stream, path):
    path.write_bytes(TEXT)
    with pytest.raises((ValueError, TypeError), match="block_size"):
        count_bigrams(io.BytesIO(TEXT) if stream else path, block_size=block_size)


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


NO_NAMES = {
    "list": lambda path: [],
    "iterator": lambda path: iter([]),
    "stream": lambda path: io.BytesIO(),
    "blank stream": lambda path: io.BytesIO(b"\n\r\n"),
    "bag": lambda path: dask.bag.from_sequence([["a"]], npartitions=1).filter(lambda name: False),
}
BLANKS = [b"", b"\n", b"\n\n\n", b"\r\n\r\n", b"\n\r\n\n", BOM, BOM + b"\n", b"\r"]
for blank, suffix in product(BLANKS, [".txt", ".gz"]):
    NO_NAMES[f"{suffix} of {blank!r}"] = partial(
        lambda path, suffix, data: write(path.with_suffix(suffix), data), suffix=suffix, data=blank
    )


@pytest.mark.parametrize("make", NO_NAMES.values(), ids=NO_NAMES)
@pytest.mark.parametrize(
    "params",
    [{}, {"lowercase": True}, {"max_length": 100}],
    ids=["plain", "lowercase", "by line"],
)
def test_a_source_without_names_is_refused(make, params, path):
    for block_size in (1, 2, 100):
        source = make(path)
        with (
            dask.config.set(scheduler="synchronous"),
            pytest.raises(ValueError, match=r"^There are no names in (the source|.*names\..*)\.$"),
        ):
            count_bigrams(source, tokenizer=NameTokenizer(**params), block_size=block_size)


# Lines

LETTERS = st.one_of(
    st.sampled_from("ab\0\t é\x85ё名\u2028\ufeff😀\x1c"),
    st.characters(exclude_categories=["Cs"], exclude_characters="\n\r."),
)
LINE_ENDS = ["\n", "\r\n"]


@st.composite
def files(draw, letters=LETTERS, boms=(False, True)):
    """Draw names, and the bytes of a file of them."""
    names = draw(st.lists(st.text(letters, min_size=1, max_size=6), min_size=1, max_size=6))
    blanks = st.lists(st.sampled_from(LINE_ENDS), max_size=2).map("".join)
    text = draw(blanks)
    for name in names:
        text += name + draw(st.sampled_from(LINE_ENDS)) + draw(blanks)
    if draw(st.booleans()):
        text = text.removesuffix("\n").removesuffix("\r")
    bom = draw(st.sampled_from(boms))
    assume(bom or not text.startswith("\ufeff"))
    return names, BOM * bom + text.encode()


@given(files(), st.booleans())
@example((["ab", "b"], BOM + b"ab\r\n\r\n\nb"), False)
@example((["a", "ё"], "\r\na\nё\r\n".encode()), False)
@settings(max_examples=15)
def test_every_block_size_counts_every_line(folder, drawn, by_line):
    names, data = drawn
    tokenizer = NameTokenizer(max_length=6) if by_line else None
    expected = count_by_hand(names)
    path = folder / "names.txt"
    path.write_bytes(data)
    for block_size in range(1, 65):
        for source in (path, io.BytesIO(data)):
            counts = count_bigrams(source, tokenizer=tokenizer, block_size=block_size)
            assert as_counter(counts) == expected, block_size


@pytest.mark.parametrize("block", [1, 2, 3, 5, 64])
@given(files("ab\0\t", boms=[False]))
@settings(max_examples=15)
def test_every_size_of_the_memory_to_read_into_counts_every_line(folder, block, drawn):
    names, data = drawn
    path = folder / "names.txt"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(_pairs, "BYTES_PER_BLOCK", block)
        for block_size in (1, 2, 3, 7, 16, 64):
            counts = count_bigrams(path, block_size=block_size)
            assert as_counter(counts) == count_by_hand(names), block_size


LINES = {
    "CR inside": (b"a\rb\nc\n", ["a\rb", "c"]),
    "CR first": (b"\rb\nc\n", ["\rb", "c"]),
    "CR before CRLF": (b"a\r\r\nb\r\n", ["a\r", "b"]),
    "CR inside of accents": ("é\rb\r\nc\n".encode(), ["é\rb", "c"]),
    "CRs only": (b"\r\r\nb", ["\r", "b"]),
    "CR at the end of the file": (b"a\nb\r", ["a", "b"]),
    "accents and CR at the end of the file": ("é\nb\r".encode(), ["é", "b"]),
    "CRLF with accents": ("é\r\nб\r\n".encode(), ["é", "б"]),
    "BOM of a later line": (b"a\n" + BOM + b"b\n", ["a", "\ufeffb"]),
    "two BOMs": (BOM + BOM + b"b\n", ["\ufeffb"]),
    "separators": (
        "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g\n".encode(),
        ["a\vb\fc\x1cd\x85e\u2028f\u2029g"],
    ),
    "space": (b" a \n\t\n", [" a ", "\t"]),
    "NUL": (b"\0\n\0\0", ["\0", "\0\0"]),
    "a long line": (b"ab" * 100, ["ab" * 100]),
    "one byte": (b"a", ["a"]),
    "astral": ("😀\n\U0010ffff".encode(), ["😀", "\U0010ffff"]),
}


@pytest.mark.parametrize(("data", "names"), LINES.values(), ids=LINES)
@pytest.mark.parametrize("params", [{}, {"max_length": 500}], ids=["plain", "by line"])
def test_lines_end_where_they_end(data, names, params, path):
    path.write_bytes(data)
    for block_size in range(1, 20):
        for source in (path, io.BytesIO(data), Dribble(data)):
            counts = count_bigrams(source, tokenizer=NameTokenizer(**params), block_size=block_size)
            assert as_counter(counts) == count_by_hand(names)


def test_the_real_names_are_counted_by_every_executor(names, path, executor):
    path.write_text("\n".join(names))
    counts = count_bigrams(path, executor=executor, block_size=20_000)
    assert as_counter(counts) == count_by_hand(names)
    assert counts == count_bigrams(names) == count_bigrams(iter(names), executor=executor)


# Tokenizers


def lower(name):
    return list(name.lower())


def clusters(name):
    return {"e\u0301va": ["e\u0301", "v", "a"], "🇩🇪x": ["🇩🇪", "x"]}.get(name, list(name))


TOKENIZERS = {
    "lowercase": ({"lowercase": True}, [*NAMES, "EMMA", "İ", "ß"], lower),
    "accents": ({"strip_accents": "ascii"}, ["zoë", "emma"], lambda name: name.replace("ë", "e")),
    "grapheme": ({"analyzer": "grapheme"}, [*NAMES, "e\u0301va", "🇩🇪x"], clusters),
    "words": ({"analyzer": str.split, "boundary": "<s>"}, ["mary ann", "ann", " "], str.split),
    "max_length": ({"max_length": 10}, NAMES, list),
    "alphabet": ({"alphabet": "ab"}, NAMES, list),
    "unknown": ({"alphabet": "ab", "handle_unknown": "use_unknown"}, NAMES, list),
    **{
        f"boundary {boundary!r}": ({"boundary": boundary}, [*NAMES, "a.b"], list)
        for boundary in ("$", "é", "ё", "😀", "\n", "\r", "\x01", "\ufeff")
    },
}


@pytest.mark.parametrize(("params", "names", "symbols"), TOKENIZERS.values(), ids=TOKENIZERS)
def test_a_tokenizer_makes_the_symbols(params, names, symbols, path):
    tokenizer = NameTokenizer(**params)
    expected = count_by_hand(names, params.get("boundary", "."), symbols)
    path.write_bytes("\n".join(names).encode())
    for source in (names, iter(names), path):
        for block_size in (1, 5, 2**20):
            counts = count_bigrams(source, tokenizer=tokenizer, block_size=block_size)
            assert as_counter(counts) == expected
            if not isinstance(source, Path):
                break
    assert not hasattr(tokenizer, "symbols_")


def test_every_executor_takes_a_tokenizer(path, executor):
    names = ["Mary Ann", "ann lee", "LEE"]
    tokenizer = NameTokenizer(analyzer=str.split, lowercase=True, boundary="<s>")
    path.write_text("\n".join(names))
    expected = count_by_hand(names, "<s>", lambda name: name.lower().split())
    for source in (path, names):
        counts = count_bigrams(source, tokenizer=tokenizer, executor=executor, block_size=4)
        assert as_counter(counts) == expected


# Bad lines

LINE_ENDINGS = {"LF": b"\n", "CRLF": b"\r\n"}
BAD_BYTES = {
    "a byte that never is": (b"a\xff", 0xFF),
    "a start without its rest": (b"\xc3", 0xC3),
    "a rest without its start": (b"\xa9b", 0xA9),
    "a surrogate": (b"\xed\xa0\x80", 0xED),
    "too long a form": (b"\xc0\xaf", 0xC0),
    "Latin-1": (b"zo\xeb", 0xEB),
}


def bad_file(line, place, end=b"\n", n=30):
    """Return a file of n lines, blank ones among them, with a bad one in some place."""
    lines = [b"emma", b"", b"ava"] * (n // 3)
    number = {"first": 0, "middle": n // 2, "last": n - 1}[place]
    lines[number] = line
    return end.join(lines), number + 1


@given(st.lists(st.text(LETTERS | st.sampled_from("ΣσSİ\u0307'"), min_size=1), min_size=1))
@example(["ΑΣ", "ΑΣ'", "Σ", "ΑΣΑ"])
def test_lower_case_of_a_file_is_that_of_each_name(names):
    tokenizer = NameTokenizer(lowercase=True)
    data = "".join(f"{name}\r\n" for name in names).encode()
    counts = count_bigrams(io.BytesIO(data), tokenizer=tokenizer)
    assert counts == count_bigrams([name.lower() for name in names])


every_place = pytest.mark.parametrize("place", ["first", "middle", "last"])


@every_place
@pytest.mark.parametrize(("line", "byte"), BAD_BYTES.values(), ids=BAD_BYTES)
@pytest.mark.parametrize("end", LINE_ENDINGS.values(), ids=LINE_ENDINGS)
@pytest.mark.parametrize(
    "params",
    [{}, {"lowercase": True}, {"max_length": 100}],
    ids=["plain", "lowercase", "by line"],
)
def test_bytes_that_are_not_utf8_are_named_by_file_and_line(place, line, byte, end, params, path):
    data, number = bad_file(line, place, end)
    path.write_bytes(data)
    message = (
        f"line {number}: not UTF-8 text, at the byte 0x{byte:02x}: convert it, or pass the lines"
    )
    tokenizer = NameTokenizer(**params)
    for block_size in (1, 4, 30, 10_000):
        with pytest.raises(ValueError, match=re.escape(f"{path}, {message}")) as caught:
            count_bigrams(path, tokenizer=tokenizer, block_size=block_size)
        assert type(caught.value) is InvalidLineError
        with pytest.raises(ValueError, match=re.escape(f"stream, {message}")):
            count_bigrams(io.BytesIO(data), tokenizer=tokenizer, block_size=block_size)


BAD_LINES = {
    "boundary": ({}, b"a.b", "'a.b' and holds the boundary symbol '.'"),
    "boundary beside others": ({}, "ёa.b".encode(), "'ёa.b' and holds the boundary symbol '.'"),
    "own boundary": ({"boundary": "é"}, "aé".encode(), "'aé' and holds the boundary symbol 'é'"),
    "lowercase": ({"lowercase": True}, b"A.b", "'a.b' and holds the boundary symbol '.'"),
    "too long": ({"max_length": 4}, b"emmas", "'emmas' and has 5 symbols"),
    "word": ({"analyzer": str.split}, b"a . b", "'a . b' and holds the boundary symbol '.'"),
}


@every_place
@pytest.mark.parametrize(("params", "line", "what"), BAD_LINES.values(), ids=BAD_LINES)
@pytest.mark.parametrize("end", LINE_ENDINGS.values(), ids=LINE_ENDINGS)
def test_lines_that_the_tokenizer_refuses_are_named_by_file_and_line(
    place, params, line, what, end, path
):
    data, number = bad_file(line, place, end)
    path.write_bytes(BOM + data)
    for block_size in (1, 4, 30, 10_000):
        with pytest.raises(ValueError, match=f"line {number}: .*{re.escape(what)}") as caught:
            count_bigrams(path, tokenizer=NameTokenizer(**params), block_size=block_size)
        assert str(caught.value).startswith(f"{path}, line")
        assert type(caught.value) is InvalidLineError


@every_place
@pytest.mark.parametrize("line", [b"zo\xeb", b"a.b"])
def test_every_executor_names_the_first_bad_line(place, line, path, executor):
    data, number = bad_file(line, place)
    path.write_bytes(data + b"\nanna\n" + line)
    with pytest.raises(ValueError, match=f"^{path}, line {number}: "):
        count_bigrams(path, executor=executor, block_size=7)


@pytest.mark.parametrize("suffix", [".txt", ".gz"])
def test_the_bad_one_of_several_files_is_named_with_its_own_lines(suffix, tmp_path):
    paths = [tmp_path / f"{i}{suffix}" for i in range(3)]
    for path, text in zip(paths, [b"a\nb\nc", b"\n", b"d\n\nzo\xeb\n"], strict=True):
        write(path, text)
    for block_size in (1, 3, 100):
        with pytest.raises(ValueError, match=f"^{paths[2]}, line 3: not UTF-8"):
            count_bigrams(paths, block_size=block_size)


def test_a_stream_with_a_name_is_named(path):
    path.write_bytes(b"ann\n\xff")
    with open(path, "rb") as stream, pytest.raises(ValueError, match=f"^{path}, line 2: not UTF-8"):
        count_bigrams(stream, block_size=1)


def initial_and_rest(name):
    return [name[0], *name[1:]]


def test_an_analyzer_never_meets_a_blank_line(path):
    path.write_bytes(b"\nemma\n\na.b\n")
    tokenizer = NameTokenizer(analyzer=initial_and_rest)
    with pytest.raises(ValueError, match=f"^{path}, line 4: .* boundary"):
        count_bigrams(path, tokenizer=tokenizer)


def test_a_line_of_which_the_analyzer_makes_no_symbols_is_a_type_error(path):
    path.write_bytes(b"ann\neve\n")
    with pytest.raises(TypeError, match="analyzer returned 3 for 'ann'"):
        count_bigrams(path, tokenizer=NameTokenizer(analyzer=len))


BAD_NAMES = {
    "None": (None, TypeError, "is None: names must be strings"),
    "a number": (7, TypeError, r"is of type int \(7\): names must be strings"),
    "boundary": ("a.b", ValueError, r"is 'a\.b' and holds the boundary symbol"),
}


@pytest.mark.parametrize(("bad", "error", "what"), BAD_NAMES.values(), ids=BAD_NAMES)
@pytest.mark.parametrize("place", [1, 5, 8])
@pytest.mark.parametrize("piece", [1, 2, 3])
@pytest.mark.parametrize("make", [list, iter])
def test_a_bad_name_is_named_by_its_place(bad, error, what, place, piece, make, monkeypatch):
    for module in (_containers, sources_module):
        monkeypatch.setattr(module, "NAMES_PER_PIECE", piece)
    names = ["emma"] * 8
    names.insert(place, bad)
    with pytest.raises(error, match=rf"^X\[{place}\] {what}"):
        count_bigrams(make(names))


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
def test_a_file_that_cannot_be_read_is_an_os_error(name, error, path, executor):
    path.write_bytes(TEXT)
    for folder in ("folder", "folder.gz"):
        path.with_name(folder).mkdir()
    culprit = path.parent / name
    for source in (str(culprit), culprit, [path, culprit]):
        with pytest.raises(error, match=str(culprit)):
            count_bigrams(source, executor=executor)


def test_a_gz_that_is_none_is_named(tmp_path):
    path = tmp_path / "names.gz"
    path.write_bytes(TEXT)
    with pytest.raises(OSError, match=f"{path} is damaged or cut off"):
        count_bigrams(path)


@pytest.mark.parametrize("stream", [False, True])
def test_a_gz_that_is_cut_off_is_named_wherever_it_is_cut(stream, tmp_path):
    path, data = tmp_path / "names.gz", gzip.compress(TEXT * 3)
    for size in range(1, len(data)):
        path.write_bytes(data[:size])
        for block_size in (1, 2**20):
            with (
                gzip.open(path) as source,
                pytest.raises(OSError, match=f"{path} is damaged or cut off"),
            ):
                count_bigrams(source if stream else path, block_size=block_size)


def test_a_damaged_gz_is_never_counted_wrong(tmp_path):
    path, data = tmp_path / "names.gz", gzip.compress(TEXT * 3)
    expected, refused = count_by_hand(NAMES * 3), 0
    for i in range(len(data)):
        path.write_bytes(data[:i] + bytes([data[i] ^ 0x10]) + data[i + 1 :])
        try:
            counts = count_bigrams(path, block_size=10)
        except OSError as error:
            assert f"{path} is damaged or cut off" in str(error)  # noqa: PT017
            refused += 1
        except ValueError as error:  # a line is bad before the checksum is
            assert f"{path}, line " in str(error)  # noqa: PT017
            refused += 1
        else:
            assert as_counter(counts) == expected
    assert refused > len(data) / 2


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


@pytest.mark.parametrize("change", [append, truncate, rewrite, replace, os.unlink, make_folder])
@pytest.mark.parametrize("at", [1, 5])
def test_a_file_that_changes_while_it_is_counted_is_refused(change, at, path):
    path.write_bytes(os.urandom(30_000).hex().encode().replace(b"0", b"\n"))
    executor = Inline(lambda: change(path), at)
    with pytest.raises(OSError, match=str(path)):
        count_bigrams(path, executor=executor, block_size=4000)
    assert executor.n_submitted > at


@pytest.mark.parametrize("change", [append, truncate, rewrite, replace, os.unlink, make_folder])
@pytest.mark.parametrize("at", [1, 5])
@pytest.mark.parametrize("executor", [None, Inline()])
def test_a_compressed_file_that_changes_is_refused(change, at, executor, tmp_path, monkeypatch):
    path = write(tmp_path / "a.gz", os.urandom(30_000).hex().encode().replace(b"0", b"\n"))
    calls = []

    def count_block(*args):
        calls.append(args)
        if len(calls) == at:
            change(path)
        return original(*args)

    original = sources_module.count_block
    monkeypatch.setattr(sources_module, "count_block", count_block)
    with pytest.raises(OSError, match=str(path)):
        count_bigrams(path, executor=executor, block_size=4000)
    assert len(calls) >= at


def test_a_file_that_grows_before_it_is_counted_is_counted_whole(tmp_path):
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    first.write_bytes(b"emma\n" * 3)
    second.write_bytes(b"ava\n")
    executor = Inline(lambda: append(second), at=1)
    counts = count_bigrams([first, second], executor=executor, block_size=5)
    assert as_counter(counts) == count_by_hand(["emma"] * 3 + ["ava", "eve"])


# Executors


def failing(n, error):
    yield from repeat("emma", n)
    raise error


@pytest.mark.parametrize("error", [RuntimeError("no more"), OSError("gone"), KeyboardInterrupt()])
def test_an_error_of_a_generator_comes_through_and_ends_all_tasks(error, monkeypatch, executor):
    monkeypatch.setattr(sources_module, "NAMES_PER_PIECE", 1)
    watched = Watched(executor) if executor is not None else None
    with pytest.raises(type(error)) as caught:
        count_bigrams(failing(5, error), executor=watched)
    assert caught.value is error
    if watched is not None:
        assert len(watched.futures) == 5
        watched.settle()


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: failing(20, RuntimeError("no more")), "no more"),
        (lambda: iter(["emma", "a.b"] + ["ava"] * 100), "boundary"),
        (lambda: io.BytesIO(b"emma\n\xff\n" + b"ava\n" * 100), "not UTF-8"),
    ],
    ids=["source", "name", "line"],
)
def test_tasks_that_wait_are_cancelled_after_an_error(make, error, monkeypatch):
    monkeypatch.setattr(sources_module, "NAMES_PER_PIECE", 1)
    executor = Stuck(2)
    with pytest.raises((RuntimeError, ValueError), match=error):
        count_bigrams(make(), executor=executor, block_size=1)
    assert len(executor.futures) > 2
    assert all(future.cancelled() for future in executor.futures[2:])


@pytest.mark.parametrize("most", [1, 3, 64])
def test_an_executor_holds_so_many_tasks_and_no_more(most, monkeypatch):
    monkeypatch.setattr(sources_module, "NAMES_PER_PIECE", 1)
    monkeypatch.setattr(_executor, "_MAX_PENDING", most)
    executor = Inline()
    count_bigrams(iter(["emma"] * 200), executor=executor)
    assert executor.n_submitted == 200
    assert executor.most_held == most
    assert executor.n_held == 0


@pytest.mark.parametrize("executor", ["threads", "processes", "workers"], indirect=True)
def test_an_executor_is_fit_for_use_after_an_error(path, executor):
    path.write_bytes(b"emma\n" * 20 + b"\xff\n" + b"ava\n" * 20)
    with pytest.raises(ValueError, match="line 21: not UTF-8"):
        count_bigrams(path, executor=executor, block_size=10)
    assert executor.submit(divmod, 7, 2).result(timeout=PATIENCE) == (3, 1)


# A name that ends the process whose analyzer evaluates it; no process need import this file.
FATAL = NameTokenizer(analyzer=eval)
LAST_WORDS = b"__import__('os')._exit(1)\n"


def test_an_executor_whose_process_dies_is_a_runtime_error(path):
    path.write_bytes(LAST_WORDS * 20)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        executor = Watched(pool)
        with pytest.raises(RuntimeError, match="executor died while it counted"):
            count_bigrams(path, tokenizer=FATAL, executor=executor, block_size=9)
        executor.settle()
        with pytest.raises(RuntimeError, match="executor died while it counted"):
            count_bigrams(path, executor=pool)  # dead already


def test_an_executor_that_is_shut_down_is_a_runtime_error(path):
    path.write_bytes(b"emma\n")
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        count_bigrams(path, executor=executor)


class Cancelling(Executor):
    """Cancel each task, as an executor does that is shut down while tasks wait."""

    def submit(self, function, *args):
        future = Future()
        future.cancel()
        return future


def test_tasks_that_their_executor_cancels_are_a_runtime_error(path):
    path.write_bytes(b"emma\n")
    with pytest.raises(RuntimeError, match="executor"):
        count_bigrams(path, executor=Cancelling())


# Dask


def alive(client):
    return set(client.run(os.getpid).values())


@pytest.mark.parametrize("kind", ["file", "names"])
def test_a_worker_killed_half_way_changes_nothing(kind, client, path, monkeypatch):
    client.wait_for_workers(2, timeout=PATIENCE)
    names = ["".join(chr(97 + (i * k) % 26) for k in range(1 + i % 9)) for i in range(3000)]
    path.write_text("\n".join(names))
    before = alive(client)
    victim = min(before)
    monkeypatch.setattr(sources_module, "NAMES_PER_PIECE", 20)
    executor = Watched(client.get_executor(), lambda: os.kill(victim, signal.SIGKILL), at=75)
    source = path if kind == "file" else iter(names)
    counts = count_bigrams(source, executor=executor, block_size=path.stat().st_size // 150)
    assert as_counter(counts) == count_by_hand(names)
    assert len(executor.futures) > 140
    client.wait_for_workers(2, timeout=PATIENCE)
    assert victim in before - alive(client)


def test_a_worker_killed_within_a_bag_changes_nothing(client, tmp_path):
    flag = str(tmp_path / "killed")

    def kill_once(names):  # Dask sends an inner function whole: workers need not import this file
        try:
            os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return names
        return os.kill(os.getpid(), signal.SIGKILL)

    client.wait_for_workers(2, timeout=PATIENCE)
    before = alive(client)
    bag = dask.bag.from_sequence(NAMES * 10, npartitions=20).map_partitions(kill_once)
    with client.as_current():
        assert as_counter(count_bigrams(bag)) == count_by_hand(NAMES * 10)
    client.wait_for_workers(2, timeout=PATIENCE)
    assert len(before - alive(client)) == 1


def test_a_task_that_kills_each_worker_is_a_runtime_error(client, cluster, path, monkeypatch):
    client.wait_for_workers(2, timeout=PATIENCE)
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    path.write_bytes(LAST_WORDS)
    try:
        with pytest.raises(RuntimeError, match="executor died while it counted"):
            count_bigrams(path, tokenizer=FATAL, executor=client.get_executor())
    finally:
        client.wait_for_workers(2, timeout=PATIENCE)


@pytest.fixture(params=["synchronous", "threads", "client"])
def computing(request):
    """Return the context in which Dask computes in some place."""
    if request.param == "client":
        return request.getfixturevalue("client").as_current()
    return dask.config.set(scheduler=request.param)


def frame(names, npartitions=3):
    table = pd.DataFrame({"name": names, "place": range(len(names))})
    return dask.dataframe.from_pandas(table, npartitions=npartitions, sort=False)


def empty_partitions():
    column = frame([name for name in NAMES for _ in range(5)], npartitions=9)
    return column[column["place"] < 10]["name"]


COLLECTIONS = {
    "bag": (lambda: dask.bag.from_sequence(NAMES, npartitions=4), NAMES),
    "bag of one partition": (lambda: dask.bag.from_sequence(NAMES, npartitions=1), NAMES),
    "bag of many": (lambda: dask.bag.from_sequence(NAMES * 30, npartitions=90), NAMES * 30),
    "mapped bag": (
        lambda: dask.bag.from_sequence(["EMMA", "Ava"], npartitions=2).map(str.lower),
        ["emma", "ava"],
    ),
    "filtered bag": (
        lambda: dask.bag.from_sequence(["a", "b", "c"], npartitions=3).filter("b".__eq__),
        ["b"],
    ),
    "column": (lambda: frame(NAMES)["name"], NAMES),
    "column of objects": (lambda: frame(NAMES)["name"].astype(object), NAMES),
    "mapped column": (lambda: frame(["EMMA", "Ava"])["name"].str.lower(), ["emma", "ava"]),
    "column with empty partitions": (empty_partitions, [NAMES[0]] * 5 + [NAMES[1]] * 5),
}


@pytest.mark.parametrize(("make", "names"), COLLECTIONS.values(), ids=COLLECTIONS)
def test_dask_collections_are_counted_where_dask_computes(make, names, computing):
    with computing:
        assert as_counter(count_bigrams(make())) == count_by_hand(names)


def test_dask_collections_take_a_tokenizer():
    bag = dask.bag.from_sequence(["Mary Ann", "ann lee"], npartitions=2)
    tokenizer = NameTokenizer(analyzer=str.split, lowercase=True, boundary="<s>")
    with dask.config.set(scheduler="synchronous"):
        counts = count_bigrams(bag, tokenizer=tokenizer)
    expected = count_by_hand(["mary ann", "ann lee"], "<s>", str.split)
    assert as_counter(counts) == expected


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (["emma", None], TypeError, "names must be strings"),
        (["emma", "a.b"], ValueError, "holds the boundary symbol"),
        ([None, None], TypeError, "names must be strings"),
    ],
)
@pytest.mark.parametrize("kind", ["bag", "column"])
def test_a_bad_name_of_a_dask_collection_is_an_error(names, error, message, kind, computing):
    bag = dask.bag.from_sequence(names, npartitions=2)
    collection = bag if kind == "bag" else frame(names, npartitions=2)["name"]
    with computing, pytest.raises(error, match=message):
        count_bigrams(collection)


# Memory

MB = 2**20


def lines_of(n_bytes, letters):
    """Return about so many bytes of lines."""
    line = f"{letters}\n".encode()
    return line * (n_bytes // len(line))


def peak_of(count):
    tracemalloc.start()
    try:
        count()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["file", "stream", "gz"])
@pytest.mark.parametrize("where", ["here", "threads"])
def test_memory_does_not_grow_with_the_file(kind, where, tmp_path, request):
    executor = request.getfixturevalue(where)
    path = tmp_path / ("names.gz" if kind == "gz" else "names.txt")

    def peak(n_bytes):
        write(path, lines_of(n_bytes, "emmaolivia"))
        if kind != "stream":
            return peak_of(lambda: count_bigrams(path, executor=executor))
        with open(path, "rb") as stream:
            return peak_of(lambda: count_bigrams(stream, executor=executor))

    assert peak(160 * MB) < peak(8 * MB) + 64 * MB


@pytest.mark.parametrize(
    ("letters", "params"),
    [("zoëолия李", {}), ("EmmaOlivia", {"lowercase": True}), ("emma", {"max_length": 10**6})],
)
def test_memory_does_not_grow_with_the_file_whatever_its_text(letters, params, path):
    def peak(n_bytes):
        path.write_bytes(lines_of(n_bytes, letters))
        tokenizer = NameTokenizer(**params)
        return peak_of(lambda: count_bigrams(path, tokenizer=tokenizer, block_size=MB // 4))

    assert peak(3 * MB) < peak(MB) + MB


@pytest.mark.parametrize("where", ["here", "threads"])
def test_memory_does_not_grow_with_the_number_of_names(where, request, monkeypatch):
    monkeypatch.setattr(sources_module, "NAMES_PER_PIECE", 100)
    executor = request.getfixturevalue(where)

    def peak(n):
        numbers = count()
        return peak_of(
            lambda: count_bigrams((str(next(numbers)) for _ in range(n)), executor=executor)
        )

    assert peak(30_000) < peak(5_000) + MB


# Progress


class Eager(tqdm.auto.tqdm):
    """A progress bar that shows itself at once."""

    made = []

    def __init__(self, *args, **options):
        super().__init__(*args, **{**options, "delay": 0, "mininterval": 0})
        self.made.append(self)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def eager(monkeypatch):
    monkeypatch.setattr(tqdm.auto, "tqdm", Eager)
    monkeypatch.setattr(Eager, "made", [])
    return Eager.made


def test_nothing_is_shown_where_there_is_no_terminal(eager, path, capsys):
    path.write_bytes(TEXT)
    count_bigrams(path, block_size=1)
    assert len(eager) == 1
    assert capsys.readouterr() == ("", "")


def test_a_terminal_is_shown_how_much_is_counted_and_left_clean(eager, path, monkeypatch):
    path.write_bytes(TEXT)
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    count_bigrams(path, block_size=10)
    assert eager[0].n == eager[0].total == len(TEXT)
    *shown, last, end = terminal.getvalue().split("\r")
    assert any(f"10.0/{len(TEXT)}" in text for text in shown)
    assert (last.strip(), end) == ("", "")


@pytest.mark.parametrize(("suffix", "known"), [(".txt", True), (".gz", False)])
def test_the_size_of_files_is_known_unless_they_are_compressed(
    suffix, known, eager, tmp_path, monkeypatch
):
    monkeypatch.setattr("sys.stderr", Terminal())
    paths = [write(tmp_path / f"{i}{suffix}", TEXT) for i in range(2)]
    count_bigrams(paths)
    assert eager[0].total == (2 * len(TEXT) if known else None)
    assert eager[0].n == 2 * len(TEXT)


def test_a_pipe_is_counted_as_it_comes(path):
    os.mkfifo(path)
    with ThreadPoolExecutor(1) as executor:
        writing = executor.submit(path.write_bytes, TEXT)
        assert count_bigrams([path], block_size=5) == count_bigrams(NAMES)
        assert writing.result() == len(TEXT)


@pytest.mark.parametrize("boundary", ["a", "A", "\n", "."])
@pytest.mark.parametrize("text", ["Emma\nEVA\nzoE", "Emma\nZOË\n"])
def test_lower_case_and_boundary_go_together(boundary, text, path):
    path.write_text(text, encoding="utf-8")
    tokenizer = NameTokenizer(lowercase=True, boundary=boundary)
    if boundary == "a":
        with pytest.raises(ValueError, match=r"line 1: the name is 'emma' and holds"):
            count_bigrams(path, tokenizer=tokenizer)
    else:
        names = text.split()
        assert count_bigrams(path, tokenizer=tokenizer) == count_bigrams(names, tokenizer=tokenizer)
