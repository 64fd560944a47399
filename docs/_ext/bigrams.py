"""``.. bigrams::`` draws the most frequent bigrams of the bundled names into a page."""

from _ext.heat_map import bundled, heat_map
from docutils import nodes
from docutils.parsers.rst import Directive


class BigramsDirective(Directive):
    """A picture in the colors of the page."""

    def run(self):
        return [nodes.raw("", heat_map(bundled()), format="html")]


def setup(app):
    app.add_directive("bigrams", BigramsDirective)
    return {"parallel_read_safe": True}
