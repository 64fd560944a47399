"""A real browser, and pages in it."""

import shutil
from importlib.util import find_spec

import pytest

from sklearn_bigram import BigramExplorer, CountBigramLM
from tests.explorer.browser import Page, start_browser

_PATHS = [shutil.which(program) for program in ("chromium", "chromedriver")]
_HAS_BROWSER = find_spec("selenium") is not None and None not in _PATHS


def pytest_runtest_setup(item):
    """Skip what needs a browser where there is none, all in this line, so that it is one remark."""
    if "browser" in item.fixturenames and not _HAS_BROWSER:
        pytest.skip("selenium, chromium or chromedriver is not installed")


@pytest.fixture(scope="session")
def browser():
    """Return one headless Chromium for all tests of this process."""
    driver = start_browser(*_PATHS)
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
