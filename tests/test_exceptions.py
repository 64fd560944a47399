"""Errors keep their facts as fields, also on their way out of a worker process."""

import pickle

import pytest

from sklearn_bigram.exceptions import (
    EndlessNameError,
    ExcludedError,
    InvalidLineError,
    InvalidNameError,
    NoNamesError,
    RegexInGlobError,
    TooFewNamesError,
    TooManyStatesError,
    TooManySymbolsError,
    UnknownSymbolsError,
)

ERRORS = {
    "name": (
        InvalidNameError("a" * 100, 3, "holds a dot", "remove it"),
        rf"X\[3\] is '{'a' * 37}…' and holds a dot: remove it\.",
    ),
    "symbols": (
        UnknownSymbolsError(["x"], "pattern"),
        r"pattern holds unknown symbols: 'x'\. Remove them, .*handle_unknown='use_unknown'\.",
    ),
    "symbols of a regular expression": (
        UnknownSymbolsError(["X"], "regex"),
        r"The regular expression holds unknown symbols: 'X'\. It is not .* that hold them\.",
    ),
    "symbols of counts": (
        UnknownSymbolsError(["x"], "counts"),
        r"The counts hold unknown symbols: 'x'\. List all .*counts\.relabel.*'use_unknown'\.",
    ),
    "escaped": (
        InvalidLineError("\x1b[2J.txt", 7, "not UTF-8 text", "convert it"),
        r"\\x1b\[2J\.txt, line 7: not UTF-8 text: convert it\.",
    ),
    "line": (
        InvalidLineError("names.txt", 7, "not UTF-8 text", "convert it"),
        r"names\.txt, line 7: not UTF-8 text: convert it\.",
    ),
    "no names": (NoNamesError("names.txt"), r"There are no names in names\.txt\."),
    "no weights": (
        NoNamesError("names.txt", weighted=True),
        r"There are no names with a weight above zero in names\.txt\.",
    ),
    "excluded": (ExcludedError(0), r"exclude leaves none of the names .*\."),
    "excluded share": (ExcludedError(1.234e-9), r"exclude leaves 1e-09 of the probability .*\."),
    "endless": (EndlessNameError(12_345), r"A name reached 12,345 symbols .*max_length.*\."),
    "glob": (
        RegexInGlobError("a.b", "."),
        r"pattern is 'a\.b', a glob, in which '\.' stands for itself, .*re\.compile\(pattern\)\.",
    ),
    "few": (
        TooFewNamesError(703, 1000),
        r"The number of distinct names .* is 703, less than the 1,000 to draw: lower n_samples.*\.",
    ),
    "states": (
        TooManyStatesError(16_384, 1_201),
        r".*more than 16,384 states, the limit for 1,201 symbols: .*min_length or max_length\.",
    ),
    "square": (
        TooManySymbolsError("to_frame", 20_000, 2**28),
        r"to_frame of 20,000 symbols would take 3,052 MiB, more than .* 256 MiB: use counts_.*\.",
    ),
}


@pytest.mark.parametrize(("error", "message"), ERRORS.values(), ids=ERRORS)
def test_a_pickled_error_has_its_fields_and_its_message(error, message):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error) != {}
    with pytest.raises(ValueError, match=f"^{message}$"):
        raise again


@pytest.mark.parametrize(("n", "more"), [(10, ""), (11, " and 1 more")])
def test_ten_unknown_symbols_are_named(n, more):
    symbols = "abcdefghijk"[:n]
    named = ", ".join(map(repr, symbols[:10]))
    assert UnknownSymbolsError(symbols, "X").problem == f"unknown symbols: {named}{more}"


def test_long_unknown_symbols_are_cut():
    problem = UnknownSymbolsError(["a" * 10**6, "\x1b" * 10**6] * 10, "X").problem
    assert len(problem) < 1000
    assert problem.isprintable()


def test_a_line_moves_with_the_lines_before_it():
    moved = InvalidLineError(None, 2, "not UTF-8 text", "convert it").move("names.txt", 5)
    assert str(moved) == "names.txt, line 7: not UTF-8 text: convert it."
