"""explain: the bigrams of one name, as a table."""

import math
import sys
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from sklearn_bigram import CountBigramLM, NameExplanation, NameTokenizer, NeuralBigramLM


@pytest.fixture(params=[CountBigramLM(), NeuralBigramLM()], ids=["count", "neural"])
def model(request, names):
    return request.param.fit(names)


@pytest.mark.parametrize("name", ["xqzkvw", "maria", ""])
def test_each_bigram_has_its_probability_and_that_of_the_best(model, name):
    explanation = model.explain(name)
    assert isinstance(explanation, NameExplanation)
    bigrams = list(pairwise(f".{name}."))
    assert list(zip(explanation.first, explanation.second, strict=True)) == bigrams
    rows = dict(
        zip(model.symbols_, model.predict_log_proba(["", *model.symbols_[1:]]), strict=True)
    )
    ids = {symbol: i for i, symbol in enumerate(model.symbols_)}
    expected = [rows[a][ids[b]] for a, b in bigrams]
    np.testing.assert_allclose(explanation.log_proba, expected)
    np.testing.assert_allclose(explanation.best_log_proba, [rows[a].max() for a, _ in bigrams])
    assert explanation.best.tolist() == [model.symbols_[rows[a].argmax()] for a, _ in bigrams]
    assert explanation.log_likelihood == pytest.approx(model.score_samples([name])[0])
    assert explanation.standard_score == model.standard_score_samples([name])[0]


def test_the_table_is_aligned():
    model = CountBigramLM(alpha=0).fit(["ab", "ab", "b"])
    assert repr(model.explain("ba")).splitlines() == [
        "log-likelihood -inf nats, standard score -inf",
        "bigram  log_proba  best  best_log_proba",
        ".b          -1.10  .a             -0.41",
        "ba           -inf  b.              0.00",
        "a.           -inf  ab              0.00",
    ]


def test_symbols_of_several_characters_are_set_apart():
    model = CountBigramLM(tokenizer=NameTokenizer(analyzer=str.split)).fit(["do re", "do mi fa"])
    assert [row[0] for row in model.explain("do mi").table()] == [". do", "do mi", "mi ."]


def test_a_row_of_token_ids_is_explained():
    model = CountBigramLM().fit([[1, 2, 0], [12, 1, 2]])
    explanation = model.explain([1, 2, 0])
    assert explanation.second.tolist() == [1, 2, 0]
    assert explanation.log_likelihood == pytest.approx(model.score_samples([[1, 2, 0]])[0])


@pytest.mark.parametrize("convert", [sparse.csr_array, np.array, pd.DataFrame])
def test_a_table_of_one_row_is_explained(convert):
    X = convert([[1, 2, 0], [12, 1, 2]])
    model = CountBigramLM().fit(X)
    row = X.iloc[:1] if isinstance(X, pd.DataFrame) else X[:1]
    assert model.explain(row).second.tolist() == [1, 2, 0]


def test_a_row_of_a_sparse_array_is_explained():
    X = sparse.csr_array([[1, 2, 0], [12, 1, 2]])
    model = CountBigramLM().fit(X)
    for row in (sparse.coo_array([1, 2, 0]), X[[0]]):
        assert model.explain(row).second.tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (3, r"name has shape \(\): pass the token ids of one row"),
        ([[1, 2, 0], [2, 1, 0]], r"name has shape \(2, 3\)"),
        ("ab", "X holds names"),
    ],
)
def test_what_is_no_row_of_token_ids_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        CountBigramLM().fit([[1, 2, 0], [12, 1, 2]]).explain(name)


def test_markup_and_control_characters_are_escaped():
    explanation = CountBigramLM().fit(["<b>", "a\n", "&"]).explain("<\n&")
    html = explanation._repr_html_()
    assert html.count("<tr>") == 5
    assert "<td>. &lt;</td>" in html
    assert "<td>\\n &amp;</td>" in html
    assert "<b>" not in html
    assert "\n" not in html


