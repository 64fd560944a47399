"""The calls of the current case, which a report prints, and comparisons with messages."""

import math

_calls = []


def note(call):
    """Keep a line of Python that repeats a step of the case."""
    _calls.append(call)


def clear():
    """Forget the calls of the last case."""
    _calls.clear()


def calls():
    """Return the lines of the current case."""
    return list(_calls)


def check(condition, what, expected, found):
    """Raise AssertionError with both values unless the condition holds."""
    if not condition:
        raise AssertionError(f"{what}\nexpected: {short(expected)}\nfound:    {short(found)}")


def equal(found, expected, what):
    """Check that two values are equal."""
    check(found == expected, what, expected, found)


def close(found, expected, what, rel=1e-9, tol=0.0):
    """Check that two numbers, or sequences of numbers, agree; infinities must be the same."""
    found_, expected_ = (
        [float(x) for x in (v if hasattr(v, "__len__") else [v])] for v in (found, expected)
    )
    same = len(found_) == len(expected_) and all(
        math.isclose(a, b, rel_tol=rel, abs_tol=tol) for a, b in zip(found_, expected_, strict=True)
    )
    check(same, what, expected_, found_)


def short(value):
    """Return the repr of a value, cut if it is long."""
    text = repr(value)
    return text if len(text) <= 1000 else f"{text[:1000]}..."
