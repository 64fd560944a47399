"""
A longer memory, and its price
==============================

A bigram model sees one symbol back. A symbol may be whatever one likes, though: if it is the last
*two* letters, the bigram model of such symbols is a trigram model of letters. The lecture says why
one does not get far on this road: tables grow exponentially. Here is how soon they are empty.
"""

# %%
# Symbols with a memory
# ---------------------
# The analyzer of the tokenizer is a function from a name to its symbols. This one makes each symbol
# of the last *n* letters so far, so that a name still has one symbol a letter, and all scores are
# per letter, the end of the name included.

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
# Train on most names, keep a part. The kinds of symbols that occur anywhere in the list are the
# alphabet, so that what the held-out names have and the others lack is no error but a rarity.

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
# The table for three letters has 34 million cells, of which the names fill 21,245, most of them
# only once. Only these are kept in memory, so the size of the table does no harm. That it is empty
# does.
#
# Better and worse
# ----------------
# The more letters, the lower the loss on the training names: in the end the model knows them by
# heart. On the others it is the other way round, even with the best number of fake counts for each,
# and with Kneser-Ney smoothing, which needs no tuning.


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

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
left.plot(memories, train_nll, "o--", color="0.5", label="training names")
left.plot(memories, test_nll, "o-", color="C1", label="held-out names, best alpha")
left.plot(memories, kneser_ney_nll, "o-", color="C0", label="held-out names, Kneser-Ney")
left.set(ylim=(0, None), ylabel="mean NLL per letter (nats)", title="Loss")
right.plot(
    memories, 100 * impossible, "o-", color="C1", label="held-out names impossible, alpha = 0"
)
right.plot(memories, 100 * copied, "o-", color="C2", label="drawn names that are training names")
right.set(ylim=(0, 125), yticks=range(0, 101, 20), ylabel="share (%)", title="New names and old")
for ax in (left, right):
    ax.set(xticks=memories, xlabel="letters of memory")
    ax.grid(alpha=0.3)
    ax.legend()

# %%
# Two letters are worth having with so many names. With three and more, too much of what comes is
# new, and a better smoothing helps only a little: it shares out well what was kept for the unseen,
# but most of that goes to symbols that cannot follow. What is drawn looks better and better, for a
# simple reason: it is copied.

for n, some in zip(memories, drawn, strict=True):
    print(f"memory {n}:", *some[:8])

# %%
# A network need not have a cell for each context. It can learn that *annab* and *hannab* are alike,
# which no table will ever know.
