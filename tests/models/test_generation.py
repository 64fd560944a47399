import itertools
import math
import tracemalloc
from collections import Counter
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import chisquare

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.markov import _absorbing, _conditional, _kbest, _multinomial, _transition
from sklearn_bigram.markov._automaton import build_automaton, parse_pattern
from sklearn_bigram.markov._conditional import ConditionalChain
from sklearn_bigram.markov._kbest import most_probable
from sklearn_bigram.markov._transition import TransitionMatrix
from tests.helpers import encoder_of

TOKENIZER = NameTokenizer().fit(["abc"])
PIECES = ["a", "b", "c", "?", "*", "*", "[ab]", "[!a]"]
CONSTRAINTS = [
    {"pattern": "a*"},
    {"pattern": "*a"},
    {"pattern": "a?c"},
    {"pattern": "*ab*"},
    {"pattern": "*aba*"},
    {"pattern": "*a?[bc]*"},
    {"pattern": "a*b*c"},
    {"pattern": "*[!a]??"},
    {"min_length": 3},
    {"max_length": 2},
    {"min_length": 1, "max_length": 3},
    {"pattern": "*b", "min_length": 2},
    {"pattern": "*b*", "min_length": 2, "max_length": 4},
    {"exclude": ["a", "ab", "abc"], "max_length": 5},
    {"pattern": "a*", "exclude": ["a", "ab", "b"], "max_length": 4},
    {"temperature": 0.5, "max_length": 5},
    {"temperature": 3.0, "pattern": "*c", "max_length": 4},
]


def meets(name, pattern="*", min_length=0, max_length=math.inf, exclude=(), temperature=1.0):
    return (
        fnmatchcase(name, pattern) and min_length <= len(name) <= max_length and name not in exclude
    )


def brute_force(P, longest, constraints):
    """Return the names up to this length that meet constraints, and their probabilities."""
    found = {}
    for n in range(longest + 1):
        for ids in itertools.product(range(1, len(P)), repeat=n):
            name = "".join(".abc"[i] for i in ids)
            if meets(name, **constraints):
                path = [0, *ids, 0]
                found[name] = math.prod(P[i, j] for i, j in itertools.pairwise(path))
    return {name: p for name, p in found.items() if p > 0}


def tempered(P, temperature):
    P = P ** (1 / temperature)
    return P / P.sum(axis=1, keepdims=True)


@pytest.fixture(params=["small", "large"])
def way(request, monkeypatch):
    """Both ways to compute: that of small alphabets, and that of large ones."""
    if request.param == "large":
        monkeypatch.setattr(_kbest, "_MAX_FULL", 0)
        monkeypatch.setattr(_absorbing, "_MAX_DENSE", 0)


@pytest.fixture(scope="module")
def model():
    return CountBigramLM(alpha=0.3).fit(["abca", "bca", "cc", "a", "bbc", "ca", "b", "c"])


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("constraints", CONSTRAINTS, ids=str)
def test_samples_follow_the_conditional_distribution(model, constraints):
    P = tempered(model.predict_proba(["", "a", "b", "c"]), constraints.get("temperature", 1))
    expected = brute_force(P, 8, constraints)
    names = model.sample(20_000, random_state=1, **constraints).tolist()
    assert all(meets(name, **constraints) for name in names)
    observed = Counter(names)
    if "max_length" in constraints:  # all the names are among those expected
        total = sum(expected.values())
    else:
        total = math.exp(model.log_mass(**constraints))
    frequent = [name for name, p in expected.items() if 20_000 * p / total >= 8]
    counts = np.array([observed[name] for name in frequent] + [0.0])
    shares = np.array([20_000 * expected[name] / total for name in frequent] + [0.0])
    counts[-1], shares[-1] = 20_000 - counts.sum(), 20_000 - shares.sum()
    if shares[-1] < 5:
        counts, shares = counts[:-1], shares[:-1] * counts[:-1].sum() / shares[:-1].sum()
    assert chisquare(counts, shares).pvalue > 1e-4


