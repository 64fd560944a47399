"""BigramOutlierDetector: gibberish against names, contamination, and signed token ids."""

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
from tests.helpers import refused

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


def test_few_names_are_enough_unless_smoothing_is_strong(names):
    few, real = train_test_split(names, train_size=100, test_size=2000, random_state=0)
    random = gibberish([len(name) for name in real])
    detector = BigramOutlierDetector().fit(few)
    assert (detector.predict(real) == -1).mean() < 0.01
    assert (detector.predict(random) == -1).mean() > 0.4
    tokenizer = NameTokenizer(alphabet=ALPHABET, handle_unknown="use_unknown")
    detector = BigramOutlierDetector(CountBigramLM(tokenizer=tokenizer)).fit(few)
    assert (detector.predict(random) == -1).mean() < 0.1


def test_the_default_model_is_the_one_that_the_documentation_names(names):
    tokenizer = NameTokenizer(boundary="\n", handle_unknown="use_unknown")
    model = CountBigramLM(smoothing="dirichlet", tokenizer=tokenizer)
    expected = BigramOutlierDetector(model).fit(names)
    found = BigramOutlierDetector().fit(names)
    new = [*names[:50], "xq", "ema9", "st. ives"]
    np.testing.assert_array_equal(found.score_samples(new), expected.score_samples(new))
    assert found.estimator is None


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


@pytest.mark.parametrize("contamination", ["auto", 0.1, 0.5])
def test_weights_count_as_repetition_does(contamination, names):
    few = [*names[:200], "øØ"]
    weights = np.arange(len(few)) % 3
    weights[-1] = 0  # its symbols are not known to the model
    repeated = np.repeat(np.array(few, dtype=object), weights)
    weighted = BigramOutlierDetector(contamination=contamination).fit(few, sample_weight=weights)
    plain = BigramOutlierDetector(contamination=contamination).fit(repeated)
    assert weighted.offset_ == plain.offset_
    np.testing.assert_allclose(weighted.score_samples(repeated), plain.score_samples(repeated))


def test_names_may_be_in_any_container(names):
    weights = np.append(np.ones(99), 0)
    expected = BigramOutlierDetector(contamination=0.1).fit(names[:99])
    for make in (list, tuple, np.array, pd.Series, pl.Series, pa.array):
        detector = BigramOutlierDetector(contamination=0.1).fit(make(names[:100]), None, weights)
        assert detector.offset_ == expected.offset_
        assert detector.predict(make(names[:99])).tolist() == expected.predict(names[:99]).tolist()


def test_names_with_unknown_symbols_are_outliers_unless_the_model_refuses_them(names):
    strange = ["josé9", "Emma", "\N{CJK UNIFIED IDEOGRAPH-4E00}"]
    detector = BigramOutlierDetector().fit([name for name in names if name.isascii()])
    assert detector.predict([*strange, "emma"]).tolist() == [-1, -1, -1, 1]
    detector = BigramOutlierDetector(CountBigramLM()).fit(["emma", "ava"])
    with pytest.raises(ValueError, match="unknown symbols: 'z'"):
        detector.predict(["eza"])


def test_a_pipeline_with_a_tokenizer_does_the_same(names):
    pipeline = make_pipeline(NameTokenizer(), BigramOutlierDetector(contamination=0.05)).fit(names)
    model = CountBigramLM(smoothing="dirichlet")
    detector = BigramOutlierDetector(model, contamination=0.05).fit(names)
    np.testing.assert_array_equal(pipeline.score_samples(names), detector.score_samples(names))
    np.testing.assert_array_equal(pipeline.predict(names), detector.predict(names))
    assert pipeline[-1].n_features_in_ == 2**20


def test_a_search_tunes_the_model_inside(split):
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


def test_the_estimator_is_only_cloned(names):
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


def test_the_default_model_takes_the_boundary_of_the_counts(names):
    counts = count_bigrams(names, tokenizer=NameTokenizer(boundary="#"))
    detector = BigramOutlierDetector().fit(counts)
    assert detector.predict(["anna", "x9", "a.b"]).tolist() == [1, -1, -1]
    assert detector.estimator_.tokenizer_.boundary == "#"
    assert BigramOutlierDetector().fit(names).estimator_.tokenizer_.boundary == "\n"
    with pytest.raises(ValueError, match="boundary symbol of the counts is '#'"):
        BigramOutlierDetector(CountBigramLM()).fit(counts)


