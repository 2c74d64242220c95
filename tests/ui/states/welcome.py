"""States of Welcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from installer.answers import Answers, Target
from installer.appdata.draft import Draft
from installer.appdata.known_server_edit import changing, copying
from installer.appdata.known_servers import KnownServer
from installer.core.errors import Code, InstallError
from installer.views.server_summary import ServerNow
from installer.views.wizard import Failure, PageId, WelcomeState, WizardState, WorkState

WHEN = 1_783_000_000.0

SHOP = KnownServer(
    id="a1",
    name="dify.example.jp",
    target=Target(host="203.0.113.24", port=10022, user="difyadmin"),
    url="https://dify.example.jp",
    version="1.16.1",
    seen_at=WHEN,
    login="key",
)
TEST = KnownServer(
    id="b2",
    name="203.0.113.77",
    target=Target(host="203.0.113.77", user="ubuntu"),
    url="http://203.0.113.77",
    version="1.13.3",
    seen_at=WHEN - 86_400,
    login="password",
)
HERE = KnownServer(
    id="c3",
    name="",
    target=Target(kind="local", directory="/home/hanako/Dify"),
    url="http://localhost:8080",
    version="1.16.1",
    seen_at=WHEN - 200_000,
)
LONG = KnownServer(
    id="d4",
    name="knowledge-base-staging.internal-tools.division-east.example.co.jp",
    target=Target(
        host="knowledge-base-staging.internal-tools.division-east.example.co.jp",
        port=22022,
        user="deployment",
    ),
    url="https://knowledge-base-staging.internal-tools.division-east.example.co.jp",
    version="",
    seen_at=WHEN - 300_000,
    login="agent",
)
KNOWN = (SHOP, TEST, HERE)
LIVE = {"a1": "up", "b2": "down"}
DRAFT = Draft(Answers(target=Target(host="203.0.113.24", user="root")), "settings", "password", WHEN - 3600)


def with_welcome(state: WizardState, **changes: Any) -> WizardState:
    """*state* with *changes* of what Welcome offers."""
    return replace(state, welcome=replace(state.welcome, **changes))


def known() -> WizardState:
    """Three servers: one answers, one does not, of one nothing is known."""
    return WizardState(welcome=WelcomeState(known=KNOWN, live=LIVE))


def connected() -> WizardState:
    """Connections tell more than addresses: a newer release, holes, and one that needs a person."""
    now = {
        "a1": ServerNow("running", "1.16.1", update="1.17.0", may=True),
        "b2": ServerNow("degraded", "1.9.2", hole="critical", may=True),
        "c3": ServerNow("connecting", "1.16.1"),
        "d4": ServerNow("person", "1.16.1"),
    }
    return with_welcome(known(), known=(*KNOWN, LONG), now=now)


def others() -> WizardState:
    """The other words that a connection has."""
    now = {
        "a1": ServerNow("lost", "1.16.1"),
        "b2": ServerNow("stopped", "1.13.3", hole="high", may=True),
        "c3": ServerNow("acting", "1.16.1"),
        "d4": ServerNow("absent"),
    }
    return with_welcome(known(), known=(*KNOWN, LONG), now=now)


def running() -> WizardState:
    """An installation goes on."""
    return with_welcome(known(), known=(replace(SHOP, installing_since=WHEN - 600), TEST, HERE))


def draft() -> WizardState:
    """Answers that can be gone on with."""
    return WizardState(welcome=WelcomeState(draft=DRAFT))


def full() -> WizardState:
    """Everything at once, with long names."""
    servers = (replace(LONG, installing_since=WHEN - 600), *KNOWN)
    return WizardState(intent="open", welcome=WelcomeState(known=servers, live=LIVE, draft=DRAFT))


def failed(error: InstallError) -> WizardState:
    """A file that cannot be used."""
    return WizardState(work=WorkState(failure=Failure(PageId.WELCOME, error)))


_BAD_VALUE = {"key": "ports.http", "value": "99999", "expected": "1..65535"}
_UNREADABLE = {"path": "/home/hanako/Documents/dify-answers.toml"}

STATES: Mapping[str, Callable[[], WizardState]] = {
    "first": WizardState,
    "open": lambda: replace(known(), intent="open"),
    "known": known,
    "connected": connected,
    "others": others,
    "looking": lambda: with_welcome(known(), live={}),
    "edit": lambda: with_welcome(known(), editing=changing(SHOP)),
    "edit_here": lambda: with_welcome(known(), editing=changing(HERE)),
    "edit_wrong": lambda: with_welcome(known(), editing=changing(SHOP).with_target(host="203.0.113.")),
    "duplicate": lambda: with_welcome(known(), editing=copying(SHOP, "dify.example.jp (copy)")),
    "edit_long": lambda: with_welcome(known(), known=(LONG,), editing=changing(LONG)),
    "forget": lambda: with_welcome(known(), forgetting="b2"),
    "running": running,
    "draft": draft,
    "draft_nowhere": lambda: WizardState(
        welcome=WelcomeState(draft=replace(DRAFT, answers=Answers(), page="where"))
    ),
    "full": full,
    "bad_value": lambda: failed(InstallError(Code.ANSWERS_BAD_VALUE, _BAD_VALUE, detail="ports.http")),
    "unknown_key": lambda: failed(
        InstallError(Code.ANSWERS_UNKNOWN_KEY, {"key": "ports.htp", "suggestion": "ports.http"})
    ),
    "unreadable": lambda: failed(
        InstallError(
            Code.ANSWERS_UNREADABLE, _UNREADABLE, detail="Expected '=' after a key (at line 3, column 7)"
        )
    ),
    "disk_full": lambda: replace(
        draft(),
        work=WorkState(
            failure=Failure(
                PageId.WELCOME,
                InstallError(
                    Code.HOST_FILE_FAILED, {"path": "/home/hanako/.config/dify-installer/draft.toml"}
                ),
            )
        ),
    ),
}
