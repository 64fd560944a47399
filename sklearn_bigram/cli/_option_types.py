"""Types of option values: each function returns the value of a text, or raises for argparse."""

import argparse
import os
import re
import warnings
from math import inf
from pathlib import Path

_PICTURES = (".png", ".svg", ".pdf")


def number(text, *, number_type, low, strict):
    """Return a finite number >= `low`, or > `low` if `strict`."""
    try:
        value = number_type(text)
    except ValueError:
        value = inf
    if not low <= value < inf or (strict and value == low):
        expected = "an integer" if number_type is int else "a number"
        limit = f"> {low}" if strict else f">= {low}"
        raise argparse.ArgumentTypeError(f"{text!r} is not {expected} {limit}")
    return value


def codec(text):
    """Return the name of a text encoding."""
    try:
        "a".encode(text)
    except (LookupError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a known text encoding") from error
    return text


def regex(text):
    """Return a compiled regular expression."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the model warns, in the words of the program
            return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        problem = f"is not a regular expression: {error}"
        raise argparse.ArgumentTypeError(f"{text!r} {problem}") from error


def source(text):
    """Return the path of a file that can be read, or - for standard input."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty: give the name of a file")
    return text


def output(text):
    """Return the path of a file that can be written."""
    path = Path(source(text))
    if path.is_dir() or not os.path.basename(text):
        raise argparse.ArgumentTypeError(f"{text!r} is a folder")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"the folder of {text!r} does not exist")
    return text


def picture(text):
    """Return the path of an image file."""
    if Path(text).suffix.lower() not in ("", *_PICTURES):
        raise argparse.ArgumentTypeError(f"{text!r} must end in {', '.join(_PICTURES)}")
    return output(text)


def counts_output(text):
    """Return the path of a counts file."""
    if not text.lower().endswith(".npz"):
        raise argparse.ArgumentTypeError(f"{text!r} must end in .npz, the suffix of counts files")
    return output(text)
