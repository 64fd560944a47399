"""The numbers of the page are those of Python."""

import fnmatch
import itertools
import math
from collections import Counter

import numpy as np
import pytest
from scipy import stats

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.markov._length_moments import LengthMoments
from sklearn_bigram.markov._pattern import parse_pattern
from sklearn_bigram.markov._transition import TransitionMatrix
from tests.helpers import encoder_of

pytestmark = pytest.mark.xdist_group("browser")
FEW = ["emma", "olivia", "ava", "mia", "anna", "hannah", "noah", "liam", "annika", "ann"]
STRINGS = ["emma", "krzysztof", "a", "xqzkvw", "maria", "q" * 30]
TOLERANCE = 1e-12


def close(value):
    return pytest.approx(value, rel=TOLERANCE, abs=TOLERANCE, nan_ok=True)


def models_of_steps(page, names):
    """Yield the model of some steps of both sliders, which the page then shows."""
    for number, (parameter, cls) in enumerate([("alpha", CountBigramLM), ("reg", NeuralBigramLM)]):
        values = page.js("e.data.models[a].values", number)
        page.set_model(["Counting", "Network"][number])
        for step in [0, 1, 8, len(values) // 2, len(values) - 2]:
            page.set_slider(step)
            yield cls(**{parameter: values[step]}).fit(names)


def test_probabilities_and_scores_are_those_of_both_models(page, names):
    for model in models_of_steps(page, names):
        assert page.matrix() == close(model.transition_matrix_.ravel().tolist())
        found = page.js("a.map((name) => e.explain(e.state.P, e.split(name)))", STRINGS)
        nll = [-model.score([name]) for name in STRINGS]
        scores = model.standard_score_samples(STRINGS)
        deviations = LengthMoments(model.transition_).up_to(31)[1]
        for result, name, expected, score in zip(found, STRINGS, nll, scores, strict=True):
            explanation = model.explain(name)
            assert [step["p"] for step in result["steps"]] == close(
                np.exp(explanation.log_proba).tolist()
            )
            best = [model.symbols_[step["best"]] for step in result["steps"]]
            assert best == explanation.best.tolist()
            if np.isfinite(expected):
                assert result["nll"] == close(expected)
                # The quotient of differences amplifies rounding if names are nearly equally likely.
                rounding = 1e-14 * abs(result["logLikelihood"]) / deviations[len(name) + 1]
                assert result["score"] == pytest.approx(score, rel=TOLERANCE, abs=rounding)
            else:
                assert result["nll"] is result["score"] is None  # infinite, which JSON lacks


def test_the_last_step_is_the_uniform_distribution(page):
    for name in ("Counting", "Network"):
        page.set_model(name)
        page.set_slider(10**6)
        assert set(page.matrix()) == {1 / 27}
        assert page.text("#slider-value") == "∞ (uniform)"


@pytest.mark.parametrize("alpha", [0, 0.01, 30])
def test_moments_of_each_length_are_those_of_python(alpha, open_page):
    model = CountBigramLM(alpha=alpha).fit([*FEW, "b", "bcb"])
    page = open_page(model)
    means, deviations = LengthMoments(model.transition_).up_to(40)
    found = page.js("e.lengthMoments(e.state.P, 40)")
    assert found[0] == [None, None]  # nan
    means, deviations = (x[1:41].tolist() for x in (means, deviations))
    assert [math.nan if x is None else x for x, _ in found[1:41]] == close(means)
    assert [math.nan if x is None else x for _, x in found[1:41]] == close(deviations)


def test_standard_scores_of_certain_and_impossible_lengths(open_page):
    page = open_page(CountBigramLM(alpha=0).fit(["ab"]))
    assert page.js("e.explain(e.state.P, e.split('ab')).score") == 0
    assert page.js("e.explain(e.state.P, e.split('a')).score === -Infinity")


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (CountBigramLM(smoothing="kneser-ney"), "kneser-ney"),
        (CountBigramLM(smoothing="dirichlet"), "dirichlet"),
        (CountBigramLM(alpha=0.123), "Counting"),
        (CountBigramLM(alpha=0, tokenizer=NameTokenizer(alphabet="abehiklmnovz")), "Counting"),
        (NeuralBigramLM(reg=0.0123), "Network"),
        (NeuralBigramLM(reg=0), "Network"),
        pytest.param(
            NeuralBigramLM(solver="gd", learning_rate=1, tol=1, random_state=0),
            "gradient descent",
            marks=pytest.mark.torch,
        ),
    ],
)
def test_the_page_begins_with_the_fitted_model(model, name, open_page):
    page = open_page(model.fit(FEW), FEW)
    assert page.text("#models [aria-checked='true']") == name
    assert page.matrix() == close(model.transition_matrix_.ravel().tolist())
    assert page.text("#losses dd") == f"{-model.score(FEW):.4f}"


