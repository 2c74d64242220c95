"""Fast tests without network."""
