"""The fuzzing harness: it finds failures and hangs, and a short run of each area finds none."""

import io
import math
import random
import time
import warnings
from contextlib import suppress

import pytest

from tests.fuzz import __main__ as command
from tests.fuzz import _exact
from tests.fuzz._notes import check, note
from tests.fuzz._runner import case_seed, run, run_case
from tests.fuzz.areas import AREAS

# The first cases of this seed, which the package passes.
SEED = 1


def passes(rng):
    rng.random()


def fails(rng):
    x = rng.randrange(1000)
    note(f"x = {x}")
    check(x < 0, "a number below zero", "x < 0", x)


def hangs(rng):
    while True:
        with suppress(Exception):  # a handler in the package must not stop the alarm
            time.sleep(0.01)


def warns(rng):
    warnings.warn("unexpected", UserWarning, stacklevel=1)


@pytest.mark.parametrize("area", AREAS)
def test_a_few_cases_of_each_area_pass(area):
    for i in range(5):
        failure = run_case(area, AREAS[area], case_seed(SEED, area, i))
        assert failure is None, failure


@pytest.mark.slow
@pytest.mark.parametrize("area", AREAS)
def test_a_second_of_each_area_passes(area):
    file = io.StringIO()
    tallies = run({area: AREAS[area]}, 1.0, SEED, file=file)
    assert tallies[area].failures == 0, file.getvalue()


def test_a_failure_is_reported_with_its_calls_and_values():
    failure = run_case("numbers", fails, 7)
    x = random.Random("numbers 7").randrange(1000)
    assert failure.splitlines() == [
        "FAILURE in numbers: python -m tests.fuzz --case numbers 7",
        f"x = {x}",
        "AssertionError: a number below zero",
        "expected: 'x < 0'",
        f"found:    {x}",
    ]


def test_a_case_that_hangs_fails_at_the_limit():
    start = time.monotonic()
    failure = run_case("loop", hangs, 0, limit=0.1)
    assert "CaseTimeoutError: The case took more than 0.1 s." in failure
    assert time.monotonic() - start < 5


def test_a_warning_is_a_failure():
    assert "UserWarning: unexpected" in run_case("warning", warns, 0)


def test_a_run_goes_on_after_failures_and_its_status_tells_of_them(capsys):
    areas = {"good": passes, "bad": fails}
    assert command.main(["--seconds", "0.1", "--seed", "3"], areas) == 1
    out = capsys.readouterr().out
    assert out.startswith("seed 3\nFAILURE in bad") or "\nFAILURE in bad" in out
    assert out.count("FAILURE in bad") > 1
    assert "area" in out.splitlines()[-3]
    good, bad = (line.split() for line in out.splitlines()[-2:])
    assert good[0] == "good"
    assert good[2] == "0"
    assert bad[1] == bad[2]
    assert command.main(["--seconds", "0.1", "--only", "good"], areas) == 0


def test_the_same_seed_draws_the_same_cases(capsys):
    areas = {"bad": fails}
    reports = []
    for _ in range(2):
        command.main(["--seconds", "0", "--seed", "5"], areas)
        reports.append(capsys.readouterr().out.split("\narea")[0])
    assert reports[0] == reports[1]
    case = str(case_seed(5, "bad", 0))
    assert command.main(["--case", "bad", case], areas) == 1
    assert capsys.readouterr().out.strip() in reports[0]


def test_a_case_of_an_unknown_area_is_an_error():
    with pytest.raises(SystemExit):
        command.main(["--case", "none", "1"], {"good": passes})


def test_exact_sums_of_a_chain_with_a_known_result():
    # After "a", which comes first, comes "a" or the end, each with probability 1/2.
    chain = _exact.chain_of([[0, 1], [1, 1]])
    assert _exact.visits(chain) == {0: 1, 1: 2}
    assert _exact.Product(chain, [{1}, {1}]).mass() == 0.25
    assert _exact.Product(chain, ["*"], min_length=3).mass() == 0.25
    assert _exact.length_distribution(chain, 3) == [0, 0.5, 0.25, 0.125]
    endless = _exact.chain_of([[0, 1, 0], [0, 1, 1], [0, 0, 1]])  # "a" to "b", which never ends
    assert _exact.visits(endless) == {0: 1, 1: 2, 2: math.inf}
    best = _exact.Product(chain).best()
    assert [next(best) for _ in range(2)] == [((1,), 0.5), ((1, 1), 0.25)]
