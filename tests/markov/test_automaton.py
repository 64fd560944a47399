from fnmatch import fnmatchcase
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_bigram import NameTokenizer
from sklearn_bigram.markov._automaton import build_automaton, parse_pattern
from tests.helpers import encode, encoder_of

NAMES = ["".join(letters) for n in range(7) for letters in product("abc", repeat=n)]
TOKENIZER = NameTokenizer().fit(["abc"])
STREAM = encode(TOKENIZER, NAMES)
PIECES = ["a", "b", "c", "?", "*", "*", "[ab]", "[!a]", "[a-b]", "[!b-c]"]


def build(pattern, min_length=0, max_length=None, tokenizer=TOKENIZER):
    elements = parse_pattern(pattern, encoder_of(tokenizer))
    return build_automaton(elements, min_length, max_length, len(tokenizer.symbols_))


def count_paths(automaton, ids):
    """Return the number of accepting paths of a name."""
    paths = np.zeros(automaton.n_states, dtype=int)
    paths[0] = 1
    for i in ids:
        after = np.zeros_like(paths)
        for d, edges in enumerate(automaton.edges):
            for mask, target in edges:
                after[target] += paths[d] * automaton.masks[mask][i]
        paths = after
    return paths[automaton.accepting].sum()


@settings(max_examples=40)
@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=7),
    bounds=st.none() | st.lists(st.integers(0, 6), min_size=2, max_size=2).map(sorted),
    unbounded=st.booleans(),
)
def test_patterns_mean_what_they_mean_to_fnmatch(pieces, bounds, unbounded):
    pattern = "".join(pieces)
    low, high = bounds or (0, None)
    if unbounded:
        high = None
    automaton = build(pattern, low, high)
    high = 6 if high is None else high
    expected = [fnmatchcase(name, pattern) and low <= len(name) <= high for name in NAMES]
    assert automaton.accepts(STREAM).tolist() == expected
    for i in range(0, len(NAMES), 29):  # sums over paths are sums over names
        assert count_paths(automaton, encoder_of(TOKENIZER).find(NAMES[i])) == expected[i]


@settings(max_examples=40)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=7), low=st.integers(0, 3))
def test_edges_lead_to_later_blocks_or_stay(pieces, low):
    automaton = build("".join(pieces), low)
    block_of = {d: place for place, block in enumerate(automaton.blocks) for d in block}
    assert sorted(block_of) == list(range(automaton.n_states))
    for d, edges in enumerate(automaton.edges):
        assert all(block_of[target] >= block_of[d] for _, target in edges)
        assert not any(automaton.masks[mask][0] for mask, _ in edges)


@pytest.mark.parametrize(
    ("pattern", "n_states"),
    [("", 1), ("abc", 4), ("*", 1), ("a**b", 3), ("*a?????????", 11), ("*abc*", 4)],
)
def test_automata_are_small(pattern, n_states):
    assert build(pattern).n_states == n_states


def test_special_characters_are_written_in_brackets():
    tokenizer = NameTokenizer().fit(["a?b*c[d]e-!"])
    cases = {"a[?]b[*]c[[]d]e-!": "a?b*c[d]e-!", "[]]": None, "[a-]": "-", "[!!]": "a", "[-a]": "a"}
    for pattern, name in cases.items():
        if name is None:
            with pytest.raises(ValueError, match="stands for no symbol"):
                build(pattern, tokenizer=tokenizer)
        else:
            automaton = build(pattern, tokenizer=tokenizer)
            assert automaton.accepts(encode(tokenizer, [name])).all()
    assert not build("[!!]", tokenizer=tokenizer).accepts(encode(tokenizer, ["!"])).any()


def test_patterns_are_normalized_as_names_are():
    tokenizer = NameTokenizer(lowercase=True, strip_accents="unicode").fit(["zoë", "ann"])
    for pattern in ["ZO*", "*Ë", "[Y-Z]??", "?[OÖ]?"]:
        accepted = build(pattern, tokenizer=tokenizer).accepts(encode(tokenizer, ["Zoé", "Ann"]))
        assert accepted.tolist() == [True, False]


def test_symbols_of_several_characters():
    pytest.importorskip("regex")
    accented = "e\N{COMBINING ACUTE ACCENT}"
    tokenizer = NameTokenizer(analyzer="grapheme").fit([f"ren{accented}", "rene"])
    stream = encode(tokenizer, [f"ren{accented}", "rene"])
    for pattern in [f"*{accented}", "???[!e]", f"ren[{accented}n]"]:
        assert build(pattern, tokenizer=tokenizer).accepts(stream).tolist() == [True, False]
    words = NameTokenizer(analyzer=str.split).fit(["anna maria", "maria anna rosa"])
    stream = encode(words, ["anna maria", "maria anna rosa"])
    for pattern in ["anna ?", "anna maria", "[anna rosa]*maria"]:
        assert build(pattern, tokenizer=words).accepts(stream).tolist() == [True, False]


def test_unknown_symbols_are_those_of_the_tokenizer():
    tokenizer = NameTokenizer(handle_unknown="use_unknown").fit(["ab"])
    automaton = build("a[x]y", tokenizer=tokenizer)
    stream = encode(tokenizer, ["aqr", "abb"])
    assert automaton.accepts(stream).tolist() == [True, False]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("[]", r"pattern is '\[\]', in which \[\] stands for no symbol"),
        ("a[!]b", r"in which \[!\] stands for no symbol"),
        ("[!abc]", r"in which \[!abc\] stands for no symbol"),
        ("[x-z]", r"in which \[x-z\] stands for no symbol"),
        ("[c-a]", r"in which \[c-a\] stands for no symbol"),
        ("a[bc", r"pattern is 'a\[bc' and has a \[ without a \]"),
        ("[", r"has a \[ without a \]"),
        ("ax*", "pattern holds unknown symbols: 'x'"),
        ("[ay]", "pattern holds unknown symbols: 'y'"),
        ("a.b", r"pattern is 'a.b' and holds the boundary symbol '\.'"),
        ("[a.]", r"holds the boundary symbol '\.'"),
    ],
)
def test_bad_patterns_are_refused(pattern, message):
    with pytest.raises(ValueError, match=message):
        build(pattern)


def test_a_pattern_is_a_str():
    with pytest.raises(TypeError, match="pattern must be a str, not list"):
        build(["a", "*"])


def test_an_analyzer_must_return_symbols_of_patterns_too():
    tokenizer = NameTokenizer(analyzer=lambda name: name.split("-")).fit(["a-b"])
    with pytest.raises(TypeError, match="The analyzer returned"):
        build("a-*", tokenizer=tokenizer)


@pytest.mark.parametrize(
    ("pattern", "low", "high"), [("*", 0, 20_000), ("*a" + "?" * 20 + "b*", 0, None)]
)
def test_automata_that_are_too_large_are_refused(pattern, low, high):
    with pytest.raises(ValueError, match=r"need more than [0-9,]+ states, the limit for 4 symbols"):
        build(pattern, low, high)


@pytest.mark.parametrize("pattern", ["*a" + "?" * 20 + "*", "*[ab]?b" + "?" * 20 + "*c*"])
def test_wildcards_that_end_a_part_take_a_state_each(pattern):
    assert build(pattern).n_states < 2 * len(pattern)


def test_a_bound_beyond_what_the_pattern_allows_costs_nothing():
    assert build("abc", 0, 10**9).n_states == 4
