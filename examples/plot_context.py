"""
Build a trigram model
=====================

A bigram model sees only the last symbol. But a symbol can be more than a letter: if each symbol
consists of the last *two* letters, a bigram model of these symbols is a trigram model of letters.
This example builds models with a memory of one to five letters. It shows why longer memories fail:
the table grows exponentially, and soon nearly all of it is empty.
"""

# %%
# Make symbols with a memory
# --------------------------
# The analyzer of a tokenizer is a function that splits a name into symbols. This analyzer makes one
# symbol for each letter, which consists of that letter and the letters before it, up to *n* in all.
# A name has as many symbols as letters, so all scores are per letter.

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from sklearn_bigram import CountBigramLM, NameTokenizer, count_bigrams
from sklearn_bigram.datasets import load_names


def last_letters(name, n):
    """Return the last n letters, or as many as there are, at each place in a name."""
    return [name[max(0, end - n) : end] for end in range(1, len(name) + 1)]


print(last_letters("emma", 1))
print(last_letters("emma", 2))

# %%
# Hold out 2,000 names. The alphabet of each tokenizer contains the symbols of all names, so that
# the held-out names have no unknown symbols, only rare ones.

names = load_names()
train, test = train_test_split(names, test_size=2000, random_state=0)


def make_tokenizer(n):
    """Return a tokenizer with a memory of n letters."""
    analyzer = partial(last_letters, n=n)
    alphabet = sorted({symbol for name in names for symbol in analyzer(name)})
    return NameTokenizer(analyzer=analyzer, alphabet=alphabet)


memories = [1, 2, 3, 4, 5]
tokenizers = [make_tokenizer(n) for n in memories]
models = [CountBigramLM(alpha=0, tokenizer=tokenizer).fit(train) for tokenizer in tokenizers]
for n, model in zip(memories, models, strict=True):
    N = model.counts_
    V = N.shape[0]
    print(f"memory {n}: {V:6,} symbols, {N.nnz:6,} of {V**2:11,} cells counted, ", end="")
    print(f"{np.mean(N.data == 1):.0%} of them once")

# %%
# With a memory of three letters, the table has 34 million cells. Only 21,245 bigrams of symbols
# occur, and more than half of them occur once. The model stores only these, so memory is no
# problem. The problem is that nearly all cells are empty.
#
# Compare the loss
# ----------------
# Compute the NLL of the training names and of the held-out names. On the held-out names, each
# memory gets its best ``alpha``; Kneser-Ney smoothing needs no tuning.


def held_out_nll(tokenizer):
    """Return the held-out NLL with the best of many alphas, and with Kneser-Ney smoothing."""
    seen, new = (count_bigrams(part, tokenizer=tokenizer) for part in (train, test))
    lms = [CountBigramLM(alpha, tokenizer=tokenizer) for alpha in np.logspace(-6, 0, 19)]
    lms.append(CountBigramLM(smoothing="kneser-ney", tokenizer=tokenizer))
    *additive, kneser_ney = (-lm.fit(seen).score(new) for lm in lms)
    return min(additive), kneser_ney


train_nll = np.array([-model.score(train) for model in models])
test_nll, kneser_ney_nll = np.transpose([held_out_nll(tokenizer) for tokenizer in tokenizers])
impossible = np.array([np.isinf(model.score_samples(test)).mean() for model in models])


def draw(model, n_names):
    """Draw names as token ids, and keep the last letter of each symbol."""
    tokenizer = model.tokenizer_
    on_ids = CountBigramLM(alpha=0).fit(tokenizer.transform(train))
    ids = on_ids.sample(n_names, random_state=0)
    last = np.array([symbol[-1] for symbol in tokenizer.symbols_])
    return ["".join(last[row]) for row in np.split(ids.data, ids.indptr[1:-1])]


drawn = [draw(model, 2000) for model in models]
known = set(train)
copied = np.array([np.mean([name in known for name in some]) for some in drawn])

print("memory  training  held out, best alpha  held out, Kneser-Ney")
for row in zip(memories, train_nll, test_nll, kneser_ney_nll, strict=True):
    print("{:6}  {:8.4f}  {:20.4f}  {:20.4f}".format(*row))

fig, (top, bottom) = plt.subplots(2, figsize=(6, 8), sharex=True, layout="constrained")
top.plot(memories, train_nll, "o--", color="0.5", label="training names")
top.plot(memories, test_nll, "o-", color="C1", label="held-out names, best alpha")
top.plot(memories, kneser_ney_nll, "o-", color="C0", label="held-out names, Kneser-Ney")
top.set(ylim=(0, None), ylabel="nats per letter", title="NLL by letters of memory")
label = "held-out names that are impossible, alpha = 0"
bottom.plot(memories, 100 * impossible, "o-", color="C1", label=label)
label = "sampled names that are training names"
bottom.plot(memories, 100 * copied, "o-", color="C2", label=label)
bottom.set(ylim=(0, 125), yticks=range(0, 101, 20), ylabel="%", xlabel="letters of memory")
bottom.set(xticks=memories, title="Impossible names and copies")
for ax in (top, bottom):
    ax.grid(alpha=0.3)
    ax.legend()

# %%
# On the training names, the NLL falls with each letter of memory: with five letters, the model
# nearly knows the names by heart. On the held-out names, the NLL falls from one letter to two, from
# 2.60 to 2.55, and then rises steeply. So with this many names a trigram model is worthwhile, and a
# longer memory is not. With three letters of memory, more than half of the held-out names contain
# something that the model has not seen. Kneser-Ney smoothing then helps only a little, because most
# of the probability that it reserves goes to symbols that cannot follow.
#
# The samples look better with each letter of memory, but the reason is that they are copies.
# Sampled from the unsmoothed models:

for n, some in zip(memories, drawn, strict=True):
    print(f"memory {n}:", *some[:8])

# %%
# A network does not need one cell for each context. It can learn that *annab* and *hannab* are
# alike. A table cannot.
