"""Memory of many calls, one after the other."""

import gc
import tracemalloc

import pytest

from sklearn_bigram import BigramClassifier, BigramOutlierDetector, CountBigramLM, NeuralBigramLM


def use(names):
    """Fit, sample and score once."""
    for model in (CountBigramLM(), NeuralBigramLM()):
        model.fit(names).partial_fit(names[:5])
        model.sample(20)
        model.sample(5, pattern="*a*", exclude=names)
        model.score(names)
        model.standard_score_samples(names)
        model.pvalue_samples(names[:3])
        model.most_probable(5)
        model.entropy()
    BigramClassifier().fit(names, [len(name) > 5 for name in names]).predict(names)
    BigramOutlierDetector().fit(names).predict(names)


@pytest.mark.slow
def test_many_fits_samples_and_scores_leave_no_memory_behind(names):
    names = names[:30]
    tracemalloc.start()
    taken = []
    for _ in range(2):
        for _ in range(40):
            use(names)
        gc.collect()
        taken.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert taken[1] - taken[0] < 100_000
