"""ARPA files, read by KenLM and by a small parser."""

import errno
import gzip
import io
import os
import re
import stat
import tempfile
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_bigram import BigramCounts, CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.markov import _arpa

MODELS = {
    "additive": CountBigramLM(alpha=0.5),
    "unsmoothed": CountBigramLM(alpha=0),
    "kneser-ney": CountBigramLM(smoothing="kneser-ney"),
    "dirichlet": CountBigramLM(smoothing="dirichlet"),
    "exact": NeuralBigramLM(),
}
UNSAFE = [
    *" \t\n\r\0\v\f\x1c\x7f\x85\xa0\u2028\u3000\ud800<>\\é一",
    "\N{ZERO WIDTH JOINER}",
    "\N{GRINNING FACE}",
    *("<s>", "</s>", "<unk>", "<UNK>", "<U+0020>", "U+0020", "two words", "\\2-grams:", "-99"),
]
DECIMALS = 1.2e-8  # nats; the files have eight decimals


@pytest.fixture
def fitted(request, names):
    return clone(MODELS[request.param]).fit(names)


every_model = pytest.mark.parametrize("fitted", MODELS, indirect=True)


def lines_of(model):
    """Return the lines of a model's ARPA file."""
    file = io.BytesIO()
    model.to_arpa(file)
    return file.getvalue().decode().split("\n")


def read(lines):
    """Return the words of an ARPA file and a function: the log-probability of a bigram, in nats."""
    first, second, end = (lines.index(x) for x in ("\\1-grams:", "\\2-grams:", "\\end\\"))
    unigrams, bigrams = {}, {}
    for line in lines[first + 1 : second - 1]:
        log_p, word, *backoff = line.split("\t")
        unigrams[word] = [float(log_p), *map(float, backoff)]
    for line in lines[second + 1 : end - 1]:
        log_p, words = line.split("\t")
        bigrams[tuple(words.split(" "))] = float(log_p)
    assert lines[:2] == ["", "\\data\\"]
    assert lines[2:first] == [f"ngram 1={len(unigrams)}", f"ngram 2={len(bigrams)}", ""]
    assert [lines[second - 1], lines[end - 1], *lines[end + 1 :]] == ["", "", ""]

    def log_p_of(left, right):
        log_p = bigrams.get((left, right))
        return np.log(10) * (unigrams[left][1] + unigrams[right][0] if log_p is None else log_p)

    return list(unigrams), log_p_of


def unescape(word):
    return re.sub(r"<U\+([0-9A-F]+)>", lambda match: chr(int(match[1], 16)), word)


def score_with_kenlm(model, sentences, folder):
    """Return KenLM's log-likelihoods of sentences, in nats."""
    kenlm = pytest.importorskip("kenlm", reason="KenLM is not installed: it needs a C++ compiler.")
    model.to_arpa(folder / "names.arpa")
    config = kenlm.Config()
    config.show_progress = False
    reader = kenlm.Model(str(folder / "names.arpa"), config)
    return np.log(10) * np.array([reader.score(sentence) for sentence in sentences])


def test_the_lines_of_a_small_file():
    # N: .a 2, ab 1, a. 1, b. 1; T: 1, 2, 1. The next symbols: . 2, a 2, b 1.
    # So q is (2 + 3/3, 2 + 3/3, 1 + 3/3) / (5 + 3), and g is 1/3, 2/4, 1/2.
    model = CountBigramLM(smoothing="witten-bell").fit(["a", "ab"])
    log10 = {
        label: f"{np.log10(p):.8f}"
        for label, p in {"3/8": 3 / 8, "2/8": 2 / 8, "1/3": 1 / 3, "1/2": 1 / 2}.items()
    }
    cells = [  # S + g q
        (2 / 3 + 1 / 3 * 3 / 8, "<s> a"),
        (1 / 4 + 1 / 2 * 3 / 8, "a </s>"),
        (1 / 4 + 1 / 2 * 2 / 8, "a b"),
        (1 / 2 + 1 / 2 * 3 / 8, "b </s>"),
    ]
    assert lines_of(model) == [
        "",
        "\\data\\",
        "ngram 1=5",
        "ngram 2=4",
        "",
        "\\1-grams:",
        "-99\t<unk>",
        f"-99\t<s>\t{log10['1/3']}",
        f"{log10['3/8']}\t</s>",
        f"{log10['3/8']}\ta\t{log10['1/2']}",
        f"{log10['2/8']}\tb\t{log10['1/2']}",
        "",
        "\\2-grams:",
        *(f"{np.log10(p):.8f}\t{words}" for p, words in cells),
        "",
        "\\end\\",
        "",
    ]


@every_model
def test_a_file_holds_the_transition_matrix(fitted):
    _, log_p_of = read(lines_of(fitted))
    symbols = fitted.symbols_.tolist()
    found = np.array(
        [
            [log_p_of(left, right) for right in ["</s>", *symbols[1:]]]
            for left in ["<s>", *symbols[1:]]
        ]
    )
    expected = fitted.predict_log_proba(["", *symbols[1:]])
    possible = np.isfinite(expected)
    np.testing.assert_allclose(found[possible], expected[possible], rtol=0, atol=2 * DECIMALS)
    assert (found[~possible] <= -99 * np.log(10)).all()


