"""
Sample names that match a pattern
=================================

A bigram model is a Markov chain, so you do not have to draw millions of names and keep the few that
match a pattern. This example samples names that match, finds the most probable ones, and computes
how probable a match is. The results are exact and take milliseconds.
"""

# %%
# Use a glob
# ----------
# In a glob, ``?`` stands for any one letter and ``*`` for any number of letters. One name in
# several thousand matches the pattern below, but no draw is wasted: each letter is drawn with
# regard to the rest of the pattern. ``exclude`` leaves out the training names, so that all results
# are new.

import re

import matplotlib.pyplot as plt
import numpy as np

from sklearn_bigram import CountBigramLM
from sklearn_bigram.datasets import load_names

names = load_names()
model = CountBigramLM(alpha=0.5).fit(names)
pattern = "m??i?a"

print(f"one name in {np.exp(-model.log_mass(pattern)):,.0f} matches {pattern}")
print("drawn:", *model.sample(8, pattern=pattern, exclude=names, random_state=0))
print("best: ", *model.most_probable(8, pattern=pattern, exclude=names)[0])

# %%
# Use a regular expression
# ------------------------
# A regular expression can describe more than a glob. This one describes brand names that start with
# "lu" and are easy to read: consonants and vowels alternate, there is no x, q or y, and no letter
# is doubled. The whole name must match.

brand = re.compile("lu([bcdfghjklmnprstvwz][aeiou]){1,3}[lnrs]?")
print(f"one name in {np.exp(-model.log_mass(brand)):,.0f} matches the expression")
print("drawn:", *model.sample(8, pattern=brand, exclude=names, random_state=0))
print("best: ", *model.most_probable(8, pattern=brand, exclude=names)[0])

# %%
# Find the probability of a letter in a gap
# -----------------------------------------
# Put a letter into a gap and divide the probability of the new pattern by that of the old one. The
# result is the probability of this letter, given both sides of the gap. ``predict_proba`` does not
# look ahead: it knows only the left side.


def fill(pattern, place, letter):
    """Return the pattern with a letter in place of one symbol."""
    return pattern[:place] + letter + pattern[place + 1 :]


letters = model.symbols_[1:]
gaps = [place for place, symbol in enumerate(pattern) if symbol == "?"]
log_p = [[model.log_mass(fill(pattern, gap, letter)) for gap in gaps] for letter in letters]
both_sides = np.exp(np.array(log_p) - model.log_mass(pattern))  # (26, n_gaps)

log_p = [
    [model.log_mass(fill(pattern[: gap + 1], gap, letter) + "*") for gap in gaps]
    for letter in letters
]
left_side = np.exp(log_p)
left_side /= left_side.sum(axis=0)  # given that there is a letter

fig, axes = plt.subplots(len(gaps), figsize=(6, 7), sharex=True, sharey=True, layout="constrained")
x = np.arange(len(letters))
for k, (ax, gap) in enumerate(zip(axes, gaps, strict=True)):
    ax.bar(x - 0.2, left_side[:, k], 0.4, color="0.6", label="given the left side")
    ax.bar(x + 0.2, both_sides[:, k], 0.4, color="C0", label="given both sides")
    ax.set(title=f"Letter {gap + 1} of {pattern}", ylabel="probability")
    ax.grid(alpha=0.3, axis="y")
axes[-1].set_xticks(x, letters)
axes[0].legend()

# %%
# With both sides known, an *r* before the *i* is more probable, for example, and a *k* before the
# last *a*.
#
# Find the distribution of lengths
# --------------------------------
# ``min_length`` and ``max_length`` limit the number of letters. With the same value for both,
# ``log_mass`` gives the probability of this length, for any pattern.

lengths = np.arange(1, 21)
fig, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
for glob, label in {
    "*": "all names",
    "*a": "*a: ends in a",
    "*nn*": "*nn*: contains nn",
    "*[aeiou]*[aeiou]*[aeiou]*": "at least three vowels",
}.items():
    log_mass = [model.log_mass(glob, int(n), int(n)) for n in lengths]
    share = np.exp(np.array(log_mass) - model.log_mass(glob))
    ax.plot(lengths, share, "o-", ms=4, label=label)
ax.set(xlabel="letters", ylabel="probability", xticks=lengths[1::2])
ax.set(ylim=0, title="Lengths of names that match a pattern")
ax.grid(alpha=0.3)
ax.legend()

# %%
# The model remembers only one letter, so it does not know how long a name is already. It samples
# many short names. Names that must contain more are longer.
#
# Find the most probable names of each length
# -------------------------------------------
# The most probable name of all is very short, because each additional letter lowers the
# probability. So look at the most probable names of each length. The search is exact.

for n in range(3, 9):
    best, log_proba = model.most_probable(5, min_length=n, max_length=n)
    print(f"{n} letters, {log_proba[0]:6.2f} nats:", *best)

# %%
# Change the temperature
# ----------------------
# A ``temperature`` below 1 makes probable letters more probable, so the names are more alike. Above
# 1, the names become more like random letters.

for temperature in [0.3, 0.6, 1.0, 2.0]:
    drawn = model.sample(7, temperature=temperature, min_length=4, max_length=8, random_state=1)
    print(f"{temperature}:", *drawn)
