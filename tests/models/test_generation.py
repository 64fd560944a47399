"""sample, log_mass and most_probable of the models."""

import math
import pickle
import re
import tracemalloc
import weakref
from collections import Counter
from fnmatch import fnmatchcase
from itertools import pairwise, product

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.stats import chisquare
from sklearn.base import clone

from sklearn_bigram import BigramCounts, CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.exceptions import EndlessNameError, TooFewNamesError, UnknownSymbolsError
from sklearn_bigram.markov import _conditional, _multinomial, _sampling
from sklearn_bigram.markov._conditional import ConditionalChain
from sklearn_bigram.models import _generation

CONSTRAINTS = [
    {"pattern": "a*b*c"},
    {"pattern": "*ab*", "min_length": 4},
    {"min_length": 1, "max_length": 3},
    {"pattern": "a*", "exclude": ["a", "ab", "b"], "max_length": 4},
    {"temperature": 0.5, "max_length": 5},
    {"temperature": 3.0, "pattern": "*c", "exclude": ["c"], "max_length": 4},
]


def seed_torch(seed):
    import torch

    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def model():
    return CountBigramLM(alpha=0.3).fit(["abca", "bca", "cc", "a", "bbc", "ca", "b", "c"])


@pytest.fixture(scope="module")
def fitted(names):
    return CountBigramLM().fit(names)


def meets(name, pattern="*", min_length=0, max_length=math.inf, exclude=(), temperature=1.0):
    return (
        fnmatchcase(name, pattern) and min_length <= len(name) <= max_length and name not in exclude
    )


# sample


@pytest.mark.parametrize("model", [CountBigramLM(alpha=0), NeuralBigramLM(reg=0.1)], ids=str)
def test_bigrams_of_samples_follow_the_model(model, lecture_names):
    model.fit(lecture_names)
    sampled = model.sample(50_000, random_state=0)
    counts = CountBigramLM(tokenizer=NameTokenizer(alphabet=model.symbols_[1:].tolist()))
    counts = counts.fit(sampled).counts_.toarray()
    P = model.predict_proba(["", *model.symbols_[1:]])
    assert (counts[P == 0] == 0).all()
    for row, p in zip(counts, P, strict=True):
        expected = p * row.sum()
        frequent = expected >= 10
        observed = np.append(row[frequent], row[~frequent].sum())
        expected = np.append(expected[frequent], expected[~frequent].sum())
        if expected[-1] < 10:
            observed, expected = observed[:-1], expected[:-1]
            expected = expected * observed.sum() / max(expected.sum(), 1)
        if len(observed) > 1:
            assert chisquare(observed, expected).pvalue > 1e-5


@pytest.mark.parametrize("constraints", CONSTRAINTS, ids=str)
def test_constrained_samples_follow_the_conditional_distribution(model, constraints):
    P = model.predict_proba(["", "a", "b", "c"]) ** (1 / constraints.get("temperature", 1))
    P /= P.sum(axis=1, keepdims=True)
    p = {}
    for n in range(8):
        for ids in product(range(1, 4), repeat=n):
            path = [0, *ids, 0]
            p["".join(".abc"[i] for i in ids)] = math.prod(P[i, j] for i, j in pairwise(path))
    p = {name: value for name, value in p.items() if meets(name, **constraints)}
    names = model.sample(10_000, random_state=1, **constraints).tolist()
    assert all(meets(name, **constraints) for name in set(names))
    total = sum(p.values())
    if "max_length" not in constraints:  # longer names are possible
        total = math.exp(model.log_mass(**constraints))
    frequent = [name for name in p if 10_000 * p[name] / total >= 8]
    observed = Counter(names)
    observed = np.array([observed[name] for name in frequent])
    expected = np.array([10_000 * p[name] / total for name in frequent])
    observed, expected = (
        np.append(observed, 1e4 - observed.sum()),
        np.append(expected, 1e4 - expected.sum()),
    )
    if expected[-1] < 5:
        observed, expected = (
            observed[:-1],
            expected[:-1] * observed[:-1].sum() / expected[:-1].sum(),
        )
    assert chisquare(observed, expected).pvalue > 1e-4


def test_every_sample_meets_its_constraints(lecture_names):
    model = NeuralBigramLM().fit(lecture_names)
    for pattern in ["an*", "*a", "m??i?a", "[aeiou]*[!aeiou]", "?*[x-z]?a"]:
        names = model.sample(200, pattern=pattern, max_length=9, random_state=0)
        assert all(fnmatchcase(name, pattern) and len(name) <= 9 for name in names)
    novel = model.sample(200, exclude=lecture_names, min_length=3, random_state=0)
    assert not set(novel) & set(lecture_names)
    assert min(map(len, novel)) >= 3


