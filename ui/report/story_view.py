"""What happened: known failures, the runs with their steps, and a report's texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from installer.history import Entry, runs, steps_of
from installer.story import Known, Story
from ui.context import Ui
from ui.report.member_view import MemberView
from ui.theme import SPACE_M, SPACE_S
from ui.turns import Turns
from ui.widgets.basics import RowCard, clear, hint, label, picture, row, section
from ui.widgets.order import tab_as_read

_TOP = Qt.AlignmentFlag.AlignTop
#: Rows that are shown, the newest; a journal keeps 500 lines.
MOST_ROWS = 150
_DETAIL_LINES, _DETAIL = 6, 1000
_ICONS = {
    "ok": "circle-check",
    "stop": "octagon-alert",
    "warning": "circle-minus",
    "accent": "play",
    "neutral": "check",
}


class StoryView(QWidget):
    """Made anew, piece by piece, for every story. *copy* gets texts for the clipboard."""

    def __init__(self, ui: Ui, copy: Callable[[str], object]) -> None:
        super().__init__()
        self._ui, self._copy = ui, copy
        self._shown: Story | None = None
        self.members: MemberView | None = None
        self._turns = Turns(self, after=lambda: None)
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(SPACE_M)

    def show_story(self, story: Story | None) -> None:
        """Show *story*; the same one stays as it is."""
        if story is self._shown:
            return
        self._shown = story
        clear(self._body)
        self.members = None
        if story is not None:
            self._turns.begin(self._make(story))

    def _make(self, story: Story) -> Iterator[None]:
        ui = self._ui
        if story.file:
            when = ui.moment(story.created_at) if story.created_at else "?"
            self._body.addWidget(
                hint(ui.t("report.made", file=story.file, when=when, version=story.installer))
            )
        if story.changed:
            self._body.addLayout(self._warning(ui.t("report.changed", names=", ".join(story.changed))))
        if story.file:
            yield from self._known(story.known)
        yield from self._happened(story.entries)
        if story.members:
            self._body.addWidget(section(ui.t("report.texts")))
            self.members = MemberView(ui, self._copy)
            self._body.addWidget(self.members)
            yield
            self.members.show_members(story.members)
        tab_as_read(self)

    def _warning(self, text: str) -> QHBoxLayout:
        found = row(space=10)
        found.addWidget(picture(self._ui.pixmap("triangle-alert", self._ui.colors.warning)), 0, _TOP)
        found.addWidget(label(text, wrap=True), 1)
        return found

    # ----------------------------------------------------------- known failures

    def _known(self, known: tuple[Known, ...]) -> Iterator[None]:
        ui = self._ui
        self._body.addWidget(section(ui.t("report.known")))
        if not known:
            self._body.addWidget(hint(ui.t("report.known_none")))
            return
        card = RowCard()
        card.setAccessibleName(ui.t("report.known"))
        self._body.addWidget(card)
        for one in known:
            card.add_row(self._known_row(one))
            yield

    def _known_row(self, one: Known) -> QHBoxLayout:
        ui = self._ui
        try:
            said = ui.texts.failure(one.code)
            what, do = said.what, said.do
        except KeyError:  # of a newer program, or made up
            what, do = one.code, ""
        inner = QVBoxLayout()
        inner.setSpacing(2)
        inner.addWidget(label(what, bold=True, wrap=True))
        if do:
            inner.addWidget(label(do, "second", wrap=True))
        inner.addWidget(hint(" · ".join(filter(None, (one.code, one.member)))))
        found = row(space=10)
        found.addWidget(picture(ui.pixmap("triangle-alert", ui.colors.warning)), 0, _TOP)
        found.addLayout(inner, 1)
        return found

    # ----------------------------------------------------------------- timeline

    def _happened(self, entries: tuple[Entry, ...]) -> Iterator[None]:
        ui = self._ui
        self._body.addWidget(section(ui.t("report.happened")))
        if not entries:
            self._body.addWidget(hint(ui.t("report.nothing")))
            return
        left = MOST_ROWS
        for run in runs(entries):
            if left <= 0:
                break
            card = RowCard()
            card.setAccessibleName(ui.texts.happened(run[0], steps_of(run[0])))
            self._body.addWidget(card)
            for entry in run[-left:]:
                card.add_row(self._row(entry))
                left -= 1
                yield
        if len(entries) > MOST_ROWS:
            more = ui.count(len(entries) - MOST_ROWS)
            self._body.addWidget(hint(ui.t("report.older", count=more)))

    def _row(self, entry: Entry) -> QHBoxLayout:
        ui, c = self._ui, self._ui.colors
        color = {"ok": c.ok, "stop": c.stop, "warning": c.warning, "accent": c.accent}.get(
            entry.tone, c.second
        )
        inner = QVBoxLayout()
        inner.setSpacing(2)
        text = label(
            ui.texts.happened(entry, steps_of(entry)), bold=entry.tone in ("stop", "accent"), wrap=True
        )
        inner.addWidget(text)
        inner.addWidget(hint(" · ".join(filter(None, (ui.moment(entry.at), entry.who, entry.code)))))
        if entry.detail:
            lines = "\n".join(entry.detail.splitlines()[-_DETAIL_LINES:])[-_DETAIL:]
            inner.addWidget(label(lines, "second", size=0.92, wrap=True))
        found = row(space=10)
        found.addWidget(picture(ui.pixmap(_ICONS[entry.tone], color)), 0, _TOP)
        found.addLayout(inner, 1)
        if entry.seconds is not None:
            found.addWidget(label(ui.duration(entry.seconds), "second", size=0.95), 0, _TOP)
        found.setSpacing(SPACE_S + 2)
        return found
