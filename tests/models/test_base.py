"""fit, partial_fit, score and predict of the bigram models."""

import inspect
import io
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM
from tests.helpers import for_each, refused

NAMES = ["emma", "", "Zo\xeb", "\u674e\u5c0f\u9f8d", "\u05e9\u05e8\u05d4", "a b\t", "emma", "ava"]
IDS = np.array([[1, 2, 2, 3], [3, 1, 0, 0], [0, 0, 0, 0], [2, 0, 3, 0]])
MODELS = {
    "count": CountBigramLM(),
    "kneser-ney": CountBigramLM(smoothing="kneser-ney"),
    "dirichlet": CountBigramLM(smoothing="dirichlet"),
    "exact": NeuralBigramLM(),
    "gd": NeuralBigramLM(solver="gd", random_state=0, max_iter=3, tol=100.0),
}

every_model = for_each("model", MODELS)


def assert_same_model(model, other):
    assert model.symbols_.tolist() == other.symbols_.tolist()
    for attribute in ("data", "indices", "indptr"):
        assert_array_equal(getattr(model.counts_, attribute), getattr(other.counts_, attribute))
    prefixes = ["", *model.symbols_[1:]] if hasattr(model, "tokenizer_") else np.zeros((1, 4), int)
    assert_array_equal(model.predict_proba(prefixes), other.predict_proba(prefixes))


# fit


@every_model
def test_fit_returns_the_model_and_learns_sorted_symbols_and_counts(model):
    model = clone(model)
    assert model.fit(["ba", "a"]) is model
    assert model.symbols_.tolist() == [".", "a", "b"]
    assert model.symbols_.dtype == object
    assert model.classes_.tolist() == [".", "a", "b"]
    assert isinstance(model.counts_, sparse.csr_array)
    assert model.counts_.dtype == np.float64
    assert model.counts_.toarray().tolist() == [[0, 1, 1], [2, 0, 0], [0, 1, 0]]
    assert model.tokenizer_.symbols_.tolist() == [".", "a", "b"]


@every_model
def test_a_refit_forgets_everything(model):
    refitted = clone(model).fit(pd.DataFrame({"first": [1, 2], "second": [2, 0]}))
    assert refitted.feature_names_in_.tolist() == ["first", "second"]
    assert refitted.n_features_in_ == 2
    assert not hasattr(refitted, "tokenizer_")
    assert refitted.sample(2, random_state=0).ndim == 2
    refitted.fit(NAMES)
    assert not hasattr(refitted, "n_features_in_")
    assert not hasattr(refitted, "feature_names_in_")
    assert_same_model(refitted, clone(model).fit(NAMES))
    assert refitted.sample(2, random_state=0).ndim == 1
    refitted.fit(IDS)
    assert not hasattr(refitted, "tokenizer_")
    assert not hasattr(refitted, "feature_names_in_")
    assert_same_model(refitted, clone(model).fit(IDS))


def test_attributes_of_the_other_kind_of_x_are_missing_by_name():
    for X, missing in ((NAMES, ["n_features_in_", "feature_names_in_"]), (IDS, ["tokenizer_"])):
        model = CountBigramLM().fit(X)
        for name in missing:
            message = f"^'CountBigramLM' object has no attribute '{name}'"
            with pytest.raises(AttributeError, match=message) as error:
                getattr(model, name)
            assert error.value.name == name


def test_fit_changes_neither_the_tokenizer_nor_another_parameter():
    tokenizer = NameTokenizer(lowercase=True)
    model = CountBigramLM(tokenizer=tokenizer).fit(["Ab"])
    assert model.tokenizer is tokenizer
    assert model.tokenizer_ is not tokenizer
    assert not hasattr(tokenizer, "symbols_")
    assert CountBigramLM().fit(["ab"]).tokenizer is None


def test_y_is_ignored():
    assert_same_model(CountBigramLM().fit(NAMES, NAMES), CountBigramLM().fit(NAMES))
    assert_same_model(CountBigramLM().partial_fit(NAMES, 0), CountBigramLM().fit(NAMES))
    model = CountBigramLM().fit(NAMES)
    assert model.score(NAMES, "y") == model.score(NAMES)


# partial_fit


