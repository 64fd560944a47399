"""Counts subtracted and multiplied, and counts that are too large."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from sklearn_bigram import BigramCounts, CountBigramLM, NameTokenizer, NeuralBigramLM, count_bigrams
from sklearn_bigram.counting._counts_file import write_counts
from tests.helpers import as_counter, count_by_hand

A_LOT = 1e290

some_names = st.lists(st.text("abé李", max_size=4), min_size=1, max_size=6)


def counts_of(cells, symbols=(".", "a")):
    """Return counts of some cells, by their rows and columns."""
    matrix = np.zeros((len(symbols), len(symbols)))
    for (row, column), n in cells.items():
        matrix[row, column] = n
    return BigramCounts(symbols, matrix)


# Subtraction


@given(some_names, some_names)
def test_what_was_added_can_be_subtracted(first, second):
    a, b = count_bigrams(first), count_bigrams(second)
    assert a + b - b == a
    assert a + b - a == b
    assert as_counter(a + b - b) == count_by_hand(first)


@given(some_names)
def test_a_window_slides_over_the_names(names):
    window = count_bigrams(names[:2])
    for old, new in zip(names, names[2:], strict=False):
        window = window + count_bigrams([new]) - count_bigrams([old])
    assert window == count_bigrams(names[-2:])


@given(some_names, st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_any_part_can_be_subtracted(names, n_left):
    n_left = n_left[: len(names)]
    whole = count_bigrams(names, sample_weight=[5] * len(names))
    if sum(n_left) == 0:
        rest = whole - whole
        assert (rest.symbols, rest.matrix.nnz) == (["."], 0)
    else:
        left = count_bigrams(names, sample_weight=n_left)
        assert as_counter(whole - left) == count_by_hand(
            [name for name, n in zip(names, n_left, strict=True) for _ in range(5 - n)]
        )


def test_symbols_without_counts_are_dropped():
    counts = count_bigrams(["ab", "c"]) - count_bigrams(["c"])
    assert counts == count_bigrams(["ab"])
    assert counts.symbols == [".", "a", "b"]
    only_in_rows = counts_of({(1, 0): 2, (2, 0): 1}, (".", "a", "b")) - counts_of({(1, 0): 2})
    assert (only_in_rows.symbols, as_counter(only_in_rows)) == ([".", "b"], {("b", "."): 1})


def test_a_count_below_zero_is_an_error_that_names_the_bigram_and_both_counts():
    few, many = count_bigrams(["ab"]), count_bigrams(["ab", "ab", "a"])
    with pytest.raises(ValueError, match=r"^The count of 'a' after '\.' is 1, but 3 is to be sub"):
        few - many
    with pytest.raises(ValueError, match=r"^The count of 'z' after '\.' is 0, but 1 is to be"):
        many - count_bigrams(["z"])
    with pytest.raises(ValueError, match=r"'a' after '\.' is 0\.25, but 0\.5 is"):
        counts_of({(0, 1): 0.25, (1, 0): 1}) - counts_of({(0, 1): 0.5})
    assert (few, many) == (count_bigrams(["ab"]), count_bigrams(["ab", "ab", "a"]))


@pytest.mark.parametrize(
    ("terms", "part"), [((0.1, 0.2), 0.3), ((0.3, 0.0), 0.1 + 0.2), ((1e-300, 0.0), 1e-300)]
)
def test_a_difference_of_fractions_that_is_only_rounding_is_zero(terms, part):
    a, b = (counts_of({(0, 1): n, (1, 0): 1}) for n in terms)
    rest = a + b - counts_of({(0, 1): part, (1, 0): 1})
    assert as_counter(rest) == {("a", "."): 1}


@pytest.mark.parametrize("n", [1e13, 2.0**53 - 1])
def test_whole_counts_are_subtracted_without_tolerance(n):
    large, smaller = counts_of({(0, 1): n}), counts_of({(0, 1): n - 1})
    assert as_counter(large - smaller) == {(".", "a"): 1}
    with pytest.raises(ValueError, match=r"is to be subtracted"):
        smaller - large


def test_fractions_that_were_added_can_be_subtracted_whatever_was_added_meanwhile():
    many = count_bigrams(["ab"] * 200_000, sample_weight=[0.1] * 200_000)
    few = count_bigrams(["ab"], sample_weight=[0.3])
    assert (many + few - many - few).matrix.nnz == 0
    assert (many + few - few - many).matrix.nnz == 0
    tenth = count_bigrams(["ab"] * 20_000, sample_weight=[0.1] * 20_000)
    rest = many
    for _ in range(10):
        rest = rest - tenth
    assert rest.matrix.nnz == 0


def test_fractions_that_differ_by_more_than_rounding_are_subtracted():
    rest = counts_of({(0, 1): 1e6 + 0.5}) - counts_of({(0, 1): 1e6 + 0.25})
    assert as_counter(rest) == {(".", "a"): 0.25}
    with pytest.raises(ValueError, match="is to be subtracted"):
        counts_of({(0, 1): 0.5}) - counts_of({(0, 1): 0.5 + 1e-9})


def test_counts_with_different_boundaries_are_not_subtracted():
    other = count_bigrams(["ava"], tokenizer=NameTokenizer(boundary="$"))
    with pytest.raises(ValueError, match=r"different boundary symbols, '\.' and '\$'"):
        count_bigrams(["ava"]) - other


@pytest.mark.parametrize("other", [1, 0, 1.5, None, "a", [1], np.ones(2), sparse.eye_array(2)])
def test_only_counts_can_be_subtracted_from_counts(other):
    counts = count_bigrams(["a"])
    with pytest.raises(TypeError):
        counts - other
    with pytest.raises(TypeError):
        other - counts


# Multiplication


@given(some_names, st.integers(1, 9))
def test_a_whole_factor_repeats_the_names(names, factor):
    counts = count_bigrams(names)
    before = as_counter(counts)
    for number in (factor, float(factor), np.int8(factor), np.float32(factor), Fraction(factor)):
        assert counts * number == number * counts == count_bigrams(names * factor)
    assert as_counter(counts) == before


@given(some_names, some_names, st.sampled_from([Fraction(1, 2), Fraction(3, 4), Fraction(1, 8)]))
def test_decayed_counts_are_exact_if_float64_holds_them(first, second, decay):
    counts = float(decay) * count_bigrams(first) + count_bigrams(second)
    expected = Counter()
    for weight, names in ((decay, first), (Fraction(1), second)):
        for name in names:
            for pair in pairwise([".", *name, "."]):
                expected[pair] += weight
    assert as_counter(counts) == expected


@pytest.mark.parametrize("factor", [0, 0.0, -0.0])
def test_nothing_is_left_of_no_times_the_counts(factor):
    counts = count_bigrams(["ab"])
    nothing = factor * counts
    assert (nothing.symbols, nothing.matrix.nnz) == (["."], 0)
    assert nothing + counts == counts == count_bigrams(["ab"])


def test_counts_too_small_for_float64_are_dropped():
    counts = counts_of({(0, 1): 1e-300, (1, 0): 1e-300, (0, 0): 1})
    assert as_counter(counts * 1e-100) == {(".", "."): 1e-100}


@pytest.mark.parametrize(
    "factor",
    [True, np.True_, 1j, None, "2", [2], np.ones(2), np.array(2.0), sparse.eye_array(2)],
    ids=repr,
)
def test_a_factor_must_be_a_number(factor):
    counts = count_bigrams(["a"])
    for multiply in (lambda: counts * factor, lambda: factor * counts):
        with pytest.raises(TypeError, match=r"^Counts can only be multiplied by a number, not by"):
            multiply()
    with pytest.raises(TypeError, match="of type BigramCounts"):
        counts * counts


@pytest.mark.parametrize("factor", [-1, -0.5, np.nan, np.inf, -np.inf, 10**400, np.float64("nan")])
def test_a_factor_must_be_finite_and_not_below_zero(factor):
    counts = count_bigrams(["a"])
    for multiply in (lambda: counts * factor, lambda: factor * counts):
        with pytest.raises(ValueError, match=r"multiplied by a finite number >= 0, not by"):
            multiply()


# Counts that are too large

TOO_LARGE = r"the count of 'a' after '\.' is 1\.\de\+\d+: counts must be at most 1e\+290"


def test_counts_that_are_too_large_are_refused(tmp_path):
    most = counts_of({(0, 1): A_LOT, (1, 0): 3})
    for where, make in {
        "matrix": lambda: counts_of({(0, 1): 1.1 * A_LOT, (1, 0): 3}),
        "the sum": lambda: most + counts_of({(0, 1): 0.1 * A_LOT}),
        "the product": lambda: 1.1 * most,
        "the counts": lambda: counts_of(
            {(0, 1): A_LOT, (0, 2): 0.1 * A_LOT}, (".", "a", "b")
        ).relabel([0, 1, 1], [".", "a"]),
    }.items():
        with pytest.raises(ValueError, match=f"^In {where}, {TOO_LARGE}"):
            make()
    with pytest.raises(ValueError, match=r"^In the product, the count .* is inf"):
        most * 1e300
    path = tmp_path / "counts.npz"
    write_counts(path, [".", "a"], 1.5 * most.matrix)
    with pytest.raises(ValueError, match=f"^In {path}, {TOO_LARGE}"):
        BigramCounts.load(path)
    most.save(path)
    assert BigramCounts.load(path) == most


def test_a_model_cannot_learn_more_than_counts_hold():
    most = counts_of({(0, 1): A_LOT, (1, 0): A_LOT})
    model = CountBigramLM().fit(most)
    with pytest.raises(ValueError, match=r"^In the sum, the count of '.' after '.' is 2e\+290"):
        model.partial_fit(most)
    assert model.counts_.max() == A_LOT


@pytest.mark.parametrize(
    "model",
    [
        NeuralBigramLM(),
        *(
            CountBigramLM(smoothing=smoothing)
            for smoothing in ("additive", "witten-bell", "absolute", "kneser-ney")
        ),
    ],
    ids=repr,
)
def test_the_largest_counts_and_weights_have_finite_scores(model):
    names = ["ab", "ba", "a", "bbb"]
    largest = BigramCounts([".", "a", "b"], np.full((3, 3), A_LOT))
    assert np.isfinite(model.fit(largest).score(largest))
    assert np.isfinite(model.score(names))
    weighted = count_bigrams(names * 1000, sample_weight=1e280)
    assert np.isfinite(model.fit(weighted).score(weighted))
