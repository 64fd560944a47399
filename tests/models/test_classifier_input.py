"""X and y of BigramClassifier: what is taken, and what is refused."""

from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from sklearn_bigram import (
    BigramClassifier,
    BigramCounts,
    CountBigramLM,
    NameTokenizer,
    count_bigrams,
)
from tests.helpers import refused

X = ["rossi", "novák", "ricci", "dvořák", "bianchi", "smith", "černý", "wright"]
y = ["it", "cs", "it", "cs", "it", "en", "cs", "en"]
NEW = ["rocci", "horák", "", "whisk", "r"]
READS = ["predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba"]


# X


def test_names_may_be_in_any_container():
    expected = BigramClassifier().fit(X, y).predict_joint_log_proba(NEW)
    for make in (tuple, np.array, pd.Series, pl.Series, pa.array):
        model = BigramClassifier().fit(make(X), y)
        assert_array_equal(model.predict_joint_log_proba(make(NEW)), expected)


@pytest.mark.parametrize("sparse_output", [True, False])
@pytest.mark.parametrize("sample_weight", [None, np.arange(8.0)], ids=["", "weighted"])
def test_token_ids_are_classified_as_their_names(sparse_output, sample_weight):
    tokenizer = NameTokenizer(sparse_output=sparse_output).fit(X)
    ids = BigramClassifier(CountBigramLM()).fit(tokenizer.transform(X), y, sample_weight)
    names = BigramClassifier(CountBigramLM()).fit(X, y, sample_weight)
    new = ["", "cici", "ka"]
    found = ids.predict_joint_log_proba(tokenizer.transform(new))
    if sample_weight is None:
        assert_array_equal(found, names.predict_joint_log_proba(new))
        assert ids.symbols_.tolist() == list(range(len(names.symbols_)))
    for estimator in ids.estimators_:
        sample = estimator.sample(2, random_state=0)
        assert sparse.issparse(sample) == sparse_output
        assert sample.shape[0] == 2


def test_a_pipeline_does_the_same():
    pipeline = make_pipeline(NameTokenizer(), BigramClassifier()).fit(X, y)
    expected = BigramClassifier(CountBigramLM(smoothing="dirichlet")).fit(X, y)
    assert_array_equal(pipeline.predict_proba(["cici"]), expected.predict_proba(["cici"]))
    assert pipeline.score(X, y) == expected.score(X, y)


def test_the_models_of_all_classes_know_the_ids_of_every_class():
    model = BigramClassifier(CountBigramLM()).fit([[1, 2], [7, 0], [3, 1]], [0, 1, 0])
    assert model.symbols_.tolist() == list(range(8))
    assert [estimator.counts_.shape for estimator in model.estimators_] == [(8, 8)] * 2
    same = CountBigramLM().fit([[1, 2], [3, 1], [7, 0]], sample_weight=[1, 1, 1e-300])
    assert_allclose(
        model.estimators_[0].score_samples([[1, 5]]), same.score_samples([[1, 5]]), rtol=1e-12
    )


def test_names_of_columns_are_learned_and_checked():
    frame = pd.DataFrame({"first": [1, 2], "second": [2, 0]})
    model = BigramClassifier().fit(frame, [0, 1])
    assert model.feature_names_in_.tolist() == ["first", "second"]
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame.rename(columns={"first": "other"}))


def test_a_refit_forgets_the_kind_of_x():
    model = BigramClassifier().fit([[1, 2], [2, 0]], [0, 1]).fit(X, y)
    assert not hasattr(model, "n_features_in_")
    assert model.predict(["rossi"]) == ["it"]
    model.fit(sparse.csr_array([[1, 2], [2, 0]]), [0, 1])
    assert not hasattr(model, "tokenizer_")
    assert model.predict([[1, 2]]) == [0]


