"""Categories: names as indices into a list of distinct ones, as pandas and Arrow hold them."""

import numpy as np


class Categories:
    """A column of names in which no name is missing.

    Parameters
    ----------
    categories : list of str
        The possible names.
    index : ndarray of shape (n_names,)
        The index of the category of each name.
    """

    def __init__(self, categories, index):
        self._categories = np.empty(len(categories), dtype=object)
        self._categories[:] = categories
        self._index = index

    def __len__(self):
        return len(self._index)

    def __getitem__(self, part):
        """Return the names of a slice as a list."""
        return self._categories.take(self._index[part]).tolist()

    def tolist(self):
        """Return all names as a list."""
        return self[:]

    def tally(self):
        """Return a list of the names that occur, and how often each does."""
        n_times = np.bincount(self._index.astype(np.intp))  # NumPy 2.0 refuses uint64
        used = np.flatnonzero(n_times)
        return self._categories[used].tolist(), n_times[used]


def from_pandas(X):
    """Return a pandas Categorical as `Categories`, or None if it holds anything but str."""
    categories = X.categories.tolist()
    return None if X.codes.min() < 0 else _from_parts(categories, X.codes)


def from_arrow(X):
    """Return an Arrow array of a dictionary as `Categories`, or None if it holds not only str."""
    X = X.combine_chunks() if hasattr(X, "chunks") else X
    return _from_parts(X.dictionary.to_pylist(), X.indices.to_numpy())


def _from_parts(categories, index):
    return Categories(categories, index) if set(map(type, categories)) == {str} else None
