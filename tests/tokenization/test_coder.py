"""How the parameters of a tokenizer make symbols of a name."""

import operator
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_bigram import NameTokenizer
from tests.helpers import any_names, refused

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
FLAG = "\N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}"
E_ACUTE = "e\N{COMBINING ACUTE ACCENT}"
WORLD = [
    "Zo\xeb",
    "Bj\xf6rk",
    "\u0130pek",  # its lower case has two code points before the p
    "Stra\xdfe",
    "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3",
    "\u0142ukasz",
    "\ufb01ona",  # the ligature fi
    "\u0645\u062d\u0645\u062f",
    "\u05e9\u05e8\u05d4",
    "\u674e\u5c0f\u9f8d",
    "\ud55c\uad6d",
    "Ng\u0169g\u0129",
    f"Ren{E_ACUTE}",
    "",
]
FEW = ["emma", "olivia", "ava"]


def dense(**params):
    return NameTokenizer(sparse_output=False, **params)


def there_and_back(tokenizer, names):
    return tokenizer.inverse_transform(tokenizer.fit_transform(names)).tolist()


def bigrams_of(name):
    return [name[i : i + 2] for i in range(len(name) - 1)]


# The boundary


@pytest.mark.parametrize("boundary", ["#", "\xe9", "\0", "\n", "\ud800", "\N{GRINNING FACE}"])
@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
def test_any_symbol_may_be_the_boundary(boundary, analyzer):
    tokenizer = NameTokenizer(boundary=boundary, analyzer=analyzer)
    names = ["j.r.", ".", "", "\u674e"]
    assert there_and_back(tokenizer, names) == names
    assert tokenizer.symbols_[0] == boundary


@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
@pytest.mark.parametrize("bad", ["em.ma", ".", "ava.", ".ava", "\u674e.", "a.b.c"])
def test_a_name_with_the_boundary_is_refused(analyzer, bad):
    unfitted = NameTokenizer(analyzer=analyzer)
    fitted = NameTokenizer(analyzer=analyzer).fit(FEW)
    message = rf"^X\[2\] is '{bad}' and holds the boundary symbol '\.'.*boundary="
    for tokenizer, method in ((unfitted, "fit"), (fitted, "partial_fit"), (fitted, "transform")):
        with refused(tokenizer, ValueError, message):
            getattr(tokenizer, method)(["emma", "", bad, "a.b"])


def test_a_boundary_that_normalizing_makes_is_refused():
    for strip_accents in ("ascii", "unicode"):
        with pytest.raises(ValueError, match=r"^X\[1\] is .*boundary symbol"):
            NameTokenizer(strip_accents=strip_accents).fit(["a", "x\N{HORIZONTAL ELLIPSIS}"])
    with pytest.raises(ValueError, match=r"^X\[0\] is .*boundary symbol 'e'"):
        NameTokenizer(lowercase=True, boundary="e").fit(["E"])


def test_a_boundary_may_have_several_characters_if_symbols_do():
    tokenizer = dense(boundary="<s>", analyzer=str.split).fit(["ann lee", "lee"])
    assert tokenizer.symbols_.tolist() == ["<s>", "ann", "lee"]
    assert_array_equal(tokenizer.transform(["lee", "lee ann"]), [[2, 0], [2, 1]])
    with pytest.raises(ValueError, match=r"^X\[1\] is 'a <s> b' and holds .*'<s>'"):
        tokenizer.fit(["a", "a <s> b"])


def test_long_names_are_shortened_in_messages():
    long = "a" * 10**5
    for names, params in (([long + "."], {}), ([long], {"max_length": 3})):
        with pytest.raises(ValueError, match=r"^X\[0\] is 'aaa") as error:
            NameTokenizer(**params).fit(names)
        assert len(str(error.value)) < 300


# The analyzer


@pytest.mark.parametrize(
    ("name", "graphemes"),
    [
        (E_ACUTE + "e", [E_ACUTE, "e"]),
        (FLAG + FLAG, [FLAG, FLAG]),
        (FAMILY + "a", [FAMILY, "a"]),
        ("a\r\n\nb", ["a", "\r\n", "\n", "b"]),
        ("a.\N{COMBINING ACUTE ACCENT}", ["a", ".\N{COMBINING ACUTE ACCENT}"]),  # no boundary
        ("\N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-6}!", None),
        (unicodedata.normalize("NFD", "\ud55c\uad6d"), None),
    ],
)
def test_a_grapheme_is_one_symbol(name, graphemes):
    tokenizer = dense(analyzer="grapheme").fit([name])
    assert np.count_nonzero(tokenizer.transform([name])) == (len(graphemes) if graphemes else 2)
    assert graphemes is None or set(tokenizer.symbols_[1:]) == set(graphemes)
    assert there_and_back(tokenizer, [name]) == [name]