@pytest.mark.parametrize("analyzer", [str.split, "grapheme"])
def test_symbols_of_other_analyzers(analyzer):
    names = ["ab cd", "cd", "x ab", "e\u0301 ab", "zz zz"]
    labels = [0, 1, 1, 0, 1]
    estimator = CountBigramLM(tokenizer=NameTokenizer(analyzer=analyzer))
    model = BigramClassifier(estimator).fit(names, labels)
    everything = count_bigrams(names, tokenizer=estimator.tokenizer)
    assert model.symbols_.tolist() == list(everything.symbols)
    total = sum(estimator.counts_.toarray() for estimator in model.estimators_)
    assert_array_equal(total, everything.matrix.toarray())


def test_a_large_alphabet():
    letters = [chr(0x4E00 + i) for i in range(1200)]
    names = [a + b for a, b in pairwise(letters)]
    labels = np.arange(len(names)) % 2
    model = BigramClassifier(CountBigramLM()).fit(names, labels)
    assert model.score(names, labels) == 1
    assert len(model.symbols_) == 1201


# y


@pytest.mark.parametrize(
    "labels",
    [
        [0, 1, 0, 1, 0, 2, 1, 2],
        [True, False, True, False, True, True, False, True],
        [-1.0, 2.0, -1.0, 2.0, -1.0, 2.0, 2.0, 2.0],
        np.array(y, dtype=object),
        pd.Series(y, index=range(8, 0, -1)),
        pd.Series(y, dtype="category"),
        pl.Series(y),
    ],
    ids=["int", "bool", "float", "object", "Series", "category", "polars"],
)
def test_labels_may_be_of_any_type_and_in_any_container(labels):
    model = BigramClassifier(CountBigramLM(alpha=0.01)).fit(X, labels)
    assert_array_equal(model.classes_, np.unique(np.asarray(labels)))
    assert_array_equal(model.predict(X), np.asarray(labels))


def test_one_class_is_certain():
    model = BigramClassifier().fit(X, ["name"] * len(X))
    assert model.predict(NEW).tolist() == ["name"] * len(NEW)
    assert_array_equal(model.predict_proba(NEW), 1)


def test_many_classes(names):
    names, labels = names[:300] * 2, np.tile(np.arange(300), 2)
    model = BigramClassifier(CountBigramLM(alpha=1e-3)).fit(names, labels)
    assert model.predict_proba(names[:5]).shape == (5, 300)
    assert model.score(names, labels) > 0.99


# Unknown symbols


def test_unknown_symbols_are_an_error_that_says_what_to_do():
    model = BigramClassifier(CountBigramLM()).fit(X, y)
    for read in READS:
        with pytest.raises(ValueError, match=r"unknown symbols: 'ß'.*handle_unknown="):
            getattr(model, read)(["roßi"])


def test_unknown_ids_are_an_error():
    model = BigramClassifier().fit([[1, 2], [2, 0]], [0, 1])
    with pytest.raises(ValueError, match=r"X\[1\] holds an unknown token id"):
        model.predict([[1, 1], [3, 0]])


def test_unknown_symbols_may_be_one_reserved_symbol():
    tokenizer = NameTokenizer(handle_unknown="use_unknown")
    model = BigramClassifier(CountBigramLM(tokenizer=tokenizer)).fit(X, y)
    assert model.symbols_[1] == "\N{REPLACEMENT CHARACTER}"
    assert_array_equal(model.predict_proba(["roßi"]), model.predict_proba(["roþi"]))
    assert model.predict(["roßsi"]) == ["it"]


def test_an_alphabet_may_leave_some_out_in_training():
    tokenizer = NameTokenizer(alphabet="aeiors", handle_unknown="use_unknown")
    model = BigramClassifier(CountBigramLM(tokenizer=tokenizer)).fit(X, y)
    assert model.symbols_.tolist() == [".", "\N{REPLACEMENT CHARACTER}", *"aeiors"]
    total = sum(estimator.counts_.sum() for estimator in model.estimators_)
    assert total == sum(len(name) + 1 for name in X)


def test_an_alphabet_without_them_is_an_error_in_training():
    estimator = CountBigramLM(tokenizer=NameTokenizer(alphabet="aeiors"))
    with pytest.raises(ValueError, match="unknown symbols"):
        BigramClassifier(estimator).fit(X, y)


