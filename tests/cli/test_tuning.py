"""Tuning is cross-validation on counts."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import PredefinedSplit, cross_val_score

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM, count_bigrams
from sklearn_bigram.cli import _tuning
from sklearn_bigram.cli._reading import read_blocks, split_lines
from tests.cli.program import PNG, write
from tests.helpers import set_sizes


def parse(lines):
    (line,) = lines
    return json.loads(line)


def test_tuning_is_cross_validation(names, lines):
    some = names[:200]
    write("some.txt", some)
    found = parse(lines("tune some.txt --folds 4 --seed 7 --json"))
    assert (found["n_names"], found["n_folds"]) == (200, 4)
    fold = np.random.default_rng(7).permutation(200) % 4
    tokenizer = NameTokenizer(alphabet="".join(sorted(set("".join(some)))))
    by_options = {(c["parameter"], c["value"]): c for c in found["candidates"]}
    for parameter, value, model in [
        ("alpha", 0.05, CountBigramLM(alpha=0.05)),
        ("alpha", 20.0, CountBigramLM(alpha=20)),
        ("smoothing", "kneser-ney", CountBigramLM(smoothing="kneser-ney")),
        ("smoothing", "dirichlet", CountBigramLM(smoothing="dirichlet")),
        ("reg", 0.2, NeuralBigramLM(reg=0.2)),
    ]:
        model.set_params(tokenizer=tokenizer)
        scores = -cross_val_score(model, np.array(some), cv=PredefinedSplit(fold))
        candidate = by_options[parameter, value]
        assert candidate["nll"] == pytest.approx(scores.mean(), rel=1e-12)
        assert candidate["error"] == pytest.approx(scores.std(ddof=1) / 2, rel=1e-9)
    assert found["best"] == min(found["candidates"], key=lambda c: c["nll"])
    assert [c["value"] for c in found["candidates"] if c["parameter"] == "alpha"] == [
        *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        *(1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
    ]


def test_the_table_marks_the_best_of_each_parameter(lines):
    found = parse(lines("tune few.txt --json"))["candidates"]
    first, _, _, *rows, _, last = lines("tune few.txt")
    assert first.startswith("10 names in 5 folds")
    assert len(rows) == len(found)
    best = {}
    for row, candidate in zip(rows, found, strict=True):
        options, nll, error, mark = re.fullmatch(r"(.*\S) +(\S+) +(0\.\d+)(  \*)?", row).groups()
        assert (nll, error) == (f"{candidate['nll']:.4f}", f"{candidate['error']:.4f}")
        if mark:
            best[candidate["parameter"]] = (candidate["nll"], options)
    for parameter, (nll, _) in best.items():
        assert nll == min(c["nll"] for c in found if c["parameter"] == parameter)
    assert list(best) == ["alpha", "smoothing", "reg"]
    assert last == f"* best value of each parameter; best overall: {min(best.values())[1]}"
    assert len(lines(f"sample few.txt {min(best.values())[1]}")) == 10


@pytest.mark.parametrize(
    "text", ["emma\n\n\nava\r\n\ufeffzoë\nİda\n", "emma\nava\nzoë", "李\nzoë\n明明"]
)
@pytest.mark.parametrize("n_bytes", [1, 7, 10, 2**20])
@pytest.mark.parametrize("n_folds", [2, 3, 20])
@pytest.mark.parametrize("lowercase", [False, True])
def test_names_are_dealt_to_folds_block_by_block(text, n_bytes, n_folds, lowercase, monkeypatch):
    set_sizes(monkeypatch, bytes_per_split=n_bytes)
    Path("a.txt").write_bytes(text.encode())
    options = {"encoding": "utf-8", "lowercase": lowercase}
    folds, n_names = _tuning.count_folds("a.txt", n_folds, 3, **options)
    rng, parts, n_dealt = np.random.default_rng(3), [[] for _ in range(n_folds)], 0
    for block in read_blocks("a.txt", "utf-8", n_bytes):
        names = list(filter(None, split_lines(block)))
        for name, number in zip(names, rng.permutation(len(names)), strict=True):
            parts[(n_dealt + number) % n_folds].append(name.lower() if lowercase else name)
        n_dealt += len(names)
    assert n_names == n_dealt
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    for found, part in zip(folds, parts, strict=True):
        expected = count_bigrams(part, tokenizer=NameTokenizer(boundary="\n")) if part else 0
        assert found.matrix.sum() == (expected.matrix.sum() if part else 0)
        assert not part or found * 1 == expected


def test_a_file_of_several_blocks_has_the_folds_of_its_names(names, lines, monkeypatch):
    expected = parse(lines("tune names.txt --model count --json"))
    set_sizes(monkeypatch, bytes_per_split=20_000)
    found = parse(lines("tune names.txt --model count --json"))
    assert found["n_names"] == expected["n_names"] == len(names)
    for a, b in zip(found["candidates"], expected["candidates"], strict=True):
        assert a["nll"] != b["nll"]  # other folds
        assert abs(a["nll"] - b["nll"]) < 0.01


@pytest.mark.parametrize(
    ("model", "parameters"), [("count", {"alpha", "smoothing"}), ("neural", {"reg"})]
)
def test_one_model_can_be_tuned_alone(model, parameters, lines):
    found = parse(lines(f"tune few.txt --model {model} --json"))["candidates"]
    assert {candidate["parameter"] for candidate in found} == parameters


def test_every_fold_knows_all_symbols(lines):
    write("rare.txt", ["AB", "ab", "a.", "ß"])
    found = parse(lines("tune rare.txt --folds 4 --lowercase --json"))
    assert all(np.isfinite(candidate["nll"]) for candidate in found["candidates"])


def test_a_picture_of_the_curves_is_drawn(lines):
    lines("tune few.txt --plot curve.png")
    assert Path("curve.png").read_bytes().startswith(PNG)
    lines("tune few.txt --model neural --plot curve.svg")
    assert "<svg" in Path("curve.svg").read_text(encoding="utf-8")


def test_curves_mark_their_lowest_points():
    import matplotlib.pyplot as plt

    candidates = [
        _tuning.Candidate("count", "alpha", alpha, nll, 0.01)
        for alpha, nll in [(0.1, 3.0), (1.0, 2.0), (10.0, 2.5)]
    ]
    figure = _tuning.draw_curves(candidates, plt)
    (ax,) = figure.axes
    curve, point = ax.lines
    np.testing.assert_array_equal(curve.get_xydata(), [[0.1, 3.0], [1.0, 2.0], [10.0, 2.5]])
    np.testing.assert_array_equal(point.get_xydata(), [[1.0, 2.0]])
    assert (ax.get_title(), ax.get_xlabel(), ax.texts[0].get_text()) == (
        "CountBigramLM",
        "alpha",
        "1",
    )
    plt.close(figure)
