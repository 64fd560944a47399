"""What every public method refuses, with which message, and that it changes nothing."""

import inspect
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

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
y = ["a", "b", "b"]

MODELS = {
    "count": CountBigramLM(),
    "exact": NeuralBigramLM(),
    "gd": NeuralBigramLM(solver="gd", random_state=0, max_iter=2, tol=100.0),
}
FITS = ["fit", "partial_fit"]
READS = [
    "score",
    "score_samples",
    "standard_score_samples",
    "pvalue_samples",
    "perplexity",
    "predict",
    "predict_proba",
    "predict_log_proba",
]
# What to call the other public methods with.
OTHERS = {
    "sample": (),
    "most_probable": (),
    "log_mass": ("*",),
    "expected_length": (),
    "length_distribution": (3,),
    "entropy": (),
    "entropy_rate": (),
    "kl_divergence": (CountBigramLM().fit(NAMES),),
    "to_arpa": ("names.arpa",),
    "to_frame": (),
    "explain": ("ava",),
}
# Estimators that take names, and their methods that read X.
ESTIMATORS = {
    "count": (CountBigramLM(), READS),
    "exact": (NeuralBigramLM(), READS),
    "classifier": (
        BigramClassifier(CountBigramLM()),
        ["predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba", "score"],
    ),
    "detector": (
        BigramOutlierDetector(CountBigramLM()),
        ["predict", "score_samples", "decision_function"],
    ),
    "tokenizer": (NameTokenizer(), ["transform"]),
}

every_model = for_each("model", MODELS)
every_estimator = pytest.mark.parametrize(
    ("estimator", "reads"), ESTIMATORS.values(), ids=ESTIMATORS
)


def call(estimator, method, X):
    """Call a method with X, and with labels if it takes them."""
    is_labeled = isinstance(estimator, BigramClassifier) and method in (*FITS, "score")
    labels = y if not hasattr(X, "__len__") else [*y, "a", "b"][: len(X)]
    return getattr(estimator, method)(X, *[labels] * is_labeled)


def fits_of(estimator):
    return [method for method in FITS if hasattr(estimator, method)]


def test_every_public_method_is_tested_here():
    methods = {
        name
        for name, _ in inspect.getmembers(CountBigramLM, inspect.isfunction)
        if not name.startswith(("_", "set_", "get_"))
    }
    assert methods == {*FITS, *READS, *OTHERS}


# X


@every_estimator
def test_every_method_refuses_a_single_string(estimator, reads):
    unfitted = clone(estimator)
    fitted = clone(estimator)
    call(fitted, "fit", NAMES)
    for method in fits_of(estimator):
        with refused(unfitted, ValueError, "single str, 'emma': pass a list"):
            call(unfitted, method, "emma")
    for method in [*fits_of(estimator), *reads]:
        with refused(fitted, ValueError, "single str, 'emma': pass a list"):
            call(fitted, method, "emma")


@every_estimator
def test_every_method_names_the_element_that_is_not_a_str(estimator, reads):
    unfitted, fitted = clone(estimator), clone(estimator)
    call(fitted, "fit", NAMES)
    X = ["emma", "ava", None]
    for method in fits_of(estimator):
        with refused(unfitted, TypeError, r"^X\[2\] is None: names must be strings"):
            call(unfitted, method, X)
    for method in [*fits_of(estimator), *reads]:
        with refused(fitted, TypeError, r"^X\[2\] is None: names must be strings"):
            call(fitted, method, X)


@every_estimator
def test_every_method_names_the_name_that_holds_the_boundary(estimator, reads):
    unfitted, fitted = clone(estimator), clone(estimator)
    call(fitted, "fit", NAMES)
    X = ["emma", "a.b"]
    for method in fits_of(estimator):
        with refused(unfitted, ValueError, r"^X\[1\] is 'a.b' and holds the boundary symbol '\.'"):
            call(unfitted, method, X)
    for method in [*fits_of(estimator), *reads]:
        with refused(fitted, ValueError, r"^X\[1\] is 'a.b' and holds the boundary symbol '\.'"):
            call(fitted, method, X)


