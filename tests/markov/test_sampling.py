import numpy as np
import pytest
from scipy.stats import chisquare

from sklearn_bigram.exceptions import EndlessNameError
from sklearn_bigram.markov import _sampling
from sklearn_bigram.markov._information import length_distribution
from sklearn_bigram.markov._sampling import sample_names
from tests.markov.helpers import chain_of, dense, names_of, random_chain


@pytest.mark.parametrize("backoff", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n_symbols", [1, 20, 600])
def test_bigrams_of_samples_follow_the_matrix(n_symbols, backoff):
    chain = random_chain(n_symbols, backoff=backoff)
    if backoff == 1.0:  # lest names have hundreds of symbols
        q = np.append(0.9, chain.q[1:] / max(chain.q[1:].sum(), 1e-300) * 0.1)
        chain = chain_of(np.zeros((n_symbols, n_symbols)), np.ones(n_symbols), q / q.sum())
    stream = sample_names(chain, 5000, np.random.default_rng(0))
    P = dense(chain)
    before, after = stream.ids[:-1].astype(int), stream.ids[1:].astype(int)
    counts = np.bincount(before * n_symbols + after, minlength=n_symbols**2)
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


@pytest.mark.parametrize("n_names", [1, 7, 8192, 8193, 40_000])
def test_as_many_names_are_drawn_as_asked_for(n_names):
    stream = sample_names(random_chain(5), n_names, np.random.default_rng(0))
    assert len(stream.n_bigrams) == n_names
    assert np.flatnonzero(stream.ids == 0).tolist() == stream.starts.tolist()


def test_a_seed_gives_the_same_names_in_every_version(monkeypatch):
    S = [[0.1, 0.4, 0.2, 0.1], [0.3, 0, 0.5, 0], [0, 0.8, 0, 0], [0.2] * 4]
    chain = chain_of(S, [0.2] * 4)

    def draw():
        return names_of(sample_names(chain, 8, np.random.default_rng(0)))

    assert draw() == ["baa", "aba", "", "", "", "ba", "bababaccccca", "c"]
    monkeypatch.setattr(_sampling, "_CHAINS_IN_STEP", 3)
    in_three_chains = ["babba", "ababa", "babaccccca", "a", "c", "", "", "ba"]
    assert draw() == in_three_chains
    monkeypatch.setattr(_sampling, "_STEPS_PER_TRANSPOSE", 1)
    assert draw() == in_three_chains


def test_the_order_of_samples_does_not_tell_their_length():
    """The chains that finish first have short names; these must not come first."""
    chain = random_chain(10, density=0.9, backoff=0.01)
    lengths = sample_names(chain, 100_000, np.random.default_rng(0)).n_bigrams
    halves = lengths.reshape(2, -1)
    spread = lengths.std() / np.sqrt(halves.shape[1])
    assert abs(halves[0].mean() - halves[1].mean()) < 5 * spread * np.sqrt(2)


@pytest.mark.parametrize("n_names", [1, 3, 9000])
def test_a_name_that_does_not_end_is_an_error(n_names, monkeypatch):
    monkeypatch.setattr(_sampling, "MAX_LENGTH", 500)
    with pytest.raises(EndlessNameError) as caught:
        sample_names(chain_of([[0, 1], [0, 1]]), n_names, np.random.default_rng(0))
    assert caught.value.length == 500


def test_one_endless_name_among_others_is_an_error(monkeypatch):
    monkeypatch.setattr(_sampling, "MAX_LENGTH", 500)
    chain = chain_of([[0, 0.99, 0.01], [1, 0, 0], [0, 0, 1]])  # after b a name never ends
    with pytest.raises(EndlessNameError):
        sample_names(chain, 1000, np.random.default_rng(0))


@pytest.mark.parametrize("n_chains", [1, 3])
def test_a_chain_may_be_longer_than_any_name(n_chains, monkeypatch):
    monkeypatch.setattr(_sampling, "_CHAINS_IN_STEP", n_chains)
    monkeypatch.setattr(_sampling, "MAX_LENGTH", 7)
    chain = chain_of([[0, 1, 0], [0.5, 0, 0.5], [1, 0, 0]])
    names = names_of(sample_names(chain, 20 * n_chains, np.random.default_rng(0)), "ab")
    assert set(names) == {"a", "ab"}


E = 2.0**-20
MATRICES = {
    "many symbols": dense(random_chain(65, density=0.1)),  # which are drawn one by one
    "equal": np.full((4, 4), 0.25),
    "a dominant symbol": [[0, 1, 0], [0.05, 0.95 - 1e-6, 1e-6], [0.5, 0.25, 0.25]],
    "tiny cells": [[E, 1 - E, 0, 0], [0.3, 0.7 - E, E, 0], [1 - 2 * E, 0, E, E], [E, 1 - E, 0, 0]],
    "an improbable end": [[0, 1, 0], [1e-9, 0.5, 0.5 - 1e-9], [0.1, 0.9, 0]],
}


class TestManyNames:
    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("P", MATRICES.values(), ids=MATRICES)
    def test_have_the_trigrams_of_the_chain(self, P, seed):
        """All chains of a state together follow its row, whatever the state before."""
        P = np.array(P)
        n = len(P)
        ids = sample_names(chain_of(P), 70_000, np.random.default_rng(seed)).ids.astype(int)
        counts = np.zeros((n, n, n))
        np.add.at(counts, (ids[:-2], ids[1:-1], ids[2:]), 1)
        assert (counts[:, P == 0] == 0).all()
        for before, row in zip(counts.reshape(-1, n), np.tile(P, (n, 1)), strict=True):
            expected = row * before.sum()
            frequent = expected >= 5
            n_rare = before[~frequent].sum()
            assert abs(n_rare - expected[~frequent].sum()) < 5 * np.sqrt(n_rare) + 10
            if np.count_nonzero(frequent) > 1:
                expected = expected[frequent] * (before[frequent].sum() / expected[frequent].sum())
                assert chisquare(before[frequent], expected).pvalue > 1e-6

    @pytest.mark.parametrize("names_per_chain", [1, 16])
    def test_have_the_lengths_of_the_chain(self, names_per_chain, monkeypatch):
        monkeypatch.setattr(_sampling, "_NAMES_PER_CHAIN", names_per_chain)
        chain = random_chain(10, density=0.9, backoff=0.01)
        lengths = sample_names(chain, 200_000, np.random.default_rng(0)).n_bigrams - 1
        expected = length_distribution(chain, 40) * len(lengths)
        frequent = expected >= 5
        observed = np.bincount(lengths, minlength=41)[:41]
        observed, expected = (
            np.append(values[frequent], len(lengths) - values[frequent].sum())
            for values in (observed, expected)
        )
        assert chisquare(observed, expected).pvalue > 1e-5

    @pytest.mark.parametrize("symbols_per_round", [2000, 60_000, 2**23])
    @pytest.mark.parametrize("n_names", [2**16, 2**16 + 1, 100_000])
    @pytest.mark.parametrize("n_symbols", [5, 300])
    def test_are_as_many_as_asked_for(self, n_symbols, n_names, symbols_per_round, monkeypatch):
        monkeypatch.setattr(_sampling, "_SYMBOLS_PER_ROUND", symbols_per_round)
        stream = sample_names(random_chain(n_symbols), n_names, np.random.default_rng(0))
        assert len(stream.n_bigrams) == n_names
        assert np.flatnonzero(stream.ids == 0).tolist() == stream.starts.tolist()
        assert stream.ids.dtype == np.min_scalar_type(n_symbols)

    def test_may_all_be_empty(self):
        stream = sample_names(chain_of([[1.0]]), 70_000, np.random.default_rng(0))
        assert stream.ids.tolist() == [0] * 70_001

    def test_of_a_seed_are_the_same_in_every_version(self, monkeypatch):
        S = [[0.1, 0.4, 0.2, 0.1], [0.3, 0, 0.5, 0], [0, 0.8, 0, 0], [0.2] * 4]
        monkeypatch.setattr(_sampling, "_MANY_NAMES", 8)
        drawn = names_of(sample_names(chain_of(S, [0.2] * 4), 8, np.random.default_rng(0)))
        assert drawn == ["ababbababababa", "bba", "c", "c", "abc", "a", "a", ""]

    def test_are_at_least_65536(self):
        chain = random_chain(5)
        few, many = (
            names_of(sample_names(chain, n, np.random.default_rng(0)), "abcd")
            for n in (2**16 - 1, 2**16)
        )
        assert few[:100] != many[:100]

    def test_that_do_not_end_are_refused_early(self):
        with pytest.raises(EndlessNameError) as caught:
            sample_names(chain_of([[0, 1], [0, 1]]), 70_000, np.random.default_rng(0))
        assert caught.value.length == 512

    @pytest.mark.parametrize("names_per_chain", [1, 1000])
    def test_that_are_too_long_are_an_error(self, names_per_chain, monkeypatch):
        monkeypatch.setattr(_sampling, "MAX_LENGTH", 50)
        monkeypatch.setattr(_sampling, "_NAMES_PER_CHAIN", names_per_chain)
        chain = chain_of([[0, 1], [0.1, 0.9]])
        with pytest.raises(EndlessNameError) as caught:
            sample_names(chain, 70_000, np.random.default_rng(0))
        assert caught.value.length == 50
