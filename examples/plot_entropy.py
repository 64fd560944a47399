"""
Where the loss comes from
=========================

A mean NLL of 2.58 nats per bigram: is that much? It is a mean over many different guesses. After
*q* there is little to choose from, after *a* it is anyone's guess. This example takes the loss
apart, by symbols and along single names, and then asks what a memory of one symbol cannot know.
"""

# %%
# Symbol by symbol
# ----------------
# The entropy of a row of P is the mean NLL of what comes after its symbol, if the model is right.
# Without smoothing the model is right about its own training names, so their loss is the mean of
# the rows' entropies, weighted by how often each row is used.

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
# In the picture each symbol is a bar, as wide as it is frequent and as high as what follows it is
# uncertain. So a bar's area is its part of the loss, and that of all of them is the loss itself.
# A model that knows only how frequent each symbol is would have the dashed line for its loss; one
# that knows nothing, the dotted one.

order = np.argsort(-uncertainty)
left = np.concatenate(([0], np.cumsum(share[order])[:-1]))
kind = dict.fromkeys("aeiou", "C0") | {".": "C3"}

fig, ax = plt.subplots(figsize=(10, 5), layout="constrained")
colors = [kind.get(symbol, "C1") for symbol in model.symbols_[order]]
ax.bar(left, uncertainty[order], share[order], align="edge", color=colors, edgecolor="white")
for place, (x, i) in enumerate(zip(left + share[order] / 2, order, strict=True)):
    higher = 0.15 * (place % 2) if share[i] < 0.013 else 0  # narrow bars, letters side by side
    ax.text(x, uncertainty[i] + 0.03 + higher, model.symbols_[i], ha="center", fontsize=9)
for level, style, label in [
    (np.log(len(P)), ":", "no knowledge"),
    (entropy(share), "--", "frequencies of symbols"),
    (share @ uncertainty, "-", "bigrams: the mean of the bars"),
]:
    ax.axhline(level, color="0.3", ls=style, lw=1, label=f"{label}, {level:.2f}")
ax.set(xlim=(0, 1.005), ylim=(0, 4.2), xlabel="share of all bigrams that begin with the symbol")
ax.set_ylabel("entropy of what follows (nats)")
for color, label in {"C3": "boundary", "C0": "vowels", "C1": "other letters"}.items():
    ax.bar(0, 0, color=color, label=label)
ax.legend(ncols=2, loc="upper right")

# %%
# Along a name
# ------------
# The log-likelihood of a name is the sum of its bigrams', and the score of a prefix the sum of
# those so far. Their differences tell how surprised the model is by each symbol: a surprise of
# ``log(27)``, the dotted line, is what pure chance would give.

shown = ["maria", "jonathan", "guadalupe", "xochitl"]
fig, axes = plt.subplots(
    1, 4, figsize=(11, 3.2), sharey=True, layout="constrained", width_ratios=[6, 9, 10, 8]
)
for ax, name in zip(axes, shown, strict=True):
    after = model.predict_log_proba([name[:k] for k in range(len(name) + 1)])
    next_ids = np.searchsorted(model.classes_, [*name, "."])
    surprise = -after[np.arange(len(name) + 1), next_ids]
    assert np.isclose(surprise.sum(), -model.score_samples([name])[0])
    ax.bar(range(len(surprise)), surprise, color="C1")
    ax.axhline(np.log(len(P)), color="0.3", ls=":", lw=1)
    ax.set_xticks(range(len(surprise)), [*name, "."])
    ax.set_title(f"{surprise.mean():.2f} per symbol", fontsize=10)
axes[0].set_ylabel("surprise (nats)")

# %%
# What it cannot know
# -------------------
# One symbol of memory does not know how long the name is by now. The model's distribution of
# lengths follows from P by multiplying: the boundary's row tells where the first symbol is, and
# every step multiplies by the part of P between letters, until the boundary's column says how much
# ends there.

lengths = np.arange(1, 26)
state, by_model = P[0, 1:], []
for _ in lengths:
    by_model.append(state @ P[1:, 0])
    state = state @ P[1:, 1:]
of_names = np.bincount([len(name) for name in names], minlength=26)[1:26] / len(names)
drawn = [len(name) for name in model.sample(100_000, random_state=0)]
of_drawn = np.bincount(drawn, minlength=26)[1:26] / len(drawn)

fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
ax.bar(lengths, of_names, color="0.8", label="names")
ax.plot(lengths, by_model, "C1-", label="model, by multiplying")
ax.plot(lengths, of_drawn, "C1o", ms=4, label="100,000 drawn names")
ax.set(xlabel="length (letters)", ylabel="share of names", xticks=lengths[::2])
ax.legend()

# %%
# Real names are mostly of four to nine letters. The model ends a name whenever its last letter may
# be a last one, so it draws many that are too short, and some far too long. Only the mean is right,
# as the counts say which share of all symbols are boundaries.

mean = np.mean([len(name) for name in names])
print(f"mean length: names {mean:.2f}, drawn names {np.mean(drawn):.2f}")
print(f"longest:     names {max(map(len, names))}, drawn names {max(drawn)}")