@every_model
def test_partial_fits_equal_one_fit_on_all_names(model):
    parts = [["emma", "ava"], ["zoë", "ødger", ""], ["żaneta"]]
    together = clone(model).fit([name for part in parts for name in part])
    apart = clone(model)
    for part in parts:
        assert apart.partial_fit(part) is apart
    assert_same_model(apart, together)
    assert apart.tokenizer_.symbols_.tolist() == together.symbols_.tolist()


@every_model
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_partial_fits_equal_one_fit_on_all_ids(model, make):
    first, second = IDS[:2], np.array([[9, 1, 0, 0]])
    expected = clone(model).fit(make(np.vstack([first, second])))
    assert_same_model(clone(model).partial_fit(make(first)).partial_fit(second), expected)
    assert_same_model(clone(model).partial_fit(make(second)).partial_fit(first), expected)
    weighted = clone(model).fit(first).partial_fit(make(second), sample_weight=[0.5])
    weights = [1, 1, 0.5]
    expected = clone(model).fit(np.vstack([first, second]), sample_weight=weights)
    assert_same_model(weighted, expected)


def test_partial_fit_estimates_with_the_parameters_of_now():
    model = CountBigramLM(alpha=1).fit(["ab"])
    model.set_params(alpha=0).partial_fit(["b"])
    assert_same_model(model, CountBigramLM(alpha=0).fit(["ab", "b"]))


def test_partial_fit_keeps_the_fitted_tokenizer():
    model = CountBigramLM(tokenizer=NameTokenizer(lowercase=True)).fit(["AB"])
    model.set_params(tokenizer=NameTokenizer(boundary="#")).partial_fit(["Bc"])
    assert model.symbols_.tolist() == [".", "a", "b", "c"]
    model.fit(["Bc"])
    assert model.symbols_.tolist() == ["#", "B", "c"]


def test_partial_fit_leaves_earlier_results_alone():
    model = CountBigramLM().fit(["ab"])
    symbols, counts, tokenizer = model.symbols_, model.counts_, model.tokenizer_
    expected = counts.toarray()
    model.partial_fit(["bcd"])
    assert symbols.tolist() == tokenizer.symbols_.tolist() == [".", "a", "b"]
    assert_array_equal(counts.toarray(), expected)


def test_a_partial_fit_on_longer_names_widens_the_dense_table():
    model = CountBigramLM(tokenizer=NameTokenizer(sparse_output=False)).fit(["ab"])
    assert model.tokenizer_.max_length_ == 2
    assert model.partial_fit(["abcde", "b"]).tokenizer_.max_length_ == 5
    assert model.partial_fit(["a"]).tokenizer_.max_length_ == 5
    assert model.fit(["abc", "b"]).tokenizer_.max_length_ == 3


# score and predict


@every_model
def test_scores_are_sums_of_log_probabilities_of_next_symbols(model):
    fitted = clone(model).fit(["emma", "ava", "mia", "eva"])
    log_p = fitted.predict_log_proba(["", "e", "m", "a"])  # after . e m a
    column = {symbol: i for i, symbol in enumerate(fitted.classes_)}
    expected = [
        log_p[0, column["e"]] + log_p[1, column["m"]] + log_p[2, column["m"]]
        + log_p[2, column["a"]] + log_p[3, column["."]],
        log_p[0, column["."]],
    ]  # fmt: skip
    assert_allclose(fitted.score_samples(["emma", ""]), expected, rtol=1e-12)
    assert fitted.score(["emma", ""]) == pytest.approx(sum(expected) / 6, rel=1e-12)
    weighted = fitted.score(["emma", ""], sample_weight=[2, 0.5])
    mean = (2 * expected[0] + 0.5 * expected[1]) / (2 * 5 + 0.5)
    assert weighted == pytest.approx(mean, rel=1e-12)
    assert type(fitted.score(["emma"])) is type(weighted) is float
    assert fitted.perplexity(["emma"]) == pytest.approx(np.exp(-expected[0] / 5), rel=1e-12)


