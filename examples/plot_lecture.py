"""
From raw names to new ones
==========================

A bigram model looks at one symbol to guess the next, and at nothing else. It is the simplest
language model there is, and already has all the parts of the large ones: tokens, probabilities, a
likelihood to be judged by, smoothing, a loss that gradient descent brings down, and sampling.

This example walks the path of A. Karpathy's lecture *The spelled-out intro to language modeling:
building makemore*: first by counting, then with a neural network, until both say the same.

It needs torch: ``pip install torch``.
"""

# %%
# Names
# -----
# The names that come with the package are plain strings, from many cultures, in random order.
# Nothing is downloaded.

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
# Bigrams
# -------
# How a name begins and ends is worth knowing too. So a boundary stands before and after each name:
# one symbol for both, since a name's end is where the next may start. Pairing the string with
# itself, shifted by one, gives a name's bigrams: one more than it has letters.

print(*(a + b for a, b in zip(".emma", "emma.", strict=True)))

# %%
# Counts
# ------
# All that a bigram model can learn from names is how often each symbol followed each other:
# a table with a row for the first symbol and a column for the second. To fit is to count.

model = CountBigramLM(alpha=0).fit(names)

N = model.counts_.toarray()  # (27, 27): the boundary and 26 letters
print(N.shape, f"{N.sum():,.0f} bigrams", f"{np.count_nonzero(N == 0)} kinds never seen", sep=", ")

# %%
# The row of the boundary is how names begin, its column is how they end. In this list ``a.``
# is the most frequent bigram of all: names like to end in *a*.

BigramDisplay.from_estimator(model)

# %%
# Rows to probabilities
# ---------------------
# Divide each row by its sum, and it is the distribution of the next symbol. The sums must stay a
# column: without ``keepdims``, broadcasting would divide *columns* by them, and nothing would
# complain. The model tells the same after each one-symbol prefix; the empty prefix is the boundary.

P = N / N.sum(axis=1, keepdims=True)  # (27, 27) / (27, 1)

prefixes = ["", *model.symbols_[1:]]
assert np.allclose(P, model.predict_proba(prefixes))

for prefix in ["", "q", "e"]:
    p = model.predict_proba([prefix])[0]  # (27,)
    best = np.argsort(-p)[:4]
    print(f"after {prefix or '.'}", *(f"{model.classes_[j]} {p[j]:.3f}" for j in best), sep="   ")

# %%
# Sampling
# --------
# Start at the boundary, draw the next symbol from its row, go to the row of that symbol, and stop
# when the boundary comes again. The names are not good, but a model that knows nothing does far
# worse: a huge ``alpha`` makes all symbols equally likely.

ignorant = CountBigramLM(alpha=1e9).fit(names)

print("bigrams:", *model.sample(8, random_state=0))
print("nothing:", *ignorant.sample(3, random_state=0))

# %%
# Likelihood
# ----------
# How good is a model? One that was right would give the data a high probability. That of a name is
# the product of its bigrams' probabilities, and since products of small numbers vanish, one adds
# logarithms. :meth:`~sklearn_bigram.CountBigramLM.score_samples` does that for each name.

row = {symbol: i for i, symbol in enumerate(model.symbols_)}
for a, b in zip(".emma", "emma.", strict=True):
    p = P[row[a], row[b]]
    print(f"{a}{b}   P = {p:.4f}   log P = {np.log(p):8.4f}")
print(f"emma            sum = {model.score_samples(['emma'])[0]:8.4f}")

# %%
# With the sign turned it is a loss, the negative log-likelihood (NLL), and as a mean over bigrams
# it does not depend on how many there are. Zero would be certainty.
# :meth:`~sklearn_bigram.CountBigramLM.score` is minus this mean, as scikit-learn wants larger to be
# better, and the perplexity is its exponential: among how many equally likely symbols the model
# still has to guess.

for label, lm in {"bigrams": model, "nothing": ignorant}.items():
    print(f"{label}: mean NLL {-lm.score(names):.4f} nats, perplexity {lm.perplexity(names):.2f}")

# %%
# Smoothing
# ---------
# A single bigram that never occurred makes a whole name impossible. No name in the list has a *q*
# after a *j*, so *andrejq* has probability zero, and the loss of any list with it is infinite.

print(model.score_samples(["andrej", "andrejq"]))

# %%
# The cure is to pretend that each bigram was seen ``alpha`` times more than it was. It costs a
# little on the names that were counted, and buys an answer for all the others.

smooth = CountBigramLM(alpha=1).fit(names)

print(smooth.score_samples(["andrej", "andrejq"]))
print(f"mean NLL {-model.score(names):.4f}, smoothed {-smooth.score(names):.4f}")

