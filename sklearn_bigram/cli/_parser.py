"""Argument parser of the command line: commands, options and help texts."""

import argparse
from functools import partial

from sklearn_bigram import __version__
from sklearn_bigram.cli._option_types import (
    codec,
    counts_output,
    number,
    output,
    picture,
    source,
)
from sklearn_bigram.utils._text import show


class Parser(argparse.ArgumentParser):
    """Argument parser that prints errors in one line."""

    def error(self, message):
        """Print the error message and exit with status 2."""
        self.exit(2, f"sklearn-bigram: {show(message)} (see {self.prog} --help)\n")


def build_parser():
    """Return the parser for all commands."""
    parser = Parser(
        prog="sklearn-bigram",
        description="Bigram language models of names. Most commands first fit a model to NAMES, "
        "which takes milliseconds. NAMES is a text file with one name per line, or a counts file "
        "written by `count`.",
        epilog="example: sklearn-bigram sample names.txt --pattern 'an*'",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, summary, description, example, parents=()):
        command = commands.add_parser(
            name,
            help=summary,
            description=description,
            epilog=f"example: sklearn-bigram {example}",
            parents=[_encoding(), *parents],
        )
        command.set_defaults(module="_demo" if name == "demo" else "_commands")
        return command

    demo = add(
        "demo",
        "fit, tune and compare both models, and sample from them",
        "Fit both models to names and tune them by cross-validation. Compare them on a held-out "
        "fifth of the names, sample from them, and plot all bigrams.",
        "demo --names my_names.txt",
    )
    names = demo.add_mutually_exclusive_group()
    names.add_argument(
        "--names",
        type=source,
        metavar="FILE",
        help="text file with one name per line (default: the bundled names)",
    )
    names.add_argument(
        "--fetch", action="store_true", help="use the lecture's 32,033 names, downloaded once"
    )
    _add_picture(demo)
    _add_number(demo, "--seed", int, 0, 0, "random seed of the split and the samples")

    sample = add(
        "sample",
        "sample names from the model",
        "Sample names from the model and print one name per line.",
        "sample names.txt -n 5 --pattern 'an*' --new --distinct",
        [_model(), _constraints()],
    )
    _add_number(sample, "-n", int, 1, 10, "number of names")
    sample.add_argument("--distinct", action="store_true", help="print each name only once")
    _add_number(
        sample,
        "--temperature",
        float,
        0,
        1.0,
        "above 1 for more unusual names, below 1 for more typical ones",
        strict=True,
    )
    _add_number(sample, "--seed", int, 0, None, "random seed, for reproducible samples")
    _add_json(sample, "JSON lines")

    score = add(
        "score",
        "compute how likely strings are",
        "Score strings, one per line. The output has three columns, separated by tabs. The first "
        "is the standard score: the number of standard deviations between the log-likelihood of "
        "the string and the mean for its length. Below -3, the string is probably not a name. The "
        "second is the mean negative log-likelihood per bigram, in nats. The third is the string. "
        "A string with a symbol that does not occur in the training names is impossible and has "
        "the scores -inf and inf. Blank lines are ignored.",
        "score names.txt strings.txt --sort",
        [_model()],
    )
    score.add_argument(
        "file",
        type=source,
        nargs="?",
        default="-",
        metavar="FILE",
        help="text file with one string per line, or - for standard input (default: -)",
    )
    score.add_argument("--sort", action="store_true", help="print the least likely strings first")
    score.add_argument(
        "--below",
        type=float,
        metavar="SCORE",
        help="print only strings with a standard score below SCORE",
    )
    _add_json(score, "JSON lines, with null for infinite values")

    top = add(
        "top",
        "find the most probable names",
        "Find the most probable names. Each output line has the log-likelihood in nats, a tab and "
        "the name.",
        "top names.txt -k 5 --pattern '*belle' --new",
        [_model(), _constraints()],
    )
    _add_number(top, "-k", int, 1, 20, "number of names")
    _add_json(top, "JSON lines")

    tune = add(
        "tune",
        "find the best alpha, smoothing and reg",
        "Compare parameter values by cross-validation. The output is the mean negative "
        "log-likelihood per bigram of held-out names, in nats, and its standard error.",
        "tune names.txt --plot curve.png",
    )
    _add_names(tune, "text file with one name per line, or - for standard input")
    _add_model(tune, None, "tune only this model")
    _add_lowercase(tune)
    _add_number(tune, "--folds", int, 2, 5, "number of folds")
    _add_number(tune, "--seed", int, 0, 0, "random seed of the split")
    tune.add_argument("--plot", type=picture, metavar="FILE", help="plot the results to FILE")
    _add_json(tune, "one JSON document")

    count = add(
        "count",
        "count the bigrams of files of any size",
        "Count the bigrams of files and write them to a counts file. The other commands accept a "
        "counts file in place of names, except where they need the names. If a FILE is a counts "
        "file, its counts are added.",
        "count names-*.txt old.npz -o counts.npz",
    )
    count.add_argument(
        "files",
        type=source,
        nargs="+",
        metavar="FILE",
        help="text file with one name per line, counts file (.npz), or - for standard input",
    )
    count.add_argument(
        "-o",
        "--output",
        type=counts_output,
        required=True,
        metavar="NPZ",
        help="the counts file to write",
    )
    _add_lowercase(count)
    _add_number(count, "--workers", int, 1, 1, "number of threads")

    plot = add(
        "plot",
        "plot all bigrams",
        "Plot all bigrams as a heat map.",
        "plot names.txt -o bigrams.png",
        [_model()],
    )
    _add_picture(plot)
    plot.add_argument(
        "--kind",
        choices=["counts", "proba", "logits"],
        default="counts",
        help="the quantity to plot (default: %(default)s)",
    )

    arpa = add(
        "arpa",
        "write an ARPA file, for KenLM or SRILM",
        "Write the model to an ARPA file, encoded as UTF-8.",
        "arpa names.txt -o names.arpa.gz",
        [_model()],
    )
    arpa.add_argument(
        "-o",
        "--output",
        type=output,
        metavar="FILE",
        default="-",
        help="the file to write, compressed if its name ends in .gz (default: standard output)",
    )
    return parser