@every_estimator
def test_every_method_that_reads_names_the_unknown_symbols(estimator, reads):
    fitted = clone(estimator)
    call(fitted, "fit", NAMES)
    for method in reads:
        with refused(fitted, ValueError, r"^X holds unknown symbols: 'X', 'Y'\. .*handle_unknown="):
            call(fitted, method, ["emma", "YX"])


def test_unknown_symbols_are_named_up_to_ten():
    model = CountBigramLM().fit(NAMES)
    for n_unknown in (1, 10, 12):
        unknown = "BCDEFGHIJKLM"[:n_unknown]
        named = ", ".join(map(repr, unknown[:10]))
        more = " and 2 more" if n_unknown == 12 else ""
        with refused(model, ValueError, rf"^X holds unknown symbols: {named}{more}\. "):
            model.score(["emma", unknown])


def test_every_method_refuses_a_name_longer_than_max_length():
    tokenizer = NameTokenizer(max_length=6)
    message = r"^X\[1\] is 'olivias' and has 7 symbols.*max_length=6"
    for estimator in (CountBigramLM(tokenizer=tokenizer), tokenizer):
        estimator = clone(estimator).fit(NAMES)
        reads = READS if isinstance(estimator, CountBigramLM) else ["transform"]
        for method in [*FITS, *reads]:
            with refused(estimator, ValueError, message):
                getattr(estimator, method)(["olivia", "olivias"])


@pytest.mark.parametrize("name", ["count", "classifier", "detector"])
def test_every_method_refuses_ids_of_a_model_of_names_and_names_of_one_of_ids(name):
    estimator, reads = ESTIMATORS[name]
    model = clone(estimator)
    call(model, "fit", NAMES)
    methods = [*fits_of(estimator)[1:], *reads]
    for method in methods:
        with refused(model, ValueError, "is a table.* fitted on names: pass names"):
            call(model, method, IDS)
    call(model, "fit", IDS)
    for method in methods:
        with refused(model, ValueError, "holds names.* fitted on token ids: pass token ids"):
            call(model, method, NAMES)


def test_names_and_ids_are_told_apart_in_any_container():
    model = CountBigramLM().fit(NAMES)
    for ids in (np.array(IDS), sparse.csr_array(IDS), pd.DataFrame(IDS)):
        with refused(model, ValueError, "is a table.* fitted on names: pass names"):
            model.score(ids)
    model.fit(IDS)
    for names in (tuple(NAMES), np.array(NAMES), pd.Series(NAMES), pa.array(NAMES)):
        with refused(model, ValueError, "holds names.* fitted on token ids: pass token ids"):
            model.score(names)


@pytest.mark.parametrize("name", ["count", "classifier", "detector"])
def test_every_method_refuses_bad_token_ids(name):
    estimator, reads = ESTIMATORS[name]
    model = clone(estimator)
    call(model, "fit", IDS)
    methods = [*fits_of(estimator), *reads]
    for method in methods:
        with refused(model, ValueError, "contains NaN"):
            call(model, method, [[1, np.nan, 0]])
    if name != "detector":
        for method in methods:
            with refused(model, ValueError, "Negative values in data"):
                call(model, method, [[1, -2, 0]])
    for method in reads:
        with refused(model, ValueError, r"^X\[1\] holds an unknown token id.* are 0 to 3"):
            call(model, method, [[1, 2, 3], [0, 4, 0]])
    for method in methods:
        if method != "fit":
            with refused(model, ValueError, "X has 2 features, but .* is expecting 3 features"):
                call(model, method, [[1, 2], [2, 1]])


# Methods of a model that is not fitted


@every_model
def test_every_method_that_reads_needs_a_fitted_model(model):
    for method in READS:
        for X in (NAMES, IDS, "emma", None):  # whatever X is
            with refused(model, NotFittedError, "is not fitted yet"):
                getattr(model, method)(X)
    for method, arguments in OTHERS.items():
        with refused(model, NotFittedError, "is not fitted yet"):
            getattr(model, method)(*arguments)
    for n_samples in (0, "x"):
        with refused(model, NotFittedError, "is not fitted yet"):
            model.sample(n_samples)
    for attribute in ("classes_", *["coef_"] * isinstance(model, NeuralBigramLM)):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            getattr(model, attribute)


