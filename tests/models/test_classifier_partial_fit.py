"""BigramClassifier: more names after the first, and counts in place of names."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.naive_bayes import GaussianNB

from sklearn_bigram import (
    BigramClassifier,
    BigramCounts,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
    count_bigrams,
)
from tests.helpers import for_each, refused

X = ["rossi", "novák", "ricci", "dvořák", "bianchi", "smith", "černý", "wright"]
y = ["it", "cs", "it", "cs", "it", "en", "cs", "en"]
WEIGHTS = [1, 2, 0.5, 1, 3, 0, 1, 2]
CLASSES = ["it", "cs", "en"]
NEW = ["rocci", "horák", "", "whisk", "r"]
MODELS = {
    "default": None,
    "additive": CountBigramLM(alpha=0.3),
    "kneser-ney": CountBigramLM(smoothing="kneser-ney"),
    "neural": NeuralBigramLM(reg=0.1),
    "grapheme": CountBigramLM(tokenizer=NameTokenizer(analyzer="grapheme")),
    "dense": CountBigramLM(tokenizer=NameTokenizer(sparse_output=False)),
    "some unknown": CountBigramLM(
        tokenizer=NameTokenizer(alphabet="aeiourcsi", handle_unknown="use_unknown")
    ),
}

every_model = for_each("model", MODELS)


def counts_by_label(names, labels, **options):
    """Return the counts of the names of each label."""
    return {
        label: count_bigrams(
            [name for name, own in zip(names, labels, strict=True) if own == label], **options
        )
        for label in dict.fromkeys(labels)
    }


def assert_same(found, expected):
    """Check that two classifiers have the same fitted attributes, to the last bit."""
    assert_array_equal(found.classes_, expected.classes_)
    assert_array_equal(found.symbols_, expected.symbols_)
    assert_array_equal(found.class_count_, expected.class_count_)
    assert_array_equal(found.class_log_prior_, expected.class_log_prior_)
    for own, other in zip(found.estimators_, expected.estimators_, strict=True):
        for part in ("data", "indices", "indptr"):
            assert_array_equal(getattr(own.counts_, part), getattr(other.counts_, part))
    assert_array_equal(found.predict_joint_log_proba(NEW), expected.predict_joint_log_proba(NEW))


# partial_fit


@every_model
@pytest.mark.parametrize("sample_weight", [None, WEIGHTS], ids=["", "weighted"])
@pytest.mark.parametrize("step", [1, 3, 8])
def test_parts_give_the_same_as_all_names_at_once(model, sample_weight, step):
    found = BigramClassifier(model)
    for start in range(0, len(X), step):
        part = slice(start, start + step)
        weights = None if sample_weight is None else sample_weight[part]
        if weights == [0]:
            continue
        assert found.partial_fit(X[part], y[part], CLASSES, weights) is found
    assert_same(found, BigramClassifier(model).fit(X, y, sample_weight))
    assert found.tokenizer_.max_length_ == BigramClassifier(model).fit(X, y).tokenizer_.max_length_


@pytest.mark.parametrize("make", [np.array, sparse.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("sample_weight", [None, WEIGHTS], ids=["", "weighted"])
def test_tables_of_token_ids_may_come_in_parts(make, sample_weight):
    ids = make(NameTokenizer(max_length=7, sparse_output=False).fit_transform(X))
    found = BigramClassifier()
    for part in (slice(3), slice(3, 8)):
        weights = None if sample_weight is None else sample_weight[part]
        found.partial_fit(ids[part], y[part], CLASSES, weights)
    expected = BigramClassifier().fit(ids, y, sample_weight)
    assert_array_equal(found.symbols_, expected.symbols_)
    assert_array_equal(found.class_log_prior_, expected.class_log_prior_)
    assert_array_equal(found.predict_proba(ids), expected.predict_proba(ids))


def test_it_continues_a_fit_and_the_labels_of_y_are_the_classes_without_others():
    expected = BigramClassifier().fit(X, y)
    assert_same(BigramClassifier().fit(X[:6], y[:6]).partial_fit(X[6:], y[6:]), expected)
    assert_same(BigramClassifier().partial_fit(X[:6], y[:6]).partial_fit(X[6:], y[6:]), expected)


def test_a_class_without_names_yet_is_never_predicted():
    model = BigramClassifier().partial_fit(X[:5], y[:5], classes=CLASSES)
    assert model.classes_.tolist() == ["cs", "en", "it"]
    assert model.class_count_.tolist() == [2, 0, 3]
    assert_array_equal(model.predict_proba(NEW)[:, 1], 0)
    model.partial_fit(["wright"], ["en"])
    assert (model.predict_proba(NEW)[:, 1] > 0).all()


def test_given_priors_stay_as_names_come():
    model = BigramClassifier(priors="uniform").fit(X[:6], y[:6])
    log_prior = model.partial_fit(X[6:], y[6:]).class_log_prior_
    assert_array_equal(log_prior, np.log(np.full(3, 1 / 3)))


def test_parameters_may_change_between_calls():
    model = BigramClassifier(CountBigramLM(alpha=1)).fit(X[:6], y[:6])
    model.set_params(estimator__alpha=0.1, priors="uniform").partial_fit(X[6:], y[6:])
    assert_same(model, BigramClassifier(CountBigramLM(alpha=0.1), priors="uniform").fit(X, y))


def test_a_new_label_is_refused_as_by_gaussian_nb_but_by_name():
    model = BigramClassifier().fit(X, y)
    peer = GaussianNB().fit(np.eye(3), CLASSES)
    with pytest.raises(ValueError, match="de"):
        peer.partial_fit(np.eye(3)[:1], ["de"])
    message = (
        r"^y holds the label 'de', which is not among the 3 classes \('cs', 'en', 'it'\): name all"
        r" labels in the first call of partial_fit, with classes=\[...\], or call fit\.$"
    )
    with refused(model, ValueError, message):
        model.partial_fit(["rossi", "weiß"], ["it", "de"])
    with refused(BigramClassifier(), ValueError, "y holds the label 'en'"):
        BigramClassifier().partial_fit(X, y, classes=["it", "cs"])


def test_the_first_ten_of_many_classes_are_named():
    model = BigramClassifier().fit(["a"] * 11, np.arange(11))
    with refused(model, ValueError, r"label 11, .* 11 classes \(0, 1, .* 8, 9, \.\.\.\)"):
        model.partial_fit(["b"], [11])
    with refused(model, ValueError, "y holds the label '1'"):
        model.partial_fit(["b"], ["1"])


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["it", "cs"], r"classes is \['cs', 'it'\], but this classifier was fitted with \['cs', "),
        ([0, 1, 2], r"classes is \[0, 1, 2\], but"),
        ([], r"classes has shape \(0,\): pass a list of all labels"),
        ("it", r"classes has shape \(\)"),
        ([[0, 1]], r"classes has shape \(1, 2\)"),
        ([0.5, 1.5, 2.5], "Unknown label type"),
    ],
)
def test_other_classes_are_refused(classes, message):
    model = BigramClassifier().fit(X, y)
    peer = GaussianNB().partial_fit(np.eye(3), CLASSES, classes=CLASSES)
    with pytest.raises((ValueError, TypeError)):
        peer.partial_fit(np.eye(3), CLASSES, classes=classes)
    with refused(model, ValueError, message):
        model.partial_fit(X, y, classes=classes)


def test_bad_names_labels_weights_or_parameters_change_nothing():
    for model in (BigramClassifier(), BigramClassifier().fit(X, y)):
        with refused(model, TypeError, r"X\[1\] is None"):
            model.partial_fit(["ava", None], ["it", "cs"], CLASSES)
        with refused(model, ValueError, "requires y to be passed"):
            model.partial_fit(X)
        with refused(model, ValueError, "inconsistent numbers of samples"):
            model.partial_fit(X, y[:3], CLASSES)
        with refused(model, ValueError, "only zeros"):
            model.partial_fit(X, y, CLASSES, [0] * 8)
        for params, message in (
            ({"priors": [0.5, 0.5]}, "priors has shape"),
            ({"n_jobs": 1.5}, "'n_jobs' parameter"),
            ({"estimator": CountBigramLM(alpha=-1)}, "'alpha' parameter"),
        ):
            model.set_params(**params)
            with refused(model, ValueError, message):
                model.partial_fit(X, y, CLASSES)
            model.set_params(priors=None, n_jobs=None, estimator=None)
    model = BigramClassifier().fit(X, y)
    with refused(model, ValueError, "this BigramClassifier was fitted on names"):
        model.partial_fit([[1, 2]], ["it"])
    of_ids = BigramClassifier().fit([[1, 2], [2, 0]], [0, 1])
    for more, label in ((["ab"], [0]), ({0: count_bigrams(["ab"])}, None)):
        with refused(of_ids, ValueError, "this BigramClassifier was fitted on token ids"):
            of_ids.partial_fit(more, label)
    with refused(of_ids, ValueError, "3 features, but BigramClassifier is expecting 2"):
        of_ids.partial_fit([[1, 2, 0]], [0])


# Counts


@every_model
def test_counts_by_label_give_the_same_as_names(model):
    tokenizer = None if model is None else model.tokenizer
    expected = BigramClassifier(model).fit(X, y)
    counts = counts_by_label(X, y, tokenizer=tokenizer)
    found = BigramClassifier(model).fit(counts)
    assert_array_equal(found.class_count_, [3, 2, 3])
    assert_array_equal(found.class_log_prior_, expected.class_log_prior_)
    assert_array_equal(found.symbols_[1:], expected.symbols_[1:])
    joint = expected.predict_joint_log_proba(NEW)
    assert_array_equal(found.predict_joint_log_proba(NEW), joint)
    first = counts_by_label(X[:5], y[:5], tokenizer=tokenizer)
    rest = counts_by_label(X[5:], y[5:], tokenizer=tokenizer)
    found = BigramClassifier(model).partial_fit(first, classes=CLASSES).partial_fit(rest)
    assert_array_equal(found.predict_joint_log_proba(NEW), joint)


def test_names_and_counts_may_follow_each_other():
    model = CountBigramLM()
    found = BigramClassifier(model).partial_fit(X[:6], y[:6])
    found.partial_fit(counts_by_label(X[6:], y[6:]))
    assert_same(found, BigramClassifier(model).fit(X, y))


def test_the_default_model_takes_the_boundary_of_the_counts():
    counts = {label: part.with_boundary("#") for label, part in counts_by_label(X, y).items()}
    found = BigramClassifier().fit(counts)
    assert found.symbols_[0] == found.tokenizer_.boundary == "#"
    assert_array_equal(found.predict_proba(NEW), BigramClassifier().fit(X, y).predict_proba(NEW))
    with refused(found, ValueError, "The boundary symbol of the counts is '.', but"):
        found.partial_fit(counts_by_label(X, y))


def test_labels_of_counts_may_be_numbers():
    counts = {3: count_bigrams(["ab"]), -1: count_bigrams(["ba", "bb"])}
    model = BigramClassifier().fit(counts)
    assert model.classes_.tolist() == [-1, 3]
    assert model.class_count_.tolist() == [2, 1]


def test_a_class_of_no_counts_is_like_one_of_weight_zero():
    nothing = BigramCounts(["."], [[0]])
    model = BigramClassifier().fit({"a": count_bigrams(["ab"]), "b": nothing})
    assert model.predict_proba(["ab"]).tolist() == [[1, 0]]


COUNTS = counts_by_label(X, y)
BAD_COUNTS = {
    "labels": ((COUNTS, y), ValueError, "X is a dict of counts by label, which holds the classes"),
    "weights": (
        (COUNTS, None, [1] * 3),
        ValueError,
        "sample_weight does not apply to BigramCounts",
    ),
    "nothing": (({},), ValueError, "X is an empty dict"),
    "names": (({"it": X},), TypeError, r"X\['it'\] is of type list: a dict holds the BigramCounts"),
    "no bigrams": (({"a": BigramCounts(["."], [[0]])},), ValueError, "without any bigram"),
    "two boundaries": (
        ({"a": COUNTS["it"], "b": COUNTS["cs"].with_boundary("#")},),
        ValueError,
        r"The boundary symbol of X\['b'\] is '#', but that of X\['a'\] is '\.'",
    ),
    "words": (
        ({"a": count_bigrams(["a bc"], tokenizer=NameTokenizer(analyzer=str.split))},),
        ValueError,
        "The counts hold the symbol 'bc', which is not a single character",
    ),
    "labels of two types": (
        ({"a": COUNTS["it"], 1: COUNTS["cs"]},),
        ValueError,
        "The labels of X are of different types, such as 'a' and 1",
    ),
    "a missing label": (({None: COUNTS["it"]},), ValueError, "Unknown label type"),
}


@pytest.mark.parametrize(("arguments", "error", "message"), BAD_COUNTS.values(), ids=BAD_COUNTS)
def test_bad_counts_are_refused(arguments, error, message):
    for model in (BigramClassifier(), BigramClassifier().fit(COUNTS)):
        with refused(model, error, message):
            model.fit(*arguments)


def test_bad_counts_are_refused_by_a_given_model():
    model = BigramClassifier(CountBigramLM(tokenizer=NameTokenizer(boundary="#")))
    with refused(model, ValueError, "The boundary symbol of the counts is '.', but that of the"):
        model.fit(COUNTS)
    model = BigramClassifier(CountBigramLM(tokenizer=NameTokenizer(alphabet="rosi")))
    with refused(model, ValueError, r"The counts hold unknown symbols: 'a', .*counts\.relabel"):
        model.fit(COUNTS)
    model = BigramClassifier().fit(COUNTS)
    with refused(model, ValueError, "X holds the label 'de', which is not among"):
        model.partial_fit({"de": COUNTS["it"]})
