"""Tasks in this thread, threads, processes and a cluster; executors that die; progress."""

import gzip
import io
import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import repeat

import pytest
import tqdm.auto

from sklearn_bigram import NameTokenizer, count_bigrams
from tests.counting.executors import PATIENCE, Cancelling, Inline, Stuck, Watched
from tests.helpers import as_counter, count_by_hand, set_sizes

NAMES = ["emma", "olivia", "ava", "zoë", "李明", "anne-marie", "o b", "\t", "a\0"]
TEXT = "".join(f"{name}\n" for name in NAMES).encode()
BOM = b"\xef\xbb\xbf"

# A name that ends the process whose analyzer evaluates it, without any import of this file.
FATAL = NameTokenizer(analyzer=eval)
LAST_WORDS = b"__import__('os')._exit(1)\n"


# Every executor


def test_every_executor_counts_every_source(executor, names, tmp_path, monkeypatch):
    texts = [b"emma", BOM + b"ava\r\n", b"", BOM + "zoë".encode(), b"\n\n", b"ann\nbob\n"]
    paths = [tmp_path / f"{i}.txt" for i in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text)
    paths.append(tmp_path / "last.gz")
    paths[-1].write_bytes(gzip.compress(BOM + b"eve"))
    counts = count_bigrams([*paths, paths[0]], executor=executor, block_size=3)
    expected = ["emma", "ava", "zoë", "ann", "bob", "eve", "emma"]
    assert as_counter(counts) == count_by_hand(expected)
    stream = io.BytesIO(TEXT)
    counts = count_bigrams(stream, executor=executor, block_size=7)
    assert as_counter(counts) == count_by_hand(NAMES)
    large = tmp_path / "large.txt"
    large.write_text("\n".join(names))
    counts = count_bigrams(large, executor=executor, block_size=20_000)
    assert as_counter(counts) == count_by_hand(names)
    set_sizes(monkeypatch, names_per_piece=5000)
    assert counts == count_bigrams(names, executor=executor)
    assert counts == count_bigrams(iter(names), executor=executor)


def test_every_executor_takes_a_tokenizer(executor, path):
    names = ["Mary Ann", "ann lee", "LEE"]
    tokenizer = NameTokenizer(analyzer=str.split, lowercase=True, boundary="<s>")
    path.write_text("\n".join(names))
    expected = count_by_hand(names, "<s>", lambda name: name.lower().split())
    for source in (path, names):
        counts = count_bigrams(source, tokenizer=tokenizer, executor=executor, block_size=4)
        assert as_counter(counts) == expected


def test_every_executor_names_the_first_bad_line_and_can_be_used_again(executor, path):
    for bad in (b"zo\xeb", b"a.b"):
        for n_good in (0, 7, 20):
            path.write_bytes(b"emma\n\n" * n_good + bad + b"\nanna\n" + bad)
            with pytest.raises(ValueError, match=f"^{path}, line {2 * n_good + 1}: "):
                count_bigrams(path, executor=executor, block_size=16)
    if executor is not None:
        assert executor.submit(divmod, 7, 2).result(timeout=PATIENCE) == (3, 1)


def test_every_executor_raises_the_error_of_a_file(executor, path):
    path.write_bytes(TEXT)
    missing = path.with_name("missing.txt")
    with pytest.raises(FileNotFoundError, match=str(missing)):
        count_bigrams([path, missing], executor=executor)


def failing(n, error):
    yield from repeat("emma", n)
    raise error


@pytest.mark.parametrize("error", [RuntimeError("no more"), KeyboardInterrupt()], ids=repr)
def test_every_executor_ends_all_tasks_when_the_source_fails(error, executor, monkeypatch):
    set_sizes(monkeypatch, names_per_piece=1)
    watched = Watched(executor) if executor is not None else None
    with pytest.raises(type(error)) as caught:
        count_bigrams(failing(5, error), executor=watched)
    assert caught.value is error
    if watched is not None:
        assert len(watched.futures) == 5
        watched.assert_settled()


# Tasks


@pytest.mark.parametrize("executor", [2, "threads"])
def test_an_executor_must_be_one(executor, path):
    with pytest.raises(TypeError, match=r"executor is .*ThreadPoolExecutor\(\)"):
        count_bigrams(path, executor=executor)


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
    set_sizes(monkeypatch, names_per_piece=1)
    executor = Stuck(2)
    with pytest.raises((RuntimeError, ValueError), match=error):
        count_bigrams(make(), executor=executor, block_size=1)
    assert len(executor.futures) > 2
    assert all(future.cancelled() for future in executor.futures[2:])


@pytest.mark.parametrize("max_pending", [1, 3, 64])
def test_an_executor_holds_a_limited_number_of_tasks(max_pending, monkeypatch):
    set_sizes(monkeypatch, names_per_piece=1, max_pending=max_pending)
    executor = Inline()
    count_bigrams(iter(["emma"] * 200), executor=executor)
    assert executor.n_submitted == 200
    assert executor.max_held == max_pending
    assert executor.n_held == 0


