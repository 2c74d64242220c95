"""A name that does not lead to the server yet: the exact records to make, and waiting for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from installer.core.errors import InstallError
from installer.views.wizard import Dns, WizardState
from installer.views.wizard.dns import dns_problem, records_to_make
from ui.intents import CopyText, Intent, StopWaitingForDns, WaitForDns
from ui.style.context import Ui
from ui.style.theme import SPACE_S, SPACE_XS, fixed_font
from ui.widgets.announce import announce
from ui.widgets.basics import Card, button, clear, column, hint, label, picture, row
from ui.widgets.copyable import Copyable
from ui.widgets.scroll_into_view import reveal

if TYPE_CHECKING:
    from installer.acme.dns import Names
    from installer.acme.dns_look import DnsLook
    from installer.acme.records import DnsRecord

_TYPE_WIDTH = 52


class DnsCard(Card):
    """Hidden while nothing is wrong. *records_only*: what is wrong is shown above already, so this shows the
    records alone. The records are rebuilt only when they change."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], None], *, records_only: bool = False) -> None:
        super().__init__(tone="warning")
        self._ui, self._ask, self._records_only = ui, ask, records_only
        self._records: tuple[DnsRecord, ...] = ()
        self._dns = Dns()
        self.what, self.why = label(bold=True, wrap=True), label("", "second", wrap=True)
        self.how = label(ui.t("dns.how"), wrap=True)
        self.records = QVBoxLayout()
        self.records.setSpacing(SPACE_XS)
        self.copied = hint()
        self.copied.hide()
        self._pressed = False
        self.wait = button(ui.t("dns.wait"), self._wait, "outline")
        self.copy = button(ui.t("dns.copy_all"), self._copy_all)
        self.stop = button(ui.t("dns.stop"), self._stop)
        self.waiting = self._waiting()
        self.note = hint(ui.t("dns.note_install" if records_only else "dns.note"))
        self.ended = label("", "error", wrap=True)
        text = column(self.what, self.why, self.how, space=SPACE_S)
        text.addLayout(self.records)
        text.addWidget(self.copied)
        text.addLayout(row(self.wait, self.copy, None))
        for part in (self.note, self.waiting, self.ended):
            text.addWidget(part)
        line = row(column(picture(ui.pixmap("triangle-alert", ui.colors.warning)), None), space=10)
        line.addLayout(text, 1)
        self.body.addLayout(line)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        self.hide()

    def _waiting(self) -> QWidget:
        found = QWidget()
        self.since = label(wrap=True)
        self.looks = label("", "second", size=0.92, wrap=True)
        line = row(space=SPACE_S)
        line.addWidget(self.since, 1)
        line.addWidget(self.stop)
        inside = column(line, self.looks, space=SPACE_XS)
        inside.setContentsMargins(0, SPACE_XS, 0, 0)
        found.setLayout(inside)
        return found

    # -------------------------------------------------------------------- state

    def show_state(self, state: WizardState) -> bool:
        """Show what is wrong in *state*, or nothing. Whether controls were made."""
        problem, dns = dns_problem(state), state.dns
        waits = dns.waiting > 0
        if problem is None and not (waits and self._records):
            self.hide()
            self._timer.stop()
            return False
        made = problem is not None and self._show_problem(problem)
        news, self._dns = dns != self._dns, dns
        self.wait.setVisible(not waits)
        self.note.setVisible(not waits)
        self.waiting.setVisible(waits)
        self.ended.setText(self._ui.cause(dns.error).what if dns.error else "")
        self.ended.setVisible(dns.error is not None)
        if news:
            self.looks.setText("\n".join(self._look(seen) for seen in reversed(dns.looks)))
            self._tick()
        self._timer.start() if waits and not self._timer.isActive() else None
        if not waits:
            self._timer.stop()
        appeared = self.isHidden()
        self.show()
        if self._pressed and waits:
            self._go_to(self.stop)
        if appeared or (news and self.isVisible()):
            self._tell(waits=waits)
        return made or appeared

    def _go_to(self, place: QWidget) -> None:
        """The button that was pressed is gone: on to *place*, with what belongs to it in sight."""
        self._pressed = False
        place.setFocus(Qt.FocusReason.OtherFocusReason)
        reveal(self.wait if self.waiting.isHidden() else self.waiting)

    def _tell(self, *, waits: bool) -> None:
        said = self.looks.text().partition("\n")[0] if waits else self.what.text()
        announce(self, said)

    def _show_problem(self, problem: InstallError) -> bool:
        ui = self._ui
        said = ui.cause(problem)
        self.what.setText(said.what)
        self.why.setText(ui.t("dns.why"))
        for part in (self.what, self.why):
            part.setVisible(not self._records_only)
        self.setAccessibleName(said.what)
        self.setAccessibleDescription(said.do)
        records = records_to_make(problem)
        if records == self._records:
            return False
        self._records = records
        clear(self.records)
        for record in records:
            self.records.addWidget(self._record(record))
        self.copied.hide()
        return True

    def _record(self, record: DnsRecord) -> QWidget:
        ui = self._ui
        key = "remove" if record.remove else "optional" if record.optional else "make"
        kind = label(record.type)
        kind.setFont(fixed_font())
        kind.setFixedWidth(_TYPE_WIDTH)
        kind.setAccessibleName(ui.t("dns.type", type=record.type))
        name = Copyable(ui, record.name, ui.t("dns.copy_name", name=record.name), self._copy)
        if record.value:
            said = ui.t("dns.copy_value", value=record.value)
            value: QWidget = Copyable(ui, record.value, said, self._copy)
        else:
            value = hint(ui.t("dns.value_unknown"))
        line = row(kind, space=SPACE_S)
        line.addWidget(name, 1)
        line.addWidget(value, 1)
        found = QWidget()
        found.setLayout(column(hint(ui.t(f"dns.{key}")), line, space=0))
        inside = found.layout()
        assert inside is not None  # noqa: S101  (just set)
        inside.setContentsMargins(0, 0, 0, 0)
        return found

    def _look(self, seen: DnsLook) -> str:
        ui = self._ui
        here, there = self._addresses(seen.here), self._addresses(seen.server)
        return ui.t("dns.look", at=ui.clock(seen.at), here=here, server=there)

    def _addresses(self, names: Names) -> str:
        if not names.known:
            return self._ui.t("dns.not_known")
        return ", ".join(names.all) or self._ui.t("dns.nothing")

    def _tick(self) -> None:
        seconds = max(0.0, time.time() - self._dns.waiting) if self._dns.waiting else 0.0
        since = self._ui.t("common.since", time=self._ui.duration(seconds))
        self.since.setText(f"{self._ui.t('dns.waiting')} {since}")

    # ------------------------------------------------------------------ actions

    def _wait(self) -> None:
        self._pressed = True
        self._ask(WaitForDns())

    def _stop(self) -> None:
        self._ask(StopWaitingForDns())
        if self.wait.isVisible():
            self._go_to(self.wait)

    def _copy(self, text: str) -> None:
        self._ask(CopyText(text))

    def _copy_all(self) -> None:
        lines = (f"{r.type}\t{r.name}\t{r.value}" for r in self._records if not r.remove)
        gone = (
            f"{self._ui.t('dns.remove')}\t{r.type}\t{r.name}\t{r.value}" for r in self._records if r.remove
        )
        self._copy("\n".join((*lines, *gone)))
        self.copied.setText(self._ui.t("common.copied"))
        self.copied.show()
        announce(self, self.copied.text())
