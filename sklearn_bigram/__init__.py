"""Bigram language models of names, as scikit-learn estimators."""

TYPE_CHECKING = False  # type checkers take it for True, and typing need not be imported
if TYPE_CHECKING:
    from sklearn_bigram import datasets, exceptions
    from sklearn_bigram._display import BigramDisplay
    from sklearn_bigram._name_display import NameDisplay
    from sklearn_bigram.counting._counts import BigramCounts
    from sklearn_bigram.counting._sources import count_bigrams
    from sklearn_bigram.explorer._explorer import BigramExplorer
    from sklearn_bigram.models._classifier import BigramClassifier
    from sklearn_bigram.models._count import CountBigramLM
    from sklearn_bigram.models._explanation import NameExplanation
    from sklearn_bigram.models._neural import NeuralBigramLM
    from sklearn_bigram.models._outlier import BigramOutlierDetector
    from sklearn_bigram.tokenization._tokenizer import NameTokenizer

__all__ = [
    "BigramClassifier",
    "BigramCounts",
    "BigramDisplay",
    "BigramExplorer",
    "BigramOutlierDetector",
    "CountBigramLM",
    "NameDisplay",
    "NameExplanation",
    "NameTokenizer",
    "NeuralBigramLM",
    "count_bigrams",
    "datasets",
    "exceptions",
]
__version__ = "0.1.0"

# Imported when asked for, so that the import of the package alone costs next to nothing.
_MODULES = {
    "BigramClassifier": "models._classifier",
    "BigramCounts": "counting._counts",
    "BigramDisplay": "_display",
    "BigramExplorer": "explorer._explorer",
    "BigramOutlierDetector": "models._outlier",
    "CountBigramLM": "models._count",
    "NameDisplay": "_name_display",
    "NameExplanation": "models._explanation",
    "NameTokenizer": "tokenization._tokenizer",
    "NeuralBigramLM": "models._neural",
    "count_bigrams": "counting._sources",
}


def __getattr__(name):
    from importlib import import_module

    if name in ("datasets", "exceptions"):
        return import_module(f"sklearn_bigram.{name}")
    if name not in _MODULES:
        raise AttributeError(f"module 'sklearn_bigram' has no attribute {name!r}")
    value = getattr(import_module(f"sklearn_bigram.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return [*__all__, "__version__"]