def test_an_executor_holds_a_limited_amount_of_text(path, monkeypatch):
    set_sizes(monkeypatch, max_bytes_pending=20)
    path.write_bytes(b"emma\n" * 30)
    executor = Inline()
    with open(path, "rb") as stream:
        count_bigrams(stream, executor=executor, block_size=5)
    assert (executor.n_submitted, executor.max_held) == (30, 5)
    executor = Inline()
    count_bigrams(path, executor=executor, block_size=5)  # these tasks hold no text
    assert (executor.n_submitted, executor.max_held) == (30, 30)


# Executors that die


@pytest.mark.slow
def test_an_executor_whose_process_dies_is_a_runtime_error(path):
    path.write_bytes(LAST_WORDS * 20)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        executor = Watched(pool)
        with pytest.raises(RuntimeError, match="executor died while it counted"):
            count_bigrams(path, tokenizer=FATAL, executor=executor, block_size=9)
        executor.assert_settled()
        with pytest.raises(RuntimeError, match="executor died while it counted"):
            count_bigrams(path, executor=pool)  # dead already


def test_an_executor_that_is_shut_down_is_a_runtime_error(path):
    path.write_bytes(b"emma\n")
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        count_bigrams(path, executor=executor)


def test_tasks_that_their_executor_cancels_are_a_runtime_error(path):
    path.write_bytes(b"emma\n")
    with pytest.raises(RuntimeError, match=r"^The executor died .*CancelledError"):
        count_bigrams(path, executor=Cancelling())


def find_workers(client):
    return set(client.run(os.getpid).values())


@pytest.mark.slow
@pytest.mark.xdist_group("cluster")
@pytest.mark.parametrize("kind", ["file", "names"])
def test_a_worker_killed_half_way_changes_nothing(kind, client, path, monkeypatch):
    names = ["".join(chr(97 + (i * k) % 26) for k in range(1 + i % 9)) for i in range(3000)]
    path.write_text("\n".join(names))
    set_sizes(monkeypatch, names_per_piece=20)
    for attempts_left in (2, 1, 0):
        client.wait_for_workers(2, timeout=PATIENCE)
        before = find_workers(client)
        victim = min(before)
        executor = Watched(client.get_executor(), partial(os.kill, victim, signal.SIGKILL), at=75)
        source = path if kind == "file" else iter(names)
        try:
            counts = count_bigrams(source, executor=executor, block_size=path.stat().st_size // 150)
            break
        except ValueError as error:
            # Dask's executor takes a result for an error if its worker dies in that moment.
            if "not enough values to unpack" not in str(error) or attempts_left == 0:
                raise
    assert as_counter(counts) == count_by_hand(names)
    assert len(executor.futures) > 140
    client.wait_for_workers(2, timeout=PATIENCE)
    assert victim in before - find_workers(client)


@pytest.mark.slow
@pytest.mark.xdist_group("cluster")
def test_a_task_that_kills_each_worker_is_a_runtime_error(client, cluster, path, monkeypatch):
    client.wait_for_workers(2, timeout=PATIENCE)
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    path.write_bytes(LAST_WORDS)
    try:
        with pytest.raises(RuntimeError, match="executor died while it counted"):
            count_bigrams(path, tokenizer=FATAL, executor=client.get_executor())
    finally:
        client.wait_for_workers(2, timeout=PATIENCE)


# Progress


class Eager(tqdm.auto.tqdm):
    """A progress bar that shows itself at once."""

    made = []

    def __init__(self, *args, **options):
        super().__init__(*args, **{**options, "delay": 0, "mininterval": 0})
        self.is_shown = not self.disable
        self.made.append(self)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def bars(monkeypatch):
    """Return the progress bars that are made."""
    monkeypatch.setattr(tqdm.auto, "tqdm", Eager)
    monkeypatch.setattr(Eager, "made", [])
    return Eager.made


def test_nothing_is_shown_without_a_terminal(bars, path, capsys):
    path.write_bytes(TEXT)
    count_bigrams(path, block_size=1)
    assert len(bars) == 1
    assert capsys.readouterr() == ("", "")


def test_a_terminal_is_shown_how_much_is_counted_and_left_clean(bars, path, monkeypatch):
    path.write_bytes(TEXT)
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    count_bigrams(path, block_size=10)
    assert bars[0].n == bars[0].total == len(TEXT)
    *shown, last, end = terminal.getvalue().split("\r")
    assert any(f"10.0/{len(TEXT)}" in text for text in shown)
    assert (last.strip(), end) == ("", "")


@pytest.mark.parametrize("executor", [None, Inline()], ids=["here", "executor"])
def test_the_size_of_files_is_known_unless_they_are_compressed(
    executor, bars, tmp_path, monkeypatch
):
    monkeypatch.setattr("sys.stderr", Terminal())
    paths = [tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "c.gz"]
    for path in paths:
        path.write_bytes(gzip.compress(TEXT) if path.suffix == ".gz" else TEXT)
    count_bigrams(paths[:2], executor=executor)
    assert bars[0].total == bars[0].n == 2 * len(TEXT)
    count_bigrams(paths, executor=executor)
    n_compressed = len(TEXT) if executor is None else paths[2].stat().st_size
    assert (bars[1].total, bars[1].n) == (None, 2 * len(TEXT) + n_compressed)
    assert sum(bar.is_shown for bar in bars) == 2  # not that of a compressed file in its task
    count_bigrams(NAMES, executor=executor)
    assert (bars[-1].total, bars[-1].n) == (None, len(NAMES))
