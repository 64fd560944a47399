"""The contract of scikit-learn: its own checks, and its tools with these estimators."""

import importlib
import os
import pickle
import subprocess
import sys
import textwrap
import warnings

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
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
from tests.helpers import HAS_TORCH, for_each

LETTERS = NameTokenizer(alphabet="abcdefghijklmnopqrstuvwxyz")
MODELS = {
    "count": CountBigramLM(),
    "exact": NeuralBigramLM(),
    "gd": NeuralBigramLM(solver="gd", learning_rate=1.0, max_iter=5, tol=100.0, random_state=0),
}
CHECKED = {
    **MODELS,
    "kneser-ney": CountBigramLM(smoothing="kneser-ney"),
    "dirichlet": CountBigramLM(smoothing="dirichlet"),
    "detector": BigramOutlierDetector(),
    "detector with contamination": BigramOutlierDetector(NeuralBigramLM(), contamination=0.1),
    "detector with threshold": BigramOutlierDetector(threshold=-1.0),
    "detector with false_alarm_rate": BigramOutlierDetector(false_alarm_rate=0.2),
    "classifier": BigramClassifier(),
    "classifier with uniform priors": BigramClassifier(priors="uniform"),
}
GRIDS = {
    "alpha": (CountBigramLM(), [0.01, 0.1, 1.0, 10.0]),
    "reg": (NeuralBigramLM(), [1e-4, 1e-3, 1e-2, 1e-1]),
}
# Checks that every version of scikit-learn runs.
IMPORTANT_CHECKS = {
    "check_complex_data",
    "check_dict_unchanged",
    "check_dont_overwrite_parameters",
    "check_dtype_object",
    "check_estimator_cloneable",
    "check_estimator_sparse_array",
    "check_estimator_sparse_matrix",
    "check_estimators_dtypes",
    "check_estimators_empty_data_messages",
    "check_estimators_fit_returns_self",
    "check_estimators_nan_inf",
    "check_estimators_overwrite_params",
    "check_estimators_pickle",
    "check_estimators_unfitted",
    "check_fit1d",
    "check_fit2d_1sample",
    "check_fit2d_predict1d",
    "check_fit_idempotent",
    "check_get_params_invariance",
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
    "check_n_features_in",
    "check_n_features_in_after_fitting",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_pipeline_consistency",
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
    "check_set_params",
}
MORE_CHECKS = {
    BigramOutlierDetector: {"check_outlier_contamination", "check_outliers_fit_predict"},
    BigramClassifier: {"check_classifiers_train", "check_classifiers_classes"},
}

every_model = for_each("model", MODELS)
every_grid = pytest.mark.parametrize("parameter", GRIDS)


@pytest.fixture(scope="module")
def few(names):
    return [name for name in names[::40] if not set("qx") & set(name)]  # too rare for every fold


