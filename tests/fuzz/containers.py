"""The same names, or token ids, in all containers: equal results or a clear error."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from scipy import sparse

from sklearn_bigram import BigramOutlierDetector, CountBigramLM

from ._notes import check, equal, note
from .counts import draw_names

DTYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
          "float32", "float64", "object", "bool"]  # fmt: skip
FORMATS = ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"]


def case(rng):
    """Check names or ids in one container."""
    rng.choice([names_case, ids_case])(rng)


def name_containers(names):
    """Return functions that put names into containers, by their names."""
    chunked = [names[: len(names) // 2], names[len(names) // 2 :]]
    return {
        "tuple": lambda: tuple(names),
        "np.array(dtype=object)": lambda: np.array(names, dtype=object),
        "np.array": lambda: np.array(names),
        "np.array(StringDType)": lambda: np.array(names, dtype=np.dtypes.StringDType()),
        "pd.Series(dtype=object)": lambda: pd.Series(names, dtype=object),
        "pd.Series(index)": lambda: pd.Series(names, index=[7] * len(names)),
        "pd.Series(dtype='string')": lambda: pd.Series(names, dtype="string"),
        "pd.Series(ArrowDtype)": lambda: pd.Series(names, dtype=pd.ArrowDtype(pa.string())),
        "pd.Series(dtype='category')": lambda: pd.Series(names, dtype="category"),
        "pd.Index": lambda: pd.Index(names),
        "pd.array": lambda: pd.array(names),
        "pd.Categorical": lambda: pd.Categorical(names),
        "pl.Series": lambda: pl.Series(names),
        "pl.Series(Categorical)": lambda: pl.Series(names).cast(pl.Categorical),
        "pa.array": lambda: pa.array(names, pa.string()),
        "pa.array(large_string)": lambda: pa.array(names, pa.large_string()),
        "pa.array(string_view)": lambda: pa.array(names, pa.string_view()),
        "pa.array.dictionary_encode": lambda: pa.array(names, pa.string()).dictionary_encode(),
        "pa.array.slice": lambda: pa.array(["x", *names, "y"], pa.string()).slice(1, len(names)),
        "pa.chunked_array": lambda: pa.chunked_array(chunked, pa.string()),
        "pa.chunked_array(dictionary)": lambda: pa.chunked_array(
            chunked, pa.string()
        ).dictionary_encode(),
    }


def names_case(rng):
    """Compare names in a container with a list."""
    names = draw_names(rng, rng.choice(["ab", "abcdefgh", "aé漢😀", "a\x00b", "12345", "a\nß "]))
    if not any(names):
        names.append("ab")
    kind, make = rng.choice(list(name_containers(names).items()))
    try:
        X = make()
    except UnicodeEncodeError:
        return
    if kind == "np.array":
        names = [name.rstrip("\x00") for name in names]  # NumPy does not keep them
        if not any(names):
            return
    note(f"# the names {names} in {kind}")
    compare(rng, X, names, len(names))


def sparse_of(rng, table, form, dtype, split):
    """Return a table in a sparse format. In COO, a cell may have several parts that add up."""
    array = rng.random() < 0.5
    if split:
        full = sparse.coo_array(table)
        data, row, col = (x.tolist() for x in (full.data, *full.coords))
        for k in range(len(data)):
            if data[k] > 1:
                part = data[k] // 2
                data[k] -= part
                data, row, col = [*data, part], [*row, row[k]], [*col, col[k]]
        coords = np.array(row, dtype=int), np.array(col, dtype=int)
        parts = (np.array(data, dtype=dtype), coords)
        return (sparse.coo_array if array else sparse.coo_matrix)(parts, shape=table.shape)
    kind = getattr(sparse, f"{form}_{'array' if array else 'matrix'}")
    return kind(table.astype(dtype))


def ids_case(rng):
    """Compare token ids in a container with a dense table of int64."""
    V = rng.choice([2, 5, 120, 255, 300])
    rows = [[rng.randint(1, V) for _ in range(rng.randint(0, 5))] for _ in range(rng.randint(1, 8))]
    if not any(rows):
        rows.append([1])
    width = max(map(len, rows))
    table = np.array([row + [0] * (width - len(row)) for row in rows], dtype=np.int64)
    dtype = rng.choice(DTYPES)
    limit = np.iinfo(dtype).max if np.dtype(dtype).kind in "iu" else 1 if dtype == "bool" else V
    form = rng.choice([*FORMATS, *FORMATS, "dense", "fortran", "list", "pandas", "polars", "text"])
    split = form == "coo" and dtype not in ("bool", "object") and rng.random() < 0.5
    table = np.minimum(table, min(V, 2 * limit if split else limit))  # half of an id must fit
    cast = table.astype(dtype)
    note(f"# the ids {table.tolist()} of {dtype} in {form}{', each in two parts' * split}")
    if form == "text":
        compare(rng, pd.DataFrame(table.astype(str)), None, len(rows))  # neither names nor ids
        return
    makers = {
        "dense": lambda: cast,
        "fortran": lambda: np.asfortranarray(cast),
        "list": cast.tolist,
        "pandas": lambda: pd.DataFrame(cast),
        "polars": lambda: pl.DataFrame(cast.tolist(), orient="row"),
    }
    if form in FORMATS and dtype == "object":
        return
    X = makers[form]() if form in makers else sparse_of(rng, table, form, dtype, split)
    compare(rng, X, table, len(rows))


def outcome(call):
    """Return what a call returns, or the ValueError or TypeError that it raises."""
    try:
        return call()
    except (ValueError, TypeError) as error:
        return error


def compare(rng, X, plain, n):
    """Compare all methods that take X with the same of a plain container."""
    weights = [float(rng.randint(1, 3)) for _ in range(n)]
    note("# fit, score, score_samples, predict; with weights; and the detector")
    before = repr(X)
    results = [[outcome(lambda X=X, use=use: use(X, weights)) for use in USES] for X in (X, plain)]
    for use, found, expected in zip(USES, *results, strict=True):
        if isinstance(expected, Exception):
            check(isinstance(found, Exception), f"{use.__name__}: an error", expected, found)
        elif isinstance(found, Exception):
            check(len(str(found)) > 20, f"{use.__name__}: a clear error", expected, found)
        else:
            equal(found, expected, use.__name__)
    equal(repr(X), before, "X after all calls")


def fit(X, weights):
    """Return what a model learns."""
    model = CountBigramLM().fit(X)
    scores = model.score_samples(X).tolist(), model.score(X), model.predict(X).tolist()
    return model.symbols_.tolist(), model.counts_.toarray().tolist(), *scores


def fit_weights(X, weights):
    """Return what a model learns with weights."""
    model = CountBigramLM().partial_fit(X, sample_weight=weights)
    return model.counts_.toarray().tolist(), model.score(X, sample_weight=weights)


def detect(X, weights):
    """Return what a detector finds."""
    detector = BigramOutlierDetector(contamination=0.1).fit(X)
    return detector.offset_, detector.predict(X).tolist(), detector.score_samples(X).tolist()


def detect_weights(X, weights):
    """Return what a detector with weights finds."""
    detector = BigramOutlierDetector(contamination=0.1).fit(X, sample_weight=weights)
    return detector.offset_, detector.predict(X).tolist()


USES = [fit, fit_weights, detect, detect_weights]
