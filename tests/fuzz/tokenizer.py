"""NameTokenizer under all parameters, against plain Python."""

import unicodedata

import numpy as np
import regex
from scipy import sparse

from sklearn_bigram import NameTokenizer

from ._notes import check, equal, note

PIECES = [
    *"abxyzABXZ",
    "İ",
    "ß",
    "ς",
    "Σ",
    "é",
    "e\u0301",
    "\u0301",
    "ffi",
    "Å",
    "ı",
    "Ω",
    "漢",
    "한",
    "👩‍👩‍👧",
    "🇩🇪",
    "🇩",
    "\u200d",
    "\ufe0f",
    "👍🏽",
    "\ud800",
    "\udfff",
    "\x00",
    "\n",
    "\r",
    "\r\n",
    ".",
    " ",
    "\ufffd",
    "\u0345",
    "ά",
    "ﬁ",
    "\U0010ffff",
]
UNKNOWN = "\ufffd"


def pairs(name):
    """Return a name in symbols of up to two characters."""
    return [name[k : k + 2] for k in range(0, len(name), 2)]


def without_vowels(name):
    """Return a name without some letters, as a way to strip accents."""
    return name.replace("a", "").replace("é", "e")


def prepare(name, lowercase, strip_accents):
    """Return a name as the analyzer sees it."""
    if lowercase:
        name = name.lower()
    if callable(strip_accents):
        return strip_accents(name)
    if strip_accents:
        name = unicodedata.normalize("NFKD", name)
        if strip_accents == "ascii":
            return name.encode("ascii", "ignore").decode()
        return "".join(c for c in name if not unicodedata.combining(c))
    return name


def split(name, analyzer):
    """Return the symbols of a name."""
    if callable(analyzer):
        return analyzer(name)
    return regex.findall(r"\X", name) if analyzer == "grapheme" else list(name)


def draw_names(rng):
    """Return names of odd pieces."""
    pieces = rng.sample(PIECES, rng.randint(1, len(PIECES)))
    return [
        "".join(rng.choice(pieces) for _ in range(rng.randint(0, 6)))
        for _ in range(rng.randint(1, 6))
    ]


def case(rng):
    """Check symbols, ids, names again, and the errors that must come instead."""
    lowercase = rng.random() < 0.4
    strip_accents = rng.choice([None, None, "ascii", "unicode", without_vowels])
    analyzer = rng.choice(["char", "grapheme", pairs])
    boundary = rng.choice([".", ".", "\x00", "\n", "\ud800", "q", "#"])
    handle_unknown = rng.choice(["error", "use_unknown"])
    max_length = rng.choice([None, None, 2, 4, 30])
    sparse_output = rng.random() < 0.5
    train, test = draw_names(rng), draw_names(rng)
    if rng.random() < 0.5:
        test = [rng.choice(train) for _ in test]

    def symbols_of(name):
        return split(prepare(name, lowercase, strip_accents), analyzer)

    known = {symbol for name in train for symbol in symbols_of(name)}
    alphabet = None
    if rng.random() < 0.3:
        alphabet = sorted({*known, "a", "b"} - {boundary, UNKNOWN})
        alphabet = rng.sample(alphabet, rng.randint(1, len(alphabet)))
    parameters = {
        "boundary": boundary,
        "analyzer": analyzer,
        "lowercase": lowercase,
        "strip_accents": strip_accents,
        "alphabet": alphabet,
        "handle_unknown": handle_unknown,
        "max_length": max_length,
        "sparse_output": sparse_output,
    }
    note("from tests.fuzz.tokenizer import *")
    shown = ", ".join(
        f"{key}={getattr(value, '__name__', None) or repr(value)}"
        for key, value in parameters.items()
    )
    note(f"tokenizer = NameTokenizer({shown}).fit({train})")

    train_symbols, test_symbols = map(symbols_of, train), [symbols_of(name) for name in test]
    train_symbols = list(train_symbols)
    reason = None
    if any(boundary in symbols for symbols in train_symbols):
        reason = "the boundary in a name"
    elif alphabet is not None and handle_unknown == "error" and not known <= set(alphabet):
        reason = "an unknown symbol"
    elif max_length is not None and max(map(len, train_symbols)) > max_length:
        reason = "a name that is too long"
    tokenizer = NameTokenizer(**parameters)
    if reason:
        refused(lambda: tokenizer.fit_transform(train), reason)
        return
    tokenizer.fit(train)
    if alphabet is not None:
        known = set(alphabet)
    inner = sorted(known - {UNKNOWN}) if handle_unknown == "use_unknown" else sorted(known)
    reserved = [UNKNOWN] if handle_unknown == "use_unknown" else []
    symbols = [boundary, *reserved, *inner]
    equal(tokenizer.symbols_.tolist(), symbols, "tokenizer.symbols_")

    note(f"ids = tokenizer.transform({test}); tokenizer.inverse_transform(ids)")
    longest = max(map(len, train_symbols))
    columns = max_length or (2**20 if sparse_output else max(longest, 1))
    if any(boundary in name for name in test_symbols):
        reason = "the boundary in a name"
    elif not reserved and not {x for name in test_symbols for x in name} <= set(symbols):
        reason = "an unknown symbol"
    elif max(map(len, test_symbols)) > columns:
        reason = "a name that is too long"
    if reason:
        refused(lambda: tokenizer.transform(test), reason)
        return
    ids = tokenizer.transform(test)
    equal(sparse.issparse(ids), sparse_output, "sparse ids")
    equal(ids.dtype, np.dtype(np.int32), "dtype of ids")
    equal(ids.shape, (len(test), columns), "shape of ids")
    index = {symbol: i for i, symbol in enumerate(symbols)}
    expected = [[index.get(x, 1) for x in name] for name in test_symbols]
    if sparse_output:
        found = [ids.indices[a:b] for a, b in zip(ids.indptr, ids.indptr[1:], strict=False)]
        check(
            all(sorted(row.tolist()) == list(range(len(row))) for row in found),
            "columns of the ids",
            "0, 1, 2, ...",
            found,
        )
        found = ids[:, : max(map(len, expected)) or 1].toarray().tolist()
    else:
        found = ids.tolist()
    padded = [name + [0] * (len(found[0]) - len(name)) for name in expected]
    equal(found, padded, "ids")
    back = ["".join(symbols[i] for i in name) for name in expected]
    equal(tokenizer.inverse_transform(ids).tolist(), back, "tokenizer.inverse_transform(ids)")


def refused(call, reason):
    """Check that a call raises ValueError."""
    try:
        call()
    except ValueError:
        return
    raise AssertionError(f"expected: ValueError for {reason}\nfound:    no error")