def test_a_fit_that_fails_changes_nothing(names):
    detector = BigramOutlierDetector(contamination=0.1).fit(names)
    with refused(detector, TypeError, r"X\[1\] is None: names must be strings"):
        detector.fit(["ava", None])
    with refused(detector, ValueError, "Negative values in data passed to sample_weight"):
        detector.fit(names, sample_weight=np.append(np.ones(len(names) - 1), -1))
    detector.set_params(contamination=0.6)
    with refused(detector, ValueError, "'contamination' parameter of BigramOutlierDetector"):
        detector.fit(names)


def test_a_detector_must_be_fitted():
    for method in ("predict", "score_samples", "decision_function"):
        with pytest.raises(NotFittedError, match="BigramOutlierDetector instance is not fitted"):
            getattr(BigramOutlierDetector(), method)(["ava"])
    assert not hasattr(BigramOutlierDetector(), "n_features_in_")
    assert not hasattr(BigramOutlierDetector().fit(["ava"]), "n_features_in_")


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


@pytest.mark.parametrize("make", [np.array, sparse.csr_array, sparse.dok_array, pd.DataFrame])
def test_negative_token_ids_are_numbered_after_the_positive_ones(make):
    rng = np.random.default_rng(0)
    X = rng.choice([0, 1, 2, 3, 4], size=(300, 3), p=[0.1, 0.5, 0.2, 0.15, 0.05])
    signed = np.choose(X, [0, 1, -1, 2, -2])  # numbered 0, 1, 2, 3, 4
    for contamination in ("auto", 0.1):
        plain = BigramOutlierDetector(contamination=contamination).fit(X)
        detector = BigramOutlierDetector(contamination=contamination).fit(make(signed))
        scores = detector.score_samples(make(signed))
        np.testing.assert_array_equal(scores, plain.score_samples(X))
        assert detector.offset_ == plain.offset_
        assert detector.n_features_in_ == 3
    with refused(detector, ValueError, "X holds names, but this CountBigramLM was fitted on tok"):
        detector.predict(["ava"])
    with refused(plain, ValueError, "Negative values in data passed to X"):
        plain.predict(-X)
    assert BigramOutlierDetector().fit(make(X.astype(float))).estimator_.symbols_.size == 5


@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_a_table_of_zeros_holds_empty_names(make):
    detector = BigramOutlierDetector().fit(make(np.zeros((3, 2), dtype=int)))
    assert detector.predict(make(np.zeros((1, 2), dtype=int))).tolist() == [1]


def test_weights_of_token_ids_count_as_repetition_does():
    X = np.random.default_rng(0).integers(-2, 3, size=(60, 4))
    X[-1] = 9  # an id that only a row of weight 0 holds
    weights = np.arange(60) % 3
    weights[-1] = 0
    repeated = np.repeat(X, weights, axis=0)
    plain = BigramOutlierDetector(contamination=0.2).fit(repeated)
    for make in (np.array, sparse.csr_array):
        detector = BigramOutlierDetector(contamination=0.2).fit(make(X), sample_weight=weights)
        assert detector.offset_ == plain.offset_
        scores = detector.score_samples(make(repeated))
        np.testing.assert_allclose(scores, plain.score_samples(repeated))


def test_tags_tell_which_input_is_taken():
    tags = BigramOutlierDetector().__sklearn_tags__()
    assert tags.estimator_type == "outlier_detector"
    assert tags.input_tags.string
    assert tags.input_tags.sparse
    assert not tags.input_tags.positive_only


def test_names_of_columns_are_kept():
    detector = BigramOutlierDetector().fit(pd.DataFrame({"first": [1, 2], "second": [2, 0]}))
    assert detector.feature_names_in_.tolist() == ["first", "second"]


@pytest.mark.parametrize("dtype", ["int8", "int16", "int64", "float32", object])
def test_negative_token_ids_of_any_dtype_are_the_same(dtype):
    ids = np.array([[127, -128, 3], [-127, 1, 0], [3, -2, 0]])
    expected = BigramOutlierDetector(contamination=0.3).fit(ids)
    containers = [ids.astype(dtype), pd.DataFrame(ids).astype(dtype)]
    if dtype is not object:  # SciPy has no sparse arrays of objects
        containers.append(sparse.csr_array(ids.astype(dtype)))
    for X in containers:
        detector = BigramOutlierDetector(contamination=0.3).fit(X)
        assert detector.offset_ == expected.offset_
        np.testing.assert_array_equal(detector.score_samples(X), expected.score_samples(ids))


def test_unsigned_token_ids_are_scored_by_a_detector_of_negative_ones():
    detector = BigramOutlierDetector().fit([[1, -2, 3], [200, 1, 0]])
    expected = detector.score_samples([[200, 1, 3]])
    for dtype in ("uint8", "uint16", "uint64"):
        ids = np.array([[200, 1, 3]], dtype=dtype)
        np.testing.assert_array_equal(detector.score_samples(ids), expected)


