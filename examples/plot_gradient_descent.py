"""
Walking to the minimum
======================

``solver="gd"`` walks down the loss in equal steps of a learning rate, as the lecture does, and the
lecture finds by trial that 50 is a good one. The exact minimum is known here, so we can see how far
from it each step is, why 50 is right, and which symbols are learned last.

It needs torch: ``pip install torch``.
"""

# %%
# Learning rates
# --------------
# From the same random weights, a thousand steps with each of several learning rates. None of them
# reaches a gradient of zero, which is what ``tol=0`` asks for, and each says so: we know.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_bigram import NeuralBigramLM
from sklearn_bigram.datasets import load_names

names = load_names()
exact = NeuralBigramLM(reg=0.01).fit(names)


def descend(learning_rate, max_iter):
    """Return the network after some steps from the same random weights."""
    model = NeuralBigramLM(
        exact.reg,
        solver="gd",
        learning_rate=learning_rate,
        max_iter=max_iter,
        tol=0,
        random_state=2147483647,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(names)


rates = [0.1, 1, 10, 50, 70, 100]
curves = {rate: descend(rate, 1000).loss_curve_ for rate in rates}
for rate, losses in curves.items():
    print(f"{rate:5g}: loss {losses[10]:.4f} after 10 steps, {losses[-1]:.6f} after 1,000")
print(f"exact: loss {exact.loss_:.6f}")

# %%
# How steep it is
# ---------------
# Near the minimum the loss is a quadratic bowl, in which each step shrinks the error along an axis
# by ``1 - learning_rate * curvature``. The curvatures are the eigenvalues of the second derivative.
# The loss is a sum over rows of W, so there is one matrix a row: with *r* the share of all bigrams
# that begin with its symbol and *p* its probabilities,
#
# .. math:: H = r\, \bigl(\mathrm{diag}(p) - p p^T\bigr) + \frac{2\, \mathrm{reg}}{V^2} I.
#
# Where a step is longer than two over the largest curvature, it lands higher than it began.

N = exact.counts_.toarray()  # (27, 27)
V = len(N)
share = N.sum(axis=1) / N.sum()  # (27,)
P = exact.predict_proba(["", *exact.symbols_[1:]])  # (27, 27)
flat = 2 * exact.reg / V**2
curvature = np.array(
    [
        np.linalg.eigvalsh(r * (np.diag(p) - np.outer(p, p))) + flat
        for r, p in zip(share, P, strict=True)
    ]
)  # (27, 27), ascending in each row

top = curvature.max()
print(f"largest curvature {top:.4f}: steps of more than {2 / top:.0f} overshoot")
print(f"smallest {flat:.1e}: at 50, the error shrinks by {50 * flat:.2%} a step in the end")

fig, ax = plt.subplots(figsize=(8, 5), layout="constrained")
colors = [*plt.cm.viridis(np.linspace(0.9, 0.1, len(rates) - 1)), "C3"]
for (rate, losses), color in zip(curves.items(), colors, strict=True):
    ax.plot(losses - exact.loss_, color=color, lw=0.7 if rate == 100 else 1.5, label=f"{rate:g}")
ax.set(xscale="symlog", yscale="log", xlabel="step", ylabel="loss above the exact minimum (nats)")
ax.legend(title="learning rate")

# %%
# So 50 is about as far as one can go, and why it is so large is in the table: a cell is one of 729,
# and its share of a mean is small. At 100 the steepest directions bounce forever, while the others
# are learned all the same. In a few names, some symbol has a larger share, and 50 is too much.
#
# Rare symbols come last
# ----------------------
# A row's curvatures are in proportion to its symbol's share, so rare symbols learn slowly. Here is
# how far each row is from its part of the minimum, per bigram that begins with its symbol.


def loss_by_row(model):
    """Return each row's part of the loss, per bigram of its own: (27,)."""
    nll = -(N * model.predict_log_proba(["", *model.symbols_[1:]])).sum(axis=1) / N.sum(axis=1)
    return nll + model.reg * (model.coef_**2).sum(axis=1) / V**2 / share


steps = [1, 3, 10, 30, 100, 300, 1000]
order = np.argsort(-share)

fig, ax = plt.subplots(figsize=(9, 5), layout="constrained")
for k, color in zip(steps, plt.cm.magma(np.linspace(0.85, 0.1, len(steps))), strict=True):
    gap = loss_by_row(descend(50, k)) - loss_by_row(exact)
    ax.semilogy(gap[order], "o-", ms=4, lw=1, color=color, label=f"{k:,}")
ax.set_xticks(range(V), exact.symbols_[order])
ax.set(ylim=(1e-5, 10), xlabel="first symbol, the most frequent first")
ax.set(ylabel="above its minimum (nats)")
ax.legend(title="steps", loc="center left", bbox_to_anchor=(1, 0.5))

first, last = exact.symbols_[order[[0, -1]]]
print(f"of all bigrams, {share.max():.1%} begin with {first}, {share.min():.1%} with {last}")

# %%
# After a hundred steps the frequent rows are done to three digits, and the row of *q* has hardly
# begun. It does not matter much for the mean, which is why the loss curve looks flat long before W
# has settled. ``solver="exact"`` takes five steps of Newton's method, in which every row goes at
# its own pace.
