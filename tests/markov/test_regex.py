import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_bigram.markov import _regex
from sklearn_bigram.markov._determinize import build_regex_automaton
from tests.markov.helpers import Alphabet, stream_of

LETTERS = "abCé"
NAMES = ["".join(letters) for n in range(7) for letters in product(LETTERS, repeat=n)]
STREAM = stream_of(NAMES, LETTERS)
ATOMS = ["a", "b", "C", "é", ".", "[ab]", "[^a]", "[a-c]", "[^b-z]", r"\w", r"[^\W\d]", "(?i:c)"]
ANCHORS = ["^", "$", r"\A", r"\Z", ""]


def accepted(pattern, letters=LETTERS, stream=STREAM):
    """Tell for each name of a stream whether a compiled expression accepts it."""
    return build_regex_automaton(pattern, Alphabet(letters)).accepts(stream).tolist()


def check(expression, flags=0):
    pattern = re.compile(expression, flags)
    assert accepted(pattern) == [pattern.fullmatch(name) is not None for name in NAMES], pattern


def longer(inner):
    repeat = st.sampled_from(["*", "+", "?", "{2}", "{,2}", "{1,}", "{0}", "{2,3}", "*?", "{1,2}?"])
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, repeat).map(lambda parts: f"(?:{parts[0]}){parts[1]}"),
    )


@settings(max_examples=80, deadline=None)
@given(
    expression=st.recursive(st.sampled_from([*ATOMS, *ANCHORS]), longer, max_leaves=8),
    flags=st.sampled_from([0, re.IGNORECASE, re.ASCII, re.IGNORECASE | re.ASCII]),
)
def test_names_are_accepted_that_python_matches(expression, flags):
    check(expression, flags)


@pytest.mark.parametrize(
    "expression",
    [
        *["", "a|", "(|a)b", "a*b+C?", "a{2}b{,2}C{1,}", "(a{2}b?){2}", "(a|)*", "((a?)*)*b"],
        *["a??b", "(a|b)*a(a|b){2}", "(?:)", "a{0}b", "(x{0}){9}a", "(?P<n>a|bC)+", "a(?#text)b"],
        *["[ab][^ab]", "[^a-b]", "[xa]", "[^x]", "[]a]", "[^]a]", r"[\]a]", "[a-]", r"[\d\w]"],
        *[
            r"\w\W*",
            r"\D\S",
            r"\s|a",
            r"[^\w]",
            r"\x61",
            r"\u00e9",
            r"\141",
            r"\N{LATIN SMALL LETTER A}",
        ],
        *[
            "^a",
            "a$",
            r"\Aa\Z",
            "a^b",
            "a$b",
            "^$",
            "$^",
            "(^a|b$|Ca)*",
            "(a|^)b",
            "(^|a)*b",
            "(?:^)*a",
        ],
        *["(?i)A", "(?i:c)C", "a(?i:B|É)", "(?a:.)é", r"(?a:\w)*", "(?s:.)", "(?x) a b # text\n C"],
    ],
)
def test_the_syntax_of_python(expression):
    check(expression)


@pytest.mark.parametrize("flags", [re.IGNORECASE, re.IGNORECASE | re.ASCII])
def test_ignorecase_folds_characters_as_python_does(flags):
    letters = "sſKkıiIßK"
    names = ["", *letters, *map("".join, product(letters, repeat=2))]
    stream = stream_of(names, letters)
    for expression in ["s", "K", "i", "ß", "[k-s].?", "[^i]", "[ẞa]"]:
        pattern = re.compile(expression, flags)
        expected = [pattern.fullmatch(name) is not None for name in names]
        assert accepted(pattern, letters, stream) == expected


def test_odd_symbols_are_characters_as_others():
    letters = "\n\0\ud800😀- "
    names = ["", *letters, *map("".join, product(letters, repeat=2))]
    stream = stream_of(names, letters)
    for expression in [".", ".*", r"\s+", "[\0-\n]", "\ud800.", "😀|-", r"[\ -]", "a{0}\n"]:
        for flags in [0, re.DOTALL]:
            pattern = re.compile(expression, flags)
            expected = [pattern.fullmatch(name) is not None for name in names]
            assert accepted(pattern, letters, stream) == expected