def test_negative_token_ids_keep_the_names_of_their_columns():
    frame = pd.DataFrame({"a": [1, -2], "b": [3, 0]})
    detector = BigramOutlierDetector().fit(frame)
    assert detector.feature_names_in_.tolist() == ["a", "b"]
    assert detector.predict(frame).shape == (2,)
    with pytest.raises(ValueError, match="feature names should match"):
        detector.predict(frame.rename(columns={"a": "c"}))


class TestThreshold:
    def test_is_a_standard_score(self, names):
        plain = BigramOutlierDetector().fit(names)
        strict = BigramOutlierDetector(threshold=-4).fit(names)
        scores = plain.score_samples(names)
        np.testing.assert_array_equal(strict.score_samples(names), scores)
        assert strict.offset_ == -4.0
        assert strict.predict(names).tolist() == np.where(scores < -4, -1, 1).tolist()
        assert BigramOutlierDetector(threshold=-3).fit(names).offset_ == plain.offset_ == -3

    def test_applies_to_counts_too(self, names):
        assert BigramOutlierDetector(threshold=-2.5).fit(count_bigrams(names)).offset_ == -2.5

    def test_has_no_effect_with_contamination(self, names):
        expected = BigramOutlierDetector(contamination=0.1).fit(names)
        for rule in ({"threshold": -4.0}, {"false_alarm_rate": 0.2}):
            detector = BigramOutlierDetector(contamination=0.1, **rule)
            (text,) = (f"{key}={value}" for key, value in rule.items())
            with pytest.warns(UserWarning, match=f"{text} has no effect.*contamination=0.1"):
                detector.fit(names)
            assert detector.offset_ == expected.offset_
            np.testing.assert_array_equal(detector.predict(names), expected.predict(names))

    def test_contradicts_a_false_alarm_rate(self, names):
        detector = BigramOutlierDetector(threshold=-4.0, false_alarm_rate=0.01)
        message = "threshold=-4.0 and false_alarm_rate=0.01 contradict each other"
        for fit in (detector.fit, detector.partial_fit):
            with refused(detector, ValueError, message):
                fit(names)
        fitted = BigramOutlierDetector().fit(names).set_params(**detector.get_params())
        for fit in (fitted.fit, fitted.partial_fit):
            with refused(fitted, ValueError, message):
                fit(names)


class TestFalseAlarmRate:
    @pytest.mark.parametrize("rate", [0.001, 0.05])
    @pytest.mark.slow
    def test_holds_for_names_of_the_model_of_each_length(self, rate, names):
        model = CountBigramLM()
        detector = BigramOutlierDetector(model, false_alarm_rate=rate).fit(names)
        n_names = 10_000
        error = 4 * np.sqrt(rate / n_names)
        shares = []
        for length in range(1, 21):
            drawn = detector.estimator_.sample(
                n_names, min_length=length, max_length=length, random_state=length
            )
            shares.append((detector.predict(drawn) == -1).mean())
        assert max(shares) <= rate + error
        assert min(shares[3:]) >= 0.85 * rate - error  # shorter names are few and likely

    def test_scores_are_logarithms_of_p_values(self, names):
        detector = BigramOutlierDetector(false_alarm_rate=0.01).fit(names)
        p = detector.estimator_.pvalue_samples(names)
        np.testing.assert_allclose(np.exp(detector.score_samples(names)), p)
        assert detector.offset_ == pytest.approx(np.log(0.01))
        assert detector.predict(names).tolist() == np.where(p < 0.01, -1, 1).tolist()
        decision = detector.score_samples(names) - detector.offset_
        np.testing.assert_array_equal(detector.decision_function(names), decision)

    def test_a_name_with_exactly_the_rate_is_an_inlier(self):
        detector = BigramOutlierDetector(CountBigramLM(alpha=0), false_alarm_rate=0.25)
        detector.fit(["a", "b", "b", "b"])
        assert detector.predict(["a", "b"]).tolist() == [1, 1]
        detector.set_params(false_alarm_rate=0.26).fit(["a", "b", "b", "b"])
        assert detector.predict(["a", "b"]).tolist() == [-1, 1]

    @pytest.mark.slow
    def test_gibberish_of_any_length_is_found(self, split):
        train, real = split
        detector = BigramOutlierDetector(false_alarm_rate=0.001).fit(train)
        assert (detector.predict(real) == 1).mean() > 0.99
        for n in (6, 20, 40, 100, 10_000):
            assert (detector.predict(gibberish([n] * 20)) == -1).mean() > 0.5
        assert detector.predict(["anna", "a" * 10**6]).tolist() == [1, -1]

    def test_impossible_names_are_outliers(self, names):
        detector = BigramOutlierDetector(CountBigramLM(alpha=0), false_alarm_rate=1e-9)
        detector.fit(names)
        assert detector.decision_function(["qxqx"]).tolist() == [-np.inf]
        assert detector.predict(["qxqx", "anna"]).tolist() == [-1, 1]
        ids = BigramOutlierDetector(false_alarm_rate=0.01).fit([[1, -2, 0], [1, 1, -1]])
        assert ids.predict([[1, -2, 0], [0, 0, 0]]).tolist() == [1, 1]