def test_many_draws_go_block_by_block(model, monkeypatch):
    monkeypatch.setattr(_conditional, "_CHAINS", 7)
    names = model.sample(1000, pattern="*a", random_state=0)
    assert len(names) == 1000
    assert all(name.endswith("a") for name in names)
    monkeypatch.setattr(_conditional, "_MAX_KEPT", 0)  # make what draws anew each time
    assert model.sample(1000, pattern="*a", random_state=0).tolist() == names.tolist()


# Random chains against the sum over all names


@st.composite
def chains(draw):
    """Return S, g, q of a chain on three letters that ends after some symbols, and P."""
    cells = st.floats(0, 1).map(lambda x: 0.0 if x < 0.3 else x)
    S = np.array(draw(st.lists(cells, min_size=16, max_size=16))).reshape(4, 4)
    g = np.array(draw(st.lists(cells, min_size=4, max_size=4)))
    q = np.array(draw(st.lists(cells, min_size=4, max_size=4))) + [0.1, 0, 0, 0]
    q /= q.sum()
    S[1:, 0] += 0.4 * (S[1:].sum(axis=1) + g[1:]) + 0.1  # ends with 0.28 or more
    S[0, 0] += 0.1
    total = S.sum(axis=1) + g
    S, g = S / total[:, None], g / total
    return TransitionMatrix(sparse.csr_array(S), g, q), S + np.outer(g, q)


def sum_over_names(P, elements, low, high):
    """Return the probability of a constraint, by the sets of places in the pattern reached."""

    def skip_stars(places):
        places = set(places)
        for place in range(len(elements)):
            if place in places and elements[place] is None:
                places.add(place + 1)
        return frozenset(places)

    def follow(places, symbol):
        stay = {p for p in places if p < len(elements) and elements[p] is None}
        go = {p + 1 for p in places - stay if p < len(elements) and elements[p][symbol]}
        return skip_stars(stay | go)

    reached = {(skip_stars({0}), 0): 1.0}
    total = []
    for length in range(151 if high is None else high + 1):
        after = Counter()
        for (places, i), p in reached.items():
            if low <= length and len(elements) in places:
                total.append(p * P[i, 0])
            for j in range(1, len(P)):
                if P[i, j] > 0 and (onward := follow(places, j)):
                    after[onward, j] += p * P[i, j]
        reached = after
    return math.fsum(total)


@pytest.mark.usefixtures("way")
@settings(max_examples=40)
@given(
    chain=chains(),
    pieces=st.lists(st.sampled_from(PIECES), max_size=6),
    low=st.integers(0, 3),
    more=st.none() | st.integers(0, 3),
)
def test_log_mass_is_the_sum_over_all_names(chain, pieces, low, more):
    transition, P = chain
    high = None if more is None else low + more
    elements = parse_pattern("".join(pieces), encoder_of(TOKENIZER))
    expected = sum_over_names(P, elements, low, high)
    result = ConditionalChain(transition, build_automaton(elements, low, high, 4)).log_mass
    if expected == 0:
        assert result == -np.inf
    else:
        assert result == pytest.approx(math.log(expected), abs=1e-10)


@pytest.mark.usefixtures("way")
@settings(max_examples=40)
@given(
    chain=chains(),
    pieces=st.lists(st.sampled_from(PIECES), max_size=6),
    low=st.integers(0, 3),
    bounded=st.booleans(),
    k=st.integers(1, 40),
)
def test_most_probable_is_the_head_of_the_sorted_list_of_all(chain, pieces, low, bounded, k):
    transition, P = chain
    pattern = "".join(pieces)
    automaton = build_automaton(
        parse_pattern(pattern, encoder_of(TOKENIZER)), low, 6 if bounded else None, 4
    )
    stream, log_proba = most_probable(transition, automaton, k)
    names = encoder_of(TOKENIZER).decode(stream).tolist()
    all_of_them = brute_force(P, 6, {"pattern": pattern, "min_length": low})
    best = sorted(map(math.log, all_of_them.values()), reverse=True)[:k]
    assert len(set(names)) == len(names)
    assert (np.diff(log_proba) <= 0).all()
    np.testing.assert_array_equal(log_proba, transition.log_likelihood(stream))
    assert all(meets(name, pattern, low) for name in names)
    if bounded:
        assert len(names) == len(best)
    else:  # what has more than six symbols is less probable than this
        sure = log_proba > 7 * math.log(P[:, 1:].max() + 1e-300)
        best = best[: sure.sum()]
        log_proba = log_proba[sure]
    np.testing.assert_allclose(log_proba, best, atol=1e-10)


