"""What one would use instead: other packages, and NumPy by hand.

Each package is imported where it is used; if it is not installed, the work goes on without it.
"""

import logging
import random
import warnings
from collections import Counter
from itertools import pairwise

import numpy as np
from scipy import sparse

from .lecture import SYMBOLS

# Counting


def counter(names):
    """Count with `collections.Counter` over all names at once."""
    text = f".{'.'.join(names)}."
    return Counter(zip(text, text[1:]))  # noqa: B905, RUF007 - what one would write


def count_vectorizer(names):
    """Count the pairs of characters with `CountVectorizer`."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(analyzer="char", ngram_range=(2, 2), lowercase=False)
    return vectorizer.fit_transform([f".{name}." for name in names]).sum(axis=0)


def scipy_coo(first, second, n_symbols):
    """Count pairs of ids by adding up duplicates in a sparse array."""
    ones = np.ones(len(first), dtype=np.int32)
    return sparse.coo_array((ones, (first, second)), shape=(n_symbols, n_symbols)).tocsr()


def nltk_fit(names):
    """Fit nltk's bigram model, add-one smoothing."""
    from nltk.lm import Laplace
    from nltk.lm.preprocessing import padded_everygram_pipeline

    model = Laplace(2)
    model.fit(*padded_everygram_pipeline(2, names))
    return model


def markovify_fit(names):
    """Fit markovify's chain of order 1."""
    from markovify import Chain

    return Chain(list(map(list, names)), 1)


def hmmlearn_fit(names):
    """Fit a hidden Markov model whose states are the symbols: one step of EM counts them."""
    from hmmlearn.hmm import CategoricalHMM

    logging.getLogger("hmmlearn").setLevel(logging.ERROR)  # few names for so many parameters

    text = np.frombuffer(f".{'.'.join(names)}.".encode(), dtype=np.uint8)
    ids = np.where(text == ord("."), 0, text.astype(np.intp) - ord("a") + 1)
    model = CategoricalHMM(27, params="t", init_params="", n_iter=1, n_features=27)
    model.startprob_ = np.eye(27)[0]
    model.transmat_ = np.full((27, 27), 1 / 27)
    model.emissionprob_ = np.eye(27)
    return model.fit(ids[:, None])


# Training


def numpy_descend(T, n_steps, reg=0.01, learning_rate=50.0, start=None):
    """Take the lecture's steps on the matrix of relative frequencies."""
    if start is None:
        start = np.random.default_rng(0).standard_normal(T.shape)
    W = start.astype(T.dtype)
    totals = T.sum(axis=1, keepdims=True)
    for _ in range(n_steps):
        P = np.exp(W - W.max(axis=1, keepdims=True))
        P *= totals / P.sum(axis=1, keepdims=True)
        P -= T
        P += (2 * reg / T.size) * W
        W -= learning_rate * P
    return W


def lbfgs(T, reg=0.01):
    """Train on the matrix of relative frequencies by scipy's L-BFGS."""
    from scipy.optimize import minimize
    from scipy.special import logsumexp, softmax

    totals = T.sum(axis=1, keepdims=True)

    def loss_and_gradient(flat):
        W = flat.reshape(T.shape)
        loss = np.sum(totals[:, 0] * logsumexp(W, axis=1)) - np.sum(T * W) + reg * np.mean(W**2)
        return loss, (totals * softmax(W, axis=1) - T + 2 * reg / T.size * W).ravel()

    start = np.zeros(T.size)
    return minimize(loss_and_gradient, start, jac=True, method="L-BFGS-B", tol=1e-12)


def logistic_regression(first, second, reg=0.01):
    """Train scikit-learn's classifier on one-hot rows, one for each bigram."""
    from sklearn.linear_model import LogisticRegression

    n = len(first)
    one_hot = sparse.csr_array((np.ones(n), first, np.arange(n + 1)), shape=(n, 27))
    C = 27**2 / (2 * reg * n)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # if it did not converge, that is its own affair
        return LogisticRegression(C=C, fit_intercept=False, max_iter=1000).fit(one_hot, second)


# Sampling