@pytest.mark.torch
def test_a_torch_generator_draws_the_names_of_the_lecture(lecture_names):
    model = CountBigramLM(alpha=1).fit(lecture_names)
    sampled = model.sample(5, random_state=seed_torch(2147483647))
    assert sampled.tolist() == ["cexze", "momasurailezitynn", "konimittain", "llayn", "ka"]


def test_a_seed_gives_the_same_names_in_every_version(fitted):
    few = ["aratjosiatyo", "e", "seomanderanka", "meerir", "be", "kixornanisi", "llainotan", "cui"]
    assert fitted.sample(8, random_state=3).tolist() == few
    many = fitted.sample(40_000, random_state=3, temperature=1, pattern=None)
    assert many[-3:].tolist() == ["hrtuljan", "jend", "etci"]
    constrained = fitted.sample(3, min_length=5, max_length=6, temperature=0.5, random_state=0)
    assert constrained.tolist() == ["panor", "gurian", "ashan"]


@pytest.mark.parametrize(
    "make",
    [
        int,
        np.int64,
        np.random.RandomState,
        np.random.default_rng,
        pytest.param(seed_torch, marks=pytest.mark.torch),
    ],
)
def test_the_same_seed_gives_the_same_names(make, fitted):
    first = fitted.sample(20, random_state=make(7)).tolist()
    assert fitted.sample(20, random_state=make(7)).tolist() == first
    assert fitted.sample(20, random_state=make(8)).tolist() != first


def test_a_generator_advances_and_none_is_fresh(fitted):
    rng = np.random.default_rng(0)
    draws = [fitted.sample(20, random_state=seed).tolist() for seed in (rng, rng, None, None)]
    assert len(set(map(tuple, draws))) == 4


@pytest.mark.slow
def test_no_global_random_state_is_read_or_written(torch, names):
    np.random.seed(0)  # noqa: NPY002 - the global state is what this test is about
    torch.manual_seed(0)
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    model = NeuralBigramLM(solver="gd").fit(names)
    model.sample(10)
    model.sample(10, random_state=1)
    model.sample(2, random_state=seed_torch(0))
    other = NeuralBigramLM(solver="gd").fit(names)
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])
    assert (model.coef_ != other.coef_).any()  # the global seed did not make them equal


def test_samples_are_str_objects_in_an_array(fitted):
    sampled = fitted.sample(3, random_state=0)
    assert sampled.shape == (3,)
    assert sampled.dtype == object
    assert all(type(name) is str for name in sampled)
    assert fitted.sample(random_state=0).shape == (1,)


def test_a_model_of_the_empty_name_samples_it():
    assert CountBigramLM().fit(["", ""]).sample(3, random_state=0).tolist() == ["", "", ""]


@pytest.mark.parametrize("alpha", [0, 0.5])
def test_first_symbols_of_many_follow_the_model(alpha):
    symbols = [chr(0x4E00 + i) for i in range(1500)]
    model = CountBigramLM(alpha=alpha).fit([*["ab", "a", "b"] * 2000, "".join(symbols)])
    first = [name[:1] for name in model.sample(5000, random_state=0)]
    p = model.predict_proba([""])[0]
    top = [0, *np.argsort(p[1:])[-3:] + 1]
    observed = [first.count(model.symbols_[i] if i else "") for i in top]
    observed.append(len(first) - sum(observed))
    expected = np.append(p[top], 1 - p[top].sum()) * len(first)
    possible = expected > 0
    assert chisquare(np.array(observed)[possible], expected[possible]).pvalue > 1e-4


def test_a_low_temperature_draws_the_likeliest_symbols(fitted):
    cold = fitted.sample(5, temperature=0.01, max_length=5, min_length=5, random_state=0)
    assert len(set(cold.tolist())) == 1
    hot = fitted.sample(20_000, temperature=1e9, max_length=1, random_state=0)
    counts = np.unique(hot, return_counts=True)[1]
    # The empty name has probability 1/27, each name of one letter 1/27 of that.
    assert counts[0] / 20_000 == pytest.approx(27 / 53, abs=0.02)
    assert len(counts) == 27


@pytest.mark.torch
@pytest.mark.parametrize("make", [int, seed_torch])
def test_a_name_that_does_not_end_is_an_error(make, monkeypatch):
    for module in (_multinomial, _sampling):
        monkeypatch.setattr(module, "MAX_LENGTH", 500)
    model = NeuralBigramLM(solver="gd", learning_rate=200, max_iter=1, tol=100, random_state=0)
    model.fit(["abababab"])
    message = "A name reached 500 symbols without ending.*: set max_length, or raise temp"
    with pytest.raises(ValueError, match=message):
        model.sample(3, random_state=make(0))


