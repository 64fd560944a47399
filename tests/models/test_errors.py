"""Bad input: a clear error of the right class, and the estimator as it was."""

import pickle
import warnings
from contextlib import contextmanager

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM

NAMES = ["emma", "olivia", "ava"]
IDS = [[1, 2, 0], [2, 1, 3]]
StringDType = np.dtypes.StringDType

MODELS = {
    "count": CountBigramLM(),
    "exact": NeuralBigramLM(),
    "gd": NeuralBigramLM(solver="gd", random_state=0, max_iter=2, tol=100.0),
}
BEFORE = {"unfitted": None, "fitted on names": NAMES, "fitted on ids": IDS}
FITS = ["fit", "partial_fit"]
READS = [
    "score",
    "score_samples",
    "perplexity",
    "predict",
    "predict_proba",
    "predict_log_proba",
]

every_model = pytest.mark.parametrize("name", MODELS)
both_classes = pytest.mark.parametrize("name", ["count", "exact"])
every_state = pytest.mark.parametrize("before", BEFORE)


def make_model(name, before="unfitted", **params):
    model = clone(MODELS[name]).set_params(**params)
    X = BEFORE[before]
    return model if X is None else model.fit(X)


def make_tokenizer(fitted, **params):
    tokenizer = NameTokenizer(**params)
    return tokenizer.fit(NAMES) if fitted else tokenizer


@contextmanager
def refused(estimator, error, message):
    """Hold that the block raises this, and that each attribute is what and as it was."""
    before = dict(vars(estimator))
    learned = {key: value for key, value in before.items() if "_" in (key[0], key[-1])}
    contents = pickle.dumps(learned)
    with pytest.raises(error, match=message):
        yield
    assert list(vars(estimator)) == list(before)
    assert all(vars(estimator)[key] is value for key, value in before.items())
    assert pickle.dumps(learned) == contents


# X is not names: what it is, the class of the error, what the message says, where names are wanted
NOT_NAMES = {
    "str": (lambda: "emma", ValueError, r"single str, 'emma': pass a list"),
    "np.str_": (lambda: np.str_("emma"), ValueError, r"single str_.*: pass a list"),
    "long str": (lambda: "emma\n" * 10**6, ValueError, r"(?s)^.{1,200}$"),
    "bytes": (lambda: b"emma", ValueError, "single bytes, b'emma': pass a list"),
    "bytearray": (lambda: bytearray(b"emma"), ValueError, "single bytearray.*: pass a list"),
    "array of no dimension": (lambda: np.array("emma"), ValueError, "pass"),
    "None": (lambda: None, ValueError, "NoneType: pass a list"),
    "int": (lambda: 3, ValueError, "int: pass a list"),
    "generator": (lambda: (name for name in NAMES), ValueError, "generator: pass a list"),
    "iterator": (lambda: iter(NAMES), ValueError, "iterator: pass a list"),
    "map": (lambda: map(str.lower, NAMES), ValueError, "map: pass a list"),
    "set": (lambda: set(NAMES), ValueError, "set: pass a list"),
    "dict": (lambda: dict.fromkeys(NAMES), ValueError, "dict: pass a list"),
    "lazy frame": (lambda: pl.LazyFrame({"name": NAMES}), ValueError, "LazyFrame: pass a list"),
    # empty
    "empty list": (list, ValueError, "X is empty: pass a list"),
    "empty tuple": (tuple, ValueError, "X is empty: pass a list"),
    "empty array of U": (lambda: np.array([], dtype="U1"), ValueError, "X is empty: pass a list"),
    "empty array of objects": (lambda: np.array([], dtype=object), ValueError, "X is empty: pass"),
    "empty Series": (lambda: pd.Series([], dtype="str"), ValueError, "X is empty: pass a list"),
    "empty polars": (lambda: pl.Series([], dtype=pl.String), ValueError, "X is empty: pass a list"),
    "empty Arrow": (lambda: pa.array([], pa.string()), ValueError, "X is empty: pass a list"),
    "empty chunks": (lambda: pa.chunked_array([], pa.string()), ValueError, "X is empty: pass"),
    # numbers in one dimension
    "ints": (
        lambda: [1, 2],
        ValueError,
        "Expected 2D array.*[Nn]ames must be strings: pass a list",
    ),
    "floats": (lambda: [1.5, np.nan], ValueError, "Expected 2D array.*Names must be strings: pass"),
    "objects": (lambda: np.array([1, 2], dtype=object), ValueError, "Expected 2D array.*: pass"),
    "Series of ints": (lambda: pd.Series([1, 2]), ValueError, "Expected 2D array.*: pass a list"),
    "polars ints": (lambda: pl.Series([1, 2]), ValueError, "Expected 2D array.*: pass a list"),
    "Arrow ints": (lambda: pa.array([1, 2]), ValueError, "Expected 2D array.*: pass a list"),
    "array of ints": (lambda: np.array([1, 2]), ValueError, "Expected 2D array|pass"),
    "array of floats": (lambda: np.array([]), ValueError, "Expected 2D array|pass"),
    # strings in two dimensions
    "pandas frame": (lambda: pd.DataFrame({"name": NAMES}), ValueError, "one column"),
    "frame of objects": (lambda: pd.DataFrame({"name": NAMES}, dtype=object), ValueError, "column"),
    "frame of Arrow": (
        lambda: pd.DataFrame({"name": NAMES}, dtype="string[pyarrow]"),
        ValueError,
        "one column",
    ),
    "frame of categories": (
        lambda: pd.DataFrame({"name": NAMES}, dtype="category"),
        ValueError,
        "one column",
    ),
    "frame with a gap": (lambda: pd.DataFrame({"name": ["emma", None]}), ValueError, "one column"),
    "frame of two": (
        lambda: pd.DataFrame({"name": NAMES, "age": [1, 2, 3]}),
        ValueError,
        "one column",
    ),
    "polars frame": (lambda: pl.DataFrame({"name": NAMES}), ValueError, "one column"),
    "Arrow table": (lambda: pa.table({"name": NAMES}), ValueError, "one column"),
    "column of U": (lambda: np.array(NAMES)[:, None], ValueError, "one column"),
    "column of objects": (lambda: np.array(NAMES, object)[:, None], ValueError, "one column"),
    "column of StringDType": (
        lambda: np.array(NAMES, StringDType())[:, None],
        ValueError,
        "one column",
    ),
    "lists of one name": (lambda: [[name] for name in NAMES], ValueError, "one column"),
    "lists with None": (lambda: [["emma", None], ["ava", "b"]], ValueError, "one column"),
}


