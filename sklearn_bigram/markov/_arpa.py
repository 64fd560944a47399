"""ARPA files: P = S + g q^T as the text that KenLM and SRILM read."""

import gzip
import re

import numpy as np

from sklearn_bigram.utils._files import replace_file

UNKNOWN_WORD = "<unk>"
_BLOCK = 2**16  # lines that are made at a time
_BLOCK_BYTES = 2**24
_LOG = np.dtype([("sign", "S1"), ("whole", "S3"), ("point", "S1"), ("high", "S4"), ("low", "S4")])
_WHOLE = np.arange(325).astype("S3")  # what stands before the point: the least float is 10**-323.3
_DIGITS = np.char.zfill(np.arange(10_000).astype("S4"), 4)
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff<]")


def escape(symbol):
    """Return the symbol as one word of an ARPA file, with ``<U+0020>`` for a space.

    So are written ``<``, which begins the words that have a meaning of their own, whitespace,
    control characters and surrogates. All else stays, so no two symbols become the same word.
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
        The word of each symbol; that of the first, the boundary, is not used.
    """
    blocks = _make_blocks(transition, words)
    if hasattr(file, "write"):
        is_text = hasattr(file, "encoding")
        for block in blocks:
            file.write(block.decode() if is_text else block)
        return
    with replace_file(file) as whole:
        if str(file).endswith(".gz"):
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=whole) as compressed:
                compressed.writelines(blocks)
        else:
            whole.writelines(blocks)


def _make_blocks(transition, words):
    """Yield the file, as bytes, a block of lines at a time."""
    S, g, q = transition.S, transition.g, transition.q
    # The boundary is another word as context than as the next symbol.
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
    for part in _parts(1, len(g), 40 + right.itemsize):
        yield _make_lines(_format_logs(q[part]), b"\t", right[part], b"\t", _format_logs(g[part]))
    yield b"\n\\2-grams:\n"
    row = np.repeat(np.arange(len(g)), np.diff(S.indptr))
    for part in _parts(0, S.nnz, 20 + left.itemsize + right.itemsize):
        i, j = row[part], S.indices[part]
        p = S.data[part] + g[i] * q[j]
        yield _make_lines(_format_logs(p), b"\t", left[i], b" ", right[j])
    yield b"\n\\end\\\n"


def _parts(start, stop, width):
    """Yield slices of so many lines of this width that a block of them is not large."""
    step = max(1, min(_BLOCK, _BLOCK_BYTES // width))
    return (slice(first, min(first + step, stop)) for first in range(start, stop, step))


def _make_lines(*columns):
    """Return lines of these columns: arrays of bytes, (n_lines,), or the same bytes in each.

    Elements are padded with null bytes, inside too, and no line keeps them.
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
    """Return the logarithms to base 10 of probabilities as bytes, -99 for 0, padded inside."""
    logs = np.full(len(p), -99.0)
    np.log10(p, out=logs, where=p > 0)
    units = np.rint(logs * -(10.0**8)).astype(np.int64)
    whole, decimals = np.divmod(units, 10**8)
    high, low = np.divmod(decimals, 10**4)
    text = np.empty(len(p), dtype=_LOG)
    text["sign"], text["point"] = b"-", b"."
    text["whole"], text["high"], text["low"] = _WHOLE[whole], _DIGITS[high], _DIGITS[low]
    return text.view(f"S{text.itemsize}")