def test_a_constrained_name_that_does_not_end_is_an_error(monkeypatch):
    monkeypatch.setattr(_conditional, "MAX_LENGTH", 500)
    model = CountBigramLM(alpha=0.01).fit(["abababababab"])
    with pytest.raises(ValueError, match="reached 500 symbols without ending"):
        model.sample(3, temperature=0.02, random_state=0)
    assert model.sample(3, temperature=0.02, max_length=4, random_state=0).shape == (3,)


def test_impossible_constraints_are_an_error():
    model = CountBigramLM(alpha=0).fit(["abababababab"])
    message = "^The probability that a name ends and meets the constraints is zero: relax"
    with pytest.raises(ValueError, match=message):
        model.sample(pattern="aa*")
    message = "^At temperature=1e-05, the probability that a name ends .* is zero: raise temp"
    with pytest.raises(ValueError, match=message):
        model.sample(3, temperature=1e-5)


# distinct


@pytest.mark.parametrize("temperature", [1.0, 0.05], ids=str)
def test_distinct_names_may_be_all_that_there_are(fitted, temperature):
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    expected = {"", *letters, *map("".join, product(letters, repeat=2))}
    given = {"max_length": 2, "temperature": temperature, "distinct": True}
    assert len(expected) == 703
    assert set(fitted.sample(703, **given, random_state=0)) == expected
    message = "the constraints is 703, less than the 704 to draw: lower n_samples, relax the"
    with pytest.raises(TooFewNamesError, match=message) as error:
        fitted.sample(704, **given)
    assert (error.value.n_names, error.value.n_wanted) == (703, 704)


@pytest.mark.parametrize("constraints", [{}, *CONSTRAINTS], ids=str)
def test_distinct_names_meet_their_constraints(model, constraints):
    drawn = model.sample(30, distinct=True, random_state=0, **constraints).tolist()
    assert len(set(drawn)) == 30
    assert all(meets(name, **constraints) for name in drawn)
    assert model.sample(30, distinct=True, random_state=0, **constraints).tolist() == drawn
    assert model.sample(30, distinct=True, random_state=1, **constraints).tolist() != drawn


def test_the_first_distinct_names_are_the_first_samples(model):
    drawn = model.sample(21, pattern="*", random_state=0)  # so many are drawn for ten
    first = list(dict.fromkeys(drawn.tolist()))
    assert model.sample(10, distinct=True, random_state=0).tolist() == first[:10]


def test_distinct_token_ids_are_distinct_rows():
    model = CountBigramLM(alpha=0).fit([[1, 2, 0], [2, 1, 2], [1, 0, 0]])
    rows = model.sample(5, max_length=4, exclude=[[1, 0, 0]], distinct=True, random_state=0)
    assert len(set(map(tuple, rows.tolist()))) == 5
    assert [1, 0, 0, 0] not in rows.tolist()


def test_without_distinct_names_are_drawn_as_always(fitted):
    names = fitted.sample(20, random_state=3)
    assert fitted.sample(20, distinct=np.False_, random_state=3).tolist() == names.tolist()


# exclude


def test_exclude_may_be_any_collection_of_names(model):
    names = ["a", "ca", "b", "nobody", "x.y"]
    expected = model.sample(50, exclude=names[:4], random_state=0).tolist()
    series = pd.Series(names[:4])
    for exclude in (set(series), tuple(series), np.array(names[:4]), series, frozenset(series)):
        assert model.sample(50, exclude=exclude, random_state=0).tolist() == expected
    assert not set(expected) & set(names)
    assert model.sample(50, exclude=["a", *names[:4]] * 2, random_state=0).tolist() == expected


def test_names_that_cannot_be_sampled_may_be_excluded(model):
    free = model.sample(50, exclude=[], random_state=0).tolist()
    for exclude in (["nobody"], ["nx", "ax", "xa", "x"], ["a.b", ".", "x.a"], pd.Series([])):
        assert model.sample(50, exclude=exclude, random_state=0).tolist() == free


def test_most_probable_leaves_out_excluded_names(model):
    names = ["a", "ca", "b", "abx"]
    best, _ = model.most_probable(5, exclude=names)
    assert best.tolist() == [name for name in model.most_probable(8)[0] if name not in names][:5]


def test_exclude_is_normalized_as_names_are():
    model = CountBigramLM(tokenizer=NameTokenizer(lowercase=True)).fit(["anna", "ann"])
    assert "anna" not in model.most_probable(20, exclude=["ANNA"])[0]
    assert "anna" in model.most_probable(20)[0]


def test_exclude_must_leave_enough_probability():
    model = CountBigramLM(alpha=0).fit(["ab", "ac"])
    assert set(model.sample(20, exclude=["ab"], random_state=0)) == {"ac"}
    with pytest.raises(ValueError, match="exclude leaves none of the names"):
        model.sample(exclude=["ab", "ac"])
    with pytest.raises(ValueError, match="exclude leaves none of the names"):
        model.sample(pattern="*b", exclude=["ab", "ab"])
    assert len(model.most_probable(exclude=["ab", "ac"])[0]) == 0
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
        ([[1, 2]], ValueError, "^exclude: X is a table, but this CountBigramLM was fitted on name"),
        ("", ValueError, "^exclude: X is a single str"),
        (np.array("ab"), ValueError, "^exclude: X is a table"),
    ],
)
def test_an_invalid_exclude_is_refused(model, exclude, error, message):
    for method in (model.sample, model.most_probable):
        with pytest.raises(error, match=message):
            method(exclude=exclude)


