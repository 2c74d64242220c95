"""One row of the checks: what was found, and under a finding what it means and every way out of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from installer.texts import Explanation
from ui.intents import CheckAgain, CopyText, Intent, OpenUrl
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S, SPACE_XS, fixed_font
from ui.widgets.basics import button, dispose, hint, icon_button, label, picture, row, set_kind
from ui.widgets.copyable import Copyable
from ui.widgets.flow_row import FlowRow
from ui.widgets.pill import Pill, tone_color
from ui.widgets.scroll_into_view import turn
from ui.widgets.tips import set_tip
from ui.wizard.checks.repair_address import AddressPart
from ui.wizard.checks.repair_offer import OfferPart
from ui.wizard.checks.words import Shown

#: Under the name, beside the picture.
_INDENT = 30
_MOST_DETAIL = 140


class RowHead(QWidget):
    """The line that every row has: a picture, the check's name, what was found, the verdict."""

    def __init__(self, ui: Ui, check_again: Callable[[], object], read_more: Callable[[], object]) -> None:
        super().__init__()
        self._ui = ui
        self._mark: tuple[str, str] = ("", "")
        self.mark = picture(ui.pixmap("ellipsis", ui.colors.neutral))
        self.name, self.evidence = label("", bold=True, wrap=True), label("", "second", wrap=True)
        self.pill = Pill(ui, "neutral", "", icon="ellipsis")
        self.again = icon_button(ui, "refresh-cw", ui.t("checks.again_short"), check_again)
        self.more = icon_button(ui, "external-link", ui.t("checks.read_more"), read_more)
        for small in (self.more, self.again):
            set_kind(small, "icon", small="true")  # no higher than a verdict
            small.hide()
        line = row(self.mark, self.name, space=12)
        line.addWidget(self.evidence, 1)
        line.addWidget(self.more)
        line.addWidget(self.again)
        line.addWidget(self.pill)
        self.setLayout(line)

    def show_entry(self, entry: Shown, width: int) -> None:
        """Show *entry*; only what is different is touched."""
        for place, text in ((self.name, entry.name), (self.evidence, entry.evidence)):
            if place.text() != text:
                place.setText(text)
        if self.name.width() != width:
            self.name.setFixedWidth(width)
        if self._mark != (entry.mark, entry.tone):
            self._mark = entry.mark, entry.tone
            self.mark.setPixmap(self._ui.pixmap(entry.mark, tone_color(self._ui, entry.tone)))
        self.pill.show_verdict(entry.tone, entry.state, entry.mark)
        self.again.setVisible(entry.said is None and entry.askable)
        self.again.setAccessibleName(self._ui.t("checks.again_row", name=entry.name))
        self.more.setVisible(entry.said is None and bool(entry.link))
        self.more.setAccessibleName(self._ui.t("checks.read_more_name", name=entry.name))


