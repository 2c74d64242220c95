"""Shows a page in a named state and writes it as a picture.

python -m tests.ui.preview login-password --language ja --theme dark --size 960x620 --out /tmp/login.png
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import cache
from importlib import import_module

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import delete

from installer.views.wizard import WizardState
from tests.ui.pseudo import texts_of
from ui.background.chunked_work import Turns
from ui.style.context import Ui
from ui.style.theme import Theme
from ui.window.window import Shell
from ui.wizard.view import WizardView

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # the same picture on every machine


#: Turns of the event loop until nothing moves any more: a new size goes up one layout in each.
_ROUNDS = 8


def application() -> QApplication:
    """The one application, with the base style that the program uses."""
    app = QApplication.instance() or QApplication(["dify-installer"])
    assert isinstance(app, QApplication)
    app.setStyle("Fusion")
    return app


@cache
def plain_font() -> QFont:
    """The font before any language asked for another one."""
    application()
    return QFont(QApplication.font())


@cache
def look(language: str, theme: str) -> Ui:
    """Language (also ``pseudo``) and colours, put into the application when they change: that works out the
    style of everything that lives."""
    QApplication.setFont(plain_font())  # not the last language's
    colors = Theme(theme)  # type: ignore[arg-type]
    colors.use_language("en" if language == "pseudo" else language)
    colors.apply()
    return Ui(texts_of(language), colors)


def change_look() -> None:
    """Before another language or other colours: the next ``look`` applies itself again."""
    look.cache_clear()


def throw_away(window: QWidget) -> None:
    """Delete *window* now: a style sheet gets slower with every window that lives."""
    window.close()
    delete(window)


def wizard_window(state: WizardState, language: str, theme: str) -> tuple[Shell, WizardView]:
    """A window that shows *state*; nothing behind it."""
    ui = look(language, theme)
    shell = Shell(ui)
    view = WizardView(ui, shell, state)
    view.show_state(state)
    return shell, view


def settle(window: QWidget, width: int, height: int) -> None:
    """Show *window* at a size and let layouts and timers of the first moment pass, and pages that are made
    over several turns of the event loop be made."""
    window.resize(width, height)
    window.show()
    left = _ROUNDS
    while left:
        QApplication.processEvents()
        growing = any(turns.busy for turns in window.findChildren(Turns))
        left = _ROUNDS if growing else left - 1


def main(argv: list[str]) -> int:
    """Write one picture."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("name", help="page-state, or panel:SECTION-state")
    options.add_argument("--language", default="en")
    options.add_argument("--theme", default="light")
    options.add_argument("--size", default="1040x720")
    options.add_argument("--out", default="/tmp/preview.png")
    chosen = options.parse_args(argv)
    width, height = (int(n) for n in chosen.size.split("x"))
    states = import_module("tests.ui.states")
    if chosen.name.startswith("panel:"):
        section, _, name = chosen.name.removeprefix("panel:").partition("-")
        panel = import_module("tests.ui.states.panel")
        window = panel.window(section, name, chosen.language, chosen.theme)
        keep: object = window
    else:
        state = states.wizard_states()[chosen.name]()
        window, view = wizard_window(state, chosen.language, chosen.theme)
        states.unfold(chosen.name, view.pages[state.page])
        keep = view
    settle(window, width, height)
    if isinstance(keep, WizardView) and states.bring_into_sight(chosen.name, keep.pages[keep.state.page]):
        settle(window, width, height)
    window.grab().save(chosen.out)
    assert keep
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
