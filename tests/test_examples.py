"""The examples of the gallery run, and draw."""

import runpy
from pathlib import Path

import matplotlib as mpl
import pytest

pytestmark = pytest.mark.slow
EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("plot_*.py"))
WITH_TORCH = {"plot_gradient_descent", "plot_lecture"}


@pytest.fixture
def plt(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with mpl.rc_context():
        mpl.use("agg")
        import matplotlib.pyplot as plt

        plt.close("all")
        yield plt
        plt.close("all")


def test_there_are_examples():
    assert EXAMPLES


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.torch] * (path.stem in WITH_TORCH))
        for path in EXAMPLES
    ],
)
def test_example_runs_and_draws(path, plt):
    runpy.run_path(str(path))
    figures = [plt.figure(number) for number in plt.get_fignums()]
    assert any(figure.axes for figure in figures)
    for figure in figures:
        figure.canvas.draw()  # what is wrong with a picture shows when it is drawn