def test_the_flag_verbose_is_read_by_the_parser():
    check(" a [b C] # text", re.VERBOSE)


@pytest.mark.parametrize(
    ("expression", "construct"),
    {
        r"(a)\1": "holds a back-reference",
        "(?P<n>a)(?P=n)": "holds a back-reference",
        "(a)?(?(1)b|C)": r"holds a conditional group \(\?\(\.\.\.\)\.\.\.\)",
        "(?=a)a": "holds a look-ahead or look-behind",
        "(?!a)b": "holds a look-ahead or look-behind",
        "a(?<=a)": "holds a look-ahead or look-behind",
        "a(?<!b)": "holds a look-ahead or look-behind",
        "a(?!)": "holds a look-ahead or look-behind",
        r"a\b": r"holds a word boundary \\b or \\B",
        r"(a\B)*": r"holds a word boundary \\b or \\B",
        "(?>a|ab)": r"holds an atomic group \(\?>\.\.\.\)",
        "a*+": "holds a possessive quantifier",
        "(?m)a": r"has the flag re\.MULTILINE",
        "b(?m:a)": r"has the flag re\.MULTILINE",
    }.items(),
)
def test_unsupported_constructs_are_named(expression, construct):
    message = rf" and {construct}, which is not supported: remove it, or draw more names"
    with pytest.raises(ValueError, match=message):
        accepted(re.compile(expression))


def test_deep_groups_are_refused(monkeypatch):
    def find(*args):
        raise RecursionError

    monkeypatch.setattr(_regex._PositionFinder, "find", find)
    with pytest.raises(ValueError, match="'a' and has groups that are nested too deeply, which"):
        accepted(re.compile("a"))


def test_the_end_is_refused_only_where_it_may_come_before_a_line_break():
    with pytest.raises(
        ValueError, match=r"holds \$ for names that can contain line breaks \(write \\Z\),"
    ):
        accepted(re.compile("a$"), "a\n")
    stream = stream_of(["a", "a\n", "\n"], "a\n")
    assert accepted(re.compile(r"a\Z"), "a\n", stream) == [True, False, False]


def test_expressions_of_bytes_are_refused():
    with pytest.raises(TypeError, match="pattern matches bytes, b'a': compile a str"):
        accepted(re.compile(b"a"))


@pytest.mark.parametrize("expression", ["axb", "a*x?", "(ab|x)", "(?i:x)", "[x]", "(a{2}x|b)"])
def test_characters_that_no_symbol_holds_are_unknown(expression):
    with pytest.raises(ValueError, match=r"^regex holds \['x'\]"):
        accepted(re.compile(expression))
    with pytest.raises(ValueError, match=r"^regex holds \['x', 'y'\]"):
        accepted(re.compile(expression + "yx"))


def test_characters_of_sets_may_be_unknown():
    check("[xa]*|[^y]x{0}")


def test_the_boundary_is_in_no_expression():
    with pytest.raises(ValueError, match=r"'a\\\\\.b' and holds the boundary symbol '\.', which"):
        accepted(re.compile(r"a\.b"))
    check("[.a]")


def test_positions_are_those_of_the_expression():
    positions = _regex.parse_regex(re.compile("a(b|C)*"), Alphabet("abCd"))
    assert [set(_regex.elements_of(after)) for after in positions.follow] == [{2}, {1}, {1}]
    assert set(_regex.elements_of(positions.last)) == {1, 2}
    assert (positions.begins, positions.ends) == (0, 0)
    classes = positions.class_of
    assert classes["b"] == classes["C"] != classes["a"] != classes["d"] != classes["b"]
    assert [positions.matches[classes[letter]] for letter in "abd"] == [0b100, 0b10, 0]


def test_rows_are_numbered_in_the_order_of_their_appearance():
    assert _regex.number_rows(np.array([[3, 1], [0, 0], [3, 1]])).tolist() == [0, 1, 0]


def test_what_re_has_warned_of_is_no_warning_again():
    with pytest.warns(FutureWarning, match="Possible nested set"):
        pattern = re.compile("[[a]b")
    assert accepted(pattern) == [name == "ab" for name in NAMES]
