"""Names in every container, and the refusal of everything that is not names."""

import io
import pickle
import sys
from collections import UserString
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal

from sklearn_bigram import NameTokenizer
from tests.helpers import refused

NAMES = ["emma", "", "Zo\xeb", "\u674e\u5c0f\u9f8d", "\N{GRINNING FACE}", "\u05e9\u05e8\u05d4"]
NAMES += ["e\N{COMBINING ACUTE ACCENT}", "a b\t\r\n", "emma", "ava"]
FEW = ["emma", "olivia", "ava"]
ODD_INDEX = [7, 7, -1, 3, 0, 2, 100, 5, 8, 6]
ARROW = pd.ArrowDtype(pa.string())
StringDType = np.dtypes.StringDType


class Sequence:
    """A column of a library that nobody knows."""

    def __init__(self, names):
        self.names = names

    def to_list(self):
        return list(self.names)


class ArrayLike(Sequence):
    """A column that can only be turned into an array."""

    to_list = property()

    def __array__(self, dtype=None, copy=None):
        return np.array(self.names, dtype=object)


def as_objects(names):
    X = np.empty(len(names), dtype=object)
    for i, name in enumerate(names):
        X[i] = name
    return X


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "list of np.str_": lambda names: [np.str_(name) for name in names],
    "array of U": np.array,
    "array of objects": as_objects,
    "array of StringDType": lambda names: np.array(names, dtype=StringDType()),
    "array with strides": lambda names: np.array(names[::-1])[::-1],
    "array of the other byte order": lambda names: np.array(names).astype(
        np.array(names).dtype.newbyteorder()
    ),
    "array that is too wide": lambda names: np.array(names, dtype="U20"),
    "read-only array": lambda names: np.frombuffer(
        np.array(names).tobytes(), dtype=np.array(names).dtype
    ),
    "pandas array": lambda names: pd.array(names, dtype="string"),
    "Series": pd.Series,
    "Series of str": lambda names: pd.Series(names, dtype="str"),
    "Series of string": lambda names: pd.Series(names, dtype="string"),
    "Series of objects": lambda names: pd.Series(names, dtype=object),
    "Series of Arrow strings": lambda names: pd.Series(names, dtype=ARROW),
    "Series of categories": lambda names: pd.Series(names, dtype="category"),
    "Series with an odd index": lambda names: pd.Series(
        names, index=ODD_INDEX[: len(names)], dtype=object
    ),
    "column": lambda names: pd.DataFrame({"name": names})["name"],
    "Index": pd.Index,
    "polars Series": pl.Series,
    "Categorical": pd.Categorical,
    "Index of categories": pd.CategoricalIndex,
    "categories nobody uses": lambda names: pd.Series(
        pd.Categorical(names, categories=["x.", *dict.fromkeys(names), "y."])
    ),
    "Series of an Arrow dictionary": lambda names: pd.Series(
        pa.array(names).dictionary_encode(), dtype=pd.ArrowDtype(pa.dictionary("int32", "string"))
    ),
    "polars categories": lambda names: pl.Series(names, dtype=pl.Categorical),
    "polars Enum": lambda names: pl.Series(names, dtype=pl.Enum(list(dict.fromkeys(names)))),
    "Arrow array": pa.array,
    "Arrow large strings": lambda names: pa.array(names, pa.large_string()),
    "Arrow string views": lambda names: pa.array(names, pa.string_view()),
    "Arrow dictionary": lambda names: pa.array(names).dictionary_encode(),
    "Arrow dictionary of chunks": lambda names: pa.chunked_array(
        [pa.array(part).dictionary_encode() for part in (names[:3], names[3:])]
    ),
    "Arrow dictionary with duplicates": lambda names: pa.DictionaryArray.from_arrays(
        range(len(names)), names
    ),
    "Arrow slice": lambda names: pa.array(["x.", *names, "y."])[1:-1],
    "Arrow chunks": lambda names: pa.chunked_array([names[:3], [], names[3:]], pa.string()),
    "Arrow column": lambda names: pa.table({"name": names})["name"],
    "sequence": Sequence,
    "array-like": ArrayLike,
}
every_container = pytest.mark.parametrize("make", CONTAINERS.values(), ids=CONTAINERS)


