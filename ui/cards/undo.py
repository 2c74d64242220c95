"""Undo on the Install page: what goes, what stays, the folder typed for the data, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from installer.views.wizard import Undoing
from ui.intents import BackToChecks, DismissUndo, Intent, ShowUndo, Undo
from ui.style.context import Ui
from ui.widgets.basics import Card, button, clear, label, row
from ui.widgets.field import Field
from ui.widgets.scroll_into_view import reveal
from ui.widgets.tab_order import tab_as_read

if TYPE_CHECKING:
    from installer.lifecycle.undo.model import UndoPlan

#: Names shown before "and N more".
SHOWN = 6


class UndoCard(Card):
    """``show_undo`` fills it; *ask* gets what a person decides."""

    def __init__(self, ui: Ui, ask: Callable[[Intent], object]) -> None:
        super().__init__(tone="warning")
        self._ui, self._ask = ui, ask
        self._shown: object = None
        self.typed: Field | None = None
        self.images: QCheckBox | None = None
        self.added: QCheckBox | None = None
        self.go: QPushButton | None = None
        self.keep: QPushButton | None = None

    def show_undo(self, undoing: Undoing | None, *, busy: bool) -> None:
        """The plan to decide on, or the end; nothing while it is looked for or carried out."""
        shown = None if undoing is None or busy else undoing.done or undoing.plan or (undoing.halted or None)
        self.setVisible(shown is not None)
        if shown is self._shown:
            return
        self._shown = shown
        clear(self.body)
        self.typed = self.images = self.added = self.go = self.keep = None
        if undoing is None or shown is None:
            return
        if undoing.halted:
            self._show_halted()
        elif undoing.done is not None:
            self._show_end(undoing)
        elif undoing.plan is not None:
            self._show_plan(undoing.plan)
        tab_as_read(self)
        reveal(self)

    def _show_halted(self) -> None:
        head = self._ui.t("undo.halted")
        self.set_tone("")
        self._add(label(head, wrap=True))
        self.keep = button(self._ui.t("install.undo"), lambda: self._ask(ShowUndo()))
        look = button(self._ui.t("install.check_again"), lambda: self._ask(BackToChecks()))
        self.body.addLayout(row(self.keep, look, None))
        self.setAccessibleName(head)

    # -------------------------------------------------------------------- plan

    def _show_plan(self, plan: UndoPlan) -> None:
        ui = self._ui
        self.set_tone("" if plan.kind == "nothing" else "warning")
        head = ui.t("undo.head_whole" if plan.whole else f"undo.head_{plan.kind}", directory=plan.directory)
        self._add(label(head, bold=True, wrap=True))
        for text in self._lines(plan):
            self._add(label(text, wrap=True))
        if plan.kind == "remove":
            self._add_choices(plan)
        if plan.kind == "nothing":
            self.keep = button(ui.t("undo.close"), self._drop, "outline")
            self.body.addLayout(row(self.keep, None))
        else:
            go = "go_whole" if plan.whole else f"go_{plan.kind}"
            kind = "danger" if plan.kind == "remove" else "outline"
            self.go = button(ui.t(f"undo.{go}"), lambda: self._undo(plan), kind)
            self.keep = button(ui.t("undo.keep"), self._drop)
            self.body.addLayout(row(self.go, self.keep, None))
        self.setAccessibleName(head)

    def _lines(self, plan: UndoPlan) -> Iterator[str]:
        t = self._ui.t
        if plan.kind == "restore":
            yield t("undo.restore", version=plan.version, names=self._some(plan.files))
            yield t("undo.data_untouched")
        if plan.kind == "nothing":
            yield t("undo.repairs_stay")
        if plan.kind != "remove":
            return
        yield from self._parts(plan)
        if not plan.whole:
            yield t("undo.repairs_stay")

    def _parts(self, plan: UndoPlan) -> Iterator[str]:
        """What goes and what stays of an installation."""
        t = self._ui.t
        if plan.files:
            yield t("undo.files", count=self._ui.count(len(plan.files)), directory=plan.directory)
        listed = {
            "containers": plan.containers,
            "networks": plan.networks,
            "placed": plan.placed,
            "stays": (*plan.edited, *plan.foreign),
            "others": plan.others,
        }
        for key, names in listed.items():
            if names:
                yield t(f"undo.{key}", names=self._some(names))

    def _add_choices(self, plan: UndoPlan) -> None:
        ui = self._ui
        if plan.data:
            names = [self._sized(d.path, d.bytes) for d in plan.data]
            self._add(label(ui.t("undo.data", names=self._some(names)), wrap=True))
            about = ui.t("undo.type_note", directory=plan.directory)
            self.typed = Field(ui, ui.t("undo.type"), note=about)
            self.typed.typed.connect(lambda _text: self._judge(plan))
            self._add(self.typed)
        free = [image for image in plan.images if not image.used]
        if free:
            most = sum(max(0, image.bytes) for image in free)
            size = plan.images_bytes if plan.images_bytes >= 0 else most
            key = "images_whole" if plan.whole else "images"
            text = ui.t(f"undo.{key}", count=ui.count(len(free)), size=ui.size(size))
            self.images = QCheckBox(text)
            self._add(self.images)
        if plan.added:
            self.added = QCheckBox(ui.t("undo.added"))
            self._add(self.added)
            for one in plan.added:
                what = ui.texts.repair(one.repair, {}).title
                self._add(label(f"{what}: {self._some(one.changes)}", "second", wrap=True))

    def _judge(self, plan: UndoPlan) -> None:
        """What is typed must be the folder, or nothing."""
        if self.typed is None or self.go is None:
            return
        typed = self.typed.edit.text().strip()
        wrong = bool(typed) and typed.rstrip("/\\") != plan.directory.rstrip("/\\")
        self.typed.show_problem(self._ui.t("undo.type_differs", directory=plan.directory) if wrong else "")
        self.go.setEnabled(not wrong)
        key = ("go_whole_data" if plan.whole else "go_data") if typed and not wrong else "go_remove"
        self.go.setText(self._ui.t(f"undo.{'go_whole' if plan.whole and key == 'go_remove' else key}"))

    def _undo(self, plan: UndoPlan) -> None:
        typed = self.typed.edit.text().strip() if self.typed is not None else ""
        images, added = (box is not None and box.isChecked() for box in (self.images, self.added))
        self._carry_out(typed, images, added)

    def _carry_out(self, confirm: str, images: bool, added: bool) -> None:
        """The person decided."""
        self._ask(Undo(confirm=confirm, images=images))

    def _drop(self) -> None:
        self._ask(DismissUndo())

    # --------------------------------------------------------------------- end

    def _show_end(self, undoing: Undoing) -> None:
        undone = undoing.done
        assert undone is not None  # noqa: S101
        plan, t = undone.plan, self._ui.t
        self.set_tone("")
        kind = plan.kind if undone.changed else "nothing"
        word = "whole" if plan.whole and undone.changed else str(kind)
        head = t(f"undo.done_{word}", version=plan.version, directory=plan.directory)
        self._add(label(head, bold=True, wrap=True))
        if undone.left:
            self._add(label(t("undo.left"), wrap=True))
            for path in undone.left[:SHOWN]:
                self._add(label(path, "second", wrap=True))
            if len(undone.left) > SHOWN:
                self._add(label(t("undo.more", count=self._ui.count(len(undone.left) - SHOWN)), "second"))
        self.setAccessibleName(head)

    # ------------------------------------------------------------------- words

    def _add(self, widget: QWidget) -> None:
        self.body.addWidget(widget)

    def _sized(self, path: str, count: int) -> str:
        return self._ui.t("undo.sized", path=path, size=self._ui.size(count)) if count >= 0 else path

    def _some(self, names: list[str] | tuple[str, ...]) -> str:
        ui = self._ui
        said = ui.t("undo.comma").join(names[:SHOWN])
        more = len(names) - SHOWN
        return said if more <= 0 else ui.t("undo.and_more", names=said, count=ui.count(more))
