"""sample_weight: what weights mean, and which are refused."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone

from sklearn_bigram import (
    BigramClassifier,
    BigramOutlierDetector,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
)
from tests.helpers import for_each, refused

NAMES = ["emma", "olivia", "ava"]
IDS = [[1, 2, 0], [2, 1, 3], [1, 1, 1]]
FITS = ["fit", "partial_fit"]
MODELS = {
    "count": CountBigramLM(),
    "exact": NeuralBigramLM(),
    "gd": NeuralBigramLM(solver="gd", random_state=0, max_iter=2, tol=100.0),
}

every_model = for_each("model", MODELS)


@every_model
def test_a_weight_counts_a_name_as_repetition_does(model, names):
    few = names[::40]
    weights = np.arange(len(few)) % 3
    repeated = np.repeat(np.array(few, dtype=object), weights)
    weighted_model = clone(model).fit(few, sample_weight=weights)
    repeated_model = clone(model).fit(repeated)
    assert weighted_model.symbols_.tolist() == repeated_model.symbols_.tolist()
    assert (weighted_model.counts_ != repeated_model.counts_).nnz == 0
    assert weighted_model.score(few[3:], sample_weight=weights[3:]) == pytest.approx(
        repeated_model.score(repeated[weights[:3].sum() :]), abs=1e-12
    )


def test_fractional_weights_count_in_fractions():
    model = CountBigramLM(alpha=0).fit(["a", "b"], sample_weight=[0.25, 0.75])
    assert_array_equal(model.predict_proba([""]), [[0, 0.25, 0.75]])
    model.partial_fit(["a"], sample_weight=[0.5])
    assert_array_equal(model.counts_.toarray(), [[0, 0.75, 0.75], [0.75, 0, 0], [0.75, 0, 0]])


@every_model
def test_symbols_of_weight_zero_are_not_learned(model):
    for method in FITS:
        fitted = getattr(clone(model), method)(["ab", "xy", "b"], sample_weight=[2, 0, 1])
        expected = clone(model).fit(["ab", "b"], sample_weight=[2, 1])
        assert fitted.symbols_.tolist() == [".", "a", "b"]
        assert_array_equal(fitted.counts_.toarray(), expected.counts_.toarray())
        assert fitted.score(["ab"]) == expected.score(["ab"])
        with pytest.raises(ValueError, match=r"unknown symbols: 'x', 'y'"):
            fitted.score(["xy"])
        fitted.partial_fit(["xyz", "a"], sample_weight=[0, 1])
        assert fitted.symbols_.tolist() == [".", "a", "b"]


@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_ids_of_weight_zero_are_not_learned(make):
    for method in FITS:
        model = getattr(CountBigramLM(), method)(make([[1, 2], [1, 9]]), sample_weight=[2, 0])
        assert model.symbols_.tolist() == [0, 1, 2]
        with pytest.raises(ValueError, match=r"unknown token id"):
            model.score(make([[1, 9]]))


def test_thousands_of_symbols_of_weight_zero_are_not_learned():
    many = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))  # too many for a dense table of pairs
    model = CountBigramLM().fit(["ab", many], sample_weight=[1, 0])
    assert model.symbols_.tolist() == [".", "a", "b"]
    ids = NameTokenizer().fit_transform(["ab", many])
    assert CountBigramLM().fit(ids, sample_weight=[1, 0]).symbols_.tolist() == [0, 1, 2]


def test_an_impossible_name_of_weight_zero_does_not_spoil_the_score():
    for model in (CountBigramLM(alpha=0), NeuralBigramLM(reg=0)):
        model.fit(NAMES)
        assert model.score(["emma", "oooo"], sample_weight=[1, 0]) == model.score(["emma"])


# Weights that are refused

BAD_WEIGHTS = {
    "negative": ([1, -1, 1], "Negative values in data passed to sample_weight"),
    "NaN": ([1, np.nan, 1], "sample_weight contains NaN"),
    "inf": ([1, np.inf, 1], "sample_weight contains infinity"),
    "too short": ([1, 1], r"sample_weight has shape \(2,\), but X holds 3 names"),
    "too long": ([1, 1, 1, 1], r"sample_weight has shape \(4,\), but X holds 3 names"),
    "two dimensions": (
        [[1], [1], [1]],
        r"sample_weight has shape \(3, 1\), but",
    ),
    "all zero": ([0, 0, 0], "sample_weight holds only zeros"),
    "zero": (0, "sample_weight holds only zeros"),
    "empty": ([], "sample_weight|0 sample"),
    "words": (["a", "b", "c"], "could not convert string to float"),
    "too large": ([1, 1, 1e300], r"sample_weight holds 1e\+300: scale"),
}


@pytest.mark.parametrize("X", [NAMES, IDS], ids=["names", "ids"])
@pytest.mark.parametrize(("weights", "message"), BAD_WEIGHTS.values(), ids=BAD_WEIGHTS)
def test_bad_weights_are_refused(X, weights, message):
    model = CountBigramLM()
    for method in FITS:
        with refused(model, ValueError, message):
            getattr(model, method)(X, sample_weight=weights)
    model.fit(X)
    for method in [*FITS, "score"]:
        with refused(model, ValueError, message):
            getattr(model, method)(X, sample_weight=weights)
    for estimator, labels in ((BigramClassifier(), [0, 1, 1]), (BigramOutlierDetector(), None)):
        with refused(estimator, ValueError, message):
            estimator.fit(X, labels, sample_weight=weights)


def test_a_bad_name_of_weight_zero_is_still_refused():
    model = CountBigramLM()
    with refused(model, ValueError, r"^X\[1\] .*boundary"):
        model.fit(["ab", "x.y"], sample_weight=[1, 0])
    with refused(model, TypeError, r"^X\[1\] is None"):
        model.fit(["ab", None], sample_weight=[1, 0])
