"""The options of the commands, and their help."""

import argparse
from math import inf
from pathlib import Path

from sklearn_bigram import __version__


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message):
        """Print the message and exit."""
        self.exit(2, f"sklearn-bigram: {message} (see {self.prog} --help)\n")


_PICTURES = (".png", ".svg", ".pdf")


def build_parser():
    """Return the parser of all commands."""
    parser = Parser(
        prog="sklearn-bigram",
        description="Bigram language models of names. Each command fits one, in milliseconds, to "
        "NAMES: a file with a name a line, or a counts file that `count` wrote.",
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
        "fit both models, compare, tune and sample them",
        "Fit both models to names, tune them by cross-validation, compare them on a held-out "
        "fifth, sample from them, and draw the picture of all bigrams.",
        "demo --names my_names.txt",
    )
    source = demo.add_mutually_exclusive_group()
    source.add_argument("--names", metavar="FILE", help="one name a line (the bundled names)")
    source.add_argument("--fetch", action="store_true", help="the lecture's 32,033 names")
    _add_picture(demo)
    _add_number(demo, "--seed", int, 0, 0, "of split and samples")

    sample = add(
        "sample",
        "draw names",
        "Draw names from the model, a name a line.",
        "sample names.txt -n 5 --pattern 'an*' --new --distinct",
        [_model(), _constraints()],
    )
    _add_number(sample, "-n", int, 1, 10, "how many")
    sample.add_argument("--distinct", action="store_true", help="no name twice")
    _add_number(
        sample, "--temperature", float, 0, 1.0, "above 1 wilder, below 1 tamer", strict=True
    )
    _add_number(sample, "--seed", int, 0, None, "to draw the same names again")
    _add_json(sample, "JSON lines")

    score = add(
        "score",
        "tell how likely strings are",
        "Score strings, one a line: the standard score (how likely the string is among all of its "
        "length, in standard deviations; below -3 it hardly is a name), the mean negative "
        "log-likelihood per bigram in nats, and the string, with tabs between. A string with a "
        "symbol that no training name has is impossible: -inf and inf. Blank lines do not count.",
        "score names.txt strings.txt --sort",
        [_model()],
    )
    score.add_argument("file", nargs="?", default="-", metavar="FILE", help="the strings (-)")
    score.add_argument("--sort", action="store_true", help="the least likely first")
    score.add_argument(
        "--below", type=float, metavar="SCORE", help="only strings with a standard score below"
    )
    _add_json(score, "JSON lines, null for what is infinite")

    top = add(
        "top",
        "find the most probable names",
        "Find the most probable names: the log-likelihood in nats, a tab and the name.",
        "top names.txt -k 5 --pattern '*belle' --new",
        [_model(), _constraints()],
    )
    _add_number(top, "-k", int, 1, 20, "how many")
    _add_json(top, "JSON lines")

    tune = add(
        "tune",
        "find the best alpha, smoothing and reg",
        "Compare parameters by cross-validation: the mean negative log-likelihood per bigram of "
        "names that were held out, in nats, and its standard error.",
        "tune names.txt --plot curve.png",
    )
    _add_names(tune, "one name a line, or - for standard input")
    _add_kind(tune, None, "tune this model only")
    _add_lowercase(tune)
    _add_number(tune, "--folds", int, 2, 5, "how many parts are held out in turn")
    _add_number(tune, "--seed", int, 0, 0, "of the split")
    tune.add_argument("--plot", type=_picture, metavar="FILE", help="a picture of it")
    _add_json(tune, "one JSON document")

    count = add(
        "count",
        "count files of any size",
        "Count the bigrams of files into a counts file, which the other commands take in place "
        "of names. Counts files among FILE are added.",
        "count names-*.txt old.npz -o counts.npz",
    )
    count.add_argument(
        "files", nargs="+", metavar="FILE", help="names, counts, or - for standard input"
    )
    count.add_argument(
        "-o", "--output", type=_counts_output, required=True, metavar="NPZ", help="the counts file"
    )
    _add_lowercase(count)
    _add_number(count, "--workers", int, 1, 1, "threads that count")

    plot = add(
        "plot",
        "draw the picture of all bigrams",
        "Draw how often each symbol follows each other symbol.",
        "plot names.txt -o bigrams.png",
        [_model()],
    )
    _add_picture(plot)
    plot.add_argument(
        "--kind",
        choices=["counts", "proba", "logits"],
        default="counts",
        help="what to show (%(default)s)",
    )

    arpa = add(
        "arpa",
        "write an ARPA file, for KenLM or SRILM",
        "Write the model as an ARPA file, in UTF-8.",
        "arpa names.txt -o names.arpa.gz",
        [_model()],
    )
    arpa.add_argument(
        "-o",
        "--output",
        type=_output,
        metavar="FILE",
        default="-",
        help="the file, compressed if it ends in .gz (standard output)",
    )
    return parser


