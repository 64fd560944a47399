"""Small chains, and oracles that enumerate their names."""

import math
from itertools import pairwise, product

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from sklearn_bigram.markov._pattern import parse_pattern
from sklearn_bigram.markov._transition import TransitionMatrix
from sklearn_bigram.tokenization._stream import TokenStream

WEIGHTS = st.sampled_from([0.0, 0.0, 1.0, 2.0, 5.0])
PIECES = ["a", "b", "c", "?", "*", "*", "[ab]", "[!a]", "[a-b]", "[!b-c]"]


class Alphabet:
    """The symbols of patterns, each a character."""

    def __init__(self, letters="abc", boundary="."):
        self.boundary, self.symbols = boundary, np.array([boundary, *letters], dtype=object)

    def split(self, text):
        return text.lower()

    def find(self, symbols, argument):
        known = self.symbols.tolist()
        unknown = [symbol for symbol in symbols if symbol not in known]
        if unknown:
            raise ValueError(f"{argument} holds {unknown}")
        return [known.index(symbol) for symbol in symbols]


def parse(pattern, letters="abc"):
    """Return the elements of a pattern."""
    return parse_pattern(pattern, Alphabet(letters))


def stream_of(names, letters="abc"):
    """Return names as a stream."""
    ids = [0, *(i for name in names for i in [*(1 + letters.index(x) for x in name), 0])]
    starts = np.cumsum([0, *(len(name) + 1 for name in names)])
    return TokenStream(np.array(ids), starts)


def names_of(stream, letters="abc"):
    """Return the names in a stream."""
    text = "".join(f".{letters}"[i] for i in stream.ids)
    names = text[1:-1].split(".") if len(stream.n_bigrams) else []
    np.testing.assert_array_equal(stream_of(names, letters).starts, stream.starts)
    return names


NO_NAMES = stream_of([])


def dense(transition):
    """Return P as an array."""
    return transition.S.toarray() + np.outer(transition.g, transition.q)


def chain_of(S, g=None, q=None):
    """Return the chain of S + g q^T; without a backoff by default."""
    S = np.asarray(S, dtype=float)
    n = len(S)
    g = np.zeros(n) if g is None else np.asarray(g, dtype=float)
    q = np.full(n, 1 / n) if q is None else np.asarray(q, dtype=float)
    return TransitionMatrix(sparse.csr_array(S), g, q)


def normalized_chain(S, g, q):
    """Return the chain of these weights; a row without any is all backoff."""
    q = q.copy()
    if not q.any():
        q[0] = 1
    g = np.where(S.sum(axis=1) + g == 0, 1.0, g)
    total = S.sum(axis=1) + g
    return chain_of(S / total[:, None], g / total, q / q.sum())


def random_chain(n_symbols, *, density=0.5, backoff=0.3, seed=0):
    """Return a chain with names of some ten symbols and a backoff that is not uniform."""
    rng = np.random.default_rng(seed)
    S = rng.random((n_symbols, n_symbols)) * (rng.random((n_symbols, n_symbols)) < density)
    S[:, 0] += 0.1 * n_symbols
    S *= (1 - backoff) / S.sum(axis=1, keepdims=True)
    q = rng.random(n_symbols)
    return chain_of(S, np.full(n_symbols, backoff), q / q.sum())


@st.composite
def chains(draw, n_symbols=None):
    """Draw chains of up to four symbols; their names may never end."""
    n = draw(st.integers(1, 4)) if n_symbols is None else n_symbols
    S = draw(arrays(float, (n, n), elements=WEIGHTS))
    g, q = draw(arrays(float, (2, n), elements=WEIGHTS))
    return normalized_chain(S, g, q)


@st.composite
def ending_chains(draw):
    """Draw chains of four symbols in which names end with at least 0.28 after each symbol."""
    cells = st.floats(0, 1).map(lambda x: 0.0 if x < 0.3 else x)
    S = draw(arrays(float, (4, 4), elements=cells))
    g, q = draw(arrays(float, (2, 4), elements=cells))
    q += [0.1, 0, 0, 0]
    q /= q.sum()
    S[1:, 0] += 0.4 * (S[1:].sum(axis=1) + g[1:]) + 0.1
    S[0, 0] += 0.1
    total = S.sum(axis=1) + g
    return chain_of(S / total[:, None], g / total, q)


@st.composite
def acyclic_chains(draw, n=4):
    """Draw chains with finitely many names: symbols ascend until the name ends."""
    S = np.triu(draw(arrays(float, (n, n), elements=WEIGHTS)), 1)
    S[:, 0] = draw(arrays(float, n, elements=WEIGHTS))
    g = draw(arrays(float, n, elements=WEIGHTS))
    q = np.zeros(n)
    q[[0, -1]] = draw(arrays(float, 2, elements=WEIGHTS))
    g[-1], S[-1, 0] = 0, 1  # so that only the symbols before the last back off to it
    g[S.sum(axis=1) == 0] = 1
    return normalized_chain(S, g, q)


def log_likelihood(P, name):
    """Return the log-likelihood of a name, a tuple of ids."""
    p = [P[i, j] for i, j in pairwise([0, *name, 0])]
    return sum(map(math.log, p)) if all(p) else -math.inf


def enumerate_names(transition, lengths):
    """Return the possible names of these lengths and their log-likelihoods."""
    P = dense(transition)
    names = [name for n in lengths for name in product(range(1, len(P)), repeat=n)]
    log_p = [log_likelihood(P, name) for name in names]
    possible = [k for k, value in enumerate(log_p) if value > -np.inf]
    return [names[k] for k in possible], np.array([log_p[k] for k in possible])
