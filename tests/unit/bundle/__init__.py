"""Tests of the report for support."""
