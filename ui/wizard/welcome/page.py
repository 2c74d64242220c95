"""Welcome: what one wants to do, and what was done before. Part of the first paint: it imports little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from installer.appdata.known_server_edit import changing, copying
from installer.core.errors import InstallError
from installer.views.wizard import PageId, WizardState
from ui.intents import (
    CloseServer,
    CopyRestartCommand,
    DiscardDraft,
    ForgetServer,
    Intent,
    OpenAnswers,
    OpenServer,
    ResumeDraft,
    SaveServer,
    ShowHistory,
)
from ui.story.body import choose_report
from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.basics import button, clear, column, hint, label, section
from ui.widgets.cause import CauseCard
from ui.widgets.choice import ChoiceCard, ChoiceRow
from ui.widgets.scroll_into_view import reveal
from ui.widgets.tab_order import tab_as_read
from ui.window.bottom_bar import Bar
from ui.wizard.page import Page
from ui.wizard.welcome.parts import NoteCard, place_name
from ui.wizard.welcome.server_cards import EditorCard, ForgetCard
from ui.wizard.welcome.server_list import ServerList, server_name

if TYPE_CHECKING:  # they are made when they are needed
    from ui.wizard.welcome.server_cards import EditorCard, ForgetCard


class WelcomePage(Page):
    """*choose_file* asks for an answers file; None = nothing was chosen."""

    page = PageId.WELCOME

    def __init__(self, ui: Ui, *, choose_file: Callable[[], Path | None] | None = None) -> None:
        super().__init__(ui, ui.t("welcome.title"), ui.t("welcome.sentence"))
        self._choose = choose_file or self._ask_for_file
        self._notes_shown: object = None
        self._error: InstallError | None = None
        self.notes = column(space=SPACE_S + 4)
        self.choices = self._make_choices()
        self.cause = CauseCard(ui)
        self.cause.hide()
        self.heading_new = section(ui.t("welcome.another"))
        self.servers = ServerList(ui, self._open, self._deed)
        self.editor: EditorCard | None = None
        self.forget: ForgetCard | None = None
        self.cards = column()
        self.answers_button = button(ui.t("welcome.answers_file"), self._open_file, "link")
        self.answers_button.setIcon(ui.icon("file-text", ui.colors.accent))
        answers_hint = hint(ui.t("welcome.answers_hint"))
        answers_hint.setIndent(SPACE_S - 2)
        self.answers_button.setAccessibleDescription(ui.t("welcome.answers_hint"))
        self.body.addLayout(self.notes)
        self.body.addLayout(column(self.servers, self.cards, space=SPACE_S + 2))
        self.body.addLayout(column(self.heading_new, self.choices, space=SPACE_S + 2))
        self.body.addLayout(column(self.answers_button, answers_hint, space=0))
        self.report_button = button(ui.t("welcome.report"), self._read_report, "link")
        self.report_button.setIcon(ui.icon("history", ui.colors.accent))
        report_hint = hint(ui.t("welcome.report_hint"))
        report_hint.setIndent(SPACE_S - 2)
        self.report_button.setAccessibleDescription(ui.t("welcome.report_hint"))
        self.body.addLayout(column(self.report_button, report_hint, space=0))
        self.body.addWidget(self.cause)
        self.body.addStretch(1)
        self.body.addWidget(label(ui.t("welcome.unofficial"), "hint", size=0.88, wrap=True))

    def _make_choices(self) -> ChoiceRow:
        t = self.ui.t
        new = ChoiceCard(self.ui, t("welcome.new"), t("welcome.new_text"), icon="box")
        old = ChoiceCard(self.ui, t("welcome.open"), t("welcome.open_text"), icon="server")
        found = ChoiceRow([("install", new), ("open", old)])
        found.setAccessibleName(t("welcome.what"))
        found.chosen.connect(self._pick)
        return found

    # ------------------------------------------------------------------- state

    def show_state(self, state: WizardState) -> None:
        """Show *state*; rows and cards are rebuilt only when what they show has changed."""
        before = self.state
        super().show_state(state)
        self.choices.show_choice(state.intent)
        rebuilt = self._show_notes(state)
        welcome = state.welcome
        rebuilt = self.servers.show_servers(welcome.known, welcome.live, welcome.now) or rebuilt
        self._show_home(bool(state.welcome.known))
        rebuilt = self._show_cards(state) or rebuilt
        rebuilt = self._show_failure(state.failed_on(PageId.WELCOME)) or rebuilt
        if rebuilt:
            tab_as_read(self)
        self._follow_focus(before, state)

    def _show_home(self, home: bool) -> None:
        """Who has installations sees them first."""
        t = self.ui.t
        self.servers.setVisible(home)
        self.heading_new.setVisible(home)
        if self.heading.text() != t("welcome.servers" if home else "welcome.title"):
            about = t("welcome.servers_sentence" if home else "welcome.sentence")
            self.show_heading(t("welcome.servers" if home else "welcome.title"), about)

    def first_focus(self) -> QWidget | None:
        """The first server, for who has one."""
        return next(iter(self.servers.opening.values()), None) if self.state.welcome.known else None

    def _show_cards(self, state: WizardState) -> bool:
        """The cards under the list; whether they were made just now."""
        wanted = state.welcome.editing is not None or bool(state.welcome.forgetting)
        made = wanted and self.editor is None
        if made:
            self.editor = EditorCard(self.ui, self.edit, lambda: self.ask(SaveServer()))
            self.forget = ForgetCard(self.ui, self.edit, lambda server: self.ask(ForgetServer(server)))
            self.cards.addWidget(self.editor)
            self.cards.addWidget(self.forget)
        if self.editor is not None and self.forget is not None:
            self.editor.show_state(state)
            self.forget.show_state(state)
        return made

    def _follow_focus(self, before: WizardState, state: WizardState) -> None:
        """A card that went gives the focus back to its row; one that came up can be read whole."""
        was, now = before.welcome.card_about, state.welcome.card_about
        if was and not now:
            places = [s.id for s in before.welcome.known]
            self.servers.focus_near(places.index(was) if was in places else 0)
        elif now and now != was:
            card = self.forget if state.welcome.forgetting else self.editor
            if card is not None:
                reveal(card)

    def _show_notes(self, state: WizardState) -> bool:
        running = [s for s in state.welcome.known if s.installing_since]
        draft = state.welcome.draft
        if draft and any(s.target == draft.answers.target for s in running):
            draft = None  # the card about the installation leads there, too
        shown = (tuple(running), draft)
        if shown == self._notes_shown:
            return False
        self._notes_shown = shown
        ui = self.ui
        clear(self.notes)
        for server in running:
            name = server_name(ui, server)
            card = NoteCard(
                ui,
                "loader-circle",
                ui.t("welcome.running", name=name),
                ui.t("welcome.running_since", when=ui.moment(server.installing_since)),
                tone="accent",
            )
            open_it: Intent = OpenServer(server.id)
            card.add_action(
                ui.t("welcome.watch"),
                ui.t("welcome.watch_name", name=name),
                lambda intent=open_it: self.ask(intent),  # type: ignore[misc]
            )
            self.notes.addWidget(card)
        if draft:
            place = place_name(ui, draft.answers.target) or ui.t("welcome.no_server_yet")
            text = ui.t("welcome.draft_text", place=place, when=ui.moment(draft.saved_at))
            card = NoteCard(ui, "history", ui.t("welcome.draft"), text)
            card.add_action(
                ui.t("welcome.go_on"), ui.t("welcome.go_on_name"), lambda: self.ask(ResumeDraft())
            )
            drop, name = ui.t("welcome.discard"), ui.t("welcome.discard_name")
            card.add_action(drop, name, lambda: self.ask(DiscardDraft()), kind="quiet")
            self.notes.addWidget(card)
        return True

    def _show_failure(self, error: InstallError | None) -> bool:
        if error is self._error:
            return False
        self._error = error
        if error is not None:
            file_is_wrong = error.code.startswith("answers.")
            again = [(self.ui.t("welcome.another_file"), self._open_file)] if file_is_wrong else []
            self.cause.show_error(error, again)
        self.cause.setVisible(error is not None)
        if error is not None:
            reveal(self.cause)
        return True

    def bar(self, state: WizardState) -> Bar:
        """There is nothing to go back to."""
        return Bar(self.ui.t("welcome.start"), enabled=state.work.busy is None, back=False)

    # ----------------------------------------------------------------- asking

    def _pick(self, key: str) -> None:
        if key == "open":
            self.edit(lambda s: replace(s, intent="open", work=replace(s.work, failure=None)))
        else:
            self.edit(lambda s: replace(s, intent="install", work=replace(s.work, failure=None)))

    def _open(self, server_id: str) -> None:
        self.ask(OpenServer(server_id))

    def _deed(self, deed: str, server_id: str) -> None:
        if deed in ("close", "shortcut"):
            self.ask(CloseServer(server_id) if deed == "close" else CopyRestartCommand(server_id))
            return
        self.edit(lambda s: begin_deed(self.ui, s, deed, server_id))

    def _open_file(self) -> None:
        path = self._choose()
        if path is not None:
            self.ask(OpenAnswers(path))

    def _read_report(self) -> None:
        path = choose_report(self.ui, self.window())
        if path is not None:
            self.ask(ShowHistory(path))

    def _ask_for_file(self) -> Path | None:
        t = self.ui.t
        parent: QWidget = self.window()
        kinds = f"{t('welcome.file_kind')};;{t('welcome.file_any')}"
        name, _ = QFileDialog.getOpenFileName(parent, t("welcome.choose_file"), str(Path.home()), kinds)
        return Path(name) if name else None


def begin_deed(ui: Ui, state: WizardState, deed: str, server_id: str) -> WizardState:
    """*state* with the card for *deed* (``server_list.DEEDS``) on the known server."""
    server = state.welcome.server(server_id)
    if server is None:
        return state
    if deed == "forget":
        return replace(state, welcome=replace(state.welcome, forgetting=server_id, editing=None))
    name = ui.t("welcome.copy_name", name=server_name(ui, server))
    edit = changing(server) if deed == "edit" else copying(server, name)
    return replace(state, welcome=replace(state.welcome, editing=edit, forgetting=""))