class AnalyzerError(ValueError):
    """An error with a field."""

    def __init__(self, name):
        super().__init__(name)
        self.name = name


def test_an_error_of_the_analyzer_keeps_its_fields_in_exclude():
    def analyze(name):
        if name == "bad":
            raise AnalyzerError(name)
        return list(name)

    model = CountBigramLM(tokenizer=NameTokenizer(analyzer=analyze)).fit(["ab", "ba"])
    with pytest.raises(AnalyzerError) as caught:
        model.sample(exclude=["ab", "bad"])
    assert caught.value.name == "bad"


def test_names_beside_those_with_the_boundary_are_excluded(model):
    for exclude in (["b.a", "a"], pd.Series(["a", "c.b"]), np.array(["a", "b.c"])):
        assert "a" not in model.sample(200, exclude=exclude, random_state=0)


def test_a_model_excludes_names_longer_than_its_tokenizer_takes():
    model = CountBigramLM(tokenizer=NameTokenizer(max_length=3)).fit(["ava", "em"])
    drawn = model.sample(50, random_state=0)
    longer = [name for name in drawn if len(name) > 3]
    assert longer
    assert not set(longer) & set(model.sample(50, exclude=longer, random_state=0))


# random_state


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"pattern": "x"}, ValueError),
        ({"min_length": -1}, ValueError),
        ({"n_samples": 0}, ValueError),
        ({"temperature": 0}, ValueError),
        ({"pattern": "a", "exclude": ["a"]}, ValueError),
        ({"n_samples": 5, "max_length": 1, "distinct": True}, TooFewNamesError),
        ({"distinct": 1}, TypeError),
        ({"exclude": [None]}, TypeError),
    ],
    ids=str,
)
def test_a_failing_sample_does_not_advance_a_random_state(model, options, error):
    rng = np.random.RandomState(0)
    with pytest.raises(error):
        model.sample(**options, random_state=rng)
    assert rng.randint(2**30) == np.random.RandomState(0).randint(2**30)


@pytest.mark.parametrize("options", [{}, {"min_length": 1}], ids=str)
def test_many_names_that_hardly_end_are_refused_before_they_take_memory(options):
    model = CountBigramLM(alpha=0).fit(BigramCounts([".", "a"], [[0, 1], [1, 1e12]]))
    tracemalloc.start()
    with pytest.raises(EndlessNameError, match=r"^A name reached 512 symbols without ending"):
        model.sample(20_000, random_state=0, **options)
    assert tracemalloc.get_traced_memory()[1] < 2e8
    tracemalloc.stop()


def test_long_names_that_end_are_drawn():
    model = CountBigramLM(alpha=0).fit(BigramCounts([".", "a"], [[0, 1], [1, 3000]]))
    lengths = [len(name) for name in model.sample(200, random_state=0)]
    assert max(lengths) > 5000
    assert np.mean(lengths) == pytest.approx(model.expected_length(), rel=0.3)


# Kept chains


@pytest.fixture
def made(monkeypatch):
    """The automata of the conditional chains that are made."""
    made = []

    def make(transition, automaton):
        made.append(automaton)
        return ConditionalChain(transition, automaton)

    monkeypatch.setattr(_generation, "ConditionalChain", make)
    return made


TO_KEEP = [
    {"pattern": "m??i?a"},
    {"pattern": re.compile("m..i.a")},
    {"pattern": re.compile("M..I.A", re.IGNORECASE)},
    {"pattern": "m??i?a", "temperature": 0.5},
    {"pattern": "*a*", "min_length": 3},
    {"min_length": 3},
    {"max_length": 3},
    {"min_length": 3, "max_length": 3},
    {"distinct": True},
]


@pytest.mark.parametrize("model", [CountBigramLM(), NeuralBigramLM()], ids=str)
def test_constraints_that_were_used_before_change_no_name(model, names, made):
    model, fresh = clone(model).fit(names[:2000]), clone(model).fit(names[:2000])
    stored, digest = pickle.dumps(model), joblib.hash(model)
    options = {"exclude": names[:50], "random_state": 0}
    expected = [clone(fresh).fit(names[:2000]).sample(9, **c, **options) for c in TO_KEEP]
    for _ in range(2):
        for constraints, drawn in zip(TO_KEEP, expected, strict=True):
            assert model.sample(9, **constraints, **options).tolist() == drawn.tolist()
    assert len(made) == 2 * len(TO_KEEP)
    assert pickle.dumps(model) == stored
    assert joblib.hash(model) == digest


