"""The images of a download, each as a row that keeps its place: what is done, how far, how fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from installer.views.progress import TRANSFERS, ImageRow
from installer.views.wizard import WizardState
from ui.background.chunked_work import Turns
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S, SPACE_XS, scaled
from ui.widgets.basics import Card, column, label, picture, row, section, set_kind
from ui.widgets.tips import set_tip
from ui.wizard.install.parts import mark_of
from ui.wizard.install.words import Situation, bytes_text, situation

#: How an image's states look, where not as a step's of the same name.
_MARKS = {"running": "fetching", "finishing": "running"}
_BAR = 4

ImageState = Literal["waiting", "running", "finishing", "done", "failed", "stopped", "unknown"]


def short_image(image: str) -> str:
    """Repository and tag: without the registry that it comes from, and without a digest beside a tag."""
    name, at, digest = image.partition("@")
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        name = rest
    name = name.removeprefix("library/")
    return name if ":" in name or not at else f"{name}@{digest[:19]}"


def image_state(image: ImageRow, what: Situation) -> ImageState:
    """How *image* is shown: once all its bytes are there it is unpacked; when everything ended from outside,
    what was under way is stopped, and with the connection lost its state is unknown."""
    if image.state == "done":
        return "done"
    if image.state == "failed":
        return "failed"
    if what not in ("running", "stopping"):
        was_running = image.state == "running"
        return ("unknown" if what == "lost" else "stopped") if was_running else "waiting"
    if image.state != "running":
        return "waiting"
    now = image.track.now
    return "finishing" if now.total and now.done >= now.total else "running"


def image_text(ui: Ui, image: ImageRow, state: ImageState, *, stalled: bool) -> str:
    """The words at the row's right: the state, and amounts as far as they are known."""
    now = image.track.now
    if state == "running" and now.done:
        return bytes_text(ui, now, stalled=stalled)
    word = ui.t(f"install.image_{state}")
    if not now.total or state == "finishing":
        return word
    if state in ("stopped", "unknown", "failed") and now.done < now.total:
        return ui.t("install.image_part", state=word, amount=bytes_text(ui, now, stalled=True))
    return ui.t("install.image_part", state=word, amount=ui.size(now.total))


class ThinBar(QWidget):
    """A bar that only eyes see: the words beside it say the same, and twenty real progress bars would each
    tell a screen reader about every tick."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui, self._part, self._color = ui, 0.0, ""
        self.setFixedHeight(_BAR)

    def show_part(self, part: float, color: str) -> None:
        """*part* from 0 to 1, in *color* (``#rrggbb``)."""
        if (part, color) != (self._part, self._color):
            self._part, self._color = part, color
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._ui.colors.neutral_tint))
        painter.drawRoundedRect(QRectF(self.rect()), _BAR / 2, _BAR / 2)
        if self._part > 0:
            width = max(float(_BAR), self.width() * self._part)
            painter.setBrush(QColor(self._color))
            painter.drawRoundedRect(QRectF(0, 0, width, _BAR), _BAR / 2, _BAR / 2)
        painter.end()


class ImageLine(QWidget):
    """One image: icon, name, words, and a thin bar; its height is always the same."""

    def __init__(self, ui: Ui, image: str) -> None:
        super().__init__()
        self._ui, self._state = ui, ""
        self._name = short_image(image)
        self.mark = picture(mark_of(ui, "waiting"))
        self.name = label(self._name, wrap=True)
        set_tip(self.name, image)
        self.words = label("", "second", size=0.95)
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar = ThinBar(ui)
        head = row(self.mark, SPACE_XS, space=SPACE_S)
        head.addWidget(self.name, 1)
        head.addWidget(self.words)
        self.setLayout(column(head, self.bar, space=SPACE_XS))

    def show_image(self, image: ImageRow, what: Situation, *, stalled: bool) -> None:
        """Show *image*; only what is different is touched."""
        state = image_state(image, what)
        if state != self._state:
            self._state = state
            self._show_kind(state)
        _set(self.words, image_text(self._ui, image, state, stalled=stalled))
        now, c = image.track.now, self._ui.colors
        part = 1.0 if state == "done" else now.done / now.total if now.total else 0.0
        self.bar.show_part(part, {"done": c.ok, "failed": c.stop}.get(state, c.accent))

    def _show_kind(self, state: ImageState) -> None:
        ui = self._ui
        self.mark.setPixmap(mark_of(ui, _MARKS.get(state, state)))
        set_kind(self.name, "second" if state == "waiting" else "")
        self.name.setFont(scaled(1.0, bold=state == "failed"))  # the style would undo it
        word = ui.t(f"install.image_{state}")
        self.name.setAccessibleName(ui.t("install.row_name", title=self._name, state=word))


class ImagesPart(QWidget):
    """The rows while images are fetched, and after that failed. A row once made stays as long as the page
    shows this download; new ones are added below."""

    def __init__(self, ui: Ui) -> None:
        super().__init__()
        self._ui = ui
        self.lines: dict[str, ImageLine] = {}
        self._shown: tuple[Mapping[str, ImageRow], Situation, bool] = ({}, "idle", False)
        self._turns = Turns(self, self._show)
        self.title = section("")
        self.card = Card(margins=SPACE_M, space=SPACE_S + 2)
        self.card.setAccessibleName(ui.t("install.images_name"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.title)
        layout.addWidget(self.card)
        self.hide()

    def show_state(self, state: WizardState, now: float) -> None:
        """Show *state* as it is at *now* (seconds since the epoch)."""
        images, what = state.install.progress.images, situation(state)
        if not self._wanted(state):
            self.hide()
            return
        if not images.keys() >= self.lines.keys():  # another download
            self._empty()
        self._shown = images, what, state.install.progress.stalled(now)
        if images.keys() != self.lines.keys() and not self._turns.busy:
            self._turns.begin(self._make())
        self._show()
        self.show()

    def _wanted(self, state: WizardState) -> bool:
        rows = (state.install.progress.row(step) for step in TRANSFERS)
        live = any(r is not None and r.state in ("running", "failed") for r in rows)
        return live and bool(state.install.progress.images)

    def _empty(self) -> None:
        for shown in self.lines.values():
            self.card.body.removeWidget(shown)
            shown.hide()
            shown.setParent(None)
            shown.deleteLater()
        self.lines = {}

    def _make(self) -> Iterator[None]:
        while missing := [name for name in self._shown[0] if name not in self.lines]:
            self.lines[missing[0]] = made = ImageLine(self._ui, missing[0])
            self.card.body.addWidget(made)
            yield

    def _show(self) -> None:
        images, what, stalled = self._shown
        for name, shown in self.lines.items():
            if name in images:
                shown.show_image(images[name], what, stalled=stalled)
        done = sum(image.state == "done" for image in images.values())
        count = self._ui.count
        _set(self.title, self._ui.t("install.images", done=count(done), total=count(len(images))))


def _set(shown: QLabel, text: str) -> None:
    if shown.text() != text:
        shown.setText(text)
