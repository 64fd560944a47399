"""Types of option values: each function returns the value of a text, or raises for argparse."""

import argparse
import os
import re
from io import BytesIO, TextIOWrapper
from math import inf, isnan, nan
from pathlib import Path

_PICTURES = (".png", ".svg", ".pdf")
_PAGES = (".html", ".htm")
_LINES = ["a\n", "b\n"]


def number(text, *, number_type, low, strict=False, high=inf):
    """Return a finite number >= `low`, or > `low` if `strict`, and <= `high`."""
    try:
        value = number_type(text)
    except ValueError:
        value = inf
    if not low <= value < inf or (strict and value == low):
        expected = "an integer" if number_type is int else "a number"
        limit = f"> {low}" if strict else f">= {low}"
        raise argparse.ArgumentTypeError(f"{text!r} is not {expected} {limit}")
    if value > high:
        raise argparse.ArgumentTypeError(f"{text!r} is more than the maximum, {high:,}")
    return value


def score_limit(text):
    """Return a number, which may be infinite."""
    try:
        value = float(text)
    except ValueError:
        value = nan
    if isnan(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value


def codec(text):
    """Return the name of an encoding of text files."""
    try:
        keeps_lines = _read_lines(text) == _LINES
    except (LookupError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a known text encoding") from error
    if not keeps_lines:
        raise argparse.ArgumentTypeError(f"{text!r} cannot encode text line by line")
    return text


def regex(text):
    """Return a compiled regular expression."""
    try:
        return re.compile(utf8(text))
    except (re.error, OverflowError, RecursionError) as error:
        problem = f"is not a regular expression: {error}"
        raise argparse.ArgumentTypeError(f"{text!r} {problem}") from error


def _read_lines(encoding):
    """Return lines that are written in an encoding, one after the other, and read again."""
    file = BytesIO()
    writer = TextIOWrapper(file, encoding, newline="\n")
    for line in _LINES:
        writer.write(line)
        writer.flush()
    return list(TextIOWrapper(BytesIO(file.getvalue()), encoding, newline="\n"))


def utf8(text):
    """Return an argument as UTF-8, whatever the locale.

    An argument that is not UTF-8 is what the locale says.
    """
    try:
        return os.fsencode(text).decode("utf-8")
    except UnicodeError:
        return text


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
    if text == "-":
        raise argparse.ArgumentTypeError(
            "- is standard output, which gets the results: give the name of a file"
        )
    if Path(text).suffix.lower() not in ("", *_PICTURES):
        raise argparse.ArgumentTypeError(f"{text!r} must end in {', '.join(_PICTURES)}")
    return output(text)


def picture_or_output(text):
    """Return the path of an image file, or - for standard output."""
    return text if text == "-" else picture(text)


def page_or_output(text):
    """Return the path of an HTML file, or - for standard output."""
    if text != "-" and Path(text).suffix.lower() not in _PAGES:
        raise argparse.ArgumentTypeError(f"{text!r} must end in {' or '.join(_PAGES)}")
    return text if text == "-" else output(text)


def counts_output(text):
    """Return the path of a counts file."""
    if not text.lower().endswith(".npz"):
        raise argparse.ArgumentTypeError(f"{text!r} must end in .npz, the suffix of counts files")
    return output(text)
