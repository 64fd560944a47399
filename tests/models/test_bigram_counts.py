"""Models that are fitted and scored on BigramCounts in place of names."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

from sklearn_bigram import BigramCounts, CountBigramLM, NameTokenizer, NeuralBigramLM, count_bigrams

MODELS = {
    "count": CountBigramLM(),
    "kneser-ney": CountBigramLM(smoothing="kneser-ney"),
    "exact": NeuralBigramLM(),
    "gd": NeuralBigramLM(solver="gd", random_state=0, max_iter=3, tol=100.0),
}


def assert_same_model(model, other):
    assert model.symbols_.tolist() == other.symbols_.tolist()
    assert_array_equal(model.counts_.toarray(), other.counts_.toarray())
    prefixes = ["", *model.symbols_[1:]]
    assert_array_equal(model.predict_proba(prefixes), other.predict_proba(prefixes))


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_counts_do_the_same_as_their_names(model):
    names, more = ["emma", "ava", "mia"], ["zoë", "eva"]
    expected = clone(model).fit(names)
    fitted = clone(model).fit(count_bigrams(names))
    assert_same_model(fitted, expected)
    assert fitted.score(count_bigrams(names)) == pytest.approx(expected.score(names), rel=1e-14)
    expected.partial_fit(more)
    assert_same_model(fitted.partial_fit(count_bigrams(more)), expected)
    assert_same_model(clone(model).partial_fit(count_bigrams(names)).partial_fit(more), expected)


def test_the_score_of_counts_finds_their_symbols_among_those_of_the_model():
    model = CountBigramLM().fit(["emma", "ava"])
    assert type(model.score(count_bigrams(["am"]))) is float
    assert model.score(count_bigrams(["ma", "am"])) == pytest.approx(model.score(["ma", "am"]))
    with pytest.raises(ValueError, match="unknown symbols: 'z'"):
        model.score(count_bigrams(["za"]))


@pytest.mark.parametrize("method", ["fit", "partial_fit", "score"])
def test_counts_must_fit_the_tokenizer(method):
    model = CountBigramLM().fit(["ab"])
    call = getattr(model, method)
    with pytest.raises(ValueError, match="sample_weight"):
        call(count_bigrams(["ab"]), sample_weight=[1])
    with pytest.raises(ValueError, match=r"boundary symbol of the counts is '#'.*boundary='#'"):
        call(count_bigrams(["ab"], tokenizer=NameTokenizer(boundary="#")))
    with pytest.raises(ValueError, match=r"the symbol 'ab', which is (no|not a single) character"):
        call(BigramCounts([".", "a", "ab"], np.ones((3, 3))))
    ids = CountBigramLM().fit([[1, 2]])
    if method != "fit":
        with pytest.raises(ValueError, match=r"holds names.*fitted on token ids"):
            getattr(ids, method)(count_bigrams(["ab"]))


def test_counts_of_longer_symbols_need_the_tokenizer_that_made_them():
    tokenizer = NameTokenizer(analyzer=str.split)
    counts = count_bigrams(["ab cd", "cd"], tokenizer=tokenizer)
    model = CountBigramLM(tokenizer=tokenizer).fit(counts)
    assert_array_equal(model.symbols_, [".", "ab", "cd"])
    assert model.score(counts) == pytest.approx(model.score(["ab cd", "cd"]))