# scikit-learn says so before it looks inside
@pytest.mark.filterwarnings("ignore:X has feature names")
@both_classes
@every_state
@pytest.mark.parametrize("kind", NOT_NAMES)
def test_what_is_not_names_is_refused_by_fit(name, before, kind):
    make, error, message = NOT_NAMES[kind]
    model = make_model(name, before)
    for method in FITS:
        with refused(model, error, message):
            getattr(model, method)(make())


@both_classes
@pytest.mark.parametrize("kind", NOT_NAMES)
def test_what_is_not_names_is_refused_by_a_model_of_names(name, kind):
    make, error, message = NOT_NAMES[kind]
    model = make_model(name, "fitted on names")
    for method in READS:
        with refused(model, error, message):
            getattr(model, method)(make())


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("kind", NOT_NAMES)
def test_what_is_not_names_is_refused_by_the_tokenizer(fitted, kind):
    make, error, message = NOT_NAMES[kind]
    tokenizer = make_tokenizer(fitted)
    for method in [*FITS, "fit_transform", *["transform"] * fitted]:
        with refused(tokenizer, error, message):
            getattr(tokenizer, method)(make())


# One element is not a name

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


def with_bad(bad, place):
    names = list(NAMES)
    names.insert(place, bad)
    return names


def as_objects(names):
    X = np.empty(len(names), dtype=object)
    for i, name in enumerate(names):
        X[i] = name
    return X


def as_series(names):
    return pd.Series(as_objects(names), dtype=object)


def cases_of(kind):
    """Yield a container with one element that is no name, and what the error says."""
    bad, what = NOT_A_NAME[kind]
    for place in (0, 1, 3):
        message = rf"^X\[{place}\] is {what}.*: names must be strings\.$"
        names = with_bad(bad, place)
        for make in (list, tuple, as_objects, as_series):
            yield make(names), message


@both_classes
@pytest.mark.parametrize("kind", NOT_A_NAME)
def test_an_element_that_is_no_name_is_named_by_the_models(name, kind):
    unfitted, fitted = make_model(name), make_model(name, "fitted on names")
    for X, message in cases_of(kind):
        for model, methods in ((unfitted, FITS), (fitted, FITS + READS)):
            for method in methods:
                with refused(model, TypeError, message):
                    getattr(model, method)(X)


