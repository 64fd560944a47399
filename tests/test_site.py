"""The parts of the site that are calculated: the picture of bigrams, and included Markdown."""

import importlib.util
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

DOCS = Path(__file__).parent.parent / "docs"
SVG = "{http://www.w3.org/2000/svg}"


def extension(name):
    """Return a module of ``docs/_ext``."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"_ext/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pictures():
    return extension("heat_map")


def cells(picture):
    return list(ElementTree.fromstring(picture).iter(f"{SVG}g"))


def luminance(color):
    """Return the relative luminance of WCAG of three numbers from 0 to 1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def rgb(text):
    text = text if len(text) == 6 else "".join(2 * digit for digit in text)
    return [int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)]


def test_the_picture_shows_the_most_frequent_bigrams_and_their_counts(pictures, names):
    counts = Counter(a + b for name in names for a, b in zip(f".{name}", f"{name}.", strict=True))
    first = Counter(bigram[0] for bigram in counts.elements())
    shown = sorted(symbol for symbol, _ in first.most_common(8))
    drawn = [
        [text.text for text in cell.iter(f"{SVG}text")]
        for cell in cells(pictures.heat_map(pictures.bundled()))
    ]
    assert drawn == [[a + b, str(counts[a + b])] for a in shown for b in shown]


def test_the_picture_of_the_readme_is_the_one_of_the_bundled_names(pictures):
    drawn = pictures.heat_map(pictures.bundled(), alone=True)
    assert (DOCS / "_static/bigrams.svg").read_text(encoding="utf-8") == drawn


def test_the_text_of_each_cell_is_legible_on_a_light_and_a_dark_page(pictures):
    picture = pictures.heat_map(pictures.bundled(), alone=True)
    schemes = re.findall(r"--shade: #(\w+); --ink: #(\w+); --paper: #(\w+)", picture)
    assert len(schemes) == 2
    for scheme in schemes:
        shade, ink, paper = map(rgb, scheme)
        for group in cells(picture):
            opacity = float(group.find(f"{SVG}rect").get("opacity"))
            ground = [opacity * s + (1 - opacity) * p for s, p in zip(shade, paper, strict=True)]
            text = paper if group.get("class") == "strong" else ink
            assert contrast(text, ground) >= 4.5


def test_markdown_becomes_restructured_text():
    markdown = """\
## Speed

As `fit` is, see [the table](table.md):

| work | time |
| --- | ---: |
| fit | 1 ms |

![Times of fits](times.png)

```sh
make `bench`
```

That is all.
"""
    assert (
        extension("markdown").to_rst(markdown)
        == """\
Speed
-----

As ``fit`` is, see `the table <table.md>`__:

.. list-table::
   :header-rows: 1

   * - work
     - time
   * - fit
     - 1 ms

.. image:: times.png
   :alt: Times of fits

.. code-block:: sh

   make `bench`


That is all.
"""
    )
