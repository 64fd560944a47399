"""The interactive page: what goes into it, and its HTML, CSS and JavaScript."""
