"""Fitted attributes."""


def assign(estimator, **attributes):
    """Set attributes all at once: an interrupt comes before or after, never in between."""
    vars(estimator).update(attributes)