@every_model
def test_predictions_are_the_next_symbol_after_a_prefix(model):
    fitted = clone(model).fit(["emma", "ava", "mia", "emily"])
    prefixes = ["", "a", "em", "emm"]
    proba = fitted.predict_proba(prefixes)
    assert proba.shape == (4, len(fitted.classes_))
    assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    assert_allclose(np.exp(fitted.predict_log_proba(prefixes)), proba, rtol=1e-12)
    assert fitted.predict(prefixes).tolist() == fitted.classes_[proba.argmax(axis=1)].tolist()
    assert_array_equal(proba[2], proba[3])  # only the last symbol matters
    assert (proba[0] != proba[1]).any()


@pytest.mark.parametrize("model", [CountBigramLM(alpha=0), NeuralBigramLM(reg=0)], ids=str)
@pytest.mark.parametrize("ids", [False, True])
def test_an_unseen_bigram_without_smoothing_is_impossible_and_no_warning(model, ids):
    tokenizer = NameTokenizer(max_length=4).fit(["ab", "abb"])

    def encode(names):
        return tokenizer.transform(names) if ids else names

    model = clone(model).fit(encode(["ab", "abb"]))
    log_likelihood = model.score_samples(encode(["ab", "ba", "", "aab", "abbb"]))
    assert_array_equal(np.isneginf(log_likelihood), [False, True, True, True, False])
    assert model.score(encode(["ab", "ba"])) == -np.inf
    assert model.perplexity(encode(["ba"])) == np.inf
    assert model.score(encode(["ab", "ba"]), sample_weight=[1, 0]) == np.log(2 / 3) / 3
    assert_array_equal(model.predict_log_proba(encode([""])), [[-np.inf, 0, -np.inf]])
    assert_array_equal(model.predict_proba(encode(["a"])), [[0, 0, 1]])
    assert model.sample(50, random_state=0).shape[0] == 50


def test_a_perplexity_too_large_for_a_float_is_infinite_and_no_warning():
    model = CountBigramLM(alpha=1e-320).fit(["ab"])
    assert -np.inf < model.score(["ba"]) < -710
    assert model.perplexity(["ba"]) == np.inf


def test_unknown_symbols_can_be_the_reserved_one():
    tokenizer = NameTokenizer(handle_unknown="use_unknown")
    model = CountBigramLM(tokenizer=tokenizer).fit(["emma", "ava"])
    assert model.symbols_[1] == "\ufffd"
    for method in ("score", "score_samples", "perplexity", "predict", "predict_proba"):
        assert_array_equal(getattr(model, method)(["emX"]), getattr(model, method)(["em\ufffd"]))


# More names than are handled at a time


def test_many_names_are_counted_and_scored_in_pieces(names):
    few = names[:1000]
    many, model = few * 70, CountBigramLM().fit(few)
    assert_array_equal(CountBigramLM().fit(many).counts_.toarray(), 70 * model.counts_.toarray())
    weights = np.arange(70_000) % 7 + 1.0
    weighted = CountBigramLM().fit(many, sample_weight=weights)
    once = CountBigramLM().fit(few, sample_weight=weights.reshape(70, 1000).sum(axis=0))
    assert_array_equal(weighted.counts_.toarray(), once.counts_.toarray())
    assert_array_equal(model.score_samples(many), np.tile(model.score_samples(few), 70))
    assert model.score(many) == pytest.approx(model.score(few), rel=1e-12)
    score = model.score(many, sample_weight=weights)
    weights = weights.reshape(70, 1000).sum(axis=0)
    assert score == pytest.approx(model.score(few, sample_weight=weights), rel=1e-12)
    assert_array_equal(model.predict(many), np.tile(model.predict(few), 70))
    for method in (model.fit, model.partial_fit, model.score):
        with refused(model, ValueError, r"^X\[65999\] is 'a\.b'"):
            method([*many[:65_999], "a.b", "b.a"])
        with refused(model, TypeError, r"^X\[65999\] is None"):
            method([*many[:65_999], None])


@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_many_ids_are_scored_in_pieces(make):
    X = np.tile(IDS, (17_000, 1))  # 68,000 rows
    model = CountBigramLM().fit(make(X))
    assert_array_equal(model.counts_.toarray(), 17_000 * CountBigramLM().fit(IDS).counts_.toarray())
    assert_array_equal(model.score_samples(make(X)), np.tile(model.score_samples(IDS), 17_000))
    X[-1, 0] = 9
    with refused(model, ValueError, r"^X\[67999\] holds an unknown token id"):
        model.score(make(X))


