import numpy as np
import pytest
from scipy import sparse
from scipy.stats import chisquare

from sklearn_bigram.markov._transition import TransitionMatrix


def make(n_symbols, *, density=0.5, backoff=0.3, seed=0):
    """Return S, g and q of a random chain with a backoff that is not uniform."""
    rng = np.random.default_rng(seed)
    S = rng.random((n_symbols, n_symbols)) * (rng.random((n_symbols, n_symbols)) < density)
    S[:, 0] += 0.1 * n_symbols  # names of some ten symbols
    g = np.full(n_symbols, backoff)
    S *= (1 - g[:, None]) / S.sum(axis=1, keepdims=True)
    q = rng.random(n_symbols)
    return sparse.csr_array(S), g, q / q.sum()


@pytest.mark.parametrize("n_symbols", [3, 200, 1030])
def test_all_that_is_said_of_the_matrix_agrees(n_symbols):
    S, g, q = make(n_symbols)
    chain = TransitionMatrix(S, g, q)
    P = S.toarray() + np.outer(g, q)
    states = np.arange(n_symbols)
    np.testing.assert_allclose(chain.rows(states), P, rtol=1e-14)
    np.testing.assert_allclose(chain.log_rows(states), np.log(P), rtol=1e-12)
    i, j = np.random.default_rng(1).integers(n_symbols, size=(2, 1000))
    np.testing.assert_allclose(chain.log_proba(i, j), np.log(P[i, j]), rtol=1e-12)
    np.testing.assert_array_equal(chain.argmax(states), P.argmax(axis=1))
    logits = np.log(P) - np.log(P).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(chain.logits(), logits, atol=1e-12)


@pytest.mark.parametrize("n_names", [2000, 33_000])  # without the table of bins, and with it
@pytest.mark.parametrize("backoff", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n_symbols", [1, 2, 20, 600, 1030])
def test_samples_follow_the_matrix(n_symbols, backoff, n_names):
    S, g, q = make(n_symbols, backoff=backoff)
    if n_symbols > 100 and backoff == 1.0:
        q = np.append(0.9, q[1:] / q[1:].sum() * 0.1)  # lest names have hundreds of symbols
    stream = TransitionMatrix(S, g, q).sample(n_names, np.random.default_rng(0))
    assert len(stream.starts) == n_names + 1
    assert np.flatnonzero(stream.ids == 0).tolist() == stream.starts.tolist()
    P = S.toarray() + np.outer(g, q)
    first, second = stream.ids[:-1].astype(int), stream.ids[1:].astype(int)
    counts = np.bincount(first * n_symbols + second, minlength=n_symbols**2)
    counts = counts.reshape(n_symbols, n_symbols)
    assert (counts[P == 0] == 0).all()
    for i in np.argsort(counts.sum(axis=1))[-5:]:
        possible = P[i] > 0
        expected = P[i, possible] * counts[i].sum()
        order = np.argsort(expected)
        groups = np.cumsum(expected[order]) // 10  # cells pooled to at least about ten each
        _, groups = np.unique(np.minimum(groups, groups[-1] - 1), return_inverse=True)
        observed = np.bincount(groups, counts[i, possible][order])
        expected = np.bincount(groups, expected[order])
        if len(observed) > 1:
            assert chisquare(observed, expected).pvalue > 1e-6


def test_order_of_samples_does_not_tell_their_length():
    """Chains that are done first gave short names; these must not come first."""
    S, g, q = make(10, density=0.9, backoff=0.01)
    lengths = TransitionMatrix(S, g, q).sample(100_000, np.random.default_rng(0)).n_bigrams
    halves = lengths.reshape(2, -1)
    spread = lengths.std() / np.sqrt(halves.shape[1])
    assert abs(halves[0].mean() - halves[1].mean()) < 5 * spread * np.sqrt(2)


@pytest.mark.parametrize("n_names", [1, 7, 8192, 8193, 40_000])
def test_as_many_names_as_asked_for(n_names):
    stream = TransitionMatrix(*make(5)).sample(n_names, np.random.default_rng(0))
    assert len(stream.n_bigrams) == n_names


def test_numbers_that_share_their_leading_bits_are_told_apart():
    """With many symbols few bits are left to search by: cells this small share theirs."""
    n = 2**15
    tiny = 2.0**-53
    data = np.array([tiny] * 40 + [1 - 40 * tiny])
    columns = np.append(np.arange(1, 41), 0)
    indptr = np.append(0, np.full(n, len(data)))
    S = sparse.csr_array((data, columns, indptr), shape=(n, n))
    chain = TransitionMatrix(S, np.append(0.0, np.ones(n - 1)), np.full(n, 1 / n))

    class Ascending:
        def integers(self, high, size):
            return np.minimum(np.arange(size), high - 1)

    first = chain.sample(60, Ascending())
    drawn = first.ids[first.starts[:-1] + 1]
    assert drawn[:41].tolist() == [*range(1, 41), 0]
