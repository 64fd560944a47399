"""
Explain the loss by entropy
===========================

A bigram model of the bundled names has a mean NLL of 2.58 nats per bigram. Is that much? It is a
mean over easy and difficult predictions: after a *q* there are few likely letters, after an *a*
there are many. This example splits the loss by symbol and along single names. Then it shows what a
model with a memory of one symbol cannot learn.
"""

# %%
# Split the loss by symbol
# ------------------------
# The entropy of a row of P is the expected NLL of the symbol that follows, if the model is right.
# Without smoothing, the model is right about its own training names. So their loss is the mean of
# the entropies of all rows, weighted by how often each row is used.

import matplotlib.pyplot as plt
import numpy as np

from sklearn_bigram import CountBigramLM
from sklearn_bigram.datasets import load_names

names = load_names()
model = CountBigramLM(alpha=0).fit(names)
N = model.counts_.toarray()  # (27, 27)
P = model.predict_proba(["", *model.symbols_[1:]])  # (27, 27)


def entropy(p):
    """Return the entropy of distributions along the last axis, in nats."""
    return -np.sum(p * np.log(p, where=p > 0, out=np.zeros_like(p)), axis=-1)


share = N.sum(axis=1) / N.sum()  # (27,)
uncertainty = entropy(P)  # (27,)
print(f"weighted mean of the entropies: {share @ uncertainty:.6f}")
print(f"mean NLL:                       {-model.score(names):.6f}")

# %%
# In the figure, each symbol is a bar. Its length is the entropy of what follows, and its thickness
# is the frequency of the symbol. So the area of a bar is its part of the loss, and the sum of all
# areas is the loss. The dashed line is the loss of a model that knows only the frequencies of the
# symbols, and the dotted line is the loss of a model that knows nothing.

order = np.argsort(-uncertainty)
left = np.concatenate(([0], np.cumsum(share[order])[:-1]))
kind = dict.fromkeys("aeiou", "C0") | {".": "C3"}

fig, ax = plt.subplots(figsize=(6, 8), layout="constrained")
colors = [kind.get(symbol, "C1") for symbol in model.symbols_[order]]
ax.barh(left, uncertainty[order], share[order], align="edge", color=colors, edgecolor="white")
n_thin = 0
for y, i in zip(left + share[order] / 2, order, strict=True):
    n_thin = n_thin + 1 if share[i] < 0.018 else 0
    if n_thin <= 1:
        x = uncertainty[i] + 0.04
    # The labels of neighboring thin bars stand side by side.
    ax.text(x + 0.12 * (max(n_thin - 1, 0) % 3), y, model.symbols_[i], va="center", fontsize=9)
for level, style, label in [
    (np.log(len(P)), ":", "no knowledge"),
    (entropy(share), "--", "frequencies of symbols"),
    (share @ uncertainty, "-", "bigrams: the mean of the bars"),
]:
    ax.axvline(level, color="0.3", ls=style, lw=1, label=f"{label}, {level:.2f}")
ax.set(ylim=(1.01, 0), xlim=(0, 3.5), ylabel="frequency of the first symbol, cumulative")
ax.set(xlabel="entropy of the second symbol (nats)", title="Entropy after each symbol")
for color, label in {"C3": "boundary", "C0": "vowels", "C1": "other letters"}.items():
    ax.barh(0, 0, color=color, label=label)
fig.legend(loc="outside lower center", ncols=2)

# %%
# Split the loss along a name
# ---------------------------
# The log-likelihood of a name is the sum of the log-probabilities of its bigrams. With the sign
# changed, each of them is the surprise of the model at a symbol. The dotted line is ``log(27)``,
# the surprise if all symbols were equally likely.

shown = ["maria", "jonathan", "guadalupe", "xochitl"]
fig, axes = plt.subplots(2, 2, figsize=(6, 5), sharey=True, layout="constrained")
for ax, name in zip(axes.flat, shown, strict=True):
    after = model.predict_log_proba([name[:k] for k in range(len(name) + 1)])
    next_ids = np.searchsorted(model.classes_, [*name, "."])
    surprise = -after[np.arange(len(name) + 1), next_ids]
    assert np.isclose(surprise.sum(), -model.score_samples([name])[0])
    ax.bar(range(len(surprise)), surprise, color="C1")
    ax.axhline(np.log(len(P)), color="0.3", ls=":", lw=1)
    ax.set_xticks(range(len(surprise)), [*name, "."])
    ax.set_title(f"{name}: mean {surprise.mean():.2f}", fontsize=10)
for ax in axes[:, 0]:
    ax.set_ylabel("surprise (nats)")

# %%
# Compare the lengths
# -------------------
# A model with a memory of one symbol does not know how long a name is already. Its distribution of
# lengths follows from P by matrix multiplication. Start with the row of the boundary, which gives
# the first letter. Each multiplication by the part of P between letters adds one letter, and the
# column of the boundary gives the probability that the name ends.
# :meth:`~sklearn_bigram.CountBigramLM.length_distribution` returns the same.

lengths = np.arange(1, 26)
state, by_model = P[0, 1:], []
for _ in lengths:
    by_model.append(state @ P[1:, 0])
    state = state @ P[1:, 1:]
assert np.allclose(by_model, model.length_distribution(25)[1:])
of_names = np.bincount([len(name) for name in names], minlength=26)[1:26] / len(names)
drawn = [len(name) for name in model.sample(100_000, random_state=0)]
of_drawn = np.bincount(drawn, minlength=26)[1:26] / len(drawn)

fig, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
ax.bar(lengths, of_names, color="0.8", label="names")
ax.plot(lengths, by_model, "C1-", label="model, computed")
ax.plot(lengths, of_drawn, "C1o", ms=4, label="model, 100,000 samples")
ax.set(xlabel="letters", ylabel="proportion of names", xticks=lengths[::3])
ax.set_title("Lengths of names and of samples")
ax.legend()

# %%
# Most real names have four to nine letters. The model can end a name after any letter that may be
# the last one, so many samples are too short and some are far too long. Only the mean length is
# right, because the counts contain the proportion of boundaries.

mean = np.mean([len(name) for name in names])
print(f"mean length: names {mean:.2f}, samples {np.mean(drawn):.2f}")
print(f"longest:     names {max(map(len, names))}, samples {max(drawn)}")
