"""Threads that share a fitted estimator get what one thread gets."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

from sklearn_bigram import (
    BigramClassifier,
    BigramOutlierDetector,
    CountBigramLM,
    NeuralBigramLM,
)
from sklearn_bigram.markov import _conditional, _kept_chains
from tests.helpers import set_sizes

N_THREADS = 8
CALLS = {
    "score": lambda model, names: model.score(names),
    "score_samples": lambda model, names: model.score_samples(names),
    "standard_score_samples": lambda model, names: model.standard_score_samples(names),
    "pvalue_samples": lambda model, names: model.pvalue_samples(names),
    "predict_proba": lambda model, names: model.predict_proba(names[:50]),
    "sample": lambda model, names: model.sample(200, random_state=0),
    "constrained sample": lambda model, names: model.sample(
        50, pattern="*a*", exclude=names, random_state=0
    ),
    "log_mass": lambda model, names: model.log_mass("*ab*", min_length=3),
    "most_probable": lambda model, names: model.most_probable(50)[0],
    "entropy": lambda model, names: model.entropy(),
}


def run_in_threads(functions):
    """Return what functions return that start together, each in a thread."""
    barrier = Barrier(len(functions))

    def run(function):
        barrier.wait()
        return function()

    with ThreadPoolExecutor(len(functions)) as executor:
        return list(executor.map(run, functions))


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "model", [CountBigramLM(smoothing="kneser-ney"), NeuralBigramLM()], ids=["count", "neural"]
)
def test_threads_that_share_a_model_get_the_same(model, name, names):
    names = names[::4]
    model = clone(model).fit(names)
    call = CALLS[name]
    results = run_in_threads([lambda: call(model, names)] * N_THREADS)  # nothing is cached yet
    expected = call(clone(model).fit(names), names)
    for result in results:
        assert_array_equal(result, expected)


def test_threads_that_share_a_model_may_do_different_things(names):
    names = names[::4]
    model = CountBigramLM().fit(names)
    expected = [call(CountBigramLM().fit(names), names) for call in CALLS.values()]
    results = run_in_threads([lambda call=call: call(model, names) for call in CALLS.values()])
    for result, one in zip(results, expected, strict=True):
        assert_array_equal(result, one)


def test_threads_that_drop_each_others_chains_and_samplers_get_what_one_gets(names, monkeypatch):
    names = names[::4]
    model = CountBigramLM().fit(names)
    patterns = ["*a*", "b*", "*ab*", "?a*", "c??*"]
    expected = [model.sample(20, pattern=pattern, random_state=0) for pattern in patterns]
    monkeypatch.setattr(_kept_chains, "_MAX_CHAINS", 2)
    monkeypatch.setattr(_conditional, "_CELLS_IN_SAMPLERS", 0)  # one sampler at a time

    def draw(shift):
        drawn = {}
        for index in [(i * shift) % len(patterns) for i in range(15)]:
            drawn[index] = model.sample(20, pattern=patterns[index], random_state=0)
        return drawn

    for drawn in run_in_threads([lambda n=n: draw(n) for n in range(N_THREADS)]):
        for index, some in drawn.items():
            assert_array_equal(some, expected[index])


def test_threads_that_share_a_classifier_or_a_detector_get_the_same(names):
    names = names[::8]
    labels = [len(name) > 5 for name in names]
    for estimator in (BigramClassifier().fit(names, labels), BigramOutlierDetector().fit(names)):
        expected = estimator.predict(names)
        for result in run_in_threads([lambda e=estimator: e.predict(names)] * N_THREADS):
            assert_array_equal(result, expected)


def test_fits_in_threads_count_as_in_one(names, monkeypatch):
    set_sizes(monkeypatch, bytes_per_block=1000)  # many blocks, so that the counters are shared
    parts = [names[i::N_THREADS] for i in range(N_THREADS)]
    fits = run_in_threads([lambda part=part: CountBigramLM().fit(part) for part in parts])
    for fitted, part in zip(fits, parts, strict=True):
        expected = CountBigramLM().fit(part)
        assert_array_equal(fitted.counts_.toarray(), expected.counts_.toarray())
