"""Tasks in this thread, threads, processes and a cluster; executors that die; progress."""

import gzip
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import repeat

import pytest
import tqdm.auto
from distributed import Client
from distributed.cfexecutor import ClientExecutor

from sklearn_bigram import NameTokenizer, count_bigrams
from tests.counting.executors import PATIENCE, Cancelling, Inline, Stuck, Watched, watch_dask
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
    client.wait_for_workers(2, timeout=PATIENCE)
    before = find_workers(client)
    victim = min(before)
    executor = watch_dask(client, partial(os.kill, victim, signal.SIGKILL), at=75)
    source = path if kind == "file" else iter(names)
    counts = count_bigrams(source, executor=executor, block_size=path.stat().st_size // 150)
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


@pytest.mark.xdist_group("cluster")
@pytest.mark.parametrize("kind", ["file", "names"])
def test_a_result_that_dask_takes_for_an_error_is_counted_again(kind, client, path, monkeypatch):
    """Dask's executor does this if a worker dies in a certain moment."""
    path.write_bytes(TEXT)
    executor, wrap, n_lost = client.get_executor(), ClientExecutor._wrap_future, []

    class Lost:
        """A future of Dask whose result is here, but whose status says that it is lost."""

        status = "lost"

        def __init__(self, future):
            self.future = future

        def _result(self, raiseit):
            return self.future._result(raiseit=raiseit)

    def lose_two(self, future):
        n_lost.append(1)
        return wrap(self, Lost(future) if len(n_lost) <= 2 else future)

    monkeypatch.setattr(ClientExecutor, "_wrap_future", lose_two)
    counts = count_bigrams(path if kind == "file" else NAMES, executor=executor)
    assert as_counter(counts) == count_by_hand(NAMES)
    assert len(n_lost) == 3


def wait_a_little(name):
    time.sleep(0.01)
    return list(name)


@pytest.mark.xdist_group("cluster")
@pytest.mark.parametrize("at", [0, 1, 70])
@pytest.mark.parametrize("when", ["between tasks", "during a task"])
def test_a_dask_client_that_is_closed_is_a_runtime_error(at, when, cluster, monkeypatch):
    set_sizes(monkeypatch, names_per_piece=1)
    client = Client(cluster, set_as_default=False)
    timer = threading.Timer(at / 100, client.close)

    def source():
        for i in range(200):
            if i == at and when == "between tasks":
                client.close()
            yield f"a{i}"

    if when == "during a task":
        timer.start()
    tokenizer = NameTokenizer(analyzer=wait_a_little)
    with pytest.raises(RuntimeError, match=r"^The executor died while it counted \("):
        count_bigrams(source(), executor=client.get_executor(), tokenizer=tokenizer)
    if when == "during a task":
        timer.join()


@pytest.mark.xdist_group("cluster")
def test_a_dask_client_is_probed_while_a_task_takes_long(client, monkeypatch):
    monkeypatch.setattr("sklearn_bigram.counting._executor._SECONDS_BETWEEN_PROBES", 0.02)
    tokenizer = NameTokenizer(analyzer=wait_a_little)
    counts = count_bigrams(["ab"] * 20, executor=client.get_executor(), tokenizer=tokenizer)
    assert as_counter(counts) == count_by_hand(["ab"] * 20)


@pytest.mark.xdist_group("cluster")
def test_a_future_that_a_closed_client_forgets_is_a_runtime_error(cluster, monkeypatch):
    monkeypatch.setattr("sklearn_bigram.counting._executor._SECONDS_BETWEEN_PROBES", 0.1)
    client = Client(cluster, set_as_default=False)

    class Forgetful(ClientExecutor):
        def submit(self, function, *args):
            if function is int:
                return super().submit(function, *args)
            client.close()
            return Future()

    with pytest.raises(RuntimeError, match=r"^The executor died while it counted \(.*closed"):
        count_bigrams(["a"], executor=Forgetful(client))


@pytest.mark.parametrize("kind", ["threads", "processes"])
@pytest.mark.parametrize("cancel", [True, False])
def test_an_executor_that_is_shut_down_while_it_counts_is_a_runtime_error(
    cancel, kind, monkeypatch
):
    set_sizes(monkeypatch, names_per_piece=1)
    spawn = multiprocessing.get_context("spawn")
    pool = ThreadPoolExecutor(1) if kind == "threads" else ProcessPoolExecutor(1, spawn)

    def source():
        for i in range(100):
            if i == 5:
                pool.shutdown(wait=False, cancel_futures=cancel)
            yield "emma"

    with pytest.raises(RuntimeError, match=r"^The executor died while it counted \(.*shutdown"):
        count_bigrams(source(), executor=pool)
    pool.shutdown()


def test_an_executor_that_another_thread_shuts_down_is_a_runtime_error(monkeypatch):
    set_sizes(monkeypatch, names_per_piece=1)
    pool = ThreadPoolExecutor(1)
    timer = threading.Timer(0.1, pool.shutdown, kwargs={"cancel_futures": True})
    timer.start()
    tokenizer = NameTokenizer(analyzer=wait_a_little)
    with pytest.raises(RuntimeError, match=r"^The executor died while it counted \("):
        count_bigrams(["emma"] * 60, executor=pool, tokenizer=tokenizer)
    timer.join()


# Functions that cannot be sent to other processes


class Locked:
    """A function that cannot be pickled."""

    def __init__(self):
        self.lock = threading.Lock()

    def __call__(self, name):
        return name


def within():
    def inner(name):
        return name

    return inner


@pytest.mark.xdist_group("processes")
@pytest.mark.parametrize("make", [lambda: lambda name: name, within, Locked])
@pytest.mark.parametrize("parameter", ["analyzer", "strip_accents"])
def test_a_function_that_cannot_be_pickled_is_named(parameter, make, processes, path):
    path.write_bytes(b"ab\n" * 100)
    tokenizer = NameTokenizer(**{parameter: make()})
    for source in (path, ["ab"], io.BytesIO(b"ab\n" * 100)):
        with pytest.raises(TypeError, match=f"^{parameter}=<.* of the tokenizer cannot be sent"):
            count_bigrams(source, tokenizer=tokenizer, executor=processes, block_size=3)
    assert as_counter(count_bigrams(path, executor=processes)) == count_by_hand(["ab"] * 100)
    with ThreadPoolExecutor(1) as threads:  # the way out
        counts = count_bigrams(path, tokenizer=tokenizer, executor=threads)
    assert as_counter(counts) == count_by_hand(["ab"] * 100)


class Unpicklable(str):
    """A name that cannot be pickled."""

    def __reduce_ex__(self, protocol):
        raise TypeError("cannot pickle this name")


@pytest.mark.xdist_group("processes")
def test_names_that_cannot_be_pickled_are_a_type_error(processes):
    with pytest.raises(TypeError, match=r"^The data cannot be sent to another process: "):
        count_bigrams([Unpicklable("ab")], executor=processes)


def complain(name):
    raise TypeError(f"{name} is not to my liking")


def test_an_error_of_an_analyzer_is_left_as_it_is(threads):
    with pytest.raises(TypeError, match=r"^ab is not to my liking$"):
        count_bigrams(
            ["ab"], tokenizer=NameTokenizer(analyzer=lambda x: complain(x)), executor=threads
        )


@pytest.mark.slow
def test_a_process_that_dies_of_a_function_of_main_says_so():
    program = (
        "import multiprocessing\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from sklearn_bigram import NameTokenizer, count_bigrams\n"
        "def split(name): return list(name)\n"
        "pool = ProcessPoolExecutor(1, multiprocessing.get_context('spawn'))\n"
        "count_bigrams(['ab'], tokenizer=NameTokenizer(analyzer=split), executor=pool)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE
    )
    assert "define the tokenizer's analyzer in a module" in result.stderr.splitlines()[-1]


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
