"""Link the names of scikit-learn that the project mentions, without asking the network.

Sphinx finds the pages of another project in its inventory. This extension writes an inventory of
the names that occur here, and checks each against the installed scikit-learn.
"""

import inspect
import re
import zlib
from importlib import import_module
from pathlib import Path

_BASE = "https://scikit-learn.org/stable/"
_DOTTED = re.compile(r"\bsklearn(?:\.[a-zA-Z]\w*)+")
_IMPORT = re.compile(r"from (sklearn(?:\.[a-zA-Z]\w*)+) import (\([^)]*\)|.*)")
# Docstrings that are inherited from scikit-learn refer to a section of its guide.
_SECTIONS = ["accuracy_score std:label -1 modules/model_evaluation.html#accuracy-score -"]


def _mentioned(root):
    """Return the dotted names of scikit-learn in docstrings, pages and examples."""
    pages = [*root.glob("docs/**/*.rst"), *root.glob("examples/*.py")]
    names = set()
    for path in [*pages, *root.glob("sklearn_bigram/**/*.py")]:
        names.update(_DOTTED.findall(path.read_text(encoding="utf-8")))
    for path in pages:
        for module, imported in _IMPORT.findall(path.read_text(encoding="utf-8")):
            names.update(f"{module}.{name}" for name in re.findall(r"\w+", imported))
    return sorted(names)


def _entry(name):
    """Return the line of the inventory for a class, a function or a method, or None."""
    parent, _, last = name.rpartition(".")
    try:
        owner = import_module(parent)
    except ImportError:
        module, _, owner_name = parent.rpartition(".")
        try:
            owner = getattr(import_module(module), owner_name)
        except (ImportError, AttributeError):
            return None
    thing = getattr(owner, last, None)
    page, role = (parent, "method") if inspect.isclass(owner) else (name, "function")
    if inspect.isclass(thing):
        role = "class"
    elif not callable(thing):
        return None
    return f"{name} py:{role} 1 modules/generated/{page}.html#$ -"


def _use_inventory(app, config):
    entries = filter(None, map(_entry, _mentioned(Path(app.srcdir).parent)))
    lines = "\n".join([*entries, *_SECTIONS, ""])
    header = "# Sphinx inventory version 2\n# Project: scikit-learn\n# Version: stable\n"
    header += "# The remainder of this file is compressed using zlib.\n"
    path = Path(app.doctreedir) / "scikit-learn.inv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header.encode() + zlib.compress(lines.encode()))
    config.intersphinx_mapping = {"sklearn": (_BASE, str(path))}


def setup(app):
    app.setup_extension("sphinx.ext.intersphinx")
    app.connect("config-inited", _use_inventory, priority=100)
    return {"parallel_read_safe": True}
