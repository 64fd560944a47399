"""The lecture's samples, which take torch."""

import numpy as np
import pytest

from sklearn_bigram.exceptions import EndlessNameError
from sklearn_bigram.markov import _multinomial
from sklearn_bigram.markov._multinomial import sample_multinomial
from tests.markov.helpers import chain_of, names_of

LECTURE_SEED = 2147483647
pytestmark = pytest.mark.torch


def seeded(seed=0):
    import torch

    return torch.Generator().manual_seed(seed)


def test_a_torch_generator_draws_the_names_of_the_lecture(lecture_counts):
    N = lecture_counts + 1.0
    chain = chain_of(N / N.sum(axis=1, keepdims=True))
    stream = sample_multinomial(chain, 5, seeded(LECTURE_SEED))
    names = names_of(stream, "abcdefghijklmnopqrstuvwxyz")
    assert names == ["cexze", "momasurailezitynn", "konimittain", "llayn", "ka"]


def test_names_of_a_certain_chain():
    stream = sample_multinomial(chain_of([[0, 1], [1, 0]]), 3, seeded())
    assert names_of(stream, "a") == ["a", "a", "a"]
    assert stream.ids.dtype.kind == stream.starts.dtype.kind == "i"


def test_a_name_that_reaches_the_largest_length_is_an_error(monkeypatch):
    chain = chain_of(np.roll(np.eye(6), 1, axis=1))  # its only name has five symbols
    monkeypatch.setattr(_multinomial, "MAX_LENGTH", 6)
    assert names_of(sample_multinomial(chain, 2, seeded()), "abcde") == ["abcde"] * 2
    monkeypatch.setattr(_multinomial, "MAX_LENGTH", 5)
    with pytest.raises(EndlessNameError) as caught:
        sample_multinomial(chain, 1, seeded())
    assert caught.value.length == 5
