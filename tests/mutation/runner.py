"""Run tests in forked processes, which share the packages that are already imported.

Nothing is written into the checkout: a process gets the code of its mutant from memory. A program
that a test starts imports the package from the disk, so it does not see the mutant.
"""

import atexit
import faulthandler
import gc
import importlib
import json
import os
import pickle
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from itertools import islice
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, Phase, settings

from .mutants import PACKAGE, compile_mutant

_MAX_BYTES = 8 * 2**30  # address space of one process
_MAX_WAIT = 600  # seconds that a test may wait for other processes
_HAS_RUN = {
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.NO_TESTS_COLLECTED,  # all are skipped
}


@dataclass
class Test:
    """A test that passes without a mutant."""

    name: str
    seconds: float
    lines: dict[str, set[int]]  # the lines that it runs, by file

    def reaches(self, mutant):
        lines = range(mutant.first, mutant.last + 1)
        return not self.lines[mutant.file].isdisjoint(lines)


def prepare(tree):
    """Import what the code of a checkout imports, but nothing of the checkout itself."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    os.environ.update(threads)  # threads do not survive a fork
    os.environ["COVERAGE_CORE"] = "ctrace"  # others cannot tell the tests apart
    os.environ["PYTHONPATH"] = sys.path[0] = str(tree)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    tempfile.tempdir = os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, tempfile.tempdir, ignore_errors=True)
    os.chdir(tree)
    paths = [path for folder in (PACKAGE, "tests") for path in (tree / folder).rglob("*.py")]
    code = "\n".join(path.read_text("utf-8") for path in paths)
    local = {PACKAGE, "tests", *(path.stem for path in (tree / "tests").iterdir())}
    for name in sorted(set(re.findall(r"^ *(?:import|from) (\w[\w.]*)", code, re.MULTILINE))):
        if name.partition(".")[0] not in local:
            with suppress(ImportError):
                importlib.import_module(name)
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]  # the checkout's tests may be another package of this name
    # Processes that a test spawns import the main module again.
    sys.modules["__main__"] = importlib.import_module("pytest.__main__")
    sys.pycache_prefix = tempfile.tempdir
    gc.freeze()


def _in_forks(function, tasks, jobs):
    """Call ``function(task, folder)`` for each task in a process, with a temporary folder.

    Yields the task, the folder, the exit code and the seconds of each process that ends.
    """
    tasks, running = iter(tasks), {}
    try:
        while True:
            for task in islice(tasks, jobs - len(running)):
                folder = Path(tempfile.mkdtemp())
                pid = os.fork()
                if pid == 0:
                    _in_child(function, task, folder)
                running[pid] = task, folder, time.perf_counter()
            if not running:
                return
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                time.sleep(0.02)  # unlike a wait, an interrupt ends it at once
                continue
            task, folder, start = running.pop(pid)
            _kill_group(pid)
            yield task, folder, os.waitstatus_to_exitcode(status), time.perf_counter() - start
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        for pid in running:
            _kill_group(pid)
        for pid in running:
            os.waitpid(pid, 0)


def _kill_group(pid):
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _in_child(function, task, folder):
    import resource  # some systems lack it

    os.setsid()
    terminal = os.fdopen(os.dup(2), "w")
    for descriptor in range(3):
        os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_BYTES, _MAX_BYTES))
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        function(task, folder)
    except BaseException:
        traceback.print_exc(file=terminal)
        terminal.flush()
        os._exit(2)
    os._exit(0)


def _run_pytest(files, plugin, folder):
    options = ["--tb=no", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:faulthandler"]
    places = [f"--rootdir={Path.cwd()}", f"--basetemp={folder / 'pytest'}"]
    return pytest.main([*options, *places, "-o", "addopts=", *files], plugins=[plugin])


class _Plugin:
    """Few examples of hypothesis, the same ones each time."""

    def pytest_collection(self):  # conftest.py, which may load a profile, is imported before
        settings.register_profile(
            "mutation",
            deadline=None,
            derandomize=True,
            database=None,
            max_examples=20,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutation")


class _Tracer(_Plugin):
    """Notes the lines that each test runs, and those of the fixtures that tests share."""

    def __init__(self):
        source = [str(Path(PACKAGE).resolve())]
        self.coverage = Coverage(data_file=None, config_file=False, source=source)
        self.fixtures, self.seconds = {}, defaultdict(float)
        self.passed, self.failed = set(), set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.test = item.nodeid
        self.fixtures[item.nodeid] = item.fixturenames
        self.coverage.switch_context(item.nodeid)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        if fixturedef.scope == "function":
            return (yield)
        start = time.perf_counter()
        self.coverage.switch_context(fixturedef.argname)
        try:
            return (yield)
        finally:
            self.coverage.switch_context(self.test)
            self.seconds[fixturedef.argname] = time.perf_counter() - start

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            self.seconds[report.nodeid] = report.duration
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed.add(report.nodeid)

    def facts(self):
        """Yield the name, the seconds and the lines of each test that passed."""
        lines = defaultdict(lambda: defaultdict(set))
        data = self.coverage.get_data()
        for file in data.measured_files():
            for line, contexts in data.contexts_by_lineno(file).items():
                for context in contexts:
                    lines[context][Path(file).relative_to(Path.cwd()).as_posix()].add(line)
        for name in self.passed - self.failed:
            seconds, reached = 0, defaultdict(set)
            for part in (name, *self.fixtures[name]):
                seconds += self.seconds[part]
                for file, numbers in lines[part].items():
                    reached[file] |= numbers
            yield name, seconds, reached


def _trace(file, folder):
    tracer = _Tracer()
    tracer.coverage.start()
    exit_code = _run_pytest([file], tracer, folder)
    tracer.coverage.stop()
    if exit_code not in _HAS_RUN:
        raise RuntimeError(f"pytest could not run {file}: {exit_code!r}")
    found = list(tracer.facts()), sorted(tracer.failed)
    (folder / "result").write_bytes(pickle.dumps(found))


def measure(files, jobs):
    """Run files of tests without a mutant and return the tests that pass."""
    tests = []
    for file, folder, exit_code, seconds in _in_forks(_trace, files, jobs):
        if exit_code != 0:
            raise RuntimeError(f"The process that ran {file} ended with {exit_code}.")
        passed, failed = pickle.loads((folder / "result").read_bytes())
        print(f"{file}: {len(passed)} tests pass, {seconds:.0f} s", flush=True)
        for name in failed:
            print(f"{name} fails without a mutant and is left out", flush=True)
        tests += [Test(*facts) for facts in passed]
    return tests


class _Hunter(_Plugin):
    """Runs tests in their order, each with a time limit, until one fails."""

    def __init__(self, tests, result):
        self.order = {test.name: i for i, test in enumerate(tests)}
        self.limits = {test.name: 10 + 10 * test.seconds for test in tests}
        self.result = result
        self.killer = None
        self.start(tests[0].name, 60)  # the time to import the tests

    def start(self, test, limit):
        self.test = test
        self.write("timeout", test)  # this stays if a timer ends the process
        signal.setitimer(signal.ITIMER_PROF, limit)  # of processor time: the machine may be busy
        faulthandler.dump_traceback_later(_MAX_WAIT, exit=True, file=sys.__stderr__)

    def stop(self):
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()

    def write(self, status, killer):
        self.result.write_text(json.dumps([status, killer]))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        items[:] = [item for item in items if item.nodeid in self.order]
        items.sort(key=lambda item: self.order[item.nodeid])

    def pytest_runtest_logstart(self, nodeid):
        self.start(nodeid, self.limits[nodeid])

    def pytest_runtest_logreport(self, report):
        if report.failed and self.killer is None:
            self.killer = report.nodeid

    pytest_collectreport = pytest_runtest_logreport


def _hunt(task, folder):
    mutant, tests = task
    path = Path(mutant.file).resolve()
    code, get_code = compile_mutant(path, mutant), SourceFileLoader.get_code
    SourceFileLoader.get_code = lambda loader, name: (
        code if Path(loader.path) == path else get_code(loader, name)
    )
    hunter = _Hunter(tests, folder / "result")
    files = dict.fromkeys(test.name.partition("::")[0] for test in tests)
    exit_code = _run_pytest(["--maxfail=1", *files], hunter, folder)
    hunter.stop()
    if exit_code == pytest.ExitCode.OK:
        hunter.write("survived", None)
    else:
        hunter.write("killed", hunter.killer or hunter.test)


def hunt(mutants, tests, jobs):
    """Run each mutant against the tests that reach it, and yield it with what came of it.

    The tests of a mutant's own folder come first, and the fastest of them before the others.
    """
    flat = not any((Path("tests") / mutant.folder).is_dir() for mutant in mutants)

    def is_own(test, mutant):
        return flat or test.startswith(f"tests/{mutant.folder}/")

    tasks = []
    for mutant in mutants:
        chosen = [test for test in tests if test.reaches(mutant)]
        chosen.sort(key=lambda test: (not is_own(test.name, mutant), test.seconds))
        if chosen:
            tasks.append((mutant, chosen))
        else:
            yield mutant, {"status": "survived", "killer": None, "own": False, "tests": 0}
    for (mutant, chosen), folder, exit_code, seconds in _in_forks(_hunt, tasks, jobs):
        if exit_code == 2:
            raise RuntimeError(f"This mutant could not be run: {mutant}")
        status, killer = json.loads((folder / "result").read_text())
        if exit_code < 0 and exit_code != -signal.SIGPROF:
            status = "crash"
        own = killer is not None and is_own(killer, mutant)
        facts = {"tests": len(chosen), "seconds": round(seconds, 2)}
        yield mutant, {"status": status, "killer": killer, "own": own, **facts}
