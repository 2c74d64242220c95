"""Tests of ``installer.carry``."""