class CheckRow(QWidget):
    """Shows a ``Shown``, and the next one of the same check in its place: only what differs is rebuilt.

    *controls*: everything that takes the focus, by a name that outlives what it stands on.
    """

    def __init__(self, ui: Ui, ask: Callable[[Intent], None], entry: Shown) -> None:
        super().__init__()
        self._ui, self._ask = ui, ask
        self.entry = entry
        self.head = RowHead(ui, self._check_again, self._read_more)
        self.controls: dict[str, QWidget] = {}
        self.deciding: list[QPushButton] = []
        self.offers: list[OfferPart] = []
        self._folds: dict[str, QWidget] = {}
        self._finding: QWidget | None = None
        self._content = QVBoxLayout(self)
        self._content.setContentsMargins(SPACE_M, 10, SPACE_M, 10)
        self._content.setSpacing(SPACE_S)
        self._content.addWidget(self.head)
        self._made_of: tuple[object, ...] = ()
        self._width = 0
        self._apart = False
        self._control("link", self.head.more)
        self._control("again", self.head.again, decides=True)

    def set_apart(self, *, above: bool) -> None:
        """Whether a thin line parts it from the row *above*."""
        if self._apart != above:
            self._apart = above
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self._apart:
            QPainter(self).fillRect(0, 0, self.width(), 1, QColor(self._ui.colors.border))

    def shows(self, entry: Shown, width: int) -> bool:
        """Whether there is nothing to do for *entry*."""
        return (self.entry, self._width) == (entry, width) and not self._unfinished

    @property
    def _unfinished(self) -> bool:
        return self.entry.finding != (self._made_of or self.entry.NOTHING)

    def show_entry(self, entry: Shown, width: int) -> bool:
        """Show *entry*; ``finish`` makes what stands under its line. *width*: of the names' column. Whether
        there is something to finish."""
        self.entry, self._width = entry, width
        self.head.show_entry(entry, width)
        said = self._ui.t("checks.row", name=entry.name, evidence=entry.evidence, verdict=entry.state)
        if self.accessibleName() != said:
            self.setAccessibleName(said)
        return self._unfinished

    def finish(self) -> None:
        """Make what the finding shows; what was unfolded stays so."""
        unfolded, self._made_of = self.unfolded, self.entry.finding
        self._make_finding()
        self._unfold(unfolded)

    def _make_finding(self) -> None:
        if self._finding is not None:
            dispose(self._finding)
            self._finding = None
        self.controls, self.deciding, self.offers, self._folds = {}, [], [], {}
        if self.entry.said is None:
            self._control("link", self.head.more)
            self._control("again", self.head.again, decides=True)
        else:
            self._finding = QWidget()
            text = QVBoxLayout(self._finding)
            text.setContentsMargins(_INDENT, 0, 0, 2)
            text.setSpacing(SPACE_XS)
            self._add_finding(text, self.entry.said)
            self._content.addWidget(self._finding)
            self._finding.show()  # at once: it may be about to get the focus

    def _add_finding(self, text: QVBoxLayout, said: Explanation) -> None:
        text.addWidget(label(said.what, wrap=True))
        for sentence in filter(None, (said.why, said.do, self.entry.note)):
            text.addWidget(label(sentence, "second", wrap=True))
        self._add_decisions(text)
        for offer in self.entry.offers:
            part = OfferPart(self._ui, self._ask, self.entry.check.id, offer)
            self.offers.append(part)
            for key, made in part.controls.items():
                self._control(f"{offer.repair.id}:{key}", made, decides=key == "choose")
            text.addWidget(part)
        if self.entry.addresses:
            address = AddressPart(self._ui, self._ask, self.entry.name, self.entry.addresses)
            for key, control in address.controls.items():
                self._control(key, control, decides=key == "address:choose")
            text.addWidget(address)
        self._add_foot(text)

    # ------------------------------------------------------------------- parts

    def _add_decisions(self, text: QVBoxLayout) -> None:
        side_by_side: list[QWidget] = []
        for number, decision in enumerate(self.entry.decisions):
            if decision.intent is None:
                text.addWidget(label(decision.text, "good", wrap=True))
                continue
            kind = "" if side_by_side or self.entry.offers else "outline"
            asked = decision.intent
            made = button(decision.text, lambda asked=asked: self._ask(asked), kind, name=decision.name)  # type: ignore[misc]
            self._control(f"way:{number}", made, decides=True)
            side_by_side.append(made)
        command = self._command() if self.entry.command else None
        if command is not None:
            side_by_side.append(self._fold("command", self._ui.t("checks.stop"), command))
        if side_by_side:
            text.addSpacing(SPACE_XS)
            line = FlowRow()
            text.addLayout(line)
            for part in side_by_side:
                line.addWidget(part)
        for decision in self.entry.decisions:
            if decision.hint:
                text.addWidget(hint(decision.hint))
        if command is not None:
            text.addWidget(command)

    def _command(self) -> QWidget:
        """The program stops no other services: it shows the command that does."""
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label(self._ui.t("checks.stop_text"), "second", wrap=True))
        line = Copyable(self._ui, self.entry.command, self._ui.t("common.copy_command"), self._copy)
        self._control("copy_command", line.button)
        layout.addWidget(line)
        return inner

    def _add_foot(self, text: QVBoxLayout) -> None:
        ui, entry = self._ui, self.entry
        foot = FlowRow(space=2)
        text.addLayout(foot)
        copy = icon_button(
            ui, "copy", ui.t("checks.copy_code", code=entry.quote), lambda: self._copy(entry.quote)
        )
        self._control("code", copy)
        quote = label(entry.quote, "hint", size=0.92)
        foot.addWidget(quote)
        foot.addWidget(copy)
        if entry.link:
            more = button(ui.t("checks.read_more"), self._read_more, "link")
            more.setAccessibleName(ui.t("checks.read_more_name", name=entry.name))
            set_tip(more, entry.link)
            more.setIcon(ui.icon("external-link", ui.colors.accent))
            self._control("link", more)
            foot.addWidget(more)
        again = button(ui.t("checks.again_short"), self._check_again, "link")
        again.setAccessibleName(ui.t("checks.again_row", name=entry.name))
        self._control("again", again, decides=True)
        foot.addWidget(again)
        quote.setMinimumHeight(again.sizeHint().height())  # in the middle of its line
        copy.setMinimumHeight(again.sizeHint().height())
        if entry.detail:
            box = self._detail(entry.detail)
            foot.addWidget(self._fold("details", ui.t("common.details"), box))
            text.addWidget(box)

    def _detail(self, detail: str) -> QWidget:
        box = QPlainTextEdit(detail)
        box.setReadOnly(True)
        box.setFont(fixed_font())
        box.setFixedHeight(min(_MOST_DETAIL, 40 + 20 * (detail.count("\n") + 1)))
        box.setAccessibleName(self._ui.t("common.details_name"))
        box.setTabChangesFocus(True)
        self._control("details_box", box)
        return box

    def _fold(self, key: str, title: str, inner: QWidget) -> QPushButton:
        """A button that shows and hides *inner*."""
        inner.hide()
        toggle = button(title, lambda: turn(inner, toggle), "link")
        self._control(key, toggle)
        self._folds[key] = inner
        return toggle

    # ------------------------------------------------------------------- state

    def _control(self, key: str, made: QWidget, *, decides: bool = False) -> None:
        self.controls[key] = made
        if decides and isinstance(made, QPushButton):
            self.deciding.append(made)

    def show_moment(self, *, enabled: bool, repairing: str, lines: tuple[str, ...]) -> None:
        """Whether one may decide now, and what the repair under way says."""
        for made in self.deciding:
            made.setEnabled(enabled or made.hasFocus())  # the focus must not jump
        for part in self.offers:
            part.show_run(lines if part.offer.repair.id == repairing else None)

    @property
    def unfolded(self) -> frozenset[str]:
        """What is open, for the row that takes this one's place."""
        mine = {key for key, inner in self._folds.items() if not inner.isHidden()}
        return frozenset(mine | {p.offer.repair.id for p in self.offers if p.unfolded})

    def _unfold(self, keys: frozenset[str]) -> None:
        """Open what was open before."""
        for key, inner in self._folds.items():
            inner.setVisible(key in keys)
        for part in self.offers:
            if part.offer.repair.id in keys:
                part.unfold()

    def _check_again(self) -> None:
        self._ask(CheckAgain(self.entry.check.id))

    def _read_more(self) -> None:
        self._ask(OpenUrl(self.entry.link))

    def _copy(self, text: str) -> None:
        self._ask(CopyText(text))
