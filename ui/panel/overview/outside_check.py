"""Whether this computer reaches Dify by its own address, and the way through SSH where it does not."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from installer.core.events import ReachFound
from installer.views.panel import Outside, PanelState
from ui.intents import Intent, OpenThroughSsh
from ui.panel.intents import CheckReachability
from ui.style.context import Ui
from ui.widgets.announce import announce
from ui.widgets.basics import button, hint, label


class OutsideLine(QWidget):
    """What is known, and under it what to do. *look* and *tunnel* are its buttons, to be put beside it."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], None]) -> None:
        super().__init__()
        self._ui = ui
        self._shown: object = None
        self.what, self.advice = label("", wrap=True), hint()
        self.look = button(ui.t("overview.look"), lambda: ask(CheckReachability()))
        self.tunnel = button(ui.t("overview.through_ssh"), lambda: ask(OpenThroughSsh()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.what)
        layout.addWidget(self.advice)
        self.advice.hide()

    def show_state(self, state: PanelState) -> None:
        """Show what is known; a requested result is announced to screen readers."""
        outside, inside_only = state.outside, state.answers.site.inside_only
        for shown in (self.look, self.tunnel):
            shown.setEnabled(not outside.busy or shown.hasFocus())
        self.look.setVisible(not inside_only)
        if (outside, inside_only) == self._shown:
            return
        first, self._shown = self._shown is None, (outside, inside_only)
        what, advice = self._said(outside, inside_only=inside_only)
        self.what.setText(what)
        self.advice.setText(advice)
        self.advice.setVisible(bool(advice))
        if not first and self.isVisible():
            announce(self, f"{what} {advice}".strip())

    def _said(self, outside: Outside, *, inside_only: bool) -> tuple[str, str]:
        ui = self._ui
        if outside.busy:
            return ui.t(f"overview.outside_{outside.busy}"), ""
        if outside.error is not None:
            said = ui.texts.explain(outside.error.code.value, outside.error.params, screen=True)
            return said.what, " ".join(filter(None, (said.why, said.do)))
        tunnel = ui.t("done.tunnel", url=outside.tunnel) if outside.tunnel else ""
        if outside.found is not None:
            what, advice = self._found(outside.found)
            return what, " ".join(filter(None, (advice, tunnel)))
        if tunnel:
            return tunnel, ""
        return ui.texts.reach("unknown_loopback") if inside_only else ui.t("overview.outside_never"), ""

    def _found(self, found: ReachFound) -> tuple[str, str]:
        texts = self._ui.texts
        if not found.code:
            name = found.state if found.state == "open" else f"unknown_{found.reason}"
            return texts.reach(name, url=found.url), ""
        params = {"url": found.url, "port": str(found.port), "reason": found.reason}
        said = texts.explain(found.code, params, screen=True)
        return said.what, texts.provider(found.provider, port=str(found.port))[1]
