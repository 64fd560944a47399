"""
Build a bigram model step by step
=================================

A bigram model predicts the next symbol from the current one. It is the simplest language model, but
it has all the parts of a large one: tokens, probabilities, a likelihood, smoothing, a loss that
gradient descent minimizes, and sampling.

This example follows Andrej Karpathy's lecture *The spelled-out intro to language modeling: building
makemore* (`video <https://www.youtube.com/watch?v=PaCmpygFfXo>`__, `code
<https://github.com/karpathy/makemore>`__). It builds the model first by counting and then with a
neural network, and compares both.

It needs torch: ``pip install torch``.
"""

# %%
# Load the names
# --------------
# The package contains a list of names from many cultures, in random order. Nothing is downloaded.

import matplotlib.pyplot as plt
import numpy as np
import torch

from sklearn_bigram import BigramDisplay, CountBigramLM, NeuralBigramLM
from sklearn_bigram.datasets import load_names

names = load_names()
lengths = np.array([len(name) for name in names])
print(f"{len(names):,} names of {lengths.min()} to {lengths.max()} letters")
print(*names[:9], sep=", ")

# %%
# List the bigrams of a name
# --------------------------
# Put a boundary before and after the name, because its start and its end are information too. One
# symbol is enough for both. Then pair the result with itself, shifted by one. A name has one bigram
# more than it has letters.

print(*(a + b for a, b in zip(".emma", "emma.", strict=True)))

# %%
# Count the bigrams
# -----------------
# A bigram model learns how often each symbol follows each other symbol. The result is a table, with
# a row for each first symbol and a column for each second symbol. Fitting is counting.

model = CountBigramLM(alpha=0).fit(names)

N = model.counts_.toarray()  # (27, 27): the boundary and 26 letters
print(N.shape, f"{N.sum():,.0f} bigrams", f"{np.count_nonzero(N == 0)} kinds never seen", sep=", ")

# %%
# Here are the counts of the eight most frequent symbols. The row of the boundary shows how names
# start, and its column shows how they end. The most frequent bigram is ``a.``: many names end in
# *a*.

frequent = np.argsort(-N.sum(axis=1))[:8]
part = N[np.ix_(frequent, frequent)]
display = BigramDisplay(part, model.symbols_[frequent]).plot(colorbar=False)
display.ax_.set_title("Counts of the most frequent symbols")

# %%
# And here are all bigrams, without the numbers.

_, ax = plt.subplots(figsize=(6, 6), layout="constrained")
BigramDisplay.from_estimator(model, ax=ax, include_values=False)
ax.set_title("Counts of all bigrams")

# %%
# Normalize the rows
# ------------------
# Divide each row by its sum, to get the distribution of the next symbol. ``keepdims=True`` keeps
# the sums in a column; without it, NumPy would divide the columns, without an error. The model
# returns the same rows for prefixes of one symbol; the empty prefix stands for the boundary.

P = N / N.sum(axis=1, keepdims=True)  # (27, 27) / (27, 1)

prefixes = ["", *model.symbols_[1:]]
assert np.allclose(P, model.predict_proba(prefixes))

for prefix in ["", "q", "e"]:
    p = model.predict_proba([prefix])[0]  # (27,)
    best = np.argsort(-p)[:4]
    print(f"after {prefix or '.'}", *(f"{model.classes_[j]} {p[j]:.3f}" for j in best), sep="   ")

# %%
# Sample names
# ------------
# Start at the boundary, draw the next symbol from the row of the current one, and stop at the
# boundary. The names are not good, but compare them with those of a model that knows nothing: with
# a huge ``alpha``, all symbols are equally likely.

uniform = CountBigramLM(alpha=1e9).fit(names)

print("bigrams:", *model.sample(8, random_state=0))
print("uniform:", *uniform.sample(3, random_state=0))

# %%
# Compute the likelihood
# ----------------------
# A good model gives a high probability to the data. The probability of a name is the product of the
# probabilities of its bigrams. Products of many small numbers underflow, so add up their logarithms
# instead. :meth:`~sklearn_bigram.CountBigramLM.score_samples` returns this sum for each name.

row = {symbol: i for i, symbol in enumerate(model.symbols_)}
for a, b in zip(".emma", "emma.", strict=True):
    p = P[row[a], row[b]]
    print(f"{a}{b}   P = {p:.4f}   log P = {np.log(p):8.4f}")
print(f"emma            sum = {model.score_samples(['emma'])[0]:8.4f}")

# %%
# With the sign changed, it is a loss: the negative log-likelihood (NLL). Take the mean over all
# bigrams, so that it does not depend on the number of names. A loss of zero means that every symbol
# was certain. :meth:`~sklearn_bigram.CountBigramLM.score` returns minus the mean NLL, since
# scikit-learn expects that higher scores are better. The exponential of the mean NLL is the
# perplexity: the number of equally likely symbols with the same loss.

for label, lm in {"bigrams": model, "uniform": uniform}.items():
    print(f"{label}: mean NLL {-lm.score(names):.4f} nats, perplexity {lm.perplexity(names):.2f}")

# %%
# Smooth the counts
# -----------------
# One unseen bigram makes a whole name impossible. No name in the list contains *jq*, so *andrejq*
# has probability zero, and the loss of every list that contains it is infinite.

print(model.score_samples(["andrej", "andrejq"]))

# %%
# To avoid this, add ``alpha`` to the count of each bigram. The loss on the training names rises a
# little, and all other names become possible.

smooth = CountBigramLM(alpha=1).fit(names)

