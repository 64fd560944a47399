"""Names made by a model: random ones and the most probable, freely or under constraints."""

from collections.abc import Callable, Set
from typing import Any

import numpy as np
from scipy import sparse

from sklearn_bigram.exceptions import ExcludedError
from sklearn_bigram.markov._automaton import build_automaton, parse_pattern
from sklearn_bigram.markov._conditional import ConditionalChain
from sklearn_bigram.markov._kbest import most_probable
from sklearn_bigram.tokenization import _stream
from sklearn_bigram.tokenization._containers import resolve
from sklearn_bigram.tokenization._stream import TokenStream
from sklearn_bigram.utils._validation import (
    check_generator,
    check_temperature,
    check_whole,
    is_torch_generator,
)

_LEAST_LEFT = 1e-4  # of the probability, that `exclude` must leave for names to be drawn
_ROUNDING = 1e-12  # of a sum of all probabilities
_MAX_ROUND = 2**20  # names drawn at once


class NameGeneration:
    """Mixin of the bigram models: samples, the most probable names, and constraints on both."""

    symbols_: np.ndarray
    _encoder: Any
    _transition_of_fitted: Callable

    def sample(
        self,
        n_samples=1,
        *,
        pattern=None,
        min_length=None,
        max_length=None,
        exclude=None,
        temperature=1.0,
        random_state=None,
    ):
        """Draw names from the model, or from those of its names that meet constraints.

        Under constraints, names are drawn from exactly the distribution that the model has given
        that they are met: none is drawn and thrown away, but for `exclude`.

        Parameters
        ----------
        n_samples : int, default=1
            How many.

        pattern : str, default=None
            What names must look like: ``?`` stands for one symbol, ``*`` for any number of them,
            ``[abc]`` for one of those, ``[a-e]`` for one from a range of code points, ``[!abc]``
            for any other, and all else for itself. To be taken as they are, ``?``, ``*`` and
            ``[`` are written ``[?]``, ``[*]`` and ``[[]``; a set cannot hold ``]``. The text
            between these is brought to lower case, stripped of accents and split into symbols as
            names are. A model that was fitted on token ids takes none.

        min_length, max_length : int, default=None
            The fewest and the most symbols that a name may have, without the boundary.

        exclude : list, set, array or Series of str, or token ids, default=None
            Names that are not to be drawn, such as those that the model was fitted on. They are
            drawn again, which takes the longer the more probable they are. Those with unknown
            symbols do not matter. Names are the same if their symbols are.

        temperature : float, default=1.0
            Raise all probabilities to the power ``1 / temperature`` and normalize them again,
            before all else. Below 1, what is probable becomes more so; above, less.

        random_state : int, RandomState, numpy.random.Generator or torch.Generator, default=None
            Where the randomness comes from; None draws other names on every call. With a
            ``torch.Generator``, symbols are drawn one by one by ``torch.multinomial`` from
            float32 probabilities, as the lecture does it; it takes no constraint.

        Returns
        -------
        names : ndarray of shape (n_samples,) of str objects, or token ids
            The names; if the model was fitted on token ids, an int32 array of shape
            (n_samples, n_columns), dense or CSR as they were. It has ``n_features_in_`` columns,
            or more if a longer name was drawn.

        Raises
        ------
        ValueError
            If no name meets the constraints, or `exclude` leaves less than 1/10,000 of their
            probability; if the pattern is malformed, or holds a symbol that the model does not
            know; if there are too many states to keep, one for each place in the pattern and
            each number of symbols; or if a name goes on after 65,536 symbols.

        See Also
        --------
        log_mass : How probable constraints are.
        most_probable : The best names instead of random ones.

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
        """
        transition = self._transition_of_fitted()
        n_samples = check_whole(n_samples, "n_samples", 1)
        check_temperature(temperature)
        constraints = pattern, min_length, max_length, exclude
        free = temperature == 1 and all(value is None for value in constraints)
        if is_torch_generator(random_state):
            if not free:
                raise ValueError(
                    "random_state is a torch.Generator, which draws without constraints and at "
                    "temperature 1 only: pass an int or a numpy.random.Generator."
                )
            from sklearn_bigram.markov._multinomial import sample_multinomial

            return self._names_of(sample_multinomial(transition, n_samples, random_state))
        rng = check_generator(random_state)
        if free:
            return self._names_of(transition.sample(n_samples, rng))
        if temperature != 1:
            transition = transition.tempered(temperature)
        automaton = self._automaton(pattern, min_length, max_length)
        chain = ConditionalChain(transition, automaton)
        if chain.log_mass == -np.inf:
            where = "."
            if temperature != 1:
                where = f" at temperature={temperature}: raise it, or try most_probable."
            raise ValueError(
                "No name can be drawn: the probability that one ends and meets the constraints is "
                f"zero{where}"
            )
        excluded = self._excluded(exclude, automaton)
        return self._names_of(_sample_without(chain, n_samples, excluded, rng))

    def log_mass(self, pattern=None, min_length=None, max_length=None):
        """Compute the log-probability that a name meets constraints, in nats.

        It is exact: the sum over all such names, though they may be without number.

        Parameters
        ----------
        pattern : str, default=None
            What names must look like, as in `sample`.

        min_length, max_length : int, default=None
            The fewest and the most symbols that a name may have, without the boundary.

        Returns
        -------
        log_mass : float
            The logarithm of the probability that a name drawn from the model meets them; -inf if
            none does.

        Raises
        ------
        ValueError
            If the pattern is malformed, holds a symbol that the model does not know, or takes
            too many states.

        Examples
        --------
        >>> import math
        >>> from sklearn_bigram import CountBigramLM
        >>> model = CountBigramLM(alpha=0).fit(["ab", "ba"])
        >>> round(math.exp(model.log_mass("a*")), 3), round(math.exp(model.log_mass("?b*")), 3)
        (0.5, 0.25)
        """
        transition = self._transition_of_fitted()
        automaton = self._automaton(pattern, min_length, max_length)
        return min(ConditionalChain(transition, automaton).log_mass, 0.0)

    def most_probable(self, k=10, *, pattern=None, min_length=None, max_length=None, exclude=None):
        """Find the most probable names, of all or of those that meet constraints.

        Parameters
        ----------
        k : int, default=10
            How many.

        pattern : str, default=None
            What names must look like, as in `sample`.

        min_length, max_length : int, default=None
            The fewest and the most symbols that a name may have, without the boundary.

        exclude : list, set, array or Series of str, or token ids, default=None
            Names to leave out.

        Returns
        -------
        names : ndarray of shape (n_names,) of str objects, or token ids
            The names, or token ids as `sample` returns them, the most probable first. Of names
            with equal log-likelihoods the shorter comes first, then that which begins with the
            smaller token ids. There are fewer than `k` if fewer are possible. Of those that tie
            for the last place, only so many are returned.

        log_proba : ndarray of shape (n_names,)
            Their log-likelihoods, in nats, as `score_samples` has them.

        Raises
        ------
        ValueError
            If the pattern is malformed, holds a symbol that the model does not know, or takes
            too many states.

        Notes
        -----
        The search is exact. It lets beginnings of names grow symbol by symbol, and knows of each
        the log-likelihood of the best name that it can become, from the shortest paths to the end
        of the chain. Different beginnings become different names. So no more than the `k` best
        of each length are ever followed up.

        Examples
        --------
        >>> from sklearn_bigram import CountBigramLM
        >>> model = CountBigramLM(alpha=0).fit(["ab", "ab", "abb"])
        >>> names, log_proba = model.most_probable(3)
        >>> names, log_proba.round(2)
        (array(['ab', 'abb', 'abbb'], dtype=object), array([-0.29, -1.67, -3.06]))
        """
        transition = self._transition_of_fitted()
        k = check_whole(k, "k", 1)
        automaton = self._automaton(pattern, min_length, max_length)
        excluded = set(_stream.keys(self._excluded(exclude, automaton)))
        wanted = k
        while True:
            stream, log_proba = most_probable(transition, automaton, wanted)
            if not excluded:
                return self._names_of(stream), log_proba
            new = [i for i, key in enumerate(_stream.keys(stream)) if key not in excluded][:k]
            if len(new) == k or len(log_proba) < wanted:
                return self._names_of(_stream.take(stream, new)), log_proba[new]
            wanted = min(2 * wanted, k + len(excluded))

    def _automaton(self, pattern, min_length, max_length):
        """Return the automaton of these constraints, checked."""
        least, elements = 0, [None]
        if min_length is not None:
            least = check_whole(min_length, "min_length", 0)
        if max_length is not None:
            max_length = check_whole(max_length, "max_length", 0)
            if max_length < least:
                raise ValueError(
                    f"min_length={min_length} is more than max_length={max_length}: no name has "
                    "so many symbols and so few."
                )
        if pattern is not None:
            if not hasattr(self, "tokenizer_"):
                raise ValueError(
                    f"pattern is {pattern!r}, but this {type(self).__name__} was fitted on token "
                    "ids, which have no letters: fit it on names."
                )
            elements = parse_pattern(pattern, self._encoder)
        return build_automaton(elements, least, max_length, len(self.symbols_))

    def _excluded(self, exclude, automaton):
        """Return the names to exclude that meet the other constraints, each once, as a stream."""
        none = TokenStream(np.zeros(1, dtype=np.intp), np.zeros(1, dtype=np.intp))
        if exclude is None:
            return none
        try:
            if not sparse.issparse(exclude) and hasattr(exclude, "__len__") and len(exclude) == 0:
                return none
            X = resolve(list(exclude) if isinstance(exclude, Set) else exclude)
            self._encoder.check(X, type(self).__name__)
            stream = self._encoder.stream_of_known(X)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"exclude: {error}") from error
        stops = (stream.ids == 0) | (stream.ids >= len(self.symbols_))  # the first is its boundary
        known = np.flatnonzero(np.add.reduceat(stops[:-1], stream.starts[:-1], dtype=np.intp) == 1)
        stream = _stream.take(stream, known)
        first = {key: i for i, key in enumerate(_stream.keys(stream))}
        stream = _stream.take(stream, list(first.values()))
        return _stream.take(stream, np.flatnonzero(automaton.accepts(stream)))

    def _names_of(self, stream):
        """Return a stream as names, or as token ids if the model was fitted on them."""
        return self._encoder.decode(stream)


def _sample_without(chain, n_names, excluded, rng):
    """Draw names from a ConditionalChain, and those that are excluded again."""
    if len(excluded.n_bigrams) == 0:
        return chain.sample(n_names, rng)
    log_shares = chain.transition.log_likelihood(excluded) - chain.log_mass
    left = 1 - np.exp(log_shares).sum()
    if left < _ROUNDING:
        raise ExcludedError(0)
    if left < _LEAST_LEFT:
        raise ExcludedError(float(left))
    avoided = set(_stream.keys(excluded))
    parts, missing = [], n_names
    while missing > 0:
        stream = chain.sample(min(int(1.1 * missing / left) + 10, _MAX_ROUND), rng)
        keys = _stream.keys(stream)
        new = [i for i, key in enumerate(keys) if key not in avoided][:missing]
        parts.append(_stream.take(stream, new))
        missing -= len(new)
    return _stream.join(parts)