def test_equal_constraints_make_one_chain(names, made):
    model = CountBigramLM().fit(names[:2000])
    model.sample(pattern="a*", min_length=3)
    model.sample(2, pattern="a*", min_length=np.int64(3), temperature=1, exclude=["abc"])
    model.log_mass("a*", min_length=3)
    assert len(made) == 1
    model.sample(pattern=np.str_("a*"), min_length=3)
    assert len(made) == 2


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_model_that_is_fitted_again_keeps_no_chains(method, names):
    model = CountBigramLM(alpha=0).fit(["ab", "ac"])
    assert set(model.sample(20, pattern="a*")) == {"ab", "ac"}
    getattr(model, method)(["ad"] * 1000)
    assert "ad" in model.sample(20, pattern="a*")


def test_a_chain_is_freed_when_its_model_is_fitted_again(names):
    model = CountBigramLM().fit(names[:2000])
    model.sample(pattern="a*")
    old = weakref.ref(model.transition_)
    model.fit(names[:1000])
    assert old() is None  # without waiting for the garbage collector


# log_mass


@pytest.mark.parametrize("model", [CountBigramLM(alpha=0), NeuralBigramLM(reg=0.1)], ids=str)
def test_without_constraints_the_mass_is_one(model, names):
    log_mass = model.fit(names).log_mass()
    assert log_mass == pytest.approx(0, abs=1e-13)
    assert log_mass <= 0
    assert type(log_mass) is float


def test_masses_of_all_lengths_and_of_all_first_letters_add_up(fitted):
    lengths = [math.exp(fitted.log_mass(min_length=n, max_length=n)) for n in range(20)]
    assert math.fsum(lengths) == pytest.approx(1 - math.exp(fitted.log_mass(min_length=20)))
    np.testing.assert_allclose(lengths, fitted.length_distribution(19), rtol=1e-12)
    letters = [math.exp(fitted.log_mass(f"{letter}*")) for letter in fitted.symbols_[1:]]
    np.testing.assert_allclose(letters, fitted.predict_proba([""])[0, 1:], rtol=1e-12)


def test_the_mass_of_a_long_name_is_its_likelihood(fitted):
    name = "qz" * 200
    (log_p,) = fitted.score_samples([name])
    assert log_p < -1000
    assert fitted.log_mass(name) == pytest.approx(log_p, rel=1e-12)
    assert fitted.log_mass(f"{name}*") > log_p
    best, log_proba = fitted.most_probable(2, pattern=name)
    assert best.tolist() == [name]
    assert log_proba == pytest.approx(log_p)


def test_an_impossible_constraint_has_no_mass_and_no_names():
    model = CountBigramLM(alpha=0).fit(["ab", "ba"])
    assert model.log_mass("aa*") == model.log_mass("*aa") == -np.inf
    names, log_proba = model.most_probable(pattern="aa*")
    assert (names.shape, names.dtype, log_proba.shape) == ((0,), object, (0,))


# most_probable


def test_a_hundred_thousand_names_are_in_order_and_complete(fitted):
    best, log_proba = fitted.most_probable(100_000)
    assert len(set(best.tolist())) == len(best) == len(log_proba) == 100_000
    np.testing.assert_allclose(log_proba, fitted.score_samples(best), atol=1e-10)
    assert (np.diff(log_proba) <= 0).all()
    short = ["".join(x) for n in range(4) for x in product(fitted.symbols_[1:], repeat=n)]
    scores = fitted.score_samples(short)
    certain = {name for name, score in zip(short, scores, strict=True) if score > log_proba[-1]}
    assert certain == {name for name in best[log_proba > log_proba[-1]] if len(name) < 4}
    assert fitted.most_probable()[0].tolist() == best[:10].tolist()


def test_names_with_equal_likelihood_are_sorted_by_length_and_symbols():
    names, log_proba = CountBigramLM().fit(["a", "b", "c"]).most_probable(30)
    assert names[:4].tolist() == ["", "a", "b", "c"]
    keys = [(-p, len(name), name) for name, p in zip(names, log_proba, strict=True)]
    assert keys == sorted(keys)


# Token ids


@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_models_of_token_ids_return_token_ids(make):
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
    assert log_proba[0] == model.most_probable(1)[1]  # the empty name is not excluded
    assert math.exp(model.log_mass(min_length=1, max_length=1)) > 0
    none, _ = CountBigramLM(alpha=0).fit(X[:1]).most_probable(min_length=4)
    assert none.shape == (0, 3)
    longer, _ = model.most_probable(2, min_length=5, max_length=5)
    assert longer.shape == (2, 5)


