"""NameDisplay: the bars of one name."""

import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from sklearn_bigram import BigramDisplay, CountBigramLM, NameDisplay


@pytest.fixture(autouse=True)
def agg():
    plt.close("all")
    mpl.use("agg")
    yield
    plt.close("all")


def test_bars_are_negative_log_probabilities(names):
    model = CountBigramLM().fit(names)
    display = BigramDisplay.from_name(model, "xqzkvw")
    explanation = model.explain("xqzkvw")
    heights = [bar.get_height() for bar in display.bars_]
    np.testing.assert_allclose(heights, -explanation.log_proba)
    np.testing.assert_allclose(
        [bar.get_height() for bar in display.best_bars_], -explanation.best_log_proba
    )
    labels = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert labels == [".x", "xq", "qz", "zk", "kv", "vw", "w."]
    texts = [text.get_text() for text in display.ax_.texts]
    assert texts == explanation.best.tolist()
    assert display.ax_.get_title() == "standard score -8.5"
    display.figure_.canvas.draw()


def test_impossible_bigrams_are_hatched_and_the_tallest():
    display = BigramDisplay.from_name(CountBigramLM(alpha=0).fit(["ab", "ab", "b"]), "ba")
    heights = [bar.get_height() for bar in display.bars_]
    assert [bar.get_hatch() for bar in display.bars_] == [None, "//", "//"]
    assert heights[1] == heights[2] > heights[0]
    display.figure_.canvas.draw()


def test_a_certain_name_is_drawn():
    BigramDisplay.from_name(CountBigramLM(alpha=0).fit(["ab"]), "ab").figure_.canvas.draw()


def test_symbols_that_cannot_be_drawn_are_escaped():
    display = BigramDisplay.from_name(CountBigramLM().fit(["$x$", "_^{\n"]), "$_$\n")
    assert display.ax_.get_xticklabels()[3].get_text() == "$ \\n"
    display.figure_.canvas.draw()


def test_a_name_is_drawn_into_given_axes_again():
    figure, ax = plt.subplots()
    display = NameDisplay(CountBigramLM().fit([[1, 2]]).explain([2, 1])).plot(ax)
    assert display.ax_ is ax
    assert display.figure_ is figure


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    for module in ("matplotlib", "matplotlib.pyplot"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn_bigram\[plot\]'\.$"):
        BigramDisplay.from_name(CountBigramLM().fit(["ab"]), "ab")