TOKENIZERS = {
    "plain": {},
    "lowercase": {"lowercase": True},
    "ascii": {"strip_accents": "ascii"},
    "unicode": {"strip_accents": "unicode"},
    "method": {"strip_accents": str.swapcase},
    "function": {"strip_accents": lambda name: name.replace("x", "y")},
    "grapheme": {"analyzer": "grapheme"},
    "list": {"analyzer": list},
    "split": {"analyzer": lambda name: name.split()},
    "max_length": {"max_length": 9},
    "use_unknown": {"handle_unknown": "use_unknown"},
}


@pytest.mark.parametrize("kind", NOT_A_NAME)
@pytest.mark.parametrize("params", TOKENIZERS.values(), ids=TOKENIZERS)
def test_an_element_that_is_no_name_is_named_by_the_tokenizer(kind, params):
    unfitted, fitted = make_tokenizer(False, **params), make_tokenizer(True, **params)
    for X, message in cases_of(kind):
        for tokenizer, methods in ((unfitted, FITS), (fitted, [*FITS, "transform"])):
            for method in methods:
                with refused(tokenizer, TypeError, message):
                    getattr(tokenizer, method)(X)


@pytest.mark.parametrize("element", [None, b"ava", {"ava"}])
@pytest.mark.parametrize("method", FITS)
def test_a_list_without_any_name_is_refused_by_its_first_element(element, method):
    for estimator in (CountBigramLM(), NeuralBigramLM(), NameTokenizer()):
        with refused(estimator, TypeError, r"^X\[0\] is .*names must be strings"):
            getattr(estimator, method)([element, element])


@pytest.mark.parametrize(
    "X",
    [
        pd.Series(["emma", None]),
        pd.Series(["emma", None], dtype="string"),
        pd.Series(["emma", None], dtype=pd.ArrowDtype(pa.string())),
        pl.Series(["emma", None]),
        pa.array(["emma", None]),
        pa.chunked_array([["emma"], [None]]),
        np.array(["emma", None], dtype=StringDType(na_object=None)),
        np.array(["emma", np.nan], dtype=StringDType(na_object=np.nan)),
    ],
    ids=lambda X: f"{type(X).__name__}-{getattr(X, 'dtype', '')}",
)
@pytest.mark.parametrize("estimator", [CountBigramLM(), NeuralBigramLM(), NameTokenizer()])
def test_a_missing_name_is_refused_in_any_container(X, estimator):
    with pytest.raises(TypeError, match=r"^X\[1\] is .*: names must be strings\.$"):
        clone(estimator).fit(X)


def test_an_array_of_bytes_is_refused():
    with pytest.raises(TypeError, match=r"^X\[0\] is of type bytes"):
        CountBigramLM().fit(np.array([b"emma"]))


# The boundary, and max_length


@both_classes
@pytest.mark.parametrize("bad", ["em.ma", ".", "ava.", ".ava", "\u674e.", "a.b.c"])
def test_the_boundary_inside_a_name_is_refused(name, bad):
    message = rf"^X\[2\] is '{bad}' and holds the boundary symbol '\.'.*boundary="
    for before, methods in (("unfitted", FITS), ("fitted on names", FITS + READS)):
        model = make_model(name, before)
        for method in methods:
            with refused(model, ValueError, message):
                getattr(model, method)(["emma", "", bad, "a.b"])


@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
@pytest.mark.parametrize("fitted", [True, False])
def test_the_boundary_inside_a_name_is_refused_by_the_tokenizer(analyzer, fitted):
    tokenizer = make_tokenizer(fitted, analyzer=analyzer)
    message = r"^X\[1\] is 'e\.m' and holds the boundary symbol '\.'.*boundary="
    for method in [*FITS, *["transform"] * fitted]:
        with refused(tokenizer, ValueError, message):
            getattr(tokenizer, method)(["emma", "e.m"])


def test_a_boundary_that_comes_of_normalizing_is_refused():
    for params in ({"strip_accents": "unicode"}, {"strip_accents": "ascii"}):
        with pytest.raises(ValueError, match=r"^X\[1\] is .*boundary symbol"):
            NameTokenizer(**params).fit(["a", "x\N{HORIZONTAL ELLIPSIS}"])
    with pytest.raises(ValueError, match=r"^X\[0\] is .*boundary symbol 'e'"):
        NameTokenizer(lowercase=True, boundary="e").fit(["E"])


def test_long_names_are_shortened_in_messages():
    long = "a" * 10**5
    for names, params in (([long + "."], {}), ([long], {"max_length": 3})):
        with pytest.raises(ValueError, match=r"^X\[0\] is 'aaa") as error:
            NameTokenizer(**params).fit(names)
        assert len(str(error.value)) < 300