@pytest.mark.parametrize("rule", [{}, {"threshold": -2.0}, {"false_alarm_rate": 0.01}], ids=str)
def test_the_empty_name_is_an_inlier(rule, names):
    detector = BigramOutlierDetector(**rule).fit(names)
    assert detector.predict([""]).tolist() == [1]
    assert detector.score_samples([""]).tolist() == [0]


class TestPartialFit:
    @pytest.mark.parametrize("rule", [{}, {"threshold": -2.0}, {"false_alarm_rate": 0.01}], ids=str)
    def test_equals_one_fit_on_all_names(self, rule, names):
        weights = 1 + np.arange(len(names)) % 3
        expected = BigramOutlierDetector(**rule).fit(names, sample_weight=weights)
        detector = BigramOutlierDetector(**rule)
        for part in np.split(np.arange(len(names)), [10, 500]):
            few = [names[i] for i in part]
            assert detector.partial_fit(few, sample_weight=weights[part]) is detector
        assert detector.offset_ == expected.offset_
        scores = detector.score_samples(names)
        np.testing.assert_allclose(scores, expected.score_samples(names))
        assert detector.predict(["zoë"]) == [-1]  # a symbol that is still unknown

    def test_takes_counts(self, names):
        parts = [names[:500], names[500:]]
        detector = BigramOutlierDetector()
        for part in parts:
            detector.partial_fit(count_bigrams(part, tokenizer=NameTokenizer(boundary="#")))
        expected = BigramOutlierDetector().fit(names).score_samples(names)
        np.testing.assert_allclose(detector.score_samples(names), expected)
        with refused(detector, ValueError, "boundary symbol of the counts is"):
            detector.partial_fit(count_bigrams(names, tokenizer=NameTokenizer(boundary="!")))

    def test_numbers_negative_token_ids_as_the_first_fit_did(self):
        X = np.random.default_rng(0).integers(-2, 3, size=(60, 4))
        expected = BigramOutlierDetector().fit(X).score_samples(X)
        detector = BigramOutlierDetector().partial_fit(X[:40]).partial_fit(X[40:])
        np.testing.assert_allclose(detector.score_samples(X), expected)
        plain = BigramOutlierDetector().fit(abs(X))
        with refused(plain, ValueError, "Negative values in data passed to X"):
            plain.partial_fit(X)
        with refused(detector, ValueError, "X has 3 features, but .* expecting 4 features"):
            detector.partial_fit(X[:, :3])

    def test_uses_the_parameters_of_the_estimator_and_the_rule_of_now(self, names):
        detector = BigramOutlierDetector(CountBigramLM(alpha=1)).fit(names[:500])
        detector.set_params(estimator__alpha=0.1, threshold=-2.0).partial_fit(names[500:])
        expected = BigramOutlierDetector(CountBigramLM(alpha=0.1), threshold=-2.0).fit(names)
        assert detector.offset_ == -2
        assert detector.estimator_.alpha == 0.1
        np.testing.assert_allclose(detector.score_samples(names), expected.score_samples(names))

    def test_does_not_exist_with_contamination(self, names):
        detector = BigramOutlierDetector(contamination=0.1).fit(names)
        assert not hasattr(detector, "partial_fit")
        with pytest.raises(AttributeError) as raised:
            detector.partial_fit(names)
        assert "contamination=0.1 is a proportion of all training names" in str(
            raised.value.__cause__
        )

    def test_that_fails_changes_nothing(self, names):
        for detector in (BigramOutlierDetector(), BigramOutlierDetector().fit(names)):
            with refused(detector, TypeError, r"X\[1\] is None: names must be strings"):
                detector.partial_fit(["ava", None])
            detector.set_params(false_alarm_rate=2.0)
            with refused(detector, ValueError, "'false_alarm_rate' parameter of BigramOutlier"):
                detector.partial_fit(names)