@every_model
def test_kenlm_scores_names_as_the_model_does(fitted, names, tmp_path, capfd):
    theirs = score_with_kenlm(fitted, map(" ".join, names), tmp_path)
    np.testing.assert_allclose(theirs, fitted.score_samples(names), rtol=0, atol=1e-4)
    assert "<unk>" not in capfd.readouterr().err  # KenLM warns if it is missing


def test_impossible_names_are_nearly_impossible_to_kenlm(tmp_path):
    model = CountBigramLM(alpha=0).fit(["ab", "ba"])
    assert model.score_samples(["aa"]) == -np.inf
    assert score_with_kenlm(model, ["a a", "a c"], tmp_path).max() < -200


def test_each_counted_bigram_has_a_line(names):
    model = CountBigramLM(smoothing="kneser-ney").fit(names)
    assert f"ngram 2={model.counts_.nnz}" in lines_of(model)


def test_kenlm_reads_a_file_in_which_all_bigrams_back_off(tmp_path):
    model = CountBigramLM(smoothing="kneser-ney", discount=1).fit(["ab"])
    theirs = score_with_kenlm(model, ["a b", "", "b b a"], tmp_path)
    np.testing.assert_allclose(theirs, model.score_samples(["ab", "", "bba"]), atol=1e-5)


def test_a_certain_bigram_has_logarithm_zero():
    _, log_p_of = read(lines_of(CountBigramLM(alpha=0).fit(["ab"])))
    assert [log_p_of(*pair) for pair in (("<s>", "a"), ("a", "b"), ("b", "</s>"))] == [0, 0, 0]


def test_the_smallest_float_has_a_logarithm():
    model = CountBigramLM(alpha=5e-324).fit(["ab"])
    _, log_p_of = read(lines_of(model))
    assert log_p_of("a", "a") == pytest.approx(np.log(5e-324) - np.log(3), rel=0.01)


@given(st.floats(0, 1))
def test_logarithms_have_eight_decimals(p):
    (text,) = _arpa._format_logs(np.array([p]))
    log = np.log10(p) if p else -99
    assert text.replace(b"\0", b"").decode() == f"-{abs(log):.8f}"


@given(st.lists(st.text(st.characters(exclude_characters="."), min_size=1), unique=True))
def test_different_symbols_become_different_words(symbols):
    words = [_arpa.escape(symbol) for symbol in symbols]
    assert [unescape(word) for word in words] == symbols
    assert len(set(words)) == len(words)
    for word in words:
        assert word.split() == word.encode().split(b" ")[0].decode().split() == [word]
        assert word not in {"<s>", "</s>", "<unk>"}


def test_unsafe_symbols_are_written_as_code_points():
    assert _arpa.escape("van der") == "van<U+0020>der"
    assert _arpa.escape("<s>") == "<U+003C>s>"
    assert _arpa.escape("\N{GRINNING FACE}") == "\N{GRINNING FACE}"


def test_unsafe_symbols_are_words_of_the_file():
    model = CountBigramLM(tokenizer=NameTokenizer(analyzer=split_words)).fit(["|".join(UNSAFE)])
    words, _ = read(lines_of(model))
    assert words[:3] == ["<unk>", "<s>", "</s>"]
    assert [unescape(word) for word in words[3:]] == model.symbols_[1:].tolist() == sorted(UNSAFE)


def test_kenlm_scores_unsafe_symbols_as_the_model_does(tmp_path):
    drawn = np.random.default_rng(0).integers(len(UNSAFE), size=(100, 5))
    names = ["|".join(UNSAFE[k] for k in row) for row in drawn]
    model = CountBigramLM(tokenizer=NameTokenizer(analyzer=split_words, alphabet=UNSAFE))
    model.set_params(smoothing="kneser-ney").fit(names[:50])
    sentences = [" ".join(map(_arpa.escape, name.split("|"))) for name in names]
    theirs = score_with_kenlm(model, sentences, tmp_path)
    np.testing.assert_allclose(theirs, model.score_samples(names), rtol=0, atol=1e-4)


def split_words(text):
    return text.split("|")


def test_kenlm_scores_unknown_symbols_as_the_model_does(tmp_path):
    tokenizer = NameTokenizer(handle_unknown="use_unknown", alphabet="abcde")
    model = CountBigramLM(tokenizer=tokenizer).fit(["abc", "xed", "bad"])
    names = ["ax", "yza", "x", "\N{REPLACEMENT CHARACTER}b"]
    theirs = score_with_kenlm(model, map(" ".join, names), tmp_path)
    np.testing.assert_allclose(theirs, model.score_samples(names), rtol=0, atol=1e-5)
    assert read(lines_of(model))[0] == ["<s>", "</s>", "<unk>", *"abcde"]


