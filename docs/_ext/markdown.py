"""Translate an included Markdown file: headings, links, code, tables, pictures; no more."""

import re

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^\|.*\|\n\|[-:| ]+\|\n(?:\|.*\|\n)*", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,3}) (.+)$", re.MULTILINE)


def _block(match):
    code = re.sub("^", "   ", match[2], flags=re.MULTILINE)
    return f".. code-block:: {match[1] or 'text'}\n\n{code}"


def _heading(match):
    return f"{match[2]}\n{'=-~'[len(match[1]) - 1] * len(match[2])}"


def _table(match):
    head, _, *rows = match[0].splitlines()
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in [head, *rows]:
        first, *rest = (cell.strip() for cell in row.strip("|").split("|"))
        lines += [f"   * - {first}", *(f"     - {cell}" for cell in rest)]
    return "\n".join([*lines, ""])


def to_rst(text):
    """Return the text of a Markdown file as reStructuredText."""
    prose = _FENCE.sub(_block, _TABLE.sub(_table, text))
    prose = re.sub(r"(?<!`)`([^`\n]+)`", r"``\1``", prose)
    prose = re.sub(r"^!\[(.+)\]\((.+)\)$", r".. image:: \2\n   :alt: \1", prose, flags=re.MULTILINE)
    prose = re.sub(r"\[([^]]+)\]\(([^)]+)\)", r"`\1 <\2>`__", prose)
    return _HEADING.sub(_heading, prose)


def _translate(app, path, docname, content):
    if path.suffix == ".md":
        content[0] = to_rst(content[0])


def setup(app):
    app.connect("include-read", _translate)
    return {"parallel_read_safe": True}
