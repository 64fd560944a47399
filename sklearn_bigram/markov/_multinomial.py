"""The lecture's way to sample: `torch.multinomial`, one symbol at a time."""

from functools import cache

import numpy as np

from sklearn_bigram.exceptions import EndlessNameError
from sklearn_bigram.markov._sampling import MAX_LENGTH
from sklearn_bigram.tokenization._stream import TokenStream


def sample_multinomial(transition, n_names, generator):
    """Draw names with a `torch.Generator` from float32 rows of P, as a stream."""
    import torch

    @cache
    def row(state):
        p = transition.rows(np.array([state]))[0].astype(np.float32)
        return torch.from_numpy(p).to(generator.device)

    ids, starts = [0], [0]
    for _ in range(n_names):
        while True:
            if len(ids) - starts[-1] > MAX_LENGTH:
                raise EndlessNameError(MAX_LENGTH)
            p = row(ids[-1])
            drawn = torch.multinomial(p, 1, replacement=True, generator=generator)
            ids.append(int(drawn.item()))
            if ids[-1] == 0:
                break
        starts.append(len(ids) - 1)
    return TokenStream(np.array(ids), np.array(starts))
