"""BigramClassifier: Bayes' rule over one model for each class."""

import math
import pickle
import string
import tracemalloc
from collections import Counter
from itertools import pairwise

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.naive_bayes import GaussianNB

from sklearn_bigram import (
    BigramClassifier,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
)
from tests.helpers import for_each, refused

ESTIMATORS = {
    "count": CountBigramLM(alpha=0.3),
    "exact": NeuralBigramLM(reg=0.1),
    "gd": NeuralBigramLM(solver="gd", learning_rate=1.0, max_iter=5, tol=100.0, random_state=0),
}
X = ["rossi", "novák", "ricci", "dvořák", "bianchi", "smith", "černý", "wright"]
y = ["it", "cs", "it", "cs", "it", "en", "cs", "en"]
NEW = ["rocci", "horák", "", "whisk", "r"]
READS = ["predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba"]

every_estimator = for_each("estimator", ESTIMATORS)


@pytest.fixture(scope="module")
def halves(names):
    """Names of two kinds: forward and backward."""
    names = names[:600]
    turned = [name[::-1] for name in names[300:]]
    return names[:300] + turned, ["forward"] * 300 + ["backward"] * 300


def joint_by_hand(estimator, X, y, new, sample_weight=None):
    """Return what the classifier should say, from one public model a class."""
    X, y = np.array(X, dtype=object), np.array(y)
    weights = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight)
    tokenizer = NameTokenizer(alphabet="".join(sorted({*"".join(X[weights > 0])})))
    columns = []
    for label in np.unique(y):
        own = y == label
        model = clone(estimator).set_params(tokenizer=tokenizer)
        model.fit(X[own], sample_weight=weights[own])
        columns.append(model.score_samples(new) + np.log(weights[own].sum() / weights.sum()))
    return np.transpose(columns)


def test_three_names_by_brute_force():
    training = {"a": ["ab"], "b": ["ba", "bcb"]}
    alpha, V = 0.5, 4
    log_joint = []
    for label, share in (("a", 1 / 3), ("b", 2 / 3)):
        pairs = Counter(pair for name in training[label] for pair in pairwise(f".{name}."))
        total = Counter(first for first, _ in pairs.elements())
        log_joint.append(math.log(share))
        for first, second in pairwise(".bac."):
            p = (pairs[first, second] + alpha) / (total[first] + alpha * V)
            log_joint[-1] += math.log(p)
    evidence = sum(map(math.exp, log_joint))
    expected = [math.exp(value) / evidence for value in log_joint]

    model = BigramClassifier(CountBigramLM(alpha=alpha)).fit(["ab", "ba", "bcb"], ["a", "b", "b"])
    assert_allclose(model.predict_joint_log_proba(["bac"]), [log_joint], rtol=1e-14)
    assert_allclose(model.predict_proba(["bac"]), [expected], rtol=1e-14)


@every_estimator
@pytest.mark.parametrize("sample_weight", [None, [1, 2, 0.5, 1, 3, 0, 1, 2]], ids=["", "weighted"])
def test_it_is_bayes_rule_over_models_of_one_alphabet(estimator, sample_weight):
    model = BigramClassifier(estimator).fit(X, y, sample_weight)
    assert model.classes_.tolist() == ["cs", "en", "it"]
    new = ["rocci", "horák", "", "cvrs"]
    joint = joint_by_hand(estimator, X, y, new, sample_weight)
    assert_allclose(model.predict_joint_log_proba(new), joint, rtol=1e-12)
    log_proba = joint - logsumexp(joint, axis=1, keepdims=True)
    assert_allclose(model.predict_log_proba(new), log_proba, rtol=1e-9, atol=1e-13)
    assert_allclose(model.predict_proba(new), np.exp(log_proba), rtol=1e-12)
    assert_allclose(model.predict_proba(new).sum(axis=1), 1, rtol=1e-14)
    assert_array_equal(model.predict(new), model.classes_[joint.argmax(axis=1)])


