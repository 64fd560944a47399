import pickle
import string

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.base import clone, is_outlier_detector
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline

from sklearn_bigram import (
    BigramOutlierDetector,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
    count_bigrams,
)

ALPHABET = list(string.ascii_lowercase)


def gibberish(lengths, seed=0):
    """Return strings of random letters, of these lengths."""
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(ALPHABET, n)) for n in lengths]


@pytest.fixture(scope="module")
def split(names):
    return train_test_split(names, test_size=0.2, random_state=0)


@pytest.mark.parametrize("model", [None, CountBigramLM(alpha=0.5), NeuralBigramLM()], ids=str)
def test_gibberish_is_told_from_names_of_any_length(model, split):
    train, real = split
    detector = BigramOutlierDetector(model).fit(train)
    random = gibberish([len(name) for name in real])
    assert (detector.predict(real) == 1).mean() > 0.99
    assert (detector.predict(random) == -1).mean() > 0.7
    is_real = np.repeat([True, False], len(real))
    assert roc_auc_score(is_real, detector.decision_function(real + random)) > 0.98
    for n in range(4, 10):
        assert (detector.predict([name for name in real if len(name) == n]) == 1).mean() > 0.97


def test_score_is_the_standard_score_of_the_model(names):
    model = CountBigramLM()
    detector = BigramOutlierDetector(model).fit(names)
    assert detector.estimator_ is not model
    scores = model.fit(names).standard_score_samples(names)
    np.testing.assert_array_equal(detector.score_samples(names), scores)
    assert detector.offset_ == -3
    np.testing.assert_array_equal(detector.decision_function(names), scores + 3)
    assert detector.predict(names).tolist() == np.where(scores < -3, -1, 1).tolist()
    assert detector.fit_predict(names).tolist() == detector.predict(names).tolist()
    assert is_outlier_detector(detector)


@pytest.mark.parametrize("contamination", [0.001, 0.07, 0.29, 0.5])
def test_contamination_is_the_share_of_outliers_in_the_training_names(contamination, names):
    distinct = sorted(set(names))[:5000:5]
    detector = BigramOutlierDetector(contamination=contamination)
    is_inlier = detector.fit_predict(distinct)
    assert np.sum(is_inlier == -1) == round(contamination * len(distinct))
    assert np.min(detector.decision_function(distinct)[is_inlier == 1]) == 0


@pytest.mark.parametrize("contamination", ["auto", 0.1])
def test_weights_count_as_repetition_does(contamination, names):
    few = [*names[:200], "øØ"]
    weights = np.arange(len(few)) % 3
    weights[-1] = 0  # its symbols are not known to the model
    repeated = np.repeat(np.array(few, dtype=object), weights)
    weighted = BigramOutlierDetector(contamination=contamination).fit(few, sample_weight=weights)
    plain = BigramOutlierDetector(contamination=contamination).fit(repeated)
    assert weighted.offset_ == plain.offset_
    np.testing.assert_allclose(weighted.score_samples(repeated), plain.score_samples(repeated))


@pytest.mark.parametrize(
    "kind", [list, tuple, np.array, pd.Series, pl.Series, pa.array], ids=lambda kind: kind.__name__
)
def test_kinds_of_names(kind, names):
    weights = np.append(np.ones(99), 0)
    expected = BigramOutlierDetector(contamination=0.1).fit(names[:99])
    detector = BigramOutlierDetector(contamination=0.1).fit(kind(names[:100]), None, weights)
    assert detector.offset_ == expected.offset_
    assert detector.predict(kind(names[:99])).tolist() == expected.predict(names[:99]).tolist()


def test_unknown_symbols_are_odd_unless_the_model_refuses_them(names):
    strange = ["josé9", "Emma", "\N{CJK UNIFIED IDEOGRAPH-4E00}"]
    detector = BigramOutlierDetector().fit([name for name in names if name.isascii()])
    assert detector.predict([*strange, "emma"]).tolist() == [-1, -1, -1, 1]
    detector = BigramOutlierDetector(CountBigramLM()).fit(["emma", "ava"])
    with pytest.raises(ValueError, match="unknown symbols: 'z'"):
        detector.predict(["eza"])


def test_in_a_pipeline_with_a_tokenizer(names):
    pipeline = make_pipeline(NameTokenizer(), BigramOutlierDetector(contamination=0.05)).fit(names)
    detector = BigramOutlierDetector(CountBigramLM(), contamination=0.05).fit(names)
    np.testing.assert_array_equal(pipeline.score_samples(names), detector.score_samples(names))
    np.testing.assert_array_equal(pipeline.predict(names), detector.predict(names))
    assert pipeline[-1].n_features_in_ == 2**20


