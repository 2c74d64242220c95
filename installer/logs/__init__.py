"""Logs of containers in bulk: fetched in blocks, kept in a file that nobody else sees, searched and shown."""
