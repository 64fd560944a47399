"""Regular expressions: from Python's own parse tree to positions, as in Glushkov's construction."""

import re
import warnings
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]
from typing import NamedTuple

import numpy as np

from sklearn_bigram.markov._automaton import too_many_states
from sklearn_bigram.markov._pattern import refuse_boundary
from sklearn_bigram.utils._text import shorten

_MAX_POSITIONS = 2**14
_MAX_CELLS = 2**27  # distinct sets of characters times characters
_MAX_MATCHES = 2**21  # of sets of characters and classes of characters
_FLAGS = re.IGNORECASE | re.ASCII | re.DOTALL | re.VERBOSE | re.UNICODE
_BEGINS, _ENDS = ("begin",), ("end",)  # the keys of positions that match no character
_ANCHORS = {
    _constants.AT_BEGINNING: _BEGINS,
    _constants.AT_BEGINNING_STRING: _BEGINS,
    _constants.AT_END: _ENDS,
    _constants.AT_END_STRING: _ENDS,
}
_REFUSED = {
    _constants.ASSERT: "a look-ahead or look-behind",
    _constants.ASSERT_NOT: "a look-ahead or look-behind",
    _constants.ATOMIC_GROUP: "an atomic group (?>...)",
    _constants.AT: r"a word boundary \b or \B",
    _constants.FAILURE: "a look-ahead or look-behind",
    _constants.GROUPREF: "a back-reference",
    _constants.GROUPREF_EXISTS: "a conditional group (?(...)...)",
    _constants.POSSESSIVE_REPEAT: "a possessive quantifier",
}


class Positions(NamedTuple):
    """The positions of an expression, each the place of one character or anchor.

    A set of positions is an int whose bits are the positions. Position 0 is the start.
    """

    follow: list  # for each position, the set of positions that may come next
    last: int  # the set of positions with which a match may end
    begins: int  # the set of positions that match the start of the name, and no character
    ends: int  # the set of positions that match its end
    class_of: dict  # from characters to classes
    matches: list  # for each class of characters, the set of positions that match it


class _Part(NamedTuple):
    """The positions of a part of an expression."""

    is_optional: bool  # whether it matches the empty text
    first: int  # the set of positions with which a match may begin
    last: int


_EMPTY = _Part(True, 0, 0)


def parse_regex(pattern, alphabet):
    """Return the positions of a regular expression.

    Parameters
    ----------
    pattern : re.Pattern
        The compiled expression, which is matched against whole names.
    alphabet : object
        The symbols that names have, as in `parse_pattern`. They may have several characters.

    Returns
    -------
    positions : Positions
        The positions. The same of them match all characters of a class.

    Raises
    ------
    ValueError
        If no automaton can match the expression, or if it holds a character that no symbol holds.
    TooManyStatesError
        If it has too many positions.
    """
    if not isinstance(pattern.pattern, str):
        raise TypeError(f"pattern matches bytes, {shorten(pattern.pattern)}: compile a str.")
    parser = _PositionFinder(pattern, alphabet)
    parser.check_flags(pattern.flags)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # re.compile has warned before
            nodes = _parser.parse(pattern.pattern, pattern.flags)
        whole = parser.find(nodes, pattern.flags)
    except RecursionError:
        raise parser.error("has groups that are nested too deeply") from None
    parser.check_literals()
    parser.follow[0] = whole.first
    class_of, matches = parser.classify_characters()
    return Positions(
        parser.follow,
        whole.last | whole.is_optional,
        parser.positions_of.get(_BEGINS, 0),
        parser.positions_of.get(_ENDS, 0),
        class_of,
        matches,
    )


def elements_of(positions):
    """Yield the elements of a set of positions."""
    while positions:
        lowest = positions & -positions
        yield lowest.bit_length() - 1
        positions ^= lowest


def number_rows(matrix):
    """Return the number of each row among the distinct rows, in the order of their appearance."""
    numbers: dict[bytes, int] = {}
    return np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in matrix], dtype=int)


