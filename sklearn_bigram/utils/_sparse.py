"""Small tools for CSR arrays."""

import numpy as np
from scipy import sparse


def row_numbers(S):
    """Return the row of each stored element, (nnz,)."""
    return np.repeat(np.arange(S.shape[0]), np.diff(S.indptr))


def with_data(S, data):
    """Return an array with the stored elements of S replaced by others, (nnz,)."""
    return sparse.csr_array((data, S.indices, S.indptr), shape=S.shape)
