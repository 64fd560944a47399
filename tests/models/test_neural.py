import io

import numpy as np
import pytest
import torch
import tqdm.auto
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.special import log_softmax, softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from sklearn_bigram import CountBigramLM, NeuralBigramLM
from sklearn_bigram.estimation._softmax import solve_exact

LECTURE_SEED = 2147483647


def loss_and_gradient(W, N, reg):
    """Return the regularized loss and its gradient, straight from their definitions."""
    T = N / N.sum()
    loss = -np.sum(T * log_softmax(W, axis=1)) + reg * np.mean(W**2)
    gradient = T.sum(axis=1, keepdims=True) * softmax(W, axis=1) - T + 2 * reg * W / W.size
    return loss, gradient


@pytest.fixture(scope="module")
def lecture_descent(lecture_names):
    model = NeuralBigramLM(solver="gd", max_iter=300, tol=0, random_state=LECTURE_SEED)
    with pytest.warns(ConvergenceWarning, match="max_iter=300 steps without reaching tol=0"):
        return model.fit(lecture_names)


@pytest.mark.parametrize(
    ("reg", "minimum"),
    [
        (1, 2.8920040877388),
        (0.1, 2.586362552153343),
        (0.01, 2.480399049014212),
        (1e-4, 2.454618200311663),
    ],
)
def test_exact_minimum_on_the_lecture_names(lecture_names, reg, minimum):
    model = NeuralBigramLM(reg=reg).fit(lecture_names)
    assert model.loss_ == pytest.approx(minimum, abs=1e-10)
    loss, gradient = loss_and_gradient(model.coef_, model.counts_.toarray(), reg)
    assert loss == pytest.approx(minimum, abs=1e-10)
    assert np.abs(gradient).max() < 1e-9
    P = model.predict_proba(["", *model.symbols_[1:]])
    np.testing.assert_allclose(softmax(model.coef_, axis=1), P, rtol=1e-12)
    assert model.loss_curve_.tolist() == [model.loss_]


def test_loss_curve_of_the_lecture(lecture_descent):
    curve = lecture_descent.loss_curve_
    assert curve.shape == (301,)
    steps = [0, 1, 2, 10, 50, 99, 100, 200, 300]
    expected = [3.7686, 3.3788, 3.1611, 2.6965, 2.5099, 2.4901, 2.48996, 2.48297, 2.48150]
    np.testing.assert_allclose(curve[steps], expected, atol=1e-4)
    assert lecture_descent.n_iter_ == 300
    assert lecture_descent.loss_ == curve[-1]
    loss, _ = loss_and_gradient(lecture_descent.coef_, lecture_descent.counts_.toarray(), 0.01)
    assert loss == pytest.approx(curve[-1], abs=1e-6)


def test_descent_equals_the_per_example_loop_of_the_lecture(names):
    names = names[::6][:2000]
    steps = 20
    model = NeuralBigramLM(solver="gd", max_iter=steps, tol=0, random_state=LECTURE_SEED)
    with pytest.warns(ConvergenceWarning):
        model.fit(names)

    symbols = [".", *sorted(set("".join(names)))]
    V = len(symbols)
    ids = torch.tensor([symbols.index(symbol) for symbol in f".{'.'.join(names)}."])
    inputs = torch.nn.functional.one_hot(ids[:-1], V).float()  # (n_bigrams, V)
    targets = ids[1:]
    generator = torch.Generator().manual_seed(LECTURE_SEED)
    W = torch.randn((V, V), generator=generator, requires_grad=True)
    losses = []
    for step in range(steps + 1):
        proba = torch.softmax(inputs @ W, dim=1)
        loss = -proba[torch.arange(len(targets)), targets].log().mean() + 0.01 * (W**2).mean()
        losses.append(loss.item())
        if step < steps:
            W.grad = None
            loss.backward()
            W.data += -50 * W.grad
    np.testing.assert_allclose(model.loss_curve_, losses, atol=1e-5)
    np.testing.assert_allclose(model.coef_, W.detach().numpy(), atol=1e-4)


@pytest.mark.parametrize("reg", [0.3, 0.01, 1e-3])
def test_exact_equals_logistic_regression_on_one_hot_rows(lecture_names, lecture_counts, reg):
    model = NeuralBigramLM(reg=reg).fit(lecture_names)
    first, second = np.nonzero(lecture_counts)
    # scikit-learn minimizes C * sum(NLL) + |W|^2 / 2; ours is sum(NLL) / n + reg |W|^2 / V^2.
    C = 27**2 / (2 * reg * lecture_counts.sum())
    peer = LogisticRegression(C=C, fit_intercept=False, tol=1e-8, max_iter=10_000)
    peer.fit(np.eye(27)[first], second, sample_weight=lecture_counts[first, second])
    np.testing.assert_allclose(
        model.predict_proba(["", *model.symbols_[1:]]), peer.predict_proba(np.eye(27)), atol=1e-5
    )


