"""Tests of ``installer.image_transfer``."""
