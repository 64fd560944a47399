"""Files to count, and executors to count them: a pool and a cluster for all tests."""

import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest


@pytest.fixture
def path(tmp_path):
    return tmp_path / "names.txt"


@pytest.fixture(scope="session")
def threads():
    with ThreadPoolExecutor(2) as executor:
        yield executor


@pytest.fixture(scope="session")
def processes():
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        yield executor


@pytest.fixture(scope="session")
def cluster():
    import dask
    from distributed import LocalCluster

    # After a worker is lost, Dask gives up any worker that takes longer than this to restart.
    patient = dask.config.set({"distributed.deploy.lost-worker-timeout": "1h"})
    options = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with patient, LocalCluster(n_workers=2, threads_per_worker=1, **options) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def client(cluster):
    from distributed import Client

    with Client(cluster, set_as_default=False) as client:
        yield client


@pytest.fixture(scope="session")
def dask_executor(client):
    return client.get_executor()


@pytest.fixture(
    params=[
        None,
        "threads",
        pytest.param("processes", marks=pytest.mark.xdist_group("processes")),
        pytest.param("dask_executor", marks=pytest.mark.xdist_group("cluster")),
    ]
)
def executor(request):
    """Return each executor in turn; None counts in this thread."""
    return request.param and request.getfixturevalue(request.param)