@every_container
def test_names_in_any_container_have_the_same_ids(make):
    tokenizer = NameTokenizer(sparse_output=False).fit(make(NAMES))
    symbols = [".", *sorted(set("".join(NAMES)))]
    assert tokenizer.symbols_.tolist() == symbols
    assert {type(symbol) for symbol in tokenizer.symbols_} == {str}
    expected = [[symbols.index(symbol) for symbol in name] for name in NAMES]
    ids = tokenizer.transform(make(NAMES)).tolist()
    assert ids == [row + [0] * (6 - len(row)) for row in expected]  # the longest has 6
    folded = NameTokenizer(lowercase=True, analyzer=list).fit(make(NAMES))
    assert folded.symbols_.tolist() == [".", *sorted(set("".join(NAMES).lower()))]


@pytest.mark.parametrize(
    "kind",
    [
        "tuple",
        "array of objects",
        "array of StringDType",
        "Arrow dictionary",
        "Series",
        "Series of Arrow strings",
        "polars Series",
        "Arrow array",
        "Arrow chunks",
    ],
)
def test_nul_at_the_end_of_a_name_is_kept(kind):
    names = ["a\0", "\0", "\0\0b", "c\0\0"]
    tokenizer = NameTokenizer(sparse_output=False)
    ids = tokenizer.fit_transform(CONTAINERS[kind](names))
    assert_array_equal(ids, [[2, 1, 0], [1, 0, 0], [1, 1, 3], [4, 1, 1]])


def test_an_array_without_width_holds_empty_names():
    assert NameTokenizer().fit_transform(np.empty(3, dtype="U0")).nnz == 0


@pytest.mark.parametrize("make", [list, np.array, as_objects, pd.Series])
def test_names_are_left_as_they_were(make):
    X = make(NAMES)
    before = pickle.dumps(X)
    NameTokenizer(lowercase=True, strip_accents="ascii").fit(X).transform(X)
    assert pickle.dumps(X) == before


def test_columns_are_read_without_pyarrow(monkeypatch):
    monkeypatch.delitem(sys.modules, "pyarrow")
    column = pd.Series(["emma", "ava"], dtype=object)
    assert NameTokenizer(sparse_output=False).fit_transform(column).shape == (2, 4)


# Errors name the element


@pytest.mark.parametrize(
    "kind",
    [
        "list",
        "tuple",
        "array of U",
        "array of objects",
        "array of StringDType",
        "Series",
        "Categorical",
        "Arrow array",
        "Arrow dictionary",
        "polars Enum",
        "sequence",
    ],
)
@pytest.mark.parametrize("params", [{}, {"lowercase": True}, {"analyzer": list}], ids=str)
def test_an_error_shows_a_name_as_a_str_in_any_container(kind, params):
    tokenizer, make = NameTokenizer(max_length=3, **params), CONTAINERS[kind]
    with pytest.raises(ValueError, match=r"^X\[1\] is 'emma' and has 4 symbols"):
        tokenizer.fit(make(["ava", "emma"]))
    with pytest.raises(ValueError, match=r"^X\[1\] is 'e\.m' and holds the boundary"):
        tokenizer.fit(make(["ava", "e.m"]))


NOT_A_NAME = {
    "None": (None, "None"),
    "NaN": (float("nan"), r"of type float \(nan\)"),
    "NA": (pd.NA, r"of type NAType"),
    "bytes": (b"ava", r"of type bytes \(b'ava'\)"),
    "int": (7, r"of type int \(7\)"),
    "bool": (True, r"of type bool \(True\)"),
    "list": (["ava"], r"of type list \(\['ava'\]\)"),
    "tuple": (("ava",), r"of type tuple"),
    "dict": ({"ava": 1}, r"of type dict"),
    "array": (np.array(["ava"]), r"of type ndarray"),
    "long": ([0] * 1000, r"of type list \(.{1,60}\)"),
}
TOKENIZERS = {
    "plain": {},
    "lowercase": {"lowercase": True},
    "accents": {"strip_accents": "ascii"},
    "function": {"strip_accents": str.swapcase},
    "grapheme": {"analyzer": "grapheme"},
    "list": {"analyzer": list},
    "max_length": {"max_length": 9},
    "use_unknown": {"handle_unknown": "use_unknown"},
}


