"""
Tune the smoothing
==================

``alpha`` of :class:`~sklearn_bigram.CountBigramLM` and ``reg`` of
:class:`~sklearn_bigram.NeuralBigramLM` control how far a model trusts its counts. With too little
smoothing, new names are almost impossible. With too much, the model learns nothing. This example
finds the best value by cross-validation.
"""

# %%
# Load a small sample
# -------------------
# With many names, smoothing matters little. So train on only 300 of the bundled names, and hold out
# all others.

import string

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, KFold, train_test_split
from sklearn.pipeline import Pipeline

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.datasets import load_names

train, test = train_test_split(load_names(), train_size=300, random_state=0)
print(f"{len(train)} names to train on, {len(test):,} held out")
print(*train[:10], sep=", ")

# %%
# Search for the best alpha
# -------------------------
# ``score`` is the mean log-likelihood per bigram, and a grid search maximizes it. Set the alphabet
# of the tokenizer: otherwise, a rare letter may be missing from the training part of a fold, and
# scoring the other part raises an error.

letters = NameTokenizer(alphabet=string.ascii_lowercase)
folds = KFold(5, shuffle=True, random_state=0)
alphas = np.logspace(-3, 2, 26)

search = GridSearchCV(CountBigramLM(tokenizer=letters), {"alpha": alphas}, cv=folds).fit(train)

print(f"alpha = {search.best_params_['alpha']:.3g}: held-out NLL {-search.score(test):.4f}")

# %%
# Compare both models in one search
# ---------------------------------
# In a pipeline, the tokenizer is the first step and the model is the second. Then the model is a
# parameter too, and one search can try both kinds.

regs = np.logspace(-4, 1, 26)
pipeline = Pipeline([("tokens", letters), ("model", CountBigramLM())])
grid = [
    {"model": [CountBigramLM()], "model__alpha": alphas},
    {"model": [NeuralBigramLM()], "model__reg": regs},
]

search = GridSearchCV(pipeline, grid, cv=folds, return_train_score=True).fit(train)

best = search.best_estimator_["model"]
print(f"best in cross-validation: {type(best).__name__}, reg = {best.reg:.3g}")
print(f"NLL {-search.best_score_:.4f} in cross-validation, {-search.score(test):.4f} held out")

# %%
# Plot the results
# ----------------
# ``cv_results_`` contains the scores of all candidates. For comparison, fit each candidate to all
# 300 names and score it on the held-out names, which the search has not seen.

results = search.cv_results_
cv_nll = -results["mean_test_score"]  # (52,), first all alphas, then all regs
cv_error = results["std_test_score"] / np.sqrt(folds.get_n_splits())
train_nll = -results["mean_train_score"]
test_nll = np.array([-pipeline.set_params(**p).fit(train).score(test) for p in results["params"]])

count, neural = slice(0, len(alphas)), slice(len(alphas), None)
fig, axes = plt.subplots(2, figsize=(6, 7.5), sharey=True, layout="constrained")
for ax, part, values in zip(axes, [count, neural], [alphas, regs], strict=True):
    nll, error = cv_nll[part], cv_error[part]
    ax.fill_between(values, nll - error, nll + error, color="C0", alpha=0.2, lw=0)
    ax.plot(values, nll, color="C0", label="cross-validation, ± standard error")
    ax.plot(values, test_nll[part], color="C1", label="held out")
    ax.plot(values, train_nll[part], color="0.5", ls="--", label="training")
    x, y = values[nll.argmin()], nll.min()
    ax.plot(x, y, "o", color="C0", label="best")
    ax.annotate(f"{x:.2g}", (x, y), (0, 8), textcoords="offset points", ha="center")
    ax.set(xscale="log", ylabel="nats per bigram")
    ax.grid(alpha=0.3)
axes[0].set(title="CountBigramLM: NLL by alpha", xlabel="alpha")
axes[1].set(title="NeuralBigramLM: NLL by reg", xlabel="reg")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)

# %%
# The training NLL only rises, so it cannot tell how much smoothing is best. The other two curves
# have a minimum at the same place. On its left the model trusts the counts too much; on its right,
# too little. The NLL in cross-validation is slightly too high, because its models are trained on
# four fifths of the names. But its minimum is where the held-out names have theirs.
#
# Both models have curves of the same shape, and nearly the same minimum.

for label, part in {"count": count, "neural": neural}.items():
    chosen = test_nll[part][cv_nll[part].argmin()]
    print(f"{label:7} held-out NLL: chosen {chosen:.4f}, lowest {test_nll[part].min():.4f}")

# %%
# With more names, tuning matters less
# ------------------------------------
# The next figure shows the held-out NLL for training lists of other sizes. All are scored on the
# same held-out names. The dot is the minimum of each curve.

train, test = train_test_split(load_names(), train_size=10_000, random_state=0)
sizes = [100, 300, 1_000, 3_000, 10_000]
model = CountBigramLM(tokenizer=letters)

fig, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
for n, color in zip(sizes, plt.cm.viridis(np.linspace(0.85, 0.1, len(sizes))), strict=True):
    nll = np.array([-model.set_params(alpha=a).fit(train[:n]).score(test) for a in alphas])
    best = nll.argmin()
    ax.plot(alphas, nll, color=color, label=f"{n:,} names")
    ax.plot(alphas[best], nll[best], "o", color=color)
    print(f"{n:6,} names: alpha 0.001 {nll[0]:.4f}, best alpha {alphas[best]:.2f} {nll[best]:.4f}")
ax.set(xscale="log", xlabel="alpha", ylabel="nats per bigram", title="Held-out NLL by alpha")
ax.grid(alpha=0.3)
ax.legend()

# %%
# With more names, the curves become lower and flatter. A hundred names with the best ``alpha`` give
# a lower NLL than three hundred names with the smallest one. With ten thousand names, any small
# ``alpha`` is good enough, except zero: then one unseen bigram makes the NLL infinite.