class _PositionFinder:
    """Finds the positions of each part of an expression, from the last to the first."""

    def __init__(self, pattern, alphabet):
        self.pattern, self.alphabet = pattern, alphabet
        self.n_symbols = len(alphabet.symbols)
        self.text = "".join(sorted(set().union(*alphabet.symbols[1:])))
        self.follow = [0]
        self.positions_of = {}  # the set of positions of each kind; a kind is a node and its flags
        self.members = {}  # for each kind, the mask of the characters that it matches

    def error(self, problem):
        """Return the error of an expression that cannot be matched."""
        return ValueError(
            f"pattern is {shorten(self.pattern.pattern)} and {problem}, which is not supported: "
            "remove it, or draw more names and keep those that re.fullmatch accepts."
        )

    def check_flags(self, flags):
        """Raise if there are flags that are not supported."""
        refused = re.RegexFlag(flags) & ~_FLAGS
        if refused:
            raise self.error(f"has the flag {refused!r}")

    def find(self, nodes, flags):
        """Return the part of a sequence of nodes."""
        whole = _EMPTY
        for node in reversed(nodes):
            whole = self._prepend(self._find_node(node, flags), whole)
        return whole

    def _prepend(self, part, rest):
        """Return one part followed by another."""
        self._connect(part.last, rest.first)
        return _Part(
            part.is_optional and rest.is_optional,
            part.first | rest.first if part.is_optional else part.first,
            part.last | rest.last if rest.is_optional else rest.last,
        )

    def _connect(self, last, first):
        for position in elements_of(last):
            self.follow[position] |= first

    def _find_node(self, node, flags):
        """Return the part of one node."""
        match node:
            case _constants.BRANCH, (_, branches):
                parts = [self.find(branch, flags) for branch in branches]
                whole = _EMPTY._replace(is_optional=any(part.is_optional for part in parts))
                for part in parts:
                    whole = whole._replace(
                        first=whole.first | part.first, last=whole.last | part.last
                    )
                return whole
            case _constants.SUBPATTERN, (_, added, removed, nodes):
                self.check_flags(added)
                if added & (re.ASCII | re.UNICODE):
                    flags &= ~(re.ASCII | re.UNICODE)
                return self.find(nodes, (flags | added) & ~removed)
            case ((_constants.MAX_REPEAT | _constants.MIN_REPEAT), (low, high, nodes)):
                return self._repeat(nodes, low, high, flags)
            case _constants.AT, anchor if anchor in _ANCHORS:
                if anchor == _constants.AT_END and "\n" in self.text:
                    raise self.error(r"holds $ for names that can contain line breaks (write \Z)")
                return self._add_position(_ANCHORS[anchor])
            case kind, _ if kind in _REFUSED:
                raise self.error(f"holds {_REFUSED[kind]}")
        return self._add_character(node, flags)

    def _repeat(self, nodes, low, high, flags):
        """Return a sequence of nodes `low` to `high` times.

        Only what comes after the first `low` times is optional, each time with all that follow.
        """
        if high == 0:
            return _EMPTY
        part = self.find(nodes, flags)
        if part.first == 0:
            return _EMPTY
        if part.is_optional:
            low = 0  # then a match needs no empty repetitions
        if high == _constants.MAXREPEAT:
            self._connect(part.last, part.first)
            high = max(low, 1)
        whole = part._replace(is_optional=low < high)
        for count in range(high - 1, 0, -1):
            part = self.find(nodes, flags)._replace(is_optional=False)
            whole = self._prepend(part, whole)
            if count > low:
                whole = whole._replace(is_optional=True)
        return whole

    def _add_character(self, node, flags):
        """Return the part of a node that matches one character."""
        operator, argument = node
        kind = operator, tuple(argument) if operator == _constants.IN else argument, flags
        if kind not in self.members:
            if len(self.members) * len(self.text) > _MAX_CELLS:
                raise too_many_states(self.n_symbols)
            # Python itself decides what a single character matches.
            state = _parser.State()
            one_or_more = 1, _constants.MAXREPEAT, _parser.SubPattern(state, [node])
            runs = _parser.SubPattern(state, [(_constants.MAX_REPEAT, one_or_more)])
            mask = np.zeros(len(self.text), dtype=bool)
            for match in _compiler.compile(runs, flags).finditer(self.text):
                mask[slice(*match.span())] = True
            self.members[kind] = mask
        return self._add_position(kind)

    def _add_position(self, kind):
        if len(self.follow) > _MAX_POSITIONS:
            raise too_many_states(self.n_symbols)
        position = 1 << len(self.follow)
        self.follow.append(0)
        self.positions_of[kind] = self.positions_of.get(kind, 0) | position
        return _Part(False, position, position)

    def check_literals(self):
        """Raise if the expression holds characters, outside of sets, that no symbol holds."""
        unknown = {
            chr(character)
            for (operator, character, _), mask in self.members.items()
            if operator == _constants.LITERAL and not mask.any()
        }
        refuse_boundary(unknown, self.pattern.pattern, self.alphabet)
        self.alphabet.find(sorted(unknown), "regex")

    def classify_characters(self):
        """Return the class of each character, and the positions that match each class."""
        masks = np.zeros((len(self.members), len(self.text)), dtype=bool)
        masks[:] = list(self.members.values()) or False
        numbers = number_rows(np.packbits(masks, axis=0).T)  # (n_characters,)
        _, representatives = np.unique(numbers, return_index=True)
        if np.count_nonzero(masks[:, representatives]) > _MAX_MATCHES:
            raise too_many_states(self.n_symbols)
        matches = [0] * len(representatives)
        for kind, mask in zip(self.members, masks, strict=True):
            for number in np.flatnonzero(mask[representatives]):
                matches[number] |= self.positions_of[kind]
        return dict(zip(self.text, numbers.tolist(), strict=True)), matches
