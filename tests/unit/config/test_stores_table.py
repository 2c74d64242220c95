"""docs/stores.md says what the releases offer."""

from __future__ import annotations

from tests.real_releases import needs_real
from tests.stores_table import DOCUMENT, renewed


@needs_real
def test_the_table_is_up_to_date() -> None:
    assert DOCUMENT.read_text("utf-8") == renewed(), "python -m tests.stores_table"
