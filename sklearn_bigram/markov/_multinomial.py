"""The lecture's way of sampling: `torch.multinomial`, symbol by symbol."""

from functools import cache

import numpy as np

from sklearn_bigram.markov._transition import MAX_LENGTH, raise_endless
from sklearn_bigram.tokenization._stream import TokenStream


def sample_multinomial(transition, n_names, generator):
    """Draw names symbol by symbol from float32 rows with `torch.multinomial`, as the lecture."""
    import torch

    @cache
    def row(state):
        p = transition.rows(np.array([state]))[0].astype(np.float32)
        return torch.from_numpy(p).to(generator.device)

    ids, starts = [0], [0]
    for _ in range(n_names):
        while True:
            if len(ids) - starts[-1] > MAX_LENGTH:
                raise_endless()
            p = row(ids[-1])
            drawn = torch.multinomial(p, 1, replacement=True, generator=generator)
            ids.append(int(drawn.item()))
            if ids[-1] == 0:
                break
        starts.append(len(ids) - 1)
    return TokenStream(np.array(ids), np.array(starts))
