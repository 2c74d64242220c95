"""Keyboard-interactive log-in (RFC 4256): rounds of prompts, answered by the password or by the person."""

from __future__ import annotations

import queue
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import paramiko

from installer.core.cancel import Cancelled, CancelToken
from installer.core.errors import Code, InstallError
from installer.core.secrets import Secret
from installer.hosts.dialogue import Ask, Kind, Prompt, Question
from installer.untrusted.text import safe_text

if TYPE_CHECKING:
    import paramiko

    from installer.hosts.ssh.login import SshLogin

#: how long a server may think about an answer (PAM waits some seconds after a wrong one)
_SERVER_SECONDS = 60.0
_POLL = 0.1
#: rounds of one log-in; characters of a prompt, and of the texts before it, that are shown
_MOST_ROUNDS, _MOST_PROMPT, _MOST_INSTRUCTIONS = 50, 500, 4000

Prompts = Sequence[tuple[str, bool]]
Answer = Callable[[str, str, Prompts], list[str]]

_PASSWORD = re.compile(
    r"pass\s?word|passwd|passwort|kennwort|mot de passe|contraseña|senha|wachtwoord|hasło|lösenord|пароль|"
    r"パスワード|密码|密碼|암호",
    re.IGNORECASE,
)
_ONE_TIME = re.compile(
    r"one.?time|\botp\b|code|token|verif|passcode|\bpin\b|factor|ワンタイム|認証|验证|코드", re.IGNORECASE
)
#: prompts of passwd(1) and pam_unix, pam_pwquality for a password that does not exist yet
_NEW = re.compile(r"\bnew\b|\bneues\b|nouveau|nueva|nova|新し|新的|새", re.IGNORECASE)
_AGAIN = re.compile(r"retype|again|re-?enter|confirm|repeat|wiederhol|再入力|もう一度|重新", re.IGNORECASE)
_CURRENT = re.compile(r"current|\bold\b|aktuell|actuel|actual|現在|当前", re.IGNORECASE)
_EXPIRED = re.compile(
    r"expired|required to change your password|change your password|abgelaufen|expir[ée]|有効期限|过期",
    re.IGNORECASE,
)


def asks_password(text: str) -> bool:
    """Whether a prompt clearly asks for the user's password: not a code, not a new password."""
    others = (_ONE_TIME, _NEW, _AGAIN)
    return bool(_PASSWORD.search(text)) and not any(other.search(text) for other in others)


def _changes_password(text: str) -> bool:
    """Whether a prompt belongs to a change of the password: only these ask for a current or a new one."""
    asked = bool(_PASSWORD.search(text)) and not _ONE_TIME.search(text)
    return asked and bool(_NEW.search(text) or _CURRENT.search(text))


def _asks_new_password(text: str) -> bool:
    """Whether a prompt asks for the new password for the first time."""
    return _changes_password(text) and bool(_NEW.search(text)) and not _AGAIN.search(text)


