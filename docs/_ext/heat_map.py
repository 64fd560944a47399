"""The picture of the landing page and of the README: the most frequent bigrams, as SVG.

``python docs/_ext/heat_map.py`` writes the picture of the README, which stands alone.
"""

from pathlib import Path

import numpy as np

N_SYMBOLS = 8
_CELL, _GAP, _MARGIN = 60, 4, 34
# Shades leave out the middle, on which neither dark nor light text is legible.
_SHADES = {0: 0.05, 100: 0.14, 250: 0.24, 500: 0.36, 1000: 0.78, 2000: 1.0}
_LABEL = (
    "Table of the most frequent bigrams in the bundled names, with one row per first symbol and "
    "one column per second symbol. A darker cell is a higher count."
)
_STYLE = """<style>
  .bigrams { --shade: #064f5c; --ink: #14181e; --paper: #fff; --label: #48566b }
  @media (prefers-color-scheme: dark) {
    .bigrams { --shade: #6fd3e3; --ink: #e6ebf0; --paper: #0d1117; --label: #9ca4af }
  }
  .bigrams text { font: 18px system-ui, sans-serif; text-anchor: middle; fill: var(--ink) }
  .bigrams rect { fill: var(--shade) }
  .bigrams .bigram { font-weight: 600 }
  .bigrams .count { font-size: 15px }
  .bigrams .strong text { fill: var(--paper) }
  .bigrams .label { fill: var(--label) }
</style>
"""


def heat_map(model, *, alone=False):
    """Return a picture of the counts of a fitted model, with its colors if it stands alone."""
    totals = np.asarray(model.counts_.sum(axis=1)).ravel()
    shown = np.sort(np.argsort(-totals, kind="stable")[:N_SYMBOLS])
    symbols, counts = model.symbols_[shown], model.counts_.toarray()[np.ix_(shown, shown)]
    side = _MARGIN + N_SYMBOLS * (_CELL + _GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bigrams" viewBox="0 0 {side} {side}" '
        f'role="img" aria-label="{_LABEL}">\n',
        _STYLE if alone else "",
    ]
    for i, symbol in enumerate(symbols):
        middle = _MARGIN + i * (_CELL + _GAP) + _CELL // 2
        parts.append(f'<text class="label" x="{middle}" y="22">{symbol}</text>\n')
        parts.append(f'<text class="label" x="14" y="{middle + 6}">{symbol}</text>\n')
    for i, j in np.ndindex(counts.shape):
        x, y = (_MARGIN + k * (_CELL + _GAP) for k in (j, i))
        count, share = int(counts[i, j]), counts[i, j] / totals[shown[i]]
        shade = max(opacity for least, opacity in _SHADES.items() if count >= least)
        strong = ' class="strong"' if shade > 0.5 else ""
        parts.append(
            f"<g{strong}>"
            f"<title>{symbols[i]}{symbols[j]}: {count:,} times, {share:.1%} of the bigrams that "
            f"begin with {symbols[i]}</title>"
            f'<rect x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" rx="6" opacity="{shade}"/>'
            f'<text class="bigram" x="{x + 30}" y="{y + 26}">{symbols[i]}{symbols[j]}</text>'
            f'<text class="count" x="{x + 30}" y="{y + 47}">{count}</text></g>\n'
        )
    return "".join([*parts, "</svg>\n"])


def bundled():
    """Return a model of the bundled names."""
    from sklearn_bigram import CountBigramLM
    from sklearn_bigram.datasets import load_names

    return CountBigramLM().fit(load_names())


if __name__ == "__main__":
    picture = Path(__file__).parents[1] / "_static/bigrams.svg"
    picture.write_text(heat_map(bundled(), alone=True), encoding="utf-8")