@given(
    st.lists(
        st.tuples(st.text("abcé李", max_size=4), st.integers(0, 3), st.integers(0, 2)),
        min_size=1,
        max_size=12,
    ).filter(lambda rows: any(weight for *_, weight in rows)),
    st.booleans(),
)
def test_each_class_is_counted_as_if_alone(rows, weighted):
    names, labels, weights = (list(column) for column in zip(*rows, strict=True))
    weights = weights if weighted else [1] * len(names)
    model = BigramClassifier(CountBigramLM())
    model.fit(names, labels, weights if weighted else None)
    assert model.classes_.tolist() == sorted(set(labels))
    repeated = [
        (name, label)
        for name, label, weight in zip(names, labels, weights, strict=True)
        for _ in range(weight)
    ]
    assert model.symbols_.tolist() == [".", *sorted({*"".join(name for name, _ in repeated)})]
    for label, estimator in zip(model.classes_, model.estimators_, strict=True):
        own = [name for name, other in repeated if other == label]
        expected = Counter(pair for name in own for pair in pairwise(f".{name}."))
        N = estimator.counts_.tocoo()
        found = zip(model.symbols_[N.row], model.symbols_[N.col], strict=True)
        assert dict(zip(found, N.data, strict=True)) == expected


def test_class_models_are_models_of_their_names():
    model = BigramClassifier(CountBigramLM(alpha=0.1)).fit(X, y)
    for estimator, log_prior in zip(model.estimators_, model.class_log_prior_, strict=True):
        assert type(estimator) is CountBigramLM
        assert estimator.alpha == 0.1
        assert_array_equal(estimator.symbols_, model.symbols_)
        assert all(isinstance(name, str) for name in estimator.sample(3, random_state=0))
        column = list(model.estimators_).index(estimator)
        joint = model.predict_joint_log_proba(NEW)[:, column]
        assert_allclose(estimator.score_samples(NEW) + log_prior, joint, rtol=1e-14)


def test_it_tells_names_from_their_mirror_images(halves):
    model = BigramClassifier(
        CountBigramLM(tokenizer=NameTokenizer(alphabet=string.ascii_lowercase))
    )
    assert cross_val_score(model, *halves, cv=3).mean() > 0.75


class TestPriors:
    def test_priors_replace_the_frequencies(self):
        model = BigramClassifier(priors=[0.2, 0.3, 0.5]).fit(X, y)
        assert_allclose(np.exp(model.class_log_prior_), [0.2, 0.3, 0.5])
        free = BigramClassifier().fit(X, y)
        assert_allclose(np.exp(free.class_log_prior_), [3 / 8, 2 / 8, 3 / 8])
        likelihood = free.predict_joint_log_proba(NEW) - free.class_log_prior_
        joint = likelihood + np.log([0.2, 0.3, 0.5])
        assert_allclose(model.predict_joint_log_proba(NEW), joint, rtol=1e-13)

    def test_weights_change_the_frequencies(self):
        model = BigramClassifier().fit(X, y, sample_weight=[1, 2, 3, 4, 5, 6, 7, 8])
        assert_allclose(np.exp(model.class_log_prior_), [13 / 36, 14 / 36, 9 / 36])

    def test_uniform_priors_are_equal(self):
        model = BigramClassifier(priors="uniform").fit(X, y)
        assert_array_equal(np.exp(model.class_log_prior_), [1 / 3] * 3)

    def test_priors_may_be_a_dict_by_label_in_any_order(self):
        by_label = BigramClassifier(priors={"it": 0.5, "cs": 0.2, "en": 0.3}).fit(X, y)
        in_order = BigramClassifier(priors=[0.2, 0.3, 0.5]).fit(X, y)
        assert_array_equal(by_label.class_log_prior_, in_order.class_log_prior_)
        numbers = BigramClassifier(priors={7: 0.1, -1: 0.9}).fit(["a", "b"], [7, -1])
        assert_allclose(np.exp(numbers.class_log_prior_), [0.9, 0.1])

    @pytest.mark.parametrize(
        ("priors", "message"),
        [
            ({"it": 0.5, "cs": 0.5}, "priors has no entry for the class 'en': give each"),
            (
                {"it": 0.5, "cs": 0.5, "en": 0, "de": 0},
                "priors has an entry for 'de', which is not a class: remove it",
            ),
            ({"it": 0.5, "cs": 0.4, "en": 0}, "The sum of priors is 0.9"),
            ({"it": 0.5, "cs": "x", "en": 0}, "could not convert"),
            ("equal", "'priors' parameter of BigramClassifier must be a str among {'uniform'}"),
        ],
    )
    def test_bad_dicts_of_priors_are_refused(self, priors, message):
        model = BigramClassifier(priors=priors)
        with refused(model, ValueError, message):
            model.fit(X, y)

    @pytest.mark.parametrize(
        ("priors", "message"),
        [
            ([0.5, 0.5], r"priors has shape \(2,\), but y has 3 classes: pass one number"),
            ([[0.2, 0.3, 0.5]], r"priors has shape \(1, 3\), but y has 3"),
            ([0.5, 0.8, -0.3], "priors holds -0.3: probabilities must be non-negative"),
            ([0.5, 0.5, 0.5], "The sum of priors is 1.5: it must be 1"),
            ([0.5, 0.5, np.nan], "priors contains NaN"),
            (["a", "b", "c"], "could not convert"),
            (0.5, "The 'priors' parameter of BigramClassifier must be a str among {'uniform'}"),
        ],
    )
    def test_bad_priors_are_refused_as_by_gaussian_nb(self, priors, message):
        with pytest.raises((ValueError, TypeError, IndexError)):
            GaussianNB(priors=priors).fit([[1], [2], [3], [1]], [0, 1, 2, 0])
        with pytest.raises(ValueError, match=message):
            BigramClassifier(priors=priors).fit(X, y)


