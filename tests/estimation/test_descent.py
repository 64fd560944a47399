"""Gradient descent, against the lecture's loop, formulas in NumPy and the exact minimum."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tqdm.auto
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import log_softmax, softmax

from sklearn_bigram.estimation._descent import descend, draw_weights
from sklearn_bigram.estimation._softmax import solve_exact

LECTURE_SEED = 2147483647
pytestmark = pytest.mark.torch

N = np.array([[0, 3, 1], [2, 0, 2.0], [2, 1, 0]])


def run(counts, weights=None, **options):
    """Descend from the weights that seed 0 draws, with options that suit few counts."""
    counts = sparse.csr_array(counts)
    if weights is None:
        weights = draw_weights(counts.shape[0], 0)
    defaults = {"reg": 0.01, "learning_rate": 1.0, "max_iter": 5, "tol": 0.0, "verbose": False}
    return descend(counts, weights, **{**defaults, **options})


@pytest.fixture(scope="module")
def lecture_descent(lecture_counts):
    weights = draw_weights(27, LECTURE_SEED)
    return run(lecture_counts, weights, learning_rate=50.0, max_iter=300)


def test_weights_are_those_of_torch_randn(torch):
    weights = draw_weights(5, 42)
    expected = torch.randn((5, 5), generator=torch.Generator().manual_seed(42))
    assert weights.dtype == np.float32
    assert_array_equal(weights, expected.numpy())


def test_the_loss_curve_is_that_of_the_lecture(lecture_descent, lecture_counts):
    assert lecture_descent.losses.shape == (301,)
    steps = [0, 1, 2, 10, 50, 99, 100, 200, 300]
    expected = [3.7686, 3.3788, 3.1611, 2.6965, 2.5099, 2.4901, 2.48996, 2.48297, 2.48150]
    assert_allclose(lecture_descent.losses[steps], expected, atol=1e-4)
    assert not lecture_descent.converged
    W = lecture_descent.weights.astype(float)
    T = lecture_counts / lecture_counts.sum()
    loss = -np.sum(T * log_softmax(W, axis=1)) + 0.01 * np.mean(W**2)
    assert loss == pytest.approx(lecture_descent.losses[-1], abs=1e-6)


def test_steps_are_those_of_the_lecture_on_every_bigram(torch):
    bigrams = np.repeat(np.argwhere(N), N[N > 0].astype(int), axis=0)
    inputs, targets = torch.tensor(bigrams.T)
    generator = torch.Generator().manual_seed(LECTURE_SEED)
    W = torch.randn((3, 3), generator=generator, requires_grad=True)
    losses = []
    for step in range(21):
        proba = torch.softmax(torch.nn.functional.one_hot(inputs, 3).float() @ W, dim=1)
        loss = -proba[torch.arange(len(targets)), targets].log().mean() + 0.01 * (W**2).mean()
        losses.append(loss.item())
        if step < 20:
            W.grad = None
            loss.backward()
            W.data += -2.0 * W.grad
    result = run(N, draw_weights(3, LECTURE_SEED), learning_rate=2.0, max_iter=20)
    assert_allclose(result.losses, losses, atol=1e-6)
    assert_allclose(result.weights, W.detach().numpy(), atol=1e-5)


def test_a_step_subtracts_the_gradient_times_the_learning_rate():
    start = np.array([[1, 2, 3], [0, 0, 0], [-1, 0, 1]], dtype=np.float32)
    before = start.copy()
    for reg, learning_rate in ((0.0, 1.0), (0.5, 0.25)):
        result = run(N, start, reg=reg, learning_rate=learning_rate, max_iter=1)
        T = N / N.sum()
        gradient = T.sum(axis=1, keepdims=True) * softmax(start, axis=1) - T + reg * 2 * start / 9
        assert_allclose(result.weights, start - learning_rate * gradient, atol=1e-6)
        assert result.weights.dtype == np.float32
    assert_array_equal(start, before)


def test_it_reaches_the_exact_minimum():
    result = run(N, learning_rate=2.0, tol=1e-6, max_iter=100_000)
    exact = solve_exact(sparse.csr_array(N), 0.01)
    assert result.converged
    assert result.losses[-1] == pytest.approx(exact.loss, abs=2e-6)
    P = softmax(result.weights, axis=1)
    assert_allclose(P[N > 0], exact.proba, atol=1e-3)


def test_it_stops_when_no_element_of_the_gradient_is_larger_than_tol():
    weights = draw_weights(3, 0)
    T = N / N.sum()
    W, gradients = weights.astype(float), []
    for _ in range(8):
        gradient = T.sum(axis=1, keepdims=True) * softmax(W, axis=1) - T + 0.01 * 2 * W / 9
        gradients.append(np.abs(gradient).max())
        W = W - gradient
    tol = (gradients[5] + gradients[4]) / 2
    assert min(gradients[:5]) > tol > gradients[5]
    result = run(N, weights, tol=tol, max_iter=100)
    assert result.converged
    assert len(result.losses) == 7  # before the first step and after each of six
    assert run(N, weights, tol=tol, max_iter=6).converged
    assert not run(N, weights, tol=tol, max_iter=5).converged


def test_a_gradient_of_zero_stops_it_whatever_tol_is():
    result = run(np.array([[5.0]]), reg=0.0, tol=0.0, max_iter=9)
    assert result.converged
    assert result.losses.tolist() == [0, 0]


def test_a_loss_that_is_not_finite_is_an_error_that_tells_the_step():
    with pytest.raises(ValueError, match=r"after 1 steps.*lower learning_rate=1e\+30 or reg=0.01"):
        run(N, learning_rate=1e30, max_iter=9)
    with pytest.raises(ValueError, match=r"not finite after 0 steps.*or use solver='exact'"):
        run(N, np.full((3, 3), np.inf))


def test_verbose_prints_the_loss_after_each_step(capsys):
    result = run(N, max_iter=3, verbose=True)
    lines = [f"Iteration {i}, loss = {x:.8f}" for i, x in enumerate(result.losses[1:], 1)]
    assert capsys.readouterr().out.splitlines() == lines
    run(N, max_iter=3)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_the_progress_of_long_descents(monkeypatch):
    class Eager(tqdm.auto.tqdm):
        def __init__(self, *args, **options):
            assert options["delay"] > 0  # short descents show nothing
            super().__init__(*args, **{**options, "delay": 0, "mininterval": 0})

    monkeypatch.setattr(tqdm.auto, "tqdm", Eager)
    monkeypatch.setattr("sys.stderr", terminal := io.StringIO())
    run(N, max_iter=3)
    assert terminal.getvalue() == ""
    terminal.isatty = lambda: True
    run(N, max_iter=3)
    shown = terminal.getvalue()
    assert "3/3" in shown
    assert shown.rpartition("3/3")[2].endswith("\r")  # the bar is removed at the end
    run(N, max_iter=3, verbose=True)
    assert terminal.getvalue() == shown


def test_descents_at_the_same_time_leave_the_threads_of_torch_as_they_were(torch):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for _ in range(5):
            with ThreadPoolExecutor(8) as executor:
                list(executor.map(lambda _: run(N, max_iter=20), range(16)))
            with ThreadPoolExecutor(1) as executor:
                assert executor.submit(torch.get_num_threads).result() == 2
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
