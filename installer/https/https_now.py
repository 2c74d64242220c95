"""How an installation is encrypted, by Dify or a proxy, and what the certificate in use is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from installer.acme.certificates import renewal_overdue_at
from installer.answers import Answers
from installer.core.thresholds import threshold
from installer.facts.web import Web
from installer.hosts.base import Host
from installer.https.site_certificate import CertificateState, read_certificate
from installer.state.record import read_record

#: ``front``: a web server in front of Dify does it. ``unreadable``: Dify does, with files that say nothing.
How = Literal["absent", "off", "front", "unreadable", "there"]
Word = Literal[
    "over",
    "early",
    "unrenewed",
    "failed",
    "reload_failed",
    "never",
    "idle",
    "late",
    "soon",
    "self_signed",
    "fine",
]
#: A machine may be off for a night, and its timer may be late.
_IDLE_RUNS = 3


@dataclass(frozen=True)
class HttpsNow:
    """*certificate* only with ``there``. *url*: what people type."""

    how: How
    url: str = ""
    certificate: CertificateState | None = None


def read_https(host: Host, answers: Answers, *, now: datetime | None = None) -> HttpsNow:
    """Look once. *now*: aware, for tests. Raises what losing the host raises."""
    record = read_record(host, answers.state_folder)
    if record is None:
        return HttpsNow("absent")
    web = Web.read(record.data.get("web") or {})
    if web is None or not web.tls:
        return HttpsNow("front" if record.url.startswith("https://") else "off", record.url)
    found = read_certificate(host, answers, record, now=now)
    return HttpsNow("there" if found else "unreadable", record.url, found)


def judge(state: CertificateState, now: datetime) -> Word:
    """The most urgent word about it. Pure; *now* is aware."""
    info, renewal = state.info, state.renewal
    if now >= info.not_after:
        return "over"
    if now < info.not_before:
        return "early"
    if state.way.renewer == "self":
        return "self_signed"
    if state.way.renewer == "you":
        return "soon" if info.not_after - now < timedelta(days=threshold("certificate", "warn")) else "fine"
    if renewal is None:
        return "unrenewed"
    if renewal.result in ("failed", "reload_failed"):
        return "failed" if renewal.result == "failed" else "reload_failed"
    if renewal.at is None or renewal.next is None:
        return "never"
    if now - renewal.at > _IDLE_RUNS * (renewal.next - renewal.at):
        return "idle"
    late = renewal_overdue_at(info.not_before.timestamp(), info.not_after.timestamp())
    return "late" if now.timestamp() > late else "fine"
