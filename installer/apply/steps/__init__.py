"""Doing it: one module a step, each with a pure ``plan`` and an idempotent way to carry it out."""