def test_the_replacement_character_is_an_ordinary_symbol_without_use_unknown():
    words, _ = read(lines_of(CountBigramLM().fit(["\N{REPLACEMENT CHARACTER}"])))
    assert words == ["<unk>", "<s>", "</s>", "\N{REPLACEMENT CHARACTER}"]


def test_token_ids_are_words():
    words, log_p_of = read(lines_of(CountBigramLM().fit([[1, 2], [3, 0]])))
    assert words == ["<unk>", "<s>", "</s>", "1", "2", "3"]
    assert log_p_of("1", "2") == pytest.approx(np.log(2 / 5), abs=DECIMALS)


@pytest.fixture(scope="module")
def model():
    return CountBigramLM().fit(["emma", "olivia", "zoë", "\N{GRINNING FACE}"])


def test_all_kinds_of_files_have_the_same_content(model, tmp_path):
    text, compressed = "\n".join(lines_of(model)), tmp_path / "names.arpa.gz"
    model.to_arpa(tmp_path / "path.arpa")
    model.to_arpa(str(tmp_path / "str.arpa"))
    model.to_arpa(compressed)
    with open(tmp_path / "open.arpa", "w", encoding="utf-8", newline="") as file:
        model.to_arpa(file)
        assert not file.closed
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8", newline="") as file:
        model.to_arpa(file)
        file.seek(0)
        assert file.read() == text
    string = io.StringIO(newline="")
    model.to_arpa(string)
    assert string.getvalue() == text
    for name in ("path", "str", "open"):
        assert (tmp_path / f"{name}.arpa").read_bytes() == text.encode()
    assert gzip.decompress(compressed.read_bytes()) == text.encode()
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("name", ["names.arpa", "names.arpa.gz"])
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no space left"), KeyboardInterrupt()])
def test_an_error_while_writing_leaves_the_folder_as_it_was(
    name, there, error, model, tmp_path, monkeypatch
):
    path = tmp_path / name
    if there:
        path.write_text("before")

    def make_lines(*columns):
        if len(columns) > 4:
            raise error
        return b"a line\n"

    monkeypatch.setattr(_arpa, "_make_lines", make_lines)
    with pytest.raises(type(error)):
        model.to_arpa(path)
    assert list(tmp_path.iterdir()) == [path] * there
    assert not there or path.read_text() == "before"


def test_a_file_replaces_the_one_that_was_there(model, tmp_path):
    path = tmp_path / "names.arpa"
    path.write_text("before" * 10_000)
    model.to_arpa(path)
    assert path.read_text(encoding="utf-8").split("\n") == lines_of(model)
    (tmp_path / "other").touch()
    assert stat.filemode(path.stat().st_mode) == stat.filemode((tmp_path / "other").stat().st_mode)


def test_an_error_names_the_file_that_cannot_be_written(model, tmp_path):
    with pytest.raises(FileNotFoundError, match=re.escape(os.path.join("missing", "names.arpa"))):
        model.to_arpa(tmp_path / "missing" / "names.arpa")
    with pytest.raises(TypeError, match="int"):
        model.to_arpa(1)


def test_an_unfitted_model_writes_no_file(tmp_path):
    with pytest.raises(NotFittedError):
        CountBigramLM().to_arpa(tmp_path / "names.arpa")
    assert list(tmp_path.iterdir()) == []


def test_the_file_does_not_depend_on_the_size_of_its_blocks(names, monkeypatch):
    model = CountBigramLM().fit(names)
    whole = lines_of(model)
    monkeypatch.setattr(_arpa, "_LINES_PER_BLOCK", 10)
    assert lines_of(model) == whole
    monkeypatch.setattr(_arpa, "_BYTES_PER_BLOCK", 1)
    assert lines_of(model) == whole


def test_a_block_has_few_lines_and_few_bytes(monkeypatch):
    monkeypatch.setattr(_arpa, "_LINES_PER_BLOCK", 10)
    monkeypatch.setattr(_arpa, "_BYTES_PER_BLOCK", 60)
    for bytes_per_line, n_lines in [(1, 10), (20, 3), (61, 1)]:
        parts = [range(25)[part] for part in _arpa._slices(2, 25, bytes_per_line)]
        assert [i for part in parts for i in part] == list(range(2, 25))
        assert {len(part) for part in parts[:-1]} == {n_lines}


def test_memory_is_in_proportion_to_the_bigrams(tmp_path):
    V = 20_000
    successors = np.random.default_rng(0).integers(V, size=(5, V)).ravel()
    N = sparse.csr_array((np.ones(5 * V), (np.tile(np.arange(V), 5), successors)), shape=(V, V))
    N += sparse.eye_array(V, format="csr")
    counts = BigramCounts([".", *map(chr, range(0x4E00, 0x4E00 + V - 1))], N)
    model = CountBigramLM(smoothing="kneser-ney")
    tracemalloc.start()
    try:
        model.fit(counts).to_arpa(tmp_path / "names.arpa")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100e6  # a table of all pairs takes 3,200 MB
    assert f"ngram 2={N.nnz}".encode() in (tmp_path / "names.arpa").read_bytes()[:100]
