"""How wide a page with rows and logs may become."""

from __future__ import annotations

from ui.style.theme import SPACE_XL
from ui.widgets.column import Column

#: Beyond this the end of a row is too far from its beginning to be read together with it.
ROWS_WIDTH = 960


def limit_width(page: Column) -> None:
    """Let a wide *page* use the window, but not all of a very large one."""
    inner = page.area.widget()
    if inner is not None:
        inner.setMaximumWidth(ROWS_WIDTH + 2 * SPACE_XL)
