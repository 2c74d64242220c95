"""Logs of containers in bulk: fetched in blocks, kept in a private file, searched and shown."""
