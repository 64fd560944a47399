"""The command line."""

from sklearn_bigram.cli._main import main

__all__ = ["main"]