@given(st.text("\xe9\xfc\xf1\xe7\xe5\u0151\u1ec7\ud55cazX", min_size=1))
def test_a_decomposed_letter_is_one_grapheme_and_several_characters(name):
    decomposed = unicodedata.normalize("NFD", name)
    assert np.count_nonzero(dense(analyzer="grapheme").fit_transform([decomposed])) == len(name)
    assert np.count_nonzero(dense().fit_transform([decomposed])) == len(decomposed)


def test_graphemes_without_their_package_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "regex", None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn_bigram\[grapheme\]'"):
        NameTokenizer(analyzer="grapheme").fit(["emma"])


@pytest.mark.parametrize("analyzer", [list, tuple])
@given(names=any_names)
def test_a_callable_that_lists_characters_is_the_analyzer_char(analyzer, names):
    by_callable, by_char = dense(analyzer=analyzer).fit(names), dense().fit(names)
    assert by_callable.symbols_.tolist() == by_char.symbols_.tolist()
    assert_array_equal(by_callable.transform(names), by_char.transform(names))


def test_symbols_are_those_that_the_callable_returns():
    tokenizer = dense(analyzer=bigrams_of).fit(["emma", "a"])
    assert tokenizer.symbols_.tolist() == [".", "em", "ma", "mm"]
    assert_array_equal(tokenizer.transform(["emma", "a"]), [[1, 3, 2], [0, 0, 0]])
    thousands = dense(analyzer=lambda name: [f"<{i}>" for i in range(int(name))])
    assert thousands.fit_transform(["3000"]).max() == 3000
    assert thousands.symbols_[1:].tolist() == sorted(f"<{i}>" for i in range(3000))


@pytest.mark.parametrize(
    "found", [[""], [1], ["a", None], [b"a"], [["a"]], None, 5, {"a"}, iter("a"), {"a": 1}]
)
def test_a_callable_must_return_a_list_of_symbols(found):
    tokenizer = NameTokenizer(analyzer=lambda name: found if name == "emma" else list(name))
    with pytest.raises(TypeError, match=r"^The analyzer returned .* for 'emma': it must return"):
        tokenizer.fit(["ava", "emma"])


@pytest.mark.parametrize("error", [TypeError, KeyError, AttributeError])
def test_an_error_of_the_callable_is_raised_as_it_is(error):
    def analyzer(name):
        raise error("my own")

    with pytest.raises(error, match="my own"):
        NameTokenizer(analyzer=analyzer).fit(["emma"])


# Case and accents


def prepare_names(names, **params):
    """Return names as CountVectorizer normalizes them."""
    return list(map(CountVectorizer(**params).build_preprocessor(), names))


@pytest.mark.parametrize("lowercase", [False, True])
@pytest.mark.parametrize("strip_accents", [None, "ascii", "unicode", str.swapcase])
class TestNormalization:
    def test_it_is_that_of_count_vectorizer(self, lowercase, strip_accents):
        params = {"lowercase": lowercase, "strip_accents": strip_accents}
        for analyzer in ("char", "grapheme", list):
            back = there_and_back(NameTokenizer(analyzer=analyzer, **params), WORLD)
            assert back == prepare_names(WORLD, **params)

    @given(
        st.lists(st.text(st.characters(exclude_categories=(), exclude_characters="\0")), min_size=1)
    )
    def test_it_is_that_of_count_vectorizer_for_any_names(self, lowercase, strip_accents, names):
        params = {"lowercase": lowercase, "strip_accents": strip_accents}
        for analyzer in ("char", list):
            tokenizer = NameTokenizer(boundary="\0", analyzer=analyzer, **params)
            assert there_and_back(tokenizer, names) == prepare_names(names, **params)

    def test_its_symbols_are_those_of_count_vectorizer(self, lowercase, strip_accents):
        params = {"lowercase": lowercase, "strip_accents": strip_accents}
        names = [unicodedata.normalize("NFC", name) for name in WORLD]
        counted = CountVectorizer(analyzer="char", **params).fit(names)
        symbols = NameTokenizer(**params).fit(names).symbols_[1:].tolist()
        assert symbols == sorted(counted.get_feature_names_out())


def test_a_final_sigma_is_that_of_its_own_name():
    names = ["\u0391\u03a3", "\u0391", "\u03a3", "\u03a3\u0391\u03a3", "\u0391\u03a3"]
    back = there_and_back(NameTokenizer(lowercase=True), names)
    assert back == ["\u03b1\u03c2", "\u03b1", "\u03c3", "\u03c3\u03b1\u03c2", "\u03b1\u03c2"]


@pytest.mark.parametrize("found", [None, b"emma", ["emma"]])
@pytest.mark.parametrize("analyzer", ["char", list])
def test_a_function_that_strips_accents_must_return_a_str(found, analyzer):
    tokenizer = NameTokenizer(
        strip_accents=lambda name: found if name == "emma" else name, analyzer=analyzer
    )
    with pytest.raises(TypeError, match=r"^strip_accents returned .* for 'emma': it must"):
        tokenizer.fit(["ava", "emma"])


# max_length


