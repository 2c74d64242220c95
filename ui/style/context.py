"""What every page needs to speak and look right: texts, colours, and numbers in the person's way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtGui import QIcon, QPixmap

from installer.core.formatting import byte_size, clock_time, moment
from installer.texts import Explanation, Texts
from ui.style import icons
from ui.style.theme import Colors, Theme

if TYPE_CHECKING:
    from installer.core.errors import InstallError


class Ui:
    """Passed to every page and widget that shows text or icons. Recreated when the language changes."""

    def __init__(self, texts: Texts, theme: Theme) -> None:
        self.texts, self.theme = texts, theme
        self.locale = QLocale(
            QLocale.Language.Japanese if texts.language == "ja" else QLocale.Language.English
        )

    def t(self, key: str, **params: str) -> str:
        """The window's text *key* (``page.name``)."""
        return self.texts.ui(key, **params)

    def missing(self, key: str, params: Mapping[str, str]) -> str:
        """The sentence for something that is missing (``views.wizard.Missing``). A variable of an external
        service is called as its field is."""
        if "meaning" in params:
            params = {**params, "label": self.field_label(params["meaning"], params["name"])}
        return self.t(f"missing.{key}", **params)

    def field_label(self, meaning: str, name: str) -> str:
        """The label of the field of variable *name*; the name itself if it has no explanation, or is only
        known to be a number."""
        return name if meaning in ("other", "number") else self.texts.external_field(meaning).label

    def explain(self, code: str, params: dict[str, str]) -> Explanation:
        """An error's sentences as a window speaks them."""
        return self.texts.explain(code, params, screen=True)

    def cause(self, error: InstallError) -> Explanation:
        """What is to be said about *error*: what was found to be its cause, else its own sentences."""
        if error.known_failures:
            return self.texts.failure(error.known_failures[0].code)
        return self.explain(str(error.code), dict(error.params))

    @property
    def colors(self) -> Colors:
        """The colours in use."""
        return self.theme.colors

    def icon(self, name: str, color: str = "") -> QIcon:
        """An icon for a button, in *color* (``#rrggbb``) or that of the text."""
        return icons.icon(name, color or self.colors.text)

    def pixmap(self, name: str, color: str = "", size: int = icons.SIZE) -> QPixmap:
        """An icon for a label."""
        return icons.pixmap(name, color or self.colors.text, size)

    # ------------------------------------------------------------------ numbers

    #: Bytes, and a point in time (seconds since the epoch), as the engine's own sentences write them.
    size = staticmethod(byte_size)
    moment = staticmethod(moment)

    clock = staticmethod(clock_time)

    def date(self, day: str) -> str:
        """The date that *day* (ISO 8601) begins with, in the language's way."""
        return self.locale.toString(
            QDate.fromString(day[:10], Qt.DateFormat.ISODate), self.t("settings.date")
        )

    def count(self, number: int) -> str:
        """A whole number with the language's separators."""
        return self.locale.toString(number)

    def duration(self, seconds: float) -> str:
        """``38 s``, ``2 min 05 s``, ``3 h 12 min``, ``4 d``."""
        return self.texts.duration(seconds)
