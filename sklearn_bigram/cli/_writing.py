"""What commands write: JSON, remarks, progress and pictures."""

import json
import sys
import warnings
from itertools import islice
from math import inf
from pathlib import Path

from sklearn_bigram.utils._files import replace_file

_PIECE = 1000  # lines that are printed at a time


def remark(text):
    """Say something that is not a result, in one line."""
    line = " ".join(str(text).splitlines())
    print(f"sklearn-bigram: {line}", file=sys.stderr)


def print_lines(lines):
    """Print lines, many at a time: where output is not buffered, each call costs."""
    lines = iter(lines)
    while piece := list(islice(lines, _PIECE)):
        sys.stdout.write("\n".join([*piece, ""]))


def as_json(**values):
    """Return named values as a line of JSON, null for what is infinite."""
    finite = {name: None if value in (inf, -inf) else value for name, value in values.items()}
    return json.dumps(finite, ensure_ascii=False, allow_nan=False)


def show_progress(**options):
    """Return a progress bar, for terminals, and not among results."""
    from tqdm import tqdm

    quiet = True if sys.stdout.isatty() else None  # None: unless standard error is a terminal
    return tqdm(disable=quiet, delay=2, leave=False, unit_scale=True, **options)


def import_pyplot():
    """Return matplotlib.pyplot, set to draw into files."""
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError(
            "Pictures need matplotlib: pip install 'sklearn_bigram[plot]'."
        ) from error
    matplotlib.use("agg")
    from matplotlib import pyplot

    return pyplot


def save_figure(figure, path):
    """Write a figure into a file, whole or not at all."""
    with replace_file(path) as file, warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", "Glyph")
        figure.savefig(file, format=Path(path).suffix[1:] or "png", dpi=100)
    if any("Glyph" in str(warning.message) for warning in caught):
        remark("the font of the picture lacks some of the symbols.")
