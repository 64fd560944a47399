"""BigramClassifier: Bayes' rule over the models of the classes."""

import math
import pickle
import string
from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from sklearn_bigram import (
    BigramClassifier,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
    count_bigrams,
)
from sklearn_bigram.models import _encoding
from sklearn_bigram.tokenization import _containers

ESTIMATORS = [
    CountBigramLM(alpha=0.3),
    NeuralBigramLM(reg=0.1),
    NeuralBigramLM(solver="gd", learning_rate=5.0, tol=1e-3, random_state=0),
]
X = ["rossi", "novák", "ricci", "dvořák", "bianchi", "smith", "černý", "wright"]
y = ["it", "cs", "it", "cs", "it", "en", "cs", "en"]
NEW = ["rocci", "horák", "", "whisk", "r"]
READS = ["predict", "predict_proba", "predict_log_proba", "predict_joint_log_proba"]

every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=str)


@pytest.fixture
def small_pieces(monkeypatch):
    for module in (_containers, _encoding):
        monkeypatch.setattr(module, "NAMES_PER_PIECE", 3)


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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_containers, "NAMES_PER_PIECE", 5)
        model = BigramClassifier().fit(names, labels, weights if weighted else None)
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


class TestInput:
    @pytest.mark.parametrize(
        "make",
        [tuple, np.array, pd.Series, pl.Series, pa.array, lambda X: np.array(X, dtype=object)],
    )
    def test_names_of_every_kind(self, make, small_pieces):
        expected = BigramClassifier().fit(X, y).predict_joint_log_proba(NEW)
        model = BigramClassifier().fit(make(X), y)
        assert_array_equal(model.predict_joint_log_proba(make(NEW)), expected)

    @pytest.mark.parametrize("sparse_output", [True, False])
    @pytest.mark.parametrize("sample_weight", [None, np.arange(8.0)], ids=["", "weighted"])
    def test_token_ids_say_what_their_names_say(self, sparse_output, sample_weight):
        tokenizer = NameTokenizer(sparse_output=sparse_output).fit(X)
        ids = BigramClassifier().fit(tokenizer.transform(X), y, sample_weight)
        names = BigramClassifier().fit(X, y, sample_weight)
        new = ["", "cici", "ka"]
        found = ids.predict_joint_log_proba(tokenizer.transform(new))
        if sample_weight is None:
            assert_array_equal(found, names.predict_joint_log_proba(new))
            assert ids.symbols_.tolist() == list(range(len(names.symbols_)))
        for estimator in ids.estimators_:
            sample = estimator.sample(2, random_state=0)
            assert sparse.issparse(sample) == sparse_output
            assert sample.shape[0] == 2

    def test_a_pipeline_says_the_same(self):
        pipeline = make_pipeline(NameTokenizer(), BigramClassifier()).fit(X, y)
        expected = BigramClassifier().fit(X, y)
        assert_array_equal(pipeline.predict_proba(["cici"]), expected.predict_proba(["cici"]))
        assert pipeline.score(X, y) == expected.score(X, y)

    def test_ids_of_all_classes_go_up_to_the_largest_of_any(self):
        model = BigramClassifier().fit([[1, 2], [7, 0], [3, 1]], [0, 1, 0])
        assert model.symbols_.tolist() == list(range(8))
        assert [estimator.counts_.shape for estimator in model.estimators_] == [(8, 8)] * 2
        same = CountBigramLM().fit([[1, 2], [3, 1], [7, 0]], sample_weight=[1, 1, 1e-300])
        assert_allclose(
            model.estimators_[0].score_samples([[1, 5]]), same.score_samples([[1, 5]]), rtol=1e-12
        )

    def test_names_of_columns_are_learned_and_checked(self):
        frame = pd.DataFrame({"first": [1, 2], "second": [2, 0]})
        model = BigramClassifier().fit(frame, [0, 1])
        assert model.feature_names_in_.tolist() == ["first", "second"]
        with pytest.raises(ValueError, match="feature names should match"):
            model.predict(frame.rename(columns={"first": "other"}))

    def test_a_refit_forgets_the_kind_of_what_was_fitted_before(self):
        model = BigramClassifier().fit([[1, 2], [2, 0]], [0, 1]).fit(X, y)
        assert not hasattr(model, "n_features_in_")
        assert model.predict(["rossi"]) == ["it"]
        model.fit(sparse.csr_array([[1, 2], [2, 0]]), [0, 1])
        assert not hasattr(model, "tokenizer_")
        assert model.predict([[1, 2]]) == [0]

    @pytest.mark.parametrize("analyzer", [str.split, "grapheme"])
    def test_symbols_of_other_analyzers(self, analyzer, small_pieces):
        names = ["ab cd", "cd", "x ab", "e\u0301 ab", "zz zz"]
        labels = [0, 1, 1, 0, 1]
        estimator = CountBigramLM(tokenizer=NameTokenizer(analyzer=analyzer))
        model = BigramClassifier(estimator).fit(names, labels)
        everything = count_bigrams(names, tokenizer=estimator.tokenizer)
        assert model.symbols_.tolist() == list(everything.symbols)
        total = sum(estimator.counts_.toarray() for estimator in model.estimators_)
        assert_array_equal(total, everything.matrix.toarray())

    def test_a_large_alphabet(self):
        letters = [chr(0x4E00 + i) for i in range(1200)]
        names = [a + b for a, b in pairwise(letters)]
        labels = np.arange(len(names)) % 2
        model = BigramClassifier().fit(names, labels)
        assert model.score(names, labels) == 1
        assert len(model.symbols_) == 1201


