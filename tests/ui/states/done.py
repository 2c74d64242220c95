"""States of Done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from installer.answers import Admin, Site
from installer.core.errors import Code, InstallError
from installer.core.events import ReachFound
from installer.core.secrets import Secret
from installer.engine import Outcome
from installer.views.wizard import InstallState, PageId, TunnelState, WizardState
from tests.situations import ANSWERS

#: A password that must be in no text.
CANARY = "canary-Xw3kP9vQ7mZ2"
ADMIN = Admin("admin@example.jp", "Hanako")


def state_with(outcome: Outcome | None, **answers: object) -> WizardState:
    """Done after *outcome*."""
    return WizardState(
        page=PageId.DONE,
        answers=replace(ANSWERS, **answers),  # type: ignore[arg-type]
        rights="root",
        install=InstallState(outcome=outcome),
    )


def _outcome(url: str = "https://dify.example.jp", *, changed: bool = True, first: bool = False) -> Outcome:
    guard = Secret(CANARY) if first else None
    return Outcome(url, "1.16.1", changed=changed, first=first, init_password=guard, here="yes")


def _local() -> WizardState:
    target = replace(ANSWERS.target, kind="local", host="", directory="/home/hanako/Dify")
    return state_with(_outcome("http://localhost", first=True), target=target)


def _closed(provider: str = "") -> WizardState:
    """The look from outside met a packet filter."""
    url = "http://203.0.113.5"
    found = ReachFound(
        step="reach",
        port=80,
        url=url,
        state="closed",
        reason="timeout",
        code="reach.closed",
        provider=provider,
    )
    return state_with(replace(_outcome(url, first=True), reach=(found,), here="no"))


_LONG = "artificial-intelligence.internal-services.example.co.jp"

STATES: Mapping[str, Callable[[], WizardState]] = {
    "first": lambda: state_with(_outcome(first=True)),
    "first-http": lambda: state_with(_outcome("http://203.0.113.5:8080", first=True)),
    "admin": lambda: state_with(replace(_outcome(), account="admin@example.jp"), admin=ADMIN),
    "admin-before": lambda: state_with(_outcome(), admin=ADMIN),
    "same-unknown": lambda: state_with(replace(_outcome(changed=False), here="unknown")),
    "same": lambda: state_with(_outcome("http://203.0.113.5", changed=False)),
    "local": _local,
    "unknown": lambda: state_with(replace(_outcome(), here="unknown")),
    "closed": _closed,
    "closed-connecting": lambda: replace(_closed(), tunnel=TunnelState(opening=True)),
    "closed-open": lambda: replace(_closed("conoha"), tunnel=TunnelState("http://127.0.0.1:31234")),
    "closed-failed": lambda: replace(
        _closed("oracle"),
        tunnel=TunnelState(
            error=InstallError(Code.SSH_FORWARDING_REFUSED, {"host": "203.0.113.5", "port": "80"})
        ),
    ),
    "long": lambda: state_with(
        _outcome(f"http://{_LONG}:8080", first=True),
        site=Site(address=_LONG),
        target=replace(ANSWERS.target, directory="/srv/applications/production/artificial-intelligence/dify"),
    ),
}
