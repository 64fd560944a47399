"""The conditional chains of the constraints that were used last."""

from threading import Lock

_MAX_CHAINS = 16
_MAX_CELLS = 2**19  # of all chains; their samplers take up to 150 bytes for each


class KeptChains:
    """Keeps conditional chains by their constraints, until there are too many.

    Threads may share it. Two of them that need the same chain at the same time may both make it.
    A pickle or a copy holds no chains.
    """

    def __init__(self):
        self._chains = {}  # in the order of their last use
        self._lock = Lock()

    def __reduce__(self):
        """Leave out of pickles what can be computed again."""
        return KeptChains, ()

    def get(self, constraints, make):
        """Return the chain of constraints, which are hashable; `make` returns it if necessary."""
        with self._lock:
            chain = self._chains.pop(constraints, None)
            if chain is not None:
                self._chains[constraints] = chain
        if chain is None:
            chain = make()
            with self._lock:
                self._chains[constraints] = chain
                self._drop()
        return chain

    def _drop(self):
        """Drop the chains that were not used for longest, if there are too many."""
        n_cells = sum(chain.n_cells for chain in self._chains.values())
        while n_cells > _MAX_CELLS or len(self._chains) > _MAX_CHAINS:
            n_cells -= self._chains.pop(next(iter(self._chains))).n_cells
