"""Welcome: known servers, unfinished answers."""
