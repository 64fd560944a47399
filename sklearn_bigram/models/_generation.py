"""The methods of a bigram model that return names: random names and the most probable names."""

import re
from collections.abc import Set
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram.exceptions import ImpossibleError
from sklearn_bigram.markov._automaton import bound_length, build_automaton
from sklearn_bigram.markov._conditional import ConditionalChain, sample_without, share_left
from sklearn_bigram.markov._determinize import build_regex_automaton
from sklearn_bigram.markov._distinct import check_enough, sample_distinct
from sklearn_bigram.markov._kbest import most_probable
from sklearn_bigram.markov._kept_chains import KeptChains
from sklearn_bigram.markov._pattern import parse_pattern
from sklearn_bigram.markov._sampling import sample_names
from sklearn_bigram.markov._transition import TransitionMatrix
from sklearn_bigram.models._encoding import IdEncoder
from sklearn_bigram.tokenization._containers import is_column, resolve
from sklearn_bigram.tokenization._stream import keys, no_names, take
from sklearn_bigram.utils._validation import (
    check_flag,
    check_generator,
    check_temperature,
    check_whole,
    is_torch_generator,
)


class NameGeneration:
    """Mixin of the bigram models: random names and the most probable names, with constraints."""

    symbols_: np.ndarray
    transition_: TransitionMatrix
    _encoder: Any  # NameEncoder or IdEncoder
    _kept_chains: KeptChains

    def sample(
        self,
        n_samples=1,
        *,
        pattern=None,
        min_length=None,
        max_length=None,
        exclude=None,
        temperature=1.0,
        distinct=False,
        random_state=None,
    ):
        """Draw random names from the model, optionally under constraints.

        Samples follow exactly the model's distribution, conditioned on the constraints. The
        constraints are met by construction; only excluded names are drawn and rejected.

        Parameters
        ----------
        n_samples : int, default=1
            Number of names.

        pattern : str or re.Pattern, default=None
            What a whole name must look like: a glob or a compiled regular expression. A model
            fitted on token ids takes neither.

            In a glob, ``?`` stands for one symbol, ``*`` for any number of symbols, ``[abc]`` for
            one of these symbols, ``[a-e]`` for one symbol in a range of code points, ``[!abc]``
            for any symbol but these. All other symbols stand for themselves. Write ``[?]``,
            ``[*]`` and ``[[]`` for these symbols themselves; a set cannot hold ``]``. The
            tokenizer lowercases, strips accents from and splits a glob as it does with names, but
            each part between these signs on its own: a final sigma in a set must be written as
            such.

            A regular expression such as ``re.compile("lu[^xq]{3,5}[aeiou]")`` is met by a name if
            ``pattern.fullmatch(name)`` finds a match in the text that this method would return. It
            is not normalized, and ``.`` is one character, even if symbols have several. Flags may
            be IGNORECASE, ASCII, DOTALL and VERBOSE. Back-references, look-around, conditional and
            atomic groups, possessive quantifiers and word boundaries are not supported.

        min_length, max_length : int, default=None
            The smallest and the largest number of symbols of a name, without the boundary.

        exclude : list, set, array or Series of str, or token ids, default=None
            Names that must not be drawn, for example the training names. An excluded name is
            drawn again, so sampling takes longer if the excluded names are probable. Names with
            unknown symbols or the boundary are ignored. Two names are the same if their symbols
            are the same.

        temperature : float, default=1.0
            Raise each probability to the power ``1 / temperature`` and normalize the rows again,
            before the constraints apply. A temperature below 1 makes probable symbols more
            probable, a temperature above 1 makes them less probable.

        distinct : bool, default=False
            Whether to draw without replacement, so that no name occurs twice. The names and their
            order are distributed as if names were drawn one after the other, and each that has
            been drawn before were left out. If fewer names are possible, an error says how many.

        random_state : int, RandomState, numpy.random.Generator or torch.Generator, default=None
            The source of randomness; with None, each call draws other names. The same seed gives
            the same names in all releases with the same minor version, if the model, the other
            arguments and the version of NumPy are the same. The names depend on `n_samples`: a
            larger sample does not begin with the names of a smaller one. With a
            ``torch.Generator``, symbols are drawn one at a time by ``torch.multinomial`` from
            float32 probabilities, as in the lecture; this supports neither constraints nor a
            temperature nor ``distinct=True``.

        Returns
        -------
        names : ndarray of shape (n_samples,) of str objects, or token ids
            The names. For a model fitted on token ids, an int32 array of shape
            (n_samples, n_columns), dense or CSR like the training data, with ``n_features_in_``
            columns, or more if a sampled name is longer.

        Raises
        ------
        ValueError
            If no name meets the constraints; if `exclude` leaves less than 1/10,000 of their
            probability; if there are fewer distinct names than `n_samples`; if the pattern is
            malformed, not supported or holds an unknown symbol; if the constraints need too many
            states (for a glob about one for each position in it, times the number of lengths to
            tell apart); or if a name reaches 65,536 symbols.
        TypeError
            If an argument has a wrong type.

        See Also
        --------
        log_mass : The probability of the constraints.
        most_probable : The most probable names instead of random ones.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> from sklearn_bigram.datasets import load_names
        >>> names = load_names()
        >>> model = CountBigramLM().fit(names)
        >>> model.sample(4, pattern="m??i?a", exclude=names, random_state=0)
        array(['mirima', 'marisa', 'morika', 'memida'], dtype=object)
        >>> model.sample(3, min_length=5, max_length=6, temperature=0.5, random_state=0)
        array(['panor', 'gurian', 'ashan'], dtype=object)

        >>> model.sample(5, max_length=1, distinct=True, random_state=0)
        array(['n', 'e', 'a', 's', 't'], dtype=object)

        A regular expression: names in "lu" without an x or q, which end in a vowel.

        >>> import re
        >>> brand = re.compile("lu[^xq]{3,5}[aeiou]")
        >>> model.sample(3, pattern=brand, random_state=0)
        array(['luntta', 'lurratiu', 'lunaribu'], dtype=object)
        """
        check_is_fitted(self)
        transition = self.transition_
        n_samples = check_whole(n_samples, "n_samples", 1)
        temperature = check_temperature(temperature)
        distinct = check_flag(distinct, "distinct")
        constraints = pattern, min_length, max_length, exclude
        is_free = not distinct and temperature == 1 and all(value is None for value in constraints)
        if is_torch_generator(random_state):
            if not is_free:
                raise ValueError(
                    "random_state is a torch.Generator, which supports neither constraints nor a "
                    "temperature nor distinct=True: pass an int or a numpy.random.Generator."
                )
            from sklearn_bigram.markov._multinomial import sample_multinomial

            return self._encoder.decode(sample_multinomial(transition, n_samples, random_state))
        if is_free:
            rng = check_generator(random_state)
            return self._encoder.decode(sample_names(transition, n_samples, rng))
        chain = self._find_chain(pattern, min_length, max_length, temperature)
        if chain.log_mass == -np.inf:
            raise ImpossibleError(temperature)
        excluded = self._parse_excluded(exclude, chain.automaton)
        share = share_left(chain, excluded)
        if distinct:
            check_enough(chain, n_samples, excluded)
        rng = check_generator(random_state)  # the last check, since it advances a RandomState
        if distinct:
            return self._encoder.decode(sample_distinct(chain, n_samples, excluded, rng))
        return self._encoder.decode(sample_without(chain, n_samples, excluded, share, rng))

    def log_mass(self, pattern=None, min_length=None, max_length=None):
        """Compute the log-probability that a random name meets constraints, in nats.

        The sum over all such names is exact, even if there are infinitely many.

        Parameters
        ----------
        pattern : str or re.Pattern, default=None
            A glob or a compiled regular expression that names must match, as in `sample`.

        min_length, max_length : int, default=None
            The smallest and the largest number of symbols of a name, without the boundary.

        Returns
        -------
        log_mass : float
            The logarithm of the probability; -inf if no name meets the constraints.

        Raises
        ------
        ValueError
            If the pattern is malformed, not supported or holds an unknown symbol, or if the
            constraints need too many states.

        Examples
        --------
        >>> import math
        >>> from sklearn_bigram import CountBigramLM
        >>> model = CountBigramLM(alpha=0).fit(["ab", "ba"])
        >>> round(math.exp(model.log_mass("a*")), 3), round(math.exp(model.log_mass("?b*")), 3)
        (0.5, 0.25)
        """
        check_is_fitted(self)
        return min(self._find_chain(pattern, min_length, max_length).log_mass, 0.0)

    def most_probable(self, k=10, *, pattern=None, min_length=None, max_length=None, exclude=None):
        """Find the most probable names, optionally under constraints.

        Parameters
        ----------
        k : int, default=10
            Number of names.

        pattern : str or re.Pattern, default=None
            A glob or a compiled regular expression that names must match, as in `sample`.

        min_length, max_length : int, default=None
            The smallest and the largest number of symbols of a name, without the boundary.

        exclude : list, set, array or Series of str, or token ids, default=None
            Names to leave out.

        Returns
        -------
        names : ndarray of shape (n_names,) of str objects, or token ids
            The names, or token ids as `sample` returns them, in descending order of probability.
            Of names with equal log-likelihoods the shorter comes first, then the one with the
            smaller token ids. There are fewer than `k` if fewer names are possible. If several
            names tie for the last place, only some of them are returned.

        log_proba : ndarray of shape (n_names,)
            Their log-likelihoods, in nats, as returned by `score_samples`.

        Raises
        ------
        ValueError
            If the pattern is malformed, not supported or holds an unknown symbol, or if the
            constraints need too many states.

        Notes
        -----
        The search is exact. Prefixes of names grow by one symbol at a time. For each prefix, the
        log-likelihood of the best name that it can become follows from the shortest paths to the
        end of the chain. Different prefixes become different names, so only the `k` best prefixes
        of each length are extended.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> model = CountBigramLM(alpha=0).fit(["ab", "ab", "abb"])
        >>> names, log_proba = model.most_probable(3)
        >>> names, log_proba.round(2)
        (array(['ab', 'abb', 'abbb'], dtype=object), array([-0.29, -1.67, -3.06]))
        """
        check_is_fitted(self)
        transition = self.transition_
        k = check_whole(k, "k", 1)
        automaton = self._build_automaton(pattern, *_check_lengths(min_length, max_length))
        excluded = self._parse_excluded(exclude, automaton)
        stream, log_proba = most_probable(transition, automaton, k, excluded)
        return self._encoder.decode(stream), log_proba

    def _find_chain(self, pattern, min_length, max_length, temperature=1.0):
        """Return the chain conditioned on these constraints; raise if they are not valid."""
        least, most = _check_lengths(min_length, max_length)

        def make():
            automaton = self._build_automaton(pattern, least, most)
            chain = self.transition_
            return ConditionalChain(
                chain if temperature == 1 else chain.tempered(temperature), automaton
            )

        if pattern is not None and type(pattern) not in (str, re.Pattern):
            return make()  # it is not valid, or of another class, whose objects may change
        return self._kept_chains.get((pattern, least, most, temperature), make)

    def _build_automaton(self, pattern, least, most):
        """Return the automaton of a pattern and of bounds of the length, which are valid."""
        elements = [None]
        if pattern is not None:
            if isinstance(self._encoder, IdEncoder):
                raise ValueError(
                    f"pattern is {pattern!r}, but this {type(self).__name__} was fitted on token "
                    "ids, for which there are no patterns: fit it on names."
                )
            if isinstance(pattern, re.Pattern):
                automaton = build_regex_automaton(pattern, self._encoder)
                return bound_length(automaton, least, most, len(self.symbols_))
            elements = parse_pattern(pattern, self._encoder)
        return build_automaton(elements, least, most, len(self.symbols_))

    def _parse_excluded(self, exclude, automaton):
        """Return the distinct excluded names that an automaton accepts, as a stream."""
        if exclude is None:
            return no_names()
        try:
            if isinstance(exclude, Set):
                exclude = list(exclude)
            if is_column(exclude) and getattr(exclude, "ndim", 1) > 0 and len(exclude) == 0:
                return no_names()
            names = resolve(exclude)
            self._encoder.check(names, type(self).__name__)
            stream = self._encoder.stream_with_unknown(names)
        except (TypeError, ValueError) as error:
            if type(error) not in (TypeError, ValueError):
                raise  # its class and its fields say more than a prefix
            raise type(error)(f"exclude: {error}") from error
        # A name with an unknown symbol cannot be drawn. Such a symbol has id 0 or one that is too
        # large, as no symbol has but the boundary before the name.
        is_break = (stream.ids == 0) | (stream.ids >= len(self.symbols_))
        n_breaks = np.add.reduceat(is_break[:-1], stream.starts[:-1], dtype=np.intp)
        stream = take(stream, np.flatnonzero(n_breaks == 1))
        index_of = {key: index for index, key in enumerate(keys(stream))}
        stream = take(stream, list(index_of.values()))
        return take(stream, np.flatnonzero(automaton.accepts(stream)))


def _check_lengths(min_length, max_length):
    """Return the bounds of the length as ints, the upper one may be None; raise if not valid."""
    least = 0 if min_length is None else check_whole(min_length, "min_length", 0)
    most = None if max_length is None else check_whole(max_length, "max_length", 0)
    if most is not None and most < least:
        raise ValueError(
            f"min_length={min_length} is greater than max_length={max_length}: lower min_length or "
            "raise max_length."
        )
    return least, most
