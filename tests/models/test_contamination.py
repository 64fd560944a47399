"""The offset of a detector that is given a proportion of outliers."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from sklearn_bigram.models._contamination import drop_weightless, find_offset
from sklearn_bigram.tokenization._containers import Names, TokenIds

SCORES = st.lists(st.integers(-5, 5), min_size=1, max_size=30)


@given(SCORES, st.integers(1, 50), st.data())
def test_at_most_the_proportion_of_the_weight_is_below_the_offset(scores, percent, data):
    n = len(scores)
    weights = data.draw(st.none() | st.lists(st.integers(1, 9), min_size=n, max_size=n))
    exact = [1] * n if weights is None else weights
    share = Fraction(percent, 100) * sum(exact)
    offset = find_offset(
        np.array(scores, dtype=float),
        None if weights is None else np.array(weights, dtype=float),
        percent / 100,
    )
    pairs = list(zip(scores, exact, strict=True))
    assert sum(weight for score, weight in pairs if score < offset) <= share
    assert sum(weight for score, weight in pairs if score <= offset) > share
    assert offset in scores


def test_names_of_weight_0_are_dropped_with_their_weights():
    X, weights = drop_weightless(Names(["ava", "mia", "zoe"]), [0.5, 0, 2])
    assert X.values == ["ava", "zoe"]
    assert weights.tolist() == [0.5, 2]


@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_rows_of_weight_0_are_dropped_with_their_weights(make):
    ids = make([[1, 2], [3, 0], [2, 2]])
    X, weights = drop_weightless(TokenIds(ids, ids), [0, 1, 3])
    assert (X.ids.toarray() if sparse.issparse(X.ids) else X.ids).tolist() == [[3, 0], [2, 2]]
    assert weights.tolist() == [1, 3]


def test_without_weights_nothing_is_dropped():
    X = Names(["ava"])
    assert drop_weightless(X, None) == (X, None)
