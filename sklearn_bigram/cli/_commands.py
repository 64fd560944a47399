"""Implementation of the commands."""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from sklearn_bigram import CountBigramLM, NameTokenizer
from sklearn_bigram.cli._new_names import (
    MAX_NAMES_HELD,
    NameFile,
    find_most_probable_new,
    sample_new,
)
from sklearn_bigram.cli._reading import (
    add_counts,
    count_names,
    count_text,
    is_counts,
    load_counts,
    read_names,
)
from sklearn_bigram.cli._writing import (
    MAX_HELD,
    as_json,
    import_pyplot,
    print_lines,
    remark,
    save_figure,
    show_progress,
)
from sklearn_bigram.utils._files import DELIMITERS

_PIECE = 2**17  # names sampled at a time
_PIECE_TO_LOOK_UP = 2**19  # names sampled at a time that are then looked up in the file
_MAX_DRAWN = 1000  # maximum number of symbols in a plot


def sample(args):
    """Print names sampled from the model."""
    if args.distinct and args.n > MAX_HELD:
        raise ValueError(f"-n {args.n} is more than {MAX_HELD:,}, the maximum with --distinct.")
    model, constraints, file = fit_to_generate(args)
    draw = model.sample if file is None else partial(sample_new, model, file)
    rng = np.random.default_rng(args.seed)
    options = {**constraints, "temperature": args.temperature, "random_state": rng}
    piece = _PIECE if file is None else _PIECE_TO_LOOK_UP
    piece = args.n if args.distinct else piece  # distinct names must be drawn together
    with show_progress(total=args.n) as progress:
        for start in range(0, args.n, piece):
            n_names = min(piece, args.n - start)
            names = draw(n_names, distinct=args.distinct, **options)
            print_lines((as_json(name=name) for name in names) if args.json else names)
            progress.update(n_names)


def top(args):
    """Print the most probable names."""
    model, constraints, file = fit_to_generate(args)
    find = model.most_probable if file is None else partial(find_most_probable_new, model, file)
    names, log_likelihood = find(args.k, **constraints)
    rows = zip(log_likelihood.tolist(), names, strict=True)
    if args.json:
        print_lines(as_json(name=name, log_likelihood=value) for value, name in rows)
    else:
        print_lines(f"{value:.4f}\t{name}" for value, name in rows)


def tune(args):
    """Print the cross-validated NLL of parameter values, and mark the best ones."""
    from sklearn_bigram.cli._tuning import (
        GRIDS,
        count_folds,
        cross_validate,
        draw_curves,
        find_best,
    )

    if is_counts(args.names):
        raise ValueError(
            f"{args.names} is a counts file, but cross-validation needs the names: give a text "
            "file of names."
        )
    plt = import_pyplot() if args.plot else None
    options = {"encoding": args.encoding, "lowercase": args.lowercase}
    folds, n_names = count_folds(args.names, args.folds, args.seed, **options)
    if n_names < args.folds:
        raise ValueError(f"{args.names} holds {n_names} names, fewer than --folds {args.folds}.")
    models = ["count", "neural"] if args.model is None else [args.model]
    total = sum(len(values) for (model, _), values in GRIDS.items() if model in models)
    with show_progress(total=total) as progress:
        candidates = []
        for candidate in cross_validate(folds, models):
            candidates.append(candidate)
            progress.update()
    best = find_best(candidates)
    winner = min(best, key=lambda candidate: candidate.nll)
    if args.json:
        results = {
            "n_names": n_names,
            "n_folds": args.folds,
            "candidates": [candidate._asdict() for candidate in candidates],
            "best": winner._asdict(),
        }
        print(as_json(**results))
    else:
        print(f"{n_names:,} names in {args.folds} folds. Each fold is held out once.\n")
        print(f"{'options':32}{'NLL':>8}{'std. error':>12}")
        for candidate in candidates:
            mark = "  *" if candidate in best else ""
            print(f"{candidate.options:32}{candidate.nll:8.4f}{candidate.error:12.4f}{mark}")
        print(f"\n* best value of each parameter; best overall: {winner.options}")
    if plt is not None:
        figure = draw_curves(candidates, plt)
        save_figure(figure, args.plot)
        plt.close(figure)