class TestWeights:
    def test_a_weight_counts_a_name_as_repetition_does(self):
        weights = [1, 2, 3, 1, 2, 3, 1, 2]
        weighted = BigramClassifier().fit(X, y, weights)
        repeated = BigramClassifier().fit(np.repeat(X, weights), np.repeat(y, weights))
        assert_array_equal(
            weighted.predict_joint_log_proba(NEW), repeated.predict_joint_log_proba(NEW)
        )

    def test_symbols_of_weight_zero_are_not_learned(self):
        model = BigramClassifier().fit([*X, "q"], [*y, "it"], [1] * len(X) + [0])
        assert_array_equal(model.symbols_, BigramClassifier().fit(X, y).symbols_)
        ids = BigramClassifier().fit([[1], [2], [9]], [0, 1, 0], [1, 1, 0])
        assert ids.symbols_.tolist() == [0, 1, 2]

    @every_estimator
    def test_a_class_of_weight_zero_is_never_predicted(self, estimator):
        weights = [label != "en" for label in y]
        model = BigramClassifier(estimator).fit(X, y, weights)
        assert model.classes_.tolist() == ["cs", "en", "it"]
        assert_array_equal(model.predict_proba(["rossi", "nov"])[:, 1], 0)
        kept = [i for i, label in enumerate(y) if label != "en"]
        alone = BigramClassifier(estimator).fit([X[i] for i in kept], [y[i] for i in kept])
        assert_allclose(model.predict_proba(["rossi"])[:, [0, 2]], alone.predict_proba(["rossi"]))

    @every_estimator
    def test_a_class_of_weight_zero_is_uniform_under_priors(self, estimator):
        weights = [label != "en" for label in y]
        model = BigramClassifier(estimator, priors=[0.4, 0.2, 0.4]).fit(X, y, weights)
        V = len(model.symbols_)
        assert_allclose(model.predict_joint_log_proba(["nov"])[0, 1], np.log(0.2) - 4 * np.log(V))

    def test_weights_that_are_all_zero_are_refused(self):
        with pytest.raises(ValueError, match="zero"):
            BigramClassifier().fit(X, y, np.zeros(len(X)))