@pytest.mark.parametrize("sparse_output", [True, False])
def test_max_length_is_the_number_of_columns(sparse_output):
    tokenizer = NameTokenizer(max_length=6, sparse_output=sparse_output).fit(["emma", "olivia"])
    assert tokenizer.transform(["emma"]).shape == (1, 6)
    assert tokenizer.max_length_ == 6


@pytest.mark.parametrize("analyzer", ["char", "grapheme", list])
def test_a_name_longer_than_max_length_is_refused(analyzer):
    unfitted = NameTokenizer(max_length=4, analyzer=analyzer)
    fitted = NameTokenizer(max_length=4, analyzer=analyzer).fit(["oliv", "ia"])
    message = r"^X\[1\] is 'olivi' and has 5 symbols, more than max_length=4.*raise max_length"
    for tokenizer, method in ((unfitted, "fit"), (fitted, "partial_fit"), (fitted, "transform")):
        with refused(tokenizer, ValueError, message):
            getattr(tokenizer, method)(["oliv", "olivi", "olivia"])


def test_max_length_counts_symbols_after_normalizing():
    assert NameTokenizer(max_length=2, analyzer="grapheme").fit([FAMILY + E_ACUTE])
    assert NameTokenizer(max_length=1, strip_accents="unicode").fit([E_ACUTE])
    with pytest.raises(ValueError, match="has 2 symbols"):
        NameTokenizer(max_length=1, lowercase=True).fit(["\u0130"])


# Parameters that are refused

NOT_A_COUNT = [0, -1, 1.5, np.nan, np.inf, "3", [3]]
BAD_PARAMS = {
    "boundary": [None, 1, b".", ["."]],
    "analyzer": ["word", None, 1],
    "lowercase": [None, "yes", 2],
    "strip_accents": ["latin", 1, True],
    "alphabet": [1, True, iter("ab")],
    "handle_unknown": ["ignore", None, True],
    "max_length": NOT_A_COUNT,
    "sparse_output": [None, "yes", 2],
}


@pytest.mark.parametrize("param", BAD_PARAMS)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_bad_parameter_is_refused_before_the_names_are_read(param, method):
    message = f"The '{param}' parameter of NameTokenizer must be"
    for value in BAD_PARAMS[param]:
        for tokenizer in (NameTokenizer(), NameTokenizer().fit(FEW)):
            tokenizer.set_params(**{param: value})
            for X in (FEW, "not names either"):
                with refused(tokenizer, InvalidParameterError, message):
                    getattr(tokenizer, method)(X)


BAD_TOGETHER = [
    ({"boundary": ""}, ValueError, "^boundary is ''"),
    ({"boundary": "ab"}, ValueError, "^boundary is 'ab': it must be one symbol"),
    ({"boundary": "", "analyzer": list}, ValueError, "^boundary is ''"),
    ({"boundary": "ab", "analyzer": "grapheme"}, ValueError, "^boundary is 'ab'"),
    ({"boundary": "\ufffd", "handle_unknown": "use_unknown"}, ValueError, "U\\+FFFD.*reserved"),
    ({"alphabet": ""}, ValueError, "^alphabet is empty"),
    ({"alphabet": []}, ValueError, "^alphabet is empty"),
    ({"alphabet": np.array([], dtype="U1")}, ValueError, "^alphabet is empty"),
    ({"alphabet": "ab."}, ValueError, r"^alphabet holds the boundary symbol '\.'"),
    ({"alphabet": "ab#", "boundary": "#"}, ValueError, "^alphabet holds the boundary symbol '#'"),
    ({"alphabet": ["a", "bc"]}, ValueError, "^alphabet holds 'bc'.*one code point"),
    ({"alphabet": "ab", "analyzer": operator.truth}, TypeError, "^The analyzer returned True for"),
    ({"alphabet": ["a", 1]}, TypeError, "^alphabet holds 1: symbols must be"),
    ({"alphabet": ["a", None], "analyzer": list}, TypeError, "^alphabet holds None"),
    ({"alphabet": ["a", ""], "analyzer": list}, TypeError, "^alphabet holds ''"),
    ({"alphabet": np.array([1, 2])}, TypeError, "^alphabet holds .*1.*: symbols must be"),
]


@pytest.mark.parametrize(
    ("params", "error", "message"), BAD_TOGETHER, ids=[str(case[0]) for case in BAD_TOGETHER]
)
def test_parameters_that_contradict_each_other_are_refused(params, error, message):
    for tokenizer in (NameTokenizer(), NameTokenizer().fit(FEW)):
        tokenizer.set_params(**params)
        for method in ("fit", "partial_fit"):
            with refused(tokenizer, error, message):
                getattr(tokenizer, method)(FEW)


def test_the_boundary_may_be_a_grapheme_or_the_symbol_of_unknown_ones():
    for params in ({"boundary": FAMILY, "analyzer": "grapheme"}, {"boundary": "\ufffd"}):
        tokenizer = NameTokenizer(**params)
        assert there_and_back(tokenizer, ["a.", "b"]) == ["a.", "b"]
        assert tokenizer.symbols_.tolist() == [params["boundary"], ".", "a", "b"]
