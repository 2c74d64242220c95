"""The lab's fixtures for its own tests."""

from tests.lab.fixtures import calm, fresh_server, lab

__all__ = ["calm", "fresh_server", "lab"]
