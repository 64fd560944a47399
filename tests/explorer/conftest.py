"""A real browser, and pages in it."""

import shutil
from importlib.util import find_spec

import pytest

from sklearn_bigram import BigramExplorer, CountBigramLM
from tests.explorer.browser import Page, start_browser

_PROGRAMS = ("chromium", "chromedriver")


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for all tests that ask for it."""
    paths = [shutil.which(program) for program in _PROGRAMS]
    if find_spec("selenium") is None or None in paths:
        pytest.skip("the explorer is tested in a browser with selenium, chromium and chromedriver")
    driver = start_browser(*paths)
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture
def open_page(browser, folder):
    """Return a function that opens the page of a model; at the end, the console has no error."""
    pages = []

    def open_here(estimator, names=None):
        path = folder / "page.html"
        BigramExplorer(estimator, names).save(path)
        pages.append(Page(browser, path))
        return pages[-1]

    yield open_here
    if pages:
        assert browser.get_log("browser") == []


@pytest.fixture(scope="session")
def bundled(names, folder):
    """The model and the page of the bundled names, written once."""
    model, path = CountBigramLM().fit(names), folder / "bundled.html"
    BigramExplorer(model, names).save(path)
    return model, path


@pytest.fixture
def page(browser, bundled):
    """The page of the bundled names, fresh; at the end, the console has no error."""
    yield Page(browser, bundled[1])
    assert browser.get_log("browser") == []
