"""BigramClassifier on symbols that no class has seen: they say nothing about the class."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_bigram import BigramClassifier, CountBigramLM, NameTokenizer, NeuralBigramLM
from tests.helpers import for_each

UNKNOWN = NameTokenizer(handle_unknown="use_unknown")
ALPHABET = NameTokenizer(alphabet="abcdz")
MODELS = {
    "additive": CountBigramLM(),
    "alpha 0": CountBigramLM(alpha=0),
    "witten-bell": CountBigramLM(smoothing="witten-bell"),
    "dirichlet": CountBigramLM(smoothing="dirichlet"),
    "absolute": CountBigramLM(smoothing="absolute"),
    "kneser-ney": CountBigramLM(smoothing="kneser-ney"),
    "neural": NeuralBigramLM(),
}

every_model = for_each("model", MODELS)
every_tokenizer = pytest.mark.parametrize(
    "tokenizer", [UNKNOWN, ALPHABET], ids=["reserved symbol", "alphabet"]
)


@pytest.fixture(scope="module")
def unequal():
    """Ten thousand names of one class and a hundred of another, drawn in the same way."""
    rng = np.random.default_rng(0)
    names = ["".join(rng.choice(list("abcd"), rng.integers(1, 8))) for _ in range(10_100)]
    return names, ["big"] * 10_000 + ["small"] * 100


@every_model
@every_tokenizer
def test_names_of_unseen_symbols_alone_have_the_priors(model, tokenizer, unequal):
    classifier = BigramClassifier(model.set_params(tokenizer=tokenizer)).fit(*unequal)
    assert_array_equal(classifier.predict_joint_log_proba(["z"])[0], classifier.class_log_prior_)
    assert_allclose(classifier.predict_proba(["zz", "zzz"]), [[1 / 1.01, 0.01 / 1.01]] * 2)


def test_the_default_model_gives_names_of_unseen_symbols_the_priors(unequal):
    classifier = BigramClassifier().fit(*unequal)
    assert_allclose(classifier.predict_proba(["zz", "ß.é"]), [[1 / 1.01, 0.01 / 1.01]] * 2)


@every_model
@every_tokenizer
def test_bigrams_with_an_unseen_symbol_are_left_out_of_the_sums_of_all_classes(
    model, tokenizer, unequal
):
    classifier = BigramClassifier(model.set_params(tokenizer=tokenizer)).fit(*unequal)
    names = ["abcd", "azb", "", "zabz", "abzzcd", "dz"]
    found = classifier.predict_joint_log_proba(names)
    column = {symbol: i for i, symbol in enumerate(classifier.symbols_)}
    for k, own in enumerate(classifier.estimators_):
        log_p = own.predict_log_proba(["", "a", "b", "c", "d"])  # rows: ., a, b, c, d
        row = {symbol: i for i, symbol in enumerate(".abcd")}
        expected = [
            math.fsum(
                log_p[row[a], column[b]] for a, b in pairwise(f".{name}.") if "z" not in a + b
            )
            for name in names
        ]
        assert_allclose(found[:, k] - classifier.class_log_prior_[k], expected, rtol=1e-12)


def test_a_symbol_that_one_class_has_seen_counts():
    model = CountBigramLM(smoothing="witten-bell", tokenizer=UNKNOWN)
    classifier = BigramClassifier(model).fit(["ab", "ba", "az", "ab"], [0, 0, 1, 1])
    assert classifier.predict_proba(["z"])[0, 1] > 0.5
    assert_allclose(classifier.predict_proba(["q"]), [[0.5, 0.5]])


def test_a_symbol_that_a_class_with_prior_zero_has_seen_alone_does_not_count(unequal):
    names, labels = unequal
    model = CountBigramLM(smoothing="witten-bell")
    classifier = BigramClassifier(model, priors={"big": 0.9, "small": 0.1, "other": 0})
    classifier.fit([*names, "zz"], [*labels, "other"])
    assert_allclose(classifier.predict_proba(["zz"]), [[0.9, 0, 0.1]])


def test_a_symbol_in_names_of_weight_zero_alone_is_unseen(unequal):
    names, labels = unequal
    model = CountBigramLM(smoothing="witten-bell", tokenizer=ALPHABET)
    weights = np.append(np.ones(len(names)), 0)
    weighted = BigramClassifier(model).fit([*names, "zz"], [*labels, "small"], weights)
    assert_array_equal(
        weighted.predict_joint_log_proba(["zz", "azb"]),
        BigramClassifier(model).fit(names, labels).predict_joint_log_proba(["zz", "azb"]),
    )


@every_tokenizer
def test_a_symbol_is_seen_once_partial_fit_brings_it(tokenizer, unequal):
    model = CountBigramLM(smoothing="witten-bell", tokenizer=tokenizer)
    classifier = BigramClassifier(model).fit(*unequal)
    assert_allclose(classifier.predict_proba(["zz"])[0, 1], 0.01 / 1.01)
    classifier.partial_fit(["zz"], ["small"])
    assert classifier.predict_proba(["zz"])[0, 1] > 0.9


def test_the_reserved_symbol_is_seen_if_the_alphabet_lacks_symbols_of_training_names():
    tokenizer = NameTokenizer(alphabet="ab", handle_unknown="use_unknown")
    model = CountBigramLM(tokenizer=tokenizer)
    classifier = BigramClassifier(model).fit(["ab", "ba", "qq", "rq"], [0, 0, 1, 1])
    assert classifier.predict_proba(["zz"])[0, 1] > 0.8


def test_token_ids_below_the_largest_that_no_name_holds_are_left_out():
    model = CountBigramLM(smoothing="witten-bell")
    classifier = BigramClassifier(model).fit(
        [[1, 2], [2, 1], [1, 9]] * 9 + [[1, 2]], [0] * 27 + [1]
    )
    assert_allclose(classifier.predict_proba([[5, 6], [7, 0]]), [[27 / 28, 1 / 28]] * 2)


def test_left_out_bigrams_cannot_make_a_name_impossible():
    classifier = BigramClassifier(CountBigramLM(alpha=0, tokenizer=ALPHABET))
    classifier.fit(["ab", "ba"], [0, 1])
    # .z and zb are left out, and b. is impossible in class 1
    assert classifier.predict_proba(["zb"]).tolist() == [[1, 0]]


def test_the_counts_that_are_left_are_those_of_names_without_unseen_symbols(unequal):
    classifier = BigramClassifier(CountBigramLM(tokenizer=ALPHABET)).fit(*unequal)
    N = Counter(pair for name in unequal[0][10_000:] for pair in pairwise(f".{name}."))
    p = (N["a", "b"] + 1) / (sum(n for (a, _), n in N.items() if a == "a") + len("abcdz."))
    joint = classifier.predict_joint_log_proba(["zabz"])[0, 1]
    assert joint == pytest.approx(math.log(p) + math.log(100 / 10_100), rel=1e-14)
