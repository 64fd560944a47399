"""Input validation and files."""
