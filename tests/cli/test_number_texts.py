"""Many numbers as text, compared with Python's formatting of each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sklearn_bigram.cli._number_texts import NumberTexts

ROUND = st.integers(-(10**8), 10**8).map(lambda n: n / 1000)  # many are ties
ANY = st.floats(allow_nan=False) | st.floats(-20, 20) | ROUND


def format_each(x, n_digits):
    return [f"{value:.{n_digits}f}\n" for value in x.tolist()]


@given(x=arrays(float, st.integers(0, 20), elements=ANY), n_digits=st.sampled_from([0, 2, 4]))
def test_texts_are_those_of_python(x, n_digits):
    assert NumberTexts(n_digits, "\n")(x).tolist() == format_each(x, n_digits)


@pytest.mark.parametrize("n_digits", [2, 4])
def test_halves_and_their_neighbours_are_rounded_as_by_python(n_digits):
    halves = (np.arange(-3000, 3000) + 0.5) / 10**n_digits
    largest = (2**17 + np.arange(-3, 3, 0.5)) / 10**n_digits
    few = np.array([0.0, -0.0, 0.125, 1e-300, -1e-300, 1e300, -1e300, np.inf, -np.inf])
    x = np.concatenate((few, halves, halves / 2, largest, -largest))
    x = np.concatenate((x, np.nextafter(x, np.inf), np.nextafter(x, -np.inf)))
    texts = NumberTexts(n_digits, "\n")
    for _ in range(2):  # the second time from the texts that were kept
        assert texts(x).tolist() == format_each(x, n_digits)
