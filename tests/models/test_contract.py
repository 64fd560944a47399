"""What scikit-learn's own tools ask of an estimator."""

import json
import os
import pickle
import subprocess
import sys
import textwrap
import warnings
from collections import Counter

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - registers the search
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_validate,
    learning_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram import (
    BigramClassifier,
    BigramOutlierDetector,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
)

MODELS = [
    CountBigramLM(),
    CountBigramLM(smoothing="witten-bell"),
    CountBigramLM(smoothing="absolute"),
    CountBigramLM(smoothing="kneser-ney"),
    NeuralBigramLM(),
    NeuralBigramLM(solver="gd", learning_rate=5.0, tol=1e-3, random_state=0),
]
DETECTORS = [BigramOutlierDetector(), BigramOutlierDetector(NeuralBigramLM(), contamination=0.1)]
GRIDS = [
    (CountBigramLM(), "alpha", [0.01, 0.1, 1.0, 10.0]),
    (NeuralBigramLM(), "reg", [1e-4, 1e-3, 1e-2, 1e-1]),
]


@pytest.fixture
def few(names):
    return [name for name in names[::40] if not set("qx") & set(name)]  # too rare for every fold


@pytest.mark.parametrize(
    ("model", "n_checks"),
    [
        *((model, 50) for model in MODELS),
        *((model, 55) for model in DETECTORS),
        (BigramClassifier(), 64),
    ],
    ids=str,
)
def test_check_estimator_passes_without_exceptions(model, n_checks):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the suite sends odd data on purpose
        results = check_estimator(model, on_skip=None)
    statuses = {result["check_name"]: result["status"] for result in results}
    if not os.environ.get("SCIPY_ARRAY_API"):
        assert statuses.pop("check_array_api_input") == "skipped"
    assert set(statuses.values()) == {"passed"}
    assert len(results) >= n_checks


def test_check_estimator_passes_with_the_array_api():
    program = """
        import json, warnings
        warnings.simplefilter("ignore")
        from sklearn.utils.estimator_checks import check_estimator
        from sklearn_bigram import (
            BigramClassifier, BigramOutlierDetector, CountBigramLM, NeuralBigramLM
        )
        models = (
            CountBigramLM(), NeuralBigramLM(), NeuralBigramLM(solver="gd"),
            BigramOutlierDetector(), BigramClassifier(),
        )
        results = [result["status"] for model in models for result in check_estimator(model)]
        print(json.dumps(results))
    """
    output = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    statuses = Counter(json.loads(output))
    assert set(statuses) == {"passed"}
    assert statuses["passed"] >= 3 * 50 + 55 + 64


@pytest.mark.parametrize(("model", "parameter", "values"), GRIDS)
class TestModelSelection:
    def test_grid_search_finds_the_best_held_out_likelihood(self, model, parameter, values, few):
        search = GridSearchCV(model, {parameter: values}, cv=4).fit(few)
        scores = []
        for value in values:
            estimator = clone(model).set_params(**{parameter: value})
            scores.append(np.mean(cross_validate(estimator, few, cv=4)["test_score"]))
        assert search.best_params_ == {parameter: values[int(np.argmax(scores))]}
        assert search.best_score_ == max(scores)
        assert search.score(few) == search.best_estimator_.score(few)

    def test_grid_search_tunes_inside_a_pipeline(self, model, parameter, values, few):
        pipeline = make_pipeline(NameTokenizer(handle_unknown="use_unknown"), model)
        step = type(model).__name__.lower()
        search = GridSearchCV(pipeline, {f"{step}__{parameter}": values}, cv=4, n_jobs=2).fit(few)
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()

    def test_halving_grid_search(self, model, parameter, values, few):
        tokenizer = NameTokenizer(alphabet="abcdefghijklmnopqrstuvwxyz")
        estimator = clone(model).set_params(tokenizer=tokenizer)
        search = HalvingGridSearchCV(estimator, {parameter: values}, cv=2, random_state=0)
        assert search.fit(few).best_params_[parameter] in values

    def test_randomized_search(self, model, parameter, values, few):
        distributions = {parameter: loguniform(values[0], values[-1])}
        search = RandomizedSearchCV(model, distributions, n_iter=4, cv=4, random_state=0).fit(few)
        assert values[0] <= search.best_params_[parameter] <= values[-1]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_learning_curve_gains_from_more_names(model, names):
    tokenizer = NameTokenizer(alphabet="abcdefghijklmnopqrstuvwxyz")
    model = clone(model).set_params(tokenizer=tokenizer)
    _, _, scores = learning_curve(
        model, names, None, cv=KFold(3, shuffle=True, random_state=0), train_sizes=[0.05, 1.0]
    )
    assert scores[1].mean() > scores[0].mean()


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_clone_has_the_parameters_and_is_unfitted(model, few):
    copy = clone(clone(model).fit(few))
    assert copy.get_params() == model.get_params()
    with pytest.raises(AttributeError, match="not fitted yet"):
        check_is_fitted(copy)


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("how", ["pickle", "joblib"])
def test_a_stored_model_says_the_same(model, how, few, tmp_path):
    fitted = clone(model).fit(few)
    path = tmp_path / "model"
    if how == "pickle":
        path.write_bytes(pickle.dumps(fitted))
        loaded = pickle.loads(path.read_bytes())
    else:
        joblib.dump(fitted, path)
        loaded = joblib.load(path)
    np.testing.assert_array_equal(loaded.score_samples(few), fitted.score_samples(few))
    assert loaded.sample(5, random_state=1).tolist() == fitted.sample(5, random_state=1).tolist()