# Errors

BAD_FITS = {
    "no labels": ((X, None), ValueError, "requires y to be passed, but the target y is None"),
    "too few labels": ((X, y[:-1]), ValueError, r"inconsistent numbers of samples: \[8, 7\]"),
    "a table of labels": ((X, [[0, 1]] * 8), ValueError, "y should be a 1d array"),
    "numbers for labels": ((X, np.arange(8) / 3), ValueError, "Unknown label type: continuous"),
    "a missing label": ((X, [np.nan, *range(7)]), ValueError, "NaN"),
    "labels of many kinds": ((X, [None, *y[1:]]), ValueError, "Unknown label type"),
    "not a name": ((["a", None], [0, 1]), TypeError, r"X\[1\] is None: names must be strings"),
    "a boundary": (
        (["a", "b", "c", "d.e"], [0, 1, 0, 1]),
        ValueError,
        r"X\[3\] is 'd.e' and holds",
    ),
    "no names": (([], []), ValueError, "X is empty"),
    "one name": (("emma", [0]), ValueError, "single str"),
    "counts": ((count_bigrams(X), [0]), ValueError, "X is a BigramCounts, which does not tell"),
    "negative ids": (([[1], [-1]], [0, 1]), ValueError, "Negative values"),
    "too few weights": ((X, y, [1]), ValueError, r"sample_weight has shape \(1,"),
    "negative weights": (
        (X, y, [-1] * 8),
        ValueError,
        "Negative values in data passed to sample_weight",
    ),
}


@pytest.mark.parametrize(("arguments", "error", "message"), BAD_FITS.values(), ids=BAD_FITS)
def test_a_fit_that_raises_changes_nothing(arguments, error, message):
    for fitted_on in (None, X, np.eye(8, dtype=int)):
        model = BigramClassifier(CountBigramLM())
        if fitted_on is not None:
            model.fit(fitted_on, y)
        with refused(model, error, message):
            model.fit(*arguments)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"estimator": GaussianNB()}, "'estimator' parameter of BigramClassifier must be"),
        ({"estimator": CountBigramLM}, "'estimator' parameter of BigramClassifier must be"),
        ({"estimator": CountBigramLM(alpha=-1)}, "'alpha' parameter of CountBigramLM must be"),
        ({"n_jobs": 1.5}, "'n_jobs' parameter of BigramClassifier must be"),
        (
            {"estimator": CountBigramLM(tokenizer=NameTokenizer(boundary=""))},
            "boundary is '': it must be one symbol",
        ),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        BigramClassifier(**params).fit(X, y)


def test_it_must_be_fitted_to_predict():
    for read in READS:
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            getattr(BigramClassifier(), read)(X)


def test_names_and_ids_do_not_mix():
    of_names = BigramClassifier().fit(X, y)
    of_ids = BigramClassifier().fit([[1, 2], [2, 0]], [0, 1])
    for read in READS:
        with refused(of_names, ValueError, "this BigramClassifier was fitted on names"):
            getattr(of_names, read)([[1, 2]])
        with refused(of_ids, ValueError, "this BigramClassifier was fitted on token ids"):
            getattr(of_ids, read)(X)
        with refused(of_ids, ValueError, "3 features, but BigramClassifier is expecting 2"):
            getattr(of_ids, read)([[1, 2, 0]])


@pytest.mark.parametrize("priors", [None, "uniform"])
def test_an_empty_table_is_refused_whatever_the_priors(priors):
    with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\)"):
        BigramClassifier(priors=priors).fit(np.empty((0, 3)), [])


def test_counts_in_which_no_name_starts_have_no_frequencies_of_classes():
    counts = BigramCounts([".", "a", "b"], [[0, 0, 0], [0, 0, 1], [0, 1, 0]])
    with pytest.raises(ValueError, match=r"in which no name starts, .*: give priors"):
        BigramClassifier().fit({"x": counts, "y": counts})
    classifier = BigramClassifier(priors="uniform").fit({"x": counts, "y": counts})
    assert_allclose(classifier.predict_proba(["ab"]), 0.5)