# %%
# A network instead
# -----------------
# Now the same with the tools that larger models need. One linear layer takes the first symbol,
# one-hot, to 27 logits; softmax makes them probabilities of the second. One-hot times a matrix is a
# look-up of its row: W holds log-counts, and exp(W) plays the part of N. The loss is the mean NLL,
# plus ``reg`` times the mean of W squared.
#
# The lecture starts from random weights and takes steps against the gradient.
# ``solver="gd"`` does so, with automatic differentiation in torch. One thing is better: examples
# with the same symbols have the same loss, so the counts tell all that a pass over every bigram
# would, and a step takes no longer for a million names.
#
# The loss is convex, so there is one minimum and no luck in finding it. The default,
# ``solver="exact"``, goes there straight, by Newton's method.

descent = NeuralBigramLM(reg=0.01, solver="gd", random_state=2147483647).fit(names)
exact = NeuralBigramLM(reg=0.01).fit(names)

print(f"gradient descent: loss {descent.loss_:.5f} after {descent.n_iter_} steps")
print(f"exact minimum:    loss {exact.loss_:.5f} after {exact.n_iter_} steps")

# %%
# Most of the way is done in the first steps. What then remains shrinks ever more slowly: the last
# digits are in the bigrams of rare symbols, whose gradients are tiny.

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.plot(descent.loss_curve_, label="gradient descent")
left.axhline(exact.loss_, color="C1", ls="--", label="exact minimum")
left.set(xlabel="step", ylabel="loss (nats)", title="Loss")
left.legend()
right.semilogy(descent.loss_curve_ - exact.loss_)
right.set(xlabel="step", ylabel="nats", title="Loss above the exact minimum")
for ax in (left, right):
    ax.grid(alpha=0.3)

# %%
# Here is what the network has learned: red for bigrams that it expects, blue for those it does not.
# It is the picture of the counts again, on a logarithmic scale.

BigramDisplay.from_estimator(exact, kind="logits")

# %%
# Regularization is smoothing
# ---------------------------
# Weights of zero say that all symbols are equally likely, just as a huge ``alpha`` does, and the
# penalty pulls toward zero as fake counts pull toward equal ones. To see it, translate
# probabilities back to counts: a row's total times P is the count that the model acts on.
#
# On the left is the row of *z*, for several strengths. Without a penalty all points would be on
# the diagonal. The penalty lifts what was never or seldom seen, and pays for it with what was seen
# often; so do fake counts (dashed). On the right is P of both models, a dot a bigram. Where the
# data speak, they agree; where they are silent, this penalty smooths more than one fake count does.


def effective_counts(lm):
    """Return what a model takes the counts to be: (27, 27)."""
    P = lm.predict_proba(prefixes)  # (27, 27)
    return N.sum(axis=1, keepdims=True) * P  # (27, 1) * (27, 27)


z = row["z"]
order = np.argsort(N[z])

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
ticks = [0, 1, 3, 10, 30, 100, 300]
left.plot(ticks, ticks, color="0.7", lw=1)
for reg, color in zip([0.001, 0.01, 0.1], plt.cm.viridis([0.75, 0.5, 0.1]), strict=True):
    counts = effective_counts(NeuralBigramLM(reg).fit(names))
    left.plot(N[z, order], counts[z, order], "o-", ms=5, color=color, label=f"reg = {reg}")
counts = effective_counts(smooth)
left.plot(N[z, order], counts[z, order], "k--", lw=1.5, label="alpha = 1")
left.set_xscale("symlog", linthresh=1)
left.set_yscale("symlog", linthresh=1)
left.set_xticks(ticks, ticks)
left.set_yticks(ticks, ticks)
left.set(xlabel="count", ylabel="effective count", title="The row of z")
left.legend()

P_count, P_exact = smooth.predict_proba(prefixes), exact.predict_proba(prefixes)
dots = right.scatter(P_count, P_exact, c=np.log10(1 + N), s=14, cmap="viridis_r")
right.axline((0.01, 0.01), (0.1, 0.1), color="0.7", lw=1, zorder=0)
right.set(xscale="log", yscale="log", title="P, cell by cell")
right.set(xlabel="counting, alpha = 1", ylabel="network, reg = 0.01")
bar = fig.colorbar(dots, ax=right, label="count", ticks=np.log10([1, 2, 11, 101, 1001]))
bar.set_ticklabels(["0", "1", "10", "100", "1000"])

# %%
# The same names
# --------------
# So both ways lead to the same place. The mean NLL is nearly the same, and where the dice fall
# alike, so are the names.

models = {"count": smooth, "network, descent": descent, "network, exact": exact}
for label, lm in models.items():
    dice = torch.Generator().manual_seed(42)
    print(f"{label:17} {-lm.score(names):.4f}  ", *lm.sample(7, random_state=dice))

# %%
# Why then a network? Because counting stops here. A table for the last *n* symbols has
# 27\ :sup:`n` rows, most of them empty forever, while a network can share what it learns between
# contexts. The loss, the softmax, the gradient and the sampling stay as they are.
