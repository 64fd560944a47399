"""A model of names equals a pipeline of NameTokenizer and a model of token ids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM
from tests.helpers import for_each

NAMES = ["emma", "", "Zo\xeb", "\u674e\u5c0f\u9f8d", "\u05e9\u05e8\u05d4", "a b\t", "emma", "ava"]
MODELS = {
    "count": CountBigramLM(),
    "kneser-ney": CountBigramLM(smoothing="kneser-ney"),
    "dirichlet": CountBigramLM(smoothing="dirichlet"),
    "exact": NeuralBigramLM(),
    "gd": NeuralBigramLM(solver="gd", random_state=0, max_iter=3, tol=100.0),
}
every_model = for_each("model", MODELS)


def assert_pipeline_equals(model, names, scored):
    tokenizer = clone(model.tokenizer or NameTokenizer())
    model = clone(model).fit(names)
    pipeline = make_pipeline(tokenizer, clone(model).set_params(tokenizer=None)).fit(names)
    last = pipeline[-1]
    assert_array_equal(model.counts_.toarray(), last.counts_.toarray())
    assert model.symbols_.tolist() == tokenizer.symbols_.tolist()
    assert last.symbols_.tolist() == list(range(len(tokenizer.symbols_)))
    assert model.score(scored) == pipeline.score(scored)
    for method in ("score_samples", "predict_proba", "predict_log_proba"):
        assert_array_equal(getattr(model, method)(scored), getattr(pipeline, method)(scored))
    assert_array_equal(model.predict(scored), tokenizer.symbols_[pipeline.predict(scored)])
    sampled = tokenizer.inverse_transform(last.sample(20, random_state=0))
    assert model.sample(20, random_state=0).tolist() == sampled.tolist()
    if isinstance(model, NeuralBigramLM):
        assert_array_equal(model.coef_, last.coef_)
        assert model.loss_ == last.loss_


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"boundary": "#"},
        {"analyzer": "grapheme"},
        {"analyzer": list},
        {"lowercase": True, "strip_accents": "unicode"},
        {"handle_unknown": "use_unknown"},
        {"max_length": 15},
        {"sparse_output": False},
    ],
    ids=repr,
)
@every_model
def test_names_equal_the_pipeline_to_the_last_bit(params, model):
    model = clone(model).set_params(tokenizer=NameTokenizer(**params))
    assert_pipeline_equals(model, NAMES, NAMES[:7])


@every_model
def test_real_names_equal_the_pipeline_to_the_last_bit(model, names):
    assert_pipeline_equals(model, names[::5], names[::35])


any_character = st.characters(exclude_categories=(), exclude_characters=".")


@given(st.lists(st.text(any_character, max_size=6), min_size=1, max_size=6))
def test_any_names_equal_the_pipeline_to_the_last_bit(names):
    assert_pipeline_equals(CountBigramLM(), names, names)


def test_weighted_names_equal_the_weighted_pipeline():
    weights = np.arange(1, len(NAMES) + 1) / 3
    names = CountBigramLM().fit(NAMES, sample_weight=weights)
    X = NameTokenizer().fit_transform(NAMES)
    ids = CountBigramLM().fit(X, sample_weight=weights)
    assert_array_equal(names.counts_.toarray(), ids.counts_.toarray())
    assert names.score(NAMES, sample_weight=weights) == ids.score(X, sample_weight=weights)
