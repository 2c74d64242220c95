"""What a page says about the bottom bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.intents import Intent


@dataclass(frozen=True)
class Bar:
    """The bottom bar: *primary* is the one button that says what it does ("" = none), *note* what is missing,
    *intent* what it asks for (None: ``Next``), *second* a quieter button with the intent it asks for."""

    primary: str = ""
    enabled: bool = True
    note: str = ""
    back: bool = True
    intent: Intent | None = None
    second: str = ""
    second_intent: Intent | None = None
