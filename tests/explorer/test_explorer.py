"""BigramExplorer: the page as a file, and in notebooks."""

import html
import re

import pytest

from sklearn_bigram import BigramExplorer, CountBigramLM
from sklearn_bigram.explorer import _explorer

NAMES = ["emma", "ava", "mia", "anna", "noah", "</script><img onerror=alert(1)>"]


@pytest.fixture
def explorer():
    return BigramExplorer(CountBigramLM().fit(NAMES), NAMES)


def test_the_file_is_the_page(explorer, tmp_path):
    explorer.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == explorer.to_html()
    with pytest.raises(FileNotFoundError, match="No such file"):
        explorer.save(tmp_path / "missing" / "page.html")


def test_the_page_refers_to_no_other_file(explorer):
    page = explorer.to_html()
    assert not re.search(r"\b(src|action)=|@import|url\(|https?://(?!www\.w3\.org)", page)
    assert re.findall(r'href="([^"]*)"', page) == ["data:,"]
    assert page.count("</script>") == 2


def test_every_part_is_in_the_page(explorer):
    page = explorer.to_html()
    for place in ("/* style */", "/* script */", "<!-- data -->"):
        assert place not in page
    suffixes = (".css", ".js")
    parts = {path.name for path in _explorer.FILES.iterdir() if path.name.endswith(suffixes)}
    assert parts == {*_explorer.STYLES, *_explorer.SCRIPTS}
    for name in parts:
        assert (_explorer.FILES / name).read_text(encoding="utf-8") in page


def test_the_page_of_27_symbols_is_small(lecture_names):
    page = BigramExplorer(CountBigramLM().fit(lecture_names), lecture_names).to_html()
    assert len(page.encode()) < 300_000


def test_a_notebook_shows_the_page_in_a_frame(explorer):
    frame = explorer._repr_html_()
    source = re.fullmatch(r'<iframe title="Bigram explorer" srcdoc="([^"]*)" .*></iframe>', frame)
    assert html.unescape(source[1]) == explorer.to_html()


def test_a_page_too_large_for_a_notebook_says_so(explorer, monkeypatch):
    monkeypatch.setattr(_explorer, "_MAX_IN_NOTEBOOK", 1000)
    assert explorer._repr_html_().startswith("<p>This page is too large for a notebook")