@both_classes
def test_a_name_longer_than_max_length_is_refused(name):
    message = r"^X\[1\] is 'olivias' and has 7 symbols.*max_length=6.*raise max_length"
    for before, methods in (("unfitted", FITS), ("fitted on names", FITS + READS)):
        model = make_model(name, before, tokenizer=NameTokenizer(max_length=6))
        for method in methods:
            with refused(model, ValueError, message):
                getattr(model, method)(["olivia", "olivias"])


@every_model
def test_names_of_any_length_are_taken_if_max_length_is_not_set(name):
    model = make_model(name, "fitted on names", tokenizer=NameTokenizer(sparse_output=False))
    assert np.isfinite(model.score(["olivia" * 3]))
    assert np.isfinite(model.partial_fit(["olivia" * 9]).score(["olivia" * 10]))


# Unknown symbols


@both_classes
@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("n_unknown", [1, 10, 12])
def test_unknown_symbols_are_named_up_to_ten(name, method, n_unknown):
    model = make_model(name, "fitted on names")
    unknown = "BCDEFGHIJKLM"[:n_unknown]
    named = ", ".join(map(repr, unknown[:10]))
    more = " and 2 more" if n_unknown == 12 else ""
    message = rf"^X holds unknown symbols: {named}{more}\. .*handle_unknown='use_unknown'"
    with refused(model, ValueError, message):
        getattr(model, method)(["emma", unknown])


@every_model
@pytest.mark.parametrize("method", READS)
def test_unknown_symbols_can_be_the_reserved_one(name, method):
    tokenizer = NameTokenizer(handle_unknown="use_unknown")
    model = make_model(name, "fitted on names", tokenizer=tokenizer)
    assert_array_equal(getattr(model, method)(["emX"]), getattr(model, method)(["em\ufffd"]))
    assert model.symbols_[1] == "\ufffd"


@both_classes
@pytest.mark.parametrize("before", ["unfitted", "fitted on names"])
def test_symbols_outside_the_alphabet_are_refused(name, before):
    model = make_model(name, before, tokenizer=NameTokenizer(alphabet="abcdefghijklmnopqrstuvwxyz"))
    for method in FITS:
        with refused(model, ValueError, "unknown symbols: 'E', '\xe9'"):
            getattr(model, method)(["emma", "Em\xe9"])


@both_classes
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_an_unknown_token_id_is_refused_with_its_row(name, make):
    model = make_model(name, "fitted on ids")
    message = r"^X\[1\] holds an unknown token id: the 4 known ones are 0 to 3"
    for method in READS:
        with refused(model, ValueError, message):
            getattr(model, method)(make([[1, 2, 3], [0, 4, 0], [9, 0, 0]]))


# Token ids

NOT_IDS = {
    "negative": ([[1, -2, 0]], "Negative values in data"),
    "slightly negative": ([[1, -0.5, 0]], "Negative values in data"),
    "NaN": ([[1, np.nan, 0]], "contains NaN"),
    "inf": ([[1, np.inf, 0]], "contains infinity"),
    "complex": ([[1, 2j, 0]], "Complex data not supported"),
    "three dimensions": ([[[1], [2], [0]]], "Found array with dim 3|dim 3"),
    "too large": ([[1, 2**40, 0]], "token id 1099511627776.*NameTokenizer"),
    "too large a float": ([[1, 1e300, 0]], "token id .*must be below"),
}
SPARSE_TOO = [kind for kind in NOT_IDS if kind != "three dimensions"]
makes = [(np.array, kind) for kind in NOT_IDS] + [(sparse.csr_array, kind) for kind in SPARSE_TOO]
bad_ids = pytest.mark.parametrize(("make", "kind"), makes)


@both_classes
@every_state
@bad_ids
def test_bad_token_ids_are_refused(name, before, make, kind):
    X, message = NOT_IDS[kind]
    model = make_model(name, before)
    for method in FITS + (READS if before == "fitted on ids" else []):
        other = before == "fitted on names" and method == "partial_fit"
        with refused(model, ValueError, "fitted on names: pass names" if other else message):
            getattr(model, method)(make(X))


