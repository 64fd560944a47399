"""The demo command: comparison, tuning and samples of both models."""

import time
import warnings

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, KFold, train_test_split

from sklearn_bigram import BigramDisplay, CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.cli._reading import free_boundary, read_names
from sklearn_bigram.cli._signals import hold_signals
from sklearn_bigram.cli._tuning import GRIDS
from sklearn_bigram.cli._writing import import_pyplot, save_figure
from sklearn_bigram.datasets import fetch_names, load_names
from sklearn_bigram.estimation._descent import import_torch
from sklearn_bigram.utils._text import show


def demo(args):
    """Print a comparison of both models and save a plot of all bigrams."""
    if args.names is not None:
        names = read_names(args.names, args.encoding)
        if len(names) < 10:
            raise ValueError(f"{args.names} holds {len(names)} names: the demo needs at least 10.")
    elif args.fetch:
        names = fetch_names()
    else:
        names = load_names()
    train, test = train_test_split(names, test_size=0.2, random_state=args.seed)
    print(f"{len(names):,} names: {len(train):,} for training, {len(test):,} held out.\n")

    # The alphabet contains the symbols of all names, because a fold may lack a rare symbol.
    symbols = set().union(*names)
    tokenizer = NameTokenizer(boundary=free_boundary(symbols), alphabet=sorted(symbols))
    count = CountBigramLM(tokenizer=tokenizer)
    neural = NeuralBigramLM(tokenizer=tokenizer)
    folds = KFold(5, shuffle=True, random_state=args.seed)
    tuned_count = GridSearchCV(count, {"alpha": GRIDS["count", "alpha"]}, cv=folds).fit(train)
    tuned_neural = GridSearchCV(neural, {"reg": GRIDS["neural", "reg"]}, cv=folds).fit(train)
    alpha, reg = tuned_count.best_params_["alpha"], tuned_neural.best_params_["reg"]
    descent = clone(neural).set_params(solver="gd", random_state=args.seed)
    models = [
        ("count", "alpha = 1", clone(count)),
        ("count, tuned", f"alpha = {alpha:.3g}", clone(tuned_count.best_estimator_)),
        ("neural", "reg = 0.01", clone(neural)),
        ("neural, tuned", f"reg = {reg:.3g}", clone(tuned_neural.best_estimator_)),
    ]
    missing = None
    try:
        with hold_signals():
            import_torch()  # here, so that the fit time does not include the import
        models.append(("neural, descent", "reg = 0.01", descent))
    except ImportError as error:
        missing = error
    print(
        f"{'model':26}{'parameter':16}{'train NLL':>10}{'held-out NLL':>14}{'perplexity':>16}"
        f"{'fit time':>12}"
    )
    for label, parameter, model in models:
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the table shows it
            model.fit(train)
        milliseconds = 1e3 * (time.perf_counter() - start)
        print(
            f"{label:26}{parameter:16}{-model.score(train):10.4f}{-model.score(test):14.4f}"
            f"{model.perplexity(test):16.2f}{milliseconds:9.1f} ms"
            f"{' (not converged)' if model is descent and model.n_iter_ == model.max_iter else ''}"
        )
    if missing is not None:
        print(f"{'neural, descent':26}{'reg = 0.01':16}  needs torch, see below")
    print("\nNLL: mean negative log-likelihood per bigram, in nats. Perplexity: exp(held-out NLL).")
    print(f"The NLL of the uniform model is {np.log(len(tokenizer.alphabet) + 1):.4f}.\n")
    if missing is not None:
        print(f"{missing}\n")
    for model in (tuned_count.best_estimator_, tuned_neural.best_estimator_):
        names = ", ".join(model.sample(10, random_state=args.seed))
        print(f"Samples from {type(model).__name__}: {names}")
    try:
        plt = import_pyplot()
    except ImportError as error:
        print(f"\nNo plot: {error}")
        return
    figure = BigramDisplay.from_estimator(tuned_count.best_estimator_).figure_
    save_figure(figure, args.output)
    plt.close(figure)
    print(f"\nThe plot of all bigrams is saved in {show(args.output)}.")
