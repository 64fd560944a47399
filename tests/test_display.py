import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_bigram import BigramDisplay, CountBigramLM, NeuralBigramLM


@pytest.fixture(autouse=True)
def agg():
    plt.close("all")
    mpl.use("agg")
    yield
    plt.close("all")


@pytest.fixture
def few(names):
    """Names of eight letters: a picture of many cells takes a second."""
    return [name for name in names if set(name) <= set("aeilmnor")]


@pytest.fixture
def model(few):
    return CountBigramLM().fit(few)


def test_counts_are_drawn_with_each_bigram_and_its_number(model):
    display = BigramDisplay.from_estimator(model)
    np.testing.assert_array_equal(display.im_.get_array(), model.counts_.toarray())
    i, j = (model.symbols_.tolist().index(symbol) for symbol in "an")
    assert display.text_[i, j].get_text() == f"an\n{model.counts_[i, j]:g}"
    assert display.text_[i, j].get_position() == (j, i)
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == model.symbols_.tolist()
    display.figure_.canvas.draw()


def test_probabilities_and_logits_are_drawn(model):
    prefixes = ["", *model.symbols_[1:]]
    proba = BigramDisplay.from_estimator(model, kind="proba").values
    np.testing.assert_allclose(proba, model.predict_proba(prefixes), rtol=1e-12)
    logits = BigramDisplay.from_estimator(model, kind="logits").values
    log_p = model.predict_log_proba(prefixes)
    np.testing.assert_allclose(logits, log_p - log_p.mean(axis=1, keepdims=True))


@pytest.mark.torch
def test_the_logits_of_gradient_descent_are_its_weights():
    network = NeuralBigramLM(solver="gd", learning_rate=1, tol=0.01, random_state=0).fit(
        ["emma", "ava", "mia", "ella"]
    )
    display = BigramDisplay.from_estimator(network, kind="logits")
    np.testing.assert_array_equal(display.values, network.coef_)
    vmin, vmax = display.im_.get_clim()
    assert vmin == -vmax == -np.abs(network.coef_).max()


def test_the_difference_of_two_models_is_drawn(model, few):
    other = CountBigramLM(alpha=0).fit(few)
    display = BigramDisplay.from_difference(model, other)
    prefixes = ["", *model.symbols_[1:]]
    log_q = other.predict_log_proba(prefixes)
    seen = np.isfinite(log_q)
    expected = model.predict_log_proba(prefixes)[seen] - log_q[seen]
    np.testing.assert_array_equal(display.values[seen], expected)
    assert (display.values[~seen] == np.inf).all()
    assert (BigramDisplay.from_difference(other, other).values == 0).all()
    vmin, vmax = display.im_.get_clim()
    assert vmin == -vmax == -np.abs(expected).max()
    display.figure_.canvas.draw()
    assert "nats" in display.im_.colorbar.ax.get_ylabel()
    with pytest.raises(ValueError, match=r"different symbols.*alphabet="):
        BigramDisplay.from_difference(model, CountBigramLM().fit(["emma"]))


@pytest.mark.parametrize(("prefix", "title"), [("", "first"), ("ma", "after 'ma'"), ("a", None)])
def test_the_next_symbols_are_drawn_as_bars(model, prefix, title):
    display = BigramDisplay.from_prefix(model, prefix, ax=plt.subplots()[1] if title else None)
    heights = [bar.get_height() for bar in display.bars_]
    proba = model.predict_proba([prefix])[0]
    np.testing.assert_array_equal(heights, np.sort(proba)[::-1][:40])
    labels = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert labels[0] == model.predict([prefix])[0]
    assert title is None or display.ax_.get_title() == title
    display.figure_.canvas.draw()


def test_bars_of_token_ids():
    model = CountBigramLM(alpha=0).fit([[1, 2], [1, 1]])
    display = BigramDisplay.from_prefix(model, [1, 0])
    assert [bar.get_height() for bar in display.bars_] == pytest.approx([1 / 3] * 3)
    assert display.ax_.get_title() == "after [1, 0]"