@both_classes
@pytest.mark.parametrize(
    "values",
    [
        np.array([2**64 - 1, 1], dtype=np.uint64),
        np.array([1] + [2**62] * 4),
        np.array([1] + [2**23] * 2),
    ],
)
def test_ids_of_a_sparse_table_do_not_wrap_around(name, values):
    columns = [1] + [0] * (len(values) - 1)  # not sorted, and several may be in one place
    X = sparse.csr_array((values, columns, [0, len(values)]), shape=(1, 3))
    model = make_model(name)
    for method in FITS:
        with refused(model, ValueError, "token id .*must be below"):
            getattr(model, method)(X)


@both_classes
@pytest.mark.parametrize("dtype", ["M8[D]", "m8[s]"])
def test_times_are_no_token_ids(name, dtype):
    model = make_model(name)
    for method in FITS:
        with refused(model, TypeError, r"X is of dtype (date|time).*token ids are integers"):
            getattr(model, method)(np.zeros((1, 3), dtype=dtype))


@both_classes
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
@pytest.mark.parametrize("width", [1, 4])
def test_another_width_is_refused(name, make, width):
    model = make_model(name, "fitted on ids")
    message = f"X has {width} features, but {type(model).__name__} is expecting 3 features as input"
    for method in ["partial_fit", *READS]:
        with refused(model, ValueError, message):
            getattr(model, method)(make(np.ones((2, width), dtype=int)))


@both_classes
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.empty((0, 3)), r"Found array with 0 sample\(s\)"),
        (sparse.csr_array((0, 3)), r"Found array with 0 sample\(s\)"),
        (np.empty((3, 0)), r"0 feature\(s\) \(shape=\(3, 0\)\)"),
        ([[]], r"0 feature\(s\)"),
        (pd.DataFrame({"a": []}), r"Found array with 0 sample\(s\)"),
        ([[1, 2], [3]], "inhomogeneous"),
        (sparse.coo_array(np.array([1, 2])), "Expected 2D"),
    ],
    ids=["no row", "no sparse row", "no column", "empty list", "empty frame", "ragged", "1-D"],
)
def test_what_is_not_a_table_of_ids_is_refused(name, X, message):
    model = make_model(name)
    for method in FITS:
        with refused(model, ValueError, message):
            getattr(model, method)(X)


# Names where ids are known, and the other way round


@both_classes
@pytest.mark.parametrize("method", ["partial_fit", *READS])
def test_a_model_of_names_refuses_ids_and_the_other_way_round(name, method):
    model = make_model(name, "fitted on names")
    for ids in (IDS, np.array(IDS), sparse.csr_array(IDS), pd.DataFrame(IDS)):
        with refused(model, ValueError, "is a table.* fitted on names: pass names"):
            getattr(model, method)(ids)
    model = make_model(name, "fitted on ids")
    for names in (NAMES, tuple(NAMES), np.array(NAMES), pd.Series(NAMES), pa.array(NAMES)):
        with refused(model, ValueError, "holds names.* fitted on token ids: pass token ids"):
            getattr(model, method)(names)


# sample_weight

BAD_WEIGHTS = {
    "negative": ([1, -1, 1], "Negative values in data passed to `sample_weight`"),
    "NaN": ([1, np.nan, 1], "sample_weight contains NaN"),
    "inf": ([1, np.inf, 1], "sample_weight contains infinity"),
    "too short": ([1, 1], r"sample_weight\.shape == \(2,\), expected \(3,\)"),
    "too long": ([1, 1, 1, 1], r"sample_weight\.shape == \(4,\), expected \(3,\)"),
    "two dimensions": ([[1], [1], [1]], "Sample weights must be 1D array or scalar"),
    "all zero": ([0, 0, 0], "at least one non-zero"),
    "zero": (0, "at least one non-zero"),
    "empty": ([], "sample_weight|0 sample"),
    "words": (["a", "b", "c"], "could not convert string to float"),
    "too large": ([1, 1, 1e300], r"sample_weight holds 1e\+300: scale"),
}
THREE_IDS = [[1, 2, 0], [2, 1, 3], [1, 1, 1]]


@both_classes
@every_state
@pytest.mark.parametrize("kind", BAD_WEIGHTS)
def test_bad_weights_are_refused(name, before, kind):
    weights, message = BAD_WEIGHTS[kind]
    model = make_model(name, before)
    X = THREE_IDS if before == "fitted on ids" else NAMES
    for method in FITS if before == "unfitted" else [*FITS, "score"]:
        with refused(model, ValueError, message):
            getattr(model, method)(X, sample_weight=weights)


