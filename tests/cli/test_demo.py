"""The demonstration compares both models."""

import re
import sys
from pathlib import Path

import pytest

from sklearn_bigram.cli import _demo
from tests.cli.program import PNG


@pytest.mark.torch
def test_the_demo_shows_that_both_models_agree(names, lines):
    data = "\ufeff" + "\r\n".join([*names[:1500], "", "zoë"])
    Path("my.txt").write_text(data, encoding="utf-8")
    first, *rest = lines("demo --names my.txt -o picture.png --seed 1")
    assert first == "1,501 names: 1,200 for training, 301 held out."
    out = "\n".join(rest)
    rows = dict(re.findall(r"^((?:count|neural)\S*(?: \w+)?)  .* (\d\.\d{4}) ", out, re.M))
    assert list(rows) == ["count", "count, tuned", "neural", "neural, tuned", "neural, descent"]
    assert abs(float(rows["count, tuned"]) - float(rows["neural, tuned"])) < 0.005
    samples = re.findall(r"^Samples from (\w+): (.*)$", out, re.M)
    assert [model for model, _ in samples] == ["CountBigramLM", "NeuralBigramLM"]
    assert all(len(drawn.split(", ")) == 10 for _, drawn in samples)
    assert Path("picture.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize(("option", "source"), [("", "load_names"), ("--fetch", "fetch_names")])
def test_the_demo_loads_or_fetches_names_and_does_without_matplotlib_and_torch(
    option, source, names, lines, monkeypatch
):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(_demo, source, lambda: [*names[:99], "j.r."])
    first, *rows, last = lines(f"demo {option}")
    assert first == "100 names: 80 for training, 20 held out."
    assert [row[:6] for row in rows].count("neural") == 3
    (row,) = [row for row in rows if row.startswith("neural, descent")]
    assert row.endswith("  needs torch, see below")
    (row,) = [row for row in rows if row.startswith("solver='gd' needs torch")]
    assert "pip install torch, or use solver='exact'" in row
    message = "Plots need matplotlib: pip install 'sklearn_bigram[plot]'."
    assert last == f"No plot: {message}"
