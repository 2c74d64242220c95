"""One row of the checks: what was found, and under a finding what it means and every way out of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from ui.context import Ui
from ui.intents import Browse, CheckAgain, CopyText, Intent
from ui.pages.checks_offer import OfferPart
from ui.pages.checks_words import Shown
from ui.theme import SPACE_M, SPACE_S, SPACE_XS, fixed_font
from ui.widgets.basics import button, hint, icon_button, label, picture, row
from ui.widgets.copyable import Copyable
from ui.widgets.flow_row import FlowRow
from ui.widgets.pill import Pill, tone_color

#: Under the name, beside the picture.
_INDENT = 30
_MOST_DETAIL = 140


class CheckRow(QWidget):
    """Made for one ``Shown``; only whether one may decide, what a repair says and what is unfolded change.

    *controls*: everything that takes the focus, by a name that outlives the row.
    """

    def __init__(self, ui: Ui, ask: Callable[[Intent], None], entry: Shown, width: int) -> None:
        super().__init__()
        self._ui, self._ask = ui, ask
        self.entry, self.width_of_names = entry, width
        self.controls: dict[str, QWidget] = {}
        self.deciding: list[QPushButton] = []
        self.offers: list[OfferPart] = []
        self._folds: dict[str, QWidget] = {}
        self.setAccessibleName(
            ui.t("checks.row", name=entry.name, evidence=entry.evidence, verdict=entry.state)
        )
        content = QVBoxLayout(self)
        content.setContentsMargins(SPACE_M, 10, SPACE_M, 10)
        content.setSpacing(SPACE_S)
        self._add_head(content)
        if entry.said is not None:
            self._add_finding(content)

    def _add_head(self, content: QVBoxLayout) -> None:
        ui, entry = self._ui, self.entry
        name = label(entry.name, bold=True, wrap=True)
        name.setFixedWidth(self.width_of_names)
        line = row(picture(ui.pixmap(entry.mark, tone_color(ui, entry.tone))), name, space=12)
        line.addWidget(label(entry.evidence, "second", wrap=True), 1)
        line.addWidget(Pill(ui, entry.tone, entry.state, icon=entry.mark))
        if entry.said is None and entry.askable:
            name_again = ui.t("checks.again_row", name=entry.name)
            again = icon_button(ui, "refresh-cw", name_again, self._check_again)
            self._control("again", again, decides=True)
            line.addWidget(again)
        content.addLayout(line)

    def _add_finding(self, content: QVBoxLayout) -> None:
        said = self.entry.said
        assert said is not None  # noqa: S101  (asked only for rows with one)
        text = QVBoxLayout()
        text.setContentsMargins(_INDENT, 0, 0, 2)
        text.setSpacing(SPACE_XS)
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
        self._add_foot(text)
        content.addLayout(text)

    # ------------------------------------------------------------------- parts

    def _add_decisions(self, text: QVBoxLayout) -> None:
        line = FlowRow()
        for number, decision in enumerate(self.entry.decisions):
            if decision.intent is None:
                text.addWidget(label(decision.text, "good", wrap=True))
                continue
            kind = "" if line.count() or self.entry.offers else "outline"
            asked = decision.intent
            made = button(decision.text, lambda asked=asked: self._ask(asked), kind, name=decision.name)  # type: ignore[misc]
            self._control(f"way:{number}", made, decides=True)
            line.addWidget(made)
        command = self._command() if self.entry.command else None
        if command is not None:
            line.addWidget(self._fold("command", self._ui.t("checks.stop"), command))
        if line.count():
            text.addSpacing(SPACE_XS)
            text.addLayout(line)
        for decision in self.entry.decisions:
            if decision.hint:
                text.addWidget(hint(decision.hint))
        if command is not None:
            text.addWidget(command)

    def _command(self) -> QWidget:
        """We stop nobody's services: the person is told how."""
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
        copy = icon_button(
            ui, "copy", ui.t("checks.copy_code", code=entry.quote), lambda: self._copy(entry.quote)
        )
        self._control("code", copy)
        quote = label(entry.quote, "hint", size=0.92)
        foot.addWidget(quote)
        foot.addWidget(copy)
        if entry.link:
            more = button(ui.t("checks.read_more"), lambda: self._ask(Browse(entry.link)), "link")
            more.setAccessibleName(ui.t("checks.read_more_name", name=entry.name))
            more.setToolTip(entry.link)
            more.setIcon(ui.icon("external-link", ui.colors.accent))
            self._control("link", more)
            foot.addWidget(more)
        again = button(ui.t("checks.again_short"), self._check_again, "link")
        again.setAccessibleName(ui.t("checks.again_row", name=entry.name))
        self._control("again", again, decides=True)
        foot.addWidget(again)
        quote.setMinimumHeight(again.sizeHint().height())  # in the middle of its line
        copy.setMinimumHeight(again.sizeHint().height())
        text.addLayout(foot)
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
        toggle = button(title, lambda: inner.setVisible(inner.isHidden()), "link")
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

    def unfold(self, keys: frozenset[str]) -> None:
        """Open what was open before."""
        for key, inner in self._folds.items():
            inner.setVisible(key in keys)
        for part in self.offers:
            if part.offer.repair.id in keys:
                part.unfold()

    def _check_again(self) -> None:
        self._ask(CheckAgain(self.entry.check.id))

    def _copy(self, text: str) -> None:
        self._ask(CopyText(text))
