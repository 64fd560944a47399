"""Output of the commands: lines, JSON, remarks, progress bars and plots."""

import json
import sys
import warnings
from contextlib import suppress
from io import BytesIO
from itertools import islice
from math import inf
from pathlib import Path

from sklearn_bigram.cli._signals import hold_signals
from sklearn_bigram.utils._files import replace_file
from sklearn_bigram.utils._text import show

MAX_HELD = 10_000_000  # names that a command may hold, in 3 to 5 GB of memory
_PIECE = 1000  # lines printed at a time


def remark(text):
    """Print a one-line message to standard error, if that can be written."""
    line = show(" ".join(str(text).splitlines()))
    with suppress(OSError):
        print(f"sklearn-bigram: {line}", file=sys.stderr)


def check_standard_output():
    """Raise if standard output is closed."""
    if sys.stdout is None:
        raise OSError("standard output is closed")


def print_lines(lines):
    """Print lines in batches, because each write to an unbuffered stream is slow."""
    lines = iter(lines)
    while piece := list(islice(lines, _PIECE)):
        sys.stdout.write("\n".join([*piece, ""]))


def as_json(**values):
    """Return named values as one line of JSON, with null for infinite values."""
    return json.dumps(_finite(values), ensure_ascii=False, allow_nan=False)


def _finite(value):
    """Return a value with None in place of the infinite values in it."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if value in (inf, -inf) else value


def show_progress(**options):
    """Return a progress bar, shown only if stderr is a terminal and stdout is not."""
    from tqdm import tqdm

    quiet = True if sys.stdout.isatty() else None  # None: no bar unless stderr is a terminal
    return tqdm(disable=quiet, delay=2, leave=False, unit_scale=True, **options)


def import_pyplot():
    """Return matplotlib.pyplot with a backend that only writes files."""
    try:
        with hold_signals():
            import matplotlib

            matplotlib.use("agg")
            from matplotlib import pyplot
    except ImportError as error:
        raise ImportError("Plots need matplotlib: pip install 'sklearn_bigram[plot]'.") from error
    return pyplot


def save_figure(figure, path):
    """Write a figure to a file, completely or not at all, or as PNG to standard output."""
    data = BytesIO()
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", "Glyph")
        figure.savefig(data, format=Path(path).suffix[1:] or "png", dpi=100)
    if path == "-":
        sys.stdout.buffer.write(data.getvalue())
    else:
        with replace_file(path) as file:
            file.write(data.getvalue())
    if any("Glyph" in str(warning.message) for warning in caught):
        remark("the font of the plot does not contain all symbols.")
