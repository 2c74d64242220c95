"""The program's language and colours, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from installer.appdata.preferences import load_preferences, save_preferences
from installer.core.app_folder import Home
from installer.core.errors import InstallError
from installer.texts import LANGUAGES, Texts, pick_language
from ui.style.context import Ui
from ui.style.theme import Choice, Theme
from ui.window.dialogs import About
from ui.window.window import Shell

_THEMES: tuple[Choice, ...] = ("system", "light", "dark")
_LANGUAGE_NAMES = {"en": "English", "ja": "日本語"}


class AppLooks:
    """Part of ``App``. No QObject: each class of those takes some milliseconds to make."""

    def _begin_looks(self, home: Home, language: str) -> None:
        self.home = home
        self.preferences = load_preferences(home)
        self.theme = Theme(self.preferences.theme)
        self.texts = Texts(pick_language(language or self.preferences.language))
        self.theme.use_language(self.texts.language)
        self.theme.apply()
        self.ui = Ui(self.texts, self.theme)
        self.shell = Shell(self.ui)
        self._translator: QTranslator | None = None

    def _connect_rail(self) -> None:
        self.shell.rail.language.connect(self._language_menu)
        self.shell.rail.theme.connect(self._theme_menu)
        self.shell.rail.about.connect(self._about)

    def use_language(self, language: str) -> None:
        """Speak *language* from now on."""
        if language != self.texts.language:
            self.texts = Texts(language)
            self.theme.use_language(language)
            self.theme.apply()
            self._translate_qt()
            self.preferences = replace(self.preferences, language=language)
            self._speak(language)
            self.rebuild()
            self._save()

    def _translate_qt(self) -> None:
        """Qt's own words (file dialogs, menus of text fields)."""
        if self._translator is not None:
            QApplication.removeTranslator(self._translator)
        self._translator = QTranslator(self.shell)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self.texts.language != "en" and self._translator.load(f"qtbase_{self.texts.language}", folder):
            QApplication.installTranslator(self._translator)

    def use_theme(self, theme: Choice) -> None:
        """Use the colours *theme* from now on."""
        self.preferences = replace(self.preferences, theme=theme)
        self.theme.choose(theme)
        self._save()

    def _language_menu(self) -> None:
        names = [(key, _LANGUAGE_NAMES[key], key == self.texts.language) for key in LANGUAGES]
        chosen = _pick(self.shell, self.shell.rail.language_button, names)
        if chosen:
            self.use_language(chosen)

    def _theme_menu(self) -> None:
        names = [(key, self.ui.t(f"shell.theme_{key}"), key == self.theme.choice) for key in _THEMES]
        chosen = _pick(self.shell, self.shell.rail.theme_button, names)
        for theme in _THEMES:
            if theme == chosen:
                self.use_theme(theme)

    def _about(self) -> None:
        about = About(self.ui, self.shell)
        about.exec()
        about.deleteLater()

    def _keep_place(self) -> None:
        """Remember where the window is."""
        g = self.shell.normalGeometry()
        self.preferences = replace(
            self.preferences,
            window=(g.x(), g.y(), g.width(), g.height()),
            maximized=self.shell.isMaximized(),
        )
        self._save()

    def _save(self) -> None:
        with suppress(InstallError):  # looks are not worth a word when the disk is full
            save_preferences(self.home, self.preferences)

    def rebuild(self) -> None:
        """Rebuild all views."""
        raise NotImplementedError

    def _speak(self, language: str) -> None:
        """Tell those who write words for others."""
        raise NotImplementedError


def _pick(window: QWidget, anchor: QWidget, entries: Sequence[tuple[str, str, bool]]) -> str:
    """The key of what is chosen of *entries* (key, text, whether it is in force), "" for nothing. Waits."""
    menu = QMenu(window)
    for key, text, current in entries:
        action = menu.addAction(text)
        action.setData(key)
        action.setCheckable(True)
        action.setChecked(current)
    place = anchor.mapToGlobal(anchor.rect().topLeft())
    place.setY(place.y() - menu.sizeHint().height())
    chosen = menu.exec(place)
    menu.deleteLater()
    return str(chosen.data()) if chosen is not None else ""
