"""The benchmark program runs to its end, and what it compares does the same work."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_softmax
from scipy.stats import chi2

from sklearn_bigram import BigramClassifier, CountBigramLM, NeuralBigramLM
from tests.benchmarks import (
    classifying,
    data,
    figures,
    inputs,
    kernel,
    lecture,
    openfst,
    peers,
    report,
)
from tests.benchmarks.__main__ import all_works, title
from tests.benchmarks.harness import TINY, Cost, Report, in_short, in_time, median_time, per_name
from tests.benchmarks.profiling import profile

pytestmark = pytest.mark.slow
LETTERS = lecture.SYMBOLS[1:]
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def few():
    return data.lecture_names(300)


@pytest.fixture(scope="module")
def cells(few):
    """The counts of few names, all letters of the alphabet included, (27, 27)."""
    few = [*few, lecture.SYMBOLS[1:]]
    return few, CountBigramLM().fit(few).counts_.toarray()


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(
            work, id=work.__name__, marks=[pytest.mark.torch] * (work.__name__ == "fit_neural")
        )
        for work in all_works()
    ],
)
def test_each_work_gives_rows(work):
    found = Report()
    found.merge(work(TINY), title(work))
    assert found.rows
    lines = report.markdown(found, None, load=0.5).partition("## All measurements")[2].splitlines()
    assert f"### {title(work)}" in lines
    assert {line.count(" | ") for line in lines if line.startswith("|")} == {3}
    assert {row.figure for row in found.rows} <= {"", *quoted_figures()}


def quoted_figures():
    """The names of the ratios that docs/limits.rst can quote."""
    text = (ROOT / "docs" / "limits_figures.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^\.\. \|(.+)\| replace:: .+$", text, re.MULTILINE))


def test_each_ratio_in_the_text_is_measured():
    text = (ROOT / "docs" / "limits.rst").read_text(encoding="utf-8")
    assert set(re.findall(r"\|([a-z-]+)\|", text)) == quoted_figures()


def test_ratios_are_renewed_and_others_kept(tmp_path):
    path = tmp_path / "figures.txt"
    found = Report()
    figure = {"a peer": "first"}
    found.versus("work", Cost(1), {"a peer": Cost(0.286)}, figures=figure)
    figures.renew(path, found.rows)
    assert path.read_text() == ".. |first| replace:: 29 %\n"
    found.rows.clear()
    found.versus("work", Cost(1), {"a peer": Cost(2.22)}, figures={"a peer": "second"})
    figures.renew(path, found.rows)
    assert path.read_text() == ".. |first| replace:: 29 %\n.. |second| replace:: 2.2 times\n"
    assert figures.in_prose(1234) == "1,200 times"


@pytest.mark.torch
def test_loops_count_what_we_count(cells):
    names, N = cells
    assert np.array_equal(lecture.tensor_loop(names).numpy(), N)
    for count in (lecture.dict_loop, peers.counter):
        found = count(names)
        assert len(found) == np.count_nonzero(N)
        assert all(N[lecture.IDS[a], lecture.IDS[b]] == n for (a, b), n in found.items())
    assert peers.count_vectorizer(names).sum() == N.sum()
    ids = CountBigramLM().fit(names).tokenizer_.transform(names)
    assert np.array_equal(peers.scipy_coo(*data.pairs(ids), 27).toarray(), N)


def test_kernel_counts_what_we_count(cells, tmp_path):
    names, N = cells
    try:
        count = kernel.compile_kernel(tmp_path)
    except ImportError:
        pytest.skip("there is no C compiler")
    text = np.frombuffer(f".{'.'.join(names)}.".encode(), dtype=np.uint8)
    codes = [ord(symbol) for symbol in lecture.SYMBOLS]
    for n_threads in (1, 2):
        table = count(text, n_threads).reshape(256, 256).T
        assert np.array_equal(table[np.ix_(codes, codes)], N)


@pytest.mark.torch
def test_trainers_come_near_the_minimum(cells):
    names, N = cells
    T = N / N.sum()
    first, second = (np.repeat(ids.ravel(), N.astype(int).ravel()) for ids in np.indices(N.shape))
    weights = [
        peers.lbfgs(T).x.reshape(N.shape),
        peers.logistic_regression(first, second).coef_.T,
        lecture.descend(*lecture.training_pairs(names), 100).detach().numpy(),
    ]
    least = NeuralBigramLM().fit(names).loss_
    for W in weights:
        loss = -np.sum(T * log_softmax(W, axis=1)) + 0.01 * np.mean(W**2)
        assert 0 <= loss - least < 0.05


@pytest.mark.torch
def test_numpy_takes_the_steps_of_the_lecture(cells):
    names, N = cells
    x, y = lecture.training_pairs(names)
    start = lecture.descend(x, y, 0).detach().numpy()
    expected = lecture.descend(x, y, 3).detach().numpy()
    T = (N / N.sum()).astype(np.float32)
    W = peers.numpy_descend(T, 3, start=start)
    np.testing.assert_allclose(W, expected, atol=1e-4)


def test_alias_tables_hold_the_distribution():
    p = np.random.default_rng(0).dirichlet(np.full(27, 0.3))
    keep, alias = peers.alias_table(p)
    found = keep + np.bincount(alias, 1 - keep, minlength=27)
    np.testing.assert_allclose(found / 27, p, atol=1e-15)


def test_samplers_and_scorers_do_what_we_do(cells):
    names, _ = cells
    model = CountBigramLM().fit(names)
    P = model.predict_proba(["", *lecture.SYMBOLS[1:]])
    drawn = peers.AliasSampler(P).sample(3_000, np.random.default_rng(0), batch=1_000)
    assert len(drawn) == 3_000
    lengths = [np.mean(list(map(len, found))) for found in (drawn, model.sample(3_000))]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.15)
    log_p = {
        (a, b): np.log(P[i, j])
        for i, a in enumerate(lecture.SYMBOLS)
        for j, b in enumerate(lecture.SYMBOLS)
    }
    np.testing.assert_allclose(lecture.score(log_p, names), model.score_samples(names))


def test_pynini_does_what_we_do(cells):
    pytest.importorskip("pynini")
    names, _ = cells
    model = CountBigramLM().fit(names)
    P = model.predict_proba(["", *lecture.SYMBOLS[1:]])
    drawn = openfst.sample(openfst.constrain(P, "m??a"), 2_000, seed=1)
    assert all(re.fullmatch("m[a-z][a-z]a", name) for name in drawn)
    chances = np.exp(model.score_samples(["m" + a + b + "a" for a in LETTERS for b in LETTERS]))
    second = chances.reshape(26, 26).sum(axis=1) / chances.sum()
    found = np.bincount([ord(name[1]) - ord("a") for name in drawn], minlength=26)
    likely = second > 0.01  # so that at least 20 are expected
    assert chisquare_pvalue(found[likely], 2_000 * second[likely]) > 1e-6
    _, log_p = model.most_probable(50)
    theirs = openfst.most_probable(openfst.make_fst(P), 50)
    np.testing.assert_allclose(sorted(model.score_samples(theirs))[::-1], log_p, rtol=1e-5)


def chisquare_pvalue(found, expected):
    """The p-value of Pearson's statistic of independent cells."""
    return chi2.sf(np.sum((found - expected) ** 2 / expected), df=len(found))