# What a sample looks like


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_model_of_names_samples_names(method):
    for X in (NAMES, tuple(NAMES), np.array(NAMES), pd.Series(NAMES)):
        sampled = getattr(CountBigramLM(), method)(X).sample(30, random_state=0)
        assert (sampled.dtype, sampled.shape) == (object, (30,))
        assert {type(name) for name in sampled} == {str}
        assert {*"".join(sampled)} <= {*"".join(NAMES)}


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_model_of_ids_samples_ids_dense_or_sparse_as_they_were(method):
    for make in (list, np.array, pd.DataFrame):
        dense = getattr(CountBigramLM(), method)(make(IDS)).sample(30, random_state=0)
        assert isinstance(dense, np.ndarray)
        assert dense.dtype == np.int32
        assert len(dense) == 30
        assert {*dense.flat} <= {0, 1, 2, 3}
    for make in (sparse.csr_array, sparse.csc_matrix, sparse.dok_array):
        table = getattr(CountBigramLM(), method)(make(IDS)).sample(30, random_state=0)
        assert isinstance(table, sparse.csr_array)
        assert table.dtype == np.int32
        assert table.has_canonical_format
        assert 0 not in table.data
        assert_array_equal(table.toarray(), dense)


@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_a_sample_has_the_columns_of_fit_or_more_if_a_name_is_longer(make):
    short = CountBigramLM().fit(make([[1, 1, 0, 0, 0, 0]])).sample(200, random_state=0)
    lengths = (short.toarray() if sparse.issparse(short) else short).astype(bool).sum(axis=1)
    assert lengths.max() > 6
    assert short.shape == (200, lengths.max())
    wide = CountBigramLM().fit(make([[1] + [0] * 999])).sample(200, random_state=0)
    assert wide.shape == (200, 1000)


@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_no_names_of_ids_are_a_table_without_rows(make):
    model = CountBigramLM(alpha=0).fit(make([[1, 2, 1, 2]]))
    names, _ = model.most_probable(3, max_length=1)  # each name has two ids or more
    assert names.shape == (0, 4)
    assert sparse.issparse(names) == (make is sparse.csr_array)


# The rest


def test_an_arpa_file_names_the_symbols(tmp_path):
    def words(model):
        file = io.StringIO()
        model.to_arpa(file)
        unigrams = file.getvalue().split("\\1-grams:\n")[1].split("\n\n")[0]
        return [line.split("\t")[1] for line in unigrams.splitlines()]

    assert {"a", "b", "</s>"} <= {*words(CountBigramLM().fit(["ab"]))}
    assert {"1", "2", "</s>"} <= {*words(CountBigramLM().fit([[1, 2]]))}
    unknown = CountBigramLM(tokenizer=NameTokenizer(handle_unknown="use_unknown")).fit(["ab"])
    assert words(unknown).count("<unk>") == 1
    assert "\ufffd" not in words(unknown)
    assert "\ufffd" in words(CountBigramLM().fit(["a\ufffd"]))


@every_model
def test_a_stored_model_does_the_same(model):
    fitted = clone(model).fit(NAMES)
    loaded = pickle.loads(pickle.dumps(fitted))
    assert_same_model(loaded, fitted)
    assert loaded.sample(5, random_state=1).tolist() == fitted.sample(5, random_state=1).tolist()
    loaded.partial_fit(["zz"])
    assert_same_model(loaded, fitted.partial_fit(["zz"]))


@every_model
def test_tags_tell_which_input_is_taken(model):
    inputs = model.__sklearn_tags__().input_tags
    assert inputs.string
    assert inputs.sparse
    assert inputs.categorical
    assert inputs.positive_only
    assert not model.__sklearn_tags__().classifier_tags.multi_class


def test_a_parameter_other_than_the_first_is_given_by_its_name():
    for cls in (CountBigramLM, NeuralBigramLM):
        _, first, *others = inspect.signature(cls.__init__).parameters.values()
        assert first.kind is first.POSITIONAL_OR_KEYWORD
        assert {parameter.kind for parameter in others} == {first.KEYWORD_ONLY}