def test_unknown_symbols_are_refused_or_shown(names):
    with pytest.raises(ValueError, match="X holds unknown symbols: 'ß'"):
        CountBigramLM().fit(names).explain("groß")
    tokenizer = NameTokenizer(handle_unknown="use_unknown")
    model = CountBigramLM(tokenizer=tokenizer).fit(names)
    explanation = model.explain("aß")
    assert explanation.second.tolist() == ["a", "ß", "."]
    assert explanation.log_likelihood == pytest.approx(model.score_samples(["aß"])[0])


@pytest.mark.parametrize(
    ("name", "message"), [("a.b", "holds the bound"), (["ab"], "name is of type list: pass one")]
)
def test_what_is_no_name_is_refused(name, message):
    with pytest.raises((TypeError, ValueError), match=message):
        CountBigramLM().fit(["ab"]).explain(name)


def test_an_explanation_cannot_be_changed():
    explanation = CountBigramLM().fit(["ab"]).explain("ab")
    with pytest.raises(AttributeError):
        explanation.best = None


def test_the_bigrams_are_a_data_frame():
    explanation = CountBigramLM().fit(["ab"]).explain("ab")
    frame = explanation.to_frame()
    columns = ["first", "second", "log_proba", "best", "best_log_proba"]
    assert frame.columns.tolist() == columns
    for column in columns:
        assert frame[column].tolist() == getattr(explanation, column).tolist()


# All bigrams


def test_the_transition_matrix_is_that_of_the_rows(model):
    P = model.transition_matrix_
    np.testing.assert_array_equal(P, model.predict_proba(["", *model.symbols_[1:]]))
    P[:] = 0  # it is a copy
    assert model.transition_matrix_.sum() == pytest.approx(len(P))


def test_data_frames_are_labelled_with_the_symbols(model, names):
    symbols = model.symbols_.tolist()
    for kind, values in {
        "counts": model.counts_.toarray(),
        "proba": model.transition_matrix_,
        "log_proba": model.predict_log_proba(["", *symbols[1:]]),
    }.items():
        frame = model.to_frame(kind)
        assert isinstance(frame, pd.DataFrame)
        assert frame.index.tolist() == frame.columns.tolist() == symbols
        np.testing.assert_array_equal(frame, values)
    assert model.to_frame("counts").loc["q", "u"] == sum(name.count("qu") for name in names)
    assert model.to_frame().equals(model.to_frame("proba"))


def test_the_labels_of_token_ids_are_the_ids():
    frame = CountBigramLM(alpha=0).fit([[1, 2], [2, 2]]).to_frame("log_proba")
    assert frame.columns.tolist() == [0, 1, 2]
    assert frame.loc[1, 2] == 0
    assert frame.loc[1, 1] == -math.inf


def test_an_unknown_kind_of_frame_is_refused(model):
    with pytest.raises(ValueError, match="kind is 'count': it must be one of 'counts', 'proba', "):
        model.to_frame("count")


def test_matrices_that_would_not_fit_are_refused():
    model = CountBigramLM().fit([[1, 5792]])
    message = "transition_matrix_ of 5,793 symbols would take 256 MiB, more than the limit of 256"
    with pytest.raises(ValueError, match=message):
        model.transition_matrix_  # noqa: B018 - the attribute is made here
    assert not hasattr(model, "transition_matrix_")
    with pytest.raises(ValueError, match=r"to_frame of 5,793 symbols .*: use counts_, which is sp"):
        model.to_frame("counts")
    assert model._repr_html_().startswith("<style>")  # it looks at all attributes


def test_only_fitted_models_have_matrices():
    assert not hasattr(CountBigramLM(), "transition_matrix_")
    for method in (CountBigramLM().to_frame, lambda: CountBigramLM().explain("a")):
        with pytest.raises(NotFittedError):
            method()


def test_without_pandas_the_error_says_what_to_install(monkeypatch):
    model = CountBigramLM().fit(["ab"])
    monkeypatch.setitem(sys.modules, "pandas", None)
    for method in (model.to_frame, model.explain("ab").to_frame):
        with pytest.raises(ImportError, match=r"^to_frame needs pandas: pip install pandas\.$"):
            method()