def test_impossible_bigrams_are_left_blank():
    display = BigramDisplay.from_estimator(CountBigramLM(alpha=0).fit(["emma"]), kind="logits")
    assert np.isneginf(display.values).any()
    display.figure_.canvas.draw()


def test_numbers_are_legible_on_dark_and_on_light(model):
    display = BigramDisplay.from_estimator(model)
    darkest = np.unravel_index(model.counts_.toarray().argmax(), display.values.shape)
    assert display.text_[darkest].get_color() == "white"
    assert display.text_[0, 0].get_color() == "black"


@pytest.mark.slow
def test_texts_of_27_symbols_do_not_overlap_their_cells(names):
    display = BigramDisplay.from_estimator(CountBigramLM().fit(names))
    display.figure_.canvas.draw()
    width, height = (
        display.ax_.transData.transform((1, 0)) - display.ax_.transData.transform((0, 1))
    ).__abs__()
    for text in display.text_.flat:
        box = text.get_window_extent()
        assert box.width < width
        assert box.height < height


def test_200_symbols_have_no_text_and_few_ticks():
    symbols = "".join(chr(0x4E00 + i) for i in range(199))
    model = CountBigramLM().fit([symbols])
    display = BigramDisplay.from_estimator(model, include_values=None)
    assert display.text_ is None
    assert len(display.ax_.get_xticks()) <= 50


def test_symbols_that_cannot_be_drawn_are_escaped():
    model = CountBigramLM().fit(["a\nb", "a b", "$x$", "\x00", "_^{"])
    display = BigramDisplay.from_estimator(model)
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels[:4] == [".", "\\x00", "\\n", "␣"]
    display.figure_.canvas.draw()


def test_draws_into_given_axes_without_values_and_colorbar(model):
    figure, ax = plt.subplots()
    display = BigramDisplay.from_estimator(
        model, ax=ax, cmap="viridis", include_values=False, colorbar=False
    )
    assert display.ax_ is ax
    assert display.figure_ is figure
    assert figure.axes == [ax]
    assert display.im_.get_cmap().name == "viridis"


@pytest.mark.parametrize(("inches", "legible"), [(1.5, False), (6, True)])
def test_given_axes_get_text_only_if_it_is_legible(model, inches, legible):
    _, ax = plt.subplots(figsize=(inches, inches))
    display = BigramDisplay.from_estimator(model, ax=ax)
    assert (display.text_ is not None) is legible


def test_numbers_are_short():
    model = CountBigramLM().fit(["ab"], sample_weight=[12_345_678])
    assert BigramDisplay.from_estimator(model).text_[0, 1].get_text() == ".a\n1.2e+07"
    model = CountBigramLM().fit([[1, 12], [12, 1]])
    display = BigramDisplay.from_estimator(model, kind="logits")
    assert display.text_[0, 12].get_text().startswith("0 12\n")
    assert not any("-0.0" in text.get_text() for text in display.text_.flat)


def test_a_model_of_one_symbol_is_drawn():
    BigramDisplay.from_estimator(CountBigramLM().fit([[0, 0]])).figure_.canvas.draw()


def test_an_error_lists_the_kinds(model):
    with pytest.raises(ValueError, match="kind is 'count': it must be one of 'counts', 'proba', "):
        BigramDisplay.from_estimator(model, kind="count")


def test_a_model_must_be_fitted_to_be_drawn():
    with pytest.raises(NotFittedError):
        BigramDisplay.from_estimator(CountBigramLM())


def test_without_matplotlib_the_error_says_what_to_install(model, monkeypatch):
    for module in ("matplotlib", "matplotlib.pyplot"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn_bigram\[plot\]'\.$"):
        BigramDisplay.from_estimator(model)