def test_models_of_token_ids_refuse_patterns_and_names():
    model = CountBigramLM().fit([[1, 2, 3], [2, 1, 0]])
    with pytest.raises(ValueError, match=r"pattern is 'a\*', but this CountBigramLM was fitted on"):
        model.sample(pattern="a*")
    with pytest.raises(ValueError, match="exclude: X holds names, but"):
        model.sample(exclude=["ab"])


# Patterns and other parameters


def test_patterns_are_normalized_as_names_are():
    tokenizer = NameTokenizer(lowercase=True, strip_accents="unicode")
    model = CountBigramLM(alpha=0, tokenizer=tokenizer).fit(["zoë", "ann"])
    for pattern in ["ZO*", "*Ë", "[Y-Z]??", "?[OÖ]?"]:
        assert model.most_probable(pattern=pattern)[0].tolist() == ["zoe"]


def test_patterns_are_split_as_names_are():
    model = CountBigramLM(alpha=0, tokenizer=NameTokenizer(analyzer=str.split))
    model.fit(["anna maria", "maria anna rosa"])
    assert model.log_mass("anna ?") == pytest.approx(math.log(0.375))
    assert model.log_mass("?[anna rosa]") == pytest.approx(math.log(0.25))
    tokenizer = NameTokenizer(analyzer=lambda name: name.split("-"))
    with pytest.raises(TypeError, match="The analyzer returned"):
        CountBigramLM(tokenizer=tokenizer).fit(["a-b"]).log_mass("a-*")


def test_constraints_may_be_regular_expressions(fitted):
    brand = re.compile("lu[^xq]{3,5}[aeiou]")
    names = fitted.sample(200, pattern=brand, random_state=0)
    assert all(brand.fullmatch(name) for name in names)
    assert len(set(names)) > 100
    best, log_proba = fitted.most_probable(10**6, pattern=re.compile("(?i)M.?R.|[an]{3}"))
    assert all(re.fullmatch("m.?r.|[an]{3}", name) for name in best)
    assert len(best) == 26 + 26**2 + 2**3
    mass = fitted.log_mass(re.compile("(?i)M.?R.|[an]{3}"))
    assert mass == pytest.approx(np.logaddexp.reduce(log_proba), abs=1e-12)


def test_regular_expressions_meet_the_other_constraints(fitted):
    vowels = re.compile("([aeiou]|[^aeiou]{2})*")
    names = fitted.sample(
        100, pattern=vowels, min_length=4, max_length=5, exclude=["anna"], random_state=0
    )
    assert all(vowels.fullmatch(name) and len(name) in (4, 5) for name in names)
    assert "anna" not in names
    lengths = [fitted.log_mass(vowels, n, n) for n in range(30)]
    assert np.logaddexp.reduce(lengths) <= fitted.log_mass(vowels, max_length=29) + 1e-12
    assert np.logaddexp.reduce(lengths) == pytest.approx(fitted.log_mass(vowels, max_length=29))


@pytest.mark.parametrize(
    ("glob", "expression"),
    [
        ("m??i?a", "m..i.a"),
        ("*a?????b*", ".*a.{5}b.*"),
        ("*nn*e", ".*nn.*e"),
        ("[!a-w]*", "[^a-w].*"),
    ],
)
def test_a_regular_expression_has_the_mass_of_the_same_glob(fitted, glob, expression):
    pattern = re.compile(expression)
    assert fitted.log_mass(pattern) == pytest.approx(fitted.log_mass(glob), rel=1e-12)
    _, log_proba = fitted.most_probable(50, pattern=pattern)
    _, expected = fitted.most_probable(50, pattern=glob)
    np.testing.assert_allclose(log_proba, expected, rtol=1e-12)


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def test_masses_and_best_names_are_those_of_openfst(fitted):
    pynini = pytest.importorskip("pynini")
    P = fitted.transition_.rows(np.arange(len(fitted.symbols_)))

    def make_fst(arc_type, weight_type):
        fst = pynini.Fst(arc_type=arc_type)
        fst.add_states(len(P))
        fst.set_start(0)
        for i, j in product(range(len(P)), repeat=2):
            weight = pynini.Weight(weight_type, -math.log(P[i, j]))
            if j == 0:
                fst.set_final(i, weight)
            else:
                label = ord(fitted.symbols_[j])
                fst.add_arc(i, pynini.Arc(label, label, weight, j))
        return fst

    letter, other = pynini.union(*LETTERS), pynini.union(*LETTERS.replace("x", "").replace("q", ""))
    vowel = pynini.union(*"aeiou")
    acceptors = {
        "m..i.a": "m" + letter + letter + "i" + letter + "a",
        "lu[^xq]{3,5}[aeiou]": "lu" + other ** (3, 5) + vowel,
        "[^xq]*": pynini.closure(other),
        "(an|be[lr])*(a|ette)": pynini.union("an", "bel", "ber").closure()
        + pynini.union("a", "ette"),
        ".*a.{2}b.*": pynini.closure(letter) + "a" + letter + letter + "b" + pynini.closure(letter),
    }
    for expression, acceptor in acceptors.items():
        pattern = re.compile(expression)
        acceptor = pynini.determinize(pynini.rmepsilon(acceptor))
        log_acceptor = pynini.arcmap(acceptor, map_type="to_log64")
        names = pynini.compose(make_fst("log64", "log64"), log_acceptor)
        distance = pynini.shortestdistance(names, delta=1e-14, reverse=True)[names.start()]
        assert fitted.log_mass(pattern) == pytest.approx(-float(str(distance)), abs=1e-6)
        names = pynini.compose(make_fst("standard", "tropical"), acceptor)
        best = pynini.shortestpath(names, nshortest=100).paths().weights()
        _, log_proba = fitted.most_probable(100, pattern=pattern)
        np.testing.assert_allclose(
            log_proba, sorted((-float(str(w)) for w in best), reverse=True), rtol=1e-5
        )


