"""The engine of Dify Installer: no Qt, no input, no output for people (that is ``installer.cli``'s)."""

__version__ = "0.1.0"
