"""What can go wrong with the lab itself (never raised for the program under test)."""

from __future__ import annotations


class LabUnavailable(RuntimeError):
    """This machine cannot run the lab at all (not Linux, not root, not the Debian release it is made for)."""


class LabError(RuntimeError):
    """A step of the lab failed; the text ends with what the failing program said."""
