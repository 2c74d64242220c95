"""docs/stores.md says what the releases offer."""

from __future__ import annotations

import pytest

from tests.releases import REAL_VERSIONS
from tests.stores_table import DOCUMENT, renewed


@pytest.mark.skipif(not REAL_VERSIONS, reason="NOT TESTED: the real releases are not here (DIFY_RELEASES)")
def test_the_table_is_up_to_date() -> None:
    assert DOCUMENT.read_text("utf-8") == renewed(), "python -m tests.stores_table"
