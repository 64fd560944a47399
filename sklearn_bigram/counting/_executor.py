"""Tasks in order, in this thread or an executor, with a progress bar."""

import pickle
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, wait
from functools import partial
from typing import Any, NamedTuple

from sklearn_bigram.utils._text import shorten

_MAX_PENDING = 64  # tasks that are submitted ahead of the one whose result is awaited
_MAX_BYTES_PENDING = 2**25  # bytes of text that these tasks hold
_MAX_ATTEMPTS = 3  # at a task that Dask's executor loses
_DEATHS = ("KilledWorker", "ClosedClientError")  # Dask's errors, which may not be installed
_CLOSED = "Tried sending message after closing"  # what Dask's clients said before 2025.2
_PICKLING = ("pickl", "serializ", "local object")  # one is in each error of pickling
_SECONDS_BETWEEN_PROBES = 5  # of a Dask client, while a result is awaited


class Task(NamedTuple):
    """A call of a function that counts a part of a source."""

    source: Any  # the file or stream; None for names
    size: int  # bytes or names, for the progress bar
    n_bytes_held: int  # bytes of text among the arguments
    function: Callable
    arguments: tuple  # the first is the coder


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
        If the executor dies, is shut down or is closed.
    TypeError
        If the executor runs other processes, and the coder cannot be sent to them.
    """
    from tqdm.auto import tqdm

    disable = None if show_progress else True  # None: unless standard error is a terminal
    options = {"disable": disable, "delay": 2, "unit_scale": True}
    with tqdm(total=total_size, leave=False, **options) as progress:
        for task, get_result in _start_tasks(tasks, executor):
            result = get_result()
            yield task, result
            progress.update(task.size)


def _start_tasks(tasks, executor):
    """Yield each task with a function that returns its result, after starting some more."""
    if executor is None:
        for task in tasks:
            yield task, partial(task.function, *task.arguments)
        return
    pending: deque = deque()
    n_bytes_held = 0
    try:
        for task in tasks:
            pending.append((task, _submit(executor, task)))
            n_bytes_held += task.n_bytes_held
            while len(pending) >= _MAX_PENDING or n_bytes_held > _MAX_BYTES_PENDING:
                oldest, future = pending.popleft()
                yield oldest, partial(_get_result, executor, oldest, future)
                n_bytes_held -= oldest.n_bytes_held
        while pending:
            oldest, future = pending.popleft()
            yield oldest, partial(_get_result, executor, oldest, future)
    finally:
        if pending and not (is_dask_executor(executor) and _find_death(executor)):
            for _, future in pending:
                future.cancel()


def _submit(executor, task):
    """Start a task, and return its future."""
    try:
        return executor.submit(task.function, *task.arguments)
    except Exception as error:
        explained = _explain(error, task)
        if explained is error:  # the executor is shut down, or its client is closed
            explained = executor_died(error)
        raise explained from error


def _get_result(executor, task, future):
    """Return the result of a task, or raise its error, or that of an executor that died."""
    is_dask = is_dask_executor(executor)
    attempts_left = _MAX_ATTEMPTS
    while True:
        try:
            if is_dask:
                _wait_for_dask(executor, future)
            return future.result()
        except Exception as error:
            attempts_left -= 1
            if not (is_dask and attempts_left > 0 and is_own_error(error)):
                explained = _explain(error, task)
                if explained is error:
                    raise
                raise explained from error
        future = _submit(executor, task)


def _explain(error, task):
    """Return the error to raise for one of a task or its executor; it may be the same."""
    if is_death(error):
        return executor_died(error, _main_functions(task))
    # The class and the text of the next error depend on the executor and the version of Python.
    may_be_pickling = isinstance(error, (pickle.PicklingError, AttributeError, TypeError))
    if may_be_pickling and any(word in str(error).lower() for word in _PICKLING):
        return TypeError(
            f"{_find_culprit(task)} cannot be sent to another process: use a function that is "
            "defined with def at the top level of a module, or count with a ThreadPoolExecutor."
        )
    return error


def _find_culprit(task):
    """Say what part of a task cannot be pickled."""
    for name, value in vars(task.arguments[0]).items():
        try:
            pickle.dumps(value)
        except Exception:
            return f"{name}={shorten(value, 80)} of the tokenizer"
    return "The data"


def is_death(error):
    """Tell whether this error means that an executor has ended before its tasks."""
    is_dasks = type(error).__name__ in _DEATHS or _CLOSED in str(error)
    return is_dasks or isinstance(error, (BrokenExecutor, CancelledError))


def _main_functions(task):
    """Return the parameters of the tokenizer that other processes may fail to import."""
    coder = vars(task.arguments[0])
    return [name for name in coder if getattr(coder[name], "__module__", None) == "__main__"]


def executor_died(error, suspects=()):
    """Return the error to raise for an executor that died, perhaps of these parameters."""
    reason = f": {error}" if str(error) else ", since it was shut down or closed."
    hint = (
        f" If it runs other processes, define the tokenizer's {' and '.join(suspects)} in a module "
        "that they can import, not in __main__."
        if suspects
        else ""
    )
    return RuntimeError(
        f"The executor died while it counted ({type(error).__name__}){reason}{hint}"
    )


# Dask's executor has two faults. A future never ends if its client is closed at the wrong moment,
# and a result is taken for an error, which cannot be unpacked, if its worker dies meanwhile.


def is_dask_executor(executor):
    """Tell whether this is the executor of a Dask client, without importing Dask."""
    module = sys.modules.get("distributed.cfexecutor")
    return module is not None and isinstance(executor, module.ClientExecutor)


def is_own_error(error):
    """Tell whether Dask's executor, not the task, raised an error."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals["__name__"] == "distributed.cfexecutor"


def _wait_for_dask(executor, future):
    """Wait until a task has ended; raise if the client is closed before that."""
    while not wait([future], _SECONDS_BETWEEN_PROBES).done:
        death = _find_death(executor)
        if death is not None and not wait([future], 0).done:
            raise executor_died(death) from death


def _find_death(executor):
    """Return the error of a Dask client that is closed; None if it takes tasks."""
    try:
        executor.submit(int).cancel()
    except Exception as error:
        return error
    return None
