"""Files of counts: NumPy archives, which strangers may have crafted."""

import os
import zipfile
from io import BytesIO
from itertools import pairwise
from math import prod

import numpy as np
from scipy import sparse

from sklearn_bigram.utils._files import replace_file

# The arrays in a file take at most the first number of bytes, or the second times its size: a small
# file from a stranger must not fill the memory.
_MAX_BYTES, _MAX_RATIO = 2**24, 32
_INTEGERS = (np.dtype(np.int32), np.dtype(np.int64))
_ARRAYS = {
    "text": (np.dtype(np.uint8),),
    "ends": _INTEGERS,
    "data": (np.dtype(np.float64),),
    "indices": _INTEGERS,
    "indptr": _INTEGERS,
}


def write_counts(path, symbols, matrix):
    """Write symbols and a canonical CSR array of their counts to a file."""
    parts = [symbol.encode("utf-8", "surrogatepass") for symbol in symbols]
    arrays = {
        "text": np.frombuffer(b"".join(parts), dtype=np.uint8),
        "ends": np.cumsum([len(symbol) for symbol in parts]),
        "data": matrix.data,
        "indices": matrix.indices,
        "indptr": matrix.indptr,
    }
    packed = BytesIO()
    np.savez_compressed(packed, **arrays)
    n_bytes = sum(array.nbytes for array in arrays.values())
    with replace_file(path) as file:
        if n_bytes < _max_bytes(len(packed.getbuffer())):
            file.write(packed.getbuffer())
        else:
            np.savez(file, **arrays)


def read_counts(file):
    """Return the symbols and the matrix in a file; raise unless `write_counts` may have made it.

    All sizes are checked before memory is allocated for what has them.
    """
    with zipfile.ZipFile(file) as archive:
        members = {info.filename: info for info in archive.infolist()}
        if len(members) < len(archive.infolist()) or set(members) != {f"{a}.npy" for a in _ARRAYS}:
            raise ValueError("the arrays are not those of counts")
        if sum(i.file_size for i in members.values()) > _max_bytes(os.stat(file.fileno()).st_size):
            raise ValueError("the arrays are far larger than the file")
        arrays = {a: _read_array(archive, members[f"{a}.npy"], _ARRAYS[a]) for a in _ARRAYS}
    text, ends = arrays["text"].tobytes(), arrays["ends"]
    within = len(ends) > 0 and 0 < ends.min() <= ends.max() == ends[-1] == len(text)
    if not within or (np.diff(ends) <= 0).any():
        raise ValueError("the ends of symbols are not in the text, one after the other")
    symbols = [
        text[start:end].decode("utf-8", "surrogatepass")
        for start, end in pairwise([0, *ends.tolist()])
    ]
    shape = (len(symbols), len(symbols))
    matrix = sparse.csr_array((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
    matrix.check_format(full_check=True)
    if not matrix.has_canonical_format or 0 in matrix.data:
        raise ValueError("the counts are not in the form in which they are saved")
    return symbols, matrix


def _read_array(archive, info, dtypes):
    """Return an array in an archive, one-dimensional and of one of these types."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("the compression is not that of NumPy")
    with archive.open(info) as member:
        if np.lib.format.read_magic(member) != (1, 0):
            raise ValueError("the version of the array is not 1.0")
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
        if len(shape) != 1 or dtype not in dtypes or dtype.itemsize * prod(shape) > info.file_size:
            raise ValueError("the array is not as large as it says, or of another type")
        array = np.empty(shape, dtype)
        n_read = member.readinto(array)
        if n_read != array.nbytes or member.read(1):  # reading to the end checks the checksum
            raise ValueError("the array is not as large as it says")
    return array


def _max_bytes(n_bytes_of_file):
    """Return how many bytes the arrays in a file of this size may take."""
    return max(_MAX_BYTES, _MAX_RATIO * n_bytes_of_file)
