"""Tasks in order, in this thread or by an executor, with a progress bar."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError
from typing import Any, NamedTuple

_MAX_PENDING = 64  # tasks that are submitted ahead of the one whose result is awaited
_MAX_BYTES_PENDING = 2**25  # bytes of text that these tasks hold


class Task(NamedTuple):
    """A call of a function that counts a part of a source."""

    source: Any  # the file or stream; None for names
    size: int  # bytes or names, for the progress bar
    n_bytes_held: int  # bytes of text among the arguments
    function: Callable
    arguments: tuple


def run_tasks(tasks, executor=None, *, total_size=None, show_progress=True):
    """Yield each task with its result, in order.

    Parameters
    ----------
    tasks : iterable of Task
        The tasks. They are taken from the iterable only as fast as they are run.
    executor : concurrent.futures.Executor, default=None
        Runs the tasks. None runs them in this thread.
    total_size : int, default=None
        The sum of the sizes of the tasks, if it is known.
    show_progress : bool, default=True
        Show a progress bar on a terminal, after two seconds.

    Raises
    ------
    RuntimeError
        If the executor dies.
    """
    from tqdm.auto import tqdm

    disable = None if show_progress else True  # None: unless standard error is a terminal
    options = {"disable": disable, "delay": 2, "unit_scale": True}
    with tqdm(total=total_size, leave=False, **options) as progress:
        for task, get_result in _start_tasks(tasks, executor):
            try:
                result = get_result()
            except Exception as error:
                # KilledWorker is Dask's, which may not be installed.
                is_killed = type(error).__name__ == "KilledWorker"
                if is_killed or isinstance(error, (BrokenExecutor, CancelledError)):
                    raise executor_died(error) from error
                raise
            yield task, result
            progress.update(task.size)


def _start_tasks(tasks, executor):
    """Yield each task with a function that returns its result, after starting some more."""
    if executor is None:
        for task in tasks:
            yield task, lambda task=task: task.function(*task.arguments)
        return
    pending: deque = deque()
    n_bytes_held = 0
    try:
        for task in tasks:
            try:
                pending.append((task, executor.submit(task.function, *task.arguments)))
            except BrokenExecutor as error:
                raise executor_died(error) from error
            n_bytes_held += task.n_bytes_held
            while len(pending) >= _MAX_PENDING or n_bytes_held > _MAX_BYTES_PENDING:
                oldest, future = pending.popleft()
                yield oldest, future.result
                n_bytes_held -= oldest.n_bytes_held
        while pending:
            oldest, future = pending.popleft()
            yield oldest, future.result
    finally:
        for _, future in pending:
            future.cancel()


def executor_died(error):
    """Return the error to raise for an executor that died."""
    return RuntimeError(f"The executor died while it counted ({type(error).__name__}): {error}")