class TestLabels:
    @pytest.mark.parametrize(
        "labels",
        [
            [0, 1, 0, 1, 0, 2, 1, 2],
            [True, False, True, False, True, True, False, True],
            [-1.0, 2.0, -1.0, 2.0, -1.0, 2.0, 2.0, 2.0],
            np.array(y, dtype=object),
            pd.Series(y, index=range(8, 0, -1)),
            pd.Series(y, dtype="category"),
            pl.Series(y),
        ],
        ids=["int", "bool", "float", "object", "Series", "category", "polars"],
    )
    def test_labels_of_every_kind(self, labels):
        model = BigramClassifier(CountBigramLM(alpha=0.01)).fit(X, labels)
        assert_array_equal(model.classes_, np.unique(np.asarray(labels)))
        assert_array_equal(model.predict(X), np.asarray(labels))

    def test_one_class_is_certain(self):
        model = BigramClassifier().fit(X, ["name"] * len(X))
        assert model.predict(NEW).tolist() == ["name"] * len(NEW)
        assert_array_equal(model.predict_proba(NEW), 1)

    def test_many_classes(self, names):
        names, labels = names[:300] * 2, np.tile(np.arange(300), 2)
        model = BigramClassifier(CountBigramLM(alpha=1e-3)).fit(names, labels)
        assert model.predict_proba(names[:5]).shape == (5, 300)
        assert model.score(names, labels) > 0.99


class TestPriors:
    def test_they_replace_the_frequencies(self):
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

    @pytest.mark.parametrize(
        ("priors", "message"),
        [
            ([0.5, 0.5], r"priors has shape \(2,\), but y has 3 classes: pass one number"),
            ([[0.2, 0.3, 0.5]], r"priors has shape \(1, 3\), but y has 3"),
            ([0.5, 0.8, -0.3], "priors holds -0.3: probabilities must be non-negative"),
            ([0.5, 0.5, 0.5], "The sum of priors is 1.5: it must be 1"),
            ([0.5, 0.5, np.nan], "priors contains NaN"),
            (["a", "b", "c"], "could not convert"),
            (0.5, "The 'priors' parameter of BigramClassifier must be an array-like or None"),
        ],
    )
    def test_bad_ones_are_refused_as_by_gaussian_nb(self, priors, message):
        with pytest.raises((ValueError, TypeError, IndexError)):
            GaussianNB(priors=priors).fit([[1], [2], [3], [1]], [0, 1, 2, 0])
        with pytest.raises(ValueError, match=message):
            BigramClassifier(priors=priors).fit(X, y)


