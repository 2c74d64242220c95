"""Undoing a change, removing an installation."""