@for_each("estimator", CHECKED)
def test_check_estimator_passes_without_exceptions(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the checks send odd data on purpose
        results = check_estimator(estimator, on_skip=None)
    statuses = {result["check_name"]: result["status"] for result in results}
    if not os.environ.get("SCIPY_ARRAY_API"):
        assert statuses.pop("check_array_api_input", "skipped") == "skipped"  # new in 1.9
    assert set(statuses.values()) == {"passed"}
    assert statuses.keys() >= IMPORTANT_CHECKS | MORE_CHECKS.get(type(estimator), set())


@pytest.mark.slow
def test_check_estimator_passes_under_the_array_api():
    gd = 'NeuralBigramLM(solver="gd"), ' if HAS_TORCH else ""
    program = f"""
        import warnings
        warnings.simplefilter("ignore")
        from sklearn.utils.estimator_checks import check_estimator
        from sklearn_bigram import (
            BigramClassifier, BigramOutlierDetector, CountBigramLM, NeuralBigramLM
        )
        for model in (
            CountBigramLM(), NeuralBigramLM(), {gd}BigramOutlierDetector(), BigramClassifier(),
        ):
            print(*(result["status"] for result in check_estimator(model)))
    """
    output = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    lines = output.splitlines()
    assert len(lines) == 4 + HAS_TORCH
    for line in lines:
        assert len(line.split()) > len(IMPORTANT_CHECKS)
        assert set(line.split()) == {"passed"}


@every_grid
def test_grid_search_finds_the_best_held_out_likelihood(parameter, few):
    model, values = GRIDS[parameter]
    search = GridSearchCV(model, {parameter: values}, cv=4).fit(few)
    scores = []
    for value in values:
        estimator = clone(model).set_params(**{parameter: value})
        scores.append(np.mean(cross_validate(estimator, few, cv=4)["test_score"]))
    assert search.best_params_ == {parameter: values[int(np.argmax(scores))]}
    assert search.best_score_ == max(scores)
    assert search.score(few) == search.best_estimator_.score(few)


@every_grid
@pytest.mark.parametrize("backend", ["threading", pytest.param("loky", marks=pytest.mark.slow)])
def test_grid_search_tunes_inside_a_pipeline(parameter, backend, few):
    model, values = GRIDS[parameter]
    pipeline = make_pipeline(NameTokenizer(handle_unknown="use_unknown"), model)
    grid = {f"{type(model).__name__.lower()}__{parameter}": values}
    with joblib.parallel_config(backend=backend):
        search = GridSearchCV(pipeline, grid, cv=4, n_jobs=2).fit(few)
    one = GridSearchCV(pipeline, grid, cv=4).fit(few)
    assert_array_equal(search.cv_results_["mean_test_score"], one.cv_results_["mean_test_score"])
    assert np.isfinite(search.best_score_)


@every_grid
def test_other_searches_choose_a_value_in_range(parameter, few):
    model, values = GRIDS[parameter]
    model = clone(model).set_params(tokenizer=LETTERS)
    halving = HalvingGridSearchCV(model, {parameter: values}, cv=2, random_state=0).fit(few)
    assert halving.best_params_[parameter] in values
    distributions = {parameter: loguniform(values[0], values[-1])}
    search = RandomizedSearchCV(model, distributions, n_iter=4, cv=4, random_state=0).fit(few)
    assert values[0] <= search.best_params_[parameter] <= values[-1]


def test_a_learning_curve_rises_with_more_names(names):
    for name in ("count", "exact"):
        model = clone(MODELS[name]).set_params(tokenizer=LETTERS)
        folds = KFold(3, shuffle=True, random_state=0)
        _, _, scores = learning_curve(model, names[::4], None, cv=folds, train_sizes=[0.05, 1.0])
        assert scores[1].mean() > scores[0].mean()


@every_model
def test_a_clone_has_the_parameters_and_is_not_fitted(model, few):
    copy = clone(clone(model).fit(few))
    assert copy.get_params() == model.get_params()
    with pytest.raises(AttributeError, match="not fitted yet"):
        check_is_fitted(copy)


@every_model
def test_joblib_stores_a_model(model, few, tmp_path):
    fitted = clone(model).fit(few)
    joblib.dump(fitted, tmp_path / "model")
    loaded = joblib.load(tmp_path / "model")
    assert_array_equal(loaded.score_samples(few), fitted.score_samples(few))
    assert loaded.sample(5, random_state=1).tolist() == fitted.sample(5, random_state=1).tolist()


@pytest.mark.torch
def test_a_network_is_loaded_and_scores_where_torch_cannot_be_imported(few, monkeypatch):
    model = clone(MODELS["gd"]).fit(few)
    stored = pickle.dumps(model)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError):
        importlib.import_module("torch")
    loaded = pickle.loads(stored)
    assert loaded.score(["emma"]) == model.score(["emma"])
    assert loaded.sample(2, random_state=0).shape == (2,)


@every_model
def test_sample_weight_is_routed_through_cross_validation(model, few):
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


def test_repr_shows_only_the_parameters_that_were_set():
    assert repr(CountBigramLM(alpha=2.0)) == "CountBigramLM(alpha=2.0)"
    for model in MODELS.values():
        assert "BigramLM" in model._repr_html_()
