"""
Choose a learning rate
======================

``solver="gd"`` minimizes the loss by gradient descent, as the lecture does. The lecture finds by
trial that a learning rate of 50 works well. Here the exact minimum is known, so we can see how far
from it each step is, why 50 is a good choice, and which symbols are learned last.

It needs torch: ``pip install torch``.
"""

# %%
# Compare learning rates
# ----------------------
# Take a thousand steps from the same random weights, with each of several learning rates. With
# ``tol=0`` the descent never stops early. It warns that it has not converged; we ignore that.

import warnings

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning

from sklearn_bigram import NeuralBigramLM
from sklearn_bigram.datasets import load_names

torch.set_num_threads(1)  # the matrices are small: more threads only cost time

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
# Find the largest possible rate
# ------------------------------
# Near the minimum, the loss is a quadratic function. Each step multiplies the error along an axis
# by ``1 - learning_rate * curvature``, where the curvatures are the eigenvalues of the second
# derivative. The loss is a sum over the rows of W, so there is one matrix for each row. Let *r* be
# the proportion of bigrams that start with the symbol of the row, and *p* its probabilities. Then
#
# .. math:: H = r\, \bigl(\mathrm{diag}(p) - p p^T\bigr) + \frac{2\, \mathrm{reg}}{V^2} I.
#
# If the learning rate is larger than 2 divided by the largest curvature, the steps overshoot: the
# error along that axis grows.

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
print(f"largest curvature {top:.4f}: learning rates above {2 / top:.0f} overshoot")
print(f"smallest {flat:.1e}: at 50, the error shrinks by {50 * flat:.2%} a step in the end")

fig, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
colors = [*plt.cm.viridis(np.linspace(0.9, 0.1, len(rates) - 1)), "C3"]
for (rate, losses), color in zip(curves.items(), colors, strict=True):
    ax.plot(losses - exact.loss_, color=color, lw=0.7 if rate == 100 else 1.5, label=f"{rate:g}")
ax.set(xscale="symlog", yscale="log", xlabel="step", ylabel="nats")
ax.set_title("Loss minus the exact minimum, by learning rate")
ax.legend(title="learning rate")

# %%
# So a rate of 50 is near the largest one that works. It is so large because a cell is one of 729,
# and its share of the mean loss is small. At 100, the error along the steepest axes never vanishes,
# but the other axes are learned all the same. With only a few names, one symbol can have a larger
# share, and then 50 is too much.
#
# See which symbols are learned last
# ----------------------------------
# The curvatures of a row are proportional to the frequency of its symbol, so rare symbols are
# learned slowly. The figure shows how far each row is from its part of the minimum, per bigram that
# starts with its symbol.


def loss_by_row(model):
    """Return each row's part of the loss, per bigram of its own: (27,)."""
    nll = -(N * model.predict_log_proba(["", *model.symbols_[1:]])).sum(axis=1) / N.sum(axis=1)
    return nll + model.reg * (model.coef_**2).sum(axis=1) / V**2 / share


steps = [1, 3, 10, 30, 100, 300, 1000]
order = np.argsort(-share)

fig, ax = plt.subplots(figsize=(6, 6), layout="constrained")
for k, color in zip(steps, plt.cm.magma(np.linspace(0.85, 0.1, len(steps))), strict=True):
    gap = loss_by_row(descend(50, k)) - loss_by_row(exact)
    ax.semilogy(gap[order], "o-", ms=4, lw=1, color=color, label=f"{k:,}")
ax.set_xticks(range(V), exact.symbols_[order])
ax.set(ylim=(1e-5, 10), xlabel="first symbol, in descending order of frequency", ylabel="nats")
ax.set_title("Loss of each row minus its minimum, by number of steps")
fig.legend(title="steps", loc="outside lower center", ncols=len(steps))

first, last = exact.symbols_[order[[0, -1]]]
print(f"of all bigrams, {share.max():.1%} begin with {first}, {share.min():.1%} with {last}")

# %%
# After a hundred steps, the rows of the most frequent symbols are within a thousandth of their
# minimum, but the row of *q* has hardly changed. This has little effect on the mean, so the loss
# curve looks flat long before all weights have converged. ``solver="exact"`` takes five steps of
# Newton's method, whose step size adapts to each row.