def test_long_shapes_do_not_underflow(names):
    model = CountBigramLM().fit(names)
    name = "qz" * 200
    (log_likelihood,) = model.score_samples([name])
    assert log_likelihood < -1000
    assert model.log_mass(name) == pytest.approx(log_likelihood, rel=1e-12)
    assert model.log_mass(f"{name}*") > log_likelihood
    assert model.sample(2, pattern=name, random_state=0).tolist() == [name, name]
    best, log_proba = model.most_probable(2, pattern=name)
    assert best.tolist() == [name]
    assert log_proba == pytest.approx(log_likelihood)


# log_mass


def test_without_constraints_the_mass_is_one(names):
    for model in (CountBigramLM(), CountBigramLM(alpha=0), NeuralBigramLM(reg=0.1)):
        assert model.fit(names).log_mass() == pytest.approx(0, abs=1e-13)
        assert type(model.log_mass()) is float


def test_masses_of_all_lengths_and_of_all_first_letters_add_up(names):
    model = NeuralBigramLM().fit(names)
    lengths = [math.exp(model.log_mass(min_length=n, max_length=n)) for n in range(30)]
    assert math.fsum(lengths) == pytest.approx(1 - math.exp(model.log_mass(min_length=30)))
    letters = [math.exp(model.log_mass(f"{letter}*")) for letter in model.symbols_[1:]]
    np.testing.assert_allclose(letters, model.predict_proba([""])[0, 1:], rtol=1e-12)


def test_an_impossible_constraint_has_no_mass_no_samples_and_no_best():
    model = CountBigramLM(alpha=0).fit(["ab", "ba"])
    assert model.log_mass("aa*") == model.log_mass("*aa") == -np.inf
    names, log_proba = model.most_probable(pattern="aa*")
    assert (names.shape, names.dtype, log_proba.shape) == ((0,), object, (0,))
    with pytest.raises(ValueError, match="the probability that one ends and meets the constraints"):
        model.sample(pattern="aa*")


def test_a_chain_that_may_never_end_is_drawn_from_where_it_ends():
    # From the start to a or to b; a ends, b goes on for ever.
    S = sparse.csr_array(np.array([[0, 0.25, 0.75], [1, 0, 0], [0, 0, 1.0]]))
    chain = TransitionMatrix(S, np.zeros(3), np.full(3, 1 / 3))
    free = ConditionalChain(chain, build_automaton([None], 0, None, 3))
    assert free.log_mass == pytest.approx(math.log(0.25))
    ids = free.sample(50, np.random.default_rng(0)).ids
    assert set(ids.tolist()) == {0, 1}
    stream, log_proba = most_probable(chain, build_automaton([None], 0, None, 3), 5)
    assert stream.ids.tolist() == [0, 1, 0]
    assert log_proba == pytest.approx(math.log(0.25))


@pytest.mark.parametrize("seed", [0, torch.Generator()])
@pytest.mark.parametrize("n_samples", [1, 3, 9000])
def test_names_that_never_end_are_an_error_and_do_not_hang(monkeypatch, seed, n_samples):
    for module in (_multinomial, _transition):
        monkeypatch.setattr(module, "MAX_LENGTH", 500)
    wild = NeuralBigramLM(solver="gd", learning_rate=200, max_iter=1, tol=100, random_state=0)
    wild.fit(["abababab"])
    with pytest.raises(ValueError, match=r"A name reached .* set max_length"):
        wild.sample(n_samples, random_state=seed)


