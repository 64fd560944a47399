"""Text of error messages."""


def shorten(value, width=40):
    """Return the repr of a value, cut to a width that fits an error message."""
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 2]}…{text[-1]}"
