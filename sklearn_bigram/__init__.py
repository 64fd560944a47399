"""Bigram language models of names, as scikit-learn estimators."""

from sklearn_bigram import datasets
from sklearn_bigram._count import CountBigramLM
from sklearn_bigram._counting import BigramCounts
from sklearn_bigram._display import BigramDisplay
from sklearn_bigram._neural import NeuralBigramLM
from sklearn_bigram._sources import count_bigrams
from sklearn_bigram._tokenizer import NameTokenizer

__all__ = [
    "BigramCounts",
    "BigramDisplay",
    "CountBigramLM",
    "NameTokenizer",
    "NeuralBigramLM",
    "count_bigrams",
    "datasets",
]
__version__ = "0.1.0"
