"""Errors of this package, with fields that describe the problem.

All are ValueErrors. Each parameter is also an attribute. The command line words these errors with
the names of its own options.
"""

# The fields are the arguments of each class, so that an error from a worker process keeps them.

from sklearn_bigram.utils._text import shorten, show

__all__ = [
    "EndlessNameError",
    "ExcludedError",
    "ImpossibleError",
    "InvalidLineError",
    "InvalidNameError",
    "NoNamesError",
    "RegexInGlobError",
    "TooFewNamesError",
    "TooManyStatesError",
    "TooManySymbolsError",
    "UnknownSymbolsError",
]


class InvalidNameError(ValueError):
    """A name is not valid, for example because it holds the boundary symbol.

    Parameters
    ----------
    name : str
        The name.

    index : int
        Its index in X.

    problem : str
        The reason.

    way_out : str
        What to do about it.
    """

    def __init__(self, name, index, problem, way_out):
        super().__init__(name, index, problem, way_out)
        self.name, self.index, self.problem, self.way_out = name, index, problem, way_out

    def __str__(self):
        return f"X[{self.index}] is {shorten(self.name)} and {self.problem}: {self.way_out}."


class InvalidLineError(ValueError):
    """A line of a file or stream cannot be counted.

    Parameters
    ----------
    source : pathlib.Path or str
        The file, or the name of the stream.

    line : int
        The number of the line, from 1.

    problem : str
        The reason.

    way_out : str
        What to do about it.
    """

    def __init__(self, source, line, problem, way_out):
        super().__init__(source, line, problem, way_out)
        self.source, self.line, self.problem, self.way_out = source, line, problem, way_out

    def __str__(self):
        return f"{show(self.source)}, line {self.line}: {self.problem}: {self.way_out}."

    def move(self, source, n_lines_before):
        """Return the same error for a source that holds this one.

        Parameters
        ----------
        source : pathlib.Path or str
            The file, or the name of the stream.

        n_lines_before : int
            Number of lines of it that come before this source.

        Returns
        -------
        error : InvalidLineError
            The error with the number of the line in that source.
        """
        return InvalidLineError(source, n_lines_before + self.line, self.problem, self.way_out)


class NoNamesError(ValueError):
    """A source holds no names.

    Parameters
    ----------
    source : str
        The source.

    weighted : bool, default=False
        Whether names have weights, so that only names with a weight above zero count.
    """

    def __init__(self, source, weighted=False):
        super().__init__(source, weighted)
        self.source, self.weighted = source, weighted

    def __str__(self):
        which = " with a weight above zero" if self.weighted else ""
        return f"There are no names{which} in {show(self.source)}."


class UnknownSymbolsError(ValueError):
    """Symbols are not among those that a model or tokenizer knows.

    Parameters
    ----------
    symbols : list of str
        The unknown symbols.

    argument : str
        The argument that holds them, such as "X" or "pattern"; "counts" if they are symbols of
        counts, "regex" if they are characters of a regular expression.
    """

    def __init__(self, symbols, argument):
        super().__init__(symbols, argument)
        self.symbols, self.argument = symbols, argument

    @property
    def problem(self):
        """The unknown symbols in words, the first ten if there are more."""
        more = f" and {len(self.symbols) - 10} more" if len(self.symbols) > 10 else ""
        return f"unknown symbols: {', '.join(map(shorten, self.symbols[:10]))}{more}"

    def __str__(self):
        if self.argument == "counts":
            return (
                f"The counts hold {self.problem}. List all symbols in NameTokenizer(alphabet=...), "
                "count names without these symbols, rename them with counts.relabel, or replace "
                "them with handle_unknown='use_unknown'."
            )
        if self.argument == "regex":
            return (
                f"The regular expression holds {self.problem}. It is not normalized as names are: "
                "write lower case or re.IGNORECASE for lower-case names, remove these symbols, or "
                "fit on names that hold them."
            )
        return (
            f"{self.argument} holds {self.problem}. Remove them, fit on names that hold them, "
            "list all symbols in NameTokenizer(alphabet=...), turn them into known ones with "
            "lowercase=True or strip_accents='unicode', or replace them with "
            "handle_unknown='use_unknown'."
        )


class ExcludedError(ValueError):
    """The excluded names leave too little probability to draw from.

    Parameters
    ----------
    share : float
        The share of the probability that is left.
    """

    def __init__(self, share):
        super().__init__(share)
        self.share = share

    def __str__(self):
        if self.share == 0:
            return "exclude leaves none of the names that meet the other constraints."
        return (
            f"exclude leaves {self.share:.1g} of the probability of the names that meet the other "
            "constraints, which is too little to draw from. Exclude fewer names, or take the rest "
            "from most_probable."
        )


