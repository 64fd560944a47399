"""Glob patterns: from text to elements, each a set of symbols or a run of any symbols."""

import re

import numpy as np

from sklearn_bigram.exceptions import RegexInGlobError
from sklearn_bigram.utils._text import shorten

_REGEX_SIGNS = frozenset("^$.|+(){}\\")
_TOKEN = re.compile(r"\?|\*|\[(!?)([^]]*)(\]?)|[^?*[]+")


def parse_pattern(pattern, alphabet):
    """Return the elements of a glob pattern.

    Parameters
    ----------
    pattern : str
        ``?`` stands for one symbol, ``*`` for any number of symbols, ``[abc]``, ``[a-e]`` and
        ``[!abc]`` for one symbol of a set. All other symbols stand for themselves.
    alphabet : object
        The symbols that names have. ``symbols`` is the array of all of them, of which the first is
        ``boundary``; ``split(text)`` returns the symbols of a text, normalized as names are, and
        ``find(symbols, argument)`` returns their ids or raises an `UnknownSymbolsError`.

    Returns
    -------
    elements : list of ndarray of shape (n_symbols,), bool, or None
        For each element the mask of the symbols that it matches; None for ``*``.
    """
    if not isinstance(pattern, str):
        kind = type(pattern).__name__
        raise TypeError(f"pattern must be a str or a compiled regular expression, not {kind}.")
    elements: list[np.ndarray | None] = []
    for token in _TOKEN.finditer(pattern):
        if token[0] == "*":
            elements.append(None)
        elif token[0] == "?":
            elements.append(any_symbol(len(alphabet.symbols)))
        elif token[0].startswith("["):
            elements.append(_parse_set(token, pattern, alphabet))
        else:
            ids = _find(alphabet.split(token[0]), pattern, alphabet)
            elements += [_mask_of([i], alphabet) for i in ids]
    return elements


def any_symbol(n_symbols):
    """Return the mask of all symbols but the boundary, (n_symbols,)."""
    return np.arange(n_symbols) > 0


def _parse_set(token, pattern, alphabet):
    """Return the mask of a set in brackets, a match of `_TOKEN`."""
    negated, content, closed = token.groups()
    if not closed:
        raise ValueError(
            f"pattern is {shorten(pattern)}, in which a [ is not closed: add the ], or write [[] "
            "for the symbol itself."
        )
    mask = _mask_of([], alphabet)
    symbols = list(alphabet.split(content)) if content else []
    while symbols:
        if len(symbols) >= 3 and symbols[1] == "-":
            first, last = symbols[0], symbols[2]
            mask |= [first <= symbol <= last for symbol in alphabet.symbols]
            del symbols[:3]
        else:
            mask[_find([symbols.pop(0)], pattern, alphabet)] = True
    if negated and content:
        mask = ~mask
    mask[0] = False
    if not mask.any():
        raise ValueError(
            f"pattern is {shorten(pattern)}, in which {token[0]} matches no symbol: list at least "
            "one symbol that names can hold."
        )
    return mask


def _find(symbols, pattern, alphabet):
    """Return the ids of symbols of a pattern."""
    for symbol in symbols:
        if symbol in _REGEX_SIGNS and symbol not in alphabet.symbols[1:]:
            raise RegexInGlobError(pattern, symbol)
    refuse_boundary(symbols, pattern, alphabet)
    return alphabet.find(symbols, "pattern")


def refuse_boundary(symbols, pattern, alphabet):
    """Raise if the boundary is one of these symbols of a pattern."""
    if alphabet.boundary in symbols:
        raise ValueError(
            f"pattern is {shorten(pattern)} and holds the boundary symbol {alphabet.boundary!r}, "
            "which no name can hold: remove it."
        )


def _mask_of(ids, alphabet):
    """Return the mask of the symbols with these ids, (n_symbols,)."""
    mask = np.zeros(len(alphabet.symbols), dtype=bool)
    mask[ids] = True
    return mask
