"""Rows of the checks made one per turn while a control has the focus, walked for the tab order, thrown away,
again and again. Run by a test in a process of its own, as one mistake it looks for ends the process; prints
where the focus went if not where it was."""

from __future__ import annotations

import gc
import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget

from tests.ui.hearing import ui_for
from tests.ui.preview import application
from tests.ui.states import checks as states
from ui.background import chunked_work
from ui.wizard.checks.page import ChecksPage

_CHANGES = (
    (states.no_docker, states.repair_chosen),
    (states.port_taken, states.no_docker),
    (states.repair_chosen, states.no_docker),
)


def finish(page: ChecksPage) -> None:
    """Until every row is made."""
    while page.rows.growing:
        QApplication.processEvents()
    QApplication.processEvents()


def controls(page: ChecksPage) -> list[tuple[str, str]]:
    """What can have the focus under a finding."""
    found = []
    for check_id, made in page.rows.made.items():
        if made.entry.said is not None:
            usable = [k for k, w in made.controls.items() if w.isVisible() and w.isEnabled()]
            found += [(check_id, key) for key in usable]
    return found


def stays(page: ChecksPage, place: tuple[str, str]) -> bool:
    """Whether the focus is where it was, or, if that is gone, where one can look again."""
    made = page.rows.made.get(place[0])
    control: QWidget | None = made.controls.get(place[1]) if made else None
    if control is not None and not control.isHidden():
        return control.hasFocus()
    return QApplication.focusWidget() in (page.again, page.area)


def main() -> int:
    """Every control in turn, in three changes of what is shown."""
    chunked_work.TURN_SECONDS = 0.0
    application()
    gc.disable()
    lost = []
    for before, after in _CHANGES:
        page = ChecksPage(ui_for())
        page.resize(820, 640)
        page.show_state(before())
        page.show()
        page.activateWindow()
        finish(page)
        for place in controls(page):
            page.show_state(before())
            finish(page)
            page.rows.made[place[0]].controls[place[1]].setFocus()
            page.show_state(after())
            finish(page)
            if not stays(page, place):
                lost.append((place, page.rows.focused()))
        page.hide()
        del page
        gc.collect()
        QApplication.processEvents()
    print(*lost, sep="\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
