"""Translate an included Markdown file: headings, links, code, tables, pictures; no more."""

import re
from textwrap import indent

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^\|.*\|\n\|[-:| ]+\|\n(?:\|.*\|\n)*", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,3}) (.+)$", re.MULTILINE)


def _block(language, code):
    return f".. code-block:: {language or 'text'}\n\n{indent(code, '   ')}"


def _heading(match):
    return f"{match[2]}\n{'=-~'[len(match[1]) - 1] * len(match[2])}"


def _table(match):
    head, _, *rows = match[0].splitlines()
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in [head, *rows]:
        first, *rest = (cell.strip() for cell in row.strip("|").split("|"))
        lines += [f"   * - {first}", *(f"     - {cell}" for cell in rest)]
    return "\n".join([*lines, ""])


def _prose(text):
    text = re.sub(r"(?<!`)`([^`\n]+)`", r"``\1``", _TABLE.sub(_table, text))
    text = re.sub(r"^!\[(.+)\]\((.+)\)$", r".. image:: \2\n   :alt: \1", text, flags=re.MULTILINE)
    text = re.sub(r"\[([^]]+)\]\(([^)]+)\)", r"`\1 <\2>`__", text)
    return _HEADING.sub(_heading, text)


def to_rst(text):
    """Return the text of a Markdown file as reStructuredText."""
    prose, *rest = _FENCE.split(text)  # then language, code, prose, ...
    pieces = [_prose(prose)]
    for language, code, prose in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        pieces += [_block(language, code), _prose(prose)]
    return "".join(pieces)


def _translate(app, path, docname, content):
    if path.suffix == ".md":
        content[0] = to_rst(content[0] + "\n")  # Sphinx has cut off the end of the last line


def setup(app):
    app.connect("include-read", _translate)
    return {"parallel_read_safe": True}