def test_the_other_estimators_must_be_fitted_too():
    for name in ("classifier", "detector", "tokenizer"):
        estimator, reads = ESTIMATORS[name]
        for method in reads:
            with refused(estimator, NotFittedError, "is not fitted yet"):
                call(estimator, method, NAMES)
    for method, arguments in (("inverse_transform", [IDS]), ("get_feature_names_out", [])):
        tokenizer = NameTokenizer()
        with refused(tokenizer, NotFittedError, "is not fitted yet"):
            getattr(tokenizer, method)(*arguments)


@every_model
def test_no_method_but_fit_and_partial_fit_changes_a_model(model, tmp_path):
    for X in (NAMES, IDS):
        fitted = clone(model).fit(X)
        attributes, contents = dict(vars(fitted)), pickle.dumps(vars(fitted))
        for method in READS:
            getattr(fitted, method)(X)
        for method, arguments in OTHERS.items():
            if method == "to_arpa":
                arguments = (tmp_path / "names.arpa",)
            elif method == "kl_divergence":
                arguments = (fitted,)
            elif method == "explain":
                arguments = (X[0],)
            elif X is IDS and method == "log_mass":
                arguments = ()
            getattr(fitted, method)(*arguments)
        assert list(vars(fitted)) == list(attributes)
        assert all(vars(fitted)[name] is value for name, value in attributes.items())
        assert pickle.dumps(vars(fitted)) == contents


# Arguments of sample


def test_n_samples_must_be_a_positive_int():
    for X in (NAMES, IDS):
        model = CountBigramLM().fit(X)
        for n_samples in (0, -1):
            with refused(model, ValueError, r"^n_samples must be "):
                model.sample(n_samples, random_state=0)
        for n_samples in (1.5, 2.0, True, np.bool_(True), None, "3", [3]):
            with refused(model, TypeError, r"^n_samples must be "):
                model.sample(n_samples, random_state=0)


def test_whole_numbers_may_be_small_integers_of_numpy():
    model = CountBigramLM().fit(NAMES)
    assert model.sample(np.int8(100)).shape == (100,)
    assert model.most_probable(np.uint8(255))[0].shape == (255,)
    assert model.sample(2, min_length=np.uint8(255), random_state=0).shape == (2,)
    assert model.sample(2, max_length=np.int8(127), random_state=0).shape == (2,)
    assert model.length_distribution(np.int8(127)).shape == (128,)


def test_a_bad_random_state_is_refused():
    model = CountBigramLM().fit(NAMES)
    seeds = [-1, 1.5, "0", np.random, object(), float("nan"), [-1], np.random.Generator]
    for seed in seeds:
        with refused(model, ValueError, r"^random_state is .*: pass None, a non"):
            model.sample(2, random_state=seed)


def test_the_seed_of_sample_is_given_by_its_name():
    with pytest.raises(TypeError, match="positional"):
        CountBigramLM().fit(NAMES).sample(2, 0)


# After an error


@every_model
def test_a_model_goes_on_after_errors_as_if_there_had_been_none(model):
    for X in (None, NAMES, IDS):
        failed, expected = clone(model), clone(model)
        if X is not None:
            failed.fit(X)
            expected.fit(X)
        for bad in ("emma", ["a.b"], [None], [[-1, 2, 3]], np.empty((0, 3))):
            for method in FITS:
                with pytest.raises((TypeError, ValueError)):
                    getattr(failed, method)(bad)
        if X is None:
            with pytest.raises(NotFittedError, match="is not fitted yet"):
                failed.score(NAMES)
            assert not any(hasattr(failed, name) for name in ("symbols_", "classes_", "counts_"))
        more = NAMES if X is None else X
        assert_array_equal(
            failed.partial_fit(more).counts_.toarray(), expected.partial_fit(more).counts_.toarray()
        )
        assert failed.score(more) == expected.score(more)
