"""Bigram language models of names, as scikit-learn estimators."""

from sklearn_bigram import datasets
from sklearn_bigram._count import CountBigramLM
from sklearn_bigram._display import BigramDisplay
from sklearn_bigram._neural import NeuralBigramLM
from sklearn_bigram._tokenizer import NameTokenizer

__all__ = ["BigramDisplay", "CountBigramLM", "NameTokenizer", "NeuralBigramLM", "datasets"]
__version__ = "0.1.0"
