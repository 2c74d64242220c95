"""Takes secrets out of texts and data."""
