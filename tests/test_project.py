"""What several files of the project say of the same thing."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

import sklearn_bigram

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins(name):
    """Return the versions of a constraints file, by the names of packages in lower case."""
    lines = (ROOT / name).read_text(encoding="utf-8").lower().splitlines()
    return dict(line.split("==") for line in lines)


def floors(requirements):
    """Return the lowest versions of requirements, by the names of packages in lower case."""
    pattern = re.compile(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)")
    return dict(pattern.fullmatch(text).groups() for text in requirements)


def numbers(version):
    """Return a version as numbers, without the zeros at its end."""
    parts = [int(part) for part in version.split(".")]
    while parts[-1] == 0:
        parts.pop()
    return parts


def test_the_version_is_the_same_everywhere():
    version = sklearn_bigram.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in citation
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"^## \[(\d\S*)\] - (\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)
    assert releases[0][0] == version


def test_the_oldest_versions_are_those_that_the_package_allows(project):
    extras = project["optional-dependencies"]
    lowest = floors(chain(project["dependencies"], *extras.values()))
    oldest = pins("constraints-oldest.txt")
    assert lowest.keys() >= {"numpy", "scipy", "scikit-learn", "torch"}
    for name, version in lowest.items():
        assert numbers(oldest[name]) == numbers(version), name


def test_each_pin_is_allowed(project):
    newest = pins("constraints.txt")
    for name, version in floors(project["dependencies"]).items():
        assert numbers(newest[name]) >= numbers(version), name


def test_each_supported_python_is_named(project):
    pythons = [
        text.rpartition(" ")[2]
        for text in project["classifiers"]
        if re.search(r":: Python :: 3\.\d+$", text)
    ]
    assert project["requires-python"] == f">={pythons[0]}"
    minors = [int(python.partition(".")[2]) for python in pythons]
    assert minors == list(range(minors[0], minors[-1] + 1))
    workflow = (ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    (matrix,) = re.findall(r"python: \[(.*)\]", workflow)
    assert re.findall(r"3\.\d+", matrix) == pythons
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Python {pythons[0]} to {pythons[-1]}" in readme


def test_the_tests_that_the_page_on_reliability_names_exist():
    page = (ROOT / "docs/reliability.rst").read_text(encoding="utf-8")
    named = re.findall(r"``([\w/]+\.py)``", page)
    assert len(named) > 20
    for path in named:
        assert (ROOT / "tests" / path).is_file(), path


def test_the_doctests_of_all_pages_run():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    paths = settings["tool"]["pytest"]["ini_options"]["testpaths"]
    found = list(chain.from_iterable(ROOT.glob(path) for path in paths))
    folders = ["docs", "docs/user_guide", "docs/how_to"]  # others are generated
    pages = list(chain.from_iterable((ROOT / folder).glob("*.rst") for folder in folders))
    assert len(pages) > 20
    for page in pages:
        assert page in found or page.parent in found, page
