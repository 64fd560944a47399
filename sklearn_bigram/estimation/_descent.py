"""The gradient descent of the lecture, in torch."""

from typing import NamedTuple

import numpy as np


class Descent(NamedTuple):
    """Result of gradient descent."""

    weights: np.ndarray  # (n_symbols, n_symbols) float32
    losses: np.ndarray  # (n_iter + 1,), before each step and after the last one
    converged: bool


def import_torch():
    """Return the module torch; raise an ImportError that says how to install it."""
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            "solver='gd' needs torch: pip install torch, or use solver='exact', which finds the "
            "minimum of the same loss without it."
        ) from error
    return torch


def draw_weights(n_symbols, seed):
    """Draw standard normal weights: a float32 array of shape (n_symbols, n_symbols)."""
    torch = import_torch()
    generator = torch.Generator().manual_seed(seed)
    return torch.randn((n_symbols, n_symbols), generator=generator).numpy()


def descend(counts, weights, *, reg, learning_rate, max_iter, tol, verbose):
    """Minimize the mean NLL plus ``reg * mean(W ** 2)`` by plain gradient descent in float32.

    The lecture averages the loss over all bigrams, encoded as one-hot rows. Equal bigrams have
    equal losses. So this average equals the average over the cells of N, weighted by the counts.
    """
    from tqdm.auto import tqdm

    torch = import_torch()
    T = torch.from_numpy((counts / counts.sum()).toarray().astype(np.float32))  # (V, V)
    W = torch.from_numpy(weights.astype(np.float32)).requires_grad_()  # (V, V)
    losses: list[float] = []

    def evaluate():
        loss = -(T * torch.log_softmax(W, dim=1)).sum() + reg * (W**2).mean()
        losses.append(loss.item())
        if not np.isfinite(losses[-1]):
            raise ValueError(
                f"The loss is not finite after {len(losses) - 1} steps of gradient descent: lower "
                f"learning_rate={learning_rate} or reg={reg}, or use solver='exact'."
            )
        if verbose and len(losses) > 1:
            print(f"Iteration {len(losses) - 1}, loss = {losses[-1]:.8f}")
        return loss

    converged = False
    loss = evaluate()
    quiet = True if verbose else None  # None: no progress bar unless stderr is a terminal
    for _ in tqdm(range(max_iter), disable=quiet, delay=2, leave=False):
        (gradient,) = torch.autograd.grad(loss, W)
        W.data -= learning_rate * gradient
        loss = evaluate()
        if gradient.abs().max() <= tol:
            converged = True
            break
    return Descent(W.detach().numpy(), np.array(losses), converged)
