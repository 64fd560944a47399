import math
from collections import Counter
from fnmatch import fnmatchcase
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from sklearn_bigram.exceptions import EndlessNameError, ExcludedError, TooManyStatesError
from sklearn_bigram.markov import _absorbing, _conditional, _product
from sklearn_bigram.markov._automaton import build_automaton
from sklearn_bigram.markov._conditional import ConditionalChain, sample_without, share_left
from tests.markov.helpers import (
    NO_NAMES,
    PIECES,
    chain_of,
    dense,
    ending_chains,
    log_likelihood,
    names_of,
    parse,
    random_chain,
    stream_of,
)

CONSTRAINTS = [
    ("a*", 0, None),
    ("*a", 0, None),
    ("a?c", 0, None),
    ("*aba*", 0, None),
    ("*a?[bc]*", 0, None),
    ("*[!a]??", 0, None),
    ("*", 3, None),
    ("*", 1, 3),
    ("*b*", 2, 4),
]


@pytest.fixture(params=["elimination", "iteration"])
def solver(request, monkeypatch):
    if request.param == "iteration":
        monkeypatch.setattr(_absorbing, "MAX_DENSE", 0)
        monkeypatch.setattr(_product, "_MAX_DENSE", 0)


@pytest.fixture(scope="module")
def chain():
    return random_chain(4, density=0.8)


def condition(chain, pattern="*", low=0, high=None):
    return ConditionalChain(chain, build_automaton(parse(pattern), low, high, 4))


def probability(chain, name):
    return math.exp(log_likelihood(dense(chain), ["abc".index(x) + 1 for x in name]))


def draw_without(conditional, n_names, excluded):
    share = share_left(conditional, excluded)
    return sample_without(conditional, n_names, excluded, share, np.random.default_rng(0))


# Mass


def sum_over_names(P, elements, low, high):
    """Return the probability of a constraint, from the sets of elements that names reach."""

    def skip_stars(reached):
        reached = set(reached)
        for index, element in enumerate(elements):
            if index in reached and element is None:
                reached.add(index + 1)
        return frozenset(reached)

    def follow(reached, symbol):
        inside = [index for index in reached if index < len(elements)]
        stay = {index for index in inside if elements[index] is None}
        go = {i + 1 for i in inside if elements[i] is not None and elements[i][symbol]}
        return skip_stars(stay | go)

    weight = {(skip_stars({0}), 0): 1.0}
    total = []
    for length in range(151 if high is None else high + 1):
        after = Counter()
        for (reached, i), p in weight.items():
            if low <= length and len(elements) in reached:
                total.append(p * P[i, 0])
            for j in range(1, len(P)):
                if P[i, j] > 0 and (onward := follow(reached, j)):
                    after[onward, j] += p * P[i, j]
        weight = after
    return math.fsum(total)


@pytest.mark.usefixtures("solver")
@settings(max_examples=40)
@given(
    chain=ending_chains(),
    pattern=st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    low=st.integers(0, 3),
    more=st.none() | st.integers(0, 3),
)
def test_the_mass_is_the_sum_over_all_names(chain, pattern, low, more):
    high = None if more is None else low + more
    expected = sum_over_names(dense(chain), parse(pattern), low, high)
    result = condition(chain, pattern, low, high).log_mass
    if expected == 0:
        assert result == -np.inf
    else:
        assert result == pytest.approx(math.log(expected), abs=1e-10)


def test_the_mass_of_all_names_is_exactly_one(chain):
    log_mass = condition(chain).log_mass
    assert log_mass == 0
    assert type(log_mass) is float


def test_the_mass_of_the_names_of_a_chain_that_may_never_end_is_below_one():
    chain = chain_of([[0, 0.25, 0.75, 0], [1, 0, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]])
    everything = condition(chain)  # after b a name never ends
    assert everything.log_mass == pytest.approx(math.log(0.25))
    assert names_of(everything.sample(20, np.random.default_rng(0))) == ["a"] * 20


def test_the_mass_of_a_long_name_does_not_underflow(chain):
    name = "ab" * 200
    (log_p,) = chain.log_likelihood(stream_of([name]))
    assert log_p < -300
    exactly, longer = condition(chain, name), condition(chain, name + "*")
    assert exactly.log_mass == pytest.approx(log_p, rel=1e-12)
    after_name = dense(chain)[2, 0]  # the chain always ends, so only the end is left free
    assert longer.log_mass == pytest.approx(log_p - math.log(after_name), rel=1e-12)
    assert names_of(exactly.sample(2, np.random.default_rng(0))) == [name] * 2


def test_an_impossible_constraint_has_no_mass():
    chain = chain_of([[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]])  # "ab" only
    for pattern in ("b*", "*a", "*c*", "?"):
        assert condition(chain, pattern).log_mass == -np.inf


# Samples


def assert_follow(names, expected):
    """Test a sample of names against the probabilities of all names, or of most of them."""
    observed, n = Counter(names), len(names)
    frequent = [name for name, p in expected.items() if n * p >= 8]
    counts = np.array([observed[name] for name in frequent] + [0.0])
    means = np.array([n * expected[name] for name in frequent] + [0.0])
    counts[-1], means[-1] = n - counts.sum(), n - means.sum()
    if means[-1] < 5:
        counts, means = counts[:-1], means[:-1] * counts[:-1].sum() / means[:-1].sum()
    assert chisquare(counts, means).pvalue > 1e-4


