"""BigramDisplay: visualization of bigrams."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_bigram._name_display import NameDisplay
from sklearn_bigram.utils._text import printable

_KINDS = ("counts", "proba", "logits")
_LABELS = {
    "counts": "count",
    "proba": "probability",
    "logits": "logit",
    "log ratio": "log ratio of probabilities (nats)",
}
_SIGNED = ("logits", "log ratio")
_MAX_LABELLED = 40  # symbols; with more, text in the cells is not legible
_MIN_CELL = 0.35  # inches; in smaller cells, text is not legible


class BigramDisplay:
    """Plot of bigrams: a heat map of all, or a bar chart of the next symbols after a prefix.

    Use :meth:`from_estimator`, :meth:`from_difference` or :meth:`from_prefix` to create a display.
    :meth:`from_name` plots the bigrams of one name and returns a `NameDisplay`.

    Parameters
    ----------
    values : ndarray of shape (n_symbols, n_symbols) or (n_symbols,)
        One value per bigram, with one row per first symbol and one column per second symbol; or
        one value per next symbol.

    symbols : ndarray of shape (n_symbols,)
        The symbols.

    kind : {"counts", "proba", "logits", "log ratio"}, default="counts"
        The quantity that the values represent.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The heat map. Only set for a heat map.

    bars_ : matplotlib BarContainer
        The bars. Only set for a bar chart.

    ax_ : matplotlib Axes
        Axes with the plot.

    figure_ : matplotlib Figure
        Figure containing the axes.

    text_ : ndarray of shape (n_symbols, n_symbols) of matplotlib Text, or None
        The text of each cell, or None without text. Only set for a heat map.

    Examples
    --------
    >>> from sklearn_bigram import BigramDisplay, CountBigramLM
    >>> from sklearn_bigram.datasets import load_names
    >>> model = CountBigramLM().fit(load_names())
    >>> display = BigramDisplay.from_estimator(model)
    """

    def __init__(self, values, symbols, *, kind="counts"):
        self.values = values
        self.symbols = symbols
        self.kind = kind

    @classmethod
    def from_estimator(
        cls, estimator, *, kind="counts", ax=None, cmap=None, include_values=None, colorbar=True
    ):
        """Plot the bigrams of a fitted model.

        Parameters
        ----------
        estimator : CountBigramLM or NeuralBigramLM
            A fitted model.

        kind : {"counts", "proba", "logits"}, default="counts"
            The quantity to plot. "counts" is how often each bigram was seen. "proba" is the
            probability of the second symbol given the first. "logits" is the weight of a neural
            model; for a count model, it is the log-probability minus its row mean, which has the
            same scale.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created, large enough for the text.

        cmap : str or matplotlib Colormap, default=None
            Colormap. If None, "RdBu_r" is used for logits and "Blues" otherwise.

        include_values : bool, default=None
            Whether to write the bigram and its value into each cell. If None, this is done for up
            to 40 symbols, provided that the cells are large enough.

        colorbar : bool, default=True
            Whether to add a color bar.

        Returns
        -------
        display : BigramDisplay
            The plotted display.

        Raises
        ------
        ValueError
            If `kind` is not one of the three options.
        """
        check_is_fitted(estimator)
        if kind not in _KINDS:
            raise ValueError(f"kind is {kind!r}: it must be one of {', '.join(map(repr, _KINDS))}.")
        if kind == "counts":
            values = estimator.counts_.toarray()
        else:
            transition = estimator.transition_
            if kind == "proba":
                values = transition.rows(np.arange(transition.n_symbols))
            else:
                values = getattr(estimator, "coef_", None)
                values = transition.logits() if values is None else values
        display = cls(values, estimator.symbols_, kind=kind)
        return display.plot(ax, cmap=cmap, include_values=include_values, colorbar=colorbar)

    @classmethod
    def from_difference(
        cls, estimator, other, *, ax=None, cmap=None, include_values=None, colorbar=True
    ):
        """Plot the log ratio of the bigram probabilities of two fitted models.

        Parameters
        ----------
        estimator : CountBigramLM or NeuralBigramLM
            A fitted model.

        other : CountBigramLM or NeuralBigramLM
            A fitted model with the same symbols.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created, large enough for the text.

        cmap : str or matplotlib Colormap, default="RdBu_r"
            Colormap.

        include_values : bool, default=None
            Whether to write the bigram and its value into each cell. If None, this is done for up
            to 40 symbols, provided that the cells are large enough.

        colorbar : bool, default=True
            Whether to add a color bar.

        Returns
        -------
        display : BigramDisplay
            The plotted display. A positive value means that the bigram is more probable in
            `estimator`. The value is 0 where both probabilities are 0.

        Raises
        ------
        ValueError
            If the models do not have the same symbols.
        """
        check_is_fitted(estimator)
        check_is_fitted(other)
        symbols = estimator.symbols_
        if not np.array_equal(symbols, other.symbols_):
            raise ValueError(
                "The models have different symbols: fit both with the same "
                "NameTokenizer(alphabet=...)."
            )
        states = np.arange(len(symbols))
        p, q = (model.transition_.log_rows(states) for model in (estimator, other))
        values = np.zeros(p.shape)
        np.subtract(p, q, out=values, where=p != q)
        display = cls(values, symbols, kind="log ratio")
        return display.plot(ax, cmap=cmap, include_values=include_values, colorbar=colorbar)

    @classmethod
    def from_name(cls, estimator, name, *, ax=None):
        """Plot the log-probability of each bigram of a name, next to the best alternative.

        Parameters
        ----------
        estimator : CountBigramLM or NeuralBigramLM
            A fitted model.

        name : str, or the token ids of one row
            The name.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.

        Returns
        -------
        display : NameDisplay
            The plotted display.
        """
        return NameDisplay(estimator.explain(name)).plot(ax)

    @classmethod
    def from_prefix(cls, estimator, prefix="", *, ax=None):
        """Plot the probability of each next symbol after a prefix, in decreasing order.

        Parameters
        ----------
        estimator : CountBigramLM or NeuralBigramLM
            A fitted model.

        prefix : str, or the token ids of one row, default=""
            The beginning of a name. The empty prefix gives the distribution of the first symbol.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.

        Returns
        -------
        display : BigramDisplay
            The plotted display, with the 40 most probable symbols at most.
        """
        proba = estimator.predict_proba([prefix])[0]
        display = cls(proba, estimator.symbols_, kind="proba").plot(ax)
        display.ax_.set_title(f"after {prefix!r}" if prefix else "first", parse_math=False)
        return display

    def plot(self, ax=None, *, cmap=None, include_values=None, colorbar=True):
        """Plot the bigrams.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created, large enough for the text.

        cmap : str or matplotlib Colormap, default=None
            Colormap of the heat map. If None, "RdBu_r" is used for logits and log ratios, and
            "Blues" otherwise.

        include_values : bool, default=None
            Whether to write the bigram and its value into each cell. If None, this is done for up
            to 40 symbols, provided that the cells are large enough.

        colorbar : bool, default=True
            Whether to add a color bar.

        Returns
        -------
        display : BigramDisplay
            The plotted display.
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise ImportError(
                "BigramDisplay needs matplotlib: pip install 'sklearn_bigram[plot]'."
            ) from error

        if np.ndim(self.values) == 1:
            return self._plot_bars(plt.subplots(layout="constrained")[1] if ax is None else ax)
        n = len(self.symbols)
        if include_values is None:
            include_values = n <= _MAX_LABELLED
            if ax is not None:
                box = ax.get_window_extent()
                cell = min(box.width, box.height) / n / ax.figure.dpi
                include_values = include_values and cell >= _MIN_CELL
        if ax is None:
            side = max(6.0, 0.55 * n) if include_values else 10.0
            _, ax = plt.subplots(figsize=(side, side), layout="constrained")
        finite = self.values[np.isfinite(self.values)]
        top = float(np.max(np.abs(finite), initial=0.0)) or 1.0
        bottom = -top if self.kind in _SIGNED else 0.0
        cmap = cmap or ("RdBu_r" if self.kind in _SIGNED else "Blues")
        self.im_ = ax.imshow(self.values, cmap=cmap, vmin=bottom, vmax=top)
        self.ax_, self.figure_ = ax, ax.figure

        labels = [printable(symbol) for symbol in self.symbols]
        ticks = np.arange(0, n, 1 if include_values else max(1, -(-n // 50)))
        tick_labels = [labels[i] for i in ticks]
        ax.set_xticks(ticks, tick_labels, parse_math=False)
        ax.set_yticks(ticks, tick_labels, parse_math=False)
        ax.xaxis.tick_top()
        ax.xaxis.set_label_position("top")
        ax.set(xlabel="second symbol", ylabel="first symbol")
        ax.tick_params(length=0)
        self.text_ = self._write_values(labels) if include_values else None
        if colorbar:
            self.figure_.colorbar(self.im_, ax=ax, shrink=0.6, label=_LABELS[self.kind])
        return self

    def _plot_bars(self, ax):
        """Plot the largest values as a bar chart."""
        best = np.argsort(-self.values, kind="stable")[:_MAX_LABELLED]
        self.bars_ = ax.bar(np.arange(len(best)), self.values[best])
        labels = [printable(self.symbols[i]) for i in best]
        ax.set_xticks(np.arange(len(best)), labels, parse_math=False)
        ax.set(xlabel="next symbol", ylabel=_LABELS[self.kind])
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _write_values(self, labels):
        """Write the bigram and its value into each cell, in black or white for contrast."""
        n = len(labels)
        text = np.empty((n, n), dtype=object)
        join = "" if all(len(label) == 1 for label in labels) else " "
        colors = self.im_.cmap(self.im_.norm(self.values))  # (n, n, 4)
        luminance = colors[..., :3] @ (0.299, 0.587, 0.114)
        options = {
            "ha": "center",
            "va": "center",
            "fontsize": 8,
            "parse_math": False,
            "clip_on": True,
        }
        for i, j in np.ndindex(n, n):
            label = f"{labels[i]}{join}{labels[j]}\n{_number(self.values[i, j], self.kind)}"
            color = "black" if luminance[i, j] > 0.5 else "white"
            text[i, j] = self.ax_.text(j, i, label, color=color, **options)
        return text


def _number(value, kind):
    """Format a value so that it fits into a cell."""
    if kind == "counts":
        return f"{value:g}" if value < 1e6 else f"{value:.1e}"
    return f"{value:.3f}" if kind == "proba" else f"{np.round(value, 1) + 0.0:.1f}"