def test_a_search_tunes_the_model_in_it(split):
    train, real = (part[:500] for part in split)
    random = gibberish([len(name) for name in real])
    X, y = train + real + random, np.repeat([1, 1, -1], 500)
    tokenizer = NameTokenizer(alphabet=ALPHABET)
    detector = BigramOutlierDetector(CountBigramLM(tokenizer=tokenizer))
    grid = {"estimator__alpha": [0.1, 1.0], "contamination": ["auto", 0.3]}
    folds = [(np.arange(500), np.arange(500, 1500))]
    search = GridSearchCV(detector, grid, scoring="roc_auc", cv=folds).fit(X, y)
    assert search.best_score_ > 0.9
    assert search.best_estimator_.estimator.alpha == search.best_params_["estimator__alpha"]


def test_the_parameter_is_left_alone(names):
    model = CountBigramLM(alpha=0.5)
    detector = BigramOutlierDetector(model).fit(names)
    assert detector.estimator is model
    assert not hasattr(model, "counts_")
    assert detector.estimator_.alpha == 0.5
    assert clone(detector).get_params()["estimator__alpha"] == 0.5


def test_counts_are_enough_to_fit_with_the_fixed_offset(names):
    counts = count_bigrams(names)
    detector = BigramOutlierDetector().fit(counts)
    expected = BigramOutlierDetector().fit(names).score_samples(names)
    np.testing.assert_array_equal(detector.score_samples(names), expected)
    with pytest.raises(ValueError, match=r"contamination=0.1 is a proportion of names"):
        BigramOutlierDetector(contamination=0.1).fit(counts)


def test_a_fit_that_fails_leaves_it_as_it_was(names):
    detector = BigramOutlierDetector(contamination=0.1).fit(names)
    before = pickle.dumps(detector)
    with pytest.raises(TypeError, match=r"X\[1\] is None: names must be strings"):
        detector.fit(["ava", None])
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        detector.fit(names, sample_weight=np.append(np.ones(len(names) - 1), -1))
    assert pickle.dumps(detector) == before
    with pytest.raises(ValueError, match="'contamination' parameter of BigramOutlierDetector"):
        detector.set_params(contamination=0.6).fit(names)


def test_what_is_not_fitted_says_so():
    with pytest.raises(NotFittedError, match="BigramOutlierDetector instance is not fitted yet"):
        BigramOutlierDetector().predict(["ava"])
    assert not hasattr(BigramOutlierDetector(), "n_features_in_")


def test_impossible_names_are_outliers(names):
    detector = BigramOutlierDetector(CountBigramLM(alpha=0)).fit(names)
    assert detector.decision_function(["qxqx"]).tolist() == [-np.inf]
    assert detector.predict(["qxqx", "anna"]).tolist() == [-1, 1]


def test_scores_may_all_be_minus_infinity():
    """With a boundary in each row none is a name."""
    detector = BigramOutlierDetector(CountBigramLM(alpha=0), contamination=0.5)
    detector.fit([[1, 0, 2], [2, 0, 1]])
    assert detector.offset_ == -np.inf
    assert detector.decision_function([[1, 0, 2]]).tolist() == [0]
    assert detector.predict([[1, 0, 2]]).tolist() == [1]


@pytest.mark.parametrize("container", [np.array, sparse.csr_array, sparse.dok_array])
def test_negative_token_ids_are_symbols_like_others(container):
    rng = np.random.default_rng(0)
    X = rng.choice([1, 2, 3, 4], size=(300, 3), p=[0.6, 0.2, 0.15, 0.05])
    signed = np.choose(X - 1, [1, -1, 2, -2])  # numbered 1, 2, 3, 4
    plain = BigramOutlierDetector(contamination=0.1).fit(X)
    detector = BigramOutlierDetector(contamination=0.1).fit(container(signed))
    np.testing.assert_array_equal(detector.score_samples(container(signed)), plain.score_samples(X))
    assert detector.n_features_in_ == 3
    with pytest.raises(ValueError, match="X holds names, but this CountBigramLM was fitted on tok"):
        detector.predict(["ava"])
    with pytest.raises(ValueError, match="Negative values in data passed to X"):
        plain.predict(-X)


def test_names_of_columns_are_kept():
    detector = BigramOutlierDetector().fit(pd.DataFrame({"first": [1, 2], "second": [2, 0]}))
    assert detector.feature_names_in_.tolist() == ["first", "second"]
