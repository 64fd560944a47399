"""NameDisplay: visualization of the bigrams of one name."""

import numpy as np

from sklearn_bigram.utils._text import printable


class NameDisplay:
    """Plot of the bigrams of one name, each next to the most probable alternative.

    The height of a bar is the negative log-probability of a bigram, in nats: the taller, the less
    likely. The dark bar in front of it shows the most probable symbol after the same first symbol.
    This symbol is written above the bar. Use :meth:`BigramDisplay.from_name` to create a display.

    Parameters
    ----------
    explanation : NameExplanation
        The bigrams, as returned by ``explain`` of a model.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        The bars of the bigrams. The bar of an impossible bigram is hatched and the tallest.

    best_bars_ : matplotlib BarContainer
        The bars of the most probable symbols.

    ax_ : matplotlib Axes
        Axes with the plot.

    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    BigramDisplay : Visualization of all bigrams of a model.

    Examples
    --------
    >>> from sklearn_bigram import BigramDisplay, CountBigramLM
    >>> from sklearn_bigram.datasets import load_names
    >>> model = CountBigramLM().fit(load_names())
    >>> display = BigramDisplay.from_name(model, "xqzkvw")
    """

    def __init__(self, explanation):
        self.explanation = explanation

    def plot(self, ax=None):
        """Plot the bigrams.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is created.

        Returns
        -------
        display : NameDisplay
            The plotted display.
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise ImportError(
                "NameDisplay needs matplotlib: pip install 'sklearn_bigram[plot]'."
            ) from error

        explanation = self.explanation
        position = np.arange(len(explanation.log_proba))
        if ax is None:
            width = max(4.0, 0.6 * len(position))
            _, ax = plt.subplots(figsize=(width, 4.0), layout="constrained")
        height = -explanation.log_proba
        possible = np.isfinite(height)
        height[~possible] = 1.1 * np.max(height[possible], initial=1.0)
        self.bars_ = ax.bar(position, height, color="lightsteelblue", label="bigram of the name")
        for bar, is_possible in zip(self.bars_, possible, strict=True):
            bar.set_hatch(None if is_possible else "//")
        best_height = -explanation.best_log_proba
        options = {"width": 0.5, "color": "0.45", "label": "most probable instead"}
        self.best_bars_ = ax.bar(position, best_height, **options)
        labels = [printable(symbol) for symbol in explanation.best]
        ax.bar_label(self.best_bars_, labels, padding=1, fontsize=8, parse_math=False)
        rows = explanation.table()
        ax.set_xticks(position, [row[0] for row in rows], parse_math=False)
        top = 1.2 * max(height.max(), best_height.max())  # room for the legend
        ax.set(ylabel="negative log-probability (nats)", ylim=(0, top or 1.0))
        ax.set_title(f"standard score {explanation.standard_score:.1f}")
        ax.legend(loc="upper left", ncols=2, fontsize=8)
        self.ax_, self.figure_ = ax, ax.figure
        return self
