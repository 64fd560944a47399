"""Configuration of the documentation: ``make docs`` builds it."""

import re
import sys
from pathlib import Path

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # document this checkout, installed or not

import sklearn_bigram  # noqa: E402 - not before it can be found

project = "sklearn_bigram"
author = "The sklearn_bigram developers"
copyright = author
version = release = sklearn_bigram.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates"]
default_role = "literal"
toc_object_entries_show_parents = "hide"

autosummary_generate = True
numpydoc_show_class_members = False  # the template lists the members, in full

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("sklearn_bigram",),
    "capture_repr": (),  # what an example wants shown, it prints
    "image_srcset": ["2x"],
    "within_subsection_order": "FileNameSortKey",
    "show_memory": False,
    "write_computation_times": False,
    "download_all_examples": False,
}

# No other project's index is loaded, so that the build needs no network.
# Docstrings link to scikit-learn, and some are inherited from it.
nitpick_ignore_regex = [("py:class", r"(sklearn|numpy)\..*"), ("std:ref", "accuracy_score")]

html_theme = "pydata_sphinx_theme"
html_math_renderer = "mathml"  # browsers draw it themselves: no script from the network
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
_ALONE = (
    "user_guide",
    "command_line",
    "lecture",
    "pitfalls",
    "benchmarks",
    "reliability",
    "auto_examples/*",
    "changelog",
    "contributing",
)  # no pages beside them
html_sidebars = {page: [] for page in _ALONE}
html_theme_options = {
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": {"*": ["page-toc"], "generated/*": ["page-toc"]},
    "show_toc_level": 2,
}


def markdown_to_rst(app, path, docname, content):
    """Translate an included Markdown file: headings, links, code, tables, pictures; no more."""
    if path.suffix != ".md":
        return
    text, fence = content[0], re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

    def block(match):
        code = re.sub("^", "   ", match[2], flags=re.MULTILINE)
        return f".. code-block:: {match[1] or 'text'}\n\n{code}"

    def heading(match):
        return f"{match[2]}\n{'=-~'[len(match[1]) - 1] * len(match[2])}"

    def table(match):
        head, _, *rows = match[0].splitlines()
        lines = [".. list-table::", "   :header-rows: 1", ""]
        for row in [head, *rows]:
            first, *rest = (cell.strip() for cell in row.strip("|").split("|"))
            lines += [f"   * - {first}", *(f"     - {cell}" for cell in rest)]
        return "\n".join([*lines, ""])

    prose = re.sub(r"^\|.*\|\n\|[-:| ]+\|\n(?:\|.*\|\n)*", table, text, flags=re.MULTILINE)
    prose = re.sub(r"(?<!`)`([^`\n]+)`", r"``\1``", fence.sub(block, prose))
    prose = re.sub(r"^!\[(.+)\]\((.+)\)$", r".. image:: \2\n   :alt: \1", prose, flags=re.MULTILINE)
    prose = re.sub(r"\[([^]]+)\]\(([^)]+)\)", r"`\1 <\2>`__", prose)
    content[0] = re.sub(r"^(#{1,3}) (.+)$", heading, prose, flags=re.MULTILINE)


def keep_initials(app, what, name, obj, options, lines):
    """Keep a reference that begins with 'A. Karpathy' from being read as item A of a list."""
    initial = re.compile(r"^(\s*\.\. \[[^]]+\] [A-Z]\.) ")
    lines[:] = [initial.sub("\\1\N{NO-BREAK SPACE}", line) for line in lines]


def write_mathml(translator, node):
    translator.body.append(tex2mathml(node.astext()))
    raise SkipNode


def write_mathml_block(translator, node):
    formula = tex2mathml(node.astext(), as_block=True)
    translator.body.append(f'<div class="formula">{formula}</div>')
    raise SkipNode


def write_explorer(app, error):
    """Write the explorer of the bundled names beside the page that shows it."""
    if error is None and app.builder.format == "html":
        names = sklearn_bigram.datasets.load_names()
        model = sklearn_bigram.CountBigramLM().fit(names)
        page = sklearn_bigram.BigramExplorer(model, names)
        page.save(Path(app.outdir, "_static", "explorer_of_names.html"))


def setup(app):
    app.connect("build-finished", write_explorer)
    app.add_html_math_renderer("mathml", (write_mathml, None), (write_mathml_block, None))
    app.connect("include-read", markdown_to_rst)
    app.connect("autodoc-process-docstring", keep_initials)