@every_model
@pytest.mark.parametrize("method", FITS)
def test_symbols_of_weight_zero_are_not_learned(name, method):
    model = make_model(name)
    getattr(model, method)(["ab", "xy", "b"], sample_weight=[2, 0, 1])
    expected = make_model(name).fit(["ab", "b"], sample_weight=[2, 1])
    assert model.symbols_.tolist() == [".", "a", "b"]
    assert_array_equal(model.counts_.toarray(), expected.counts_.toarray())
    assert model.score(["ab"]) == expected.score(["ab"])
    with pytest.raises(ValueError, match=r"unknown symbols: 'x', 'y'"):
        model.score(["xy"])


@every_model
@pytest.mark.parametrize("method", FITS)
@pytest.mark.parametrize("make", [np.array, sparse.csr_array])
def test_ids_of_weight_zero_are_not_learned(name, method, make):
    model = make_model(name)
    getattr(model, method)(make([[1, 2], [1, 9]]), sample_weight=[2, 0])
    assert model.symbols_.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match=r"unknown token id"):
        model.score(make([[1, 9]]))


def test_thousands_of_symbols_of_weight_zero_are_not_learned():
    many = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))  # too many for a dense table of pairs
    model = CountBigramLM().fit(["ab", many], sample_weight=[1, 0])
    assert model.symbols_.tolist() == [".", "a", "b"]
    ids = NameTokenizer().fit_transform(["ab", many])
    assert CountBigramLM().fit(ids, sample_weight=[1, 0]).symbols_.tolist() == [0, 1, 2]


@every_model
def test_symbols_of_weight_zero_are_not_learned_later_either(name):
    model = make_model(name, "fitted on names")
    symbols = model.symbols_.tolist()
    model.partial_fit(["xyz", "emma"], sample_weight=[0, 1])
    assert model.symbols_.tolist() == symbols


@every_model
def test_a_bad_name_of_weight_zero_is_still_bad(name):
    model = make_model(name)
    with refused(model, ValueError, r"^X\[1\] .*boundary"):
        model.fit(["ab", "x.y"], sample_weight=[1, 0])
    with refused(model, TypeError, r"^X\[1\] is None"):
        model.fit(["ab", None], sample_weight=[1, 0])


@every_model
def test_an_impossible_name_of_weight_zero_does_not_spoil_the_score(name):
    params = {"alpha": 0} if name == "count" else {}
    model = make_model(name, "fitted on names", **params)
    assert model.score(["emma", "oooo"], sample_weight=[1, 0]) == model.score(["emma"])


# Parameters

NOT_A_NUMBER = [-1, -0.5, np.nan, np.inf, -np.inf, "1", None, [1.0], 1j, np.array([1.0, 2.0])]
NOT_A_COUNT = [0, -1, 1.5, np.nan, np.inf, "3", [3]]
BAD_PARAMS = {
    "count": {"alpha": NOT_A_NUMBER, "tokenizer": ["char", NameTokenizer, CountBigramLM(), 1]},
    "exact": {
        "reg": NOT_A_NUMBER,
        "solver": ["lbfgs", None, 1, b"gd"],
        "learning_rate": [0, *NOT_A_NUMBER],
        "max_iter": [None, *NOT_A_COUNT],
        "tol": NOT_A_NUMBER,
        "tokenizer": ["char", NameTokenizer, CountBigramLM(), 1],
        "random_state": [-1, 1.5, "0", [0], 2**40],
        "warm_start": [None, "yes", 2],
        "verbose": [-1, "yes", None],
    },
    "tokenizer": {
        "boundary": [None, 1, b".", ["."]],
        "analyzer": ["word", None, 1],
        "lowercase": [None, "yes", 2],
        "strip_accents": ["latin", 1, True],
        "alphabet": [1, True, iter("ab")],
        "handle_unknown": ["ignore", None, True],
        "max_length": NOT_A_COUNT,
        "sparse_output": [None, "yes", 2],
    },
}


@pytest.mark.parametrize(
    ("kind", "param"), [(kind, param) for kind, params in BAD_PARAMS.items() for param in params]
)
@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("method", FITS)
def test_a_bad_parameter_is_refused_before_anything_else(kind, param, fitted, method):
    estimator = NameTokenizer() if kind == "tokenizer" else make_model(kind)
    if fitted:
        estimator.fit(NAMES)
    message = f"The '{param}' parameter of {type(estimator).__name__} must be"
    for value in BAD_PARAMS[kind][param]:
        estimator.set_params(**{param: value})
        for X in (NAMES, "not names either"):
            with refused(estimator, InvalidParameterError, message):
                getattr(estimator, method)(X)


