"""Rows of the Checks page: what was found, and under a problem what it means and the ways out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from installer.check_list import Check
from installer.wizard import PageId, WizardState, free_port
from ui.context import Ui
from ui.intents import Intent, UsePort, Visit
from ui.theme import SPACE_M, SPACE_S, SPACE_XS, fixed_font, scaled
from ui.widgets.basics import RowCard, button, clear, hint, label, picture, row
from ui.widgets.pill import ICONS, Pill, Tone, tone_color

_TONES: Mapping[str, Tone] = {"ok": "ok", "warning": "warning", "stop": "stop", "unknown": "neutral"}
_MARKS: Mapping[str, str] = {**ICONS, "unknown": "circle-question-mark"}
_PORT_FIELDS = ("http", "https", "plugin_debugging")
_NARROWEST, _WIDEST = 110, 210


@dataclass(frozen=True)
class Way:
    """A way out of a problem: a button's *text*, what it asks for, its *name* for screen readers. Without an
    intent it is a sentence: what was decided already."""

    text: str
    intent: Intent | None
    name: str = ""


@dataclass(frozen=True)
class Shown:
    """A row as it is on the screen; equal ones need not be made anew."""

    check: Check
    name: str
    evidence: str
    verdict: str
    ways: tuple[Way, ...] = ()


def shown(ui: Ui, check: Check, ways: tuple[Way, ...] = ()) -> Shown:
    """*check* in the person's language."""
    texts, params = ui.texts, check.params
    evidence = texts.check_evidence(check.id, check.verdict, params)
    return Shown(check, texts.check_name(check.id, params), evidence, texts.verdict(check.verdict), ways)


def ways_out(ui: Ui, state: WizardState, check: Check) -> tuple[Way, ...]:
    """What the person can decide about *check* here and now."""
    if check.problem is None:
        return ()
    code, params = check.problem.code.value, check.problem.params
    if code == "port.in_use" and params.get("purpose") in _PORT_FIELDS:
        return _port_way(ui, state, int(params["port"]), params["purpose"])
    if code.startswith("directory.") or code in ("project.clash", "release.differs"):
        return (Way(ui.t("checks.other_folder"), Visit(PageId.SETTINGS, "target.directory")),)
    return ()


def _port_way(ui: Ui, state: WizardState, taken: int, purpose: str) -> tuple[Way, ...]:
    """Another port; once it is chosen, the row says so until it is judged anew."""
    chosen: int = getattr(state.answers.ports, purpose)
    if chosen != taken:
        return (Way(ui.t("checks.port_chosen", port=str(chosen)), None),)
    free = free_port(state, taken)
    if not free:
        return ()
    name = ui.t("checks.use_port_name", port=str(free), taken=str(taken))
    return (Way(ui.t("checks.use_port", port=str(free)), UsePort(f"ports.{purpose}", free), name),)


def name_width(names: Sequence[str]) -> int:
    """How wide the names' column is, the same in all cards."""
    metrics = QFontMetrics(scaled(1.0, bold=True))
    widest = max((metrics.horizontalAdvance(name) for name in names), default=0)
    return min(max(widest + SPACE_M, _NARROWEST), _WIDEST)


