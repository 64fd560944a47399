"""The steps of the sliders."""

import math

import numpy as np
import pytest

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.explorer._payload import make_payload
from sklearn_bigram.explorer._steps import split_counts
from sklearn_bigram.tokenization._stream import from_rows

NAMES = ["emma", "ava", "mia", "anna", "noah", "ann", "emma", "olivia", "liam", "annika", "ab"]
V = len({*"".join(NAMES)}) + 1


def describe(model, names=None):
    model.fit(NAMES)
    return make_payload(model, names)["models"]


@pytest.mark.parametrize(
    ("model", "parameters", "start"),
    [
        (CountBigramLM(alpha=0.123), ["alpha", "reg"], 0.123),
        (CountBigramLM(alpha=0), ["alpha", "reg"], 0),
        (NeuralBigramLM(reg=0.1), ["reg", "alpha"], 0.1),
        (NeuralBigramLM(reg=1e9), ["reg", "alpha"], 1e9),
    ],
)
def test_the_first_slider_starts_at_the_model(model, parameters, start):
    sliders = describe(model)
    assert [slider["parameter"] for slider in sliders] == parameters
    for slider in sliders:
        values = slider["values"]
        assert values[0] == 0
        assert values[-1] is None
        assert values[:-1] == sorted(set(values[:-1]))
        assert len(slider["train"]) == len(values)
    assert sliders[0]["values"][sliders[0]["start"]] == start
    default = {"alpha": 1, "reg": 0.01}[parameters[1]]
    assert sliders[1]["values"][sliders[1]["start"]] == default


def test_a_model_without_a_slider_comes_first():
    model = CountBigramLM(smoothing="absolute")
    fitted, *sliders = describe(model, NAMES)
    assert fitted["name"] == "absolute"
    assert fitted["values"] == [None]
    assert fitted["tables"] == [model.transition_matrix_.ravel().tolist()]
    assert fitted["train"] == pytest.approx([-model.score(NAMES)], rel=1e-14)
    assert [slider["parameter"] for slider in sliders] == ["alpha", "reg"]


@pytest.mark.parametrize(("k", "cls"), [(0, CountBigramLM), (1, NeuralBigramLM)])
def test_training_losses_are_those_of_the_models(k, cls):
    slider = describe(CountBigramLM(), NAMES)[k]
    for value, nll in zip(slider["values"], slider["train"], strict=True):
        expected = math.log(V) if value is None else -cls(value).fit(NAMES).score(NAMES)
        assert nll == pytest.approx(expected, rel=1e-13)


def test_the_networks_tables_are_its_probabilities():
    payload = make_payload(CountBigramLM().fit(NAMES), None)
    slider = payload["models"][1]
    for value, table in zip(slider["values"], slider["tables"], strict=False):
        P = np.repeat(np.array(table["others"])[:, None], V, axis=1)
        P[payload["rows"], payload["columns"]] = table["stored"]
        assert pytest.approx(P, rel=1e-15) == NeuralBigramLM(value).fit(NAMES).transition_matrix_


@pytest.mark.parametrize(("k", "cls"), [(0, CountBigramLM), (1, NeuralBigramLM)])
def test_held_out_losses_are_those_of_a_cross_validation(k, cls):
    slider = describe(CountBigramLM(), NAMES)[k]
    fold = np.random.default_rng(0).permutation(len(NAMES)) % 5
    tokenizer = NameTokenizer(alphabet=sorted({*"".join(NAMES)}))
    for value, nll in zip(slider["values"][:-1], slider["held_out"], strict=False):
        total = 0.0
        for number in range(5):
            rest = [name for name, at in zip(NAMES, fold, strict=True) if at != number]
            held = [name for name, at in zip(NAMES, fold, strict=True) if at == number]
            total -= cls(value, tokenizer=tokenizer).fit(rest).score_samples(held).sum()
        expected = total / sum(len(name) + 1 for name in NAMES)
        assert nll == (None if math.isinf(expected) else pytest.approx(expected, rel=1e-12))
    assert slider["held_out"][0] is None  # at 0
    assert slider["held_out"][-1] == math.log(V)


def test_few_names_are_not_split():
    ids = NameTokenizer().fit_transform(NAMES[:4])
    assert split_counts(from_rows(ids), 6) is None
    names = NAMES[:4]
    payload = make_payload(CountBigramLM().fit(names), names)
    assert payload["models"][0]["held_out"] is None


def test_the_folds_add_up_to_the_counts():
    model = CountBigramLM().fit(NAMES)
    folds = split_counts(from_rows(model.tokenizer_.transform(NAMES)), len(model.symbols_))
    assert len(folds) == 5
    assert (sum(fold.toarray() for fold in folds) == model.counts_.toarray()).all()
