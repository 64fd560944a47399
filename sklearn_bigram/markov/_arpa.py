"""ARPA files: P = S + g q^T as the text that KenLM and SRILM read."""

import gzip
import re

import numpy as np

from sklearn_bigram.utils._files import is_compressed, replace_file
from sklearn_bigram.utils._sparse import row_numbers

UNKNOWN_WORD = "<unk>"
_LINES_PER_BLOCK = 2**16
_BYTES_PER_BLOCK = 2**24
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff<]")

# Logarithms are formatted by looking up groups of digits. For 20,000 symbols and 3.5 million
# bigrams a file is written in 0.4 s; with one f-string per line it takes 4 s.
_LOG = np.dtype([("sign", "S1"), ("whole", "S3"), ("point", "S1"), ("high", "S4"), ("low", "S4")])
_WHOLE = np.arange(325).astype("S3")  # the logarithm of the least float is -323.3
_FOUR_DIGITS = np.char.zfill(np.arange(10_000).astype("S4"), 4)


def escape(symbol):
    """Return the symbol as one word of an ARPA file, such as ``<U+0020>`` for a space.

    This replaces whitespace, control characters, surrogates and ``<``, with which the reserved
    words begin. Different symbols become different words.
    """
    return _UNSAFE.sub(lambda match: f"<U+{ord(match[0]):04X}>", symbol)


def write_arpa(file, transition, words):
    """Write P as a bigram model.

    Parameters
    ----------
    file : str, path-like or file object
        A path, ending in ``.gz`` for a compressed file, or a file open for text or bytes.
    transition : TransitionMatrix
        P.
    words : list of str
        The word of each symbol. The word of the boundary is not used.
    """
    blocks = _make_blocks(transition, words)
    if hasattr(file, "write"):
        is_text = hasattr(file, "encoding")
        for block in blocks:
            file.write(block.decode() if is_text else block)
        return
    with replace_file(file) as whole:
        if is_compressed(file):
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=whole) as compressed:
                compressed.writelines(blocks)
        else:
            whole.writelines(blocks)


def _make_blocks(transition, words):
    """Yield the content of the file, as blocks of bytes."""
    S, g, q = transition.S, transition.g, transition.q
    # The boundary is one word before a name and another one after it.
    left, right = (
        np.array([edge, *(word.encode() for word in words[1:])]) for edge in (b"<s>", b"</s>")
    )
    has_unknown = UNKNOWN_WORD in words
    yield b"\n\\data\\\nngram 1=%d\nngram 2=%d\n" % (len(g) + 2 - has_unknown, S.nnz)
    yield b"\n\\1-grams:\n"
    if not has_unknown:
        yield b"-99\t%b\n" % UNKNOWN_WORD.encode()
    yield _make_lines(b"-99\t<s>\t", _format_logs(g[:1]))
    yield _make_lines(_format_logs(q[:1]), b"\t</s>")
    for part in _slices(1, len(g), 40 + right.itemsize):
        yield _make_lines(_format_logs(q[part]), b"\t", right[part], b"\t", _format_logs(g[part]))
    yield b"\n\\2-grams:\n"
    row = row_numbers(S)
    for part in _slices(0, S.nnz, 20 + left.itemsize + right.itemsize):
        i, j = row[part], S.indices[part]
        p = S.data[part] + g[i] * q[j]
        yield _make_lines(_format_logs(p), b"\t", left[i], b" ", right[j])
    yield b"\n\\end\\\n"


def _slices(start, stop, bytes_per_line):
    """Yield slices from start to stop, each of the lines of one block."""
    step = max(1, min(_LINES_PER_BLOCK, _BYTES_PER_BLOCK // bytes_per_line))
    return (slice(first, min(first + step, stop)) for first in range(start, stop, step))


def _make_lines(*columns):
    """Return lines of these columns: arrays of bytes, (n_lines,), or the same bytes in each line.

    NumPy pads the elements of a column with null bytes. They are removed from the lines.
    """
    arrays = [np.asarray(column) for column in (*columns, b"\n")]
    lines = np.empty(
        np.broadcast_shapes(*(array.shape for array in arrays)),
        dtype=[(f"{k}", array.dtype) for k, array in enumerate(arrays)],
    )
    for k, array in enumerate(arrays):
        lines[f"{k}"] = array
    return lines.tobytes().translate(None, b"\0")


def _format_logs(p):
    """Return log10 of probabilities with eight decimals as bytes, (n,), and -99 for log10 of 0.

    Null bytes may stand between the digits.
    """
    logs = np.full(len(p), -99.0)
    np.log10(p, out=logs, where=p > 0)
    units = np.rint(logs * -(10.0**8)).astype(np.int64)
    whole, decimals = np.divmod(units, 10**8)
    high, low = np.divmod(decimals, 10**4)
    text = np.empty(len(p), dtype=_LOG)
    text["sign"], text["point"] = b"-", b"."
    text["whole"], text["high"], text["low"] = _WHOLE[whole], _FOUR_DIGITS[high], _FOUR_DIGITS[low]
    return text.view(f"S{text.itemsize}")
