"""
Sampling names that match a pattern
===================================

A bigram model is a Markov chain, so a question about its names need not be answered by drawing
millions of them and keeping the few that fit. How probable is a shape, which names of that shape
are the best, what stands in its gaps: the answers are exact, and take milliseconds.
"""

# %%
# Samples of a shape
# ------------------
# In a ``pattern``, ``?`` is any one letter and ``*`` any run of them. One name in several thousand
# has the shape below, but none is drawn in vain: each symbol is drawn knowing what is still to
# come. ``exclude`` leaves out the names that the model has seen, so that what is left is new.

import re

import matplotlib.pyplot as plt
import numpy as np

from sklearn_bigram import CountBigramLM
from sklearn_bigram.datasets import load_names

names = load_names()
model = CountBigramLM(alpha=0.5).fit(names)
shape = "m??i?a"

print(f"one name in {np.exp(-model.log_mass(shape)):,.0f} is {shape}")
print("drawn:", *model.sample(8, pattern=shape, exclude=names, random_state=0))
print("best: ", *model.most_probable(8, pattern=shape, exclude=names)[0])

# %%
# More than a shape
# -----------------
# A regular expression says what a glob cannot: a brand name in "lu" that can be read aloud, since
# consonants and vowels alternate, without x or q and without a double letter. It must match the
# whole name.

brand = re.compile("lu([bcdfghjklmnprstvwz][aeiou]){1,3}[lnrs]?")
print(f"one name in {np.exp(-model.log_mass(brand)):,.0f} is such a name")
print("drawn:", *model.sample(8, pattern=brand, exclude=names, random_state=0))
print("best: ", *model.most_probable(8, pattern=brand, exclude=names)[0])

# %%
# What stands in the gaps
# -----------------------
# Put a letter into a gap, and the probability of the shape becomes that of the shape and the
# letter. Their ratio is the distribution of the letter in that gap, given all that is known on
# both sides. A model that writes from left to right and does not look ahead, as
# ``predict_proba`` does, knows the left side only.


def fill(pattern, place, letter):
    """Return the pattern with a letter in place of one symbol."""
    return pattern[:place] + letter + pattern[place + 1 :]


letters = model.symbols_[1:]
gaps = [place for place, symbol in enumerate(shape) if symbol == "?"]
log_p = [[model.log_mass(fill(shape, gap, letter)) for gap in gaps] for letter in letters]
both_sides = np.exp(np.array(log_p) - model.log_mass(shape))  # (26, n_gaps)

log_p = [
    [model.log_mass(fill(shape[: gap + 1], gap, letter) + "*") for gap in gaps]
    for letter in letters
]
left_side = np.exp(log_p)
left_side /= left_side.sum(axis=0)  # given that there is a letter

fig, axes = plt.subplots(
    1, 2, figsize=(9, 6.5), sharey=True, layout="constrained", gridspec_kw={"wspace": 0.08}
)
for ax, p, title in zip(
    axes,
    [left_side, both_sides],
    ["knowing what is to the left", "knowing both sides"],
    strict=True,
):
    grid = np.full((len(letters), len(shape)), np.nan)
    grid[:, gaps] = p
    picture = ax.imshow(grid, cmap="Blues", vmin=0, vmax=0.4, aspect="auto")
    for place, symbol in enumerate(shape):
        if symbol != "?":
            ax.text(place, 12.5, symbol, ha="center", va="center", size=26, color="0.3")
    for row, column in np.argwhere(grid > 0.05):
        shade = "white" if grid[row, column] > 0.22 else "0.2"
        text = f"{letters[row]} {grid[row, column]:.0%}"
        ax.text(column, row, text, ha="center", va="center", size=8, color=shade)
    ax.set_title(title)
    ax.set_xticks(range(len(shape)), shape)
axes[0].set_yticks(range(len(letters)), letters)
axes[0].set_ylabel("letter in the gap")
fig.colorbar(picture, ax=axes, label="probability", shrink=0.6)

# %%
# How long names are
# ------------------
# ``min_length`` and ``max_length`` bound the number of letters. Set both to the same number, and
# ``log_mass`` gives the distribution of lengths, under any shape.

lengths = np.arange(1, 21)
fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
for pattern, label in {
    "*": "all names",
    "*a": "*a: end in a",
    "*nn*": "*nn*: have a double n",
    "*[aeiou]*[aeiou]*[aeiou]*": "three vowels or more",
}.items():
    log_mass = [model.log_mass(pattern, int(n), int(n)) for n in lengths]
    share = np.exp(np.array(log_mass) - model.log_mass(pattern))
    ax.plot(lengths, share, "o-", ms=4, label=label)
ax.set(xlabel="letters", ylabel="share of the names of that shape", xticks=lengths)
ax.set_ylim(bottom=0)
ax.grid(alpha=0.3)
ax.legend()

# %%
# A model that remembers one letter does not know how long a name is already, so short ones
# abound. Those that have to hold more are longer.
#
# The best of each length
# -----------------------
# The most probable name of all is short, since each further letter costs probability. Among names
# of one length the best are worth seeing. The search for them is exact.

for n in range(3, 9):
    best, log_proba = model.most_probable(5, min_length=n, max_length=n)
    print(f"{n} letters, {log_proba[0]:6.2f} nats:", *best)

# %%
# Cold and hot
# ------------
# A ``temperature`` below 1 makes what is probable more so, and names more alike; above 1, names
# come closer to random letters.

for temperature in [0.3, 0.6, 1.0, 2.0]:
    drawn = model.sample(7, temperature=temperature, min_length=4, max_length=8, random_state=1)
    print(f"{temperature}:", *drawn)
