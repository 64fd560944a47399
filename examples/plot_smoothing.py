"""
Choose a smoothing method
=========================

In a short list of names, most bigrams do not occur. The smoothing method decides how probable these
unseen bigrams are. :class:`~sklearn_bigram.CountBigramLM` has five methods. This example compares
them on names that the models have not seen.
"""

# %%
# Compare the methods
# -------------------
# Fit each model to 30 to 3,000 of the bundled names and score it on all others, for five random
# splits. A tokenizer with a fixed alphabet gives all models the same symbols, even if a small
# sample lacks some letters.

import string

import matplotlib.pyplot as plt
import numpy as np

from sklearn_bigram import CountBigramLM, NameTokenizer
from sklearn_bigram.datasets import load_names

names = np.array(load_names(), dtype=object)
sizes = [30, 100, 300, 1_000, 3_000]
methods = ["additive", "absolute", "kneser-ney", "witten-bell", "dirichlet"]
letters = NameTokenizer(alphabet=string.ascii_lowercase)

nll = np.empty((len(methods), len(sizes), 5))
for k in range(5):
    order = np.random.default_rng(k).permutation(len(names))
    for j, size in enumerate(sizes):
        train, test = names[order[:size]], names[order[size:]]
        for i, method in enumerate(methods):
            model = CountBigramLM(smoothing=method, tokenizer=letters).fit(train)
            nll[i, j, k] = -model.score(test)

print("names       ", *(f"{size:6}" for size in sizes))
for i, method in enumerate(methods):
    print(f"{method:12}", *(f"{value:.4f}" for value in nll[i].mean(axis=1)))

# %%
# ``"dirichlet"`` has the lowest NLL for every size. The differences are large for few names and
# almost vanish for many. The figure shows the NLL of each method minus that of ``"dirichlet"``: the
# mean over the five splits, and the range.

extra = nll - nll[-1]
fig, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
for i, method in enumerate(methods):
    label = "additive, alpha=1" if method == "additive" else method
    ax.fill_between(sizes, extra[i].min(axis=1), extra[i].max(axis=1), color=f"C{i}", alpha=0.15)
    ax.plot(sizes, extra[i].mean(axis=1), "o-", color=f"C{i}", label=label)
ax.set(xscale="log", xlabel="training names", ylabel="nats per bigram")
ax.set_title("Held-out NLL minus that of dirichlet smoothing")
ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
ax.minorticks_off()
ax.grid(alpha=0.3)
ax.legend()

# %%
# How "dirichlet" works
# ---------------------
# Additive smoothing adds the same number, ``alpha``, to each count. ``"dirichlet"`` adds
# :math:`u_j` to the counts of symbol *j*, and estimates these numbers from the counts. Their
# distribution is :math:`q = u / U`, where *U* is their sum. A symbol that the model has not seen,
# such as the question mark here, has q as its row.
#
# The figure compares q with the frequency of each letter in 300 names. The letter *n* ends 8 % of
# all bigrams, but mostly in *an*, *in*, *en* and *on*. After a letter that it has not followed yet,
# it is only half as likely. Most rare letters are more likely than their frequency suggests.

train = names[np.random.default_rng(0).permutation(len(names))[:300]]
symbols = [*string.ascii_lowercase, "?"]
model = CountBigramLM(smoothing="dirichlet", tokenizer=NameTokenizer(alphabet=symbols)).fit(train)
q = model.predict_proba(["?"])[0]
share = model.counts_.sum(axis=0) / model.counts_.sum()
n = model.symbols_.tolist().index("n")
print(f"n: {share[n]:.1%} of all bigrams, q = {q[n]:.1%}")

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
x = np.arange(len(q))
ax.bar(x - 0.2, share, 0.4, label="frequency in all bigrams", color="0.6")
ax.bar(x + 0.2, q, 0.4, label="q: probability after an unseen symbol", color="C4")
ax.set_xticks(x, model.symbols_)
ax.set(xlabel="second symbol", ylabel="probability", title="Frequency of each symbol, and q")
ax.legend()
