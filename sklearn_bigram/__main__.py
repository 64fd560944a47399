"""Run the command line: ``python -m sklearn_bigram``."""

from sklearn_bigram.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
