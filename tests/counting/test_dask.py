"""Dask collections, counted where Dask computes."""

import os
import signal
import threading
import time
from concurrent.futures import Executor

import dask
import dask.bag
import dask.dataframe
import pandas as pd
import pytest
from distributed import Client

from sklearn_bigram import NameTokenizer, count_bigrams
from tests.counting.executors import PATIENCE
from tests.helpers import as_counter, count_by_hand, set_sizes

NAMES = ["emma", "olivia", "ava", "zoë", "李明", "anne-marie", "o b", "\t", "a\0"]


@pytest.fixture(
    params=[
        "synchronous",
        "threads",
        pytest.param("client", marks=pytest.mark.xdist_group("cluster")),
    ]
)
def scheduler(request):
    """Return the context in which Dask computes with each scheduler in turn."""
    if request.param == "client":
        return request.getfixturevalue("client").as_current()
    return dask.config.set(scheduler=request.param)


def make_frame(names, npartitions=3):
    table = pd.DataFrame({"name": names, "place": range(len(names))})
    return dask.dataframe.from_pandas(table, npartitions=npartitions, sort=False)


def make_empty_partitions():
    column = make_frame([name for name in NAMES for _ in range(5)], npartitions=9)
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
    "column": (lambda: make_frame(NAMES)["name"], NAMES),
    "column of objects": (lambda: make_frame(NAMES)["name"].astype(object), NAMES),
    "mapped column": (lambda: make_frame(["EMMA", "Ava"])["name"].str.lower(), ["emma", "ava"]),
    "column with empty partitions": (make_empty_partitions, [NAMES[0]] * 5 + [NAMES[1]] * 5),
}


@pytest.mark.parametrize(("make", "names"), COLLECTIONS.values(), ids=COLLECTIONS)
def test_a_collection_of_any_kind_is_counted(make, names):
    with dask.config.set(scheduler="synchronous"):
        assert as_counter(count_bigrams(make())) == count_by_hand(names)


def test_every_scheduler_counts_bags_and_columns(scheduler):
    with scheduler:
        bag = dask.bag.from_sequence(NAMES * 30, npartitions=20)
        assert as_counter(count_bigrams(bag)) == count_by_hand(NAMES * 30)
        assert as_counter(count_bigrams(make_empty_partitions())) == count_by_hand(
            [NAMES[0]] * 5 + [NAMES[1]] * 5
        )


@pytest.mark.parametrize("n_partitions", [1, 2, 3, 4, 7, 8, 9, 10, 27])
def test_any_number_of_partitions_is_added_up(n_partitions, monkeypatch):
    names = [chr(0x4E00 + i) for i in range(n_partitions)]
    set_sizes(monkeypatch, parts_per_sum=3)
    with dask.config.set(scheduler="synchronous"):
        bag = dask.bag.from_sequence(names, npartitions=n_partitions)
        assert as_counter(count_bigrams(bag)) == count_by_hand(names)


def test_a_collection_takes_a_tokenizer():
    bag = dask.bag.from_sequence(["Mary Ann", "ann lee"], npartitions=2)
    tokenizer = NameTokenizer(analyzer=str.split, lowercase=True, boundary="<s>")
    with dask.config.set(scheduler="synchronous"):
        counts = count_bigrams(bag, tokenizer=tokenizer)
    assert as_counter(counts) == count_by_hand(["mary ann", "ann lee"], "<s>", str.split)


def test_a_collection_does_not_use_the_executor():
    bag = dask.bag.from_sequence(NAMES, npartitions=2)
    with dask.config.set(scheduler="synchronous"):
        counts = count_bigrams(bag, executor=Executor())
    assert as_counter(counts) == count_by_hand(NAMES)


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (["emma", None], TypeError, "names must be strings"),
        (["emma", "a.b"], ValueError, "holds the boundary symbol"),
        ([None, None], TypeError, "names must be strings"),
    ],
)
def test_a_bad_name_is_an_error_of_its_class(names, error, message, scheduler):
    with scheduler:
        bag = dask.bag.from_sequence(names, npartitions=2)
        for collection in (bag, make_frame(names, npartitions=2)["name"]):
            with pytest.raises(error, match=message):
                count_bigrams(collection)


def test_an_error_names_the_partition():
    bag = dask.bag.from_sequence([*"abcdefghij", "x.y", 3], npartitions=4)
    with dask.config.set(scheduler="synchronous"):
        with pytest.raises(ValueError, match=r"^In partition 3, .* X is: X\[1\] is 'x\.y'"):
            count_bigrams(bag.filter(lambda name: name != 3))
        with pytest.raises(TypeError, match=r"^In partition 3, .* X is: X\[2\] is of type int"):
            count_bigrams(bag)


def test_a_collection_without_names_is_refused():
    frame = dask.dataframe.from_dict({"name": NAMES}, npartitions=1)
    bag = dask.bag.from_sequence(["a"], npartitions=1).filter(lambda name: False)
    with dask.config.set(scheduler="synchronous"):
        with pytest.raises(ValueError, match="one column"):
            count_bigrams(frame)
        with pytest.raises(ValueError, match=r"^There are no names in the source\.$"):
            count_bigrams(bag)


def wait_a_little(name):
    time.sleep(0.05)
    return name


@pytest.mark.xdist_group("cluster")
@pytest.mark.parametrize("seconds", [0, 0.3])
def test_a_client_that_is_closed_is_a_runtime_error(seconds, cluster):
    with Client(cluster, set_as_default=False) as client, client.as_current():
        bag = dask.bag.from_sequence(NAMES * 10, npartitions=30).map(wait_a_little)
        timer = threading.Timer(seconds, client.close)
        if seconds:
            timer.start()
        else:
            client.close()
        with pytest.raises(RuntimeError, match=r"^The executor died while it counted \("):
            count_bigrams(bag)
        timer.cancel()


@pytest.mark.slow
@pytest.mark.xdist_group("cluster")
def test_a_worker_killed_within_a_bag_changes_nothing(client, tmp_path):
    flag = str(tmp_path / "killed")

    def kill_once(names):  # Dask sends an inner function whole: workers need not import this file
        try:
            os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return names
        return os.kill(os.getpid(), signal.SIGKILL)

    client.wait_for_workers(2, timeout=PATIENCE)
    before = set(client.run(os.getpid).values())
    bag = dask.bag.from_sequence(NAMES * 10, npartitions=20).map_partitions(kill_once)
    with client.as_current():
        assert as_counter(count_bigrams(bag)) == count_by_hand(NAMES * 10)
    client.wait_for_workers(2, timeout=PATIENCE)
    assert len(before - set(client.run(os.getpid).values())) == 1
