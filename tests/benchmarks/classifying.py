"""Works: telling classes of names apart."""

import numpy as np

from sklearn_bigram import BigramClassifier, CountBigramLM

from . import data, peers
from .harness import Cost, Report, median_time


def classify(sizes):
    """Fit a classifier to names of two classes, and predict as many."""
    report = Report()
    names, labels = two_classes(sizes.names)
    half = len(names) // 2
    accuracy = []
    parts = names[:half], labels[:half], names[half:]

    def measure(make):
        seconds = median_time(sizes.budget, fit_predict, make, *parts)
        found = fit_predict(make, *parts)
        accuracy.append(f"{np.mean(found == labels[half:]):.3f}")
        return Cost(seconds, len(names), " names")

    ours = measure(BigramClassifier)
    work = f"`BigramClassifier().fit` and `predict`, {half:,} names each"
    others = {
        f"TF-IDF of {label} and `LogisticRegression`": lambda make=make: measure(make)
        for label, make in peers.LINEAR.items()
    }
    first = next(iter(others))
    headlines = {first: f"fit a classifier to {half:,} names, and predict as many"}
    report.versus(work, ours, others, headlines=headlines)
    report.add("accuracy of these, in this order", ", ".join(accuracy))
    return report


def two_classes(n):
    """Return n names and their labels: those of a model, and those of its reverse."""
    drawn = CountBigramLM().fit(data.lecture_names(min(n, 10_000))).sample(n, random_state=0)
    labels = np.random.default_rng(0).integers(0, 2, size=n)
    return [name[:: 1 - 2 * label] for name, label in zip(drawn, labels, strict=True)], labels


def fit_predict(make, names, labels, others):
    """Fit a new classifier, and predict the classes of other names."""
    return make().fit(names, labels).predict(others)
