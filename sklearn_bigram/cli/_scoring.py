"""The command score: a file of strings in blocks of lines, a block at a time as arrays."""

import sys
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np

from sklearn_bigram.cli._commands import fit
from sklearn_bigram.cli._number_texts import NumberTexts
from sklearn_bigram.cli._reading import LINE_END, read_blocks, split_lines
from sklearn_bigram.cli._writing import as_json, print_lines, remark, show_progress
from sklearn_bigram.markov._length_moments import LengthMoments
from sklearn_bigram.tokenization._codes import Codes, code_list
from sklearn_bigram.tokenization._vocabulary import Vocabulary

_PIECE = 2**16  # sorted strings printed at a time


class Scores(NamedTuple):
    """Strings and their scores."""

    strings: list
    numbers: np.ndarray  # of their lines, (n_strings,)
    standard_score: np.ndarray  # (n_strings,)
    nll: np.ndarray  # (n_strings,), the mean per bigram
    is_known: np.ndarray  # (n_strings,), whether all symbols are known

    def take(self, index):
        """Return the strings with these indices, (n,)."""
        strings = [self.strings[i] for i in index.tolist()]
        return Scores(strings, *(field[index] for field in self[1:]))

    def rows(self):
        """Return an iterator over the strings, with all that is known of each."""
        return zip(self.strings, *(field.tolist() for field in self[1:]), strict=True)


def score(args):
    """Print the standard score and the mean NLL of each string."""
    if args.names == args.file == "-":
        raise ValueError("NAMES and FILE are both standard input: give a file for one of them.")
    model = fit(args)
    scorer = Scorer(model)
    show: Callable = TablePrinter().print
    if args.json or args.explain:
        show = partial(print_rows, in_json=args.json, model=model if args.explain else None)
    kept = []
    n_strings = n_unknown = 0
    lower_case_helps = False
    with show_progress() as progress:
        for scores in scorer.score_blocks(read_blocks(args.file, args.encoding)):
            n_strings += len(scores.strings)
            unknown = np.flatnonzero(~scores.is_known)
            n_unknown += len(unknown)
            if len(unknown) > 0 and not lower_case_helps:
                in_lower_case = [string.lower() for string in scores.take(unknown).strings]
                lower_case_helps = scorer.knows(in_lower_case).any()
            progress.update(len(scores.strings))
            if args.below is not None:
                scores = scores.take(np.flatnonzero(scores.standard_score < args.below))
            if args.sort:
                kept.append(scores)
            else:
                show(scores)
    if kept:
        scores = join(kept)
        order = np.argsort(scores.standard_score, kind="stable")
        for start in range(0, len(order), _PIECE):
            show(scores.take(order[start : start + _PIECE]))
    if n_unknown > 0:
        hint = " (--lowercase may help)" if lower_case_helps else ""
        remark(
            f"{n_unknown:,} of {n_strings:,} strings contain a symbol that does not occur in "
            f"{args.names}: they are impossible{hint}."
        )


def join(parts):
    """Return the strings of several `Scores`."""
    strings, *fields = zip(*parts, strict=True)
    return Scores([*chain.from_iterable(strings)], *map(np.concatenate, fields))


class Scorer:
    """Scores strings without line feeds, which may have unknown symbols.

    Parameters
    ----------
    model : CountBigramLM or NeuralBigramLM
        The fitted model.
    """

    def __init__(self, model):
        # A line feed separates strings, since they may hold the boundary of the model.
        symbols = np.where(model.symbols_ == LINE_END, "", model.symbols_)
        symbols[0] = LINE_END
        self._vocabulary = Vocabulary(symbols, None, 0)
        self._lowercase = model.tokenizer_.lowercase
        self._transition = model.transition_
        self._moments = LengthMoments(model.transition_)

    def score_blocks(self, blocks):
        """Yield the `Scores` of the non-blank lines of each block of text.

        A string with an unknown symbol is impossible. The boundary is an unknown symbol.
        """
        n_lines = 0
        for text in blocks:
            strings = split_lines(text)
            stream, is_known = self._encode(strings)
            log_likelihood = np.where(is_known, self._transition.log_likelihood(stream), -np.inf)
            n_bigrams = np.where(is_known, stream.n_bigrams, 1)
            standard_score = self._moments.standardize(log_likelihood, n_bigrams)
            nll = -log_likelihood / n_bigrams
            numbers = np.arange(n_lines + 1, n_lines + len(strings) + 1)
            n_lines += len(strings)
            scores = Scores(strings, numbers, standard_score, nll, is_known)
            is_filled = stream.n_bigrams > 1
            yield scores if is_filled.all() else scores.take(np.flatnonzero(is_filled))

    def knows(self, strings):
        """Return whether all symbols of each string are known, (n_strings,) bool."""
        return self._encode(strings)[1]

    def _encode(self, strings):
        """Return strings as a stream, with 0 for unknown symbols, and which have none of these."""
        if self._lowercase:
            strings = LINE_END.join(strings).lower().split(LINE_END)
        coded = Codes(code_list(strings, LINE_END), ord(LINE_END))
        stream = self._vocabulary.encode(coded, default=0)
        is_unknown = stream.ids == 0
        is_unknown[stream.starts] = False
        is_known = np.ones(len(strings), dtype=bool)
        is_known[np.searchsorted(stream.starts, np.flatnonzero(is_unknown)) - 1] = False
        return stream, is_known


class TablePrinter:
    """Prints a line for each string: standard score, mean NLL and string, separated by tabs."""

    def __init__(self):
        self._format_score = NumberTexts(2, end="\t")
        self._format_nll = NumberTexts(4, end="\t")

    def print(self, scores):
        """Print scores."""
        cells = [LINE_END] * (4 * len(scores.strings))
        cells[0::4] = self._format_score(scores.standard_score).tolist()
        cells[1::4] = self._format_nll(scores.nll).tolist()
        cells[2::4] = scores.strings
        if cells:  # else some encodings would write their mark
            sys.stdout.write("".join(cells))


def print_rows(scores, *, in_json, model):
    """Print strings one by one; with a model, the bigrams of each follow."""
    print_lines(line for row in scores.rows() for line in format_row(row, in_json, model))


def format_row(row, in_json, model):
    """Return the lines to print for one string."""
    string, number, standard_score, nll, is_known = row
    explanation = model.explain(string) if model is not None and is_known else None
    if not in_json:
        bigrams = [] if explanation is None else str(explanation).splitlines()[1:]
        indented = [f"    {line}" for line in bigrams]
        return [f"{standard_score:.2f}\t{nll:.4f}\t{string}", *indented]
    values = {"line": number, "string": string, "standard_score": standard_score, "nll": nll}
    if model is not None:
        values["bigrams"] = None if explanation is None else as_dicts(explanation)
    return [as_json(**values)]


def as_dicts(explanation):
    """Return the bigrams of a NameExplanation as dicts."""
    names = ("first", "second", "log_proba", "best", "best_log_proba")
    columns = [getattr(explanation, name).tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
