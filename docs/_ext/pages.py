"""What each page gets beside its text: a description, an edit link, and roles that fit."""

import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

_INCLUDED = {"changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md"}
_LONGEST = 160  # characters of a description


def source(docname):
    """Return the path in the repository of the source of a page, or None if it has none."""
    if docname in _INCLUDED:
        return _INCLUDED[docname]
    folder, _, name = docname.rpartition("/")
    if folder == "auto_examples":
        return "examples/README.rst" if name == "index" else f"examples/{name}.py"
    return None if folder == "generated" else f"docs/{docname}.rst"


def _description(doctree):
    """Return the beginning of the first paragraph of prose."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, (nodes.section, addnodes.desc_content)):
            text = " ".join(paragraph.astext().split())
            return text if len(text) <= _LONGEST else text[:_LONGEST].rpartition(" ")[0] + " …"
    return None


def _add(app, pagename, templatename, context, doctree):
    if doctree is None:
        return
    path = source(pagename)
    if path and (Path(app.srcdir).parent / path).is_file():
        context["edit_url"] = f"{app.config.html_context['repository']}/edit/main/{path}"
    if 'name="description"' not in context["metatags"]:
        text = _description(doctree)
        if text:
            content = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
            context["metatags"] += f'\n<meta name="description" content="{content}" />'
    # Docutils marks references with a role that lists may not contain and that is deprecated.
    context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
    # Thumbnails have their titles as visible text: a second, hidden link text is not needed.
    context["body"] = re.sub(
        r'(<div class="sphx-glr-thumbcontainer".*?<a class="reference internal" )(.*?'
        r'<div class="sphx-glr-thumbnail-title">(.*?)</div>)',
        lambda match: f'{match[1]}aria-label="{re.sub("<.*?>", "", match[3])}" {match[2]}',
        context["body"],
        flags=re.DOTALL,
    )


def setup(app):
    app.connect("html-page-context", _add, priority=100)  # before the theme asks for it
    return {"parallel_read_safe": True}
