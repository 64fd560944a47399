"""Options that commands share, and how they are parsed."""

import argparse
import sys
from functools import partial

from sklearn_bigram.cli._option_types import codec, number, regex, source, utf8
from sklearn_bigram.cli._writing import check_standard_output, remark

NAMES = "text file with one name per line (.gz: compressed)"


class Parser(argparse.ArgumentParser):
    """Argument parser that prints errors in one line."""

    def error(self, message):
        """Print the error message and exit with status 2."""
        remark(f"{message} (see {self.prog} --help)")
        self.exit(2)


class Show(argparse.Action):
    """Print a text and exit; unlike argparse's own actions, raise if it cannot be printed."""

    def __init__(self, option_strings, dest, *, find, help):
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)
        self.find = find

    def __call__(self, parser, *_):
        """Print what the function `find` returns for the parser."""
        check_standard_output()
        sys.stdout.write(self.find(parser))
        sys.stdout.flush()
        parser.exit()


def common_options():
    """Return a parser of the options of every command."""
    parser = Parser(add_help=False)
    add_help(parser)
    parser.add_argument(
        "--encoding",
        type=codec,
        default="utf-8",
        help="encoding of the input and the output (default: %(default)s)",
    )
    return parser


def model_options():
    """Return a parser of NAMES and the options of a model."""
    parser = Parser(add_help=False)
    add_names(parser, f"{NAMES}, counts file (.npz), or - for standard input")
    add_model(parser, "count", "count model or neural network (default: %(default)s)")
    add_number(parser, "--alpha", float, 0, None, "pseudocount added to each bigram (default: 1)")
    parser.add_argument(
        "--smoothing",
        choices=["additive", "witten-bell", "absolute", "kneser-ney", "dirichlet"],
        help="smoothing method of the count model; --alpha applies only to additive "
        "(default: additive)",
    )
    add_number(parser, "--reg", float, 0, None, "L2 penalty of the neural model (default: 0.01)")
    add_lowercase(parser)
    return parser


def constraint_options():
    """Return a parser of the constraints on names to generate."""
    parser = Parser(add_help=False)
    pattern = parser.add_mutually_exclusive_group()
    pattern.add_argument(
        "--pattern",
        type=utf8,
        help="only names that match: * stands for any number of symbols, so 'an*' matches names "
        "that begin with an; ? stands for any symbol, [a-e] for one of these symbols, [!a-e] for "
        "any other symbol",
    )
    pattern.add_argument(
        "--regex",
        type=regex,
        help="only names that match all of this regular expression, as in Python: "
        "'lu[^xq]{3,5}[aeiou]', or '(?i)lu.*' for any case",
    )
    add_number(parser, "--min-length", int, 0, None, "minimum number of symbols")
    add_number(parser, "--max-length", int, 0, None, "maximum number of symbols")
    parser.add_argument("--new", action="store_true", help="exclude the training names")
    return parser


def add_help(parser):
    """Add the option that prints the help."""
    parser.add_argument(
        "-h",
        "--help",
        action=Show,
        find=lambda parser: parser.format_help(),
        help="show this help message and exit",
    )


def add_names(parser, help_text):
    """Add NAMES."""
    parser.add_argument("names", type=source, metavar="NAMES", help=help_text)


def add_model(parser, default, help_text):
    """Add the option of the kind of model."""
    parser.add_argument("--model", choices=["count", "neural"], default=default, help=help_text)


def add_lowercase(parser):
    """Add the option of lower case."""
    parser.add_argument(
        "--lowercase", action="store_true", help="convert all text to lower case first"
    )


def add_json(parser, output_format):
    """Add the option of JSON, in an output format."""
    parser.add_argument("--json", action="store_true", help=f"print {output_format}")


def add_picture(parser, path_type, more):
    """Add the option of the image file."""
    parser.add_argument(
        "-o",
        "--output",
        type=path_type,
        metavar="FILE",
        default="bigrams.png",
        help=f"the image file to write: .png, .svg or .pdf{more} (default: %(default)s)",
    )


def add_number(parser, option, number_type, low, default, help_text, **limits):
    """Add an option whose value is a finite number >= `low`, within other limits of `number`."""
    shown = "" if default is None else " (default: %(default)s)"
    convert = partial(number, number_type=number_type, low=low, **limits)
    parser.add_argument(option, type=convert, default=default, metavar="N", help=help_text + shown)
