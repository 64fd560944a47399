"""Parameters of the estimators: their ranges, and that no bad one is taken."""

from fractions import Fraction

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_bigram import (
    BigramClassifier,
    BigramOutlierDetector,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
)
from tests.helpers import for_each, refused

NAMES = ["emma", "olivia", "ava"]
y = ["a", "b", "b"]
FITS = ["fit", "partial_fit"]

NOT_A_NUMBER = [-1, -0.5, np.nan, np.inf, -np.inf, "1", None, [1.0], 1j, np.array([1.0, 2.0])]
NOT_A_COUNT = [0, -1, 1.5, np.nan, np.inf, "3", [3]]
NOT_A_TOKENIZER = ["char", NameTokenizer, CountBigramLM(), 1]
BAD_PARAMETERS = {
    CountBigramLM: {
        "alpha": [*NOT_A_NUMBER, 10**400],
        "smoothing": ["laplace", None, 1, b"additive"],
        "discount": [-0.1, 1.5, np.nan, "1", [0.5]],
        "tokenizer": NOT_A_TOKENIZER,
    },
    NeuralBigramLM: {
        "reg": [*NOT_A_NUMBER, 10**400],
        "solver": ["lbfgs", None, 1, b"gd"],
        "learning_rate": [0, *NOT_A_NUMBER],
        "max_iter": [None, *NOT_A_COUNT],
        "tol": NOT_A_NUMBER,
        "tokenizer": NOT_A_TOKENIZER,
        "random_state": [-1, 1.5, "0", [0], 2**40],
        "warm_start": [None, "yes", 2],
        "verbose": [-1, "yes", None],
    },
    BigramOutlierDetector: {
        "estimator": ["count", CountBigramLM, NameTokenizer()],
        "contamination": [0, -0.1, 0.6, "some", None, np.nan],
        "threshold": ["auto", None, np.nan, np.inf, -np.inf],
        "false_alarm_rate": [0, 1, -0.1, "auto", np.nan],
    },
    BigramClassifier: {
        "estimator": ["count", CountBigramLM, NameTokenizer()],
        "priors": [0.5, "half"],
        "n_jobs": [1.5, "2"],
    },
    NameTokenizer: {
        "boundary": [None, 1, b".", ["."]],
        "analyzer": ["word", None, 1],
        "lowercase": [None, "yes", 2],
        "strip_accents": ["latin", 1, True],
        "alphabet": [1, True, iter("ab")],
        "handle_unknown": ["ignore", None, True],
        "max_length": NOT_A_COUNT,
        "sparse_output": [None, "yes", 2],
    },
}


@pytest.mark.parametrize(
    ("cls", "parameter"),
    [(cls, parameter) for cls, parameters in BAD_PARAMETERS.items() for parameter in parameters],
)
def test_a_bad_parameter_is_refused_before_anything_else(cls, parameter):
    message = f"The '{parameter}' parameter of {cls.__name__} must be"
    fitted = cls()
    fitted.fit(NAMES, y)
    for estimator in (cls(), fitted):
        for value in BAD_PARAMETERS[cls][parameter]:
            estimator.set_params(**{parameter: value})
            for method in FITS:
                for X in (NAMES, "not names either"):
                    if hasattr(estimator, method):
                        with refused(estimator, InvalidParameterError, message):
                            getattr(estimator, method)(X, y)


def test_a_bad_parameter_of_the_model_of_a_classifier_is_refused_before_anything_else():
    classifier = BigramClassifier(CountBigramLM(alpha=-1))
    with refused(classifier, InvalidParameterError, "'alpha' parameter of CountBigramLM"):
        classifier.fit("not names", y)


def test_every_parameter_has_bad_values_here():
    for cls, parameters in BAD_PARAMETERS.items():
        assert parameters.keys() == cls().get_params(deep=False).keys()


@for_each(
    "model",
    {
        "alpha of 0": CountBigramLM(alpha=0),
        "largest alpha": CountBigramLM(alpha=np.finfo(float).max),
        "discount of 0": CountBigramLM(smoothing="absolute", discount=0),
        "discount of 1": CountBigramLM(smoothing="absolute", discount=1),
        "reg of 0": NeuralBigramLM(reg=0),
        "largest reg": NeuralBigramLM(reg=np.finfo(float).max),
        "descent": NeuralBigramLM(
            solver="gd", max_iter=1, tol=1e9, random_state=2**32 - 1, verbose=0
        ),
        "largest contamination": BigramOutlierDetector(contamination=0.5),
    },
)
def test_the_ends_of_ranges_are_good_values(model):
    clone(model).fit(NAMES)


def test_a_bad_tokenizer_is_refused_by_each_fit_that_uses_it():
    bad = NameTokenizer(max_length=0)
    message = "'max_length' parameter of NameTokenizer"
    for method in FITS:
        model = CountBigramLM(tokenizer=bad)
        with refused(model, InvalidParameterError, message):
            getattr(model, method)(NAMES)
    model = CountBigramLM().fit(NAMES).set_params(tokenizer=bad)
    with refused(model, InvalidParameterError, message):
        model.fit(NAMES)
    assert model.partial_fit(NAMES).counts_.sum() == 2 * (13 + 3)  # the fitted one stays in use


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("number", [np.float32, np.float16, np.longdouble, Fraction])
def test_parameters_may_be_numbers_of_any_type(number):
    half = number(0.5)
    expected = CountBigramLM(alpha=0.5).fit(NAMES).score(NAMES)
    assert CountBigramLM(alpha=half).fit(NAMES).score(NAMES) == expected
    expected = NeuralBigramLM(reg=0.5).fit(NAMES)
    assert NeuralBigramLM(reg=half).fit(NAMES).loss_ == expected.loss_
    drawn = expected.sample(5, temperature=half, random_state=0)
    assert drawn.tolist() == expected.sample(5, temperature=0.5, random_state=0).tolist()
    BigramOutlierDetector(contamination=half).fit(NAMES)
    assert BigramOutlierDetector(threshold=-half).fit(NAMES).offset_ == -0.5
    assert BigramOutlierDetector(false_alarm_rate=half).fit(NAMES).offset_ == np.log(0.5)


@pytest.mark.parametrize("temperature", [10**400, np.inf, np.nan, 0, -1])
def test_a_temperature_that_is_not_positive_and_finite_is_refused(temperature):
    model = CountBigramLM().fit(NAMES)
    with pytest.raises(ValueError, match=r"^temperature must be positive and finite, got"):
        model.sample(temperature=temperature)
