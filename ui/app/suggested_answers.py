"""What fits a person of a language, as answers for a new installation."""

from __future__ import annotations

from PySide6.QtCore import QTimeZone

from installer.answers.optional import Locale

#: Language → the time zone where this computer names none of a place (a virtual machine's is often UTC).
_ZONES = {"ja": "Asia/Tokyo"}


def suggested(language: str) -> Locale:
    """The time zone of this computer, and search that splits words of *language*; nothing for languages that
    Dify's own values fit."""
    if language not in _ZONES:
        return Locale()
    here = bytes(QTimeZone.systemTimeZoneId().data()).decode()
    named = "/" in here and not here.startswith("Etc/")
    return Locale(here if named else _ZONES[language], japanese=language == "ja")