@pytest.mark.parametrize("n_samples", [1, 3, 9000])
def test_chains_may_be_longer_than_any_name(monkeypatch, n_samples):
    model = CountBigramLM(alpha=0).fit(["ab", "a"])
    names = model.sample(20 * n_samples, random_state=0).tolist()
    monkeypatch.setattr(_transition, "_CHAINS", n_samples)
    monkeypatch.setattr(_transition, "MAX_LENGTH", 7)
    assert set(model.sample(20 * n_samples, random_state=0)) == set(names) == {"ab", "a"}


def test_names_that_hardly_end_are_an_error_and_do_not_hang(monkeypatch, names):
    monkeypatch.setattr(_conditional, "MAX_LENGTH", 500)
    model = CountBigramLM(alpha=0.01).fit(["abababababab"])
    with pytest.raises(ValueError, match=r"set max_length, or raise temperature"):
        model.sample(3, temperature=0.02, random_state=0)
    assert model.sample(3, temperature=0.02, max_length=4, random_state=0).shape == (3,)
    with pytest.raises(ValueError, match=r"is zero at temperature=1e-05: raise it"):
        CountBigramLM(alpha=0).fit(["abababababab"]).sample(3, temperature=1e-5)


# sample


def test_every_draw_meets_its_constraints(lecture_names):
    for model in (CountBigramLM().fit(lecture_names), NeuralBigramLM().fit(lecture_names)):
        for pattern in ["an*", "*a", "m??i?a", "*nn*", "[aeiou]*[!aeiou]", "?*[x-z]?a"]:
            names = model.sample(300, pattern=pattern, max_length=9, random_state=0)
            assert all(fnmatchcase(name, pattern) and len(name) <= 9 for name in names)
        novel = model.sample(300, exclude=lecture_names, min_length=3, random_state=0)
        assert not set(novel) & set(lecture_names)
        assert min(map(len, novel)) >= 3


def test_free_draws_are_what_they_were(names):
    """The names of this seed before there were constraints."""
    model = CountBigramLM().fit(names)
    few = ["aratjosiatyo", "e", "seomanderanka", "meerir", "be", "kixornanisi", "llainotan", "cui"]
    assert model.sample(8, random_state=3).tolist() == few
    many = model.sample(40_000, random_state=3, temperature=1, pattern=None)
    assert many[-3:].tolist() == ["hrtuljan", "jend", "etci"]


def test_constrained_draws_have_seeds_too(names):
    model = CountBigramLM().fit(names)
    first, same, other = (
        model.sample(20, pattern="*a?", exclude=names, random_state=seed).tolist()
        for seed in (0, 0, 1)
    )
    assert first == same != other


@pytest.mark.parametrize("temperature", [1e-320, 1e-9, 0.3, 2.0, 1e300])
def test_temperature_is_a_power_of_each_row(temperature):
    rng = np.random.default_rng(0)
    S = rng.random((5, 5)) * (rng.random((5, 5)) < 0.6)
    S[:, 0] += 0.1
    g, q = np.array([0.0, 0.5, 0.2, 1.0, 0.3]), np.array([0.5, 0.3, 0.2, 0.0, 0.0])
    S *= ((1 - g) / S.sum(axis=1))[:, None]
    P = S + np.outer(g, q)
    chain = TransitionMatrix(sparse.csr_array(S), g, q).tempered(temperature)
    ratio = P / P.max(axis=1, keepdims=True)
    with np.errstate(divide="ignore", over="ignore"):
        expected = np.exp(np.log(ratio) / temperature)
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(chain.rows(np.arange(5)), expected, rtol=1e-11, atol=1e-300)
    assert (chain.S.data >= 0).all()


