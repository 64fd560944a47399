"""
Find gibberish among names
==========================

Random strings have a low likelihood under a model of names. But so have long names, and the mean
log-likelihood per bigram varies more for short names than for long ones. The *standard score*
compares each name with names of the same length. This example compares the mean and the standard
score, and finds random strings that are hidden in a list of names.
"""

# %%
# Names and random strings
# ------------------------
# Fit a model to four fifths of the bundled names. For each name of the last fifth, make a string
# of random letters with the same length, so that the length gives nothing away.

import string

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from sklearn_bigram import BigramDisplay, BigramOutlierDetector, CountBigramLM
from sklearn_bigram.datasets import load_names

rng = np.random.default_rng(0)
letters = list(string.ascii_lowercase)

train, real = train_test_split(load_names(), test_size=0.2, random_state=0)
gibberish = ["".join(rng.choice(letters, len(name))) for name in real]
lengths = np.array([len(name) for name in real])
model = CountBigramLM().fit(train)

print(*real[:8], sep=", ")
print(*gibberish[:8], sep=", ")

# %%
# Compare two scores
# ------------------
# The first score is the mean log-likelihood per bigram. The second is the standard score: the
# log-likelihood minus its mean, divided by its standard deviation. Mean and standard deviation are
# the exact values for names of the same length that the model samples.


def mean_score(names):
    return model.score_samples(names) / [len(name) + 1 for name in names]


standard_score = model.standard_score_samples
others = ["".join(rng.choice(letters, n)) for n in rng.integers(2, 13, len(real))]
is_real = np.repeat([True, False], len(real))
for kind, strings in {"the same lengths": gibberish, "2 to 12 letters": others}.items():
    for label, score in {"mean": mean_score, "standard": standard_score}.items():
        print(f"{kind:17} {label:9} ROC AUC {roc_auc_score(is_real, score(real + strings)):.4f}")

# %%
# Both scores separate names from random strings. The standard score is slightly better, and the
# difference is larger if the strings have other lengths than the names.
#
# The next figure shows how the scores depend on the length. The gray band contains 98 % of the
# names that the model samples at each length.

sizes = np.arange(2, 14)
drawn = [model.sample(3000, min_length=n, max_length=n, random_state=0) for n in sizes]

fig, axes = plt.subplots(2, figsize=(6, 8), sharex=True, layout="constrained")
titles = ["Mean log-likelihood per bigram (nats)", "Standard score (standard deviations)"]
for ax, score, title in zip(axes, [mean_score, standard_score], titles, strict=True):
    low, high = np.transpose([np.quantile(score(names), [0.01, 0.99]) for names in drawn])
    ax.fill_between(sizes, low, high, color="0.88", label="98 % of samples", zorder=0)
    for names, color, label in [(real, "C0", "names"), (gibberish, "C1", "random strings")]:
        x = lengths + rng.uniform(-0.3, 0.3, len(lengths))
        ax.scatter(x, score(names), s=5, alpha=0.4, lw=0, color=color, label=label)
    ax.set(title=title, xlim=(1.6, 13.4))
axes[1].set_xlabel("letters")
legend = fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
for handle in legend.legend_handles[1:]:
    handle.set(sizes=[30], alpha=1)

# %%
# The band of the mean becomes narrower with the length, because the mean of many bigrams varies
# less than the mean of a few. So a fixed threshold rejects more short names than long ones. The
# band of the standard score is almost level: a threshold has the same meaning at every length.
#
# Choose for each score the threshold that rejects two real names in a hundred, and count the errors
# by length.

fig, axes = plt.subplots(2, figsize=(6, 7), sharex=True, layout="constrained")
for score, color, label in [(mean_score, "0.5", "mean"), (standard_score, "C2", "standard score")]:
    threshold = np.quantile(score(real), 0.02)
    alarms = [(score(names) < threshold).mean() for names in drawn]
    strings = [["".join(rng.choice(letters, n)) for _ in range(3000)] for n in sizes]
    missed = [(score(names) >= threshold).mean() for names in strings]
    for ax, values in zip(axes, [alarms, missed], strict=True):
        ax.plot(sizes, 100 * np.array(values), "o-", color=color, label=label)
axes[0].set(title="Sampled names rejected (%)", ylim=0)
axes[1].set(title="Random strings accepted (%)", xlabel="letters", ylim=0)
for ax in axes:
    ax.grid(alpha=0.3)
axes[0].legend()

# %%
# The mean rejects short names much more often than long ones. Both scores accept many random
# strings of two or three letters, because these often look like names.
#
# Detect outliers
# ---------------
# :class:`~sklearn_bigram.BigramOutlierDetector` applies a threshold to the standard score. It has
# the interface of scikit-learn's other detectors and does not need a clean training list. Hide a
# hundred random strings among all names, and ask for the hundred most unusual strings.

hidden = set(gibberish[:100])
mixed = load_names() + gibberish[:100]
detector = BigramOutlierDetector(contamination=100 / len(mixed)).fit(mixed)
odd = [name for name, side in zip(mixed, detector.predict(mixed), strict=True) if side == -1]

print(f"{len(hidden.intersection(odd))} of the {len(odd)} outliers are random, the rest are names:")
print(*sorted(set(odd) - hidden), sep=", ")

# %%
# These names come from languages with few names in the list. An outlier is a name that does not
# resemble the training names. The model cannot tell whether it is a mistake.
#
# If you do not know the proportion of outliers, use ``false_alarm_rate``. The threshold is then a
# p-value: of the names that the model samples, at most this proportion is called an outlier, at
# every length.

detector = BigramOutlierDetector(model, false_alarm_rate=0.001).fit(train)
groups = {"sampled": np.concatenate(drawn), "real": real, "random": gibberish}
for label, strings in groups.items():
    print(f"{label:8} {100 * (detector.predict(strings) == -1).mean():5.2f} % outliers")

# %%
# Explain a score
# ---------------
# ``explain`` lists the bigrams of a name, each with the most probable bigram that starts with the
# same symbol.

print(model.explain("krzysztof"))

# %%
# :meth:`BigramDisplay.from_name <sklearn_bigram.BigramDisplay.from_name>` draws the same table. The
# tallest bars are the bigrams that make the name unusual.

fig, axes = plt.subplots(2, figsize=(6, 7), layout="constrained", sharey=True)
for ax, name in zip(axes, ["krzysztof", gibberish[0]], strict=True):
    BigramDisplay.from_name(model, name, ax=ax)
    ax.set_title(f"{name}: {ax.get_title()}")
