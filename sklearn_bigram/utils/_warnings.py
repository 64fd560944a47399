"""Warnings that point at the user's own line."""

import warnings
from inspect import currentframe
from types import FrameType

_INTERNAL = ("sklearn_bigram", "sklearn", "joblib", "contextlib")  # packages that call each other


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
    """Tell whether a frame runs code of one of the internal packages."""
    return frame.f_globals.get("__name__", "").partition(".")[0] in _INTERNAL
