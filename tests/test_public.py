"""The public face: names, imports, versions, and what the documentation promises."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_bigram
from sklearn_bigram import (
    BigramClassifier,
    BigramOutlierDetector,
    CountBigramLM,
    NameTokenizer,
    NeuralBigramLM,
    datasets,
    exceptions,
)

PACKAGE = Path(sklearn_bigram.__file__).parent


def test_public_names():
    assert sorted(sklearn_bigram.__all__) == [
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
    assert sorted(datasets.__all__) == ["fetch_names", "load_names"]
    for module in (sklearn_bigram, datasets, exceptions):
        assert all(hasattr(module, name) for name in module.__all__)


def test_names_are_found_when_asked_for():
    assert set(sklearn_bigram.__all__) <= set(dir(sklearn_bigram))
    with pytest.raises(AttributeError, match="module 'sklearn_bigram' has no attribute 'Count'"):
        sklearn_bigram.Count  # noqa: B018 - the look-up is what is tested


def test_import_alone_imports_next_to_nothing():
    program = "import sys, sklearn_bigram; print('numpy' in sys.modules, 'sklearn' in sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    ).stdout
    assert output == "False False\n"


def test_import_is_light():
    heavy = "{'torch', 'matplotlib', 'dask', 'pandas', 'pooch', 'regex'}"
    program = (
        "import sys, numpy, scipy, sklearn.base, sklearn.utils.validation\n"
        "before = set(sys.modules)\n"
        "import sklearn_bigram\n"
        f"print({heavy} & (set(sys.modules) - before))\n"
        "from sklearn_bigram import *\n"
        f"print({heavy} & (set(sys.modules) - before))\n"
        "NeuralBigramLM().fit(['emma']).sample(2)\n"
        f"print({heavy} & (set(sys.modules) - before))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    ).stdout
    assert output.split("\n")[:3] == ["set()"] * 3


def test_only_the_validation_module_imports_private_scikit_learn():
    found = {
        (path.name, node.module)
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("sklearn.")
        and any(
            part.startswith("_")
            for part in [*node.module.split("."), *(a.name for a in node.names)]
        )
    }
    assert {name for name, _ in found} == {"_validation.py"}


@pytest.mark.parametrize(
    "cls",
    [CountBigramLM, NeuralBigramLM, BigramClassifier, BigramOutlierDetector, NameTokenizer],
)
def test_documented_defaults_are_those_of_the_signature(cls):
    documented = {}
    for line in inspect.getdoc(cls).split("Attributes\n")[0].splitlines():
        name, colon, rest = line.partition(" : ")
        if colon and "default=" in rest and not line.startswith(" "):
            documented[name] = ast.literal_eval(rest.split("default=")[1])
    signature = inspect.signature(cls).parameters.values()
    assert documented == {parameter.name: parameter.default for parameter in signature}
    assert set(documented) == set(cls._parameter_constraints)


def test_version_has_a_place_in_the_changelog():
    changelog = Path(__file__).parent.parent / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    assert f"## [{sklearn_bigram.__version__}]" in text or "## [Unreleased]" in text
