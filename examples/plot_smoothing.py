"""
Choose a smoothing
==================

Of a few names, most bigrams are unseen, and the smoothing decides how probable they are.
:class:`~sklearn_bigram.CountBigramLM` has five methods. This example compares them on names that
the models have not seen.
"""

# %%
# Names to learn from, and others
# -------------------------------
# Each model learns from 30 to 3,000 of the bundled names and is judged by all others, in five
# random splits. A tokenizer with a fixed alphabet gives each model the same symbols, also where a
# small sample lacks some letters.

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

for i, method in enumerate(methods):
    print(f"{method:12}", *(f"{value:.4f}" for value in nll[i].mean(axis=1)))

# %%
# The differences are large for few names and vanish for many, so the picture shows how much more a
# method costs than ``"dirichlet"`` does, with the range over the five splits.

extra = nll - nll[-1]
fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
for i, method in enumerate(methods):
    label = "additive, alpha=1" if method == "additive" else method
    ax.fill_between(sizes, extra[i].min(axis=1), extra[i].max(axis=1), color=f"C{i}", alpha=0.15)
    ax.plot(sizes, extra[i].mean(axis=1), "o-", color=f"C{i}", label=label)
ax.set(xscale="log", xlabel="names to learn from", ylabel="extra NLL per bigram (nats)")
ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
ax.minorticks_off()
ax.grid(alpha=0.3)
ax.legend()

# %%
# Fake counts that are learned
# ----------------------------
# Additive smoothing adds ``alpha`` to each count, and ``"dirichlet"`` adds :math:`u_j` to the
# counts of symbol *j*. It estimates these numbers from the counts. Their distribution is
# :math:`q = u / U`, where *U* is their sum. It is the row of a symbol that the model has not seen,
# such as the question mark here. Compare it with the share of each letter in 300 names: *n* ends
# 8 % of all bigrams, but most of these are *an*, *in*, *en* and *on*. So it is only half as likely
# after a letter that it has not followed yet, and the rare letters are more likely.

train = names[np.random.default_rng(0).permutation(len(names))[:300]]
symbols = [*string.ascii_lowercase, "?"]
model = CountBigramLM(smoothing="dirichlet", tokenizer=NameTokenizer(alphabet=symbols)).fit(train)
q = model.predict_proba(["?"])[0]
share = model.counts_.sum(axis=0) / model.counts_.sum()

fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
x = np.arange(len(q))
ax.bar(x - 0.2, share, 0.4, label="share of all bigrams", color="0.6")
ax.bar(x + 0.2, q, 0.4, label="q, the share of unseen bigrams", color="C4")
ax.set_xticks(x, model.symbols_)
ax.set(xlabel="next symbol", ylabel="probability")
ax.legend()