BAD_TOGETHER = [
    ({"boundary": ""}, ValueError, "boundary is ''"),
    ({"boundary": "ab"}, ValueError, "boundary is 'ab': it must be one symbol"),
    ({"boundary": "", "analyzer": list}, ValueError, "boundary is ''"),
    ({"boundary": "ab", "analyzer": "grapheme"}, ValueError, "boundary is 'ab'"),
    ({"boundary": "\ufffd", "handle_unknown": "use_unknown"}, ValueError, "reserved"),
    ({"alphabet": ""}, ValueError, "alphabet is empty"),
    ({"alphabet": []}, ValueError, "alphabet is empty"),
    ({"alphabet": np.array([], dtype="U1")}, ValueError, "alphabet is empty"),
    ({"alphabet": "ab."}, ValueError, r"alphabet holds the boundary symbol '\.'"),
    (
        {"alphabet": "ab#", "boundary": "#"},
        ValueError,
        "alphabet holds the boundary symbol '#'",
    ),
    ({"alphabet": ["a", "bc"]}, ValueError, "alphabet holds 'bc'.*one code point"),
    ({"alphabet": ["a", 1]}, TypeError, "alphabet holds 1: symbols must be"),
    ({"alphabet": ["a", None], "analyzer": list}, TypeError, "alphabet holds None"),
    ({"alphabet": ["a", ""], "analyzer": list}, TypeError, "alphabet holds ''"),
    ({"alphabet": np.array([1, 2])}, TypeError, "alphabet holds .*1.*: symbols must be"),
]


@pytest.mark.parametrize(
    ("params", "error", "message"), BAD_TOGETHER, ids=[str(case[0]) for case in BAD_TOGETHER]
)
def test_parameters_that_do_not_fit_each_other_are_refused(params, error, message):
    for method in FITS:
        for fitted in (False, True):
            tokenizer = make_tokenizer(fitted).set_params(**params)
            with refused(tokenizer, error, message):
                getattr(tokenizer, method)(NAMES)
        model = CountBigramLM(tokenizer=NameTokenizer(**params))
        with refused(model, error, message):
            getattr(model, method)(NAMES)


def test_the_default_boundary_may_be_in_the_alphabet_of_another():
    tokenizer = NameTokenizer(alphabet="ab.", boundary="#").fit(["a.b"])
    assert tokenizer.symbols_.tolist() == ["#", ".", "a", "b"]


@every_model
@pytest.mark.parametrize("method", FITS)
@pytest.mark.parametrize("before", ["unfitted", "fitted on names"])
def test_a_bad_tokenizer_is_refused(name, method, before):
    model = make_model(name, before)
    model.set_params(tokenizer=NameTokenizer(max_length=0))
    if before == "unfitted" or method == "fit":
        message = "'max_length' parameter of NameTokenizer"
        with refused(model, InvalidParameterError, message):
            getattr(model, method)(NAMES)
    else:  # the fitted one goes on
        assert model.partial_fit(NAMES).counts_.sum() == 2 * (13 + 3)


# Before fit


@pytest.mark.parametrize("X", [NAMES, IDS, "emma", None])
@every_model
@pytest.mark.parametrize("method", READS)
def test_a_model_must_be_fitted_to_be_read(X, name, method):
    model = make_model(name)
    with refused(model, NotFittedError, "is not fitted yet"):
        getattr(model, method)(X)


@every_model
@pytest.mark.parametrize("n_samples", [1, 0, "x"])
def test_a_model_must_be_fitted_to_be_sampled(name, n_samples):
    model = make_model(name)
    with refused(model, NotFittedError, "is not fitted yet"):
        model.sample(n_samples)


@pytest.mark.parametrize(
    ("method", "args"),
    [("transform", [NAMES]), ("inverse_transform", [IDS]), ("get_feature_names_out", [])],
)
def test_a_tokenizer_must_be_fitted_to_be_used(method, args):
    tokenizer = NameTokenizer()
    with refused(tokenizer, NotFittedError, "is not fitted yet"):
        getattr(tokenizer, method)(*args)


@every_model
@pytest.mark.parametrize("method", FITS)
def test_a_failed_first_fit_leaves_a_model_unfitted(name, method):
    model = make_model(name)
    with pytest.raises(ValueError, match="boundary"):
        getattr(model, method)(["a.b"])
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        model.score(NAMES)
    assert not any(hasattr(model, a) for a in ("symbols_", "classes_", "counts_", "coef_"))