def assert_element_refused(params, bad, description):
    unfitted, fitted = NameTokenizer(**params), NameTokenizer(**params).fit(FEW)
    for index in (0, 1, 3):
        names = list(FEW)
        names.insert(index, bad)
        message = rf"^X\[{index}\] is {description}.*: names must be strings\.$"
        for make in (list, tuple, as_objects, partial(pd.Series, dtype=object)):
            for tokenizer, method in ((unfitted, "fit"), (fitted, "partial_fit")):
                with refused(tokenizer, TypeError, message):
                    getattr(tokenizer, method)(make(names))
            with refused(fitted, TypeError, message):
                fitted.transform(make(names))


@pytest.mark.parametrize(("bad", "description"), NOT_A_NAME.values(), ids=NOT_A_NAME)
def test_an_element_that_is_no_name_is_refused(bad, description):
    assert_element_refused({}, bad, description)


@pytest.mark.parametrize("params", TOKENIZERS.values(), ids=TOKENIZERS)
def test_every_tokenizer_refuses_an_element_that_is_no_name(params):
    assert_element_refused(params, *NOT_A_NAME["None"])
    assert_element_refused(params, *NOT_A_NAME["list"])


@pytest.mark.parametrize("element", [None, b"ava", {"ava"}, {"ava": 1}], ids=repr)
def test_a_list_without_names_is_refused_by_its_first_element(element):
    with refused(NameTokenizer(), TypeError, r"^X\[0\] is .*names must be strings"):
        NameTokenizer().fit([element, element])


@pytest.mark.parametrize(
    "X",
    [
        pd.Series(["emma", None]),
        pd.Series(["emma", None], dtype="string"),
        pd.Series(["emma", None], dtype=ARROW),
        pl.Series(["emma", None]),
        pa.array(["emma", None]),
        pa.chunked_array([["emma"], [None]]),
        pd.Series(["emma", None], dtype="category"),
        pd.Categorical(["emma", None] + ["emma"] * 9),
        pd.Categorical(["emma", 7], categories=["emma", 7]),
        pl.Series(["emma", None], dtype=pl.Categorical),
        pa.array(["emma", None]).dictionary_encode(),
        pa.DictionaryArray.from_arrays([1, 0], [None, "emma"]),
        np.array(["emma", None], dtype=StringDType(na_object=None)),
        np.array(["emma", np.nan], dtype=StringDType(na_object=np.nan)),
    ],
    ids=lambda X: f"{type(X).__name__}-{getattr(X, 'dtype', '')}",
)
def test_a_missing_name_is_refused_in_any_container(X):
    with pytest.raises(TypeError, match=r"^X\[1\] is .*: names must be strings\.$"):
        NameTokenizer().fit(X)


def test_an_array_of_bytes_is_refused():
    with pytest.raises(TypeError, match=r"^X\[0\] is of type bytes"):
        NameTokenizer().fit(np.array([b"emma"]))


# X is not names at all

