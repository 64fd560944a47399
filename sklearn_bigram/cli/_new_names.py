"""Names that are not in a text file: candidates are generated and then looked up in the file.

So the file may be larger than memory: only candidates are held.
"""

import numpy as np

from sklearn_bigram.cli._reading import LINE_END, join_lines, read_blocks
from sklearn_bigram.exceptions import TooFewNamesError

MAX_NAMES_HELD = 2**17  # in a file; the names of a larger file are looked up in it
_MIN_CANDIDATES = 1000  # at a time, since to read the file takes longer than to draw them
_MAX_CANDIDATES = 2**19
_GROWTH = 8  # of the number of the most probable names, if too few of them are new
_SLOTS_PER_NAME = 16  # at least, in the table of hashes
_MIN_BITS = 16  # of the hashes in this table
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # of a multiplicative hash
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)  # of the first n bytes


class NameFile:
    """A text file of names, in which names are looked up.

    Parameters
    ----------
    path : str
        The file, which is read anew for each search.
    encoding : str
        Its encoding.
    lowercase : bool
        Whether its names are turned to lower case.
    """

    def __init__(self, path, *, encoding, lowercase):
        self._path, self._encoding, self._lowercase = path, encoding, lowercase

    def find(self, names):
        """Return the set of those of these names that are in the file."""
        missing = {name.encode("utf-8", "surrogatepass") for name in names} - {b""}
        filter_lines, n_hits = make_filter(missing), 0
        found = set()
        for text in read_blocks(self._path, self._encoding):
            data = join_lines(text, lowercase=self._lowercase).encode("utf-8", "surrogatepass")
            hits = filter_lines(data)
            here = missing.intersection(hits)
            missing -= here
            found |= here
            n_hits += len(hits)
            if not missing:
                break
            if n_hits > len(missing):  # most lines that pass the filter have been found before
                filter_lines, n_hits = make_filter(missing), 0
        return {name.decode("utf-8", "surrogatepass") for name in found}


def make_filter(names):
    """Return a function of lines that returns those that may be among these names, as a list.

    Names and lines are UTF-8. Lines have a line feed before, between and after them.
    """
    n_bits = max(_MIN_BITS, (_SLOTS_PER_NAME * len(names)).bit_length())
    shift = np.uint64(64 - n_bits)
    may_be = np.zeros(2**n_bits, dtype=bool)
    may_be[hash_lines(b"\n".join([b"", *names, b""]))[0] >> shift] = True

    def find_candidates(data):
        hashes, starts, ends = hash_lines(data)
        passed = np.flatnonzero(may_be.take((hashes >> shift).view(np.int64)))
        slices = zip(starts[passed].tolist(), ends[passed].tolist(), strict=True)
        return [data[start:end] for start, end in slices]

    return find_candidates


def hash_lines(data):
    """Return a 64-bit hash of each line, and where it starts and ends."""
    marks = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord(LINE_END))
    starts, ends = marks[:-1] + 1, marks[1:]
    # The eight bytes that begin at each byte, as a number.
    words = np.ndarray(len(data), "<u8", data + bytes(8), strides=(1,))
    lengths = ends - starts
    hashes = (words[starts] & _MASKS.take(lengths, mode="clip")) * _FACTOR
    longer = np.flatnonzero(lengths > 8)
    for offset in range(8, int(lengths.max(initial=0)), 8):
        longer = longer[lengths[longer] > offset]
        masks = _MASKS.take(lengths[longer] - offset, mode="clip")
        hashes[longer] = (hashes[longer] ^ (words[starts[longer] + offset] & masks)) * _FACTOR
    return hashes, starts, ends


def sample_new(model, file, n_names, *, distinct, **options):
    """Draw names that are not in a `NameFile`.

    The names are distributed as those that `model.sample` draws with all names of the file in
    `exclude`: candidates that are in the file are left out.

    Parameters
    ----------
    model : CountBigramLM or NeuralBigramLM
        The fitted model.
    file : NameFile
        The file.
    n_names : int
        The number of names.
    distinct : bool
        Whether no name may occur twice.
    **options
        Other arguments of `model.sample`.

    Returns
    -------
    names : list of str
        The names.

    Raises
    ------
    ExcludedError
        If candidates in the file have more than 9,999/10,000 of the probability.
    TooFewNamesError
        If there are fewer distinct names.
    """
    options["distinct"] = distinct
    kept: list[str] = []
    found: list[str] = []  # candidates that are in the file
    n_checked = 0
    while len(kept) < n_names:
        n_missing = n_names - len(kept)
        n_enough = int(1.1 * n_missing * (n_checked + 2) / (len(kept) + 1))
        n_drawn = min(max(n_enough, _MIN_CANDIDATES), max(_MAX_CANDIDATES, 2 * n_missing))
        before = set(kept) if distinct else set()
        options["exclude"] = found or None
        try:
            drawn = model.sample(len(before) + n_drawn, **options)
        except TooFewNamesError as error:
            if error.n_names == len(kept):
                raise TooFewNamesError(len(kept), n_names) from None
            drawn = model.sample(error.n_names, **options)
        candidates = [name for name in drawn if name not in before]
        in_file = file.find(candidates)
        found += [name for name in dict.fromkeys(candidates) if name in in_file]
        kept += [name for name in candidates if name not in in_file]
        n_checked += len(candidates)
    return kept[:n_names]


def find_most_probable_new(model, file, k, **constraints):
    """Return the most probable names that are not in a `NameFile`, and their log-likelihoods.

    Parameters
    ----------
    model : CountBigramLM or NeuralBigramLM
        The fitted model.
    file : NameFile
        The file.
    k : int
        The number of names; there are fewer if fewer are possible.
    **constraints
        Other arguments of `model.most_probable`.

    Returns
    -------
    names : ndarray of shape (n_names,) of str objects
        The names.
    log_proba : ndarray of shape (n_names,)
        Their log-likelihoods, in nats.
    """
    checked: set[str] = set()
    in_file: set[str] = set()
    n_candidates = max(2 * k, _MIN_CANDIDATES)
    while True:
        names, log_proba = model.most_probable(n_candidates, **constraints)
        candidates = set(names.tolist())
        in_file |= file.find(candidates - checked)
        checked |= candidates
        new = np.array([i for i, name in enumerate(names) if name not in in_file], dtype=np.intp)
        if len(new) >= k or len(names) < n_candidates:
            return names[new[:k]], log_proba[new[:k]]
        n_candidates *= _GROWTH
