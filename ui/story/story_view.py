"""What happened: known failures, the runs with their steps, and a report's texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from installer.state.history import ANY_TIME, Entry, Times, runs, steps_of, times
from installer.support.story import Known, Story
from ui.background.chunked_work import Turns
from ui.intents import Intent
from ui.story.member_view import MemberView
from ui.style.context import Ui
from ui.style.theme import SPACE_M, SPACE_S, fixed_font
from ui.widgets.basics import RowCard, button, clear, hint, label, picture, row, section, set_kind
from ui.widgets.tab_order import tab_as_read

_TOP = Qt.AlignmentFlag.AlignTop
#: Rows that are shown, the newest; a journal keeps 500 lines.
MOST_ROWS = 150
_DETAIL_LINES, _DETAIL, _DETAIL_LINE = 6, 1000, 300
_ICONS = {
    "ok": "circle-check",
    "stop": "octagon-alert",
    "warning": "circle-minus",
    "accent": "play",
    "neutral": "check",
}


class StoryView(QWidget):
    """Rebuilt, piece by piece, for every story. *copy* gets texts for the clipboard. *cite*: the intent for
    *ask* that shows the line a known failure of the installation cites; a report has the line in its text."""

    def __init__(
        self,
        ui: Ui,
        copy: Callable[[str], object],
        ask: Callable[[Intent], object],
        cite: Callable[[Known, Times], Intent | None] | None = None,
    ) -> None:
        super().__init__()
        self._ui, self._copy, self._ask, self._cite = ui, copy, ask, cite
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

    def _words(self, one: Known) -> tuple[str, str]:
        """What happened, and what to do."""
        try:
            said = self._ui.texts.failure(one.code)
        except KeyError:  # of a newer program, or made up
            return one.code, ""
        return said.what, said.do

    def _add_way(self, to: QVBoxLayout, one: Known, what: str, when: Times) -> None:
        """The first of the lines that prove *one*, and the way to it. *when*: of the run they explain."""
        if not one.lines:
            return
        proof = label(one.lines[0][:_DETAIL_LINE], "second", wrap=True)
        proof.setFont(fixed_font(0.9))
        line = row(space=10)
        line.addWidget(proof, 1)
        way = self._way(one, when)
        if way is not None:
            key, act = way
            shown = button(self._ui.t(key), act, "link", name=f"{self._ui.t(key)}: {what}")
            set_kind(shown, "link", small="true")
            line.addWidget(shown, 0, _TOP)
        to.addLayout(line)

    def _way(self, one: Known, when: Times) -> tuple[str, Callable[[], object]] | None:
        """The way to the lines that prove *one*: its words, and what it does."""
        story = self._shown
        if story is not None and story.file:
            member = one.member or f"containers/{one.service}.log"
            there = member in story.members
            return ("report.show_line", lambda: self._show_line(member, one.lines, when)) if there else None
        wanted = self._cite(one, when) if self._cite else None
        return None if wanted is None else ("logs.show_cited", lambda: self._ask(wanted))

    def _show_line(self, member: str, lines: tuple[str, ...], when: Times) -> None:
        if self.members is not None:  # else they are being made
            self.members.show_line(member, lines, when)

    def _known_row(self, one: Known) -> QHBoxLayout:
        ui = self._ui
        what, do = self._words(one)
        inner = QVBoxLayout()
        inner.setSpacing(2)
        inner.addWidget(label(what, bold=True, wrap=True))
        if do:
            inner.addWidget(label(do, "second", wrap=True))
        inner.addWidget(hint(" · ".join(filter(None, (one.code, one.member)))))
        self._add_way(inner, one, what, ANY_TIME)
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
                card.add_row(self._row(entry, times(run, entry)))
                left -= 1
                yield
        if len(entries) > MOST_ROWS:
            more = ui.count(len(entries) - MOST_ROWS)
            self._body.addWidget(hint(ui.t("report.older", count=more)))

    def _row(self, entry: Entry, when: Times) -> QHBoxLayout:
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
        for one in entry.causes[:1]:
            what, _ = self._words(one)
            inner.addWidget(label(ui.t("report.cause", what=what), wrap=True))
            self._add_way(inner, one, what, when)
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