def test_a_pickled_network_scores_where_torch_cannot_be_imported(few, tmp_path):
    model = NeuralBigramLM(solver="gd", random_state=0).fit(few)
    path = tmp_path / "model.pickle"
    path.write_bytes(pickle.dumps(model))
    program = """
        import pickle, sys

        class NoTorch:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] == "torch":
                    raise ModuleNotFoundError(name)

        sys.meta_path.insert(0, NoTorch())
        with open(sys.argv[1], "rb") as file:
            model = pickle.load(file)
        print(repr(model.score(["emma"])), model.sample(2, random_state=0).shape)
    """
    output = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(path)],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert output.split(maxsplit=1) == [repr(model.score(["emma"])), "(2,)\n"]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_sample_weight_is_routed_through_a_search(model, few):
    weights = np.arange(len(few)) % 3 + 1.0
    with config_context(enable_metadata_routing=True):
        routed = clone(model).set_fit_request(sample_weight=True)
        routed = routed.set_score_request(sample_weight=True)
        result = cross_validate(
            routed, few, cv=3, params={"sample_weight": weights}, return_indices=True
        )
    for train, test, score in zip(
        result["indices"]["train"], result["indices"]["test"], result["test_score"], strict=True
    ):
        estimator = clone(model).fit([few[i] for i in train], sample_weight=weights[train])
        expected = estimator.score([few[i] for i in test], sample_weight=weights[test])
        assert score == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_sample_weight_counts_names_as_repetition_does(model, few):
    weights = np.arange(len(few)) % 3
    repeated = np.repeat(np.array(few, dtype=object), weights)
    weighted_model = clone(model).fit(few, sample_weight=weights)
    repeated_model = clone(model).fit(repeated)
    assert weighted_model.symbols_.tolist() == repeated_model.symbols_.tolist()
    assert (weighted_model.counts_ != repeated_model.counts_).nnz == 0
    assert weighted_model.score(few[3:], sample_weight=weights[3:]) == pytest.approx(
        repeated_model.score(repeated[weights[:3].sum() :]), abs=1e-12
    )


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_partial_fit_equals_one_fit_on_all(model, names):
    parts = [names[:3], ["zoë", "ødger", ""], names[3:500], ["żaneta"]]
    together = clone(model).fit([name for part in parts for name in part])
    apart = clone(model)
    for part in parts:
        assert apart.partial_fit(part) is apart
    assert apart.symbols_.tolist() == together.symbols_.tolist()
    assert apart.tokenizer_.symbols_.tolist() == together.symbols_.tolist()
    for attribute in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(
            getattr(apart.counts_, attribute), getattr(together.counts_, attribute)
        )
    np.testing.assert_array_equal(apart.score_samples(names), together.score_samples(names))


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_partial_fit_on_token_ids_takes_new_ids(model):
    together = clone(model).fit([[1, 2, 0], [3, 1, 5], [2, 2, 2]])
    apart = clone(model).partial_fit([[1, 2, 0]]).partial_fit([[3, 1, 5], [2, 2, 2]])
    apart.partial_fit([[1, 1, 1]], sample_weight=[0.5])
    together.partial_fit([[1, 1, 1]], sample_weight=[0.5])
    assert (apart.counts_ != together.counts_).nnz == 0
    assert apart.symbols_.tolist() == [0, 1, 2, 3, 4, 5]
    assert apart.predict_proba([[1, 0, 0]]).shape == (1, 6)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_a_refit_forgets_what_was_fitted_before(model, few):
    refitted = clone(model).fit([[1, 2], [2, 0]]).fit(few)
    assert not hasattr(refitted, "n_features_in_")
    assert refitted.symbols_.tolist() == clone(model).fit(few).symbols_.tolist()
    refitted.fit(pd.DataFrame({"first": [1, 2], "second": [2, 0]}))
    assert not hasattr(refitted, "tokenizer_")
    assert refitted.feature_names_in_.tolist() == ["first", "second"]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_predictions_are_the_next_symbol_after_a_prefix(model, few):
    fitted = clone(model).fit(few)
    prefixes = ["", "a", "em", "emm"]
    proba = fitted.predict_proba(prefixes)
    assert proba.shape == (4, len(fitted.classes_))
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.exp(fitted.predict_log_proba(prefixes)), proba, rtol=1e-12)
    assert fitted.predict(prefixes).tolist() == fitted.classes_[proba.argmax(axis=1)].tolist()
    np.testing.assert_array_equal(proba[2], proba[3])  # only the last symbol matters


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_scores_are_sums_of_next_symbol_log_probabilities(model, few):
    fitted = clone(model).fit(few)
    log_p = fitted.predict_log_proba(["", "e", "m", "a"])  # after . e m a
    column = {symbol: i for i, symbol in enumerate(fitted.classes_)}
    expected = [
        log_p[0, column["e"]] + log_p[1, column["m"]] + log_p[2, column["m"]]
        + log_p[2, column["a"]] + log_p[3, column["."]],
        log_p[0, column["."]],
    ]  # fmt: skip
    np.testing.assert_allclose(fitted.score_samples(["emma", ""]), expected, rtol=1e-12)
    assert fitted.score(["emma", ""]) == pytest.approx(sum(expected) / 6, rel=1e-12)
    assert fitted.perplexity(["emma"]) == pytest.approx(np.exp(-expected[0] / 5), rel=1e-12)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_repr_shows_only_what_was_set(model):
    assert repr(CountBigramLM(alpha=2.0)) == "CountBigramLM(alpha=2.0)"
    assert "BigramLM" in model._repr_html_()
