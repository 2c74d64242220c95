"""The window: rail on the left, page, bottom bar. It knows pages, not what they are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, QTimer, Signal, SignalInstance
from PySide6.QtGui import (
    QCloseEvent,
    QHideEvent,
    QIcon,
    QKeySequence,
    QPaintEvent,
    QPixmap,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.background.chunked_work import Turns
from ui.style.context import Ui
from ui.style.theme import RAIL_WIDTH, SPACE_M, SPACE_S, SPACE_XL
from ui.widgets.basics import button, label, line, picture, set_kind
from ui.widgets.tips import set_tip
from ui.window.bottom_bar import Bar

#: ``Qt.AlignmentFlag.AlignRight | AlignVCenter``, see ``ui.widgets.basics.PLAIN_TEXT``.
RIGHT_IN_THE_MIDDLE = 0x82


@dataclass(frozen=True)
class RailEntry:
    """One line of the rail. *icon* empty: a step of the wizard, shown by *state*. *said*: what a screen
    reader says instead of *text*. *group*: a heading above the first line that has it; *tone*: the icon's
    colour."""

    key: str
    text: str
    state: str = ""  # done | current | coming
    icon: str = ""
    enabled: bool = True
    said: str = ""
    group: str = ""
    tone: str = ""


class Rail(QFrame):  # not a mere widget: those have no background of their own
    """Steps or sections; ``chosen`` gives the key of the one clicked."""

    chosen = Signal(str)
    language = Signal()
    theme = Signal()
    about = Signal()

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        set_kind(self, "rail")
        self.setFixedWidth(RAIL_WIDTH)
        self.setAccessibleName(ui.t("shell.rail"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 18, 13, 12)
        layout.setSpacing(2)
        self._name = label(ui.t("shell.product"), size=1.1, bold=True)
        head = QHBoxLayout()
        head.setContentsMargins(10, 0, 0, 12)
        head.setSpacing(9)
        head.addWidget(picture(ui.pixmap("box", ui.colors.accent, 22)))
        head.addWidget(self._name, 1)
        layout.addLayout(head)
        self._entries = QVBoxLayout()
        self._entries.setSpacing(2)
        layout.addLayout(self._entries)
        layout.addStretch(1)
        layout.addWidget(line())
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 4, 0, 0)
        foot.setSpacing(2)
        self.language_button = self._small("languages", ui.t("shell.language"), self.language)
        self.language_button.setText(ui.t("shell.language_name"))
        self.theme_button = self._small("sun-moon", ui.t("shell.theme"), self.theme)
        self.about_button = self._small("info", ui.t("shell.about"), self.about)
        foot.addWidget(self.language_button)
        foot.addStretch(1)
        foot.addWidget(self.theme_button)
        foot.addWidget(self.about_button)
        layout.addLayout(foot)
        self.buttons: dict[str, QPushButton] = {}
        self._captions: list[QWidget] = []
        self._group = ""
        self._shown: tuple[str, Sequence[RailEntry]] = ("", ())

    def _small(self, icon: str, name: str, signal: SignalInstance) -> QPushButton:
        found = button("", signal.emit, "quiet", name=name)
        found.setIcon(self._ui.icon(icon, self._ui.colors.second))
        set_tip(found, name)
        return found

    def show_entries(self, name: str, entries: Sequence[RailEntry]) -> bool:
        """Show *entries* under *name*; nothing is rebuilt while the keys stay the same. Whether it was."""
        if (name, entries) == self._shown:
            return False
        self._shown = (name, entries)
        self._name.setText(name)
        rebuilt = [e.key for e in entries] != list(self.buttons)
        if rebuilt:
            for old in (*self.buttons.values(), *self._captions):
                old.setParent(None)
                old.deleteLater()
            self._captions = []
            self.buttons = {}
            self._group = ""
            for entry in entries:
                self._caption(entry.group)
                made = button("", lambda key=entry.key: self.chosen.emit(key), "rail")  # type: ignore[misc]
                made.setIconSize(QSize(16, 16))
                self._entries.addWidget(made)
                self.buttons[entry.key] = made
        for entry in entries:
            self._show_entry(self.buttons[entry.key], entry)
        return rebuilt

    def _caption(self, group: str) -> None:
        if group and group != self._group:
            made = label(group, "hint", size=0.88)
            made.setContentsMargins(12, 12, 0, 2)
            self._entries.addWidget(made)
            self._captions.append(made)
        self._group = group

    def _show_entry(self, shown: QPushButton, entry: RailEntry) -> None:
        c = self._ui.colors
        icon, color = entry.icon, c.second
        if not icon:
            icon, color = {
                "done": ("circle-check", c.ok),
                "current": ("circle-dot", c.accent),
            }.get(entry.state, ("circle", c.disabled))
        elif entry.state == "current":
            color = c.accent
        elif entry.tone:
            color = str(getattr(c, entry.tone))
        shown.setText("  " + entry.text)
        picture_ = self._ui.pixmap(icon, color, 16)
        shown.setIcon(_same_when_disabled(picture_))
        shown.setEnabled(entry.enabled)
        word = f"section_{entry.state}" if entry.icon else f"step_{entry.state}"
        said = self._ui.t(f"shell.{word}") if entry.state else ""
        text = entry.said or entry.text
        shown.setAccessibleName(f"{text}, {said}" if said else text)
        set_kind(shown, "rail", current="true" if entry.state == "current" else "false")


def _same_when_disabled(pixmap: QPixmap) -> QIcon:
    """Qt greys the picture of a disabled button; a step to come has its own colour already."""
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Disabled)
    return icon


class BottomBar(QFrame):
    """Back on the left, what is missing, one primary button."""

    back = Signal()
    primary = Signal()
    second = Signal()

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        set_kind(self, "bar")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_XL, 12, SPACE_XL, 12)
        self.setMinimumHeight(60)  # also without a button: the page above must not move
        layout.setSpacing(SPACE_M - 4)
        self.back_button = button(ui.t("shell.back"), self.back.emit)
        self.note = label("", "second", size=0.95, wrap=True)
        self.note.setProperty("alignment", RIGHT_IN_THE_MIDDLE)
        self.second_button = button("", self.second.emit)
        self.primary_button = button("", self.primary.emit, "primary")
        self.primary_button.setDefault(True)
        layout.addWidget(self.back_button)
        layout.addWidget(self.note, 1)
        layout.addWidget(self.second_button)
        layout.addWidget(self.primary_button)
        for each in (self.back_button, self.second_button, self.primary_button):
            each.hide()  # until a page says what they are for

    def show_bar(self, bar: Bar) -> None:
        """Show *bar*."""
        self.back_button.setVisible(bar.back)
        self.note.setText(bar.note)
        self.second_button.setVisible(bool(bar.second))
        self.second_button.setText(bar.second)
        self.primary_button.setVisible(bool(bar.primary))
        self.primary_button.setText(bar.primary)
        self.primary_button.setEnabled(bar.enabled)
        self.primary_button.setAccessibleDescription(bar.note)
        self.setVisible(bar.back or bool(bar.primary or bar.second or bar.note))


class Shell(QMainWindow):  # a plain widget would be no window to a screen reader
    """The window's frame. ``leaving`` comes before it closes: a slot may set ``stay_open``. ``escaped``: the
    Escape key. ``seen``: it was hidden, shown or minimised. ``painted``: after the first paint, once."""

    leaving = Signal()
    seen = Signal()
    escaped = Signal()
    painted = Signal()

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._painted = False
        self.setWindowTitle(ui.t("shell.product"))
        self.setMinimumSize(960, 620)
        self.resize(1040, 720)
        self.stay_open = False
        self._practice = ""
        self._old: list[QWidget] = []
        self._leaving_parts = Turns(self)
        middle = QWidget()
        self._layout = QHBoxLayout(middle)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.setCentralWidget(middle)
        self.rail: Rail
        self.stack: QStackedWidget
        self.bar: BottomBar
        self.build(ui)
        # by name: the first use of Qt.Key makes 470 members, a tenth of the time until the first paint
        for keys in ("Return", "Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setAutoRepeat(False)  # a key that is held down must not go through several pages
            shortcut.activated.connect(self._enter)
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.activated.connect(self.escaped)

    def build(self, ui: Ui) -> None:
        """Rebuild everything, in another language or other colours. Signals of the parts are to be
        connected again."""
        typed_into = self.focusWidget()
        if typed_into is not None:
            typed_into.clearFocus()  # now, while all of its page is there to hear that typing has ended
        while (item := self._layout.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()  # not setParent(None): that would work out the style of all of it
                self._old.append(old)
        self._leaving_parts.begin_later(self._throw_away())
        self.rail, self.stack, self.bar = Rail(ui), QStackedWidget(), BottomBar(ui)
        right = QWidget()
        self._ui = ui
        self.practice: QWidget | None = None
        self._column = column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.stack, 1)
        column.addWidget(self.bar)
        self._layout.addWidget(self.rail)
        self._layout.addWidget(right, 1)
        self.setWindowTitle(ui.t("shell.product"))
        self._add_practice()

    def show_practice(self, host_key: str) -> None:
        """Say on top that this is about a practice server, with its *host_key*; empty: it is not. It stays
        until the program ends."""
        if host_key and host_key != self._practice:
            self._practice = host_key
            self._add_practice()

    def _add_practice(self) -> None:
        if self._practice and self.practice is None:
            from ui.widgets.practice import PracticeBanner  # seldom needed

            self.practice = PracticeBanner(self._ui, self._practice)
            self._column.insertWidget(0, self.practice)

    def _throw_away(self) -> Iterator[bool]:
        """Page by page: a whole wizard takes longer to delete than a window may be held up."""
        while self._old:
            old = self._old[-1]  # until it is gone: another ``build`` may come in between
            for stack in old.findChildren(QStackedWidget):
                for page in filter(None, [stack.widget(place) for place in range(stack.count())]):
                    page.deleteLater()
                    yield True
            self._old.pop()
            old.deleteLater()
            yield True

    def _enter(self) -> None:
        """Press the button with the focus, else the primary one. A line that is typed into has been finished
        by that, too: what the page makes of it may be what the button waits for."""
        from PySide6.QtWidgets import QLineEdit  # not needed before the first paint

        focus = self.focusWidget()
        if isinstance(focus, QLineEdit):
            focus.editingFinished.emit()
        if isinstance(focus, QPushButton) and focus.isEnabled():
            focus.click()
        elif self.bar.primary_button.isVisible() and self.bar.primary_button.isEnabled():
            self.bar.primary_button.click()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.seen.emit()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self.seen.emit()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self.seen.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.stay_open = False
        self.leaving.emit()
        if self.stay_open:
            event.ignore()
        else:
            event.accept()


__all__ = ["SPACE_S", "RailEntry", "Shell"]