EMPTY = "^X is empty: pass a list"
NUMBERS = "Expected 2D array.*[Nn]ames must be strings: pass a list"
TABLE = "one column"
NOT_NAMES = {
    "str": (lambda: "emma", r"single str, 'emma': pass a list.*count_bigrams"),
    "np.str_": (lambda: np.str_("emma"), r"single str_.*: pass a list"),
    "long str": (lambda: "emma\n" * 10**6, r"(?s)^.{1,200}$"),
    "bytes": (lambda: b"emma", "single bytes, b'emma': pass a list"),
    "bytearray": (lambda: bytearray(b"emma"), "single bytearray.*: pass a list"),
    "array of no dimension": (lambda: np.array("emma"), "pass"),
    "None": (lambda: None, r"^X is a NoneType: pass a list.*\['emma', 'olivia'\]\.$"),
    "int": (lambda: 3, "int: pass a list"),
    "generator": (lambda: (name for name in FEW), "generator: pass a list"),
    "iterator": (lambda: iter(FEW), "iterator: pass a list"),
    "set": (lambda: set(FEW), "set: pass a list"),
    "dict": (lambda: dict.fromkeys(FEW), "dict: pass a list"),
    "lazy frame": (lambda: pl.LazyFrame({"name": FEW}), "LazyFrame: pass a list"),
    "text stream": (io.StringIO, r"StringIO: pass a list.*X\.read\(\)\.splitlines\(\)\.$"),
    "empty list": (list, EMPTY),
    "empty tuple": (tuple, EMPTY),
    "empty array of U": (lambda: np.array([], dtype="U1"), EMPTY),
    "empty array of objects": (lambda: np.array([], dtype=object), EMPTY),
    "empty Series": (lambda: pd.Series([], dtype="str"), EMPTY),
    "empty Categorical": (lambda: pd.Categorical([]), EMPTY),
    "empty dictionary": (lambda: pa.array([], pa.string()).dictionary_encode(), EMPTY),
    "empty array of StringDType": (lambda: np.array([], StringDType()), EMPTY),
    "empty polars": (lambda: pl.Series([], dtype=pl.String), EMPTY),
    "empty Arrow": (lambda: pa.array([], pa.string()), EMPTY),
    "empty chunks": (lambda: pa.chunked_array([], pa.string()), EMPTY),
    "ints": (lambda: [1, 2], NUMBERS),
    "floats": (lambda: [1.5, np.nan], NUMBERS),
    "numbers of NumPy": (lambda: [np.int8(1), np.float32(2)], NUMBERS),
    "objects": (lambda: np.array([1, 2], dtype=object), NUMBERS),
    "Series of ints": (lambda: pd.Series([1, 2]), NUMBERS),
    "polars ints": (lambda: pl.Series([1, 2]), NUMBERS),
    "Arrow ints": (lambda: pa.array([1, 2]), NUMBERS),
    "array of ints": (lambda: np.array([1, 2]), "pass"),
    "array of floats": (lambda: np.array([]), "pass"),
    "frame": (lambda: pd.DataFrame({"name": FEW}), TABLE),
    "frame of Arrow": (lambda: pd.DataFrame({"name": FEW}, dtype="string[pyarrow]"), TABLE),
    "frame with a gap": (lambda: pd.DataFrame({"name": ["emma", None]}), TABLE),
    "frame of two": (lambda: pd.DataFrame({"name": FEW, "age": [1, 2, 3]}), TABLE),
    "polars frame": (lambda: pl.DataFrame({"name": FEW}), TABLE),
    "Arrow table": (lambda: pa.table({"name": FEW}), TABLE),
    "column of U": (lambda: np.array(FEW)[:, None], TABLE),
    "column of objects": (lambda: as_objects(FEW)[:, None], TABLE),
    "column of StringDType": (lambda: np.array(FEW, StringDType())[:, None], TABLE),
    "lists of one name": (lambda: [[name] for name in FEW], TABLE),
    "lists with None": (lambda: [["emma", None], ["ava", "b"]], TABLE),
    "arrays": (lambda: (np.array([1]), np.array([2])), TABLE),
}


@pytest.mark.parametrize(("make", "message"), NOT_NAMES.values(), ids=NOT_NAMES)
def test_what_is_not_names_is_refused(make, message):
    fitted = NameTokenizer().fit(FEW)
    for tokenizer, method in (
        (NameTokenizer(), "fit"),
        (NameTokenizer(), "fit_transform"),
        (fitted, "partial_fit"),
        (fitted, "transform"),
    ):
        with refused(tokenizer, ValueError, message):
            getattr(tokenizer, method)(make())


def test_strings_that_are_not_str_are_refused():
    with pytest.raises(TypeError, match=r"^X\[0\] is of type UserString .*names must be strings"):
        NameTokenizer().fit([UserString("ab")])


def test_a_multi_index_is_refused_with_the_way_to_a_level():
    index = pd.MultiIndex.from_tuples([("a", "b"), ("c", "d")])
    with pytest.raises(ValueError, match=r"^X is a MultiIndex.*X\.get_level_values\(0\)"):
        NameTokenizer().fit(index)
    assert NameTokenizer().fit(index.get_level_values(0)).symbols_.tolist() == [".", "a", "c"]
