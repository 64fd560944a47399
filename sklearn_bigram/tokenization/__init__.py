"""Names to token ids and back."""
