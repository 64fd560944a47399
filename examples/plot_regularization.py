"""
Compare the penalty with fake counts
====================================

A bigram that occurs five times in a list will occur less often in another list of the same size:
some of its occurrences were luck, and other bigrams will occur instead. So a good model lowers the
counts of the bigrams that it has seen, to have some probability for the unseen ones. The count
model does this with fake counts, the network with a penalty on its weights. This example measures
by how much each model lowers the counts, and by how much it should.
"""

# %%
# Define the discount
# -------------------
# Multiply the probabilities of a model by the totals of the rows: these are the counts that the
# model acts on. The discount is the real count minus this count. It is positive if the model lowers
# the count, and negative if it raises the count. We train on a hundred names, because smoothing
# matters most if there are few.

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
# Compute the discount of each model
# ----------------------------------
# With fake counts, the discount is a linear function of the count. With the network, it follows
# from the gradient of the loss. At the minimum the gradient is zero, so
#
# .. math:: N_{ij} - N_i P_{ij} = \frac{2\, n\, \mathrm{reg}}{V^2} W_{ij},
#
# for *n* bigrams and *V* symbols: the discount is a constant times the weight. Apart from a
# constant in each row, the weights are logarithms of the counts that the model acts on. So the
# discount rises fast for small counts and slowly for large ones.
#
# The figure shows the row of *a*. In the first panel, the exponentials of the weights play the role
# of counts: with a stronger penalty they differ less.

few = names[:100]
neural = NeuralBigramLM(reg=0.05, tokenizer=letters).fit(few)
N = neural.counts_.toarray()
n, V = N.sum(), len(N)
assert np.allclose(discount(neural), 2 * n * neural.reg / V**2 * neural.coef_)

a = prefixes.index("a")
order = np.argsort(N[a])
fig, (top, bottom) = plt.subplots(2, figsize=(6, 8), sharex=True, layout="constrained")
for reg, color in zip([0.01, 0.05, 0.2], plt.cm.viridis([0.8, 0.5, 0.1]), strict=True):
    neural = NeuralBigramLM(reg, tokenizer=letters).fit(few)
    weights = np.exp(neural.coef_[a, order])
    top.plot(N[a, order], weights, "o-", ms=4, color=color, label=f"reg = {reg}")
    bottom.plot(N[a, order], discount(neural)[a, order], "o-", ms=4, color=color)
for alpha, style in zip([0.5, 1], ["--", ":"], strict=True):
    count = CountBigramLM(alpha, tokenizer=letters).fit(few)
    bottom.plot(N[a, order], discount(count)[a, order], style, color="C1", label=f"alpha = {alpha}")
bottom.axhline(0, color="0.7", lw=1, zorder=0)
for ax in (top, bottom):
    ax.set_xticks(range(0, 18, 3))
top.set(ylabel="exp(weight)", yscale="log", title="Weights in the row of a")
bottom.set(xlabel="count", ylabel="discount", title="Discounts in the row of a")
top.legend()
bottom.legend()

# %%
# Measure the right discount
# --------------------------
# How large should the discount be? Train on a hundred names, find all bigrams that occur *c* times
# in them, and count how often these occur per hundred of all other names. The difference to *c* is
# the discount that would have been right. A hundred names are few, so repeat this for fifty random
# samples.

counts = np.arange(11)
models = {
    "alpha = 0.5": (CountBigramLM(0.5, tokenizer=letters), "C1--"),
    "alpha = 1": (CountBigramLM(1, tokenizer=letters), "C1:"),
    "reg = 0.05": (NeuralBigramLM(0.05, tokenizer=letters), "C0--"),
    "reg = 0.1": (NeuralBigramLM(0.1, tokenizer=letters), "C0-"),
    "reg = 0.2": (NeuralBigramLM(0.2, tokenizer=letters), "C0:"),
}
kinds = np.zeros(len(counts))  # number of bigrams that occur c times, in all samples
right = np.zeros(len(counts))
taken = {label: np.zeros(len(counts)) for label in models}
nll = dict.fromkeys(models, 0.0)

for train, test in ShuffleSplit(50, train_size=100, random_state=0).split(names):
    N, N_test = (
        CountBigramLM(tokenizer=letters).fit(names[part]).counts_.toarray()
        for part in (train, test)
    )
    cells = [c == N for c in counts]
    kinds += [cell.sum() for cell in cells]
    expected = N_test * N.sum() / N_test.sum()
    right += [(N - expected)[cell].sum() for cell in cells]
    for label, (model, _) in models.items():
        D = discount(model.fit(names[train]))
        taken[label] += [D[cell].sum() for cell in cells]
        nll[label] -= model.score(names[test]) / 50

fig, ax = plt.subplots(figsize=(6, 5), layout="constrained")
for label, (_, style) in models.items():
    ax.plot(counts, taken[label] / kinds, style, label=label)
    print(f"{label:12} held-out NLL {nll[label]:.4f}")
ax.plot(counts, right / kinds, "ko", label="right discount")
ax.axhline(0, color="0.7", lw=1, zorder=0)
ax.set(xlabel="count in 100 names", ylabel="discount", title="Mean discount by count")
print(f"right discount of unseen bigrams: {right[0] / kinds[0]:.2f}")
ax.legend()

# %%
# The right discount rises with the count. For unseen bigrams it is -0.21: each of them should count
# as a fifth of an occurrence. ``alpha = 0.5`` is close to the right discount everywhere. The
# network lowers large counts too little, with each of these penalties. Yet with ``reg = 0.2`` it
# predicts held-out names slightly better than both values of ``alpha``. The mean discount does not
# show everything: a rare bigram of a frequent symbol and a frequent bigram of a rare symbol can
# have the same count.
