"""The web servers for which texts are made."""

from __future__ import annotations

import pytest

from tests.web_servers import PACKAGES, Program, find


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Program | None]:
    return {name: find(name, tmp_path_factory.mktemp(name)) for name in PACKAGES}
