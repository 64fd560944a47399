import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from sklearn_bigram.markov import _kept_chains
from sklearn_bigram.markov._kept_chains import KeptChains


def chain(n_cells=1):
    return SimpleNamespace(n_cells=n_cells)


def refuse():
    raise AssertionError("the chain is kept")


def is_kept(kept, constraints):
    return constraints in kept._chains


def test_a_chain_is_made_once():
    kept, made = KeptChains(), chain()
    assert kept.get("a*", lambda: made) is made
    assert kept.get("a*", refuse) is made
    assert kept.get("b*", chain) is not made


def test_the_chains_that_were_used_last_are_kept(monkeypatch):
    monkeypatch.setattr(_kept_chains, "_MAX_CHAINS", 2)
    kept = KeptChains()
    for constraints in ("a", "b"):
        kept.get(constraints, chain)
    kept.get("a", refuse)
    kept.get("c", chain)
    assert [is_kept(kept, constraints) for constraints in "abc"] == [True, False, True]


def test_chains_with_too_many_cells_are_dropped(monkeypatch):
    monkeypatch.setattr(_kept_chains, "_MAX_CELLS", 10)
    kept = KeptChains()
    kept.get("a", lambda: chain(4))
    kept.get("b", lambda: chain(6))
    assert is_kept(kept, "a")
    kept.get("c", lambda: chain(1))
    assert [is_kept(kept, constraints) for constraints in "abc"] == [False, True, True]
    large = chain(11)
    assert kept.get("d", lambda: large) is large
    assert not any(is_kept(kept, constraints) for constraints in "abcd")


def test_nothing_is_kept_of_a_chain_that_cannot_be_made():
    kept = KeptChains()
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 / 0)
    made = chain()
    assert kept.get("a", lambda: made) is made


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copy_holds_no_chains(duplicate):
    kept = KeptChains()
    empty = pickle.dumps(kept)
    kept.get("a", chain)
    assert pickle.dumps(kept) == empty
    assert not is_kept(duplicate(kept), "a")


def test_threads_get_the_chain_of_their_constraints(monkeypatch):
    monkeypatch.setattr(_kept_chains, "_MAX_CHAINS", 3)
    kept = KeptChains()

    def run(thread):
        for i in range(2000):
            constraints = (i * (thread + 1)) % 7
            assert kept.get(constraints, lambda n=constraints: chain(n)).n_cells == constraints

    with ThreadPoolExecutor(8) as executor:
        list(executor.map(run, range(8)))
    assert len(kept._chains) == 3