class RegexInGlobError(ValueError):
    """A glob holds a special character of regular expressions that no name holds.

    Parameters
    ----------
    pattern : str
        The pattern.

    sign : str
        The character.
    """

    def __init__(self, pattern, sign):
        super().__init__(pattern, sign)
        self.pattern, self.sign = pattern, sign

    @property
    def problem(self):
        """The part of the message before the way out."""
        return (
            f"pattern is {shorten(self.pattern)}, a glob, in which {self.sign!r} stands for "
            "itself, but no name holds it"
        )

    def __str__(self):
        return (
            f"{self.problem}: write ? for any symbol and [!...] for any symbol not in a set, or "
            "pass a regular expression as re.compile(pattern)."
        )


class ImpossibleError(ValueError):
    """No name that ends meets the constraints with a probability above zero.

    Parameters
    ----------
    temperature : float
        The temperature. If it is low, a higher one may help.
    """

    def __init__(self, temperature):
        super().__init__(temperature)
        self.temperature = temperature

    @property
    def problem(self):
        """The part of the message before the way out."""
        where = "" if self.temperature == 1 else f"At temperature={self.temperature}, "
        problem = "the probability that a name ends and meets the constraints is zero"
        return where + problem if where else problem.capitalize()

    def __str__(self):
        if self.temperature == 1:
            return f"{self.problem}: relax the constraints."
        return f"{self.problem}: raise temperature, or use most_probable."


class EndlessNameError(ValueError):
    """A sampled name reached the maximum length, or the model almost never ends a name.

    Parameters
    ----------
    length : int
        Its number of symbols.
    """

    def __init__(self, length):
        super().__init__(length)
        self.length = length

    @property
    def problem(self):
        """The part of the message before the way out."""
        return f"A name reached {self.length:,} symbols without ending"

    def __str__(self):
        return (
            f"{self.problem}. The model almost never ends a name: set max_length, or raise "
            "temperature."
        )


class TooFewNamesError(ValueError):
    """Fewer distinct names are possible than the number to draw.

    Parameters
    ----------
    n_names : int
        The number of names that have a probability above zero and meet the constraints.

    n_wanted : int
        The number of names to draw.
    """

    def __init__(self, n_names, n_wanted):
        super().__init__(n_names, n_wanted)
        self.n_names, self.n_wanted = n_names, n_wanted

    @property
    def problem(self):
        """The part of the message before the way out."""
        return (
            "The number of distinct names that have a probability above zero and meet the "
            f"constraints is {self.n_names:,}, less than the {self.n_wanted:,} to draw"
        )

    def __str__(self):
        return f"{self.problem}: lower n_samples, relax the constraints, or pass distinct=False."


class TooManyStatesError(ValueError):
    """The constraints need an automaton with too many states.

    Parameters
    ----------
    limit : int
        The largest number of states.

    n_symbols : int
        The number of symbols, on which the limit depends.
    """

    def __init__(self, limit, n_symbols):
        super().__init__(limit, n_symbols)
        self.limit, self.n_symbols = limit, n_symbols

    @property
    def problem(self):
        """The part of the message before the way out."""
        return (
            f"The constraints need more than {self.limit:,} states, the limit for "
            f"{self.n_symbols:,} symbols"
        )

    def __str__(self):
        return f"{self.problem}: give a shorter pattern, or a smaller min_length or max_length."


class TooManySymbolsError(ValueError, AttributeError):
    """A dense matrix of all bigrams would take too much memory.

    It is an AttributeError as well, so that ``hasattr`` is False.

    Parameters
    ----------
    attribute : str
        The attribute or method that would return it.

    n_symbols : int
        The number of symbols.

    limit : int
        The largest number of bytes.
    """

    def __init__(self, attribute, n_symbols, limit):
        super().__init__(attribute, n_symbols, limit)
        self.attribute, self.n_symbols, self.limit = attribute, n_symbols, limit

    def __str__(self):
        return (
            f"{self.attribute} of {self.n_symbols:,} symbols would take "
            f"{8 * self.n_symbols**2 / 2**20:,.0f} MiB, more than the limit of "
            f"{self.limit / 2**20:,.0f} MiB: use counts_, which is sparse, or predict_proba and "
            "predict_log_proba of the prefixes that you need."
        )
