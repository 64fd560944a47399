"""An estimator whose fit raises stays as it was, wherever the fit fails, Ctrl-C included."""

import copy
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone

import sklearn_bigram
from sklearn_bigram import (
    BigramClassifier,
    BigramOutlierDetector,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
    count_bigrams,
)
from tests.helpers import for_each, refused

PACKAGE = str(Path(sklearn_bigram.__file__).parent)
NAMES = ["emma", "ava", "mia", "olivia"]
IDS = np.array([[1, 2, 0], [2, 1, 3], [1, 1, 1], [3, 0, 0]])
MORE_NAMES = ["zoë", "", "anna", "eva"]
MORE_IDS = [[1, 5, 1], [2, 0, 0], [4, 1, 0], [3, 3, 3]]
y = ["a", "b", "b", "a"]

GD = NeuralBigramLM(solver="gd", learning_rate=1.0, random_state=0, max_iter=2, tol=100.0)
ESTIMATORS = {
    "tokenizer": NameTokenizer(),
    "count": CountBigramLM(),
    "exact": NeuralBigramLM(),
    "gd": GD,
    "classifier": BigramClassifier(CountBigramLM()),
    "detector": BigramOutlierDetector(CountBigramLM(), contamination=0.25),
}
LETTERS = NameTokenizer(alphabet="abcdefghijklmnopqrstuvwxyz")

every_estimator = for_each("estimator", ESTIMATORS)


def states(estimator):
    """Yield clones that are unfitted, fitted on names and fitted on ids, with more X for each."""
    yield clone(estimator), MORE_NAMES
    yield clone(estimator).fit(NAMES, y), MORE_NAMES
    if not isinstance(estimator, NameTokenizer):
        yield clone(estimator).fit(IDS, y), MORE_IDS


def fits(estimator):
    return [
        getattr(estimator, method)
        for method in ("fit", "partial_fit")
        if hasattr(estimator, method)
    ]


# Fits that fail at each step


@every_estimator
def test_a_fit_on_bad_names_changes_nothing(estimator):
    for fitted, more in states(estimator):
        for fit in fits(fitted):
            with refused(fitted, ValueError, "single str"):
                fit("emma", y)
            with refused(fitted, ValueError, "X is empty"):
                fit([], [])
            if more is MORE_NAMES:
                with refused(fitted, TypeError, r"X\[3\] is None"):
                    fit([*NAMES[:3], None], y)
                with refused(fitted, ValueError, r"X\[3\] is 'a\.b'"):
                    fit([*NAMES[:3], "a.b"], y)


@every_estimator
def test_a_fit_on_bad_ids_or_weights_changes_nothing(estimator):
    if isinstance(estimator, NameTokenizer):
        return
    for fitted, more in states(estimator):
        for fit in fits(fitted):
            with refused(fitted, ValueError, "Negative values in data passed to sample_weight"):
                fit(more, y, sample_weight=[1, 1, 1, -1])
        with refused(fitted, ValueError, "NaN"):
            fitted.fit([*MORE_IDS[:3], [np.nan, 0, 0]], y)


def test_a_partial_fit_on_the_other_kind_of_x_changes_nothing():
    of_names, of_ids = CountBigramLM().fit(NAMES), CountBigramLM().fit(IDS)
    with refused(of_names, ValueError, "fitted on names"):
        of_names.partial_fit(MORE_IDS)
    with refused(of_ids, ValueError, "fitted on token ids"):
        of_ids.partial_fit(MORE_NAMES)
    with refused(of_ids, ValueError, "4 features"):
        of_ids.partial_fit([[1, 2, 3, 4]])


def test_a_symbol_outside_the_alphabet_changes_nothing():
    tokenizer = NameTokenizer(alphabet="abcdefghijklmnopqrstuvwxyz")
    for estimator in (
        tokenizer,
        CountBigramLM(tokenizer=tokenizer),
        NeuralBigramLM(tokenizer=tokenizer),
        BigramClassifier(CountBigramLM(tokenizer=tokenizer)),
        BigramOutlierDetector(CountBigramLM(tokenizer=tokenizer)),
    ):
        for fitted in (clone(estimator), clone(estimator).fit(NAMES, y)):
            for fit in fits(fitted):
                with refused(fitted, ValueError, "unknown symbols: 'ë'"):
                    fit(MORE_NAMES, y)


