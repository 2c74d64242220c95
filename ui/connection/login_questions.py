"""What a server asks while a job logs in: from the job's thread to the page, and the answer back.

Plain Python on both sides: the thread hands the question over with the job's items, the page's answer comes
back through a queue (threads never touch a Qt object, see ``ui.background.jobs``).
"""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from installer.hosts.dialogue import Ask, Question

#: Between two looks whether the job was cancelled, in seconds.
_POLL = 0.1

Answers = tuple[Secret, ...]


class Asking:
    """For one log-in. ``answer`` and ``close`` are called in the GUI thread, ``through`` in the job's.

    After ``close`` there is no page for a question (a lost connection is being replaced, say): it ends with
    SSH_PROMPTS_NEEDED, which leads back to the log-in page.
    """

    def __init__(self) -> None:
        self._replies: queue.SimpleQueue[Answers | None] = queue.SimpleQueue()
        self._open = True

    def through(self, put: Callable[[Any], None], cancel: CancelToken) -> Ask:
        """The engine's way to ask: *put* hands a ``Question`` to the job's ``items``."""

        def ask(question: Question) -> Answers | None:
            self._drain()
            if self._open:
                put(question)
            return self._wait(question, cancel)

        return ask

    def answer(self, answers: Answers | None) -> None:
        """What was typed, in the prompts' order; None: the person gives up."""
        self._replies.put(answers)

    def close(self) -> None:
        """The log-in is over."""
        self._open = False

    def _drain(self) -> None:
        """A second click on Continue answers nothing that comes later."""
        while not self._replies.empty():
            self._replies.get()

    def _wait(self, question: Question, cancel: CancelToken) -> Answers | None:
        while self._open:
            cancel.check()
            try:
                return self._replies.get(timeout=_POLL)
            except queue.Empty:
                continue
        asks = " / ".join(p.text.strip().rstrip(":").strip() for p in question.prompts)
        params = {"host": question.host, "user": question.user, "asks": asks}
        raise InstallError(Code.SSH_PROMPTS_NEEDED, params)
