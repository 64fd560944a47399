"""NumberTexts: many numbers as text."""

import numpy as np

_N_SIZES = 2**17  # of which texts are kept, each with both signs
_TIE = 1e-6  # in units of the last digit; much more than the error of a product


class NumberTexts:
    """Formats numbers as ``f"{x:.2f}"`` does, but most texts are made only once.

    Numbers are rounded to a multiple of the last digit, and the text of each multiple is kept.
    Numbers halfway between two multiples, and those that are too large, are formatted one by one.

    Parameters
    ----------
    n_digits : int
        Number of digits after the decimal point.
    end : str
        What follows each number.
    """

    def __init__(self, n_digits, end):
        self._format = f"%.{n_digits}f{end}".__mod__
        self._scale = 10.0**n_digits
        self._texts = np.full(2 * _N_SIZES, None, dtype=object)  # of +0, -0, +1, -1, ... digits
        self._is_made = np.zeros(2 * _N_SIZES, dtype=bool)
        self._texts[-2:], self._is_made[-2:] = [self._format(np.inf), self._format(-np.inf)], True

    def __call__(self, x):
        """Return the texts of an array of numbers, (n,) of str objects."""
        size = np.abs(x)
        is_large = (size >= (_N_SIZES - 2) / self._scale) & (size < np.inf)
        size = np.minimum(size, (_N_SIZES - 1) / self._scale) * self._scale  # the last is infinity
        rounded = np.rint(size)
        key = 2 * rounded.astype(np.intp) + np.signbit(x)  # (n,), even -0.00 has its sign
        for new in np.unique(key[~self._is_made[key]]).tolist():
            text = self._format(new // 2 / self._scale)
            self._texts[new] = f"-{text}" if new % 2 else text
            self._is_made[new] = True
        texts = self._texts[key]
        is_tie = np.abs(size - rounded) > 0.5 - _TIE
        for i in np.flatnonzero(is_tie | is_large).tolist():
            texts[i] = self._format(x[i])
        return texts