class TestImpossibleNames:
    def test_the_only_class_in_which_a_name_is_possible_is_certain(self):
        model = BigramClassifier(CountBigramLM(alpha=0)).fit(["ab", "ba"], [0, 1])
        assert model.predict_joint_log_proba(["ab"]).tolist() == [[np.log(0.5), -np.inf]]
        assert model.predict_proba(["ab", "ba"]).tolist() == [[1, 0], [0, 1]]
        assert model.predict_log_proba(["ab"]).tolist() == [[0, -np.inf]]

    def test_a_name_impossible_in_every_class_has_the_priors(self):
        model = BigramClassifier(CountBigramLM(alpha=0)).fit(["ab", "ba", "bba"], [0, 1, 1])
        assert_array_equal(model.predict_joint_log_proba(["aa"]), [[-np.inf, -np.inf]])
        assert_allclose(model.predict_proba(["aa", "ab"]), [[1 / 3, 2 / 3], [1, 0]])
        assert_allclose(model.predict_log_proba(["aa"]), model.class_log_prior_[None])
        assert model.predict(["aa", "ab"]).tolist() == [1, 0]

    def test_a_prior_of_zero_stays_zero(self):
        model = BigramClassifier(CountBigramLM(alpha=0), priors=[0, 1]).fit(["ab", "ba"], [0, 1])
        assert model.predict_proba(["ab", "ba"]).tolist() == [[0, 1], [0, 1]]


class TestTools:
    @every_estimator
    def test_the_estimator_is_only_cloned(self, estimator):
        estimator = clone(estimator).set_params(tokenizer=NameTokenizer(lowercase=True)).fit(["ab"])
        content = pickle.dumps(estimator)
        model = BigramClassifier(estimator).fit(X, y)
        assert model.estimator is estimator
        assert pickle.dumps(estimator) == content
        assert not hasattr(estimator.tokenizer, "symbols_")

    @every_estimator
    @pytest.mark.parametrize("backend", ["threading", pytest.param("loky", marks=pytest.mark.slow)])
    def test_jobs_change_nothing(self, estimator, backend):
        for data in (X, NameTokenizer().fit_transform(X)):
            one = BigramClassifier(estimator, n_jobs=1).fit(data, y)
            with joblib.parallel_config(backend=backend):
                two = BigramClassifier(estimator, n_jobs=2).fit(data, y)
            assert_array_equal(one.predict_joint_log_proba(data), two.predict_joint_log_proba(data))

    def test_it_is_tuned(self, halves):
        letters = NameTokenizer(alphabet=string.ascii_lowercase)
        model = BigramClassifier(CountBigramLM(tokenizer=letters))
        search = GridSearchCV(model, {"estimator__alpha": [0.1, 1, 1000]}, cv=3).fit(*halves)
        assert search.best_params_["estimator__alpha"] < 1000
        assert search.best_score_ > 0.7
        models = {
            "estimator": [CountBigramLM(tokenizer=letters), NeuralBigramLM(tokenizer=letters)]
        }
        assert np.isfinite(GridSearchCV(model, models, cv=3).fit(*halves).best_score_)

    def test_it_is_calibrated(self, halves):
        letters = NameTokenizer(alphabet=string.ascii_lowercase)
        ids = letters.fit_transform(halves[0])
        calibrated = CalibratedClassifierCV(BigramClassifier(), cv=3).fit(ids, halves[1])
        assert calibrated.score(ids, halves[1]) > 0.75

    def test_more_names_than_are_handled_at_a_time(self, names):
        many, labels = names[:1000] * 70, np.arange(70_000) % 3
        model = BigramClassifier(CountBigramLM()).fit(many, labels)
        for estimator, label in zip(model.estimators_, model.classes_, strict=True):
            own = CountBigramLM().fit([many[i] for i in np.flatnonzero(labels == label)])
            assert_array_equal(estimator.counts_.toarray(), own.counts_.toarray())
        expected = np.tile(model.predict_proba(names[:1000]), (70, 1))
        assert_array_equal(model.predict_proba(many), expected)
        with refused(model, ValueError, r"^X\[69999\] is 'a\.b'"):
            model.fit([*many[:-1], "a.b"], labels)

    def test_it_is_stored_and_cloned(self):
        model = BigramClassifier(CountBigramLM(alpha=0.5), priors=[0.2, 0.3, 0.5]).fit(X, y)
        loaded = pickle.loads(pickle.dumps(model))
        assert_array_equal(loaded.predict_proba(NEW), model.predict_proba(NEW))
        assert not hasattr(clone(model), "classes_")
        assert repr(clone(model)) == repr(model)

    def test_tags(self):
        tags = BigramClassifier().__sklearn_tags__()
        assert tags.estimator_type == "classifier"
        assert tags.classifier_tags.multi_class
        assert not tags.classifier_tags.poor_score
        inputs = tags.input_tags
        assert inputs.string
        assert inputs.sparse
        assert inputs.categorical
        assert inputs.positive_only


