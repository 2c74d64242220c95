"""Distributions' version texts."""

from installer.docker.versions import numbers, older


def test_numbers() -> None:
    assert numbers("2.26.1-4") == (2, 26, 1)
    assert numbers("v2.40.3+ds1") == (2, 40, 3)
    assert numbers("5.0") == (5, 0, 0)
    assert numbers("dev") is None


def test_older() -> None:
    assert older("2.9.0", "2.10.0")
    assert not older("2.24.4-desktop.1", "2.24.4")
    assert not older("dev", "2.24.4")
