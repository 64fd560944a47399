"""Configuration of the documentation: ``make docs`` builds it."""

import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(DOCS)]  # document this checkout, installed or not; and find _ext

import sklearn_bigram  # noqa: E402 - not before it can be found

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_REPOSITORY = _PROJECT["urls"]["Repository"]

project = "sklearn_bigram"
author = "The sklearn_bigram developers"
copyright = author
version = release = sklearn_bigram.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
    "matplotlib.sphinxext.plot_directive",
    "_ext.bigrams",
    "_ext.gallery",
    "_ext.markdown",
    "_ext.mathml",
    "_ext.pages",
    "_ext.scikit_learn",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_ext", "_templates"]
default_role = "literal"
smartquotes = False  # most of what is quoted here are values to be typed
toc_object_entries_show_parents = "hide"

autosummary_generate = True
numpydoc_show_class_members = False  # the template lists the members, in full
nitpick_ignore_regex = [("py:class", r"numpy\..*")]

copybutton_exclude = ".linenos, .gp, .go"  # neither prompts nor output
copybutton_selector = "div:not(.sphx-glr-script-out) > div.highlight > pre"

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("sklearn_bigram",),
    "capture_repr": (),  # what an example wants shown, it prints
    "image_scrapers": ("_ext.gallery.scrape",),
    "image_srcset": ["2x"],
    "first_notebook_cell": (
        "# The package is not on an index yet. Examples with torch or Dask need its extra, too:\n"
        "# [plot,torch] or [plot,dask].\n"
        f"%pip install 'sklearn_bigram[plot] @ git+{_REPOSITORY}'"
    ),
    "within_subsection_order": "FileNameSortKey",
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "download_all_examples": False,
}

# Figures of the guide are drawn by the ``plot`` directive; each starts with these lines.
plot_pre_code = """
import matplotlib.pyplot as plt
import numpy as np

from sklearn_bigram import BigramDisplay, CountBigramLM, NameTokenizer, NeuralBigramLM
from sklearn_bigram.datasets import load_names

names = load_names()
"""
plot_formats = ["svg"]
plot_html_show_formats = plot_html_show_source_link = False
plot_rcparams = {"figure.constrained_layout.use": True, "font.size": 10, "svg.hashsalt": project}

html_theme = "pydata_sphinx_theme"
html_math_renderer = "mathml"
html_title = f"{project} {version}"
html_baseurl = _PROJECT["urls"]["Documentation"]
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"
html_show_sourcelink = False
html_context = {
    "root_path": urlsplit(html_baseurl).path,  # where the site lies on its server
    "repository": _REPOSITORY,
    "issues": _PROJECT["urls"]["Issues"],
}
_ALONE = ("index", "404", "explorer", "command_line")  # no pages beside them
html_sidebars = {page: [] for page in _ALONE}
html_theme_options = {
    "logo": {
        "text": project,
        "image_light": "_static/logo-light.svg",
        "image_dark": "_static/logo-dark.svg",
    },
    "icon_links": [
        {"name": "Repository", "url": _REPOSITORY, "icon": "fa-brands fa-github"},
    ],
    "header_links_before_dropdown": 8,
    "navbar_start": ["navbar-logo", "version"],
    "navbar_persistent": ["search-button"],
    "footer_start": ["copyright"],
    "footer_end": ["footer-links"],
    "secondary_sidebar_items": {
        "**": ["page-toc", "sg_download_links", "edit-page"],
        "index": [],
        "404": [],
    },
    "show_toc_level": 2,
}


def keep_initials(app, what, name, obj, options, lines):
    """Keep a reference that begins with 'A. Karpathy' from being read as item A of a list."""
    initial = re.compile(r"^(\s*\.\. \[[^]]+\] [A-Z]\.) ")
    lines[:] = [initial.sub("\\1\N{NO-BREAK SPACE}", line) for line in lines]


def write_explorer(app, error):
    """Write the explorer of the bundled names beside the page that shows it."""
    if error is None and app.builder.format == "html":
        names = sklearn_bigram.datasets.load_names()
        model = sklearn_bigram.CountBigramLM().fit(names)
        page = sklearn_bigram.BigramExplorer(model, names)
        page.save(Path(app.outdir, "_static", "explorer_of_names.html"))


def setup(app):
    app.connect("build-finished", write_explorer)
    app.connect("autodoc-process-docstring", keep_initials)
