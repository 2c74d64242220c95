"""Logs: following, searching, filtering, saving."""