class TestWeights:
    def test_they_count_names_as_repetition_does(self):
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

    def test_all_zero_is_refused(self):
        with pytest.raises(ValueError, match="zero"):
            BigramClassifier().fit(X, y, np.zeros(len(X)))


class TestImpossibleNames:
    def test_one_class_that_can_is_certain(self):
        model = BigramClassifier(CountBigramLM(alpha=0)).fit(["ab", "ba"], [0, 1])
        assert model.predict_joint_log_proba(["ab"]).tolist() == [[np.log(0.5), -np.inf]]
        assert model.predict_proba(["ab", "ba"]).tolist() == [[1, 0], [0, 1]]
        assert model.predict_log_proba(["ab"]).tolist() == [[0, -np.inf]]

    def test_no_class_that_can_leaves_the_priors(self):
        model = BigramClassifier(CountBigramLM(alpha=0)).fit(["ab", "ba", "bba"], [0, 1, 1])
        assert_array_equal(model.predict_joint_log_proba(["aa"]), [[-np.inf, -np.inf]])
        assert_allclose(model.predict_proba(["aa", "ab"]), [[1 / 3, 2 / 3], [1, 0]])
        assert_allclose(model.predict_log_proba(["aa"]), model.class_log_prior_[None])
        assert model.predict(["aa", "ab"]).tolist() == [1, 0]

    def test_a_prior_of_zero_stays_zero(self):
        model = BigramClassifier(CountBigramLM(alpha=0), priors=[0, 1]).fit(["ab", "ba"], [0, 1])
        assert model.predict_proba(["ab", "ba"]).tolist() == [[0, 1], [0, 1]]


class TestUnknownSymbols:
    def test_they_are_an_error_that_says_what_to_do(self):
        model = BigramClassifier().fit(X, y)
        for read in READS:
            with pytest.raises(ValueError, match=r"unknown symbols: 'ß'.*handle_unknown="):
                getattr(model, read)(["roßi"])

    def test_ids_as_well(self):
        model = BigramClassifier().fit([[1, 2], [2, 0]], [0, 1])
        with pytest.raises(ValueError, match=r"X\[1\] holds an unknown token id"):
            model.predict([[1, 1], [3, 0]])

    def test_they_may_be_one_reserved_symbol(self):
        tokenizer = NameTokenizer(handle_unknown="use_unknown")
        model = BigramClassifier(CountBigramLM(tokenizer=tokenizer)).fit(X, y)
        assert model.symbols_[1] == "\N{REPLACEMENT CHARACTER}"
        assert_array_equal(model.predict_proba(["roßi"]), model.predict_proba(["roþi"]))
        assert model.predict(["roßsi"]) == ["it"]

    def test_an_alphabet_may_leave_some_out_in_training(self):
        tokenizer = NameTokenizer(alphabet="aeiors", handle_unknown="use_unknown")
        model = BigramClassifier(CountBigramLM(tokenizer=tokenizer)).fit(X, y)
        assert model.symbols_.tolist() == [".", "\N{REPLACEMENT CHARACTER}", *"aeiors"]
        total = sum(estimator.counts_.sum() for estimator in model.estimators_)
        assert total == sum(len(name) + 1 for name in X)

    def test_an_alphabet_without_them_is_an_error_in_training(self):
        estimator = CountBigramLM(tokenizer=NameTokenizer(alphabet="aeiors"))
        with pytest.raises(ValueError, match="unknown symbols"):
            BigramClassifier(estimator).fit(X, y)


