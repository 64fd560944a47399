"""Formulas as MathML, which browsers draw themselves: no script from the network."""

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml


def _write(translator, node):
    translator.body.append(tex2mathml(node.astext()))
    raise SkipNode


def _write_block(translator, node):
    formula = tex2mathml(node.astext(), as_block=True)
    # On a narrow screen a wide formula scrolls, also by the keys.
    translator.body.append(f'<div class="formula" tabindex="0">{formula}</div>')
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (_write, None), (_write_block, None))
    return {"parallel_read_safe": True}
