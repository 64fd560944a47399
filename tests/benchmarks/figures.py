"""The ratios that docs/limits.rst quotes, in a file of substitutions that it includes."""

import re

_LINE = re.compile(r"\.\. \|(.+)\| replace:: (.+)")


def renew(path, rows):
    """Write the ratios of these rows to the file; it keeps those that were not measured."""
    old = _LINE.findall(path.read_text(encoding="utf-8")) if path.exists() else []
    figures = dict(old) | {row.figure: in_prose(row.ratio) for row in rows if row.figure}
    lines = [f".. |{name}| replace:: {text}\n" for name, text in sorted(figures.items())]
    path.write_text("".join(lines), encoding="utf-8")


def in_prose(ratio):
    """Write a ratio as a part of the limit, with two digits."""
    if ratio >= 10:
        return f"{float(f'{ratio:.2g}'):,.0f} times"
    return f"{ratio:.2g} times" if ratio >= 1.05 else f"{100 * ratio:.2g} %"
