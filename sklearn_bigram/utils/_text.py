"""Text of error messages, and symbols as text."""


def show(value):
    """Return a path, or other text, with characters that a terminal would obey escaped."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def shorten(value, width=40):
    """Return the repr of a value, cut to a width that fits an error message."""
    text = show(repr(value))
    return text if len(text) <= width else f"{text[: width - 2]}…{text[-1]}"


def printable(symbol):
    """Return a printable form of a symbol."""
    text = str(symbol)
    return text if text.isprintable() and text != " " else repr(text)[1:-1].replace(" ", "␣")