def test_a_low_temperature_draws_the_likeliest_symbols(names):
    model = CountBigramLM().fit(names)
    cold = model.sample(5, temperature=0.01, max_length=5, min_length=5, random_state=0)
    assert len(set(cold.tolist())) == 1
    hot = model.sample(20_000, temperature=1e9, max_length=1, random_state=0)
    counts = np.unique(hot, return_counts=True)[1]
    # The empty name has 1/27, each of one letter 1/27 of that.
    assert counts[0] / 20_000 == pytest.approx(27 / 53, abs=0.02)
    assert len(counts) == 27


# exclude


def test_exclude_may_be_any_collection_of_names(model):
    names = ["a", "ca", "b", "nobody", "x.y"]
    expected = model.sample(50, exclude=names[:4], random_state=0).tolist()
    frame = pd.Series(names[:4])
    for exclude in (set(names[:4]), tuple(names[:4]), np.array(names[:4]), frame, frozenset(frame)):
        assert model.sample(50, exclude=exclude, random_state=0).tolist() == expected
    assert not set(expected) & set(names)
    free = model.sample(50, exclude=[], random_state=0).tolist()
    assert model.sample(50, exclude=["nobody"], random_state=0).tolist() == free
    best, _ = model.most_probable(5, exclude=names[:3])
    assert best.tolist() == [x for x in model.most_probable(8)[0] if x not in names[:3]][:5]


def test_exclude_is_normalized_as_names_are():
    model = CountBigramLM(tokenizer=NameTokenizer(lowercase=True)).fit(["anna", "ann"])
    assert "anna" not in model.most_probable(20, exclude=["ANNA"])[0]
    assert "anna" in model.most_probable(20)[0]


def test_what_exclude_leaves_is_known():
    model = CountBigramLM(alpha=0).fit(["ab", "ac"])
    assert set(model.sample(20, exclude=["ab"], random_state=0)) == {"ac"}
    assert model.most_probable(exclude=["ab"])[0].tolist() == ["ac"]
    with pytest.raises(ValueError, match="exclude leaves none of the names"):
        model.sample(exclude=["ab", "ac"])
    with pytest.raises(ValueError, match="exclude leaves none of the names"):
        model.sample(pattern="*b", exclude=["ab", "ab"])
    names, _ = model.most_probable(exclude=["ab", "ac"])
    assert len(names) == 0
    model.fit(["a", "b"], sample_weight=[10**6, 1])
    with pytest.raises(ValueError, match="exclude leaves 1e-06 of the probability of the names"):
        model.sample(exclude=["a"])
    assert model.most_probable(exclude=["a"])[0].tolist() == ["b"]


@pytest.mark.parametrize(
    ("exclude", "error", "message"),
    [
        ("emma", ValueError, "^exclude: X is a single str"),
        (5, ValueError, "^exclude: X is a int"),
        (np.array(5), (TypeError, ValueError), "^exclude: "),
        (["a", None], TypeError, r"^exclude: X\[1\] is None: names must be strings"),
        (
            [[1, 2]],
            ValueError,
            "^exclude: X is a table, but this CountBigramLM was fitted on names",
        ),
        (["a.b"], ValueError, r"^exclude: X\[0\] is 'a.b' and holds the boundary"),
    ],
)
def test_a_bad_exclude_is_refused(model, exclude, error, message):
    for method in (model.sample, model.most_probable):
        with pytest.raises(error, match=message):
            method(exclude=exclude)


# most_probable


def test_a_hundred_thousand_names_in_order(names):
    model = CountBigramLM().fit(names)
    best, log_proba = model.most_probable(100_000)
    assert len(set(best.tolist())) == len(best) == len(log_proba) == 100_000
    np.testing.assert_allclose(log_proba, model.score_samples(best), atol=1e-10)
    assert (np.diff(log_proba) <= 0).all()
    # None of those up to three letters is missing, and the beginnings of the list are the list's.
    short = ["".join(x) for n in range(4) for x in itertools.product(model.symbols_[1:], repeat=n)]
    scores = model.score_samples(short)
    certain = {name for name, score in zip(short, scores, strict=True) if score > log_proba[-1]}
    assert certain == {name for name in best[log_proba > log_proba[-1]] if len(name) < 4}
    few, few_log_proba = model.most_probable(10)
    assert few.tolist() == best[:10].tolist()
    assert few_log_proba.tolist() == log_proba[:10].tolist()


