"""BigramExplorer: an interactive page of a fitted model."""

from html import escape
from importlib.resources import files

from sklearn_bigram.explorer._payload import make_payload, pack
from sklearn_bigram.utils._files import replace_file

FILES = files("sklearn_bigram.explorer")
STYLES = ("theme.css", "parts.css", "layout.css")
# In the order of use: each file uses the functions of those before it.
SCRIPTS = (
    "data.js",
    "model.js",
    "pattern.js",
    "draws.js",
    "words.js",
    "state.js",
    "map_drawing.js",
    "map.js",
    "curve.js",
    "smoothing.js",
    "walk.js",
    "judge.js",
    "samples.js",
    "main.js",
)
_MAX_IN_NOTEBOOK = 2**20  # characters of the page


class BigramExplorer:
    """Interactive page of a fitted model, in one HTML file that needs no network.

    The page shows the heat map of all bigrams and draws names letter by letter. It explains how
    likely a name is that one types, and samples new names. A slider changes the smoothing, from
    none to the uniform distribution, and everything follows. The page switches between counting
    and the neural network, whichever of the two the model is.

    In a notebook, the explorer shows the page itself.

    Parameters
    ----------
    estimator : CountBigramLM or NeuralBigramLM
        A model fitted on names.

    names : list, array or Series of str, default=None
        The training names. They serve as examples of each bigram, and the page tells which samples
        are among them. Cross-validation on them compares the steps of the slider. If there are
        more than 300,000 characters, the page holds only a part of the names, and says so. If
        None, the page shows all that the counts tell.

    Raises
    ------
    ValueError
        If the model was fitted on token ids, or if `names` have other bigram counts than those
        that the model was fitted on.

    See Also
    --------
    BigramDisplay : Pictures of bigrams.

    Notes
    -----
    The numbers in the page are those of the model, to 12 digits. The page computes them from the
    counts and `alpha`. The network is trained in Python, for each step of `reg`. All steps, and
    their cross-validation on `names`, take about a second for 27 symbols, and half a minute for
    250,000 distinct bigrams.

    The page splits a typed name into the longest symbols that it knows. It converts to lower case
    and strips accents as the tokenizer does, except by functions of your own.

    Of a model with more than 200 symbols, the page shows the 200 most frequent. Their
    probabilities are those of the whole model. Samples and standard scores are then those of names
    that hold no other symbol.

    Examples
    --------
    >>> from sklearn_bigram import BigramExplorer, CountBigramLM
    >>> from sklearn_bigram.datasets import load_names
    >>> names = load_names()
    >>> explorer = BigramExplorer(CountBigramLM().fit(names), names)
    >>> len(explorer.to_html()) < 300_000
    True
    >>> explorer.save("explorer.html")  # doctest: +SKIP
    """

    def __init__(self, estimator, names=None):
        self._payload = make_payload(estimator, names)

    def save(self, path):
        """Write the page to a file.

        Parameters
        ----------
        path : str or path-like
            The HTML file. A file that exists is replaced once the new one is complete.
        """
        with replace_file(path) as file:
            file.write(self.to_html().encode("utf-8"))

    def to_html(self):
        """Return the page.

        Returns
        -------
        page : str
            An HTML document without references to other files.
        """
        parts = {
            "/* style */": "\n".join(map(_read, STYLES)),
            "/* script */": "\n".join(map(_read, SCRIPTS)),
            "<!-- data -->": pack(self._payload),
        }
        page = _read("explorer.html")
        for place, content in parts.items():
            page = page.replace(place, content)
        return page

    def _repr_html_(self):
        page = self.to_html()
        if len(page) > _MAX_IN_NOTEBOOK:
            return "<p>This page is too large for a notebook: write it with <code>save</code>.</p>"
        return (
            f'<iframe title="Bigram explorer" srcdoc="{escape(page)}" sandbox="allow-scripts" '
            'style="width: 100%; height: 860px; border: 0"></iframe>'
        )


def _read(name):
    return (FILES / name).read_text(encoding="utf-8")
