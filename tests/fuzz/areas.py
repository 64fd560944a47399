"""The areas by their names."""

from . import best, chains, smoothing

AREAS = {
    "smoothing": smoothing.case,
    "chains": chains.case,
    "best": best.case,
}