def test_ties_are_in_the_order_of_length_and_symbols():
    model = CountBigramLM().fit(["a", "b", "c"])
    names, log_proba = model.most_probable(4)
    assert names.tolist() == ["", "a", "b", "c"]
    names, log_proba = model.most_probable(30)
    keys = [(-p, len(name), name) for name, p in zip(names, log_proba, strict=True)]
    assert keys == sorted(keys)


@pytest.mark.parametrize("n_symbols", [20, 1500])
@pytest.mark.parametrize("k", [1, 5000])
def test_ties_without_number_take_no_more_than_they_must(n_symbols, k):
    """All names of two symbols are as probable; 5,000 of some million are asked for."""
    S = sparse.csr_array(([0.0], ([0], [0])), shape=(n_symbols, n_symbols))
    chain = TransitionMatrix(S, np.ones(n_symbols), np.full(n_symbols, 1 / n_symbols))
    automaton = build_automaton([None], 0, None, n_symbols)
    tracemalloc.start()
    stream, log_proba = most_probable(chain, automaton, k)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
    lengths = stream.n_bigrams - 1
    assert (np.diff(lengths) >= 0).all()
    np.testing.assert_allclose(log_proba, -(lengths + 1) * math.log(n_symbols))
    sizes = np.bincount(lengths)
    assert sizes[:-1].tolist() == [(n_symbols - 1) ** n for n in range(len(sizes) - 1)]
    assert sizes.sum() == k == len(set(map(bytes, np.split(stream.ids, stream.starts[1:-1]))))


def test_backoff_and_cells_are_told_apart():
    """Above 128 symbols the cells of S and the backoff are two lists, which share symbols."""
    rng = np.random.default_rng(0)
    n = 150
    S = rng.random((n, n)) * (rng.random((n, n)) < 0.05)
    S[:, 0] += 1
    g = rng.random(n) * (rng.random(n) < 0.7)
    q = rng.random(n) * (rng.random(n) < 0.7)
    q /= q.sum()
    S *= ((1 - g) / S.sum(axis=1))[:, None]
    chain = TransitionMatrix(sparse.csr_array(S), g, q)
    P = S + np.outer(g, q)
    with np.errstate(divide="ignore"):
        singles = np.log(P[0, 1:]) + np.log(P[1:, 0])
        pairs = np.log(P[0, 1:])[:, None] + np.log(P[1:, 1:]) + np.log(P[1:, 0])
    expected = np.sort(np.concatenate([singles, pairs.ravel()]))[::-1]
    expected = expected[expected > -np.inf]
    automaton = build_automaton([None], 1, 2, n)
    for k in (3, 2000, 30_000):
        stream, log_proba = most_probable(chain, automaton, k)
        np.testing.assert_allclose(log_proba, expected[:k], atol=1e-10)
        assert len(set(map(bytes, np.split(stream.ids, stream.starts[1:-1])))) == len(log_proba)


# Token ids


