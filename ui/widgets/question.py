"""What a server asks during a login: a card in the page, while the login waits for the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from installer.core.secrets import Secret
from ui.style.context import Ui
from ui.style.theme import SPACE_S
from ui.widgets.basics import Card, button, clear, hint, label, picture, row
from ui.widgets.field import Field, SecretField
from ui.widgets.tab_order import tab_as_read

if TYPE_CHECKING:
    from installer.hosts.dialogue import Question

#: ECMA-48: control sequences, and those that end with a string terminator or a bell (titles).
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_]")
#: A caption longer than this gets lines of its own above its field.
_CAPTION = 60


class QuestionCard(Card):
    """``answered`` gives a tuple of ``Secret``, one for each prompt, or None when the person gives up.

    Title, instructions and prompts are the server's: shown as plain text, without what a terminal would do
    with them.
    """

    answered = Signal(object)

    def __init__(self, ui: Ui) -> None:
        super().__init__(tone="accent")
        self._ui = ui
        self._question: Question | None = None
        self.fields: list[Field] = []
        self.go: QPushButton | None = None
        self.stop: QPushButton | None = None
        self.differ = label("", "error", size=0.92, wrap=True)
        self.hide()

    def show_question(self, question: Question | None) -> None:
        """Show it, or nothing. What was typed into an earlier one is gone with its fields."""
        if question is self._question:
            return
        self._question = question
        clear(self.body)
        self.fields, self.go, self.stop = [], None, None
        self.setVisible(question is not None)
        if question is None:
            return
        self._fill(question)
        tab_as_read(self)
        QTimer.singleShot(0, self.fields[0].edit, self.fields[0].edit.setFocus)

    def _fill(self, question: Question) -> None:
        ui, text = self._ui, QVBoxLayout()
        text.setSpacing(SPACE_S)
        head = heading(ui, question)
        text.addWidget(label(head, bold=True, wrap=True))
        expired = question.kind == "password_expired"
        about = [ui.t("login.expired_text", user=question.user)] if expired else []
        about += [plain(part) for part in (question.title, question.instructions) if part.strip()]
        for part in about:
            text.addWidget(label(part, "second", wrap=True))
        for number, prompt in enumerate(question.prompts, 1):
            self._add_field(
                text, caption(prompt.text) or ui.t("login.question_field", number=str(number)), prompt.echo
            )
        self.differ = label("", "error", size=0.92, wrap=True)
        self.differ.hide()
        self.go = button(ui.t("login.question_go"), self.answer, "outline")
        self.stop = button(ui.t("login.question_stop"), lambda: self.answered.emit(None))
        text.addWidget(self.differ)
        text.addLayout(row(self.go, self.stop, None))
        text.addWidget(hint(ui.t("login.question_late")))
        mark = QVBoxLayout()
        mark.addWidget(picture(ui.pixmap("key-round", ui.colors.accent)))
        mark.addStretch(1)
        line = row(space=10)
        line.addLayout(mark)
        line.addLayout(text, 1)
        self.body.addLayout(line)
        self.setAccessibleName(head)
        self.setAccessibleDescription("\n".join(about))

    def _add_field(self, text: QVBoxLayout, words: str, echo: bool) -> None:
        long = len(words) > _CAPTION
        if long:
            text.addWidget(label(words, size=0.92, bold=True, wrap=True))
        kind = Field if echo else SecretField
        field = kind(self._ui, "" if long else words.replace("&", "&&"), name=words)
        field.caption.setVisible(not long)
        field.edit.returnPressed.connect(self._enter)
        field.typed.connect(lambda _text: self.differ.hide())
        self.fields.append(field)
        text.addWidget(field)

    def _enter(self) -> None:
        """Enter goes to the next field, in the last one it answers."""
        places = [n for n, field in enumerate(self.fields) if field.edit.hasFocus()]
        if places and places[0] + 1 < len(self.fields):
            self.fields[places[0] + 1].edit.setFocus()
        else:
            self.answer()

    def answer(self) -> None:
        """Give the answers, unless a new password was not typed the same twice."""
        question = self._question
        if question is None:
            return
        given = [field.edit.text() for field in self.fields]
        if wants_it_twice(question) and given[-1] != given[-2]:
            self.differ.setText(self._ui.t("login.answers_differ"))
            self.differ.show()
            self.fields[-1].edit.setFocus()
            return
        self.answered.emit(tuple(Secret(text) for text in given))


def heading(ui: Ui, question: Question) -> str:
    """Who asks."""
    key = "login.expired_title" if question.kind == "password_expired" else "login.question_title"
    return ui.t(key, host=question.host)


def wants_it_twice(question: Question) -> bool:
    """Whether the last two fields are one new password: only where the server asks for both in one round."""
    hidden = [not p.echo for p in question.prompts]
    return question.kind == "password_expired" and len(hidden) >= 2 and all(hidden[-2:])


def plain(text: str) -> str:
    """*text* without what a terminal would do with it: colours, movements, control characters."""
    text = _ESCAPES.sub("", text)
    return "".join(c for c in text if c == "\n" or c.isprintable()).strip()


def caption(text: str) -> str:
    """A prompt as a field's caption: in one line, without its colon."""
    return " ".join(plain(text).split()).rstrip(":：").rstrip()