class TestDefault:
    def test_it_is_cross_validated_with_symbols_that_a_fold_has_not_seen(self):
        names = [*X, "muñoz", "joão", "ærø", "mr. o'neil"] * 5
        labels = [*y, "es", "pt", "da", "en"] * 5
        rare = ["ßa", "þo", "łu", "qi", "żx"]
        folds = KFold(5, shuffle=True, random_state=0)
        scores = cross_val_score(BigramClassifier(), names + rare, labels + y[:5], cv=folds)
        assert scores.mean() > 0.8

    def test_it_knows_dots_and_any_new_symbol(self):
        model = BigramClassifier().fit(["st. ives", "looe"], ["a", "b"])
        assert model.predict(["st. ß", "loo1"]).tolist() == ["a", "b"]
        assert model.symbols_[:2].tolist() == ["\n", "\N{REPLACEMENT CHARACTER}"]
        with refused(model, ValueError, "holds the boundary symbol"):
            model.fit(["a\nb"], ["a"])

    def test_it_is_the_model_that_the_documentation_names(self):
        tokenizer = NameTokenizer(boundary="\n", handle_unknown="use_unknown")
        model = CountBigramLM(smoothing="dirichlet", tokenizer=tokenizer)
        expected = BigramClassifier(model).fit(X, y)
        found = BigramClassifier().fit(X, y)
        assert_array_equal(found.predict_proba(NEW), expected.predict_proba(NEW))
        assert found.estimator is None


def test_pieces_of_any_size_give_the_same(monkeypatch, names):
    model = BigramClassifier().fit(names[:300], np.arange(300) % 7)
    tables = NameTokenizer().fit(names[:300])
    of_ids = BigramClassifier().fit(tables.transform(names[:300]), np.arange(300) % 7)
    new = names[300:600]
    for fitted, data in ((model, new), (of_ids, tables.transform(new))):
        expected = [getattr(fitted, read)(data) for read in READS]
        for size in (1, 7, 100):
            monkeypatch.setattr("sklearn_bigram.models._classifier._CELLS_PER_PIECE", size)
            for read, values in zip(READS, expected, strict=True):
                assert_array_equal(getattr(fitted, read)(data), values)
        monkeypatch.undo()


@pytest.mark.slow
def test_prediction_needs_little_memory_beside_its_result(names):
    many = names[:1000] * 50
    model = BigramClassifier().fit(names[:1000], np.arange(1000) % 200)
    whole = 8 * len(many) * 200
    for read in READS:
        tracemalloc.start()
        result = getattr(model, read)(many)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak - result.nbytes < 0.5 * whole, read
        assert peak < 1.5 * whole


def test_memory_is_that_of_the_counts_however_many_classes_there_are():
    rng = np.random.default_rng(0)
    letters = [chr(0x4E00 + i) for i in range(1000)]
    names = ["".join(rng.choice(letters, 6)) for _ in range(2000)]
    labels = np.arange(2000) % 100
    tracemalloc.start()
    model = BigramClassifier().fit(names, labels)
    model.predict(names[:100])
    assert tracemalloc.get_traced_memory()[1] < 2e7  # one dense log P takes 8e6 bytes
    tracemalloc.stop()
    assert len(pickle.dumps(model)) < 1e7