print(smooth.score_samples(["andrej", "andrejq"]))
print(f"mean NLL {-model.score(names):.4f}, smoothed {-smooth.score(names):.4f}")

# %%
# Train a network
# ---------------
# Now fit the same model with the tools of larger ones. One linear layer maps the first symbol,
# encoded as one-hot, to 27 logits. Softmax turns the logits into probabilities of the second
# symbol. One-hot times a matrix is a row of the matrix, so the weights W hold the logarithms of
# counts, and exp(W) plays the role of N. The loss is the mean NLL plus ``reg`` times the mean of
# the squared weights.
#
# The lecture starts from random weights and takes steps against the gradient. ``solver="gd"`` does
# the same, with automatic differentiation in torch. It computes the loss from the counts, because
# equal bigrams have equal losses. So a step takes no longer for a million names than for a few.
#
# The loss is convex and has one minimum. The default, ``solver="exact"``, finds it by Newton's
# method.

descent = NeuralBigramLM(reg=0.01, solver="gd", random_state=2147483647).fit(names)
exact = NeuralBigramLM(reg=0.01).fit(names)

print(f"gradient descent: loss {descent.loss_:.5f} after {descent.n_iter_} steps")
print(f"exact minimum:    loss {exact.loss_:.5f} after {exact.n_iter_} steps")

# %%
# The first steps reduce the loss most. Then progress becomes slower and slower, because the bigrams
# of rare symbols have tiny gradients.

fig, (top, bottom) = plt.subplots(2, figsize=(6, 7), sharex=True, layout="constrained")
top.plot(descent.loss_curve_, label="gradient descent")
top.axhline(exact.loss_, color="C1", ls="--", label="exact minimum")
top.set(ylabel="loss (nats)", title="Loss at each step")
top.legend()
bottom.semilogy(descent.loss_curve_ - exact.loss_)
bottom.set(xlabel="step", ylabel="nats", title="Loss minus the exact minimum")
for ax in (top, bottom):
    ax.grid(alpha=0.3)

# %%
# The weights resemble the counts on a logarithmic scale. Red bigrams are probable after their first
# symbol, blue ones are not.

_, ax = plt.subplots(figsize=(6, 6), layout="constrained")
BigramDisplay.from_estimator(exact, kind="logits", ax=ax, include_values=False)
ax.set_title("Weights of the network")

# %%
# Compare the penalty with fake counts
# ------------------------------------
# If all weights are zero, all symbols are equally likely, as with a huge ``alpha``. The penalty
# pulls the weights toward zero, so it has the same effect as fake counts. To see this, convert the
# probabilities back to counts: multiply each row by its total.
#
# The first panel shows the row of *z*. Without a penalty, all points would be on the diagonal. The
# penalty raises the counts of unseen and rare bigrams and lowers those of frequent ones, and so do
# fake counts (dashed). The second panel compares P of both models, with one dot per bigram. The
# models agree on frequent bigrams. For rare ones, this penalty smooths more than one fake count.


def effective_counts(lm):
    """Return the counts that correspond to the probabilities of a model: (27, 27)."""
    P = lm.predict_proba(prefixes)  # (27, 27)
    return N.sum(axis=1, keepdims=True) * P  # (27, 1) * (27, 27)


z = row["z"]
order = np.argsort(N[z])

fig, (top, bottom) = plt.subplots(2, figsize=(6, 9), layout="constrained")
ticks = [0, 1, 3, 10, 30, 100, 300]
top.plot(ticks, ticks, color="0.7", lw=1)
for reg, color in zip([0.001, 0.01, 0.1], plt.cm.viridis([0.75, 0.5, 0.1]), strict=True):
    counts = effective_counts(NeuralBigramLM(reg).fit(names))
    top.plot(N[z, order], counts[z, order], "o-", ms=5, color=color, label=f"reg = {reg}")
counts = effective_counts(smooth)
top.plot(N[z, order], counts[z, order], "k--", lw=1.5, label="alpha = 1")
top.set_xscale("symlog", linthresh=1)
top.set_yscale("symlog", linthresh=1)
top.set_xticks(ticks, ticks)
top.set_yticks(ticks, ticks)
top.set(xlabel="count", ylabel="effective count", title="Effective counts in the row of z")
top.legend()

P_count, P_exact = smooth.predict_proba(prefixes), exact.predict_proba(prefixes)
dots = bottom.scatter(P_count, P_exact, c=np.log10(1 + N), s=14, cmap="viridis_r")
bottom.axline((0.01, 0.01), (0.1, 0.1), color="0.7", lw=1, zorder=0)
bottom.set(xscale="log", yscale="log", title="Probabilities of all bigrams in both models")
bottom.set(xlabel="counting, alpha = 1", ylabel="network, reg = 0.01")
bar = fig.colorbar(dots, ax=bottom, label="count", ticks=np.log10([1, 2, 11, 101, 1001]))
bar.set_ticklabels(["0", "1", "10", "100", "1000"])

# %%
# Compare the samples
# -------------------
# Both models have nearly the same NLL. With the same random numbers, they draw the same names.

models = {"count": smooth, "network, descent": descent, "network, exact": exact}
for label, lm in models.items():
    generator = torch.Generator().manual_seed(42)
    print(f"{label:17} {-lm.score(names):.4f}  ", *lm.sample(7, random_state=generator))

# %%
# The count model cannot go much further. A table for the last *n* symbols has 27\ :sup:`n` rows,
# and most of them stay empty. A network can share what it learns between contexts. Loss, softmax,
# gradient and sampling stay the same.