BAD_FITS = {
    "no labels": ((X, None), ValueError, "requires y to be passed, but the target y is None"),
    "too few labels": ((X, y[:-1]), ValueError, r"inconsistent numbers of samples: \[8, 7\]"),
    "a table of labels": ((X, [[0, 1]] * 8), ValueError, "y should be a 1d array"),
    "numbers for labels": ((X, np.arange(8) / 3), ValueError, "Unknown label type: continuous"),
    "a missing label": ((X, [np.nan, *range(7)]), ValueError, "NaN"),
    "labels of many kinds": ((X, [None, *y[1:]]), ValueError, "Unknown label type"),
    "not a name": ((["a", None], [0, 1]), TypeError, r"X\[1\] is None: names must be strings"),
    "a boundary": (
        (["a", "b", "c", "d.e"], [0, 1, 0, 1]),
        ValueError,
        r"X\[3\] is 'd.e' and holds",
    ),
    "no names": (([], []), ValueError, "X is empty"),
    "one name": (("emma", [0]), ValueError, "single str"),
    "counts": ((count_bigrams(X), [0]), ValueError, "X is a BigramCounts: pass a list"),
    "negative ids": (([[1], [-1]], [0, 1]), ValueError, "Negative values"),
    "too few weights": ((X, y, [1]), ValueError, r"sample_weight.shape == \(1,\)"),
    "negative weights": ((X, y, [-1] * 8), ValueError, "Negative values in data passed to `sample"),
}


class TestErrors:
    @pytest.mark.parametrize("before", ["unfitted", "names", "ids"])
    @pytest.mark.parametrize("case", BAD_FITS)
    def test_a_fit_that_raises_changes_nothing(self, case, before, small_pieces):
        model = BigramClassifier(CountBigramLM())
        if before != "unfitted":
            model.fit(X if before == "names" else np.eye(8, dtype=int), y)
        attributes, content = dict(vars(model)), pickle.dumps(model)
        arguments, error, message = BAD_FITS[case]
        with pytest.raises(error, match=message):
            model.fit(*arguments)
        assert all(vars(model)[name] is value for name, value in attributes.items())
        assert pickle.dumps(model) == content

    @pytest.mark.parametrize(
        ("params", "message"),
        [
            ({"estimator": GaussianNB()}, "'estimator' parameter of BigramClassifier must be"),
            ({"estimator": CountBigramLM}, "'estimator' parameter of BigramClassifier must be"),
            ({"estimator": CountBigramLM(alpha=-1)}, "'alpha' parameter of CountBigramLM must be"),
            ({"n_jobs": 1.5}, "'n_jobs' parameter of BigramClassifier must be"),
            (
                {"estimator": CountBigramLM(tokenizer=NameTokenizer(boundary=""))},
                "boundary is '': it must be one symbol",
            ),
        ],
    )
    def test_bad_parameters(self, params, message):
        with pytest.raises(ValueError, match=message):
            BigramClassifier(**params).fit(X, y)

    @pytest.mark.parametrize("read", READS)
    def test_unfitted(self, read):
        with pytest.raises(NotFittedError):
            getattr(BigramClassifier(), read)(X)

    @pytest.mark.parametrize("read", READS)
    def test_names_and_ids_do_not_mix(self, read):
        with pytest.raises(ValueError, match="this BigramClassifier was fitted on names"):
            getattr(BigramClassifier().fit(X, y), read)([[1, 2]])
        with pytest.raises(ValueError, match="this BigramClassifier was fitted on token ids"):
            getattr(BigramClassifier().fit([[1, 2], [2, 0]], [0, 1]), read)(X)


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
    @pytest.mark.parametrize("kind", ["names", "ids"])
    def test_jobs_change_nothing(self, estimator, kind):
        data = X if kind == "names" else NameTokenizer().fit_transform(X)
        one, two = (BigramClassifier(estimator, n_jobs=n).fit(data, y) for n in (1, 2))
        assert_array_equal(one.predict_joint_log_proba(data), two.predict_joint_log_proba(data))

    def test_pieces_change_nothing(self, halves, monkeypatch):
        whole = BigramClassifier().fit(*halves)
        for module in (_containers, _encoding):
            monkeypatch.setattr(module, "NAMES_PER_PIECE", 101)
        pieces = BigramClassifier().fit(*halves)
        assert_array_equal(pieces.predict_proba(halves[0]), whole.predict_proba(halves[0]))

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
