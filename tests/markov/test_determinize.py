import re
import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_bigram.exceptions import TooManyStatesError
from sklearn_bigram.markov import _automaton, _determinize, _regex
from sklearn_bigram.markov._automaton import build_automaton
from sklearn_bigram.markov._determinize import build_regex_automaton
from tests.markov.helpers import PIECES, Alphabet, parse, stream_of
from tests.markov.test_automaton import count_paths

NAMES = ["".join(letters) for n in range(7) for letters in product("abc", repeat=n)]
STREAM = stream_of(NAMES)
CHARACTERS = {"?": ".", "*": ".*"}


def build(expression, letters="abc"):
    return build_regex_automaton(re.compile(expression), Alphabet(letters))


class Words(Alphabet):
    """Symbols of several characters."""

    def __init__(self, *words):
        super().__init__(words)


@settings(max_examples=60, deadline=None)
@given(pattern=st.lists(st.sampled_from(PIECES), max_size=7))
def test_a_glob_as_an_expression_accepts_the_same_by_one_path(pattern):
    expression = "".join(CHARACTERS.get(piece, piece.replace("!", "^")) for piece in pattern)
    automaton = build(expression)
    glob = build_automaton(parse("".join(pattern)), 0, None, 4)
    expected = glob.accepts(STREAM)
    np.testing.assert_array_equal(automaton.accepts(STREAM), expected)
    for i in range(0, len(NAMES), 29):
        ids = STREAM.ids[STREAM.starts[i] + 1 : STREAM.starts[i + 1]]
        assert count_paths(automaton, ids) == expected[i]


@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(
        st.sampled_from(["a", "(b|c)*", "(ab|c)?", "[ab]{2}", "(a|b|ca*)+", "(a(b|ca)*c)*"]),
        min_size=1,
        max_size=4,
    )
)
def test_the_parts_of_an_automaton_fit_together(parts):
    automaton = build("".join(parts))
    block_of = {state: k for k, block in enumerate(automaton.blocks) for state in block}
    assert sorted(block_of) == list(range(automaton.n_states))
    assert block_of[0] == 0
    assert len({mask.tobytes() for mask in automaton.masks}) == len(automaton.masks)
    assert not any(mask[0] or not mask.any() for mask in automaton.masks)
    for state, edges in enumerate(automaton.edges):
        masks = [automaton.masks[index] for index, _ in edges]
        assert np.sum(masks, axis=0).max(initial=0) <= 1
        assert all(block_of[target] >= block_of[state] for _, target in edges)
    for block in automaton.blocks:
        assert len(block) == 1 or automaton.is_cyclic(block)


@pytest.mark.parametrize(
    ("expression", "n_states"),
    [
        *[("", 1), ("abc", 4), (".*", 1), ("a.*b", 3), ("(a|b)*abb", 4), (".*a.{3}", 16)],
        *[("aa|ab|ba|bb", 3), ("a{2,4}", 5), ("(a|aa)*", 1), ("a+a*a?", 2), ("(ab|c(ab)*)*", 2)],
        *[("(a?){50}", 51), (".{0,50}", 51), ("[^abc]", 1), ("a[^abc]|b", 2), ("$a", 1)],
    ],
)
def test_automata_have_the_fewest_states(expression, n_states):
    assert build(expression).n_states == n_states


def test_an_expression_without_names_accepts_none():
    for expression in ["[^abc]", "a[^abc]*[^abc]", "a^", "$b"]:
        automaton = build(expression)
        assert automaton.edges == [[]]
        assert not automaton.accepts(STREAM).any()


def test_an_alphabet_may_be_empty():
    stream = stream_of([""])
    for expression, accepts in {"": [True], "[ab]*|[^b]": [True], "[^a]": [False]}.items():
        assert build(expression, "").accepts(stream).tolist() == accepts


@settings(max_examples=60, deadline=None)
@given(
    expression=st.lists(
        st.sampled_from(["a", "b", " ", ".", ".*", "[^a]", "(ab)*", r"\w+", "(a|b )", "$", "^"]),
        max_size=6,
    ).map("".join)
)
def test_symbols_of_several_characters_are_read_one_after_another(expression):
    words = ["a", "ab", "ba ", "b", " ", "aab"]
    numbers = [n for length in range(4) for n in product(range(6), repeat=length)]
    starts = np.cumsum([0, *(len(name) + 1 for name in numbers)])
    ids = [0, *(i for name in numbers for i in [*(1 + n for n in name), 0])]
    stream = stream_of([])._replace(ids=np.array(ids), starts=starts)
    pattern = re.compile(expression)
    automaton = build_regex_automaton(pattern, Words(*words))
    texts = ["".join(words[n] for n in name) for name in numbers]
    expected = [pattern.fullmatch(text) is not None for text in texts]
    assert automaton.accepts(stream).tolist() == expected


@pytest.mark.parametrize(
    "expression",
    [
        *["(a{1000}){1000}", "(a|b)*a(a|b){20}", ".{0,500}a.{0,500}", "a?" * 3000],
        *["((a?b?c?){50}){50}", "(((((a{9}){9}){9}){9}){9}){9}", ".*a.{14}"],
    ],
)
def test_expressions_that_are_too_large_are_refused_soon(expression):
    start = time.process_time()
    with pytest.raises(TooManyStatesError, match="more than 16,384 states, the limit for 4 symb"):
        build(expression)
    assert time.process_time() - start < 3


def test_long_expressions_are_not_too_large():
    for expression in ["a{10000}", "(a?){10000}", "[ab]{0,10000}"]:
        assert build(expression).n_states == 10_001


def test_an_empty_text_may_be_repeated_at_will():
    assert build("((){1000000000}|(a{0}){99999})*").n_states == 1


@pytest.mark.parametrize(
    ("module", "limit", "largest"),
    [
        (_automaton, "_MAX_STATES", 5),
        (_automaton, "_MAX_CELLS", 5 * 3),
        (_determinize, "_MAX_STATES", 5),
        (_determinize, "_MAX_CELLS", 5 * 2),
        (_determinize, "_MAX_EDGES", 5),
        (_determinize, "_MAX_READ", 5),
        (_determinize, "_MAX_STEPS", 5),
        (_regex, "_MAX_POSITIONS", 4),
        (_regex, "_MAX_CELLS", 4),
        (_regex, "_MAX_MATCHES", 4),
    ],
)
def test_all_sizes_have_limits(module, limit, largest, monkeypatch):
    monkeypatch.setattr(module, limit, largest)
    assert build("a[ab]bb", "ab").n_states == 5
    monkeypatch.setattr(module, limit, largest - 1)
    with pytest.raises(TooManyStatesError):
        build("a[ab]bb", "ab")


def test_distinct_sets_of_symbols_are_limited_as_states_are(monkeypatch):
    automaton = build("(a|[bc][abc]*d)*", "abcd")
    assert (automaton.n_states, len(automaton.masks)) == (2, 4)
    monkeypatch.setattr(_automaton, "_MAX_STATES", 3)
    with pytest.raises(TooManyStatesError):
        build("(a|[bc][abc]*d)*", "abcd")
