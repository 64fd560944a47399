"""Memory of many calls, one after the other."""

import gc
import tracemalloc
from pathlib import Path

import pytest

import sklearn_bigram
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
    ours = tracemalloc.Filter(
        True, str(Path(sklearn_bigram.__file__).parent / "*"), all_frames=True
    )
    tracemalloc.start(20)
    taken = []
    for _ in range(2):
        for _ in range(40):
            use(names)
        gc.collect()
        traces = tracemalloc.take_snapshot().filter_traces([ours]).traces
        taken.append(sum(trace.size for trace in traces))
    tracemalloc.stop()
    assert taken[1] - taken[0] < 100_000
