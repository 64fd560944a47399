"""The command line."""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, KFold, train_test_split

from sklearn_bigram import BigramDisplay, CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.datasets import fetch_names, load_names

ALPHAS = np.logspace(-3, 2, 16)
REGS = np.logspace(-5, 1, 13)


def main(argv=None):
    """Run the command line and return its exit status: 0, or 2 for a user's mistake."""
    parser = argparse.ArgumentParser(
        prog="sklearn-bigram", description="Bigram language models of names."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser(
        "demo",
        help="fit both models, compare, tune and sample them",
        description="Fit both models to names, tune them by cross-validation, compare them on a "
        "held-out fifth, sample from them, and draw the picture of all bigrams.",
        epilog="example: sklearn-bigram demo --names my_names.txt",
    )
    source = demo.add_mutually_exclusive_group()
    source.add_argument("--names", metavar="FILE", help="a UTF-8 file, one name a line")
    source.add_argument("--fetch", action="store_true", help="the lecture's 32,033 names")
    demo.add_argument(
        "-o", "--output", metavar="PNG", default="bigrams.png", help="the picture (%(default)s)"
    )
    demo.add_argument("--seed", type=int, default=0, help="of split and samples (%(default)s)")
    args = parser.parse_args(argv)
    try:
        run_demo(args)
    except (OSError, ValueError) as error:
        print(f"sklearn-bigram: {error}", file=sys.stderr)
        return 2
    return 0


def run_demo(args):
    """Print the comparison of both models, and save the picture."""
    if args.names is not None:
        names = read_names(args.names)
    elif args.fetch:
        names = fetch_names()
    else:
        names = load_names()
    train, test = train_test_split(names, test_size=0.2, random_state=args.seed)
    print(f"{len(names):,} names: {len(train):,} to train on, {len(test):,} held out.\n")

    # A rare symbol may be missing from a part of the names: the alphabet is that of all of them.
    tokenizer = NameTokenizer(alphabet=NameTokenizer().fit(names).symbols_[1:])
    count = CountBigramLM(tokenizer=tokenizer)
    neural = NeuralBigramLM(tokenizer=tokenizer)
    folds = KFold(5, shuffle=True, random_state=args.seed)
    tuned_count = GridSearchCV(count, {"alpha": ALPHAS}, cv=folds).fit(train)
    tuned_neural = GridSearchCV(neural, {"reg": REGS}, cv=folds).fit(train)
    alpha, reg = tuned_count.best_params_["alpha"], tuned_neural.best_params_["reg"]
    descent = clone(neural).set_params(solver="gd", random_state=args.seed)
    models = [
        ("count", "alpha = 1", clone(count)),
        ("count, tuned", f"alpha = {alpha:.3g}", clone(tuned_count.best_estimator_)),
        ("neural", "reg = 0.01", clone(neural)),
        ("neural, tuned", f"reg = {reg:.3g}", clone(tuned_neural.best_estimator_)),
        ("neural, descent", "reg = 0.01", descent),
    ]
    print(
        f"{'model':26}{'parameter':16}{'train NLL':>10}{'held-out NLL':>14}{'its perplexity':>16}"
        f"{'fit time':>12}"
    )
    for label, parameter, model in models:
        if model is descent:
            import torch  # noqa: F401 - its import is not training time
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the table says it
            model.fit(train)
        milliseconds = 1e3 * (time.perf_counter() - start)
        print(
            f"{label:26}{parameter:16}{-model.score(train):10.4f}{-model.score(test):14.4f}"
            f"{model.perplexity(test):16.2f}{milliseconds:9.1f} ms"
            f"{' (not converged)' if model is descent and model.n_iter_ == model.max_iter else ''}"
        )
    print("\nNLL: mean negative log-likelihood per bigram, in nats. Uniform guessing has ", end="")
    print(f"{np.log(len(tokenizer.alphabet) + 1):.4f}.\n")
    for model in (tuned_count.best_estimator_, tuned_neural.best_estimator_):
        print(f"{type(model).__name__} says: {', '.join(model.sample(10, random_state=args.seed))}")
    try:
        import matplotlib
    except ImportError:
        print("\nNo picture: it needs matplotlib, pip install 'sklearn_bigram[plot]'.")
        return
    matplotlib.use("agg")
    figure = BigramDisplay.from_estimator(tuned_count.best_estimator_).figure_
    figure.savefig(args.output, dpi=100)
    print(f"\nThe picture of all bigrams is in {args.output}.")


def read_names(path):
    """Return the names in a UTF-8 file, one a line; blank lines do not count."""
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error}.") from error
    names = [line.rstrip("\r") for line in lines]
    names = [name for name in names if name]
    if len(names) < 10:
        raise ValueError(f"{path} holds {len(names)} names: the demo needs at least 10.")
    return names
