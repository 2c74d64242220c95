"""The panel's pieces of ``Work`` for ``Jobs``; none of them touches a widget."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from installer.answers import Answers, Secrets
from installer.appdata.known_servers import KnownServer, Servers, place
from installer.apply.locked_change import Operation
from installer.apply.readiness.from_outside import ask_dify
from installer.apply.steps.reach import report
from installer.core.app_folder import Home
from installer.core.cancel import CancelToken
from installer.core.errors import Code, InstallError
from installer.core.events import Emit, ReachFound
from installer.core.secrets import Redactor
from installer.engine import Blocked
from installer.hosts.ssh.host_keys import KnownHosts
from installer.https.https_now import read_https
from installer.https.renew import renew_now
from installer.operations.actions import act as carry_out
from installer.operations.condition import read_condition
from installer.operations.status import read_status
from installer.release.updates import look_for_newest
from installer.views.wizard.installed import as_installed
from ui.panel.intents import RunAction, ScaleService

if TYPE_CHECKING:
    from installer.hosts.base import Host
    from installer.https.https_now import HttpsNow
    from installer.https.site_certificate import CertificateState
    from installer.operations.overview import Condition
    from installer.operations.status import Status
    from installer.release.updates import Newest
    from ui.connection.session import Session


@dataclass(frozen=True)
class Known:
    """What this computer knows of the server; empty where it does not."""

    id: str = ""
    name: str = ""
    fingerprint: str = ""


def known(home: Home, answers: Answers) -> Callable[[Emit, CancelToken], Known]:
    """Look the server up in this computer's files."""

    def work(_emit: Emit, _cancel: CancelToken) -> Known:
        server = _entry(home, answers)
        return Known(server.id if server else "", server.name if server else "", _fingerprint(home, answers))

    return work


def remember(home: Home, answers: Answers, status: Status) -> Callable[[Emit, CancelToken], Known]:
    """Note that Dify was seen there."""

    def work(_emit: Emit, _cancel: CancelToken) -> Known:
        old = _entry(home, answers) or KnownServer("", "", answers.target, "", "", 0.0)
        seen = replace(
            old, target=answers.target, url=status.url, version=status.version, seen_at=time.time()
        )
        stored = Servers(home).remember(seen)
        return Known(stored.id, stored.name)

    return work


def status(host: Host, answers: Answers) -> Callable[[Emit, CancelToken], Status]:
    """How the containers are."""

    def work(_emit: Emit, _cancel: CancelToken) -> Status:
        return read_status(host, answers)

    return work


def act(
    host: Host, home: Home, answers: Answers, intent: RunAction, redact: Redactor
) -> Callable[[Emit, CancelToken], Any]:
    """Restart, stop or start, and wait for the result."""

    def work(emit: Emit, cancel: CancelToken) -> Any:
        operation = Operation(host, answers, home.client_id(), emit, redact, cancel)
        return carry_out(operation, intent.action, intent.services)

    return work


def scale(
    host: Host, home: Home, answers: Answers, intent: ScaleService, redact: Redactor
) -> Callable[[Emit, CancelToken], Any]:
    """Have another number of containers, and wait for them."""

    def work(emit: Emit, cancel: CancelToken) -> Any:
        from installer.operations.scale import scale as carry_out

        operation = Operation(host, answers, home.client_id(), emit, redact, cancel)
        return carry_out(operation, intent.service, intent.count)

    return work


def close_debugging(session: Session, host: Host, answers: Answers) -> Callable[[Emit, CancelToken], Any]:
    """Apply what is installed once more, with that port for the machine alone."""

    def work(emit: Emit, cancel: CancelToken) -> Any:
        engine = partial(session.engine, secrets=Secrets(), emit=emit, cancel=cancel, host=host)
        there = as_installed(answers, engine(answers).facts())
        closed = replace(there, ports=replace(there.ports, plugin_debugging_public=False))
        try:
            return engine(closed).apply(skip=frozenset({"admin"}))
        except Blocked as blocked:
            first = blocked.plan.blockers[0]
            raise InstallError(Code(first.code), dict(first.params), detail=first.detail) from blocked

    return work


def look_outside(host: Host, answers: Answers) -> Callable[[Emit, CancelToken], ReachFound]:
    """Ask Dify from this computer as a browser would; where that fails, see whether it answers on the server
    itself, and who hosts that."""

    def work(emit: Emit, cancel: CancelToken) -> ReachFound:
        return report(host, (ask_dify(host, answers, cancel),), emit, cancel)[0]

    return work


def look_at_machine(host: Host, answers: Answers) -> Callable[[Emit, CancelToken], Condition]:
    """Room on the machine, the first account, and what failed."""

    def work(_emit: Emit, cancel: CancelToken) -> Condition:
        return read_condition(host, answers, cancel)

    return work


def newest_release(home: Home, answers: Answers) -> Callable[[Emit, CancelToken], Newest | None]:
    """The newest stable release."""

    def work(_emit: Emit, cancel: CancelToken) -> Newest | None:
        return look_for_newest(answers.release.source, home.cache, cancel=cancel)

    return work


def look_at_https(host: Host, answers: Answers) -> Callable[[Emit, CancelToken], HttpsNow]:
    """How Dify is encrypted, and by which certificate."""

    def work(_emit: Emit, _cancel: CancelToken) -> HttpsNow:
        return read_https(host, answers)

    return work


def renew(
    host: Host, answers: Answers, there: CertificateState, redact: Redactor
) -> Callable[[Emit, CancelToken], HttpsNow]:
    """Have the machine renew its certificate if it is time, and look at what there is then."""

    def work(_emit: Emit, cancel: CancelToken) -> HttpsNow:
        try:
            renew_now(host, answers, ", ".join(there.info.names), there.info.issuer, cancel)
        except InstallError as error:
            error.detail = redact(error.detail)
            raise
        return read_https(host, answers)

    return work


def _entry(home: Home, answers: Answers) -> KnownServer | None:
    here = place(answers.target)
    return next((s for s in Servers(home).all() if place(s.target) == here), None)


def _fingerprint(home: Home, answers: Answers) -> str:
    """Type and fingerprint of the key that the server is known by."""
    target = answers.target
    if not target.host_kind.needs_login:
        return ""
    expected = KnownHosts(home.known_hosts).expectation(target.host, target.port, target.host_key)
    if expected.pinned:
        return expected.pinned
    return f"{expected.known[0].type} {expected.known[0].fingerprint}" if expected.known else ""
