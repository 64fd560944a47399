"""
Telling gibberish from names
============================

A model of names knows gibberish when it sees it: gibberish is unlikely. But every long name is
unlikely, and the mean per bigram is not fair either, as that of a short name varies more. The
*standard score* compares each name with all that the model could have drawn of the same length.
"""

# %%
# Real names and random strings
# -----------------------------
# Fit a model to four fifths of the bundled names. For each name of the last fifth, draw a string
# of random letters that is as long, so that length tells nothing.

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
# Two scores
# ----------
# The raw score is the mean log-likelihood per bigram, minus the mean NLL. The standard score is the
# log-likelihood less its mean, over its standard deviation, both of them exact for the names that
# the model draws of that length.


def score_raw(names):
    return model.score_samples(names) / [len(name) + 1 for name in names]


score_standard = model.standard_score_samples
others = ["".join(rng.choice(letters, n)) for n in rng.integers(2, 13, len(real))]
is_real = np.repeat([True, False], len(real))
for kind, strings in {"the same lengths": gibberish, "2 to 12 letters": others}.items():
    for label, score in {"raw": score_raw, "standard": score_standard}.items():
        print(f"{kind:17} {label:9} ROC AUC {roc_auc_score(is_real, score(real + strings)):.4f}")

# %%
# Both tell the strings from the names, the standard score a little better, and more so if the
# strings are of other lengths. Draw how they depend on length. The band holds 98 % of the names
# that the model itself draws of each.

sizes = np.arange(2, 14)
drawn = [model.sample(3000, min_length=n, max_length=n, random_state=0) for n in sizes]

fig, axes = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
titles = ["raw: mean log-likelihood per bigram (nats)", "standard score (standard deviations)"]
for ax, score, title in zip(axes, [score_raw, score_standard], titles, strict=True):
    low, high = np.transpose([np.quantile(score(names), [0.01, 0.99]) for names in drawn])
    ax.fill_between(sizes, low, high, color="0.88", label="98 % of names from the model", zorder=0)
    for names, color, label in [(real, "C0", "names"), (gibberish, "C1", "random strings")]:
        x = lengths + rng.uniform(-0.3, 0.3, len(lengths))
        ax.scatter(x, score(names), s=5, alpha=0.4, lw=0, color=color, label=label)
    ax.set(xlabel="symbols", title=title, xlim=(1.6, 13.4))
legend = fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
for handle in legend.legend_handles[1:]:
    handle.set(sizes=[30], alpha=1)

# %%
# On the left the band narrows: the mean of many bigrams varies less than that of a few, so a single
# cut is strict with short names and lax with long ones. On the right the band is almost level, and
# one cut means the same for all.
#
# Cut both scores so that they call two real names in a hundred gibberish, and count by length.

fig, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for score, color, label in [(score_raw, "0.5", "raw"), (score_standard, "C2", "standard")]:
    cut = np.quantile(score(real), 0.02)
    alarms = [(score(names) < cut).mean() for names in drawn]
    strings = [["".join(rng.choice(letters, n)) for _ in range(3000)] for n in sizes]
    missed = [(score(names) >= cut).mean() for names in strings]
    for ax, values in zip(axes, [alarms, missed], strict=True):
        ax.plot(sizes, 100 * np.array(values), "o-", color=color, label=label)
axes[0].set(title="names from the model called gibberish (%)", xlabel="symbols", ylim=0)
axes[1].set(title="random strings called names (%)", xlabel="symbols", ylim=0)
for ax in axes:
    ax.grid(alpha=0.3)
axes[0].legend()

# %%
# The false alarms of the raw score are the short names. What is missed is missed by both: two or
# three random letters are often as good as a name.
#
# A detector
# ----------
# :class:`~sklearn_bigram.BigramOutlierDetector` is the standard score with a cut, as scikit-learn's
# other detectors have it. It needs no clean list to learn from. Hide a hundred random strings among
# all the names, and have it tell the hundred oddest.

hidden = set(gibberish[:100])
mixed = load_names() + gibberish[:100]
detector = BigramOutlierDetector(contamination=100 / len(mixed)).fit(mixed)
odd = [name for name, side in zip(mixed, detector.predict(mixed), strict=True) if side == -1]

print(f"{len(hidden.intersection(odd))} of the {len(odd)} are random, the rest are names:")
print(*sorted(set(odd) - hidden), sep=", ")

# %%
# Those are names of languages that the list has little of. An outlier is what the training names do
# not resemble, no more: whether it is a mistake is not for the model to say.
#
# The share of outliers need not be known. With ``false_alarm_rate``, the cut is a p-value: no more
# than that share of the model's own names is called an outlier, whatever their length.

detector = BigramOutlierDetector(model, false_alarm_rate=0.001).fit(train)
groups = {"from the model": np.concatenate(drawn), "real": real, "random": gibberish}
for label, strings in groups.items():
    print(f"{label:15} {100 * (detector.predict(strings) == -1).mean():5.2f} % outliers")

# %%
# Why is a name odd?
# ------------------
# ``explain`` lists the bigrams of a name beside the most probable ones that begin with the same
# symbols. :meth:`BigramDisplay.from_name <sklearn_bigram.BigramDisplay.from_name>` draws them: the
# tallest bars make the name odd.

fig, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained", sharey=True)
for ax, name in zip(axes, ["krzysztof", gibberish[0]], strict=True):
    BigramDisplay.from_name(model, name, ax=ax)
    ax.set_title(f"{name}: {ax.get_title()}")
model.explain("krzysztof")