@every_model
@every_state
def test_a_model_goes_on_after_a_failure_as_if_nothing_had_been(name, before):
    model, expected = make_model(name, before), make_model(name, before)
    for bad in ("emma", ["a.b"], [None], [[-1, 2, 3]], np.empty((0, 3))):
        for method in ("fit", "partial_fit"):
            with pytest.raises((TypeError, ValueError)):
                getattr(model, method)(bad)
    X = IDS if before == "fitted on ids" else NAMES
    model.partial_fit(X)
    expected.partial_fit(X)
    assert_array_equal(model.counts_.toarray(), expected.counts_.toarray())
    assert model.score(X) == expected.score(X)


# Impossible bigrams


@pytest.mark.parametrize(
    "model", [CountBigramLM(alpha=0), NeuralBigramLM(reg=0)], ids=["alpha", "reg"]
)
@pytest.mark.parametrize("ids", [False, True])
def test_an_unseen_bigram_without_smoothing_is_impossible_and_no_warning(model, ids):
    tokenizer = NameTokenizer(max_length=4).fit(["ab", "abb"])

    def encode(names):
        return tokenizer.transform(names) if ids else names

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = clone(model).fit(encode(["ab", "abb"]))
        log_likelihood = model.score_samples(encode(["ab", "ba", "", "aab", "abbb"]))
        assert_array_equal(np.isneginf(log_likelihood), [False, True, True, True, False])
        assert model.score(encode(["ab", "ba"])) == -np.inf
        assert model.perplexity(encode(["ba"])) == np.inf
        assert model.score(encode(["ab", "ba"]), sample_weight=[1, 0]) == np.log(2 / 3) / 3
        assert_array_equal(model.predict_log_proba(encode([""])), [[-np.inf, 0, -np.inf]])
        assert_array_equal(model.predict_proba(encode(["a"])), [[0, 0, 1]])
        assert model.sample(50, random_state=0).shape[0] == 50


# sample


@every_model
@pytest.mark.parametrize("before", ["fitted on names", "fitted on ids"])
@pytest.mark.parametrize(
    ("n_samples", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (1.5, TypeError),
        (2.0, TypeError),
        (True, TypeError),
        (np.bool_(True), TypeError),
        (None, TypeError),
        ("3", TypeError),
        ([3], TypeError),
    ],
)
def test_n_samples_must_be_a_positive_int(name, before, n_samples, error):
    model = make_model(name, before)
    with refused(model, error, r"^n_samples must be "):
        model.sample(n_samples, random_state=0)


def test_whole_numbers_may_be_small_integers_of_numpy():
    model = CountBigramLM().fit(NAMES)
    assert model.sample(np.int8(100)).shape == (100,)
    assert model.most_probable(np.uint8(255))[0].shape == (255,)
    assert model.sample(2, min_length=np.uint8(255), random_state=0).shape == (2,)
    assert model.sample(2, max_length=np.int8(127), random_state=0).shape == (2,)
    assert model.length_distribution(np.int8(127)).shape == (128,)


@every_model
@pytest.mark.parametrize(
    "seed",
    [-1, 1.5, "0", np.random, object(), float("nan"), [-1], np.random.Generator],
    ids=["negative", "float", "str", "module", "object", "NaN", "negative list", "class"],
)
def test_a_bad_random_state_is_refused(name, seed):
    model = make_model(name, "fitted on names")
    with refused(model, ValueError, r"^random_state is .*: pass None, a non"):
        model.sample(2, random_state=seed)


@every_model
def test_the_seed_of_sample_is_given_by_its_name(name):
    with pytest.raises(TypeError, match="positional"):
        make_model(name, "fitted on names").sample(2, 0)


@every_model
@pytest.mark.parametrize("before", ["fitted on names", "fitted on ids"])
def test_reading_leaves_a_model_as_it_was(name, before):
    model = make_model(name, before)
    attributes, contents = dict(vars(model)), pickle.dumps(vars(model))
    for method in READS:
        getattr(model, method)(BEFORE[before])
    model.sample(3)
    assert all(vars(model)[key] is value for key, value in attributes.items())
    assert pickle.dumps(vars(model)) == contents


# Gradient descent that leaves the numbers


@pytest.mark.parametrize("method", FITS)
@every_state
def test_a_descent_that_diverges_is_an_error_and_changes_nothing(method, before):
    model = make_model("gd", before).set_params(learning_rate=1e30, max_iter=9)
    X = IDS if before == "fitted on ids" else NAMES
    with refused(model, ValueError, "loss is not finite.*learning_rate"):
        getattr(model, method)(X)
