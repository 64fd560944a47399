"""Checks of the arguments of count_bigrams: which of them go together, and names that are paths."""

import os

from sklearn_bigram.tokenization._containers import is_column
from sklearn_bigram.utils._files import DELIMITERS
from sklearn_bigram.utils._text import shorten

_MAX_LOOKED_UP = 10  # names that are looked for on the disk


def check_weighted(source, paths, sample_weight, delimiter):
    """Raise unless weights are given in the way that fits the source."""
    is_text = bool(paths) or hasattr(source, "read")
    if delimiter is not None:
        if delimiter not in DELIMITERS.values():
            raise ValueError(
                f"delimiter is {shorten(delimiter)}: it must be ',', ';', ' ', '\\t' or None."
            )
        if not is_text:
            raise ValueError(
                "delimiter applies only to files and binary streams: pass the weights of names as "
                "sample_weight."
            )
    if sample_weight is None:
        return
    if is_text:
        raise ValueError(
            "sample_weight applies only to names in memory. In a file or stream, write the weight "
            "of each name after it on its line, and pass the character between them as delimiter."
        )
    if hasattr(source, "to_delayed"):
        raise ValueError(
            "sample_weight does not apply to a Dask collection: count each partition with its "
            "weights by count_bigrams, and add up the counts."
        )
    if not is_column(source):
        raise ValueError(
            f"sample_weight needs names in a list, array or Series, but source is a "
            f"{type(source).__name__}: pass list(source), or add up the counts of pieces."
        )


def refuse_paths(names):
    """Raise if what is to be counted as names are paths, or strings of existing files.

    Only the first few are looked up. That all of them exist by accident is next to impossible,
    whereas glob.glob returns nothing but paths that exist.
    """
    names = names[:_MAX_LOOKED_UP]
    if names and isinstance(names[0], os.PathLike):
        raise TypeError(
            f"source yields paths, the first of which is {shorten(str(names[0]))}: pass a list of "
            "them, list(source)."
        )
    if names and all(isinstance(name, str) and os.path.lexists(name) for name in names):
        raise ValueError(
            f"source holds strings, which are names, but {shorten(names[0])} is the path of an "
            "existing file or folder, as are the next ones, if any. To count the files, pass "
            "pathlib.Path objects: list(map(pathlib.Path, source)). To count these strings, pass "
            "an array or Series of them."
        )
