"""What a server asks a person while they log in, and who answers: a front end's ``Ask``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from installer.core.secrets import Secret

#: ``factor``: something to log in with (a one-time code, a password that is not known yet).
#: ``password_expired``: the server wants a new password before it accepts the login.
Kind = Literal["factor", "password_expired"]


@dataclass(frozen=True)
class Prompt:
    """One field. *text* is the server's own, maybe with ``:`` and blanks at its end. *echo*: whether what is
    typed may be seen."""

    text: str
    echo: bool = False


@dataclass(frozen=True)
class Question:
    """One round of questions of *host* to *user*. Every text is the server's: show it as plain text.

    *instructions* may have several lines and holds what earlier rounds without prompts said. There is at
    least one prompt.
    """

    host: str
    user: str
    title: str
    instructions: str
    prompts: tuple[Prompt, ...]
    kind: Kind = "factor"


#: Answers a question: one ``Secret`` for each prompt in their order (empty ones are allowed), None when the
#: person gives up (``Cancelled`` is then raised). Called in the thread that logs in, which waits for it;
#: maybe several times in one log-in, and again when a lost connection is replaced. A server waits for an
#: answer about two minutes (sshd_config(5), LoginGraceTime). Code that blocks here checks the cancel token.
Ask = Callable[[Question], "tuple[Secret, ...] | None"]