def _encoding():
    parser = Parser(add_help=False)
    parser.add_argument(
        "--encoding", type=_codec, default="utf-8", help="of text in and out (%(default)s)"
    )
    return parser


def _model():
    parser = Parser(add_help=False)
    _add_names(parser, "one name a line, - for standard input, or a counts file (.npz)")
    _add_kind(parser, "count", "by counting, or as a neural network (%(default)s)")
    _add_number(parser, "--alpha", float, 0, None, "fake counts added to each bigram (1)")
    parser.add_argument(
        "--smoothing",
        choices=["additive", "witten-bell", "absolute", "kneser-ney"],
        help="of counts (additive, which alone takes --alpha)",
    )
    _add_number(parser, "--reg", float, 0, None, "strength of the neural penalty (0.01)")
    _add_lowercase(parser)
    return parser


def _constraints():
    parser = Parser(add_help=False)
    parser.add_argument(
        "--pattern", help="'an*' begins with an; ? is one symbol, [a-e] one of those, [!a-e] not"
    )
    _add_number(parser, "--min-length", int, 0, None, "the fewest symbols")
    _add_number(parser, "--max-length", int, 0, None, "the most symbols")
    parser.add_argument("--new", action="store_true", help="none of the training names")
    return parser


def _add_names(parser, what):
    parser.add_argument("names", metavar="NAMES", help=what)


def _add_kind(parser, default, what):
    parser.add_argument("--model", choices=["count", "neural"], default=default, help=what)


def _add_lowercase(parser):
    parser.add_argument("--lowercase", action="store_true", help="turn names to lower case first")


def _add_json(parser, what):
    parser.add_argument("--json", action="store_true", help=f"print {what}")


def _add_picture(parser):
    parser.add_argument(
        "-o",
        "--output",
        type=_picture,
        metavar="FILE",
        default="bigrams.png",
        help="the picture, .png, .svg or .pdf (%(default)s)",
    )


def _add_number(parser, option, kind, low, default, what, *, strict=False):
    """Add an option whose value is a finite number from `low` on, or above it."""

    def convert(text):
        try:
            value = kind(text)
        except ValueError:
            value = inf
        if not low <= value < inf or (strict and value == low):
            wanted = "a whole number" if kind is int else "a number"
            limit = f"above {low}" if strict else f"from {low} on"
            raise argparse.ArgumentTypeError(f"{text!r} is not {wanted} {limit}")
        return value

    shown = "" if default is None else " (%(default)s)"
    parser.add_argument(option, type=convert, default=default, metavar="N", help=what + shown)


def _codec(text):
    try:
        "a".encode(text)
    except (LookupError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of an encoding") from error
    return text


def _output(text):
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a folder")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is not in a folder that exists")
    return text


def _picture(text):
    if Path(text).suffix.lower() not in ("", *_PICTURES):
        raise argparse.ArgumentTypeError(f"{text!r} must end in {', '.join(_PICTURES)}")
    return _output(text)


def _counts_output(text):
    if not text.endswith(".npz"):
        raise argparse.ArgumentTypeError(f"{text!r} must end in .npz, by which counts are known")
    return _output(text)