class Answerer:
    """Answers the rounds of one log-in: the given password once where a prompt clearly asks for it, the rest
    through *ask*.

    *password_used*, *asked* (the person was), *new_password* (they gave one, because the old had expired)
    and *last_wait* (seconds that their last answer took) tell what happened.
    """

    def __init__(self, login: SshLogin, password: Secret | None, ask: Ask | None) -> None:
        self._login = login
        self._password = password
        self._ask = ask
        self._instructions: list[str] = []
        self._kind: Kind = "factor"
        self.password_used = self.asked = False
        self.new_password: Secret | None = None
        self.last_wait = 0.0

    def __call__(self, title: str, text: str, prompts: Prompts) -> list[str]:
        """The answers to one round.

        Raises ``InstallError``: SSH_PROMPTS_NEEDED, SSH_PASSWORD_EXPIRED (no front end to ask);
        ``Cancelled``: the person gives up.
        """
        title, text = safe_text(title)[:_MOST_PROMPT], safe_text(text)[:_MOST_INSTRUCTIONS].strip()
        prompts = [(safe_text(prompt)[:_MOST_PROMPT], echo) for prompt, echo in prompts]
        self._instructions = [*self._instructions, text][-_MOST_ROUNDS:] if text else self._instructions
        if _EXPIRED.search(text) or any(_changes_password(prompt) for prompt, _ in prompts):
            self._kind = "password_expired"
        if not prompts:
            return []
        if len(prompts) == 1 and self._password is not None and self._is_for_password(*prompts[0]):
            self.password_used = True
            return [self._password.reveal()]
        return self._from_person(title, prompts)

    def _is_for_password(self, prompt: str, echo: bool) -> bool:
        """The password is given once, and once more as the old one of a change (it was right before)."""
        if echo or not asks_password(prompt):
            return False
        return not self.password_used or (self._kind == "password_expired" and bool(_CURRENT.search(prompt)))

    def _from_person(self, title: str, prompts: Prompts) -> list[str]:
        question = Question(
            self._login.host,
            self._login.user,
            title.strip(),
            "\n".join(self._instructions)[-_MOST_INSTRUCTIONS:],
            tuple(Prompt(text, echo) for text, echo in prompts),
            self._kind,
        )
        if self._ask is None:
            raise self._needs_answers(question)
        self._instructions = []
        start = time.monotonic()
        replies = self._ask(question)
        self.asked, self.last_wait = True, time.monotonic() - start
        if replies is None:
            raise Cancelled
        if len(replies) != len(prompts):
            raise ValueError(f"{len(replies)} answers to {len(prompts)} prompts")
        for prompt, reply in zip(question.prompts, replies, strict=True):
            if self._kind == "password_expired" and _asks_new_password(prompt.text):
                self.new_password = reply
        return [reply.reveal() for reply in replies]

    def _needs_answers(self, question: Question) -> InstallError:
        params = {
            "host": question.host,
            "port": str(self._login.port),
            "user": question.user,
            "asks": " / ".join(p.text.strip().rstrip(":").strip() for p in question.prompts),
        }
        expired = question.kind == "password_expired"
        code = Code.SSH_PASSWORD_EXPIRED if expired else Code.SSH_PROMPTS_NEEDED
        return InstallError(code, params, detail=question.instructions)


def converse(transport: paramiko.Transport, user: str, answer: Answer, cancel: CancelToken) -> list[str]:
    """``Transport.auth_interactive`` with *answer* called in this thread, for as long as it takes.

    paramiko calls its handler in the transport's own thread; its ``auth_timeout`` would also run while a
    person types, so it is off here. Returns the methods still wanted. When *answer*
    raises, the transport is closed and that error is raised.
    """
    rounds: queue.SimpleQueue[tuple[str, str, Prompts]] = queue.SimpleQueue()
    replies: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def handler(title: str, text: str, prompts: list[tuple[str, bool]]) -> list[str]:
        rounds.put((title, text, prompts))
        reply = replies.get()
        if reply is None:
            raise paramiko.SSHException("no answer to the prompts")  # ends the transport
        return reply

    former, transport.auth_timeout = transport.auth_timeout, None  # type: ignore[assignment]
    with ThreadPoolExecutor(1, "log-in") as executor:
        future = executor.submit(transport.auth_interactive, user, handler)
        try:
            deadline, left = time.monotonic() + _SERVER_SECONDS, _MOST_ROUNDS
            while not future.done():
                try:
                    asked = rounds.get(timeout=_POLL)
                except queue.Empty:
                    cancel.check()
                    if time.monotonic() > deadline:
                        raise TimeoutError("no answer during the log-in") from None
                    continue
                left -= 1
                if left < 0:
                    raise paramiko.SSHException("questions without an end")
                replies.put(answer(*asked))
                cancel.check()
                deadline = time.monotonic() + _SERVER_SECONDS
        except BaseException:
            replies.put(None)
            transport.close()
            raise
        finally:
            transport.auth_timeout = former
    return list(future.result())
