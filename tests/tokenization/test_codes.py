"""Names to ids and back, whatever the width of their code points and their container."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.feature_extraction.text import CountVectorizer

from sklearn_bigram import NameTokenizer
from tests.helpers import any_names

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
FLAG = "\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}"
E_ACUTE = "e\N{COMBINING ACUTE ACCENT}"
ODD = ["\ud800", "\udc00\ud800", "\ud83d\ude00", "a\0", "\0", "\r\n\t\x1b\x7f", "\ufeff", FLAG]
ODD += [FAMILY, E_ACUTE, "\N{COMBINING ACUTE ACCENT}", "\u202e\u05d0", "\U0010ffff", " ", ""]
# Characters at both ends of the one-byte codes, and around the surrogates
EDGES = "\0\x01\x7f\x80\xff\u0100\ud7ff\ud800\udfff\ue000\uffff\U00010000\U0010ffff"

edge_names = st.lists(st.text("ab\xff" + EDGES, max_size=4), min_size=1, max_size=5)
boundaries = st.sampled_from(".\0\xe9\xff\u0100\u674e\ud800\U0010ffff")


def ids_by_hand(names, boundary="."):
    """Return the symbols and the dense ids of names."""
    symbols = [boundary, *sorted(set("".join(names)))]
    width = max(1, *map(len, names))
    rows = [[symbols.index(symbol) for symbol in name] for name in names]
    return symbols, [row + [0] * (width - len(row)) for row in rows]


def assert_coded(X, names, boundary):
    """Assert that a container has the ids of the names in a list."""
    symbols, ids = ids_by_hand(names, boundary)
    tokenizer = NameTokenizer(boundary=boundary, sparse_output=False)
    assert_array_equal(tokenizer.fit_transform(X), ids)
    assert tokenizer.symbols_.tolist() == symbols
    assert tokenizer.inverse_transform(ids).tolist() == names


@given(any_names)
@example([ODD[0]])
@example(ODD)
def test_names_of_any_characters_are_coded_exactly(names):
    assert_coded(names, names, ".")


@given(edge_names, boundaries)
def test_lists_are_coded_exactly_with_any_boundary(names, boundary):
    names = [name.replace(boundary, "") for name in names]
    assert_coded(names, names, boundary)
    assert_coded(tuple(names), names, boundary)


@given(
    st.lists(st.text("ab\0", max_size=4) | st.text("a\xff\u0100", max_size=4), min_size=1),
    boundaries,
    st.integers(0, 40),
)
@example(["\xff"], ".", 0)
@example(["a\0", "b", ""], ".", 0)
@example(["a", "", "b"], ".", 40)
def test_arrays_of_string_dtype_are_coded_exactly(names, boundary, n_more):
    names = [name.replace(boundary, "") for name in names] + ["c" * n_more]
    assert_coded(np.array(names, dtype=np.dtypes.StringDType()), names, boundary)
    many = [*names, "d"] * 30  # a single long name among them is not padded to
    many[-1] *= 100 * n_more
    assert_coded(np.array(many, dtype=np.dtypes.StringDType()), many, boundary)


@given(
    edge_names | st.lists(st.text("\0ab", max_size=4), min_size=1),
    boundaries,
    st.sampled_from(["", "<", ">", "strides", "wide"]),
)
@example(["a", "b\0c"], "\0", "")
@example(["", ""], ".", "")
def test_arrays_of_u_are_coded_exactly(names, boundary, form):
    X = np.array([name.replace(boundary, "") for name in names])
    if form == "strides":
        X = np.repeat(X, 2)[::2]
    elif form == "wide":
        X = X.astype("U9")
    elif form:
        X = X.astype(X.dtype.newbyteorder(form))
    assert_coded(X, X.tolist(), boundary)  # NULs at the end of a name are gone


@given(
    st.lists(st.text("ab\0\x7f\x80\xff\u0100\U00010000", max_size=4), min_size=1, max_size=5),
    boundaries,
    st.sampled_from([pa.string(), pa.large_string()]),
    st.integers(0, 5),
)
def test_arrow_arrays_are_coded_exactly(names, boundary, dtype, cut):
    names = [name.replace(boundary, "") for name in names]
    assert_coded(pa.array(names, dtype), names, boundary)
    assert_coded(pa.chunked_array([names[:cut], names[cut:]], dtype), names, boundary)
    assert_coded(pa.array(["x", *names, "y"], dtype)[1:-1], names, boundary)


@given(any_names)
def test_ids_are_the_columns_of_a_character_count(names):
    names = [name.replace(" ", "") for name in "".join(names).split()] + ["x"]  # it folds spaces
    ids = NameTokenizer(sparse_output=False).fit_transform(names)
    counts = CountVectorizer(analyzer="char", lowercase=False).fit_transform(names).toarray()
    assert_array_equal([np.bincount(row, minlength=counts.shape[1] + 1)[1:] for row in ids], counts)


@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
@given(names=any_names)
@example(names=ODD)
@example(names=[FAMILY])
def test_names_come_back_with_any_analyzer(analyzer, names):
    for sparse_output in (True, False):
        tokenizer = NameTokenizer(analyzer=analyzer, sparse_output=sparse_output)
        assert tokenizer.inverse_transform(tokenizer.fit_transform(names)).tolist() == names


@pytest.mark.parametrize("n_symbols", [254, 255, 256, 257, 1000, 66_000])
@pytest.mark.parametrize("start", [1, 0xE000])
def test_alphabets_of_any_size_are_coded_exactly(n_symbols, start):
    points = [i for i in range(start, start + n_symbols + 2049) if not 0xD800 <= i < 0xE000]
    points.remove(ord(".")) if ord(".") in points else None
    name = "".join(map(chr, points[:n_symbols]))
    tokenizer = NameTokenizer(sparse_output=False)
    assert_array_equal(
        tokenizer.fit_transform([name, name[::-1]]),
        [np.arange(1, n_symbols + 1), np.arange(n_symbols, 0, -1)],
    )
    assert tokenizer.inverse_transform([[n_symbols, 1]]).tolist() == [name[-1] + name[0]]
