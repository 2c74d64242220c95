"""Create the first administrator, so that no other user can take the account.

Only done when the answers name one. The requests go through the connection to the target (SSH), never
over plain HTTP across the internet. API as in Dify's ``api/controllers/console/{setup,init_validate}.py``,
same paths from 0.15.3 to 1.16.1.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from installer.apply.steps.base import Action, Context
from installer.core.errors import Code, InstallError
from installer.core.events import FirstAccount
from installer.facts.web import SETUP_PATH, Web
from installer.hosts.http import Answer
from installer.state.plan_input import Situation
from installer.state.record import read_record, write_record
from installer.untrusted.json import loads

INIT_PATH = "/console/api/init"
#: How long Dify may be away between its being ready and its first account: people report starts of 1-5
#: minutes, and a restart begins from zero.
PATIENCE_SECONDS = 300.0
#: How long Dify must answer without an account until a form that was lost on the way is sent again.
AGAIN_SECONDS = 30.0
PAUSE_SECONDS = 1.0
GOOD = (200, 201)
#: No answer, or one of the web server's alone.
LOST = (0, 502, 503, 504)


class CreateAdmin:
    """Posts the set-up form; a Dify that is set up already is left alone."""

    id = "admin"

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    def plan(self, situation: Situation) -> Action | None:
        """Planned when an email is given and no account is known; it is asked again when doing it."""
        admin, facts = situation.answers.admin, situation.facts
        if not admin.email or facts.account or (facts.record and facts.record.data.get("admin")):
            return None
        return Action(self.id, {"email": admin.email})

    def apply(self, action: Action, context: Context) -> None:
        """Raises ``InstallError(ADMIN_FAILED)`` if Dify refuses, or does not answer any more.

        A moment ago it was ready: a restart or a line that hangs is waited for. What changes something is
        sent again only after Dify said for a while that it had not arrived; it refuses a second one itself.
        """
        end = self._clock() + PATIENCE_SECONDS
        created = not self._finished(context, end)
        if created:
            while not self._create(context, end):
                pass
        self._remember(context)
        email = context.situation.answers.admin.email
        context.emit(FirstAccount(step=self.id, email=email, created=created))

    def _finished(self, context: Context, end: float) -> bool:
        """Whether there is an account already."""
        answer = self._patient(context, end, lambda: self._ask(context, "GET", SETUP_PATH))
        return bool(_json(answer).get("step") == "finished")

    def _create(self, context: Context, end: float) -> bool:
        """Send the form. Whether there is an account now; False: it was lost, and there is time to send it
        again."""
        config = context.situation.configuration
        admin = context.situation.answers.admin
        password = context.secrets.admin_password
        if password is None:
            raise InstallError(Code.ADMIN_PASSWORD_MISSING, {"email": admin.email})
        guard = {"password": config.env.get("INIT_PASSWORD", "")}
        init = self._patient(context, end, lambda: self._ask(context, "POST", INIT_PATH, guard))
        form = {"email": admin.email, "name": admin.name or admin.email.split("@")[0][:30]}
        done = self._ask(context, "POST", SETUP_PATH, {**form, "password": password.reveal()}, _cookies(init))
        return done.status in GOOD or self._arrived(context, end, done)

    def _arrived(self, context: Context, end: float, answer: Answer) -> bool:
        """Wait until the form has been taken after all. Raises what *answer* to it means if it was not."""
        if _refused(answer) and not self._finished(context, end):
            raise _failed(answer)
        without = None
        while not self._finished(context, end):
            now = self._clock()
            without = now if without is None else without
            if now >= end or (now - without >= AGAIN_SECONDS and answer.status not in LOST):
                raise _failed(answer)
            if now - without >= AGAIN_SECONDS:
                return False
            self._pause(context)
        return True

    def _patient(self, context: Context, end: float, ask: Callable[[], Answer]) -> Answer:
        """The good answer to what may be asked again and again until *end*."""
        while (answer := ask()).status not in GOOD:
            if _refused(answer) or self._clock() >= end:
                raise _failed(answer)
            self._pause(context)
        return answer

    def _pause(self, context: Context) -> None:
        context.renew()
        context.cancel.wait(PAUSE_SECONDS)

    def _remember(self, context: Context) -> None:
        folder = context.situation.answers.state_folder
        record = read_record(context.host, folder)
        if record:
            write_record(context.host, folder, {**record.data, "admin": True})

    def _ask(
        self, context: Context, method: str, path: str, form: dict[str, str] | None = None, cookie: str = ""
    ) -> Answer:
        return Web.of(context.situation.answers).ask(
            context.host,
            path,
            method=method,
            body=json.dumps(form).encode() if form is not None else None,
            headers={"Content-Type": "application/json", **({"Cookie": cookie} if cookie else {})},
            timeout=30,
        )


def _json(answer: Answer) -> dict[str, Any]:
    try:
        data = loads(answer.body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _cookies(answer: Answer) -> str:
    return answer.headers.get("set-cookie", "").split(";")[0]


def _refused(answer: Answer) -> bool:
    """Dify itself says no; everything else may be the way to it."""
    return 400 <= answer.status < 500


def _failed(answer: Answer) -> InstallError:
    said = str(_json(answer).get("message") or answer.detail or answer.status)
    return InstallError(Code.ADMIN_FAILED, {"answer": said[:500]})