def test_regular_expressions_read_the_text_of_names():
    names = ["anna maria", "maria anna rosa"]
    analyzer = re.compile(r"\w+ ?").findall
    model = CountBigramLM(alpha=0, tokenizer=NameTokenizer(analyzer=analyzer)).fit(names)
    found, _ = model.most_probable(pattern=re.compile("m.*a"))
    assert set(found) == {"maria anna maria", "maria anna rosa"}
    assert model.log_mass(re.compile("m.{14}")) == pytest.approx(math.log(0.25))
    tokenizer = NameTokenizer(analyzer="grapheme")
    model = CountBigramLM(alpha=0, tokenizer=tokenizer).fit(["e\u0301a", "ea"])
    assert model.most_probable(pattern=re.compile("..."))[0].tolist() == ["e\u0301a"]
    assert model.most_probable(pattern=re.compile("e\u0301.+"))[0].tolist() == ["e\u0301a"]
    assert model.most_probable(pattern=re.compile("[^\u0301]+"))[0].tolist() == ["ea"]


def test_regular_expressions_are_not_normalized():
    tokenizer = NameTokenizer(lowercase=True, strip_accents="unicode")
    model = CountBigramLM(alpha=0, tokenizer=tokenizer).fit(["Zoë", "ann"])
    message = "^The regular expression holds unknown symbols: 'Z', 'ë'. It is not normalized as"
    with pytest.raises(UnknownSymbolsError, match=message):
        model.sample(pattern=re.compile("Zoë"))
    assert model.most_probable(pattern=re.compile("(?i)ZO.|[ëö]"))[0].tolist() == ["zoe"]


def test_the_reserved_symbol_is_a_character_of_regular_expressions():
    tokenizer = NameTokenizer(handle_unknown="use_unknown")
    model = CountBigramLM(tokenizer=tokenizer).fit(["ab"])
    assert model.log_mass(re.compile("a\N{REPLACEMENT CHARACTER}")) == model.score_samples(["ax"])
    assert model.log_mass(re.compile("a.")) > model.log_mass(re.compile("a[ab]"))
    assert model.log_mass(re.compile("ax")) == -math.inf


def test_models_of_token_ids_refuse_regular_expressions():
    model = CountBigramLM().fit([[1, 2, 3], [2, 1, 0]])
    with pytest.raises(
        ValueError, match=r"pattern is re\.compile\('a'\), but this CountBigramLM was"
    ):
        model.sample(pattern=re.compile("a"))


def test_unknown_symbols_of_patterns_are_those_of_the_tokenizer():
    tokenizer = NameTokenizer(handle_unknown="use_unknown")
    model = CountBigramLM(tokenizer=tokenizer).fit(["ab"])
    assert model.log_mass("a[x]y") == model.score_samples(["aqr"])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"min_length": -1}, ValueError, "min_length must be at least 0, got -1"),
        ({"max_length": -1}, ValueError, "max_length must be at least 0, got -1"),
        ({"min_length": 1.5}, TypeError, "min_length must be an int, not float"),
        ({"max_length": "3"}, TypeError, "max_length must be an int, not str"),
        ({"min_length": 3, "max_length": 2}, ValueError, "min_length=3 is greater than max_len"),
        (
            {"pattern": 3},
            TypeError,
            "pattern must be a str or a compiled regular expression, not int",
        ),
        ({"pattern": re.compile("x")}, ValueError, "The regular expression holds unknown symbols"),
        ({"pattern": re.compile(r"(a)\1")}, ValueError, "holds a back-reference, which is not"),
        ({"pattern": re.compile(b"a")}, TypeError, "pattern matches bytes, b'a'"),
        ({"pattern": "[a"}, ValueError, r"in which a \[ is not closed"),
        ({"pattern": "x"}, ValueError, "pattern holds unknown symbols: 'x'"),
        ({"min_length": 20_000}, ValueError, "need more than 16,384 states, the limit for 4 sy"),
    ],
)
def test_invalid_constraints_are_refused(model, arguments, error, message):
    for method in (model.sample, model.log_mass, model.most_probable):
        with pytest.raises(error, match=message):
            method(**arguments)