def test_a_fit_on_bad_counts_changes_nothing():
    counts = count_bigrams(NAMES, tokenizer=NameTokenizer(boundary="#"))
    for model in (CountBigramLM(), CountBigramLM().fit(NAMES)):
        for fit in fits(model):
            with refused(model, ValueError, "boundary symbol of the counts is '#'"):
                fit(counts)
    detector = BigramOutlierDetector(contamination=0.1).fit(NAMES)
    with refused(detector, ValueError, "contamination=0.1 is a proportion of names"):
        detector.fit(counts)


def test_bad_labels_or_priors_change_nothing():
    for classifier, more in states(BigramClassifier()):
        with refused(classifier, ValueError, "inconsistent numbers of samples"):
            classifier.fit(more, y[:3])
        classifier.set_params(priors=[0.5, 0.25, 0.25])
        with refused(classifier, ValueError, "priors has shape"):
            classifier.fit(more, y)


@pytest.mark.torch
def test_gradient_descent_that_diverges_changes_nothing():
    for estimator, prefix in (
        (GD, ""),
        (BigramClassifier(GD), "estimator__"),
        (BigramOutlierDetector(GD), "estimator__"),
    ):
        for fitted, more in states(estimator):
            fitted.set_params(**{f"{prefix}learning_rate": 1e30, f"{prefix}max_iter": 9})
            for fit in fits(fitted):
                with refused(fitted, ValueError, "loss is not finite.*learning_rate"):
                    fit(more, y)


def test_gradient_descent_without_torch_is_refused_before_anything_is_counted(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr("sklearn_bigram.models._learning.resolve", None)
    monkeypatch.setattr("sklearn_bigram.models._classifier.learn_by_class", None)
    message = r"^solver='gd' needs torch: pip install torch, or use"

    for estimator in (GD, BigramClassifier(GD), BigramOutlierDetector(GD)):
        estimator = clone(estimator)
        for fit in fits(estimator):
            with refused(estimator, ImportError, message):
                fit(NAMES, y)


def test_gradient_descent_without_torch_is_refused_where_parameters_are_not_validated(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    model = clone(GD)
    with (
        config_context(skip_parameter_validation=True),
        refused(model, ImportError, "solver='gd' needs torch"),
    ):
        model.fit(NAMES)


def test_a_solver_that_does_not_converge_changes_nothing():
    model = NeuralBigramLM()
    for estimator in (model, BigramClassifier(model), BigramOutlierDetector(model)):
        for fitted, more in states(estimator):
            for fit in fits(fitted):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr("sklearn_bigram.estimation._softmax._MAX_NEWTON", 0)
                    with refused(fitted, FloatingPointError, "did not converge"):
                        fit(more, y)


# Ctrl-C


@contextmanager
def interrupt_at(number):
    """Raise KeyboardInterrupt just before the package makes or receives its call of this number.

    Yields a list that grows by one element for each call.
    """
    calls = []

    def profile(frame, event, argument):
        if event in ("call", "c_call") and frame.f_code.co_filename.startswith(PACKAGE):
            calls.append(event)
            if len(calls) == number:
                raise KeyboardInterrupt

    previous = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield calls
    finally:
        sys.setprofile(previous)


@every_estimator
def test_an_interrupt_changes_nothing(estimator):
    clone(estimator).fit(NAMES, y)  # so that all modules are imported
    for fitted, more in states(estimator):
        weights = {} if isinstance(estimator, NameTokenizer) else {"sample_weight": [1, 2, 0.5, 1]}
        for fit in fits(fitted):
            twin = copy.deepcopy(fitted)
            with interrupt_at(0) as calls:
                getattr(twin, fit.__name__)(more, y, **weights)
            assert len(calls) > 20
            # Attributes are set at the end, so the last ten calls are all tried.
            for number in {*range(1, len(calls), 5), *range(len(calls) - 9, len(calls) + 1)}:
                with refused(fitted, KeyboardInterrupt), interrupt_at(number):
                    fit(more, y, **weights)


# Fits that succeed


@every_estimator
def test_a_held_dict_of_the_attributes_is_not_stale_after_a_fit(estimator):
    for fitted, more in states(estimator):
        held = vars(fitted)
        for fit in fits(fitted):
            fit(more, y)
            assert vars(fitted) is held
