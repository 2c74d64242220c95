"""Saving the report for support: the button, how far it is, and where the file is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from installer.support.story import Support
from ui.intents import Intent, SaveReport, ShowHistory
from ui.style.context import Ui
from ui.widgets.announce import announce
from ui.widgets.basics import Card, button, hint, label, picture, row
from ui.widgets.cause import CauseCard
from ui.widgets.tab_order import tab_as_read


class SaveCard(QWidget):
    """*ask* gets the intents; *choose* asks for the file's place, None = nothing was chosen. *past*: with a
    way to what happened."""

    def __init__(
        self,
        ui: Ui,
        ask: Callable[[Intent], object],
        *,
        past: bool = False,
        choose: Callable[[], Path | None] | None = None,
    ) -> None:
        super().__init__()
        self._ui, self._ask, self._choose = ui, ask, choose or self._ask_for_place
        self._said = ""
        self.card = Card(margins=14)
        self.mark = picture(ui.pixmap("circle-check", ui.colors.ok))
        self.text = label(ui.t("report.save_about"), wrap=True)
        self.save = button(ui.t("report.save"), self._save)
        self.past = button(ui.t("report.title_way"), lambda: self._ask(ShowHistory()))
        self.stop = button(ui.t("report.save_stop"), lambda: self._ask(SaveReport(None)))
        line = row(self.mark, space=10)
        line.addWidget(self.text, 1)
        line.addWidget(self.past)
        line.addWidget(self.save)
        line.addWidget(self.stop)
        self.card.body.addLayout(line)
        self.note = hint("")
        self.card.body.addWidget(self.note)
        self.cause = CauseCard(ui)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.card)
        layout.addWidget(self.cause)
        for part in (self.mark, self.stop, self.note, self.cause):
            part.hide()
        if not past:  # never shown before it has a parent: that would be a window
            self.past.hide()

    def show_support(self, support: Support | None) -> None:
        """Show how saving goes."""
        ui, how = self._ui, support or Support()
        busy, saved = how.saving == "busy", how.saving == "saved"
        before = self._said
        self.save.setVisible(not busy)
        self.stop.setVisible(busy)
        self.mark.setVisible(saved)
        if busy:
            said = ui.t("report.saving")
        elif saved:
            said = ui.t("report.saved", path=how.saved, size=ui.size(how.size))
        elif how.saving == "cancelled":
            said = ui.t("report.save_cancelled")
        else:
            said = ui.t("report.save_about")
        self.text.setText(said)
        self.note.setText(ui.t("report.lacking", names=self._names(how)) if saved and how.lacking else "")
        self.note.setVisible(bool(self.note.text()))
        failed = how.save_error if how.saving == "failed" else None
        self.cause.setVisible(failed is not None)
        if failed is not None:
            self.cause.show_error(failed, [(ui.t("report.save_again"), self._save)])
        self._said = f"{how.saving} {said}"
        if before and before != self._said:
            tab_as_read(self)
            if how.saving:
                announce(self, said)

    def _names(self, how: Support) -> str:
        texts = self._ui.texts
        return ", ".join(
            texts.bundle_member(name) if name in ("target", "secrets") else name for name in how.lacking
        )

    def _save(self) -> None:
        path = self._choose()
        if path is not None:
            self._ask(SaveReport(path))

    def _ask_for_place(self) -> Path | None:
        t = self._ui.t
        name = time.strftime("dify-report-%Y%m%d-%H%M.zip")
        kinds = f"{t('report.file_kind')};;{t('welcome.file_any')}"
        found, _ = QFileDialog.getSaveFileName(
            self.window(), t("report.choose_place"), str(Path.home() / name), kinds
        )
        if not found:
            return None
        path = Path(found)
        return path if path.suffix else path.with_suffix(".zip")
