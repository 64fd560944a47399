"""What the page knows: symbols, counts and names."""

import base64
import json
import zlib

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_bigram import CountBigramLM, NameTokenizer
from sklearn_bigram.explorer._payload import choose_names, choose_symbols, make_payload, pack

NAMES = ["emma", "ava", "mia", "anna", "noah", "ann", "emma"]


def test_the_payload_holds_the_counts_and_the_names():
    model = CountBigramLM().fit(NAMES)
    payload = make_payload(model, NAMES)
    N = np.zeros(model.counts_.shape)
    N[payload["rows"], payload["columns"]] = payload["counts"]
    assert (model.counts_.toarray() == N).all()
    assert payload["totals"] == N.sum(axis=1).tolist()
    assert payload["symbols"] == payload["labels"] == model.symbols_.tolist()
    assert payload["n_symbols"] == len(model.symbols_)
    assert (payload["n_names"], payload["n_bigrams"]) == (len(NAMES), N.sum())
    assert payload["names"] == {"list": sorted(set(NAMES)), "n_distinct": 6}


def test_names_are_optional():
    payload = make_payload(CountBigramLM().fit(NAMES), None)
    assert payload["names"] is None
    assert [model["held_out"] for model in payload["models"]] == [None, None]


def test_names_are_held_as_the_model_sees_them():
    tokenizer = NameTokenizer(lowercase=True, strip_accents="unicode")
    names = np.array(["Zoë", "ANN"], dtype=object)
    payload = make_payload(CountBigramLM(tokenizer=tokenizer).fit(names), names)
    assert payload["names"]["list"] == ["ann", "zoe"]
    assert (payload["lowercase"], payload["strip_accents"]) == (True, "unicode")


@pytest.mark.parametrize(
    ("strip", "expected"), [("ascii", "ascii"), (None, None), (str.swapcase, "other")]
)
def test_only_functions_known_to_the_page_are_passed_on(strip, expected):
    tokenizer = NameTokenizer(strip_accents=strip)
    payload = make_payload(CountBigramLM(tokenizer=tokenizer).fit(["ab"]), None)
    assert payload["strip_accents"] == expected


def test_models_that_the_page_cannot_show_are_refused():
    with pytest.raises(NotFittedError):
        make_payload(CountBigramLM(), None)
    message = "This CountBigramLM was fitted on token ids, but the explorer shows names: fit"
    with pytest.raises(ValueError, match=message):
        make_payload(CountBigramLM().fit([[1, 2], [2, 0]]), None)


@pytest.mark.parametrize("names", [NAMES[:-1], [*NAMES, "a"], ["ann"] * 7, ["zoë"]])
def test_names_that_are_not_the_training_names_are_refused(names):
    with pytest.raises(ValueError, match="names do not have the bigram counts that the model"):
        make_payload(CountBigramLM().fit(NAMES), names)


def test_of_many_symbols_the_most_frequent_and_the_boundary_are_chosen():
    rng = np.random.default_rng(0)
    names = ["".join(map(chr, 0x4E00 + rng.zipf(1.5, 5) % 900)) for _ in range(800)]
    model = CountBigramLM().fit(names)
    shown = choose_symbols(model.counts_)
    frequency = model.counts_.sum(axis=0)
    assert len(shown) == 200
    assert shown[0] == 0
    assert (np.diff(shown) > 0).all()
    assert frequency[shown[1:]].min() >= np.delete(frequency, shown).max()


def test_of_too_many_characters_an_even_part_is_held():
    names = [f"{k:09}" for k in range(60_000)]
    held = choose_names(names)
    assert held == {"list": names[::2], "n_distinct": 60_000}


def test_packed_text_is_safe_in_html_and_keeps_any_string():
    strings = ["</script>", "<!--", "\u2028", "\x00", "\ud800", "😀", "é"]
    text = pack({"strings": strings})
    assert text.isascii()
    assert not set(text) & set("<>&\"'\\")
    assert json.loads(zlib.decompress(base64.b64decode(text))) == {"strings": strings}