def test_classifiers_tell_the_classes_apart():
    names, labels = classifying.two_classes(2_000)
    parts = names[:1_000], labels[:1_000], names[1_000:]
    for make in (BigramClassifier, *peers.LINEAR.values()):
        found = classifying.fit_predict(make, *parts)
        assert np.mean(found == labels[1_000:]) > 0.7


def test_containers_hold_the_names(few):
    for convert, _ in inputs.CONTAINERS.values():
        counts = CountBigramLM().fit(convert(few)).counts_
        assert (counts != CountBigramLM().fit(few).counts_).nnz == 0


def test_made_files_hold_names(tmp_path):
    path = tmp_path / "lines.txt"
    data.line_file(path, 1_000)
    assert path.read_bytes().count(b"\n") == 1_000
    for make, letters in ((data.cyrillic_text, "[а-щ]*"), (data.chinese_text, "[一-\u59b7]{2,4}")):
        text = make(10**6).decode()
        assert 5e5 < len(text.encode()) <= 1e6
        assert all(re.fullmatch(letters, line) for line in text.splitlines()[:10_000])
    reads, ids = data.dna_reads(5)
    assert [[".ACGT".index(letter) for letter in read] for read in reads] == ids.tolist()


def test_zipf_ids_are_token_ids():
    X = data.zipf_ids(50, 6_000)
    assert X.shape == (1_000, 8)
    assert X.has_canonical_format
    assert X.data.min() >= 1
    assert X.data.max() < 50


