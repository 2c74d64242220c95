"""Another version, mirror or archive, typed by hand: for networks that do not reach GitHub, or not now."""

from __future__ import annotations

from PySide6.QtCore import Signal

from installer.answers import Release
from installer.answers.problems import CHECKS
from ui.style.context import Ui
from ui.style.theme import SPACE_M
from ui.widgets.basics import button, hint, row
from ui.widgets.field import Field
from ui.wizard.settings.section import ChooseFile, FileField, Fold, ask_file

_ARCHIVES = "(*.tar.gz *.tgz *.zip)"


class SourceFold(Fold):
    """What is typed counts with "Use" (or Enter): half an address must not be asked for anything."""

    wanted = Signal(object)  # Release
    typed = Signal()

    def __init__(self, ui: Ui, choose_file: ChooseFile | None = None) -> None:
        super().__init__(ui, ui.t("settings.by_hand"))
        self._ui, self._shown = ui, Release()
        self._choose_file: ChooseFile = choose_file or ask_file(
            ui, f"{ui.t('settings.archive_files')} {_ARCHIVES}"
        )
        self.version = Field(ui, ui.t("settings.by_hand_version"), note=ui.t("settings.by_hand_version_note"))
        title = ui.t("settings.choose_archive")
        note = ui.t("settings.source_note")
        self.source = FileField(ui, ui.t("settings.source"), note=note, title=title, choose=self._pick)
        self.use = button(ui.t("settings.use_source"), self._use)
        line = row(space=SPACE_M)
        line.addWidget(self.version, 2)
        line.addWidget(self.source, 5)
        self.body.addWidget(hint(ui.t("settings.by_hand_text")))
        self.body.addLayout(line)
        self.body.addLayout(row(self.use, None))
        for field in (self.version, self.source):
            field.typed.connect(lambda _, field=field: field.show_problem(""))
            field.typed.connect(self.typed)
            field.edit.returnPressed.connect(self._use)
        self._show()

    def show_release(self, release: Release, *, fixed: bool = False) -> None:
        """Show *release*; what is being typed stays until another one counts. *fixed*: its version is that of
        what is there, only the source can be another one."""
        self.version.setVisible(not fixed)
        note = "by_hand_file_note" if release.is_archive else "by_hand_version_note"
        self.version.show_note(self._ui.t(f"settings.{note}"))
        if release != self._shown:
            self._shown = release
            self._show()

    @property
    def pending(self) -> bool:
        """Whether something was typed that does not count yet."""
        return self._typed() != (self._shown.version, self._shown.source)

    def _typed(self) -> tuple[str, str]:
        """An empty field stands for what is usual."""
        usual = Release()
        version = self.version.edit.text().strip() or usual.version
        return version, self.source.edit.text().strip() or usual.source

    def _show(self) -> None:
        version = self._shown.version
        self.version.show_text("" if version == "latest" else version)
        self.source.show_text("" if self._shown.source == Release().source else self._shown.source)
        for field in (self.version, self.source):
            field.show_problem("")

    def _pick(self) -> None:
        path = self._choose_file(self, self._ui.t("settings.choose_archive"), self.source.edit.text())
        if path:
            self.source.show_text(path)
            self.source.show_problem("")
            self.typed.emit()

    def _use(self) -> None:
        version, source = self._typed()
        wrong = [
            (self.version, CHECKS["release.version"](version), "version_wrong"),
            (self.source, CHECKS["release.source"](source), "source_wrong"),
        ]
        for field, expected, key in wrong:
            field.show_problem(self._ui.t(f"settings.{key}") if expected is not None else "")
        first = next((field for field, expected, _ in wrong if expected is not None), None)
        if first is not None:
            first.edit.setFocus()
        elif self.pending:
            self.wanted.emit(Release(version, source))