def count(args):
    """Write the bigram counts of files to a counts file."""
    texts = [path for path in args.files if not is_counts(path)]
    parts = [load_counts(path) for path in args.files if is_counts(path)]
    if parts and args.lowercase:
        raise ValueError(
            "--lowercase cannot change a counts file: count the names again with --lowercase."
        )
    if args.weights and not texts:
        raise ValueError("--weights applies only to text files, and all files are counts files.")
    if texts:
        executor = ThreadPoolExecutor(args.workers) if args.workers > 1 else None
        options = {"encoding": args.encoding, "lowercase": args.lowercase}
        delimiter = DELIMITERS.get(args.weights)
        try:
            parts.append(count_text(texts, **options, delimiter=delimiter, executor=executor))
        finally:
            if executor is not None:  # no waiting: an interrupt ends the program at once
                executor.shutdown(wait=False, cancel_futures=True)
    total = add_counts(parts)
    total.save(args.output)
    n_symbols = len(total.symbols)
    remark(f"{args.output}: {total.matrix.sum():,.0f} bigrams of {n_symbols:,} symbols.")


def plot(args):
    """Save a plot of all bigrams."""
    from sklearn_bigram import BigramDisplay

    plt = import_pyplot()
    model = fit(args)
    if len(model.symbols_) > _MAX_DRAWN:
        raise ValueError(
            f"{args.names} has {len(model.symbols_):,} symbols, more than the {_MAX_DRAWN:,} that "
            "a plot can show."
        )
    figure = BigramDisplay.from_estimator(model, kind=args.kind).figure_
    save_figure(figure, args.output)
    plt.close(figure)
    if args.output != "-":
        remark(f"the plot is saved in {args.output}.")


def explore(args):
    """Write the page of the model."""
    from sklearn_bigram import BigramExplorer

    names = None if is_counts(args.names) else read_names(args.names, args.encoding)
    page = BigramExplorer(fit(args, names), names)
    if args.output == "-":
        sys.stdout.buffer.write(page.to_html().encode("utf-8"))
        return
    page.save(args.output)
    remark(f"the explorer is saved in {args.output}: open it in a browser.")


def arpa(args):
    """Write the model to an ARPA file."""
    fit(args).to_arpa(sys.stdout.buffer if args.output == "-" else args.output)


def fit_to_generate(args):
    """Return the fitted model, the constraints on the names to generate, and a file or None.

    With --new, the names of a small file are excluded by the constraints. A large file is a
    `NameFile`, in which names are to be looked up.
    """
    least, most = args.min_length, args.max_length
    if least is not None and most is not None and least > most:
        raise ValueError(f"--min-length {least} is larger than --max-length {most}.")
    if args.new and is_counts(args.names):
        raise ValueError(
            f"{args.names} is a counts file, but --new needs the training names: give a text file "
            "of names."
        )
    constraints = {
        "pattern": args.pattern if args.regex is None else args.regex,
        "min_length": least,
        "max_length": most,
    }
    if not args.new:
        return fit(args), constraints, None
    is_read_once = not Path(args.names).is_file()  # standard input or a pipe
    names = read_names(args.names, args.encoding) if is_read_once else None
    model = fit(args, names)
    if names is None:
        n_names = model.counts_[:, [0]].sum()
        if n_names > MAX_NAMES_HELD:
            options = {"encoding": args.encoding, "lowercase": args.lowercase}
            return model, constraints, NameFile(args.names, **options)
        names = read_names(args.names, args.encoding)
    return model, {**constraints, "exclude": names}, None


def fit(args, names=None):
    """Return the model selected by the options, fitted to NAMES."""
    model = make_model(args)
    if is_counts(args.names):
        if args.lowercase:
            raise ValueError(
                "--lowercase cannot change a counts file: use --lowercase with the count command."
            )
        counts = load_counts(args.names)
    else:
        if names is not None:
            counts = count_names(names, lowercase=args.lowercase)
        else:
            options = {"encoding": args.encoding, "lowercase": args.lowercase}
            counts = count_text([args.names], **options)
        counts = add_counts([counts])
    tokenizer = NameTokenizer(boundary=counts.symbols[0], lowercase=args.lowercase)
    return model.set_params(tokenizer=tokenizer).fit(counts)


def make_model(args):
    """Return the unfitted model selected by the options."""
    options = {option: getattr(args, option) for option in ("alpha", "smoothing", "reg")}
    given = {option: value for option, value in options.items() if value is not None}
    for option in given:
        model = "neural" if option == "reg" else "count"
        if model != args.model:
            raise ValueError(f"--{option} applies only to --model {model}.")
    if "alpha" in given and given.get("smoothing", "additive") != "additive":
        raise ValueError(f"--alpha does not apply to --smoothing {args.smoothing}.")
    if args.model == "neural":
        from sklearn_bigram import NeuralBigramLM

        return NeuralBigramLM(**given)
    return CountBigramLM(**given)
