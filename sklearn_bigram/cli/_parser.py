"""Argument parser of the command line: commands, their options and help texts."""

from sklearn_bigram import __version__
from sklearn_bigram.cli._option_types import (
    counts_output,
    output,
    page_or_output,
    picture,
    picture_or_output,
    score_limit,
    source,
)
from sklearn_bigram.cli._options import (
    NAMES,
    Parser,
    Show,
    add_help,
    add_json,
    add_lowercase,
    add_model,
    add_names,
    add_number,
    add_picture,
    common_options,
    constraint_options,
    model_options,
)
from sklearn_bigram.cli._writing import MAX_HELD
from sklearn_bigram.utils._files import DELIMITERS

_EXIT_STATUSES = (
    "The exit status is 0 for success, 2 for a mistake in the options or the files, 1 for a "
    "failure such as a full disk, 129, 130 or 143 after a signal to end, such as Ctrl-C, and 141 "
    "if the program that reads the output has ended."
)


def build_parser():
    """Return the parser for all commands."""
    parser = Parser(
        prog="sklearn-bigram",
        description="Bigram language models of names. Most commands first fit a model to NAMES, "
        "which takes milliseconds. NAMES is a text file with one name per line, which may be "
        "compressed (.gz), or a counts file written by `count` (.npz).",
        epilog=f"{_EXIT_STATUSES} Example: sklearn-bigram sample names.txt --pattern 'an*'",
        add_help=False,
    )
    add_help(parser)
    parser.add_argument(
        "--version",
        action=Show,
        find=lambda parser: f"{parser.prog} {__version__}\n",
        help="show program's version number and exit",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, summary, description, example, parents=()):
        command = commands.add_parser(
            name,
            help=summary,
            description=description,
            epilog=f"example: sklearn-bigram {example}",
            parents=[common_options(), *parents],
            add_help=False,
        )
        modules = {"demo": "_demo", "score": "_scoring"}
        command.set_defaults(module=modules.get(name, "_commands"))
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
        help=f"{NAMES} (default: the bundled names)",
    )
    names.add_argument(
        "--fetch", action="store_true", help="use the lecture's 32,033 names, downloaded once"
    )
    add_picture(demo, picture, "")
    add_number(demo, "--seed", int, 0, 0, "random seed of the split and the samples")

    sample = add(
        "sample",
        "sample names from the model",
        "Sample names from the model and print one name per line.",
        "sample names.txt -n 5 --pattern 'an*' --new --distinct",
        [model_options(), constraint_options()],
    )
    add_number(sample, "-n", int, 1, 10, "number of names")
    sample.add_argument(
        "--distinct",
        action="store_true",
        help=f"print each name only once, at most {MAX_HELD:,} names",
    )
    add_number(
        sample,
        "--temperature",
        float,
        0,
        1.0,
        "above 1 for more unusual names, below 1 for more typical ones",
        strict=True,
    )
    add_number(sample, "--seed", int, 0, None, "random seed, for reproducible samples")
    add_json(sample, "JSON lines")

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
        [model_options()],
    )
    score.add_argument(
        "file",
        type=source,
        nargs="?",
        default="-",
        metavar="FILE",
        help="text file with one string per line (.gz: compressed), or - for standard input "
        "(default: -)",
    )
    score.add_argument("--sort", action="store_true", help="print the least likely strings first")
    score.add_argument(
        "--below",
        type=score_limit,
        metavar="SCORE",
        help="print only strings with a standard score below SCORE",
    )
    score.add_argument(
        "--explain",
        action="store_true",
        help="print under each string its bigrams, their log-probabilities in nats, and the most "
        "probable bigram instead",
    )
    add_json(score, "JSON lines, with null for infinite values")

    top = add(
        "top",
        "find the most probable names",
        "Find the most probable names. Each output line has the log-likelihood in nats, a tab and "
        "the name.",
        "top names.txt -k 5 --pattern '*belle' --new",
        [model_options(), constraint_options()],
    )
    add_number(top, "-k", int, 1, 20, f"number of names, at most {MAX_HELD:,}", high=MAX_HELD)
    add_json(top, "JSON lines")

    tune = add(
        "tune",
        "find the best alpha, smoothing and reg",
        "Compare parameter values by cross-validation. The output is the mean negative "
        "log-likelihood per bigram of held-out names, in nats, and its standard error.",
        "tune names.txt --plot curve.png",
    )
    add_names(tune, f"{NAMES}, or - for standard input")
    add_model(tune, None, "tune only this model")
    add_lowercase(tune)
    add_number(tune, "--folds", int, 2, 5, "number of folds")
    add_number(tune, "--seed", int, 0, 0, "random seed of the split")
    tune.add_argument("--plot", type=picture, metavar="FILE", help="plot the results to FILE")
    add_json(tune, "one JSON document")

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
        help=f"{NAMES}, counts file (.npz), or - for standard input",
    )
    count.add_argument(
        "-o",
        "--output",
        type=counts_output,
        required=True,
        metavar="NPZ",
        help="the counts file to write",
    )
    count.add_argument(
        "--weights",
        choices=list(DELIMITERS),
        help="each line of a text file holds a name, this character and the weight of the name, "
        "such as its frequency",
    )
    add_lowercase(count)
    add_number(count, "--workers", int, 1, 1, "number of threads")

    plot = add(
        "plot",
        "plot all bigrams",
        "Plot all bigrams as a heat map.",
        "plot names.txt -o bigrams.png",
        [model_options()],
    )
    add_picture(plot, picture_or_output, ", or - for PNG on standard output")
    plot.add_argument(
        "--kind",
        choices=["counts", "proba", "logits"],
        default="counts",
        help="the quantity to plot (default: %(default)s)",
    )

    explore = add(
        "explore",
        "write a page in which to explore the model",
        "Write a web page in which to explore the model: the map of all bigrams, a walk that draws "
        "a name letter by letter, how likely a name is and why, new names, and a slider for "
        "the smoothing. The page is one file and needs no network. It holds the training names, "
        "up to 300,000 characters of them.",
        "explore names.txt -o explorer.html",
        [model_options()],
    )
    explore.add_argument(
        "-o",
        "--output",
        type=page_or_output,
        metavar="FILE",
        default="explorer.html",
        help="the HTML file to write, or - for standard output (default: %(default)s)",
    )

    arpa = add(
        "arpa",
        "write an ARPA file, for KenLM or SRILM",
        "Write the model to an ARPA file, encoded as UTF-8.",
        "arpa names.txt -o names.arpa.gz",
        [model_options()],
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
