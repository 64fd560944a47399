"""The lecture's way, a symbol and an example at a time, for names of the letters a to z."""

SYMBOLS = ".abcdefghijklmnopqrstuvwxyz"
IDS = {symbol: i for i, symbol in enumerate(SYMBOLS)}


def pairs(name):
    """Return the bigrams of a name."""
    symbols = [".", *name, "."]
    return zip(symbols, symbols[1:])  # noqa: B905, RUF007 - the lecture's way


def dict_loop(names):
    """Count into a dict."""
    counts = {}
    for name in names:
        for pair in pairs(name):
            counts[pair] = counts.get(pair, 0) + 1
    return counts


def tensor_loop(names):
    """Count into a tensor."""
    import torch

    N = torch.zeros((27, 27), dtype=torch.int32)
    for name in names:
        for first, second in pairs(name):
            N[IDS[first], IDS[second]] += 1
    return N


def training_pairs(names):
    """Return the ids of all bigrams in two flat tensors."""
    import torch

    found = [(IDS[first], IDS[second]) for name in names for first, second in pairs(name)]
    x, y = zip(*found, strict=True)
    return torch.tensor(x), torch.tensor(y)


def descend(x, y, n_steps, reg=0.01, learning_rate=50.0):
    """Train W by gradient descent on one-hot rows, one for each bigram of the data."""
    import torch
    from torch.nn import functional

    generator = torch.Generator().manual_seed(2147483647)
    W = torch.randn((27, 27), generator=generator, requires_grad=True)
    for _ in range(n_steps):
        one_hot = functional.one_hot(x, num_classes=27).float()  # (n_bigrams, 27)
        counts = (one_hot @ W).exp()  # (n_bigrams, 27)
        proba = counts / counts.sum(1, keepdim=True)
        loss = -proba[torch.arange(len(y)), y].log().mean() + reg * (W**2).mean()
        W.grad = None
        loss.backward()
        W.data -= learning_rate * W.grad
    return W


def sample(P, n_names, seed=2147483647):
    """Draw names with one call of `torch.multinomial` for each symbol; P is a (27, 27) tensor."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    names = []
    for _ in range(n_names):
        drawn, i = [], 0
        while True:
            i = torch.multinomial(P[i], 1, replacement=True, generator=generator).item()
            if i == 0:
                break
            drawn.append(SYMBOLS[i])
        names.append("".join(drawn))
    return names


def score(log_p, names):
    """Add up the log-probabilities of each name's bigrams, from a dict."""
    scores = []
    for name in names:
        total = 0.0
        for pair in pairs(name):
            total += log_p[pair]
        scores.append(total)
    return scores