@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_models_of_token_ids(make):
    X = make(np.array([[1, 2, 3], [2, 1, 0], [3, 0, 0]]))
    model = CountBigramLM().fit(X)
    rows = model.sample(200, min_length=1, max_length=2, exclude=X, random_state=0)
    assert sparse.issparse(rows) == sparse.issparse(X)
    rows = rows.toarray() if sparse.issparse(rows) else rows
    assert rows.shape == (200, 3)
    assert (rows[:, 2] == 0).all()
    assert (rows[:, 0] > 0).all()
    assert not {(2, 1, 0), (3, 0, 0)} & set(map(tuple, rows.tolist()))
    rows, log_proba = model.most_probable(4, exclude=make(np.array([[9, 1], [0, 1], [3, 0]])))
    np.testing.assert_allclose(model.score_samples(rows), log_proba)
    rows, log_proba = model.most_probable(4, min_length=2, max_length=2)
    assert math.exp(model.log_mass(min_length=1, max_length=1)) > 0
    with pytest.raises(ValueError, match=r"pattern is 'a\*', but this CountBigramLM was fitted on"):
        model.sample(pattern="a*")
    with pytest.raises(ValueError, match="exclude: X holds names, but"):
        model.sample(exclude=["ab"])
    none, log_proba = CountBigramLM(alpha=0).fit(X[:1]).most_probable(min_length=4)
    assert none.shape == (0, 3)


# Parameters


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"min_length": -1}, ValueError, "min_length must be at least 0, got -1"),
        ({"max_length": -1}, ValueError, "max_length must be at least 0, got -1"),
        ({"min_length": 1.5}, TypeError, "min_length must be an int, not float"),
        ({"max_length": "3"}, TypeError, "max_length must be an int, not str"),
        ({"min_length": 3, "max_length": 2}, ValueError, "min_length=3 is more than max_length=2"),
        ({"pattern": 3}, TypeError, "pattern must be a str, not int"),
        ({"pattern": "[a"}, ValueError, r"has a \[ without a \]"),
        ({"pattern": "x"}, ValueError, "pattern holds unknown symbols: 'x'"),
    ],
)
def test_bad_constraints_are_refused(model, arguments, error, message):
    for method in (model.sample, model.log_mass, model.most_probable):
        with pytest.raises(error, match=message):
            method(**arguments)


@pytest.mark.parametrize("temperature", [0, -1.0, math.inf, math.nan])
def test_temperature_must_be_positive_and_finite(model, temperature):
    with pytest.raises(ValueError, match="temperature must be positive and finite, got"):
        model.sample(temperature=temperature)


@pytest.mark.parametrize("temperature", ["1", None, True])
def test_temperature_must_be_a_number(model, temperature):
    with pytest.raises(TypeError, match="temperature must be a number, not"):
        model.sample(temperature=temperature)


@pytest.mark.parametrize(("k", "error"), [(0, ValueError), (-3, ValueError), (2.0, TypeError)])
def test_k_must_be_a_positive_int(model, k, error):
    with pytest.raises(error, match=r"^k must be"):
        model.most_probable(k)


@pytest.mark.parametrize(
    "constraint", [{"pattern": "a*"}, {"min_length": 0}, {"exclude": ["a"]}, {"temperature": 2}]
)
def test_a_torch_generator_takes_no_constraints(model, constraint):
    with pytest.raises(ValueError, match=r"pass an int or a numpy\.random\.Generator"):
        model.sample(random_state=torch.Generator(), **constraint)


# Many symbols


def test_twenty_thousand_symbols_take_little_memory():
    symbols = [chr(0x4E00 + i) for i in range(20_000)]
    names = ["".join(symbols[i : i + 3]) for i in range(0, 20_000, 2)]
    model = CountBigramLM(alpha=1e-5).fit([*names, *[symbols[5] * 2] * 3000])
    a, b = symbols[4:6]
    tracemalloc.start()
    for pattern in (f"{a}*", f"?{b}?", f"*{a}{b}*"):
        sampled = model.sample(50, pattern=pattern, random_state=0)
        assert all(fnmatchcase(name, pattern) for name in sampled)
        best, log_proba = model.most_probable(500, pattern=pattern)
        assert all(fnmatchcase(name, pattern) for name in best)
        np.testing.assert_allclose(log_proba, model.score_samples(best), atol=1e-10)
        mass = math.exp(model.log_mass(pattern))
        assert np.exp(log_proba).sum() <= mass * (1 + 1e-9) <= 1 + 1e-9
    assert model.sample(50, temperature=0.5, max_length=4, random_state=0).shape == (50,)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6  # a square of floats would take 3,200 MB
