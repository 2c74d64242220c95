"""The parts of the self-test that need a window (see ``ui.app.selftest``), and what all parts share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Literal

from installer.texts import LANGUAGES
from installer.views.wizard import PageId, WizardState

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

    from installer.views.panel import Section as Name
    from ui.style.context import Ui
    from ui.window.window import Shell

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
#: The application must outlive its windows.
_kept: list[object] = []


class Broken(Exception):
    """A part is not as it should be."""


def at_least(number: int, found: Sequence[object], what: str) -> None:
    """A folder that was left out is empty, and everything in it is whole."""
    if len(found) < number:
        raise Broken(f"only {len(found)} {what}")


def resource(folder: str = "") -> Traversable:
    """``resources`` or a folder in it."""
    return files("resources").joinpath(folder) if folder else files("resources")


def window() -> str:
    """The application, and whether a font has letters for each language."""
    from PySide6.QtGui import QFontDatabase, QGuiApplication
    from PySide6.QtWidgets import QApplication

    from ui.app.app import application

    if QApplication.instance() is None:
        _kept.append(application(["dify-installer"]))
    japanese = QFontDatabase.families(QFontDatabase.WritingSystem.Japanese)
    fonts = f"{len(japanese)} fonts with Japanese"
    return f"platform {QGuiApplication.platformName()}, {fonts}"


def icons() -> str:
    """Every icon of the family, and the program's own by Qt's SVG plugin."""
    from ui.style import icons as family

    names = [e.name for e in resource("icons").iterdir() if e.name.endswith(".svg")]
    for name in names:
        if not _painted(family.pixmap(name.removesuffix(".svg"), "#ff0000", 24)):
            raise Broken(f"{name} paints nothing")
    at_least(30, names, "icons")
    if not _svg_painted("app/icon.svg"):
        raise Broken("app/icon.svg paints nothing")
    return f"{len(names)} icons and the program's own"


def _svg_painted(path: str) -> bool:
    from PySide6.QtGui import QPixmap

    picture = QPixmap()
    picture.loadFromData(files("resources").joinpath(path).read_bytes())
    return _painted(picture)


def _painted(picture: QPixmap) -> bool:
    """Whether there is more than one colour on it."""
    image = picture.toImage()
    step = max(1, min(image.width(), image.height()) // 24)
    seen = {image.pixel(x, y) for x in range(0, image.width(), step) for y in range(0, image.height(), step)}
    return len(seen) > 1


def page(page_id: PageId) -> str:
    """A page of the wizard as it comes up, with rail and bar, in every language and both themes."""
    from ui.wizard.view import WizardView

    state = WizardState(page=page_id)

    def fill(ui: Ui, shell: Shell) -> object:
        view = WizardView(ui, shell, state)
        view.show_state(state)
        return view

    return _in_every_look(fill)


def section(name: Name) -> str:
    """A section of the control panel before anything is known of the containers."""
    from installer.answers import Answers
    from installer.views.panel import PanelState
    from ui.panel.view import PanelView

    state = PanelState(Answers(), section=name)

    def fill(ui: Ui, shell: Shell) -> object:
        view = PanelView(ui, shell, state)
        view.show_state(state)
        return view

    return _in_every_look(fill)


def dialogs() -> str:
    """The About dialog and the one for an uncaught error."""
    from installer.core.errors import Code, InstallError

    def fill(ui: Ui, shell: Shell) -> object:
        from ui.window.dialogs import About, Crash

        found = (About(ui, shell), Crash(ui, shell, InstallError(Code.INTERNAL, {}, detail="-")))
        if not all(_painted(dialog.grab()) for dialog in found):
            raise Broken("a dialog paints nothing")
        return found

    return _in_every_look(fill)


def _in_every_look(fill: Callable[[Ui, Shell], object]) -> str:
    """Make a window in each language and theme, *fill* it, paint it once."""
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    from installer.texts import Texts
    from ui.style.context import Ui
    from ui.style.theme import Theme
    from ui.window.window import Shell

    for language in LANGUAGES:
        for name in THEMES:
            theme = Theme(name)
            theme.use_language(language)
            theme.apply()
            ui = Ui(Texts(language), theme)
            shell = Shell(ui)
            kept = fill(ui, shell)
            QApplication.processEvents()
            painted = _painted(shell.grab())
            del kept
            shell.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            if not painted:
                raise Broken(f"paints nothing in {language}, {name}")
    return f"{', '.join(LANGUAGES)} in {', '.join(THEMES)}"
