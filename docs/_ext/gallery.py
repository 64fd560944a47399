"""Describe the figures of the gallery for those who do not see them, and make its thumbnails."""

import re
from pathlib import Path

from PIL import Image
from sphinx_gallery.scrapers import matplotlib_scraper

_THUMBNAIL = (560, 360)  # pixels
_WIDE = 2400  # pixels of a figure with twice the resolution; of a wider one, half is shown


def describe(figure):
    """Return what the titles, labels and legends of a figure say."""
    parts = []
    for ax in figure.axes:
        if ax.get_label() == "<colorbar>":
            continue
        texts = [ax.get_title()]
        labels = [label for label in (ax.get_ylabel(), ax.get_xlabel()) if label]
        texts.append(" against ".join(labels))
        legend = ax.get_legend()
        if legend:
            texts.append("with " + ", ".join(text.get_text() for text in legend.get_texts()))
        parts.append(", ".join(filter(None, texts)))
    if figure.get_suptitle():
        parts.insert(0, figure.get_suptitle())
    panels = "; ".join(dict.fromkeys(filter(None, parts)))  # equal panels are described once
    text = f"Figure: {panels}" if panels else "Figure"
    return re.sub(r"[\s$\\]+", " ", text).replace('"', "'")  # sphinx-gallery escapes nothing


def scrape(block, block_vars, gallery_conf, **kwargs):
    """Save the figures of a block as sphinx-gallery does, with descriptions as their alt texts."""
    import matplotlib.pyplot as plt

    texts = iter([describe(plt.figure(number)) for number in plt.get_fignums()])
    rst = matplotlib_scraper(block, block_vars, gallery_conf, **kwargs)
    return re.sub(r"(?<=:alt: ).*", lambda match: next(texts, match[0]), rst)


def crop(image):
    """Return the part of a figure that is still legible as a thumbnail: its top left."""
    width = image.width if image.width < _WIDE else image.width // 2
    height = min(image.height, round(width * _THUMBNAIL[1] / _THUMBNAIL[0]))
    return image.crop((0, 0, width, height))


def _make_thumbnails(app):
    """Replace the thumbnails, in which sphinx-gallery shows whole figures, however tall."""
    images = Path(app.srcdir) / "auto_examples/images"
    for figure in images.glob("sphx_glr_plot_*_001_2_00x.png"):
        thumbnail = images / f"thumb/{figure.name.replace('_001_2_00x', '_thumb')}"
        with Image.open(figure) as image:
            part = crop(image.convert("RGB"))
        part.thumbnail(_THUMBNAIL)
        ground = Image.new("RGB", _THUMBNAIL, "white")
        ground.paste(part, tuple((a - b) // 2 for a, b in zip(_THUMBNAIL, part.size, strict=True)))
        ground.save(thumbnail)


def setup(app):
    app.connect("builder-inited", _make_thumbnails, priority=900)  # after sphinx-gallery has run
    return {"parallel_read_safe": True}
