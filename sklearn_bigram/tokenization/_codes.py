"""Names as one flat array of codes, which needs no fitting."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_MAX_PADDING = 16  # padded characters for each character of an array of StringDType


@dataclass(frozen=True)
class Codes:
    """Names as a stream of codes, with the boundary's code before, between and after them."""

    codes: np.ndarray  # (n_bigrams + 1,)
    boundary: int
    symbols: list | None = None  # the symbol of each code; None: code k is the character chr(k)

    @cached_property
    def starts(self):
        """The position of the boundary before each name, and of the last: (n_names + 1,)."""
        return np.flatnonzero(self.codes == self.boundary)

    def decode(self, values):
        """Return the symbols of these codes."""
        if self.symbols is None:
            return [chr(value) for value in values]
        return [self.symbols[value] for value in values]

    def longest(self):
        """Return the number of symbols of the longest name."""
        return int(np.diff(self.starts).max()) - 1

    def distinct(self):
        """Return the distinct codes except the boundary's, in ascending order."""
        seen = np.zeros(int(self.codes.max()) + 1, dtype=bool)
        seen[self.codes.astype(np.intp)] = True  # NumPy casts other indices more slowly
        seen[self.boundary] = False
        return np.flatnonzero(seen)


def code_text(text):
    """Return the code points of a str, in one byte each if all are below 256."""
    try:
        return np.frombuffer(text.encode("latin-1"), dtype=np.uint8)
    except UnicodeEncodeError:
        return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def code_list(names, boundary):
    """Return a list of names as code points."""
    return code_text(f"{boundary}{boundary.join(names)}{boundary}")


def code_array(names, boundary):
    """Return an array of names of NumPy's dtype "U" as code points, without making any str.

    NumPy pads each name with NULs to the width of the array. Names that hold NULs themselves are
    converted to str. So are those of StringDType that are not ASCII.
    """
    if names.dtype.kind == "T":
        codes = _code_ascii(names, boundary)
        return code_list(names.tolist(), boundary) if codes is None else codes
    width = max(1, names.dtype.itemsize // 4)
    points = np.ascontiguousarray(names, dtype=f"=U{width}").view(np.uint32)
    is_wide = max(int(points.max()), ord(boundary)) >= 256
    cells = np.empty((len(names), width + 1), dtype="<u4" if is_wide else np.uint8)
    cells[:, :width] = points.reshape(-1, width)
    cells[:, width] = ord(boundary)
    filled = cells.ravel() != 0
    n_padded = np.count_nonzero(cells[:, width - 1] == 0)
    if boundary == "\0" or np.count_nonzero(filled[1:] > filled[:-1]) != n_padded:
        return code_list(names.tolist(), boundary)
    return np.append(cells[0, width:], cells.ravel()[filled])


def _code_ascii(names, boundary):
    """Return an array of StringDType as code points; None if it is not easily held as ASCII."""
    if not "\0" < boundary < "\x80":
        return None
    ended = np.strings.add(names, boundary)  # or else NumPy overlooks NULs at the ends of names
    lengths = np.strings.str_len(ended)
    width, n_codes = int(lengths.max()), int(lengths.sum())
    if len(names) * width > _MAX_PADDING * n_codes:
        return None
    try:
        text = ended.astype(f"S{width}").tobytes()  # padded with NULs
    except UnicodeEncodeError:
        return None
    text = b"".join((boundary.encode(), text.translate(None, b"\0")))
    # There are fewer codes if names hold NULs themselves.
    return np.frombuffer(text, dtype=np.uint8) if len(text) == n_codes + 1 else None


def code_arrow(names, boundary):
    """Return an Arrow array of names as code points, without making any str."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        edge = boundary.encode()
    except UnicodeEncodeError:  # a surrogate, which Arrow cannot hold
        return code_list(names.to_pylist(), boundary)
    if isinstance(names, pa.ChunkedArray):
        names = names.combine_chunks()
    whole = pa.ListArray.from_arrays([0, len(names)], names)
    text = pc.binary_join(whole, pa.scalar(boundary, names.type))[0].as_buffer().to_pybytes()
    text = edge + text + edge
    return np.frombuffer(text, dtype=np.uint8) if text.isascii() else code_text(text.decode())