def test_costs_are_written_with_their_units():
    assert str(Cost(0.002)) == "2 ms"
    assert str(Cost(0.5, 1e6, " names")) == "2 M names/s"
    assert str(Cost(3, note="from 5 steps")) == "3 s (from 5 steps)"
    assert [in_time(t) for t in (1234, 1.5, 2e-6)] == ["1,234 s", "1.5 s", "2 µs"]
    assert [in_short(n) for n in (12, 1234, 5.678e9)] == ["12 ", "1.23 k", "5.68 G"]


def test_what_is_slow_gets_less_to_do():
    def slow(names):
        for _ in names:
            median_time(0, sum, range(10_000))

    cost = per_name(TINY, slow, ["emma"] * 10_000)
    assert cost.n == 10_000
    assert cost.note == "from 1,000 names"


def test_what_is_not_installed_is_left_out_and_said():
    def peer():
        import no_such_package  # noqa: F401

    found = Report()
    found.versus("work", Cost(1), {"no such peer": peer, "a peer": Cost(2)}, {"a peer": 3})
    assert [(row.peer, row.ratio, row.met) for row in found.rows] == [("a peer", 2, False)]
    page = report.markdown(found, None, load=0.5)
    assert "Left out, as it is not installed: no_such_package." in page
    assert "| *against* a peer | 2 s | 2 | 3x: **missed** |" in page


def test_the_page_begins_with_a_summary_and_a_described_picture():
    work = Report(series={"fit": {"`ours`": [(10, 0.002), (100, 0.01)]}})
    work.add("work", Cost(1), target="under 2 s", met=True)
    peers = {"a peer": Cost(2), "another": Cost(0.5)}
    work.versus("work", Cost(1), peers, headlines={"another": "do the work"})
    found = Report()
    found.merge(work, "Section")
    page = report.markdown(found, Path("picture.png"), load=0.5)
    summary, details = page.split("## All measurements")
    assert "| do the work | 1 s | another | 0.5 |" in summary
    assert "](picture.png)" in summary
    assert (
        "logarithmic axes, in one panel. fit: ours takes 2 ms for 10 and 10 ms for 100." in summary
    )
    assert [line for line in details.splitlines() if line.startswith("|")][2:] == [
        "| work | 1 s |  | under 2 s: met |",
        "| *against* a peer | 2 s | 2 |  |",
        "| *against* another | 500 ms | 0.5 |  |",
    ]


def test_profile_is_printed(capsys):
    profile(TINY)
    assert "== NeuralBigramLM().fit, 300 str" in capsys.readouterr().out


def test_program_writes_page_and_picture(tmp_path):
    page = tmp_path / "page.md"
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", "limits", "-o", str(page)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert "| machine: copy memory |" in page.read_text(encoding="utf-8")
    series = {"fit": {"ours": [(1, 0.1), (10, 0.2)]}, "sample": {"ours": [(1, 0.1)]}}
    report.draw(series, tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
