import re

import numpy as np
import pytest

from sklearn_bigram.exceptions import RegexInGlobError
from sklearn_bigram.markov._pattern import any_symbol, parse_pattern
from tests.markov.helpers import Alphabet

LETTERS = "abcdef-!?*[]"


def matched(pattern, letters=LETTERS):
    """Return the letters that each element of a pattern matches, "*" for a run."""
    symbols = Alphabet(letters).symbols
    elements = parse_pattern(pattern, Alphabet(letters))
    for mask in elements:
        assert mask is None or (mask.dtype == bool and mask.shape == symbols.shape)
    return ["*" if mask is None else "".join(symbols[mask]) for mask in elements]


def test_any_symbol_is_all_but_the_boundary():
    assert any_symbol(4).tolist() == [False, True, True, True]


def test_a_symbol_stands_for_itself():
    assert matched("") == []
    assert matched("ab!") == ["a", "b", "!"]
    assert matched("]-") == ["]", "-"]


def test_wildcards():
    assert matched("a?*b**") == ["a", LETTERS, "*", "b", "*", "*"]


def test_sets():
    assert matched("[ace]f[b]") == ["ace", "f", "b"]
    assert matched("[b-d]") == matched("[dcb]") == ["bcd"]
    assert matched("[ab-df]") == ["abcdf"]
    assert matched("[a-bd-e]") == ["abde"]
    assert matched("[c-cb]") == ["bc"]


def test_negated_sets():
    assert matched("[!b-f]", "abcdefg") == ["ag"]
    assert matched("[!a]", "abc") == ["bc"]


def test_special_symbols_in_sets_stand_for_themselves():
    assert matched("[?][*][[]") == ["?", "*", "["]
    assert matched("[!!]", "ab!") == ["ab"]
    assert matched("[a!]") == ["a!"]
    assert matched("[-a]") == matched("[a-]") == ["a-"]


def test_patterns_are_split_and_normalized_as_names_are():
    assert matched("AB[C-E]") == ["a", "b", "cde"]


def test_a_range_may_begin_and_end_with_symbols_that_names_lack():
    assert matched("[@-c]") == ["abc" + "[]"]
    assert matched("[e-z]") == ["ef"]


@pytest.mark.parametrize("pattern", ["[]", "a[!]b", "[!abc]", "[x-z]", "[c-a]", "[]]"])
def test_a_set_must_match_a_symbol(pattern):
    shown = pattern[pattern.index("[") : pattern.index("]") + 1]
    message = re.escape(f"pattern is {pattern!r}, in which {shown} matches no symbol: list at")
    with pytest.raises(ValueError, match=message):
        parse_pattern(pattern, Alphabet("abc"))


@pytest.mark.parametrize("pattern", ["a[bc", "["])
def test_a_set_must_be_closed(pattern):
    with pytest.raises(ValueError, match=r"in which a \[ is not closed: add the \]"):
        parse_pattern(pattern, Alphabet("abc"))


@pytest.mark.parametrize("pattern", ["a#b", "[a#]"])
def test_the_boundary_is_in_no_pattern(pattern):
    with pytest.raises(ValueError, match=r"and holds the boundary symbol '#', which no name"):
        parse_pattern(pattern, Alphabet("abc", boundary="#"))


@pytest.mark.parametrize(
    ("pattern", "sign"),
    [
        ("a.b", r"\."),
        ("a(b", r"\("),
        ("[^ab]", r"\^"),
        ("a{2}", "{"),
        ("ab$", r"\$"),
        ("a+", r"\+"),
    ],
)
def test_signs_of_regular_expressions_are_no_globs(pattern, sign):
    message = rf"^pattern is '.*', a glob, in which '{sign}' stands for itself, but .*re\.compile"
    with pytest.raises(RegexInGlobError, match=message):
        parse_pattern(pattern, Alphabet("abc"))


def test_signs_of_regular_expressions_that_names_hold_stand_for_themselves():
    assert matched("a+[$(]", "a+$(") == ["a", "+", "$("]


@pytest.mark.parametrize("pattern", ["ax*", "[ax]"])
def test_the_alphabet_refuses_unknown_symbols(pattern):
    with pytest.raises(ValueError, match=r"^pattern holds \['x'\]"):
        parse_pattern(pattern, Alphabet("abc"))


def test_symbols_may_have_several_characters():
    class Words(Alphabet):
        def split(self, text):
            return text.split()

    words = Words(["anna", "maria", "rosa"])
    masks = parse_pattern("anna [rosa anna]", words)
    assert [np.flatnonzero(mask).tolist() for mask in masks] == [[1], [1, 3]]


def test_a_pattern_must_be_a_str():
    with pytest.raises(TypeError, match="must be a str or a compiled regular expression, not list"):
        parse_pattern(["a", "*"], Alphabet("abc"))
