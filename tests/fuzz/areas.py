"""The areas by their names."""

from . import (
    best,
    chains,
    containers,
    counts,
    decisions,
    draws,
    files,
    network,
    regexes,
    smoothing,
    tokenizer,
)

AREAS = {
    "tokenizer": tokenizer.case,
    "containers": containers.case,
    "counts": counts.case,
    "smoothing": smoothing.case,
    "network": network.case,
    "chains": chains.case,
    "best": best.case,
    "regexes": regexes.case,
    "draws": draws.case,
    "decisions": decisions.case,
    "files": files.case,
}