def test_strong_penalty_gives_uniform_rows(lecture_names):
    model = NeuralBigramLM(reg=1e9).fit(lecture_names)
    np.testing.assert_allclose(model.predict_proba(["", "a"]), 1 / 27, rtol=1e-6)


@pytest.mark.parametrize(("reg", "tolerance"), [(1e-6, 1e-3), (1e-9, 1e-5), (1e-300, 1e-12)])
def test_weak_penalty_approaches_the_count_model(lecture_names, reg, tolerance):
    neural = NeuralBigramLM(reg=reg).fit(lecture_names)
    count = CountBigramLM(alpha=0).fit(lecture_names)
    prefixes = ["", *count.symbols_[1:]]
    np.testing.assert_allclose(
        neural.predict_proba(prefixes), count.predict_proba(prefixes), atol=tolerance
    )


@pytest.mark.parametrize("reg", [0, 5e-324])
def test_without_penalty_exact_is_the_count_model(lecture_names, reg):
    neural = NeuralBigramLM(reg=reg).fit(lecture_names)
    count = CountBigramLM(alpha=0).fit(lecture_names)
    np.testing.assert_allclose(
        neural.score_samples(lecture_names), count.score_samples(lecture_names), rtol=1e-12
    )
    assert neural.loss_ == pytest.approx(2.4540144891548743, abs=1e-12)
    assert neural.score_samples(["qqq"]) == -np.inf
    assert np.isneginf(neural.coef_).sum() == 729 - 627
    assert not np.isnan(neural.coef_).any()


@given(
    n_symbols=st.integers(1, 12),
    log_reg=st.floats(-12, 6),
    log_count=st.floats(0, 12),
    density=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=300)
def test_exact_solves_any_problem(n_symbols, log_reg, log_count, density, seed):
    rng = np.random.default_rng(seed)
    shape = (n_symbols, n_symbols)
    N = np.floor(rng.random(shape) * 10**log_count) * (rng.random(shape) < density)
    N[0, 0] += 1
    reg = 10**log_reg
    counts = sparse.csr_array(N)
    fit = solve_exact(counts, reg)
    P = np.repeat(fit.proba_zero[:, None], n_symbols, axis=1)
    P[N > 0] = fit.proba
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-12)
    W = np.log(P) - np.log(P).mean(axis=1, keepdims=True)
    loss, gradient = loss_and_gradient(W, N, reg)
    assert np.abs(gradient).max() < 1e-12 * max(1, reg)
    assert fit.loss == pytest.approx(loss, rel=1e-12)
    assert fit.n_iter <= 10


@pytest.mark.parametrize("reg", [5e-324, 1e-308, 1e-200, 1e200, 1.7e308])
def test_extreme_penalties_give_distributions(names, reg):
    model = NeuralBigramLM(reg=reg).fit(names[:500])
    np.testing.assert_allclose(model.predict_proba(["", "a", "b"]).sum(axis=1), 1, rtol=1e-12)
    assert np.isfinite(model.loss_)


def test_symbol_without_counts_has_zero_weights():
    model = NeuralBigramLM().fit([[2, 3], [3, 0]])  # id 1 never occurs
    np.testing.assert_allclose(model.coef_[1], 0, atol=1e-15)
    np.testing.assert_allclose(model.predict_proba([[1, 0]]), 0.25)


def test_penalty_shrinks_counts_toward_uniform(lecture_names, lecture_counts):
    """Regularization is smoothing: it keeps the order of a row and draws it together."""
    strong = NeuralBigramLM(reg=1).fit(lecture_names).predict_proba([""])[0]
    weak = NeuralBigramLM(reg=0.01).fit(lecture_names).predict_proba([""])[0]
    np.testing.assert_array_equal(np.argsort(strong[1:]), np.argsort(lecture_counts[0, 1:]))
    assert np.ptp(strong) < np.ptp(weak)