def test_losses_are_those_of_python(page, names):
    for model in models_of_steps(page, names):
        assert page.texts("#losses dd")[0] == f"{-model.score(names):.4f}"


PATTERNS = ["*", "a*", "*a", "?", "m??i?a", "*an*", "[a-e]*[!x-z]", "*a?a*", "a*a"]


@pytest.mark.parametrize("alpha", [0.01, 1])
def test_the_mass_of_constraints_is_that_of_python(alpha, page, names):
    model = CountBigramLM(alpha=alpha).fit(names)
    values = page.js("e.data.models[0].values")
    page.set_slider(values.index(alpha))
    for pattern in PATTERNS:
        for least, most in [(1, 4), (3, 12), (2, 2)]:
            found = page.js(
                "e.makeChain(e.state.P, e.buildAutomaton(e.parsePattern(a)), b, c).logMass",
                pattern,
                least,
                most,
            )
            expected = model.log_mass(pattern, least, most)
            assert found == close(expected) or (found is None and expected == -math.inf)


def test_the_mass_of_a_hardly_possible_pattern_does_not_underflow(page, names):
    page.set_slider(1)
    model = CountBigramLM(alpha=page.js("e.data.models[0].values[1]")).fit(names)
    for least in (1, 40):
        found = page.js(
            "e.makeChain(e.state.P, e.buildAutomaton(e.parsePattern(a)), b, 40).logMass",
            "qx" * 20,
            least,
        )
        assert found == close(model.log_mass("qx" * 20))
    drawn = page.js(
        "e.spell(e.drawName(e.makeChain("
        "e.state.P, e.buildAutomaton(e.parsePattern(a)), 1, 40), e.random))",
        "qx" * 20,
    )
    assert drawn == "qx" * 20


PATTERNS_OF_ALL_KINDS = [
    *PATTERNS,
    "[a-]*",
    "[-a]",
    "[[]",
    "[é-𝒳]",
    "É?",
    "[]",
    "[!]",
    "[b-a]",
    "[!a-zé𝒳￿*-]",
    "a[b",
    "a.b",
    "zq",
    "^a",
    "a{2}",
    "",
]


def test_patterns_are_those_of_python(open_page):
    model = CountBigramLM(tokenizer=NameTokenizer(lowercase=True)).fit(["abcde-", "é𝒳￿[*"])
    page = open_page(model)
    for pattern in PATTERNS_OF_ALL_KINDS:
        found = page.driver.execute_script(
            "try { return bigramExplorer.parsePattern(arguments[0])"
            ".map((x) => x && [...x].sort((a, b) => a - b)); }"
            "catch (error) { return error.message; }",
            pattern,
        )
        try:
            elements = parse_pattern(pattern, encoder_of(model.tokenizer_))
        except ValueError:
            assert isinstance(found, str), pattern
            continue
        masks = [None if mask is None else np.flatnonzero(mask).tolist() for mask in elements]
        assert found == masks, pattern


@pytest.mark.parametrize(
    ("pattern", "least", "most"), [("*", 1, 3), ("*a*", 1, 4), ("a*b?", 2, 5), ("[!c]*", 1, 2)]
)
def test_draws_have_the_distribution_of_the_model(pattern, least, most, open_page):
    model = CountBigramLM(alpha=0.5).fit(["ab", "abc", "bca", "aab", "cab"])
    page = open_page(model)
    drawn = Counter(
        page.js(
            "(() => { const automaton = e.buildAutomaton(e.parsePattern(a));"
            "const chain = e.makeChain(e.state.P, automaton, b, c);"
            "return Array.from({length: 20000}, () => e.spell(e.drawName(chain, e.random))); })()",
            pattern,
            least,
            most,
        )
    )
    strings = [
        "".join(symbols)
        for length in range(least, most + 1)
        for symbols in itertools.product("abc", repeat=length)
    ]
    mass = math.exp(model.log_mass(pattern, least, most))
    matching = [s for s in strings if fnmatch.fnmatchcase(s, pattern)]
    expected = 20000 * np.exp(model.score_samples(matching)) / mass
    assert expected.sum() == pytest.approx(20000)
    assert set(drawn) <= set(matching)
    observed = np.array([drawn[s] for s in matching])
    order = np.argsort(expected)
    groups = np.floor(np.cumsum(expected[order]) / 10).astype(int)  # of 10 or more expected draws
    observed, expected = (np.bincount(groups, x[order]) for x in (observed, expected))
    used = expected > 0
    observed, expected = observed[used], expected[used]
    assert stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue > 1e-6