@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=str)
def test_samples_follow_the_conditional_distribution(chain, constraint):
    pattern, low, high = constraint
    conditional = condition(chain, *constraint)
    names = names_of(conditional.sample(8000, np.random.default_rng(1)))
    high = math.inf if high is None else high
    assert all(fnmatchcase(name, pattern) and low <= len(name) <= high for name in set(names))
    total = math.exp(conditional.log_mass)
    everything = ("".join(x) for n in range(7) for x in product("abc", repeat=n))
    met = (name for name in everything if fnmatchcase(name, pattern) and low <= len(name) <= high)
    assert_follow(names, {name: probability(chain, name) / total for name in met})


def test_a_seed_gives_the_same_names_in_every_version():
    S = [[0.1, 0.4, 0.2, 0.1], [0.3, 0, 0.5, 0], [0, 0.8, 0, 0], [0.2] * 4]
    chain = chain_of(S, [0.2] * 4)
    rng = np.random.default_rng(0)
    assert names_of(condition(chain, "*a?").sample(4, rng)) == ["bab", "ac", "ab", "ac"]
    assert names_of(condition(chain, "*b*", 2, 5).sample(4, rng)) == [
        "accba",
        "baa",
        "acba",
        "abba",
    ]


def test_many_names_are_drawn_in_rounds(chain, monkeypatch):
    monkeypatch.setattr(_conditional, "_CHAINS_IN_STEP", 7)
    names = names_of(condition(chain, "*a").sample(100, np.random.default_rng(0)))
    assert len(names) == 100
    assert all(name.endswith("a") for name in names)


def test_samplers_are_made_again_if_too_many_are_kept(chain, monkeypatch):
    conditional = condition(chain, "*a", 1, 6)
    expected = names_of(conditional.sample(100, np.random.default_rng(0)))
    n_samplers = len(conditional._samplers)
    assert n_samplers > 5
    for n_kept in (0, 3):
        cells = n_kept * (chain.S.nnz + chain.n_symbols)
        monkeypatch.setattr(_conditional, "_CELLS_IN_SAMPLERS", cells)
        conditional = condition(chain, "*a", 1, 6)
        assert names_of(conditional.sample(100, np.random.default_rng(0))) == expected
        assert 1 <= len(conditional._samplers) <= max(1, n_kept)


def test_a_name_that_reaches_the_largest_length_is_an_error(chain, monkeypatch):
    monkeypatch.setattr(_conditional, "MAX_LENGTH", 50)
    assert condition(chain, "*", 49, 49).sample(2, np.random.default_rng(0)).starts[-1] == 100
    with pytest.raises(EndlessNameError) as caught:
        condition(chain, "*", 50, 50).sample(2, np.random.default_rng(0))
    assert caught.value.length == 50


# Excluded names


def test_without_excluded_names_all_others_keep_their_proportions(chain):
    conditional = condition(chain, "*", 0, 3)
    excluded = ["", "a", "ab"]
    names = names_of(draw_without(conditional, 8000, stream_of(excluded)))
    assert len(names) == 8000
    everything = ["".join(x) for n in range(4) for x in product("abc", repeat=n)]
    p = {name: probability(chain, name) for name in everything if name not in excluded}
    assert_follow(names, {name: value / sum(p.values()) for name, value in p.items()})
    assert not set(names) & set(excluded)


def test_nothing_excluded_is_sampling(chain):
    conditional = condition(chain, "a*")
    names = draw_without(conditional, 30, NO_NAMES)
    assert names_of(names) == names_of(conditional.sample(30, np.random.default_rng(0)))


def test_without_excluded_names_a_seed_gives_the_same_names_in_every_version(monkeypatch):
    S = [[0.1, 0.4, 0.2, 0.1], [0.3, 0, 0.5, 0], [0, 0.8, 0, 0], [0.2] * 4]
    conditional, excluded = condition(chain_of(S, [0.2] * 4), "a*"), stream_of(["a", "aba"])

    def draw():
        return names_of(draw_without(conditional, 6, excluded))

    assert draw() == ["abababcba", "ababa", "ac", "accbbab", "ababccaba", "abac"]
    monkeypatch.setattr(_conditional, "_NAMES_PER_ROUND", 2)
    assert draw() == ["abbaa", "aa", "abaccababaababababa", "abccc", "abaa", "abababababa"]


def test_excluded_names_must_leave_enough():
    def sample(p, excluded):
        """Sample from "a" with probability 1 - p and "b" with probability p."""
        chain = chain_of([[0, 1 - p, p, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
        return draw_without(condition(chain), 3, stream_of(excluded))

    assert names_of(sample(2e-4, ["a"])) == ["b"] * 3
    with pytest.raises(ExcludedError, match="exclude leaves 5e-05 of the prob") as caught:
        sample(5e-5, ["a"])
    assert caught.value.share == pytest.approx(5e-5)
    with pytest.raises(ExcludedError) as caught:
        sample(1e-11, ["a"])
    assert caught.value.share == pytest.approx(1e-11)
    for p, excluded in [(1e-13, ["a"]), (0.3, ["a", "b"]), (0, ["a"])]:
        with pytest.raises(ExcludedError, match="exclude leaves none of the names") as caught:
            sample(p, excluded)
        assert caught.value.share == 0


def test_loops_that_take_too_much_memory_are_refused(chain, monkeypatch):
    monkeypatch.setattr(_product, "_MAX_CELLS", 20)
    condition(chain, "*a")
    with pytest.raises(TooManyStatesError) as caught:
        condition(chain, "*abab*")
    assert 1 <= caught.value.limit < 4
    assert caught.value.n_symbols == 4