class CheckCard(RowCard):
    """A card of rows. Shown again with the same rows it stays as it is."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], None]) -> None:
        super().__init__()
        self._ui, self._ask = ui, ask
        self._rows: tuple[Shown, ...] = ()
        self._width = 0
        self.holders: dict[str, QWidget] = {}
        self.buttons: dict[str, QPushButton] = {}
        self.hide()

    def show_rows(self, rows: tuple[Shown, ...], width: int, *, enabled: bool) -> None:
        """Show *rows*, hide without any. *width*: the names' column. *enabled*: whether one may decide."""
        self.setVisible(bool(rows))
        if (rows, width) != (self._rows, self._width):
            self._rows, self._width = rows, width
            self._build()
        for made in self.buttons.values():
            made.setEnabled(enabled)

    def _build(self) -> None:
        focused = next((key for key, made in self.buttons.items() if made.hasFocus()), "")
        clear(self.body)
        self.holders, self.buttons = {}, {}
        for entry in self._rows:
            self.holders[entry.check.id] = self._add(entry)
        if focused in self.buttons:
            self.buttons[focused].setFocus()

    def _add(self, entry: Shown) -> QWidget:
        ui, verdict = self._ui, entry.check.verdict
        tone = _TONES[verdict]
        name = label(entry.name, bold=True, wrap=True)
        name.setFixedWidth(self._width)
        evidence = label(entry.evidence, "second", wrap=True)
        mark = picture(ui.pixmap(_MARKS[verdict], tone_color(ui, tone)))
        pill = Pill(ui, tone, entry.verdict, icon=_MARKS[verdict])
        line = row(mark, name, space=12)
        line.addWidget(evidence, 1)
        line.addWidget(pill)
        content = QVBoxLayout()
        content.setSpacing(SPACE_S)
        content.addLayout(line)
        if entry.check.problem is not None:
            content.addLayout(self._explained(entry))
        holder = self.add_row(content)
        said = ui.t("checks.row", name=entry.name, evidence=entry.evidence, verdict=entry.verdict)
        holder.setAccessibleName(said)
        return holder

    def _explained(self, entry: Shown) -> QVBoxLayout:
        problem = entry.check.problem
        assert problem is not None  # noqa: S101  (asked only for rows with one)
        said = self._ui.explain(problem.code.value, dict(problem.params))
        text = QVBoxLayout()
        text.setContentsMargins(30, 0, 0, 2)  # under the name, beside the icon
        text.setSpacing(SPACE_XS)
        text.addWidget(label(said.what, wrap=True))
        if said.why:
            text.addWidget(label(said.why, "second", wrap=True))
        text.addWidget(label(said.do, "second", wrap=True))
        self._add_ways(text, entry)
        if problem.detail:
            self._add_detail(text, problem.detail)
        return text

    def _add_ways(self, text: QVBoxLayout, entry: Shown) -> None:
        for way in entry.ways:
            if way.intent is None:
                text.addWidget(label(way.text, "good", wrap=True))
                continue
            made = button(way.text, lambda asked=way.intent: self._ask(asked), "outline", name=way.name)  # type: ignore[misc]
            self.buttons[entry.check.id] = made
            text.addSpacing(SPACE_XS)
            text.addLayout(row(made, None))

    def _add_detail(self, text: QVBoxLayout, detail: str) -> None:
        box = QPlainTextEdit(detail)
        box.setReadOnly(True)
        box.setFont(fixed_font())
        box.setFixedHeight(min(140, 40 + 20 * (detail.count("\n") + 1)))
        box.setAccessibleName(self._ui.t("common.details_name"))
        box.setTabChangesFocus(True)
        box.hide()
        toggle = button(self._ui.t("common.details"), lambda: box.setVisible(box.isHidden()), "link")
        text.addLayout(row(toggle, None))
        text.addWidget(box)


class Group(QWidget):
    """A heading, on its right what it is about, and the card under it."""

    def __init__(self, ui: Ui, card: CheckCard) -> None:
        super().__init__()
        self.card = card
        self.heading = label("", size=1.05, bold=True)
        self.about: QLabel = hint("")
        self.about.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head = row(self.heading)
        head.addWidget(self.about, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE_XS, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addLayout(head)
        layout.addWidget(card)
        self.hide()

    def show_group(self, heading: str, about: str, rows: tuple[Shown, ...], width: int) -> None:
        """Show *rows* under *heading*; without rows nothing."""
        self.setVisible(bool(rows))
        self.heading.setText(heading)
        self.about.setText(about)
        self.card.show_rows(rows, width, enabled=True)
