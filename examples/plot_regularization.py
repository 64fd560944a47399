"""
Regularization is smoothing
===========================

A bigram that was seen five times in a list is worth less than five: in another list of that size it
comes up less often, as some of what was seen was luck, and what was not seen comes up too. Both
models pay for the unseen with a part of what was seen, one by fake counts, the other by a penalty
on its weights. This example shows by which rule each of them pays, and by which they should.
"""

# %%
# The discount
# ------------
# A model's probabilities, times the totals of the rows, are the counts that it acts on. What was
# counted less that is the discount: positive where the model takes something away, negative where
# it gives. We learn from a hundred names, since smoothing matters when there are few.

import string

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import ShuffleSplit

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.datasets import load_names

letters = NameTokenizer(alphabet=string.ascii_lowercase)
prefixes = ["", *string.ascii_lowercase]
names = np.array(load_names(), dtype=object)


def discount(model):
    """Return by how much a fitted model lowers each count: (27, 27)."""
    N = model.counts_.toarray()
    return N - N.sum(axis=1, keepdims=True) * model.predict_proba(prefixes)


# %%
# Fake counts take the same share of each count, so their discount is a straight line. Where the
# gradient of the network's loss is zero,
#
# .. math:: N_{ij} - N_i P_{ij} = \frac{2\, n\, \mathrm{reg}}{V^2} W_{ij},
#
# with *n* bigrams of *V* symbols: its discount is the weight times a constant. The weights are
# logarithms of the counts that it acts on, up to one number a row. So the discount grows fast at
# first, then hardly, and what was seen often is left nearly as it is.
#
# On the left, the weights' exponentials play the part of counts; the stronger the penalty, the more
# alike they are.

few = names[:100]
neural = NeuralBigramLM(reg=0.05, tokenizer=letters).fit(few)
N = neural.counts_.toarray()
n, V = N.sum(), len(N)
assert np.allclose(discount(neural), 2 * n * neural.reg / V**2 * neural.coef_)

a = prefixes.index("a")
order = np.argsort(N[a])
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
for reg, color in zip([0.01, 0.05, 0.2], plt.cm.viridis([0.8, 0.5, 0.1]), strict=True):
    neural = NeuralBigramLM(reg, tokenizer=letters).fit(few)
    weights = np.exp(neural.coef_[a, order])
    left.plot(N[a, order], weights, "o-", ms=4, color=color, label=f"reg = {reg}")
    right.plot(N[a, order], discount(neural)[a, order], "o-", ms=4, color=color)
for alpha, style in zip([0.5, 1], ["--", ":"], strict=True):
    count = CountBigramLM(alpha, tokenizer=letters).fit(few)
    right.plot(N[a, order], discount(count)[a, order], style, color="C1", label=f"alpha = {alpha}")
right.axhline(0, color="0.7", lw=1, zorder=0)
for ax in (left, right):
    ax.set_xticks(range(0, 18, 3))
left.set(xlabel="count", ylabel="exp(weight)", yscale="log", title="The row of a: what W holds")
right.set(xlabel="count", ylabel="discount (counts)", title="The row of a: what is taken away")
left.legend()
right.legend()

# %%
# What counts are worth
# ---------------------
# What should the discount be? Take a hundred names for training, find all bigrams that occur *c*
# times in them, and look how often those occur in all other names, per hundred: that is what a
# count of *c* was worth. One hundred names tell little, so do it with fifty hundreds.

counts = np.arange(11)
models = {
    "alpha = 0.5": (CountBigramLM(0.5, tokenizer=letters), "C1--"),
    "alpha = 1": (CountBigramLM(1, tokenizer=letters), "C1:"),
    "reg = 0.05": (NeuralBigramLM(0.05, tokenizer=letters), "C0--"),
    "reg = 0.1": (NeuralBigramLM(0.1, tokenizer=letters), "C0-"),
    "reg = 0.2": (NeuralBigramLM(0.2, tokenizer=letters), "C0:"),
}
kinds = np.zeros(len(counts))  # of bigrams that occur c times, in all hundreds together
deserved = np.zeros(len(counts))
taken = {label: np.zeros(len(counts)) for label in models}
nll = dict.fromkeys(models, 0.0)

for train, test in ShuffleSplit(50, train_size=100, random_state=0).split(names):
    N, N_test = (
        CountBigramLM(tokenizer=letters).fit(names[part]).counts_.toarray()
        for part in (train, test)
    )
    cells = [c == N for c in counts]
    kinds += [cell.sum() for cell in cells]
    worth = N_test * N.sum() / N_test.sum()
    deserved += [(N - worth)[cell].sum() for cell in cells]
    for label, (model, _) in models.items():
        D = discount(model.fit(names[train]))
        taken[label] += [D[cell].sum() for cell in cells]
        nll[label] -= model.score(names[test]) / 50

fig, ax = plt.subplots(figsize=(8, 5), layout="constrained")
for label, (_, style) in models.items():
    ax.plot(counts, taken[label] / kinds, style, label=label)
    print(f"{label:12} held-out NLL {nll[label]:.4f}")
ax.plot(counts, deserved / kinds, "ko", label="held-out names")
ax.axhline(0, color="0.7", lw=1, zorder=0)
ax.set(xlabel="count in 100 names", ylabel="mean discount (counts)")
ax.legend()

# %%
# The dots rise: what was seen more often has lost more, and what was not seen at all deserved a
# fifth of a count. Half a fake count takes just that. The network takes too little from what is
# frequent, with each of these penalties; but with a strong one it still predicts a little better
# than any number of fake counts. The mean over all bigrams of one count is not all that matters:
# what is rare in a frequent row and what is frequent in a rare row can have the same count.
