import pickle

import numpy as np
import pytest

from sklearn_bigram.markov import _transition
from tests.markov.helpers import chain_of, dense, random_chain, stream_of


@pytest.fixture(params=["with a dense log", "with a table", "without"])
def storage(request, monkeypatch):
    if request.param != "with a dense log":
        monkeypatch.setattr(_transition, "_MAX_DENSE", 0)
        monkeypatch.setattr(_transition, "is_small", lambda *sizes: request.param == "with a table")


@pytest.mark.usefixtures("storage")
@pytest.mark.parametrize("n_symbols", [1, 3, 16, 17, 256, 257])  # where the type of ids changes
def test_rows_and_logarithms_are_those_of_the_dense_matrix(n_symbols):
    chain = random_chain(n_symbols)
    P, states = dense(chain), np.arange(n_symbols)
    assert chain.n_symbols == n_symbols
    np.testing.assert_allclose(chain.rows(states[::-1]), P[::-1], rtol=1e-14)
    np.testing.assert_allclose(chain.log_rows(states[::-1]), np.log(P)[::-1], rtol=1e-12)
    i, j = np.random.default_rng(1).integers(n_symbols, size=(2, 1000))
    for dtype in (np.int64, np.min_scalar_type(n_symbols)):
        log_p = chain.log_proba(i.astype(dtype), j.astype(dtype))
        np.testing.assert_allclose(log_p, np.log(P[i, j]), rtol=1e-12)


@pytest.mark.parametrize(("density", "has_table"), [(0.01, True), (0.005, False)])
def test_many_bigrams_are_looked_up_in_a_table(density, has_table):
    chain = random_chain(1100, density=density)
    i, j = np.random.default_rng(1).integers(1100, size=(2, 10_000))
    few = chain.log_proba(i[:100], j[:100])
    assert "_stored_logs" not in vars(chain)
    many = chain.log_proba(i, j)
    assert ("_stored_logs" in vars(chain)) == has_table
    np.testing.assert_array_equal(many[:100], few)
    np.testing.assert_allclose(many, np.log(dense(chain)[i, j]), rtol=1e-12)


def test_the_log_is_dense_up_to_1024_symbols():
    for n_symbols, is_dense in [(1024, True), (1025, False)]:
        chain = random_chain(n_symbols, density=0.01)
        assert (chain._dense_log is not None) == is_dense
        i, j = np.random.default_rng(1).integers(n_symbols, size=(2, 1000))
        np.testing.assert_allclose(chain.log_proba(i, j), np.log(dense(chain)[i, j]), rtol=1e-12)


@pytest.mark.usefixtures("storage")
def test_the_log_of_an_impossible_bigram_is_minus_infinity_without_a_warning():
    chain = chain_of([[0, 1, 0], [0.5, 0.5, 0], [1, 0, 0]])
    i, j = np.divmod(np.arange(9), 3)
    expected = [-np.inf, 0, -np.inf, np.log(0.5), np.log(0.5), -np.inf, 0, -np.inf, -np.inf]
    np.testing.assert_array_equal(chain.log_proba(i, j), expected)
    np.testing.assert_array_equal(chain.log_rows(np.arange(3)).ravel(), expected)


@pytest.mark.parametrize("density", [0, 0.3])
def test_stored_elements_are_told_from_the_others(density):
    chain = random_chain(20, density=density) if density else chain_of(np.zeros((20, 20)))
    i, j = np.divmod(np.arange(400), 20)
    expected = chain.S.toarray()[i, j] > 0
    np.testing.assert_array_equal(chain.is_stored(i, j), expected)
    order = np.random.default_rng(0).permutation(400)
    np.testing.assert_array_equal(chain.is_stored(i[order], j[order]), expected[order])


def test_the_log_likelihood_of_a_name_is_the_sum_over_its_bigrams():
    chain = random_chain(4)
    P = dense(chain)
    expected = [np.log(P[0, 0]), np.log(P[0, 1] * P[1, 3] * P[3, 0]), np.log(P[0, 2] * P[2, 0])]
    np.testing.assert_allclose(chain.log_likelihood(stream_of(["", "ac", "b"])), expected)


@pytest.mark.usefixtures("storage")
def test_bigrams_that_are_left_out_do_not_count():
    chain = random_chain(4)
    P = dense(chain)
    found = chain.log_likelihood(stream_of(["ac", "", "b"]), left_out=np.array([1, 2, 3]))
    np.testing.assert_allclose(found, [np.log(P[0, 1]), 0, np.log(P[0, 2] * P[2, 0])])


def test_logits_are_centered_logarithms():
    P = np.array([[0, 0.25, 0.75], [0.2, 0.3, 0.5], [1, 0, 0]])
    logits = chain_of(P).logits()
    np.testing.assert_allclose(np.sum(logits, axis=1, where=P > 0), 0, atol=1e-14)
    assert np.isneginf(logits[P == 0]).all()
    np.testing.assert_allclose(np.exp(logits[1] - logits[1, 0]), P[1] / P[1, 0])


@pytest.mark.parametrize("cells", [1, 100, 2**22])
def test_argmax_is_the_most_likely_next_state(cells, monkeypatch):
    monkeypatch.setattr(_transition, "_CELLS_PER_BLOCK", cells)
    chain = random_chain(40)
    states = np.random.default_rng(0).integers(40, size=100)
    expected = dense(chain).argmax(axis=1)[states]
    found = chain.argmax(states)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.intp


def test_products_are_those_of_the_dense_matrix():
    chain, x = random_chain(30), np.random.default_rng(0).random(30)
    np.testing.assert_allclose(chain.matvec(x), dense(chain) @ x)
    np.testing.assert_allclose(chain.rmatvec(x), x @ dense(chain))


@pytest.mark.parametrize("temperature", [1e-320, 1e-9, 0.3, 2.0, 1e300])
def test_temperature_is_a_power_of_each_row(temperature):
    rng = np.random.default_rng(0)
    S = rng.random((5, 5)) * (rng.random((5, 5)) < 0.6)
    S[:, 0] += 0.1
    g, q = np.array([0.0, 0.5, 0.2, 1.0, 0.3]), np.array([0.5, 0.3, 0.2, 0.0, 0.0])
    S *= ((1 - g) / S.sum(axis=1))[:, None]
    P = S + np.outer(g, q)
    chain = chain_of(S, g, q).tempered(temperature)
    ratio = P / P.max(axis=1, keepdims=True)
    with np.errstate(divide="ignore", over="ignore"):
        expected = np.exp(np.log(ratio) / temperature)
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(chain.rows(np.arange(5)), expected, rtol=1e-11, atol=1e-300)
    assert (chain.S.data >= 0).all()
    assert chain.q.sum() == pytest.approx(1)


@pytest.mark.usefixtures("storage")
def test_a_pickle_holds_the_matrix_and_nothing_that_was_computed_later():
    chain = random_chain(20)
    pickled = pickle.dumps(chain)
    i, j = np.divmod(np.arange(400), 20)
    expected = chain.log_proba(i, j)
    assert pickle.dumps(chain) == pickled
    np.testing.assert_array_equal(pickle.loads(pickled).log_proba(i, j), expected)
