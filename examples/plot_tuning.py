"""
How much to smooth
==================

``alpha`` of :class:`~sklearn_bigram.CountBigramLM` and ``reg`` of
:class:`~sklearn_bigram.NeuralBigramLM` answer one question: how far to trust the counts. Too little
smoothing, and a name that is merely new counts as impossible; too much, and nothing is learned.
Where between the two is best is for names to say that the model has not seen.
"""

# %%
# A small sample
# --------------
# With many names the counts speak for themselves. Tuning matters when there are few, so train on
# 300 of the bundled names, and keep all others to judge by.

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
# A grid search
# -------------
# The models are ordinary estimators, and ``score``, the mean log-likelihood per bigram, is what a
# grid search maximizes. There is one thing to take care of: a rare letter may be absent from
# the four fifths of the names that a fold trains on, and an unknown symbol is an error. A tokenizer
# with a fixed alphabet knows all letters from the start.

letters = NameTokenizer(alphabet=string.ascii_lowercase)
folds = KFold(5, shuffle=True, random_state=0)
alphas = np.logspace(-3, 2, 26)

search = GridSearchCV(CountBigramLM(tokenizer=letters), {"alpha": alphas}, cv=folds).fit(train)

print(f"alpha = {search.best_params_['alpha']:.3g}: held-out NLL {-search.score(test):.4f}")

# %%
# In a pipeline
# -------------
# The tokenizer may also stand before the model, as a step of a pipeline, and the model be one of
# the things to choose. So one search can try both kinds.

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
# What was seen
# -------------
# The search has kept the scores of every candidate. Beside them, refit each on all 300 names, and
# judge it by the held-out ones, which the search never saw.

results = search.cv_results_
cv_nll = -results["mean_test_score"]  # (52,), first all alphas, then all regs
cv_error = results["std_test_score"] / np.sqrt(folds.get_n_splits())
train_nll = -results["mean_train_score"]
test_nll = np.array([-pipeline.set_params(**p).fit(train).score(test) for p in results["params"]])

count, neural = slice(0, len(alphas)), slice(len(alphas), None)
fig, axes = plt.subplots(1, 2, figsize=(10, 4.5), sharey=True, layout="constrained")
for ax, part, values in zip(axes, [count, neural], [alphas, regs], strict=True):
    nll, error = cv_nll[part], cv_error[part]
    ax.fill_between(values, nll - error, nll + error, color="C0", alpha=0.2, lw=0)
    ax.plot(values, nll, color="C0", label="cross-validation, ± standard error")
    ax.plot(values, test_nll[part], color="C1", label="held out")
    ax.plot(values, train_nll[part], color="0.5", ls="--", label="training")
    x, y = values[nll.argmin()], nll.min()
    ax.plot(x, y, "o", color="C0", label="chosen")
    ax.annotate(f"{x:.2g}", (x, y), (0, 8), textcoords="offset points", ha="center")
    ax.set_xscale("log")
    ax.grid(alpha=0.3)
axes[0].set(title="CountBigramLM", xlabel="alpha", ylabel="mean NLL per bigram (nats)")
axes[1].set(title="NeuralBigramLM", xlabel="reg")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)

# %%
# The training curve only rises: by its measure no smoothing at all is best, so it cannot choose.
# The other two fall, rise, and turn at the same place. Left of it the model believes too much of
# what it saw; right of it, too little. Cross-validation is a little gloomy, as its models have
# trained on four fifths of the names, but it points where the held-out names do.
#
# The curves of both models have the same shape, since both parameters do the same thing, and
# almost the same depth.

for label, part in {"count": count, "neural": neural}.items():
    chosen = test_nll[part][cv_nll[part].argmin()]
    print(f"{label:7} held-out NLL: chosen {chosen:.4f}, lowest {test_nll[part].min():.4f}")

# %%
# More names, less to tune
# ------------------------
# The first curve again, for samples of other sizes, every one judged by the same held-out names.
# A dot is the lowest point of its curve.

train, test = train_test_split(load_names(), train_size=10_000, random_state=0)
sizes = [100, 300, 1_000, 3_000, 10_000]
model = CountBigramLM(tokenizer=letters)

fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
for n, color in zip(sizes, plt.cm.viridis(np.linspace(0.85, 0.1, len(sizes))), strict=True):
    nll = np.array([-model.set_params(alpha=a).fit(train[:n]).score(test) for a in alphas])
    best = nll.argmin()
    ax.plot(alphas, nll, color=color, label=f"{n:,} names")
    ax.plot(alphas[best], nll[best], "o", color=color)
    print(f"{n:6,} names: best alpha {alphas[best]:.2f}, NLL {nll[best]:.4f}")
ax.set(xscale="log", xlabel="alpha", ylabel="held-out NLL per bigram (nats)")
ax.grid(alpha=0.3)
ax.legend()

# %%
# The curves sink and flatten. A hundred names with the right ``alpha`` beat three hundred with the
# smallest one; with ten thousand, any small ``alpha`` will do. Any but zero: then a single bigram
# that is new sends the loss to infinity.
