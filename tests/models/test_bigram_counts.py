"""Models fitted from and scored on BigramCounts, and names that are handled piece by piece."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone

from sklearn_bigram import (
    BigramCounts,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
    count_bigrams,
)
from tests.helpers import as_counter, count_by_hand, refused, set_sizes

LATIN, CYRILLIC = ["emma", "ava", "ann"], ["анна", "ева"]
every_model = pytest.mark.parametrize(
    "model", [CountBigramLM(), NeuralBigramLM()], ids=["count", "neural"]
)


def assert_same_model(model, other):
    """Assert that two models learned the same, to the last bit."""
    assert model.symbols_.tolist() == other.symbols_.tolist()
    assert (model.counts_ != other.counts_).nnz == 0
    prefixes = ["", *other.symbols_[1:]]
    assert_array_equal(model.predict_log_proba(prefixes), other.predict_log_proba(prefixes))
    if isinstance(model, NeuralBigramLM):
        assert_array_equal(model.coef_, other.coef_)
        assert (model.loss_, model.n_iter_) == (other.loss_, other.n_iter_)


# Fitted from counts

TOKENIZERS = {
    "default": {},
    "lowercase": {"lowercase": True},
    "grapheme": {"analyzer": "grapheme"},
    "words": {"analyzer": str.split, "boundary": "<s>"},
    "dollar": {"boundary": "$"},
    "accents": {"strip_accents": "unicode"},
    "alphabet": {"alphabet": "abcdefghijklmnopqrstuvwxyzEéева李明 \u0301"},
    "unknown": {"alphabet": "abc", "handle_unknown": "use_unknown"},
}
TRAINING = ["Emma", "ava", "mary ann", "e\u0301va", "", "ева", "李明"]


@every_model
@pytest.mark.parametrize("params", TOKENIZERS.values(), ids=TOKENIZERS)
def test_a_model_of_counts_is_that_of_the_names(model, params):
    tokenizer = NameTokenizer(**params)
    of_names = clone(model).set_params(tokenizer=tokenizer).fit(TRAINING)
    of_counts = clone(of_names).fit(count_bigrams(TRAINING, tokenizer=tokenizer))
    assert_same_model(of_counts, of_names)
    assert_array_equal(of_counts.score_samples(TRAINING), of_names.score_samples(TRAINING))
    drawn = (m.sample(20, random_state=0) for m in (of_counts, of_names))
    assert_array_equal(*drawn)


@pytest.mark.torch
def test_gradient_descent_takes_counts_too():
    model = NeuralBigramLM(solver="gd", random_state=0, max_iter=2, tol=100.0)
    assert_same_model(clone(model).fit(count_bigrams(TRAINING)), clone(model).fit(TRAINING))


@every_model
@pytest.mark.parametrize("first", ["names", "counts", "nothing"])
@pytest.mark.parametrize("second", ["names", "counts"])
def test_partial_fit_takes_counts_and_names_alike(model, first, second):
    partial = clone(model)
    if first != "nothing":
        partial.fit(LATIN if first == "names" else count_bigrams(LATIN))
    partial.partial_fit(CYRILLIC if second == "names" else count_bigrams(CYRILLIC))
    everything = LATIN * (first != "nothing") + CYRILLIC
    assert_same_model(partial, clone(model).fit(everything))


@every_model
def test_a_model_can_be_fitted_from_its_own_weighted_counts(model):
    weighted = clone(model).fit(LATIN, sample_weight=[1.5, 0.0, 0.25])
    counts = BigramCounts(weighted.symbols_, weighted.counts_)
    assert_same_model(clone(model).fit(counts), weighted)


def test_counts_may_come_from_a_file_and_from_any_matrix(tmp_path):
    count_bigrams(LATIN).save(tmp_path / "counts.npz")
    total = BigramCounts.load(tmp_path / "counts.npz") + count_bigrams(CYRILLIC)
    assert_same_model(CountBigramLM().fit(total), CountBigramLM().fit(LATIN + CYRILLIC))
    counts = BigramCounts([".", "a"], [[0, 2], [2, 0]])
    assert_same_model(CountBigramLM().fit(counts), CountBigramLM().fit(["a", "a"]))


@every_model
def test_fitting_leaves_the_counts_as_they_were(model):
    counts = count_bigrams(LATIN)
    clone(model).fit(counts).partial_fit(counts).partial_fit(CYRILLIC)
    assert as_counter(counts) == count_by_hand(LATIN)


# Scored on counts


@every_model
def test_the_score_of_counts_is_that_of_the_names(model):
    fitted = clone(model).fit(LATIN)
    for names in (LATIN, ["emma"], ["", "nnn"], ["vae"] * 100):
        counts = count_bigrams(names)
        assert fitted.score(counts) == pytest.approx(fitted.score(names), rel=1e-13)
        assert fitted.perplexity(counts) == pytest.approx(fitted.perplexity(names), rel=1e-13)
        assert type(fitted.score(counts)) is float


def test_no_counts_have_no_score():
    model = CountBigramLM().fit(TRAINING)
    with refused(model, ValueError, "^X holds no bigrams"):
        model.score(BigramCounts([".", "a"], np.zeros((2, 2))))


def test_counts_of_impossible_names_score_minus_infinity():
    model = CountBigramLM(alpha=0).fit(["ab"])
    assert model.score(count_bigrams(["ab", "ba"])) == -np.inf
    assert model.score(count_bigrams(["ab"])) == 0


# Refused


@every_model
@pytest.mark.parametrize("method", ["fit", "partial_fit", "score"])
@pytest.mark.parametrize(
    ("params", "weight", "message"),
    [
        ({}, [1.0, 2.0], "^sample_weight does not "),
        ({"boundary": "$"}, None, r"boundary symbol of the counts is '\$', .*that of .* '\.'"),
        ({"analyzer": str.split}, None, r"symbol 'ava', which is no.* character: .*tokenizer"),
    ],
)
def test_counts_that_do_not_fit_the_model_are_refused(model, method, params, weight, message):
    fitted = clone(model).fit(LATIN)
    counts = count_bigrams(["emma", "ava"], tokenizer=NameTokenizer(**params))
    with refused(fitted, ValueError, message):
        getattr(fitted, method)(counts, sample_weight=weight)


@every_model
@pytest.mark.parametrize("method", ["partial_fit", "score"])
def test_a_model_of_token_ids_refuses_counts(model, method):
    fitted = clone(model).fit([[1, 2], [2, 0]])
    with refused(fitted, ValueError, r"holds names, but this .* was fitted on token ids"):
        getattr(fitted, method)(count_bigrams(["ab"]))


@every_model
def test_unknown_symbols_of_counts_are_named(model):
    fitted = clone(model).fit(LATIN)
    with refused(fitted, ValueError, r"^The counts hold unknown symbols: 'x', 'é'\. List all"):
        fitted.score(count_bigrams(["exé"]))
    fitted.set_params(tokenizer=NameTokenizer(alphabet="abc"))
    with refused(fitted, ValueError, r"^The counts hold unknown symbols: 'é'\. List all"):
        fitted.fit(count_bigrams(["aé"]))


@every_model
def test_unknown_symbols_of_counts_can_be_one(model):
    tokenizer = NameTokenizer(handle_unknown="use_unknown")
    fitted = clone(model).set_params(tokenizer=tokenizer).fit(LATIN)
    names = ["exyva", "ééxm", "a"]
    assert fitted.score(count_bigrams(names)) == pytest.approx(fitted.score(names), rel=1e-13)


@pytest.mark.parametrize("method", ["score_samples", "predict", "predict_proba"])
def test_methods_that_need_names_refuse_counts(method):
    with pytest.raises(ValueError, match="X is a BigramCounts: pass"):
        getattr(CountBigramLM().fit(LATIN), method)(count_bigrams(LATIN))


# More names than are handled at a time

PIECED = [*LATIN, "", *CYRILLIC, "李明", "emma", "zoë", "b"]  # 10 names
WEIGHTS = [0.5, 0, 0, 0, 0, 0.25, 3, 1, 0, 2]
every_size = pytest.mark.parametrize("n_names", [1, 2, 3, 5])


@every_model
@every_size
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
def test_pieces_of_names_count_as_the_whole(model, weights, n_names):
    def answer():
        fitted = clone(model).fit(PIECED, sample_weight=weights)
        return (
            fitted,
            fitted.score_samples(PIECED[5:8] * 3),
            fitted.score(PIECED[5:8], sample_weight=[1, 0, 2]),
            fitted.predict_proba(PIECED[5:8] * 3),
        )

    whole, *expected = answer()
    with pytest.MonkeyPatch.context() as monkeypatch:
        set_sizes(monkeypatch, names_per_piece=n_names)
        in_pieces, *found = answer()
    assert_same_model(in_pieces, whole)
    for a, b in zip(found, expected, strict=True):
        assert_array_equal(a, b)


@every_size
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_pieces_of_token_ids_are_scored_as_the_whole(make, n_names, monkeypatch):
    ids = make(np.array([[1, 2, 0], [2, 0, 2], [0, 0, 0], [3, 3, 3], [0, 1, 0], [3, 1, 2]]))
    model = CountBigramLM().fit(ids)
    methods = (model.score_samples, model.score, model.predict)
    expected = [method(ids) for method in methods]
    set_sizes(monkeypatch, names_per_piece=n_names)
    for method, answer in zip(methods, expected, strict=True):
        assert_array_equal(method(ids), answer)
    bad = make(np.array([[1, 2, 0]] * 4 + [[1, 9, 0]]))
    with refused(model, ValueError, r"^X\[4\] holds an unknown token id"):
        model.score(bad)


@every_size
def test_the_longest_name_of_all_pieces_sets_the_columns(n_names, monkeypatch):
    set_sizes(monkeypatch, names_per_piece=n_names)
    tokenizer = NameTokenizer(sparse_output=False)
    model = CountBigramLM(tokenizer=tokenizer).fit(["a", "abc", "abcdefg", "ab", "b"])
    assert model.tokenizer_.max_length_ == 7


@pytest.mark.parametrize("method", ["fit", "partial_fit", "score", "score_samples", "predict"])
@every_size
def test_a_bad_name_is_named_by_its_index_among_all_pieces(method, n_names, monkeypatch):
    set_sizes(monkeypatch, names_per_piece=n_names)
    model = CountBigramLM().fit(["a", "b"])
    for bad, error in ((None, TypeError), ("a.b", ValueError)):
        for index in (0, 4, 6):
            names = ["a", "b"] * 3
            names.insert(index, bad)
            with refused(model, error, rf"^X\[{index}\] is "):
                getattr(model, method)(names)
    with refused(model, TypeError, r"^X\[5\] is None: names must be strings"):
        getattr(model, method)(["a"] * 5 + [None] * 5)