def test_equal_bounds_of_the_length_are_allowed(model):
    assert set(map(len, model.sample(9, min_length=2, max_length=2, random_state=0))) == {2}
    assert model.sample(1, max_length=0).tolist() == [""]


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
    assert len(model.most_probable(1)[0]) == 1


@pytest.mark.parametrize(
    "constraint", [{"pattern": "a*"}, {"min_length": 0}, {"exclude": ["a"]}, {"temperature": 2}]
)
def test_a_torch_generator_takes_no_constraints(torch, model, constraint):
    with pytest.raises(ValueError, match=r"pass an int or a numpy\.random\.Generator"):
        model.sample(random_state=torch.Generator(), **constraint)


# Masses that are tiny


def log_expected_matches(model, parts):
    """Return the log of the expected number of places in a name that match some parts.

    A part is a word, or a number of symbols that do not matter. For words that are rare, it is the
    log-probability that a name holds a match, since two matches are rarer still.
    """
    symbols = model.symbols_.tolist()
    P = model.predict_proba(["", *symbols[1:]])
    inner = P[1:, 1:]
    visits = np.append(0, np.linalg.solve(np.eye(len(inner)) - inner.T, P[0, 1:]))
    P[:, 0] = 0
    log_mass, weights = 0.0, visits
    first = True
    for part in parts:
        if isinstance(part, int):
            for _ in range(part):
                weights = weights @ P
            continue
        for symbol in part:
            weights = weights if first else weights @ P
            first = False
            only = np.zeros(len(symbols))
            only[symbols.index(symbol)] = weights[symbols.index(symbol)]
            log_mass += math.log(only.sum())
            weights = only / only.sum()
    return log_mass


@pytest.mark.parametrize("alpha", [1.0, 1e-6])
@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("*zqx*", ["zqx"]),
        ("*q??????zqxjqzxqjv*", ["q", 6, "zqxjqzxqjv"]),
        ("*qz???????zqxjq*", ["qz", 7, "zqxjq"]),
        ("*" + "zqxj" * 50 + "*", ["zqxj" * 50]),
        pytest.param("*" + "zqxj" * 300 + "*", ["zqxj" * 300], marks=pytest.mark.slow),
    ],
    ids=["short", "gap", "long gap", "200 symbols", "1,200 symbols"],
)
def test_a_tiny_mass_is_as_exact_as_a_large_one(alpha, pattern, parts, names):
    model = CountBigramLM(alpha=alpha).fit(names)
    log_mass = model.log_mass(pattern)
    assert log_mass == pytest.approx(log_expected_matches(model, parts), rel=1e-12, abs=1e-6)
    best = model.most_probable(1, pattern=pattern)
    assert log_mass >= best[1][0]
    word = "".join(part for part in parts if isinstance(part, str))[-5:]
    assert word in model.sample(random_state=0, pattern=pattern)[0]


def test_the_mass_of_a_run_of_one_letter(names):
    model = CountBigramLM().fit(names)
    p = model.predict_proba(["a"])[0, model.symbols_.tolist().index("a")]
    # A run of at least n begins where another letter or the start of the name comes before.
    short, long = (model.log_mass("*" + n * "a" + "*") for n in (200, 300))
    assert long - short == pytest.approx(100 * math.log(p), rel=1e-12)


def test_a_mass_far_below_that_of_other_symbols_is_not_lost():
    model = CountBigramLM(alpha=0).fit(["a" * 10, "bb"])
    assert model.log_mass("b*", min_length=1300) == pytest.approx(1300 * math.log(0.5), abs=1e-10)
    assert set(model.sample(3, pattern="b*", min_length=1300, random_state=0)[0]) == {"b"}


# Many symbols


@pytest.mark.slow
def test_memory_is_not_quadratic_in_the_number_of_symbols():
    symbols = [chr(0x4E00 + i) for i in range(20_000)]
    names = ["".join(symbols[i : i + 3]) for i in range(0, 20_000, 2)]
    model = CountBigramLM(alpha=1e-5).fit([*names, *[symbols[5] * 2] * 3000])
    a, b = symbols[4:6]
    tracemalloc.start()
    for pattern in (f"{a}*", f"*{a}{b}*"):
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


def test_more_distinct_names_than_an_int_can_count_are_too_few():
    model = CountBigramLM(alpha=0).fit(["a", "ab"])
    with pytest.raises(TooFewNamesError, match="is 2, less than the 1,000,000,"):
        model.sample(10**30, max_length=2, distinct=True)
