"""Composes to compare with."""

from __future__ import annotations

import pytest

from tests.newest_compose import fetch


@pytest.fixture(scope="session")
def newest(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The newest Compose that Debian unstable offers."""
    program = fetch(tmp_path_factory.mktemp("compose"))
    if program is None:
        pytest.skip("NOT TESTED: Debian unstable's Compose could not be fetched")
    return str(program)
