"""Dask collections to counts."""

from functools import reduce
from operator import add

from sklearn_bigram.counting._counts import no_counts
from sklearn_bigram.counting._executor import executor_died, is_death
from sklearn_bigram.counting._names import count_names
from sklearn_bigram.tokenization._containers import is_column, resolve_names

_PARTS_PER_SUM = 8  # counts that one task of the graph adds


def count_dask(collection, coder):
    """Count the partitions of a Dask collection where they are, and add the counts as a tree."""
    from dask import delayed

    count, add_up = delayed(count_partition, pure=True), delayed(reduce, pure=True)
    parts = [count(coder, part, i) for i, part in enumerate(collection.to_delayed())]
    while len(parts) > 1:
        groups = [parts[i : i + _PARTS_PER_SUM] for i in range(0, len(parts), _PARTS_PER_SUM)]
        parts = [add_up(add, group) for group in groups]
    try:
        return parts[0].compute()
    except Exception as error:
        if is_death(error):
            raise executor_died(error) from error
        raise


def count_partition(coder, names, number):
    """Count one partition of a Dask collection: a list, an iterator or a pandas object."""
    names = names if is_column(names) else list(names)
    if len(names) == 0:
        return no_counts(coder.boundary)
    try:
        return count_names(coder, resolve_names(names))
    except (TypeError, ValueError) as error:
        cls = TypeError if isinstance(error, TypeError) else ValueError
        raise cls(f"In partition {number}, where X is: {error}") from error
