"""Warnings that point at the user's own line."""

import warnings
from inspect import currentframe
from pathlib import Path
from types import FrameType

_PACKAGE = str(Path(__file__).parents[1])
_LIBRARIES = ("sklearn.", "joblib.", "contextlib")


def warn_user(message, category):
    """Issue a warning that points at the line that called this package.

    Frames of scikit-learn and joblib are passed over too, so a warning from a step of a pipeline
    points at the call of the pipeline.
    """
    frame: FrameType | None = currentframe()
    stacklevel = 1
    while frame is not None and _is_internal(frame):
        frame, stacklevel = frame.f_back, stacklevel + 1
    warnings.warn(message, category, stacklevel=stacklevel)


def _is_internal(frame):
    """Tell whether a frame runs code of this package or of a library that calls it."""
    module = frame.f_globals.get("__name__", "")
    return frame.f_code.co_filename.startswith(_PACKAGE) or module.startswith(_LIBRARIES)