class TestGradientDescent:
    def test_reaches_the_exact_minimum(self, names):
        gd = NeuralBigramLM(solver="gd", tol=1e-6, max_iter=20_000, random_state=0).fit(names)
        assert gd.loss_ == pytest.approx(NeuralBigramLM().fit(names).loss_, abs=2e-6)
        assert gd.n_iter_ < 20_000

    def test_same_seed_gives_the_same_weights(self, names):
        fits = [NeuralBigramLM(solver="gd", random_state=3).fit(names) for _ in range(2)]
        np.testing.assert_array_equal(fits[0].coef_, fits[1].coef_)

    @pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
    def test_takes_a_generator_and_advances_it(self, make, names):
        rng = make(5)
        first, second = (
            NeuralBigramLM(solver="gd", random_state=rng).fit(names).coef_ for _ in range(2)
        )
        again = NeuralBigramLM(solver="gd", random_state=make(5)).fit(names).coef_
        np.testing.assert_array_equal(first, again)
        assert (first != second).any()

    def test_warm_start_goes_on_where_it_stopped(self, names):
        whole = NeuralBigramLM(solver="gd", max_iter=40, tol=0, random_state=0)
        halves = NeuralBigramLM(solver="gd", max_iter=20, tol=0, random_state=0, warm_start=True)
        for model in (whole, halves, halves):
            with pytest.warns(ConvergenceWarning):
                model.fit(names)
        np.testing.assert_allclose(halves.coef_, whole.coef_, atol=1e-6)
        np.testing.assert_allclose(halves.loss_curve_, whole.loss_curve_[20:], atol=1e-6)

    def test_warm_start_keeps_the_weights_of_known_symbols(self, names):
        model = NeuralBigramLM(solver="gd", random_state=0, warm_start=True).fit(names)
        before = model.coef_
        model.set_params(max_iter=1, learning_rate=1e-9)
        with pytest.warns(ConvergenceWarning):
            model.fit([*names, "zoë"])
        assert model.symbols_[-1] == "ë"
        np.testing.assert_allclose(model.coef_[:-1, :-1], before, atol=1e-6)

    def test_verbose_prints_the_loss_of_each_step(self, names, capsys):
        model = NeuralBigramLM(solver="gd", max_iter=3, random_state=0, verbose=True)
        with pytest.warns(ConvergenceWarning):
            model.fit(names)
        lines = capsys.readouterr().out.splitlines()
        losses = model.loss_curve_[1:]
        assert lines == [f"Iteration {i}, loss = {x:.8f}" for i, x in enumerate(losses, 1)]

    def test_is_silent_by_default(self, names, capsys):
        NeuralBigramLM(solver="gd", random_state=0).fit(names)
        assert capsys.readouterr() == ("", "")

    def test_shows_its_progress_on_a_terminal_unless_it_prints_its_steps(self, names, monkeypatch):
        class Eager(tqdm.auto.tqdm):
            def __init__(self, *args, **options):
                super().__init__(*args, **{**options, "delay": 0, "mininterval": 0})

        monkeypatch.setattr(tqdm.auto, "tqdm", Eager)
        monkeypatch.setattr("sys.stderr", terminal := io.StringIO())
        terminal.isatty = lambda: True
        model = NeuralBigramLM(solver="gd", max_iter=3, random_state=0)
        with pytest.warns(ConvergenceWarning):
            model.fit(names)
        shown = terminal.getvalue()
        assert "3/3" in shown
        with pytest.warns(ConvergenceWarning):
            model.set_params(verbose=1).fit(names)
        assert terminal.getvalue() == shown

    def test_divergence_is_an_error_that_says_what_to_lower(self, names):
        model = NeuralBigramLM(reg=1e9, solver="gd", random_state=0)
        with pytest.raises(ValueError, match=r"not finite after \d+ steps.*lower learning_rate=50"):
            model.fit(names)
        assert not hasattr(model, "counts_")

    def test_says_to_lower_the_learning_rate_when_the_loss_goes_up_and_down(self):
        model = NeuralBigramLM(solver="gd", random_state=0)
        with pytest.warns(ConvergenceWarning, match=r"up and down: lower learning_rate=50") as log:
            model.fit(["emma", "olivia", "ava", "mia"])
        assert log[0].filename == __file__  # it points at the call of fit

    @pytest.mark.parametrize("n_symbols", [3, 300])
    def test_leaves_the_threads_of_torch_as_they_were(self, n_symbols):
        before = torch.get_num_threads()
        model = NeuralBigramLM(solver="gd", learning_rate=1, tol=1, random_state=0)
        model.fit([list(range(1, n_symbols))])
        assert torch.get_num_threads() == before


def test_newton_that_does_not_converge_is_an_error(monkeypatch):
    monkeypatch.setattr("sklearn_bigram.estimation._softmax._MAX_NEWTON", 1)
    with pytest.raises(FloatingPointError, match="did not converge in 1 steps"):
        NeuralBigramLM().fit(["emma", "ava"])