def _encoding():
    parser = Parser(add_help=False)
    parser.add_argument(
        "--encoding",
        type=codec,
        default="utf-8",
        help="encoding of the input and the output (default: %(default)s)",
    )
    return parser


def _model():
    parser = Parser(add_help=False)
    _add_names(
        parser,
        "text file with one name per line, counts file (.npz), or - for standard input",
    )
    _add_model(parser, "count", "count model or neural network (default: %(default)s)")
    _add_number(parser, "--alpha", float, 0, None, "pseudocount added to each bigram (default: 1)")
    parser.add_argument(
        "--smoothing",
        choices=["additive", "witten-bell", "absolute", "kneser-ney", "dirichlet"],
        help="smoothing method of the count model; --alpha applies only to additive "
        "(default: additive)",
    )
    _add_number(parser, "--reg", float, 0, None, "L2 penalty of the neural model (default: 0.01)")
    _add_lowercase(parser)
    return parser


def _constraints():
    parser = Parser(add_help=False)
    parser.add_argument(
        "--pattern",
        help="only names that match: 'an*' matches names that begin with an, ? matches any "
        "symbol, [a-e] one of these symbols, [!a-e] any other symbol",
    )
    _add_number(parser, "--min-length", int, 0, None, "minimum number of symbols")
    _add_number(parser, "--max-length", int, 0, None, "maximum number of symbols")
    parser.add_argument("--new", action="store_true", help="exclude the training names")
    return parser


def _add_names(parser, help_text):
    parser.add_argument("names", type=source, metavar="NAMES", help=help_text)


def _add_model(parser, default, help_text):
    parser.add_argument("--model", choices=["count", "neural"], default=default, help=help_text)


def _add_lowercase(parser):
    parser.add_argument(
        "--lowercase", action="store_true", help="convert all text to lower case first"
    )


def _add_json(parser, output_format):
    parser.add_argument("--json", action="store_true", help=f"print {output_format}")


def _add_picture(parser):
    parser.add_argument(
        "-o",
        "--output",
        type=picture,
        metavar="FILE",
        default="bigrams.png",
        help="the image file to write: .png, .svg or .pdf (default: %(default)s)",
    )


def _add_number(parser, option, number_type, low, default, help_text, *, strict=False):
    """Add an option whose value is a finite number >= `low`, or > `low` if `strict`."""
    shown = "" if default is None else " (default: %(default)s)"
    convert = partial(number, number_type=number_type, low=low, strict=strict)
    parser.add_argument(option, type=convert, default=default, metavar="N", help=help_text + shown)