def test_the_die_has_the_distribution_of_the_row(open_page):
    model = CountBigramLM().fit(FEW)
    page = open_page(model)
    drawn = page.js("Array.from({length: 20000}, () => e.fallsOn(0, e.random()))")
    observed = np.bincount(drawn, minlength=len(model.symbols_))
    assert stats.chisquare(observed, 20000 * model.transition_matrix_[0]).pvalue > 1e-6


def test_random_numbers_have_53_bits(open_page):
    page = open_page(CountBigramLM().fit(FEW))
    numbers = np.array(page.js("Array.from({length: 1000}, e.random)"))
    assert (numbers * 2**53 == np.floor(numbers * 2**53)).all()
    assert (numbers * 2**52 != np.floor(numbers * 2**52)).sum() > 400
    assert stats.kstest(numbers, "uniform").pvalue > 1e-6


@pytest.mark.parametrize(
    "model",
    [CountBigramLM(alpha=0.5), NeuralBigramLM(), CountBigramLM(smoothing="dirichlet")],
    ids=str,
)
def test_symbols_that_are_shown_have_the_probabilities_of_the_whole_model(
    model, open_page, monkeypatch
):
    monkeypatch.setattr("sklearn_bigram.explorer._payload.MAX_SHOWN", 20)
    alphabet = [chr(0x4E00 + i) for i in range(40)]
    names = [a + b for a, b in itertools.pairwise(alphabet)]
    names += [alphabet[k] for k in range(30) for _ in range(2)]
    page = open_page(model.fit(names), names)
    shown = np.searchsorted(model.symbols_[1:], page.js("e.data.symbols")[1:]) + 1
    shown = np.append(0, shown)
    assert len(shown) == 20
    P = model.transition_matrix_[np.ix_(shown, shown)]
    assert page.matrix() == close(P.ravel().tolist())
    assert "Of 41 symbols, this page shows the 20 most frequent" in page.text(".map-card")
    # Standard scores are those among the names of the symbols that are shown.
    name = alphabet[3] + alphabet[4]
    S, g, q = model.transition_.S, model.transition_.g, model.transition_.q
    part = TransitionMatrix(S[shown][:, shown], g[shown], q[shown])
    expected = LengthMoments(part).standardize(model.score_samples([name]), np.array([3]))
    assert page.js("e.explain(e.state.P, e.split(a)).score", name) == close(expected[0])
    page.click("#tab-judge")
    assert page.js("$('#name').value") in names
    assert page.js("$('#name-problem').hidden")  # of the name at the start
    page.type("#name", alphabet[39])
    assert page.text("#name-problem") == f"“{alphabet[39]}” is none of the symbols shown."
    page.set_model("Network")
    page.set_slider(8)
    value = page.js("e.data.models.find((model) => model.parameter === 'reg').values[8]")
    P = NeuralBigramLM(value).fit(names).transition_matrix_[np.ix_(shown, shown)]
    assert page.matrix() == close(P.ravel().tolist())


def test_a_hidden_symbol_is_not_taken_for_an_unknown_one(open_page, monkeypatch):
    monkeypatch.setattr("sklearn_bigram.explorer._payload.MAX_SHOWN", 3)
    tokenizer = NameTokenizer(handle_unknown="use_unknown")
    page = open_page(CountBigramLM(tokenizer=tokenizer).fit(["aab", "abc"]))
    assert page.js("e.data.symbols") == [".", "a", "b"]
    assert page.js("e.split('abc')") == [1, 2, "c"]


def test_200_symbols_are_shown_and_follow_the_slider(open_page):
    rng = np.random.default_rng(0)
    names = ["".join(map(chr, 0x4E00 + rng.zipf(1.3, 3) % 400)) for _ in range(1000)]
    page = open_page(CountBigramLM().fit(names))
    assert page.js("$('#map').rows.length") == 201
    page.set_slider(0)
    model = CountBigramLM(alpha=0).fit(names)
    shown = np.searchsorted(model.symbols_[1:], page.js("e.data.symbols")[1:]) + 1
    shown = np.append(0, shown)
    assert page.matrix() == close(model.transition_matrix_[np.ix_(shown, shown)].ravel().tolist())
