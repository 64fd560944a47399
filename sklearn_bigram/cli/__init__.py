"""The command line.

Arguments come in; results go to standard output and remarks to standard error. `main` parses, calls
a function of `_commands` or `_demo`, and turns an exception into one line and an exit status.
"""

from sklearn_bigram.cli._main import main

__all__ = ["main"]