class AliasSampler:
    """Draws all names in step, from one alias table a row (Walker 1977, Vose 1991)."""

    def __init__(self, P):
        tables = [alias_table(row) for row in P]
        self.keep = np.array([keep for keep, _ in tables]).ravel()  # (V * V,)
        self.alias = np.array([alias for _, alias in tables]).ravel()  # (V * V,)
        self.n_symbols = len(P)

    def sample(self, n_names, rng, batch=2**15):
        """Draw names, as a list of str."""
        names = []
        while len(names) < n_names:
            names += self._sample(min(batch, n_names - len(names)), rng)
        return names

    def _sample(self, n_names, rng):
        V = self.n_symbols
        letters = np.frombuffer(SYMBOLS.replace(".", "\n").encode(), dtype=np.uint8)
        running, state = np.arange(n_names), np.zeros(n_names, dtype=np.intp)
        steps = []
        while len(running):
            u = rng.random(len(running)) * V
            column = u.astype(np.intp)
            cell = state * V + column
            state = np.where(u - column < self.keep[cell], column, self.alias[cell])
            steps.append(np.zeros(n_names, dtype=np.uint8))
            steps[-1][running] = letters[state]
            going = state != 0
            running, state = running[going], state[going]
        text = np.array(steps).T  # (n_names, n_steps), zero after a name's end
        return text[text != 0].tobytes().decode()[:-1].split("\n")


def alias_table(p):
    """Return the probability to keep each column, and the column to take otherwise."""
    keep, alias = p * len(p), np.arange(len(p))
    small = [i for i in range(len(p)) if keep[i] < 1]
    large = [i for i in range(len(p)) if keep[i] >= 1]
    while small and large:
        i, j = small.pop(), large[-1]
        alias[i] = j
        keep[j] -= 1 - keep[i]
        if keep[j] < 1:
            small.append(large.pop())
    keep[small + large] = 1.0
    return keep, alias


def markovify_sample(chain, n_names):
    """Draw names from a compiled markovify chain."""
    return ["".join(chain.walk()) for _ in range(n_names)]


def nltk_sample(model, n_names):
    """Draw names from nltk's model, a symbol at a time."""
    rng = random.Random(0)
    names = []
    for _ in range(n_names):
        symbols = ["<s>"]
        while symbols[-1] != "</s>":
            symbols.append(model.generate(1, text_seed=symbols[-1:], random_seed=rng))
        names.append("".join(symbols[1:-1]))
    return names


# Scoring


def nltk_score(model, names):
    """Add up the log-probabilities of each name's bigrams, by nltk's model."""
    scores = []
    for name in names:
        symbols = ["<s>", *name, "</s>"]
        scores.append(sum(model.logscore(b, (a,)) for a, b in pairwise(symbols)))
    return scores


def kenlm_model(log_p, path):
    """Write an ARPA file of log P, (27, 27) in nats, and load it with KenLM."""
    import kenlm

    left, right = ["<s>", *SYMBOLS[1:]], ["</s>", *SYMBOLS[1:]]
    cells = log_p / np.log(10)
    lines = ["\\data\\", "ngram 1=29", f"ngram 2={27 * 27}", "", "\\1-grams:"]
    lines += ["-99\t<unk>\t0", "-99\t<s>\t0", f"{cells[0, 0]:.9f}\t</s>"]
    lines += [f"{cells[0, i]:.9f}\t{symbol}\t0" for i, symbol in enumerate(SYMBOLS) if i]
    lines += ["", "\\2-grams:"]
    lines += [
        f"{cells[i, j]:.9f}\t{a} {b}" for i, a in enumerate(left) for j, b in enumerate(right)
    ]
    path.write_text("\n".join([*lines, "", "\\end\\", ""]))
    quiet = kenlm.Config()
    quiet.show_progress, quiet.arpa_complain = False, kenlm.ARPALoadComplain.NONE
    return kenlm.Model(str(path), quiet)


def kenlm_score(model, sentences):
    """Score names whose symbols are set apart by blanks."""
    return [model.score(sentence) for sentence in sentences]


# Classifying


def linear_classifier(ngram_range):
    """Return TF-IDF of the n-grams of characters, and a linear classifier."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=ngram_range)
    return make_pipeline(vectorizer, LogisticRegression(max_iter=1_000))


LINEAR = {
    "bigrams": lambda: linear_classifier((2, 2)),
    "1- to 3-grams": lambda: linear_classifier((1, 3)),
}
