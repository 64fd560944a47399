"""Warnings, and the line that they point at: that of the user's own call."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline

from sklearn_bigram import (
    BigramClassifier,
    BigramOutlierDetector,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
)

NAMES = ["emma", "ava", "mae", "eve"] * 3
y = ["a", "b", "a", "b"] * 3
HALVES = np.array([[1.5, 2, 0], [2, 1, 1]] * 2)
WHOLE = HALVES.astype(int)

GD = NeuralBigramLM(solver="gd", learning_rate=1.0, max_iter=1, tol=0, random_state=0)
CLASSIFIER = BigramClassifier(GD, n_jobs=1)
DETECTOR = BigramOutlierDetector(GD)
PIPELINE = make_pipeline(NameTokenizer(), GD)
SEARCH = GridSearchCV(GD, {"reg": [0.1, 1.0]}, cv=2, n_jobs=1)
FITTED = CountBigramLM().fit(WHOLE)
DETECTOR_OF_IDS = BigramOutlierDetector().fit(WHOLE)
SIGNED = BigramOutlierDetector().fit([[1, -2, 0], [2, 1, 1]])
LABELED = BigramClassifier().fit(WHOLE, [0, 1, 0, 1])
TOKENIZER = NameTokenizer().fit(["abc"])

# Each call is on one line, so that the line of the call is that of the lambda.
DESCENTS = {
    "fit": lambda: clone(GD).fit(NAMES),
    "partial_fit": lambda: clone(GD).partial_fit(NAMES),
    "second partial_fit": lambda: clone(GD).partial_fit(NAMES).partial_fit(NAMES),
    "fit on ids": lambda: clone(GD).fit(WHOLE),
    "classifier": lambda: clone(CLASSIFIER).fit(NAMES, y),
    "detector": lambda: clone(DETECTOR).fit(NAMES),
    "fit_predict of the detector": lambda: clone(DETECTOR).fit_predict(NAMES),
    "pipeline": lambda: clone(PIPELINE).fit(NAMES),
    "pipeline with the classifier": lambda: make_pipeline(clone(CLASSIFIER)).fit(NAMES, y),
    "search": lambda: clone(SEARCH).fit(NAMES),
    "cross_validate": lambda: cross_validate(GD, NAMES, cv=2, n_jobs=1),
    "cross_validate of the classifier": lambda: cross_validate(CLASSIFIER, NAMES, y, cv=2),
}
CONVERSIONS = {
    "fit": lambda: CountBigramLM().fit(HALVES),
    "partial_fit": lambda: CountBigramLM().partial_fit(HALVES),
    "second partial_fit": lambda: CountBigramLM().fit(WHOLE).partial_fit(HALVES),
    "score": lambda: FITTED.score(HALVES),
    "score_samples": lambda: FITTED.score_samples(HALVES),
    "standard_score_samples": lambda: FITTED.standard_score_samples(HALVES),
    "pvalue_samples": lambda: FITTED.pvalue_samples(HALVES),
    "perplexity": lambda: FITTED.perplexity(HALVES),
    "predict": lambda: FITTED.predict(HALVES),
    "predict_proba": lambda: FITTED.predict_proba(HALVES),
    "predict_log_proba": lambda: FITTED.predict_log_proba(HALVES),
    "sample": lambda: FITTED.sample(2, exclude=HALVES),
    "fit of the detector": lambda: BigramOutlierDetector().fit(HALVES),
    "fit of the detector on signed ids": lambda: BigramOutlierDetector().fit(-HALVES),
    "fit of the detector with contamination": lambda: clone(SIGNED).fit(HALVES),
    "partial_fit of the detector": lambda: DETECTOR_OF_IDS.partial_fit(HALVES),
    "predict of the detector": lambda: BigramOutlierDetector().fit(WHOLE).predict(HALVES),
    "predict of the detector on signed ids": lambda: SIGNED.predict(HALVES),
    "fit of the classifier": lambda: BigramClassifier().fit(HALVES, [0, 1, 0, 1]),
    "predict of the classifier": lambda: LABELED.predict(HALVES),
    "score of the classifier": lambda: LABELED.score(HALVES, [0, 1, 0, 1]),
    "pipeline": lambda: make_pipeline(CountBigramLM()).fit(HALVES),
    "cross_validate": lambda: cross_validate(CountBigramLM(), HALVES, cv=2),
    "inverse_transform": lambda: TOKENIZER.inverse_transform(HALVES),
}


@pytest.mark.parametrize(
    ("call", "category"),
    [
        *(
            pytest.param(call, ConvergenceWarning, id=f"gd-{id}", marks=pytest.mark.torch)
            for id, call in DESCENTS.items()
        ),
        *(
            pytest.param(call, DataConversionWarning, id=f"ids-{id}")
            for id, call in CONVERSIONS.items()
        ),
    ],
)
def test_warnings_point_at_the_line_of_the_caller(call, category):
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        call()
    places = {(warning.filename, warning.lineno) for warning in record}
    assert places == {(__file__, call.__code__.co_firstlineno)}
    assert {warning.category for warning in record} == {category}


def test_a_call_warns_once_of_numbers_that_are_not_whole():
    calls = {name: call for name, call in CONVERSIONS.items() if name != "cross_validate"}
    for name, call in calls.items():
        with pytest.warns(DataConversionWarning, match="not whole.*truncated") as record:
            call()
        assert len(record) == 1, name


@pytest.mark.torch
@pytest.mark.slow
def test_gradient_descent_says_what_it_did_not_reach_and_what_to_do():
    message = r"max_iter=1 steps without reaching tol=0: raise one of them, or use solver='exact'"
    with pytest.warns(ConvergenceWarning, match=message):
        clone(GD).fit(NAMES)
    model = NeuralBigramLM(solver="gd", random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"loss oscillates: lower learning_rate=50"):
        model.fit(["emma", "olivia", "ava", "mia"])


@pytest.mark.torch
def test_a_model_that_converges_does_not_warn():
    model = NeuralBigramLM(solver="gd", learning_rate=1.0, tol=0.1, random_state=0)
    assert model.fit(NAMES).n_iter_ < model.max_iter


@pytest.mark.torch
def test_a_warning_that_is_an_error_changes_nothing():
    model = clone(GD)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning):
            model.fit(NAMES)
        with pytest.raises(DataConversionWarning):
            model.fit(HALVES)
    assert not hasattr(model, "counts_")
