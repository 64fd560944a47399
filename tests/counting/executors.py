"""Executors that fail, wait or watch, each in its own way."""

from concurrent.futures import Executor, Future

PATIENCE = 60  # seconds until a test that hangs fails


class Inline(Executor):
    """Run each task when it is submitted, and `hook` once before task number `at`."""

    def __init__(self, hook=None, at=1):
        self.hook, self.at = hook, at
        self.n_submitted, self.n_held, self.max_held = 0, 0, 0

    def submit(self, function, *args):
        if self.n_submitted == self.at and self.hook is not None:
            self.hook()
        self.n_submitted += 1
        self.n_held += 1
        self.max_held = max(self.max_held, self.n_held)
        return run(Counted(self), function, args)


class Counted(Future):
    """A future that tells its executor when its result is taken."""

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
            run(future, function, args)
        self.futures.append(future)
        return future


class Watched(Executor):
    """Pass tasks on to an executor, keep the futures, and call `hook` before task `at`."""

    def __init__(self, executor, hook=None, at=0):
        self.executor, self.hook, self.at, self.futures = executor, hook, at, []

    def submit(self, function, *args):
        if self.hook is not None and len(self.futures) == self.at:
            self.hook()
        self.futures.append(self.executor.submit(function, *args))
        return self.futures[-1]

    def assert_settled(self):
        """Assert that each task is cancelled or comes to an end."""
        for future in self.futures:
            assert future.cancelled() or future.exception(PATIENCE) or future.done()


def watch_dask(client, hook=None, at=0):
    """Return the executor of a Dask client that keeps the futures, and calls `hook` as above."""
    from distributed.cfexecutor import ClientExecutor

    class WatchedDask(ClientExecutor):
        def submit(self, function, *args):
            if function is int:  # a probe of the client
                return super().submit(function, *args)
            if hook is not None and len(self.futures) == at:
                hook()
            self.futures.append(super().submit(function, *args))
            return self.futures[-1]

    executor = WatchedDask(client)
    executor.futures = []
    return executor


class Cancelling(Executor):
    """Cancel each task, as an executor does that is shut down while tasks wait."""

    def submit(self, function, *args):
        future = Future()
        future.cancel()
        return future


def run(future, function, args):
    """Run a task now, and return its future."""
    try:
        future.set_result(function(*args))
    except Exception as error:
        future.set_exception(error)
    return future
