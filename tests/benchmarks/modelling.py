"""Works: training, sampling and scoring."""

import tempfile
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array

from sklearn_bigram import CountBigramLM, NeuralBigramLM

from . import data, lecture, peers
from .counting import fit_names
from .harness import Cost, Report, median_time, per_name, timed
from .machine import join

_STEPS = 300  # of the lecture's gradient descent
_TIMED_STEPS = 5
_ALIAS, _MARKOVIFY = "alias tables in lock-step", "markovify"


def fit_neural(sizes):
    """Train on a list of names, to the exact minimum and by the lecture's steps."""
    report = Report()
    names = data.lecture_names(sizes.names)
    N = CountBigramLM().fit(names).counts_.toarray()
    T = N / N.sum()
    first, second = (np.repeat(ids.ravel(), N.astype(int).ravel()) for ids in np.indices(N.shape))

    the_lecture = f"the lecture's {_STEPS} steps"

    def lecture_steps():
        x, y = lecture.training_pairs(names)
        seconds = median_time(sizes.budget, lecture.descend, x, y, _TIMED_STEPS)
        return Cost(seconds / _TIMED_STEPS * _STEPS, note=f"from {_TIMED_STEPS} steps")

    def classifier():
        return timed(sizes, peers.logistic_regression, first, second)

    measures = {
        the_lecture: lecture_steps,
        "`LogisticRegression`, one-hot rows": classifier,
        "L-BFGS on the counts": lambda: timed(sizes, peers.lbfgs, T),
        "`CountBigramLM().fit`": lambda: timed(sizes, fit_names, CountBigramLM, names),
    }
    work = f"`NeuralBigramLM().fit`, list of {sizes.names:,} str"
    exact = timed(sizes, fit_names, NeuralBigramLM, names)
    report.versus(
        work,
        exact,
        measures,
        {the_lecture: 8000},
        headlines={the_lecture: f"train `NeuralBigramLM` on {sizes.names:,} names"},
        figures={"`CountBigramLM().fit`": "neural-count"},
    )

    model = NeuralBigramLM(solver="gd", max_iter=_STEPS, tol=0, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        descent = timed(sizes, model.fit, names)
    cells = T.astype(np.float32)
    measures = {
        the_lecture: lecture_steps,
        "the same steps on the counts in NumPy": lambda: timed(
            sizes, peers.numpy_descend, cells, _STEPS
        ),
    }
    work = f"`NeuralBigramLM(solver='gd').fit`, {_STEPS} steps, list of {sizes.names:,} str"
    report.versus(work, descent, measures)
    return report


def sample(sizes):
    """Draw names, many and few."""
    report = Report()
    names = data.lecture_names(sizes.names)
    model = CountBigramLM().fit(names)
    targets = {"the lecture's loop": 500, _ALIAS: 1}
    n, unit = sizes.many, " names"
    many = timed(sizes, model.sample, n, n=n, unit=unit)
    few = timed(sizes, model.sample, 10)
    report.add(f"`sample({n:,})`", many, target="8 M names/s", met=n / many.seconds >= 8e6)
    report.below("`sample(10)`", few, 2e-4)
    for label, prepare in samplers(names, model).items():
        with report.if_present():
            draw = prepare()
            report.versus(
                f"`sample({n:,})`",
                many,
                {label: per_name(sizes, draw, n, unit)},
                targets,
                headlines={_ALIAS: f"sample {n:,} names"},
                figures={_ALIAS: "sample-alias"},
            )
            report.versus(
                "`sample(10)`",
                few,
                {label: timed(sizes, draw, 10)},
                headlines={_MARKOVIFY: "sample 10 names"},
                figures={_ALIAS: "few-alias", _MARKOVIFY: "few-markovify"},
            )
    numbers, splitting = "machine: a random number a symbol", "machine: splitting text into str"
    text = "\n".join(model.sample(n).tolist())
    bounds = {
        numbers: timed(sizes, draw_numbers, model, n, n=n, unit=unit),
        splitting: timed(sizes, text.split, "\n", n=n, unit=unit),
    }
    figures = {numbers: "sample-random", splitting: "sample-split"}
    report.versus(f"`sample({n:,})`", many, bounds, figures=figures)
    return report


def draw_numbers(model, n_names):
    """Draw as many uniform numbers as so many names have symbols, their ends included."""
    n_symbols = int(n_names * (model.expected_length() + 1))
    return np.random.default_rng(0).random(n_symbols)


def samplers(names, model):
    """Return functions that set up a sampler: a function of the number of names."""
    P = model.predict_proba(["", *lecture.SYMBOLS[1:]])

    def multinomial():
        import torch

        rows = torch.from_numpy(P).float()
        return lambda n: lecture.sample(rows, n)

    def alias():
        sampler, rng = peers.AliasSampler(P), np.random.default_rng(0)
        return lambda n: sampler.sample(n, rng)

    def markovify():
        chain = peers.markovify_fit(names).compile()
        return lambda n: peers.markovify_sample(chain, n)

    def nltk():
        fitted = peers.nltk_fit(names)
        return lambda n: peers.nltk_sample(fitted, n)

    return {
        "the lecture's loop": multinomial,
        _ALIAS: alias,
        _MARKOVIFY: markovify,
        "`nltk.lm`": nltk,
    }


def score(sizes):
    """Score names, as str and as token ids."""
    report = Report()
    train, names = data.lecture_names(sizes.names), data.many_names(sizes.many)
    n, unit = len(names), " names"
    model = CountBigramLM().fit(train)
    ids = model.tokenizer_.transform(names)
    by_id = CountBigramLM().fit(model.tokenizer_.transform(train))
    from_text = timed(sizes, model.score_samples, names, n=n, unit=unit)
    from_ids = timed(sizes, by_id.score_samples, ids, n=n, unit=unit)
    theirs = {}
    with tempfile.TemporaryDirectory() as folder:
        for label, prepare in scorers(train, model, folder).items():
            with report.if_present():
                scorer, to_input = prepare()
                theirs[label] = per_name(sizes, scorer, to_input(names), unit)
    for kind, ours, least in (("list of str", from_text, 5), ("CSR ids", from_ids, 10)):
        work = f"`score_samples`, {n:,} names, {kind}"
        met = ours.n / ours.seconds >= least * 1e6
        report.add(work, ours, target=f"{least} M names/s", met=met)
        headlines = {"KenLM": f"score {n:,} names"} if ours is from_text else {}
        report.versus(work, ours, theirs, {"KenLM": 3}, headlines=headlines)
        if ours is from_text:
            joining = "machine: joining the names"
            bound = timed(sizes, join, names, n=n, unit=unit)
            report.versus(work, ours, {joining: bound}, figures={joining: "score-join"})
    seconds = median_time(sizes.budget, lambda: check_array(ids, accept_sparse="csr"))
    checks = {"scikit-learn's checks: `check_array`": Cost(seconds, n, unit)}
    report.versus(work, from_ids, checks)
    return report


def scorers(train, model, folder):
    """Return functions that set up a scorer, and what turns names into its input."""
    log_p = model.predict_log_proba(["", *lecture.SYMBOLS[1:]])

    def kenlm():
        scorer = peers.kenlm_model(log_p, Path(folder, "names.arpa"))
        theirs = peers.kenlm_score(scorer, map(" ".join, train[:100]))
        ours = model.score_samples(train[:100])
        np.testing.assert_allclose(np.multiply(theirs, np.log(10)), ours, rtol=1e-4)
        return lambda part: peers.kenlm_score(scorer, part), set_apart

    def dict_loop():
        symbols = lecture.SYMBOLS
        cells = {(a, b): log_p[i, j] for i, a in enumerate(symbols) for j, b in enumerate(symbols)}
        return lambda names: lecture.score(cells, names), list

    def nltk():
        scorer = peers.nltk_fit(train)
        return lambda names: peers.nltk_score(scorer, names), list

    return {"KenLM": kenlm, "a dict loop": dict_loop, "`nltk.lm`": nltk}


def set_apart(names):
    """Return the names with blanks between their symbols, which is what KenLM takes."""
    return list(map(" ".join, names))
